using JamBox.Backend.Storage;

namespace JamBox.Backend.Insights.Figures;

/// <summary>Length of the rows of a range.</summary>
internal enum FigureStep
{
    /// <summary>15 minutes; ranges of 31 days at most.</summary>
    Quarter,

    /// <summary>An hour by the place's clock; ranges of 93 days at most.</summary>
    Hour,

    /// <summary>A day by the place's clock; ranges of 1,830 days at most.</summary>
    Day,
}

/// <summary>What a range is compared with.</summary>
internal enum Versus
{
    /// <summary>The mean of the same weekdays of the 4 weeks before, up to the same time.</summary>
    Usual,

    /// <summary>As many days just before.</summary>
    Before,

    /// <summary>The same weekdays a week before.</summary>
    Week,

    /// <summary>The same weekdays 52 weeks before.</summary>
    Year,

    /// <summary>Nothing.</summary>
    Off,
}

/// <summary>
/// The figures of places, for the portal, reports and alerts alike: one place where they are worked out. Nobody's rights are looked at here;
/// whoever asks has found the place within the caller's scope.
/// </summary>
internal sealed class PlaceFigures
{
    private readonly Store _store;
    private readonly TimeProvider _clock;

    /// <summary>Makes the service.</summary>
    public PlaceFigures(Store store, TimeProvider clock)
    {
        _store = store;
        _clock = clock;
    }

    /// <summary>The figures of a place over some of its days.</summary>
    /// <param name="placeId">The place.</param>
    /// <param name="days">The days, by its clock; bounds as <see cref="FigureStep"/> says.</param>
    /// <param name="step">Length of the rows.</param>
    /// <param name="versus">What they are compared with.</param>
    /// <returns>Null when there is no such place.</returns>
    public Task<PlaceRange?> RangeAsync(long placeId, DayRange days, FigureStep step, Versus versus = Versus.Usual) =>
        throw new NotImplementedException($"{placeId} {days} {step} {versus} {_store} {_clock}");

    /// <summary>How it is there now.</summary>
    /// <param name="placeId">The place.</param>
    /// <returns>Null when there is no such place.</returns>
    public Task<PlaceNow?> NowAsync(long placeId) => throw new NotImplementedException();

    /// <summary>When it is busy there: the mean of whole weeks.</summary>
    /// <param name="placeId">The place.</param>
    /// <param name="last">The last day that counts.</param>
    /// <param name="weeks">1 to 53.</param>
    /// <returns>Null when there is no such place.</returns>
    public Task<HeatMap?> HeatAsync(long placeId, DateOnly last, int weeks) => throw new NotImplementedException();

    /// <summary>A day beside the same weekday of the 4 weeks before, all up to the same time.</summary>
    /// <param name="placeId">The place.</param>
    /// <param name="day">The day.</param>
    /// <returns>Null when there is no such place.</returns>
    public Task<Weekdays?> WeekdaysAsync(long placeId, DateOnly day) => throw new NotImplementedException();

    /// <summary>Places beside each other, each by its own clock.</summary>
    /// <param name="placeIds">The places, 200 at most; those that do not exist are left out.</param>
    /// <param name="days">The days, 93 at most.</param>
    public Task<Comparison> CompareAsync(IReadOnlyList<long> placeIds, DayRange days) => throw new NotImplementedException();
}
