using System.Globalization;

using JamBox.Backend.Insights;
using JamBox.Backend.Insights.Figures;

using NodaTime;

namespace JamBox.Backend.Reports;

/// <summary>What a report says of a place.</summary>
/// <param name="Period">The week or month.</param>
/// <param name="Figures">Its figures, by day.</param>
/// <param name="Heat">When it is busy there.</param>
/// <param name="HeatWeeks">Weeks that went into that.</param>
/// <param name="Before">The figures of the periods before, the latest first.</param>
internal sealed record PlaceReport(
    ReportPeriod Period, PlaceRange Figures, HeatMap Heat, int HeatWeeks, IReadOnlyList<PlaceRange> Before)
{
    /// <summary>Whether there are so few counts that numbers are only said roughly.</summary>
    public bool IsRough => Figures.Certainty.State == CertaintyState.Activity;

    /// <summary>What is shown in numbers: visitors where they are known, else people at a time, else nothing but the level.</summary>
    public ReportMeasure Measure =>
        Figures.Visitors is not null ? ReportMeasure.Visitors : !IsRough
            && Figures.People is not null ? ReportMeasure.People : ReportMeasure.Level;

    /// <summary>
    /// What its days are shown in: days may have numbers though the period as a whole has none, for most of it was not listened to.
    /// </summary>
    public ReportMeasure DayMeasure =>
        Measure != ReportMeasure.Level ? Measure
        : Figures.Rows.Any(static row => row.Visitors is not null) ? ReportMeasure.Visitors
        : !IsRough && Figures.Rows.Any(static row => row.People is not null) ? ReportMeasure.People
        : ReportMeasure.Level;

    /// <summary>How long was listened, whole hours: rounded down, so that nearly all is not all, and the same on the whole page.</summary>
    public double ListenedHours => Math.Floor(Figures.Quality.ListenedSeconds / 3600.0);

    /// <summary>The number of a range in that measure.</summary>
    public Ranged? NumberOf(PlaceRange range) =>
        Measure == ReportMeasure.Visitors ? range.Visitors : Measure == ReportMeasure.People ? range.People : null;

    /// <summary>One sentence on how far the figures can be trusted.</summary>
    public string Quality(ReportTexts texts)
    {
        QualityFacts quality = Figures.Quality;
        double open = quality.OpenSeconds / 3600.0;
        List<string> said = [];
        said.Add(quality.Coverage >= 0.995 && quality.Gaps.Count == 0
            ? texts["quality_full"]
            : texts.With("quality_some", texts.Number(ListenedHours), texts.Number(open)));
        if (quality.Gaps.Count > 0)
        {
            said.Add(texts.With("quality_gaps", Gaps(quality.Gaps, texts)));
        }

        if (quality.BusyHours.Count > 0)
        {
            said.Add(texts.With("quality_busy", quality.BusyHours.Count));
        }

        if (quality.Waiting > 0)
        {
            said.Add(texts.With("quality_waiting", quality.Waiting));
        }

        return string.Join(' ', said);
    }

    /// <summary>One sentence on where the numbers come from.</summary>
    public string Sureness(ReportTexts texts)
    {
        Certainty certainty = Figures.Certainty;
        string sentence = certainty.State switch
        {
            CertaintyState.Activity => texts["sure_activity"],
            CertaintyState.Rough => texts.With("sure_rough", certainty.Counts, certainty.CountsNeeded),
            CertaintyState.Stale => texts.With("sure_stale", certainty.Detail ?? ""),
            _ => texts.With("sure_calibrated", certainty.Counts),
        };
        return Measure == ReportMeasure.Visitors ? $"{sentence} {texts["staff_out"]}" : sentence;
    }

    /// <summary>The largest gaps, three of them.</summary>
    private string Gaps(IReadOnlyList<Gap> gaps, ReportTexts texts)
    {
        const int MaxGaps = 3;
        DateTimeZone zone = Zones.Of(Figures.Timezone);
        IEnumerable<string> said = gaps.OrderByDescending(static gap => gap.Until - gap.From).Take(MaxGaps).OrderBy(static gap => gap.From)
            .Select(gap =>
            {
                LocalDateTime from = Local(gap.From, zone), until = Local(gap.Until, zone);
                string reason = texts[$"gap_{gap.Reason}"];
                return from.Date == until.Date
                    ? texts.With("gap_at", Day(from, texts), Clock(from), Clock(until), reason)
                    : texts.With("gap_over", Day(from, texts), Clock(from), Day(until, texts), Clock(until), reason);
            });
        string list = string.Join(", ", said);
        return gaps.Count > MaxGaps ? $"{list}, {texts.With("and_more", gaps.Count - MaxGaps)}" : list;
    }

    private static LocalDateTime Local(DateTime time, DateTimeZone zone) =>
        Instant.FromDateTimeUtc(DateTime.SpecifyKind(time, DateTimeKind.Utc)).InZone(zone).LocalDateTime;

    private static string Day(LocalDateTime time, ReportTexts texts)
    {
        DateOnly day = time.Date.ToDateOnly();
        return $"{texts.Weekday(day)} {texts.ShortDay(day)}";
    }

    private static string Clock(LocalDateTime time) => time.ToString("HH:mm", CultureInfo.InvariantCulture);
}

/// <summary>What a report shows in numbers.</summary>
internal enum ReportMeasure
{
    /// <summary>Visitors.</summary>
    Visitors,

    /// <summary>People at a time.</summary>
    People,

    /// <summary>The level alone: nobody has counted.</summary>
    Level,
}
