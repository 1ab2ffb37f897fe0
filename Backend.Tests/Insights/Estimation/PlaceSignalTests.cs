using JamBox.Backend.Insights.Estimation;

namespace JamBox.Backend.Tests.Insights.Estimation;

/// <summary>Several boxes at one place.</summary>
public sealed class PlaceSignalTests
{
    private const long Start = SimulatedPlace.FirstMs;
    private const long End = Start + BoxSignal.SlotMs;

    [Fact]
    public void LevelsAreAddedAboveTheBaselines()
    {
        PlaceSignal place = new([Box("door", 20), Box("back", 10)], [Known("door", 0.7, baseline: 1), Known("back", 0.3, baseline: 5)]);

        // (4 − 1) + (2 − 5, but never below nothing).
        Assert.Equal(3, place.Level(SignalGate.Far, Start, End)!.Value, 6);
    }

    [Fact]
    public void ABoxThatIsDeafIsStoodForByTheOthers()
    {
        PlaceSignal place = new([Box("door", 20), Deaf("back")], [Known("door", 0.8), Known("back", 0.2)]);

        Assert.Equal(5, place.Level(SignalGate.Far, Start, End)!.Value, 6);
        Assert.Equal(0.8, place.Coverage(Start, End), 6);
    }

    [Fact]
    public void LessThanHalfOfAPlaceIsNoFigure()
    {
        PlaceSignal place = new([Deaf("door"), Box("back", 20)], [Known("door", 0.8), Known("back", 0.2)]);

        Assert.Null(place.Level(SignalGate.Far, Start, End));
    }

    /// <summary>After a swap the new box is the place, the old one is not missed.</summary>
    [Fact]
    public void ABoxThatIsNotThereAnyMoreIsNotMissed()
    {
        BoxSignal old = BoxSignal.Of("old", [], Start - 3_600_000, Start);
        PlaceSignal place = new([old, Box("new", 20)], [Known("old", 1)]);

        Assert.Equal(4, place.Level(SignalGate.Far, Start, End)!.Value, 6);
        Assert.Equal(1, place.Coverage(Start, End), 6);
    }

    /// <summary>Until its first night nobody knows which part of a new box's noise is people.</summary>
    [Fact]
    public void ABoxWithoutABaselineIsLeftOutBesideOneThatHasOne()
    {
        PlaceSignal place = new([Box("old", 20), Box("new", 60)], [Known("old", 0.5, 1), new PlaceBox("new", Baseline.None, 0.5)]);

        Assert.Equal(3, place.Level(SignalGate.Far, Start, End)!.Value, 6);

        PlaceSignal deaf = new([Deaf("old"), Box("new", 60)], [Known("old", 0.5, 1)]);
        Assert.Null(deaf.Level(SignalGate.Far, Start, End));
        Assert.Equal(0, deaf.Coverage(Start, End));
    }

    [Fact]
    public void SharesAreWhatBoxesUsuallyHear()
    {
        IReadOnlyList<PlaceBox> boxes = PlaceSignal.Boxes([Box("door", 30), Box("back", 10)], new Dictionary<string, Baseline>());

        Assert.Equal([0.75, 0.25], boxes.Select(box => Math.Round(box.Share, 6)));
    }

    private static PlaceBox Known(string box, double share, double baseline = 0) =>
        new(box, Baseline.None with { Far = baseline, Samples = 100 }, share);

    private static BoxSignal Box(string box, int far) =>
        BoxSignal.Of(box, [new BoxPeriod(Start, 300, 300, far, far, 0, 0, far)], Start, End);

    private static BoxSignal Deaf(string box) => BoxSignal.Of(box, [], Start, End);
}
