namespace JamBox.Backend.Reports;

/// <summary>The week or month that a report is of, by the place's days.</summary>
/// <param name="Kind"><see cref="Week"/> or <see cref="Month"/>.</param>
/// <param name="First">Its first day: a Monday, or the 1st.</param>
internal readonly record struct ReportPeriod(string Kind, DateOnly First)
{
    /// <summary>Monday to Sunday.</summary>
    public const string Week = "week";

    /// <summary>The 1st to the last.</summary>
    public const string Month = "month";

    /// <summary>The kinds.</summary>
    public static readonly string[] Kinds = [Week, Month];

    /// <summary>The last day.</summary>
    public DateOnly Last => Next.First.AddDays(-1);

    /// <summary>The one after it.</summary>
    public ReportPeriod Next => this with { First = Kind == Week ? First.AddDays(7) : First.AddMonths(1) };

    /// <summary>The one before it.</summary>
    public ReportPeriod Before => this with { First = Kind == Week ? First.AddDays(-7) : First.AddMonths(-1) };

    /// <summary>Days in it.</summary>
    public int Days => Last.DayNumber - First.DayNumber + 1;

    /// <summary>Periods before it that a report compares it with.</summary>
    public int Compared => Kind == Week ? 4 : 3;

    /// <summary>The period that a day is in.</summary>
    public static ReportPeriod Of(string kind, DateOnly day) => new(
        kind, kind == Week ? day.AddDays(-(((int)day.DayOfWeek + 6) % 7)) : new DateOnly(day.Year, day.Month, 1));

    /// <summary>The last one that is over on a day.</summary>
    public static ReportPeriod LastOver(string kind, DateOnly today) => Of(kind, today).Before;
}
