using JamBox.Backend.Insights;
using JamBox.Backend.Insights.Figures;

namespace JamBox.Backend.Reports;

/// <summary>Collects what a report says of a place, from the figures that the portal shows.</summary>
internal sealed class ReportMaker
{
    /// <summary>Weeks of which the hours of the week are the mean.</summary>
    private const int HeatWeeks = 4;

    private readonly PlaceFigures _figures;

    /// <summary>Makes it.</summary>
    public ReportMaker(PlaceFigures figures) => _figures = figures;

    /// <summary>Collects it. Nobody's rights are looked at here.</summary>
    /// <param name="placeId">The place.</param>
    /// <param name="period">The week or month.</param>
    /// <returns>Null when there is no such place.</returns>
    public async Task<PlaceReport?> MakeAsync(long placeId, ReportPeriod period)
    {
        if (await RangeAsync(placeId, period, FigureStep.Day, Versus.Usual).ConfigureAwait(false) is not { } figures
            || await _figures.HeatAsync(placeId, period.Last, HeatWeeks).ConfigureAwait(false) is not { } heat)
        {
            return null;
        }

        List<PlaceRange> before = [];
        ReportPeriod earlier = period;
        for (int i = 0; i < period.Compared; i++)
        {
            earlier = earlier.Before;
            if (await RangeAsync(placeId, earlier, FigureStep.Day, Versus.Off).ConfigureAwait(false) is { } range)
            {
                before.Add(range);
            }
        }

        return new PlaceReport(period, figures, heat, HeatWeeks, before);
    }

    /// <summary>The figures of a place in a period.</summary>
    /// <returns>Null when there is no such place.</returns>
    public Task<PlaceRange?> RangeAsync(long placeId, ReportPeriod period, FigureStep step, Versus versus) =>
        _figures.RangeAsync(placeId, new DayRange(period.First, period.Last), step, versus);
}
