using JamBox.Backend.Manufacturing;

using PdfSharp.Pdf;
using PdfSharp.Pdf.Content;
using PdfSharp.Pdf.Content.Objects;
using PdfSharp.Pdf.IO;

using ZXing;
using ZXing.Common;
using ZXing.QrCode;

namespace JamBox.Backend.Tests.Manufacturing;

/// <summary>
/// A page as a printer of 300 dots per inch prints it: what is black; of its contents the filled rectangles, which QR codes consist of. The
/// codes are read by a decoder of another maker.
/// </summary>
internal sealed class PrintedPage(int width, int height)
{
    private const double DotsPerPoint = 300 / 72.0;

    private readonly byte[] _dots = Enumerable.Repeat((byte)255, width * height).ToArray();

    /// <summary>The codes on all labels of a document, page by page, from left to right and from above.</summary>
    public static List<string> ReadCodes(byte[] pdf, LabelLayout layout)
    {
        using PdfDocument document = PdfReader.Open(new MemoryStream(pdf), PdfDocumentOpenMode.Import);
        List<string> read = [];
        foreach (PdfPage page in document.Pages)
        {
            PrintedPage printed = Print(page);
            for (int i = 0; i < layout.Columns * layout.Rows; i++)
            {
                double left = ((layout.PageWidth - (layout.Columns * layout.Width)) / 2) + (i % layout.Columns * layout.Width);
                double top = ((layout.PageHeight - (layout.Rows * layout.Height)) / 2) + (i / layout.Columns * layout.Height);
                if (printed.Read(left, top, layout.Width, layout.Height) is { } text)
                {
                    read.Add(text);
                }
            }
        }

        return read;
    }

    private static PrintedPage Print(PdfPage page)
    {
        PrintedPage paper = new(Dots(page.Width.Point), Dots(page.Height.Point));
        Stack<double[]> saved = new();
        double[] matrix = [1, 0, 0, 1, 0, 0];
        List<double[]> path = [];
        foreach (COperator step in ContentReader.ReadContent(page).OfType<COperator>())
        {
            double[] numbers = [.. step.Operands.Select(static operand => operand switch
            {
                CReal real => (double)real.Value,
                CInteger whole => whole.Value,
                _ => 0.0,
            })];
            switch (step.OpCode.Name)
            {
                case "q":
                    saved.Push(matrix);
                    break;
                case "Q":
                    matrix = saved.Pop();
                    break;
                case "cm":
                    matrix = Times(numbers, matrix);
                    break;
                case "re":
                    path.Add(Corners(numbers, matrix));
                    break;
                case "f" or "f*" or "F":
                    path.ForEach(rectangle => paper.Fill(rectangle, page.Height.Point));
                    path.Clear();
                    break;
                case "n" or "S" or "s":
                    path.Clear();
                    break;
            }
        }

        return paper;
    }

    private string? Read(double left, double top, double labelWidth, double labelHeight)
    {
        int w = Dots(labelWidth) - 1, h = Dots(labelHeight) - 1;
        byte[] label = new byte[w * h];
        for (int y = 0; y < h; y++)
        {
            Array.Copy(_dots, ((Dots(top) + y) * width) + Dots(left), label, y * w, w);
        }

        BinaryBitmap bitmap = new(new HybridBinarizer(new RGBLuminanceSource(label, w, h, RGBLuminanceSource.BitmapFormat.Gray8)));
        return new QRCodeReader().decode(bitmap)?.Text;
    }

    private static int Dots(double points) => (int)Math.Round(points * DotsPerPoint);

    private static double[] Times(double[] a, double[] b) =>
    [
        (a[0] * b[0]) + (a[1] * b[2]), (a[0] * b[1]) + (a[1] * b[3]), (a[2] * b[0]) + (a[3] * b[2]), (a[2] * b[1]) + (a[3] * b[3]),
        (a[4] * b[0]) + (a[5] * b[2]) + b[4], (a[4] * b[1]) + (a[5] * b[3]) + b[5],
    ];

    private static double[] Corners(double[] r, double[] m)
    {
        double x1 = (r[0] * m[0]) + (r[1] * m[2]) + m[4], y1 = (r[0] * m[1]) + (r[1] * m[3]) + m[5];
        double x2 = ((r[0] + r[2]) * m[0]) + ((r[1] + r[3]) * m[2]) + m[4], y2 = ((r[0] + r[2]) * m[1]) + ((r[1] + r[3]) * m[3]) + m[5];
        return [Math.Min(x1, x2), Math.Min(y1, y2), Math.Max(x1, x2), Math.Max(y1, y2)];
    }

    private void Fill(double[] corners, double pageHeight)
    {
        for (int y = Dots(pageHeight - corners[3]); y < Math.Min(height, Dots(pageHeight - corners[1])); y++)
        {
            for (int x = Dots(corners[0]); x < Math.Min(width, Dots(corners[2])); x++)
            {
                _dots[(y * width) + x] = 0;
            }
        }
    }
}
