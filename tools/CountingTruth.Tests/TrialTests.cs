namespace JamBox.CountingTruth.Tests;

/// <summary>Estimators are judged on what they have not seen, and by the right sums.</summary>
public sealed class TrialTests
{
    private static readonly Spot s_spot = new(MadeUpFile.Rows(MadeUpFile.Make(1, days: 11)), leastPeople: 5);

    [Fact]
    public void NoDayIsJudgedByWhoHasLearnedFromIt()
    {
        Witness witness = new();
        Trials.AllCounted(s_spot, witness);
        Trials.Drawn(s_spot, witness, counts: 12, days: 3, draws: 5, seed: 1);

        Assert.All(witness.Runs, run => Assert.Empty(run.Learned.Intersect(run.Judged)));
        Assert.Equal(s_spot.Days.Count, witness.Runs.Take(Trials.Folds).Sum(run => run.Judged.Count));
        Assert.All(witness.Runs.Skip(Trials.Folds), run => Assert.Equal((3, 8), (run.Learned.Distinct().Count(), run.Judged.Count)));
    }

    [Fact]
    public void ErrorsAreThoseOfThePeriodsAndOfTheDaysSums()
    {
        TruthDay day = new([Row(0, 4), Row(1, 6), Row(2, 0)]);
        Score score = new();

        score.Add(day, [5, 5, 2]);

        Assert.Equal(4 / 3.0, score.Mae, 9);
        Assert.Equal(0.2, score.DayError, 9);
        Assert.Null(score.Coverage);
    }

    [Fact]
    public void OursIsBetterThanAFifthOfTheDeviceMinutes()
    {
        double fifth = Trials.AllCounted(s_spot, PlainEstimator.All[1])[0].Mae;
        Score ours = Trials.AllCounted(s_spot, new OurEstimator())[OurEstimator.History];

        Assert.True(ours.Mae < fifth / 2, $"{ours.Mae} against {fifth}");
        Assert.InRange(ours.Coverage!.Value, 0.7, 0.97);
    }

    /// <summary>A spot ten times as loud, of which nothing was known: a dozen counts find that out.</summary>
    [Theory]
    [InlineData(0.1)]
    [InlineData(1)]
    [InlineData(10)]
    public void TwelveCountsOutweighThePrior(double loudness)
    {
        Spot spot = new(MadeUpFile.Rows(MadeUpFile.Make(3, days: 8)), leastPeople: 5, loudness);

        DrawnScore drawn = Trials.Drawn(spot, new OurEstimator(), counts: 12, days: 3, draws: 5, seed: 1)[OurEstimator.History];

        Assert.InRange(drawn.MedianMae, 0, 1.6);
    }

    private static TruthRow Row(int slot, double people) => new("1", slot * BoxSignal.SlotMs, 0, 0, 0, 0, 0, 0, people);

    private sealed class Witness : IEstimator
    {
        public List<(List<long> Learned, List<long> Judged)> Runs { get; } = [];

        public IReadOnlyList<string> Names => ["witness"];

        public void Run(Spot spot, IReadOnlyList<TruthRow> counted, IEnumerable<TruthDay> days, IReadOnlyList<Score> scores)
        {
            Runs.Add(([.. counted.Select(row => row.Day)], [.. days.Select(day => day.Rows[0].Day)]));
            scores[0].Add(new TruthDay([Row(0, 1)]), [1]);
        }
    }
}
