using System.Globalization;

using JamBox.Backend.Insights;
using JamBox.Backend.Insights.Figures;

using NodaTime;

using PdfSharp;
using PdfSharp.Drawing;
using PdfSharp.Pdf;

namespace JamBox.Backend.Reports;

/// <summary>A report as PDF: A4, one page a place.</summary>
internal static class ReportPdf
{
    private const double ChartTop = 262;
    private const double HeatTop = 425;
    private const double BeforeTop = 618;
    private const double QualityTop = 740;
    private const double FooterAt = 815;

    /// <summary>Makes the document.</summary>
    /// <param name="reports">The places, a page each.</param>
    /// <param name="texts">The language.</param>
    /// <param name="now">When it is made.</param>
    public static byte[] Make(IReadOnlyList<PlaceReport> reports, ReportTexts texts, DateTimeOffset now)
    {
        ReportFonts.Use();
        using PdfDocument document = new();
        document.Info.Title = $"{texts[$"report_{reports[0].Period.Kind}"]}: {reports[0].Figures.Place}, {texts.Period(reports[0].Period)}";
        document.Info.Creator = "JamBox";
        document.Info.CreationDate = now.UtcDateTime;
        document.Language = texts.Language;
        for (int i = 0; i < reports.Count; i++)
        {
            PdfPage page = document.AddPage();
            page.Size = PageSize.A4;
            using ReportCanvas canvas = new(XGraphics.FromPdfPage(page));
            Draw(canvas, reports[i], texts, now, texts.With("page", i + 1, reports.Count));
        }

        using MemoryStream bytes = new();
        document.Save(bytes, closeStream: false);
        return bytes.ToArray();
    }

    private static void Draw(ReportCanvas canvas, PlaceReport report, ReportTexts texts, DateTimeOffset now, string page)
    {
        DrawHead(canvas, report, texts);
        DrawMain(canvas, report, texts);
        DrawTiles(canvas, report, texts);
        ReportChart.Draw(canvas, report, texts, ChartTop);
        ReportHeat.Draw(canvas, report, texts, HeatTop);
        DrawBefore(canvas, report, texts);
        canvas.Box(ReportCanvas.Left, QualityTop, ReportCanvas.Width, 56, ReportColors.Sunken, 6);
        double y = canvas.Paragraph(
            report.Quality(texts), ReportCanvas.Left + 12, QualityTop + 17, ReportCanvas.Width - 24, 9, ReportColors.Ink, 2);
        canvas.Paragraph(report.Sureness(texts), ReportCanvas.Left + 12, y, ReportCanvas.Width - 24, 9, ReportColors.Soft, 2);
        LocalDateTime made = Instant.FromDateTimeOffset(now).InZone(Zones.Of(report.Figures.Timezone)).LocalDateTime;
        string day = $"{texts.ShortDay(made.Date.ToDateOnly())} {made.ToString("yyyy, HH:mm", CultureInfo.InvariantCulture)}";
        canvas.Text(
            texts.With("made", report.Figures.Place, report.Figures.Timezone, day), ReportCanvas.Left, FooterAt, 8, ReportColors.Soft,
            maxWidth: ReportCanvas.Width - 90);
        canvas.Text(page, ReportCanvas.Right, FooterAt, 8, ReportColors.Soft, at: TextAt.Right);
    }

    private static void DrawHead(ReportCanvas canvas, PlaceReport report, ReportTexts texts)
    {
        canvas.Box(0, 0, 595, 8, ReportColors.Accent);
        canvas.Text("My Store Insights", ReportCanvas.Right, 44, 9, ReportColors.Soft, at: TextAt.Right);
        canvas.Text(texts[$"report_{report.Period.Kind}"], ReportCanvas.Left, 44, 9, ReportColors.Accent, bold: true);
        double size = Fit(canvas, report.Figures.Place, 23, 13, ReportCanvas.Width);
        canvas.Text(report.Figures.Place, ReportCanvas.Left, 70, size, ReportColors.Ink, bold: true, maxWidth: ReportCanvas.Width);
        canvas.Text(texts.Period(report.Period), ReportCanvas.Left, 88, 11.5, ReportColors.Soft);
        canvas.Line(ReportCanvas.Left, 100, ReportCanvas.Right, 100, ReportColors.Line);
    }

