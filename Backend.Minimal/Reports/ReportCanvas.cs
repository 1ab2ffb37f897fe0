using PdfSharp.Drawing;

namespace JamBox.Backend.Reports;

/// <summary>The colours of reports: those of the portal on paper.</summary>
internal static class ReportColors
{
    public static readonly XColor Ink = Of(0x17202B);
    public static readonly XColor Soft = Of(0x51606F);
    public static readonly XColor Line = Of(0xD5DDE5);
    public static readonly XColor Sunken = Of(0xF1F4F7);
    public static readonly XColor Accent = Of(0x0B6B7D);
    public static readonly XColor Bar = Of(0xA9CDD4);
    public static readonly XColor Then = Of(0x76828F);
    public static readonly XColor Warning = Of(0x8F5F00);
    public static readonly XColor White = XColors.White;

    /// <summary>From quiet to busy.</summary>
    public static readonly XColor[] Heat = [Of(0xE3F1F4), Of(0xB5DBE2), Of(0x7CC0CC), Of(0x1F7C8D), Of(0x0B4A58)];

    private static XColor Of(int rgb) => XColor.FromArgb((rgb >> 16) & 0xFF, (rgb >> 8) & 0xFF, rgb & 0xFF);
}

/// <summary>A page that is drawn on: A4, in points.</summary>
internal sealed class ReportCanvas : IDisposable
{
    /// <summary>Left and right edge of what is drawn, pt.</summary>
    public const double Left = 45;

    /// <summary>Right edge.</summary>
    public const double Right = 550;

    private readonly XGraphics _graphics;

    /// <summary>Makes it.</summary>
    public ReportCanvas(XGraphics graphics) => _graphics = graphics;

    /// <summary>Width of what is drawn, pt.</summary>
    public static double Width => Right - Left;

    /// <inheritdoc/>
    public void Dispose() => _graphics.Dispose();

    /// <summary>Draws a line of text on its base line, and shortens it where it is too wide.</summary>
    /// <returns>Its width, pt.</returns>
    public double Text(
        string text, double x, double y, double size, XColor color, bool bold = false, TextAt at = TextAt.Left,
            double maxWidth = double.MaxValue)
    {
        XFont font = ReportFonts.Of(size, bold);
        string shown = text;
        double width = Measure(shown, font);
        while (width > maxWidth && shown.Length > 1)
        {
            shown = shown[..^2].TrimEnd() + "…";
            width = Measure(shown, font);
        }

        double left = at switch
        {
            TextAt.Right => x - width,
            TextAt.Center => x - (width / 2),
            _ => x,
        };
        _graphics.DrawString(shown, font, new XSolidBrush(color), left, y);
        return width;
    }

    /// <summary>Draws text over several lines.</summary>
    /// <returns>The base line after the last one.</returns>
    public double Paragraph(string text, double x, double y, double width, double size, XColor color, int maxLines, bool bold = false)
    {
        XFont font = ReportFonts.Of(size, bold);
        List<string> lines = [""];
        foreach (string word in text.Split(' ', StringSplitOptions.RemoveEmptyEntries))
        {
            string longer = lines[^1].Length == 0 ? word : $"{lines[^1]} {word}";
            if (Measure(longer, font) <= width || lines[^1].Length == 0)
            {
                lines[^1] = longer;
            }
            else
            {
                lines.Add(word);
            }
        }

        if (lines.Count > maxLines)
        {
            lines[maxLines - 1] = string.Join(' ', lines.Skip(maxLines - 1));
        }

        foreach (string line in lines.Take(maxLines))
        {
            Text(line, x, y, size, color, bold, maxWidth: width);
            y += size * 1.35;
        }

        return y;
    }

    /// <summary>Width of a text, pt.</summary>
    public double WidthOf(string text, double size, bool bold = false) => Measure(text, ReportFonts.Of(size, bold));

    /// <summary>Fills a box with rounded corners.</summary>
    public void Box(double x, double y, double width, double height, XColor fill, double radius = 0)
    {
        if (radius > 0)
        {
            _graphics.DrawRoundedRectangle(new XSolidBrush(fill), x, y, width, height, radius * 2, radius * 2);
        }
        else
        {
            _graphics.DrawRectangle(new XSolidBrush(fill), x, y, width, height);
        }
    }

    /// <summary>Draws a line.</summary>
    public void Line(double x1, double y1, double x2, double y2, XColor color, double width = 0.75, bool dashed = false) =>
        _graphics.DrawLine(
            new XPen(color, width) { DashStyle = dashed ? XDashStyle.Dash : XDashStyle.Solid }, x1, y1, x2, y2);

    /// <summary>Hatches a box: there is no figure, which is not none.</summary>
    public void Hatch(double x, double y, double width, double height)
    {
        XGraphicsState state = _graphics.Save();
        _graphics.IntersectClip(new XRect(x, y, width, height));
        for (double at = x - height; at < x + width; at += 5)
        {
            Line(at, y + height, at + height, y, ReportColors.Line, 0.6);
        }

        _graphics.Restore(state);
    }

    private double Measure(string text, XFont font) => _graphics.MeasureString(text, font).Width;
}

/// <summary>What of a text stands where it is put.</summary>
internal enum TextAt
{
    /// <summary>Its left end.</summary>
    Left,

    /// <summary>Its middle.</summary>
    Center,

    /// <summary>Its right end.</summary>
    Right,
}
