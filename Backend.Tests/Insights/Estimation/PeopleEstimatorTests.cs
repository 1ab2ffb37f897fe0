using JamBox.Backend.Insights.Estimation;

namespace JamBox.Backend.Tests.Insights.Estimation;

/// <summary>Slots, hours, days: gaps stay gaps, and errors that go together are added so.</summary>
public sealed class PeopleEstimatorTests
{
    private static readonly SimulatedPlace s_place = new(1);
    private static readonly PeopleModel s_model = ModelFit.Fit(s_place.Input(s_place.TwelveCounts()));

    [Fact]
    public void AGapHasNoFigure()
    {
        PeopleEstimator estimator = new(s_model, [Without(SimulatedPlace.At(9, 10), SimulatedPlace.At(9, 11))]);

        PeopleEstimate[] slots = estimator.History(SimulatedPlace.At(9, 9), SimulatedPlace.At(9, 12));

        Assert.All(slots[..12], slot => Assert.NotNull(slot.People));
        Assert.All(slots[12..24], slot => Assert.Null(slot.People));
        Assert.All(slots[24..], slot => Assert.NotNull(slot.People));
    }

    [Fact]
    public void ADayOfWhichLessThanHalfWasHeardHasNoFigure()
    {
        PeopleEstimator estimator = new(s_model, [Without(SimulatedPlace.At(9, 8), SimulatedPlace.At(9, 15))]);

        SpanEstimate span = estimator.Span(estimator.History(SimulatedPlace.At(9, 8), SimulatedPlace.At(9, 20)));

        Assert.Null(span.Present);
        Assert.Null(span.PersonHours);
        Assert.Equal(0.97 * 5 / 12, span.Coverage, 2);
    }

    /// <summary>Half of the slots, each listened to for a little more than half: a quarter of the time.</summary>
    [Fact]
    public void HalfOfHalfIsNotHalf()
    {
        PeopleRange people = new(4, 5, 6);
        SpanSum quarter = new(), most = new();
        for (int slot = 0; slot < 12; slot++)
        {
            bool isKnown = slot % 2 == 0;
            quarter.Add(new PeopleEstimate(SimulatedPlace.At(9, 9, 5 * slot), isKnown ? people : null, isKnown ? 0.55 : 0), 0);
            most.Add(new PeopleEstimate(SimulatedPlace.At(9, 9, 5 * slot), isKnown ? people : null, isKnown ? 1 : 0.1), 0);
        }

        Assert.Null(quarter.Result(SimulatedPlace.At(9, 9), SimulatedPlace.At(9, 10)).Present);
        Assert.NotNull(most.Result(SimulatedPlace.At(9, 9), SimulatedPlace.At(9, 10)).Present);
    }

    /// <summary>What is missing counts as the rest, and makes the range wider, not the number smaller.</summary>
    [Fact]
    public void AnHourMissingMakesTheRangeWider()
    {
        PeopleEstimator whole = new(s_model, [s_place.Signal]);
        PeopleEstimator gap = new(s_model, [Without(SimulatedPlace.At(9, 11), SimulatedPlace.At(9, 15))]);
        PeopleRange all = whole.Span(whole.History(SimulatedPlace.At(9, 8), SimulatedPlace.At(9, 20))).Present!.Value;
        PeopleRange some = gap.Span(gap.History(SimulatedPlace.At(9, 8), SimulatedPlace.At(9, 20))).Present!.Value;

        Assert.InRange(some.Value, all.Value * 0.6, all.Value * 1.2);
        Assert.True((some.High - some.Low) / some.Value > (all.High - all.Low) / all.Value);
    }

    [Fact]
    public void NowRestsOnThePastAlone()
    {
        long nowMs = SimulatedPlace.At(9, 12);
        BoxSignal past = BoxSignal.Of("JBNB0001", s_place.Intervals.Where(period => period.StartMs < nowMs), SimulatedPlace.FirstMs, nowMs);

        PeopleEstimate now = new PeopleEstimator(s_model, [past]).Now(nowMs);

        Assert.Equal(nowMs - BoxSignal.SlotMs, now.StartMs);
        Assert.Equal(new PeopleEstimator(s_model, [s_place.Signal]).Now(nowMs), now);
    }

