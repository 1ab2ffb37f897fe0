using System.Globalization;

using JamBox.Backend.Insights.Figures;

using PdfSharp.Drawing;

namespace JamBox.Backend.Reports;

/// <summary>When it is busy: weekdays against hours, as five shades with the number in each.</summary>
internal static class ReportHeat
{
    private const double RowHeight = 19;
    private const double NameWidth = 34;

    /// <summary>Draws it.</summary>
    public static void Draw(ReportCanvas canvas, PlaceReport report, ReportTexts texts, double top)
    {
        canvas.Text(texts["when_busy"], ReportCanvas.Left, top, 11.5, ReportColors.Ink, bold: true);
        bool level = report.IsRough;
        canvas.Text(
            texts.With(level ? "level_of_weeks" : "last_weeks", report.HeatWeeks),
            ReportCanvas.Left + canvas.WidthOf(texts["when_busy"], 11.5, bold: true) + 8,
            top, 8.5, ReportColors.Soft);
        DrawLegend(canvas, texts, top);
        HeatCell[] filled = [.. report.Heat.Cells.Where(static cell => cell.People is not null)];
        int first = filled.Length == 0 ? 8 : filled.Min(static cell => cell.Hour);
        int last = filled.Length == 0 ? 19 : filled.Max(static cell => cell.Hour);
        while (last - first < 7)
        {
            (first, last) = (Math.Max(0, first - 1), Math.Min(23, last + 1));
        }

        double width = (ReportCanvas.Width - NameWidth) / (last - first + 1);
        double y = top + 12;
        for (int hour = first; hour <= last; hour++)
        {
            canvas.Text(
                hour.ToString(CultureInfo.InvariantCulture), ReportCanvas.Left + NameWidth + ((hour - first + 0.5) * width), y + 8, 8,
                ReportColors.Soft, at: TextAt.Center);
        }

        y += 13;
        ILookup<(int Weekday, int Hour), HeatCell> cells = report.Heat.Cells.ToLookup(static cell => (cell.Weekday, cell.Hour));
        for (int weekday = 1; weekday <= 7; weekday++)
        {
            canvas.Text(texts.Weekdays[weekday - 1], ReportCanvas.Left, y + 13, 9, ReportColors.Ink);
            for (int hour = first; hour <= last; hour++)
            {
                DrawCell(canvas, report, texts, cells[(weekday, hour)].FirstOrDefault()?.People,
                    new XRect(ReportCanvas.Left + NameWidth + ((hour - first) * width) + 1, y + 1, width - 2, RowHeight - 2), level);
            }

            y += RowHeight;
        }
    }

    private static void DrawCell(ReportCanvas canvas, PlaceReport report, ReportTexts texts, Ranged? people, XRect at, bool level)
    {
        if (people is null || report.Heat.Most <= 0)
        {
            canvas.Box(at.X, at.Y, at.Width, at.Height, ReportColors.Sunken, 2);
            return;
        }

        int shade = Math.Clamp((int)(people.Value / report.Heat.Most * ReportColors.Heat.Length), 0, ReportColors.Heat.Length - 1);
        canvas.Box(at.X, at.Y, at.Width, at.Height, ReportColors.Heat[shade], 2);
        if (!level && at.Width >= 14)
        {
            canvas.Text(
                texts.Number(people.Value), at.X + (at.Width / 2), at.Y + 12, 8, shade >= 3 ? ReportColors.White : ReportColors.Ink,
                at: TextAt.Center);
        }
    }

    private static void DrawLegend(ReportCanvas canvas, ReportTexts texts, double top)
    {
        double x = ReportCanvas.Right - canvas.WidthOf(texts["busy"], 8.5);
        canvas.Text(texts["busy"], x, top, 8.5, ReportColors.Soft);
        x -= 6;
        for (int shade = ReportColors.Heat.Length - 1; shade >= 0; shade--)
        {
            x -= 12;
            canvas.Box(x, top - 8, 11, 9, ReportColors.Heat[shade], 1.5);
        }

        canvas.Text(texts["quiet"], x - 6, top, 8.5, ReportColors.Soft, at: TextAt.Right);
    }
}