    /// <summary>One number, its range and one sentence first.</summary>
    private static void DrawMain(ReportCanvas canvas, PlaceReport report, ReportTexts texts)
    {
        const double Width = 250;
        (string label, string big, string below) = Headline(report, texts);
        bool stale = report.Figures.Certainty.State == CertaintyState.Stale;
        canvas.Text(label, ReportCanvas.Left, 124, 10.5, ReportColors.Soft);
        double size = Fit(canvas, big, 40, 18, Width);
        canvas.Text(big, ReportCanvas.Left, 163, size, stale ? ReportColors.Warning : ReportColors.Accent, bold: true, maxWidth: Width);
        canvas.Paragraph(below, ReportCanvas.Left, 184, Width, 10.5, ReportColors.Ink, 4);
    }

    /// <summary>The size at which a text fits into a width, if one down to the least does.</summary>
    private static double Fit(ReportCanvas canvas, string text, double size, double least, double width)
    {
        while (size > least && canvas.WidthOf(text, size, bold: true) > width)
        {
            size -= 1;
        }

        return size;
    }

    private static (string Label, string Big, string Below) Headline(PlaceReport report, ReportTexts texts)
    {
        PlaceRange figures = report.Figures;
        string against = texts.Against(figures.Activity)
            ?? (figures.UsualFrom is { } day && DateOnly.TryParseExact(day, "yyyy-MM-dd", out DateOnly first)
                ? texts.With("first_comparison", texts.Day(first))
                : texts["no_comparison"]);
        switch (report.Measure)
        {
            case ReportMeasure.Visitors:
                return (
                    texts["visitors"], texts.Range(figures.Visitors!, report.IsRough),
                    $"{texts.With("best_guess", texts.Guess(figures.Visitors!.Value))} {against}");
            case ReportMeasure.People:
                string stay = figures.VisitorsMissing == "no_stay" ? $" {texts["no_stay"]}" : "";
                return (texts["people"], texts.Range(figures.People!, report.IsRough), $"{against}{stay}");
        }

        if (figures.VisitorsMissing is "closed")
        {
            return (texts["visitors"], texts["closed"], texts["closed_all"]);
        }

        if (figures.People is null)
        {
            return (texts["visitors"], texts["no_number"], texts.With(
                "listened_in", texts.Number(report.ListenedHours), texts.Number(figures.Quality.OpenSeconds / 3600.0)));
        }

        string roughly = texts.With("roughly", [.. texts.Range(figures.People, rough: true).Split('–').Concat(["–"]).Take(2)]);
        string needed = figures.Certainty.CountsNeeded == 1
            ? texts["count_more_one"]
            : texts.With("count_more", figures.Certainty.CountsNeeded);
        return figures.Activity is { } activity
            ? (texts["activity"], texts.Word(activity), $"{roughly} {needed}")
            : (texts["activity"], texts["learning"], $"{against} {roughly} {needed}");
    }

    private static void DrawTiles(ReportCanvas canvas, PlaceReport report, ReportTexts texts)
    {
        PlaceRange figures = report.Figures;
        bool rough = report.IsRough;
        Tile(canvas, 0, texts["busiest_hour"], figures.Busiest is { } busiest ? Hour(busiest.Label, texts) : texts["unknown"],
            figures.Busiest is { } most ? texts.With("busiest_people", texts.Range(most.People, rough)) : "");
        Tile(canvas, 1, texts["at_a_time"], figures.People is { } people ? texts.Range(people, rough) : texts["unknown"],
            figures.People is null ? "" : texts["with_staff"]);
        Tile(canvas, 2, texts["mean_stay"], figures.Stay is { } stay ? texts.With("minutes", texts.Number(stay.Minutes)) : texts["unknown"],
            figures.Stay is null ? texts["not_known"]
            : figures.Stay.Low < figures.Stay.High
                ? texts.With("minutes", $"{texts.Number(figures.Stay.Low)}–{texts.Number(figures.Stay.High)}")
                : "");
        Tile(canvas, 3, texts["turned_in"], figures.Zones.TurnIn is { } turned
            ? $"{texts.Number(turned.Low * 100)}–{texts.Number(turned.High * 100)} %" : texts["unknown"], texts["of_passers"]);
    }

    private static void Tile(ReportCanvas canvas, int number, string label, string value, string below)
    {
        const double Width = 116, Height = 58, Gap = 8;
        double x = ReportCanvas.Right - (2 * Width) - Gap + (number % 2 * (Width + Gap));
        double y = 112 + (number / 2 * (Height + Gap));
        canvas.Box(x, y, Width, Height, ReportColors.Sunken, 6);
        canvas.Text(label, x + 10, y + 16, 8.5, ReportColors.Soft, maxWidth: Width - 20);
        canvas.Text(value, x + 10, y + 34, 15, ReportColors.Ink, bold: true, maxWidth: Width - 20);
        canvas.Text(below, x + 10, y + 48, 8.5, ReportColors.Soft, maxWidth: Width - 20);
    }

