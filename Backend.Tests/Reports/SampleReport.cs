using System.Globalization;

using JamBox.Backend.Insights.Figures;
using JamBox.Backend.Reports;

namespace JamBox.Backend.Tests.Reports;

/// <summary>Reports of an invented place, in the states in which a place can be.</summary>
internal static class SampleReport
{
    public static readonly DateTimeOffset Now = new(2026, 11, 30, 6, 0, 0, TimeSpan.Zero);

    private static readonly double[] s_days = [165, 150, 172, 181, 236, 298, 0];

    public static PlaceReport Of(
        string place = "Bakery Mill Street", string kind = ReportPeriod.Week, string state = CertaintyState.Calibrated, bool stay = true,
        int gapHours = 1)
    {
        ReportPeriod period = ReportPeriod.LastOver(kind, new DateOnly(2026, 11, 30));
        if (kind == ReportPeriod.Month)
        {
            period = ReportPeriod.Of(kind, new DateOnly(2026, 11, 1));
        }

        List<PlaceRange> before = [];
        ReportPeriod earlier = period;
        for (int i = 0; i < period.Compared; i++)
        {
            earlier = earlier.Before;
            before.Add(Range(place, earlier, state, stay, 0, 1 - (0.09 * i)));
        }

        return new PlaceReport(period, Range(place, period, state, stay, gapHours, 1), Heat(state), 4, before);
    }

    public static PlaceRange Range(string place, ReportPeriod period, string state, bool stay, int gapHours, double scale)
    {
        List<FigureRow> rows = [];
        for (DateOnly day = period.First; day <= period.Last; day = day.AddDays(1))
        {
            rows.Add(Row(day, state, stay, day.DayNumber == period.First.DayNumber + 1 && gapHours > 4, scale));
        }

        bool some = state != CertaintyState.Activity;
        double sum = rows.Sum(static row => row.Activity ?? 0);
        DateTime start = period.First.ToDateTime(TimeOnly.MinValue, DateTimeKind.Utc);
        return new PlaceRange(
            7, place, "Europe/Berlin", Day(period.First), Day(period.Last), start,
            period.Next.First.ToDateTime(TimeOnly.MinValue, DateTimeKind.Utc),
            Now.UtcDateTime, "day",
            new Certainty(
                state, state == CertaintyState.Stale ? "level" : null,
                state == CertaintyState.Stale ? "On 12 November the level jumped." : null,
                null, some ? 14 : 1, some ? 5 : 1, some ? 0 : 3, 0, 3),
            some && stay ? Number(sum) : null, !some ? "activity" : stay ? null : "no_stay",
            some ? Number(14 * scale) : new Ranged(18.4, 41, 88.2),
            some ? Number(sum / 5) : null, some && stay ? new Stay(12, 12, 12, "owner") : null,
            new AgainstUsual(1.21, "busier_fifth", "a fifth busier", 1.1, 1.3, [], 60), null, null,
            new Busiest(
                $"{Day(period.First.AddDays(5))} 14:00", start.AddDays(5).AddHours(13), some ? Number(31) : new Ranged(31, 70, 154)),
            new ZoneFigures(900, 2100, 3000, 9000, new Share(0.17, 0.2, 0.226, 15000)),
            new StayFigures(900, 60, 20, 5, ""), null,
            new QualityFacts(
                60 * 3600, (60 - gapHours) * 3600L, (60 - gapHours) / 60.0, 0, null, [],
                gapHours == 0 ? [] : [new Gap(start.AddDays(1).AddHours(9), start.AddDays(1).AddHours(9 + gapHours), "silent")], []),
            [], rows);
    }

    private static FigureRow Row(DateOnly day, string state, bool stay, bool isGap, double scale)
    {
        double mean = s_days[((int)day.DayOfWeek + 6) % 7] * scale;
        DateTime start = day.ToDateTime(TimeOnly.MinValue, DateTimeKind.Utc);
        bool some = state != CertaintyState.Activity && !isGap;
        return mean <= 0
            ? new FigureRow(Day(day), start, start.AddDays(1), 0, 0, "closed", null, null, null, null, false, false, false)
            : new FigureRow(
                Day(day), start, start.AddDays(1), 10 * 3600, isGap ? 0.3 : 1, isGap ? "silent" : null, some ? Number(mean / 14) : null,
                some && stay ? Number(mean) : null, isGap ? null : mean, mean * (day.Day % 3 == 0 ? 1.1 : 0.85), false, false, false);
    }

    private static HeatMap Heat(string state)
    {
        List<HeatCell> cells = [];
        for (int weekday = 1; weekday <= 7; weekday++)
        {
            for (int hour = 0; hour < 24; hour++)
            {
                double people = s_days[weekday - 1] / 10 * Math.Exp(-Math.Pow((hour - 14) / 4.0, 2));
                cells.Add(new HeatCell(weekday, hour, 4, hour is >= 9 and < 19 && people > 0 ? Number(people) : null));
            }
        }

        return new HeatMap(
            7, "Europe/Berlin", "2026-11-02", "2026-11-29", cells.Max(static cell => cell.People?.Value ?? 0),
            new Certainty(state, null, null, null, 14, 5, 0, 0, 3), cells);
    }

    private static Ranged Number(double value) => new(value * 0.84, value, value * 1.17);

    private static string Day(DateOnly day) => day.ToString("yyyy-MM-dd", CultureInfo.InvariantCulture);
}
