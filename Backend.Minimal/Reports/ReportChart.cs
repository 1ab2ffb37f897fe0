using System.Globalization;

using JamBox.Backend.Insights.Figures;

using PdfSharp.Drawing;

namespace JamBox.Backend.Reports;

/// <summary>The days of a report as bars: best guess, range, and the usual of that weekday beside.</summary>
internal static class ReportChart
{
    private const double Height = 110;
    private const double AxisWidth = 34;

    /// <summary>Days beyond which only every few of them bear a name.</summary>
    private const int MostNames = 10;

    /// <summary>Draws it.</summary>
    public static void Draw(ReportCanvas canvas, PlaceReport report, ReportTexts texts, double top)
    {
        canvas.Text(texts["day_by_day"], ReportCanvas.Left, top, 11.5, ReportColors.Ink, bold: true);
        bool level = report.DayMeasure == ReportMeasure.Level;
        canvas.Text(
            level ? $"{texts["level_only"]} · {texts["usual_dashed"]}" : $"{texts["range_shown"]} · {texts["usual_dashed"]}",
            ReportCanvas.Right, top, 8.5, ReportColors.Soft, at: TextAt.Right);
        double bottom = top + 14 + Height;
        Bar[] bars = [.. report.Figures.Rows.Select(row => Bar.Of(report, row))];
        double most = Axis(bars.Max(static bar => Math.Max(bar.High ?? 0, bar.Then ?? 0)), out double step);
        for (double tick = 0; tick <= most + (step / 2); tick += step)
        {
            double y = bottom - (tick / most * Height);
            canvas.Line(ReportCanvas.Left + AxisWidth, y, ReportCanvas.Right, y, ReportColors.Line, 0.5);
            if (!level)
            {
                canvas.Text(texts.Number(tick), ReportCanvas.Left + AxisWidth - 6, y + 3, 8, ReportColors.Soft, at: TextAt.Right);
            }
        }

        double width = (ReportCanvas.Right - ReportCanvas.Left - AxisWidth) / bars.Length;
        for (int i = 0; i < bars.Length; i++)
        {
            double x = ReportCanvas.Left + AxisWidth + (i * width);
            DrawBar(canvas, bars[i], x, width, bottom, most);
            if (report.Figures.Rows[i].Gap == "closed" && bars.Length <= MostNames)
            {
                canvas.Text(texts["closed"], x + (width / 2), bottom - 6, 8.5, ReportColors.Soft, at: TextAt.Center);
            }

            if (bars.Length <= MostNames || i % 3 == 0)
            {
                DateOnly day = DateOnly.ParseExact(report.Figures.Rows[i].Label[..10], "yyyy-MM-dd", CultureInfo.InvariantCulture);
                canvas.Text(
                    bars.Length <= MostNames ? $"{texts.Weekday(day)} {day.Day}" : day.Day.ToString(CultureInfo.InvariantCulture),
                    x + (width / 2), bottom + 12, 8.5, ReportColors.Ink, at: TextAt.Center);
            }
        }
    }

    private static void DrawBar(ReportCanvas canvas, Bar bar, double x, double width, double bottom, double most)
    {
        double inset = width * 0.2, middle = x + (width / 2);
        double At(double value) => bottom - (value / most * Height);
        if (bar.IsMissing)
        {
            canvas.Hatch(x + inset, bottom - Height, width - (2 * inset), Height);
            return;
        }

        if (bar.Value is { } value)
        {
            canvas.Box(x + inset, At(value), width - (2 * inset), bottom - At(value), ReportColors.Bar);
            canvas.Line(x + inset, At(value), x + width - inset, At(value), ReportColors.Accent, 1.5);
        }

        if (bar is { Low: { } low, High: { } high })
        {
            double cap = Math.Min(4, width * 0.12);
            canvas.Line(middle, At(low), middle, At(high), ReportColors.Ink, 1);
            canvas.Line(middle - cap, At(low), middle + cap, At(low), ReportColors.Ink, 1);
            canvas.Line(middle - cap, At(high), middle + cap, At(high), ReportColors.Ink, 1);
        }

        if (bar.Then is { } then)
        {
            canvas.Line(x + (inset / 2), At(then), x + width - (inset / 2), At(then), ReportColors.Then, 1.2, dashed: true);
        }
    }

    /// <summary>The top of the axis, and the distance of its lines: 1, 2 or 5 times a power of ten.</summary>
    private static double Axis(double most, out double step)
    {
        const int Lines = 4;
        double raw = Math.Max(most, 1) / Lines;
        double power = Math.Pow(10, Math.Floor(Math.Log10(raw)));
        step = raw / power <= 1 ? power : raw / power <= 2 ? 2 * power : raw / power <= 5 ? 5 * power : 10 * power;
        return Math.Ceiling(Math.Max(most, 1) / step) * step;
    }

    /// <summary>A day as it is drawn.</summary>
    /// <param name="Value">The best guess; null = none.</param>
    /// <param name="Low">Lower end.</param>
    /// <param name="High">Upper end.</param>
    /// <param name="Then">The usual, in the same measure.</param>
    /// <param name="IsMissing">Whether there should be one: the place was open.</param>
    private readonly record struct Bar(double? Value, double? Low, double? High, double? Then, bool IsMissing)
    {
        public static Bar Of(PlaceReport report, FigureRow row)
        {
            Ranged? number = report.DayMeasure switch
            {
                ReportMeasure.Visitors => row.Visitors,
                ReportMeasure.People => row.People,
                _ => null,
            };
            bool missing = row.Gap is not (null or "closed" or "ahead");
            if (report.DayMeasure == ReportMeasure.Level)
            {
                return new Bar(row.Gap is null ? row.Activity : null, null, row.Activity, row.Then, missing);
            }

            // The usual is a level; what it would be in people follows from what this day's level is in people.
            double? then = number is { Value: > 0 } && row is { Activity: > 0, Then: { } level }
                ? number.Value * level / row.Activity.Value
                : null;
            return new Bar(number?.Value, number?.Low, number?.High, then, missing || (number is null && row.Gap is null));
        }
    }
}