    /// <summary>The start of an hour, <c>2026-11-27 14:00</c>, as it is shown.</summary>
    private static string Hour(string label, ReportTexts texts) =>
        DateTime.TryParseExact(label, "yyyy-MM-dd HH:mm", CultureInfo.InvariantCulture, DateTimeStyles.None, out DateTime time)
            ? $"{texts.Weekday(DateOnly.FromDateTime(time))} {time.Hour}–{time.Hour + 1}"
            : label;

    private static void DrawBefore(ReportCanvas canvas, PlaceReport report, ReportTexts texts)
    {
        double[] columns = [ReportCanvas.Left + 10, 205, 330, ReportCanvas.Right - 10];
        double y = BeforeTop;
        canvas.Text(texts[$"before_{report.Period.Kind}"], ReportCanvas.Left, y, 11.5, ReportColors.Ink, bold: true);
        string measure = report.Measure switch
        {
            ReportMeasure.Visitors => texts["visitors"],
            ReportMeasure.People => texts["people"],
            _ => "",
        };
        canvas.Text(measure, columns[1], y, 8.5, ReportColors.Soft);
        canvas.Text(texts["against"], columns[2], y, 8.5, ReportColors.Soft);
        canvas.Text(texts["listened"], columns[3], y, 8.5, ReportColors.Soft, at: TextAt.Right);
        y += 6;
        ReportPeriod period = report.Period;
        for (int i = -1; i < report.Before.Count; i++)
        {
            PlaceRange range = i < 0 ? report.Figures : report.Before[i];
            if (i < 0)
            {
                canvas.Box(ReportCanvas.Left, y, ReportCanvas.Width, 20, ReportColors.Sunken, 4);
            }
            else
            {
                period = period.Before;
                canvas.Line(ReportCanvas.Left, y + 20, ReportCanvas.Right, y + 20, ReportColors.Line, 0.5);
            }

            string name = period.Kind == ReportPeriod.Week ? texts.With("week_of", texts.ShortDay(period.First)) : texts.Period(period);
            canvas.Text(name, columns[0], y + 14, 9.5, ReportColors.Ink, bold: i < 0, maxWidth: 145);
            Ranged? number = report.NumberOf(range);
            string shown = number is not null ? texts.Range(number, report.IsRough)
                : report.Measure == ReportMeasure.Level ? ""
                : texts["unknown"];
            canvas.Text(shown, columns[1], y + 14, 9.5, ReportColors.Ink, bold: i < 0);
            canvas.Text(i < 0 ? "" : Difference(report, range, texts), columns[2], y + 14, 9.5, ReportColors.Ink, maxWidth: 160);
            canvas.Text(
                $"{texts.Number(Math.Floor(range.Quality.Coverage * 100))} %", columns[3], y + 14, 9.5, ReportColors.Soft,
                at: TextAt.Right);
            y += 21;
        }
    }

    /// <summary>What the period shown is against an earlier one. Where their ranges overlap there is no clear difference.</summary>
    private static string Difference(PlaceReport report, PlaceRange earlier, ReportTexts texts)
    {
        if (report.NumberOf(report.Figures) is { } now && report.NumberOf(earlier) is { Value: > 0 } then)
        {
            return now.Low <= then.High && then.Low <= now.High ? texts["no_clear_difference"] : Percent(now.Value / then.Value, texts);
        }

        // Levels are of a model: those of another one say nothing.
        double? level = Level(report.Figures);
        double? before = report.Figures.Certainty.Model == earlier.Certainty.Model ? Level(earlier) : null;
        return report.Measure != ReportMeasure.Level || level is null || before is not > 0 ? texts["unknown"]
            : Math.Abs((level.Value / before.Value) - 1) <= 0.1 ? texts["no_clear_difference"]
            : Percent(level.Value / before.Value, texts);
    }

    private static string Percent(double ratio, ReportTexts texts) =>
        texts.With(ratio >= 1 ? "percent_more" : "percent_less", texts.Number(Math.Abs(ratio - 1) * 100));

    /// <summary>The level of a range per open hour with a figure; null = none has one.</summary>
    private static double? Level(PlaceRange range)
    {
        FigureRow[] rows = [.. range.Rows.Where(static row => row is { Gap: null, Activity: not null, OpenSeconds: > 0 })];
        return rows.Length == 0 ? null : rows.Sum(static row => row.Activity!.Value) / rows.Sum(static row => row.OpenSeconds / 3600.0);
    }
}