    [Fact]
    public void NowIsNotAnHourAgo()
    {
        long silentMs = SimulatedPlace.At(9, 11);
        PeopleEstimator estimator = new(s_model, [Without(silentMs, s_place.EndMs)]);

        Assert.Equal(silentMs - BoxSignal.SlotMs, estimator.Now(silentMs + (20 * 60_000)).StartMs);
        Assert.Null(estimator.Now(silentMs + 3_600_000).People);
    }

    [Fact]
    public void MoreDevicesAreNeverFewerPeople()
    {
        double last = -1;
        for (int far = 0; far < 3_000; far += far < 50 ? 1 : 50)
        {
            BoxSignal signal = BoxSignal.Of(
                "JBNB0001",
                Enumerable.Range(0, 12).Select(
                    slot => new BoxPeriod(SimulatedPlace.FirstMs + (slot * 300_000), 300, 300, far, far, 0, 0, far)),
                SimulatedPlace.FirstMs,
                SimulatedPlace.FirstMs + 3_600_000);
            double people = new PeopleEstimator(s_model, [signal])
                .History(SimulatedPlace.FirstMs + 1_800_000, SimulatedPlace.FirstMs + 1_900_000)[0].People!.Value.Value;

            Assert.True(people >= last, $"{people} people at {far}, {last} before");
            last = people;
        }
    }

    /// <summary>Against the double sum over all pairs.</summary>
    [Fact]
    public void ErrorsAreAddedAsTheyGoTogether()
    {
        const int Seed = 7;
        Random random = new(Seed);
        for (int round = 0; round < 20; round++)
        {
            (long AtMs, double Error)[] errors =
                [.. Enumerable.Range(0, random.Next(1, 60)).Select(slot => (slot * random.Next(1, 4) * 300_000L, random.NextDouble()))];
            Array.Sort(errors);
            double pairs = errors.Sum(one => errors.Sum(
                other => one.Error * other.Error * ErrorCorrelation.Of(one.AtMs, 0, other.AtMs, 0)));

            Assert.Equal(Math.Sqrt(pairs), ErrorCorrelation.SumOfDay(errors), 9);
        }
    }

    /// <summary>Twelve hours of one day: between what independent slots and what slots in step would give.</summary>
    [Fact]
    public void ADaysRangeIsWiderThanChanceAlone()
    {
        PeopleEstimator estimator = new(s_model, [s_place.Signal]);
        PeopleEstimate[] slots = estimator.History(SimulatedPlace.At(9, 8), SimulatedPlace.At(9, 20));
        PeopleRange day = estimator.Span(slots).Present!.Value;
        double mean = slots.Average(slot => slot.People!.Value.High - slot.People.Value.Low);

        Assert.InRange(day.High - day.Low, 2 * mean / Math.Sqrt(slots.Length), mean);
    }

    [Fact]
    public void AWeekIsTheMeanOfItsDays()
    {
        PeopleEstimator estimator = new(s_model, [s_place.Signal]);
        SpanEstimate[] days =
        [
            .. Enumerable.Range(7, 5).Select(day => estimator.Span(
                estimator.History(SimulatedPlace.At(day, 8), SimulatedPlace.At(day, 20)))),
        ];

        SpanEstimate week = estimator.Sum(days);

        Assert.Equal(60, week.Hours, 6);
        Assert.Equal(days.Sum(day => day.PersonHours!.Value.Value), week.PersonHours!.Value.Value, 6);
        Assert.True(
            week.Present!.Value.High - week.Present.Value.Low < days.Average(day => day.Present!.Value.High - day.Present.Value.Low));
        Assert.Equal(days.Max(day => day.Peak!.Value.People!.Value.Value), week.Peak!.Value.People!.Value.Value);
    }

    [Fact]
    public void NothingIsNothing()
    {
        PeopleEstimator estimator = new(s_model, []);

        Assert.Empty(estimator.History(SimulatedPlace.FirstMs, SimulatedPlace.FirstMs));
        Assert.Null(estimator.Now(SimulatedPlace.At(1, 0)).People);
        Assert.Null(estimator.Span([]).Present);
        Assert.Null(estimator.Sum([]).Present);
        Assert.Null(estimator.Visitors(estimator.Sum([])));
    }

    private static BoxSignal Without(long fromMs, long toMs) => BoxSignal.Of(
        "JBNB0001",
        s_place.Intervals.Where(period => period.StartMs < fromMs || period.StartMs >= toMs),
        SimulatedPlace.FirstMs,
        s_place.EndMs);
}
