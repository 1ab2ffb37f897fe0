using JamBox.Backend.Insights.Estimation;

namespace JamBox.Backend.Tests.Insights.Estimation;

/// <summary>From counts by hand to a model.</summary>
public sealed class ModelFitTests
{
    [Theory]
    [InlineData(0, nameof(CalibrationState.None))]
    [InlineData(3, nameof(CalibrationState.None))]
    [InlineData(4, nameof(CalibrationState.Few))]
    [InlineData(11, nameof(CalibrationState.Few))]
    [InlineData(12, nameof(CalibrationState.Calibrated))]
    public void CountsMakeTheState(int counts, string state)
    {
        SimulatedPlace place = new(1);

        PeopleModel model = ModelFit.Fit(place.Input(place.TwelveCounts().Take(counts)));

        Assert.Equal((counts, state), (model.Counts, model.State.ToString()));
    }

    [Fact]
    public void TwelveCountsOfOneDayAreNotEnough()
    {
        SimulatedPlace place = new(1);

        PeopleModel model = ModelFit.Fit(place.Input(Enumerable.Range(8, 12).Select(hour => place.PresentCount(3, hour))));

        Assert.Equal((12, 1, CalibrationState.Few), (model.Counts, model.CountDays, model.State));
    }

    [Fact]
    public void CountsWhileNobodyListenedAreLeftOut()
    {
        SimulatedPlace place = new(1);
        CalibrationCount unheard = new(CalibrationKind.Present, place.EndMs + 3_600_000, 0, 900);

        PeopleModel model = ModelFit.Fit(place.Input([.. place.TwelveCounts(), unheard]));

        Assert.Equal(12, model.Counts);
    }

    /// <summary>The same counts in another order, the same model to the last digit: a refit of the same is no new version.</summary>
    [Fact]
    public void TheSameCountsMakeTheSameModel()
    {
        SimulatedPlace place = new(1);

        string one = ModelFit.Fit(place.Input(place.TwelveCounts())).ToJson();
        string other = ModelFit.Fit(place.Input(place.TwelveCounts().Reverse())).ToJson();

        Assert.Equal(one, other);
    }

    /// <summary>
    /// Shops of which each phone is heard in every second minute, or in every twelfth: counts tell, whatever was thought before.
    /// </summary>
    [Theory]
    [InlineData(10, 0.5)]
    [InlineData(20, 0.25)]
    [InlineData(20, 0.08)]
    [InlineData(100, 0.25)]
    public void TwelveCountsFindHowManyPeopleAreThere(double visitorsAnHour, double heard)
    {
        SimulatedPlace place = new(5, visitorsAnHour: visitorsAnHour, heard: heard);
        PeopleEstimator estimator = new(ModelFit.Fit(place.Input(place.TwelveCounts())), [place.Signal]);

        double error = 0;
        double truth = 0;
        for (int day = 8; day < 14; day++)
        {
            PeopleEstimate[] slots = estimator.History(SimulatedPlace.At(day, 8), SimulatedPlace.At(day, 20));
            double mean = place.MeanPresent(SimulatedPlace.At(day, 8), SimulatedPlace.At(day, 20));
            error += Math.Abs(estimator.Span(slots).Present!.Value.Value - mean);
            truth += mean;
        }

        Assert.True(error < truth * 0.25, $"off by {error / truth:P0}");
    }

    [Fact]
    public void WithoutCountsTheRangeIsVeryRough()
    {
        SimulatedPlace place = new(1);
        PeopleRange before = Middle(new(ModelFit.Fit(place.Input([])), [place.Signal]));
        PeopleRange after = Middle(new(ModelFit.Fit(place.Input(place.TwelveCounts())), [place.Signal]));

        Assert.True(before.High - before.Low > 2 * (after.High - after.Low), $"{before} before, {after} after");

        static PeopleRange Middle(PeopleEstimator estimator) => estimator
            .History(SimulatedPlace.At(9, 12), SimulatedPlace.At(9, 13))[6].People!.Value;
    }

