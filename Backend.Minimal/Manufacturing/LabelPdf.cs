using JamBox.Backend.Reports;

using PdfSharp.Drawing;
using PdfSharp.Pdf;

using QRCoder;

namespace JamBox.Backend.Manufacturing;

/// <summary>What stands on a label.</summary>
/// <param name="Serial">The serial number.</param>
/// <param name="DeviceId">The id.</param>
/// <param name="Hardware">Board and revision.</param>
/// <param name="Code">What the QR code says: the address of activation, or the serial number.</param>
/// <param name="Pin">The PIN; null = it is not known any more.</param>
internal sealed record Label(string Serial, string DeviceId, string Hardware, string Code, string? Pin);

/// <summary>How labels lie on paper. Lengths in points, 1/72 in.</summary>
/// <param name="PageWidth">Width of a page.</param>
/// <param name="PageHeight">Height of a page.</param>
/// <param name="Width">Width of a label.</param>
/// <param name="Height">Height of a label.</param>
/// <param name="Columns">Labels beside each other.</param>
/// <param name="Rows">Labels below each other.</param>
internal sealed record LabelLayout(double PageWidth, double PageHeight, double Width, double Height, int Columns, int Rows)
{
    /// <summary>A label, 3 × 2.25 in.</summary>
    public static readonly LabelLayout Single = new(216, 162, 216, 162, 1, 1);

    /// <summary>A roll of 62 mm, 40 mm a label.</summary>
    public static readonly LabelLayout Roll = new(62 * Millimetre, 40 * Millimetre, 62 * Millimetre, 40 * Millimetre, 1, 1);

    /// <summary>A sheet A4 of labels of 3 × 2.25 in.</summary>
    public static readonly LabelLayout A4 = new(595, 842, 216, 162, 2, 5);

    /// <summary>A sheet Letter of labels of 3 × 2.25 in.</summary>
    public static readonly LabelLayout Letter = new(612, 792, 216, 162, 2, 4);

    private const double Millimetre = 72 / 25.4;

    /// <summary>The layout of that name.</summary>
    public static LabelLayout Of(string? layout, string? paper) => layout switch
    {
        "roll" => Roll,
        "single" => Single,
        _ => paper == "Letter" ? Letter : A4,
    };
}

/// <summary>Labels as PDF: serial number, QR code, board, PIN.</summary>
internal static class LabelPdf
{
    private const double Margin = 8;

    /// <summary>Modules of white around a QR code: four, as its standard says.</summary>
    private const int QuietModules = 4;

    /// <summary>Makes the document.</summary>
    public static byte[] Make(IReadOnlyList<Label> labels, LabelLayout layout, DateTimeOffset now)
    {
        ReportFonts.Use();
        using PdfDocument document = new();
        document.Info.Title = $"{labels.Count} labels";
        document.Info.Creator = "JamBox";
        document.Info.CreationDate = now.UtcDateTime;
        int perPage = layout.Columns * layout.Rows;
        foreach (Label[] page in labels.Chunk(perPage))
        {
            PdfPage paper = document.AddPage();
            paper.Width = XUnit.FromPoint(layout.PageWidth);
            paper.Height = XUnit.FromPoint(layout.PageHeight);
            using XGraphics graphics = XGraphics.FromPdfPage(paper);
            double left = (layout.PageWidth - (layout.Columns * layout.Width)) / 2;
            double top = (layout.PageHeight - (layout.Rows * layout.Height)) / 2;
            for (int i = 0; i < page.Length; i++)
            {
                Draw(
                    graphics, page[i], left + (i % layout.Columns * layout.Width), top + (i / layout.Columns * layout.Height), layout,
                    perPage > 1);
            }
        }

        using MemoryStream bytes = new();
        document.Save(bytes, closeStream: false);
        return bytes.ToArray();
    }

    /// <summary>The modules of a QR code, without the white around it.</summary>
    public static bool[][] Modules(string text)
    {
        using QRCodeData code = QRCodeGenerator.GenerateQrCode(text, QRCodeGenerator.ECCLevel.M);
        int size = code.ModuleMatrix.Count - (2 * QuietModules);
        return [.. Enumerable.Range(QuietModules, size).Select(y =>
            Enumerable.Range(QuietModules, size).Select(x => code.ModuleMatrix[y][x]).ToArray())];
    }

    private static void Draw(XGraphics graphics, Label label, double x, double y, LabelLayout layout, bool hasFrame)
    {
        if (hasFrame)
        {
            graphics.DrawRectangle(new XPen(XColors.LightGray, 0.5), x, y, layout.Width, layout.Height);
        }

        double textHeight = layout.Height * 0.17;
        graphics.DrawString(
            label.Serial, Fitting(graphics, label.Serial, layout.Width - (2 * Margin), textHeight * 0.7), XBrushes.Black,
            new XRect(x + Margin, y + Margin, layout.Width - (2 * Margin), textHeight), XStringFormats.Center);
        double side = layout.Height - textHeight - (2 * Margin);
        DrawCode(graphics, label.Code, x + Margin, y + Margin + textHeight, side);

        double left = x + Margin + side + 4;
        double width = layout.Width - side - (2 * Margin) - 4;
        double line = side / 5;
        string[] lines = label.DeviceId == label.Serial ? [label.Hardware] : [label.DeviceId, label.Hardware];
        for (int i = 0; i < lines.Length; i++)
        {
            graphics.DrawString(
                lines[i], Fitting(graphics, lines[i], width, line * 0.6), XBrushes.Black,
                new XRect(left, y + Margin + textHeight + (i * line), width, line), XStringFormats.CenterLeft);
        }

        if (label.Pin is { } pin)
        {
            graphics.DrawString(
                $"PIN {pin}", Fitting(graphics, $"PIN {pin}", width, line * 0.8, bold: true), XBrushes.Black,
                new XRect(left, y + Margin + textHeight + (3.5 * line), width, line), XStringFormats.CenterLeft);
        }
    }

    private static void DrawCode(XGraphics graphics, string text, double x, double y, double side)
    {
        bool[][] modules = Modules(text);
        double module = side / (modules.Length + (2 * QuietModules));
        for (int row = 0; row < modules.Length; row++)
        {
            // A run of dark modules is one rectangle: no hair of white between them.
            for (int from = 0; from < modules.Length; from++)
            {
                int to = from;
                while (to < modules.Length && modules[row][to])
                {
                    to++;
                }

                if (to > from)
                {
                    graphics.DrawRectangle(
                        XBrushes.Black, x + ((QuietModules + from) * module), y + ((QuietModules + row) * module), (to - from) * module,
                        module);
                    from = to;
                }
            }
        }
    }

    /// <summary>The largest font in which a text has room.</summary>
    private static XFont Fitting(XGraphics graphics, string text, double width, double size, bool bold = false)
    {
        XFont font = ReportFonts.Of(size, bold);
        double needed = graphics.MeasureString(text, font).Width;
        return needed <= width ? font : ReportFonts.Of(size * width / needed, bold);
    }
}
