using System.Globalization;
using System.Reflection;
using System.Text.Json;

using JamBox.Backend.Insights.Estimation;
using JamBox.Backend.Insights.Figures;

namespace JamBox.Backend.Reports;

/// <summary>
/// The words of reports in a language: a file each (<c>Reports/Texts</c>), embedded. Names of months and the marks of numbers stand there
/// too, because the process knows no cultures.
/// </summary>
internal sealed class ReportTexts
{
    /// <summary>The languages.</summary>
    public static readonly string[] Languages = ["en", "es"];

    private static readonly Dictionary<string, ReportTexts> s_texts = Languages.ToDictionary(
        static id => id, static id => new ReportTexts(id));

    private readonly Dictionary<string, string> _texts;
    private readonly NumberFormatInfo _numbers;
    private readonly string[] _months;
    private readonly string[] _shortMonths;

    private ReportTexts(string language)
    {
        using Stream file = Assembly.GetExecutingAssembly().GetManifestResourceStream($"reports/texts/{language}.json")!;
        using JsonDocument json = JsonDocument.Parse(file);
        _texts = json.RootElement.EnumerateObject().ToDictionary(static text => text.Name, static text => text.Value.GetString()!);
        _numbers = new NumberFormatInfo { NumberGroupSeparator = this["thousands"], NumberDecimalSeparator = this["decimal"] };
        _months = this["months"].Split(' ');
        _shortMonths = this["months_short"].Split(' ');
        Weekdays = this["weekdays"].Split(' ');
        Language = language;
    }

    /// <summary>Its id, such as <c>en</c>.</summary>
    public string Language { get; }

    /// <summary>Short names of days, Monday first.</summary>
    public IReadOnlyList<string> Weekdays { get; }

    /// <summary>The names of all texts.</summary>
    public IEnumerable<string> Names => _texts.Keys;

    /// <summary>A text.</summary>
    public string this[string name] => _texts[name];

    /// <summary>The texts of a language; English for one that is none of ours.</summary>
    public static ReportTexts Of(string? language) => s_texts.GetValueOrDefault(language ?? "en") ?? s_texts["en"];

    /// <summary>A text with something put in.</summary>
    public string With(string name, params object[] values) => string.Format(CultureInfo.InvariantCulture, _texts[name], values);

    /// <summary>A whole number.</summary>
    public string Number(double value) => Math.Round(value).ToString("#,0", _numbers);

    /// <summary>A best guess: to 5 in its third digit, because more is not known.</summary>
    public string Guess(double value)
    {
        double step = value < 20 ? 1 : 5;
        while (value / step >= 200)
        {
            step *= 10;
        }

        return Number(Math.Round(value / step) * step);
    }

    /// <summary>A range, rounded outward: to two digits, or to one while there are hardly any counts.</summary>
    public string Range(Ranged range, bool rough)
    {
        PeopleRange people = new(range.Low, range.Value, range.High);
        (long low, long high) = rough ? people.Rough() : people.Shown();
        return low == high ? Number(low) : $"{Number(low)}–{Number(high)}";
    }

    /// <summary>Such as <c>27 November</c>.</summary>
    public string Day(DateOnly day) => With("day_month", day.Day, _months[day.Month - 1]);

    /// <summary>Such as <c>27 Nov</c>.</summary>
    public string ShortDay(DateOnly day) => $"{day.Day.ToString(CultureInfo.InvariantCulture)} {_shortMonths[day.Month - 1]}";

    /// <summary>Such as <c>Fri</c>.</summary>
    public string Weekday(DateOnly day) => Weekdays[((int)day.DayOfWeek + 6) % 7];

    /// <summary>Such as <c>23–29 November 2026</c>, or <c>November 2026</c>.</summary>
    public string Period(ReportPeriod period)
    {
        DateOnly first = period.First, last = period.Last;
        return period.Kind == ReportPeriod.Month ? With("month_year", _months[first.Month - 1], first.Year)
            : first.Year != last.Year
                ? With("range_of_years", first.Day, _months[first.Month - 1], first.Year, last.Day, _months[last.Month - 1], last.Year)
            : first.Month != last.Month ? With(
                "range_in_year", first.Day, _months[first.Month - 1], last.Day, _months[last.Month - 1], last.Year)
            : With("range_in_month", first.Day, last.Day, _months[first.Month - 1], first.Year);
    }

    /// <summary>How it compares with the usual, as a sentence; null = there is no usual yet.</summary>
    public string? Against(AgainstUsual? activity) => activity is null ? null
        : activity.Word == "usual" ? this["as_usual"]
        : With("than_usual", Word(activity));

    /// <summary>How it compares with the usual, as a word; the service's own where we have none.</summary>
    public string Word(AgainstUsual activity) => _texts.GetValueOrDefault($"word.{activity.Word}") ?? activity.Words;
}