    /// <summary>
    /// Of the ranges of half an hour's slots on days that were not counted most hold the truth, and not nearly all by being wide.
    /// </summary>
    [Fact]
    public void RangesHoldTheTruth()
    {
        int within = 0;
        int all = 0;
        for (int seed = 1; seed <= 6; seed++)
        {
            SimulatedPlace place = new(seed);
            PeopleEstimator estimator = new(ModelFit.Fit(place.Input(place.TwelveCounts())), [place.Signal]);
            foreach (PeopleEstimate slot in estimator.History(SimulatedPlace.At(8, 8), SimulatedPlace.At(14, 0)))
            {
                if (!SimulatedPlace.IsClosed(slot.StartMs))
                {
                    double truth = place.MeanPresent(slot.StartMs, slot.StartMs + BoxSignal.SlotMs);
                    within += truth >= slot.People!.Value.Low && truth <= slot.People.Value.High ? 1 : 0;
                    all++;
                }
            }
        }

        Assert.InRange((double)within / all, 0.7, 0.97);
    }

    [Fact]
    public void BothKindsFindTheStay()
    {
        SimulatedPlace place = new(7, visitorsAnHour: 40, stayHours: 0.6);
        IEnumerable<CalibrationCount> doors = from day in (int[])[3, 5, 8] from hour in (int[])[9, 11, 14, 16] select place
            .DoorCount(day, hour);

        PeopleModel model = ModelFit.Fit(place.Input([.. place.TwelveCounts(), .. doors]));

        Assert.InRange(model.MeanStayHours!.Value.Value, 0.4, 0.85);
        Assert.InRange(0.6, model.MeanStayHours.Value.Low, model.MeanStayHours.Value.High);
    }

    [Fact]
    public void PresentCountsAloneDoNotTellTheStay()
    {
        SimulatedPlace place = new(1);

        PeopleModel model = ModelFit.Fit(place.Input(place.TwelveCounts()));

        Assert.Null(model.MeanStayHours);
        Assert.False(model.AreVisitorsKnown);
    }

    /// <summary>Doors alone: visitors are known within a third, though neither the people present nor how long they stay.</summary>
    [Fact]
    public void DoorCountsAloneTellVisitors()
    {
        SimulatedPlace place = new(8, visitorsAnHour: 40);
        CalibrationCount[] doors =
            [.. from day in (int[])[3, 5, 8] from hour in (int[])[9, 11, 13, 15, 17, 18] select place.DoorCount(day, hour)];
        PeopleModel model = ModelFit.Fit(place.Input(doors));
        PeopleEstimator estimator = new(model, [place.Signal]);
        SpanEstimate span = estimator.Span(estimator.History(SimulatedPlace.At(10, 8), SimulatedPlace.At(10, 20)));
        PeopleRange visitors = estimator.Visitors(span)!.Value;
        int truth = place.Arrivals(SimulatedPlace.At(10, 8), SimulatedPlace.At(10, 20));

        Assert.Null(model.MeanStayHours);
        Assert.InRange(visitors.Value, truth / 1.35, truth * 1.35);
        Assert.True(
            visitors.High / visitors.Value < span.Present!.Value.High / span.Present.Value.Value,
            $"{visitors} visitors, {span.Present} present");
    }

    /// <summary>Three who work there are in present counts, and no visitors; the owner says how long visitors stay.</summary>
    [Fact]
    public void StaffIsNoVisitor()
    {
        SimulatedPlace place = new(9, visitorsAnHour: 30, staff: 3);
        PeopleModel model = ModelFit.Fit(place.Input(place.TwelveCounts(), stayHours: 0.5));
        PeopleEstimator estimator = new(model, [place.Signal]);
        PeopleEstimate[] slots = estimator.History(SimulatedPlace.At(10, 8), SimulatedPlace.At(10, 20));

        PeopleRange with = estimator.Visitors(estimator.Span(slots))!.Value;
        PeopleRange without = estimator.Visitors(estimator.Span(slots, _ => 3))!.Value;

        int truth = place.Arrivals(SimulatedPlace.At(10, 8), SimulatedPlace.At(10, 20));
        Assert.InRange(truth, without.Low, without.High);
        Assert.InRange(with.Value - without.Value, 0.9 * 3 * 12 / 0.5, (3 * 12 / 0.5) + 1);
    }
}
