using JamBox.Backend.Insights.Estimation;
using JamBox.Backend.Places;

namespace JamBox.Backend.Insights.Figures;

/// <summary>
/// Puts the hours of weeks together to one week. All of it by the model of its last day: it is about the shape of a week.
/// </summary>
internal static class HeatMaker
{
    private const int HoursPerDay = 24;
    private const int SlotsPerHour = 12;

    /// <summary>The heat map of days that were read.</summary>
    /// <param name="maker">Has read them.</param>
    /// <param name="days">The days, whole weeks.</param>
    public static HeatMap Make(FigureMaker maker, DaySpan days)
    {
        PlaceData data = maker.Data;
        Basis basis = maker.BasisOf(days.Last);
        Certainty certainty = maker.CertaintyOf(days.Last);
        List<SpanEstimate>[] cells = [.. Enumerable.Range(0, 7 * HoursPerDay).Select(static _ => new List<SpanEstimate>())];
        PeopleEstimator? estimator = null;
        for (DateOnly day = days.First; day <= days.Last; day = day.AddDays(1))
        {
            if (data.Open.Note(day) is null)
            {
                DaySlots slots = maker.Slots(day, basis);
                estimator = slots.Estimator;
                AddDay(cells, slots, data.Elapsed);
            }
        }

        HeatCell[] answer = [.. cells.Select((spans, index) => new HeatCell(
            (index / HoursPerDay) + 1, index % HoursPerDay, spans.Count,
            spans.Count == 0 ? null : FigureMaker.Answer(estimator!.Sum(spans).Present, certainty)))];
        return new HeatMap(
            data.Place.Id, data.Place.Timezone, FigureMaker.Text(days.First), FigureMaker.Text(days.Last),
            answer.Max(static cell => cell.People?.Value ?? 0), certainty, answer);
    }

    private static void AddDay(List<SpanEstimate>[] cells, DaySlots day, long elapsed)
    {
        int first = (OpeningHours.Weekday(day.Day) - 1) * HoursPerDay;
        List<PeopleEstimate> slots = [];
        for (int hour = 0; hour < HoursPerDay; hour++)
        {
            slots.Clear();
            for (int i = 0; i < day.Slots.Length; i++)
            {
                if (day.Clock[i] / SlotsPerHour == hour && day.IsOpen[i] && day.Slots[i].StartMs + BoxSignal.SlotMs <= elapsed)
                {
                    slots.Add(day.Slots[i]);
                }
            }

            SpanEstimate span = day.Estimator.Span(System.Runtime.InteropServices.CollectionsMarshal.AsSpan(slots));
            if (span.Present is not null)
            {
                cells[first + hour].Add(span);
            }
        }
    }
}
