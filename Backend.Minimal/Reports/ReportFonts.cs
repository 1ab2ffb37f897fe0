using System.Reflection;

using PdfSharp.Drawing;
using PdfSharp.Fonts;

namespace JamBox.Backend.Reports;

/// <summary>
/// The fonts of documents: Liberation Sans, embedded in the program and in every document, so that both look the same wherever they are
/// made and read, and a container needs no fonts.
/// </summary>
internal sealed class ReportFonts : IFontResolver
{
    /// <summary>The name of the family.</summary>
    public const string Family = "Liberation Sans";

    private const string Regular = "LiberationSans-Regular";
    private const string Bold = "LiberationSans-Bold";

    private static readonly Lock s_lock = new();

    private ReportFonts()
    {
    }

    /// <summary>A font.</summary>
    /// <param name="size">Size, pt.</param>
    /// <param name="bold">Whether it is bold.</param>
    public static XFont Of(double size, bool bold = false)
    {
        Use();
        return new XFont(Family, size, bold ? XFontStyleEx.Bold : XFontStyleEx.Regular);
    }

    /// <summary>Makes PDFsharp use them: once a process, and before anything else of it.</summary>
    public static void Use()
    {
        lock (s_lock)
        {
            if (GlobalFontSettings.FontResolver is null)
            {
                GlobalFontSettings.FontResolver = new ReportFonts();
            }
        }
    }

    /// <inheritdoc/>
    public FontResolverInfo ResolveTypeface(string familyName, bool isBold, bool isItalic) => new(isBold ? Bold : Regular);

    /// <inheritdoc/>
    public byte[] GetFont(string faceName)
    {
        using Stream file = Assembly.GetExecutingAssembly().GetManifestResourceStream($"reports/fonts/{faceName}.ttf")!;
        byte[] bytes = new byte[file.Length];
        file.ReadExactly(bytes);
        return bytes;
    }
}
