using System.Globalization;
using System.Text;
using System.Text.RegularExpressions;

using PdfSharp.Pdf;
using PdfSharp.Pdf.Advanced;
using PdfSharp.Pdf.Content;
using PdfSharp.Pdf.Content.Objects;
using PdfSharp.Pdf.IO;

namespace JamBox.Backend.Tests.Reports;

/// <summary>Reads a PDF back: what stands on its pages, and which fonts it bears.</summary>
internal sealed partial class PdfText
{
    private readonly PdfDocument _document;

    public PdfText(byte[] bytes)
    {
        using MemoryStream stream = new(bytes);
        _document = PdfReader.Open(stream, PdfDocumentOpenMode.Import);
    }

    public int Pages => _document.PageCount;

    public string Title => _document.Info.Title;

    /// <summary>The lines of text of a page, in the order in which they were drawn.</summary>
    public string[] Lines(int page)
    {
        Dictionary<string, PdfDictionary> fonts = Fonts(page);
        List<string> lines = [];
        string font = "";
        foreach (COperator operation in ContentReader.ReadContent(_document.Pages[page]).OfType<COperator>())
        {
            if (operation.OpCode.Name == "Tf")
            {
                font = ((CName)operation.Operands[0]).Name;
            }
            else if (operation.OpCode.Name == "Tj")
            {
                lines.Add(Decode(((CString)operation.Operands[0]).Value, fonts[font]));
            }
        }

        return [.. lines];
    }

    public string Text(int page) => string.Join('\n', Lines(page));

    /// <summary>The fonts of a page by name, and whether each is embedded.</summary>
    public Dictionary<string, bool> EmbeddedFonts(int page) => Fonts(page).Values.ToDictionary(
        static font => font.Elements.GetName("/BaseFont"),
        static font => (font.Elements.GetArray("/DescendantFonts")?.Elements.GetDictionary(0) ?? font).Elements
            .GetDictionary("/FontDescriptor")!.Elements.GetDictionary("/FontFile2")?.Stream.Length > 0);

    private Dictionary<string, PdfDictionary> Fonts(int page)
    {
        PdfDictionary fonts = _document.Pages[page].Elements.GetDictionary("/Resources")!.Elements.GetDictionary("/Font")!;
        return fonts.Elements.Keys.ToDictionary(static name => name, name => fonts.Elements.GetDictionary(name)!);
    }

    private static Dictionary<int, string> Map(PdfDictionary font)
    {
        if (font.Elements.GetName("/Encoding") == "/WinAnsiEncoding")
        {
            Encoding ansi = CodePagesEncodingProvider.Instance.GetEncoding(1252)!;
            return Enumerable.Range(32, 224).ToDictionary(static code => code, code => ansi.GetString([(byte)code]));
        }

        PdfDictionary unicode = font.Elements.GetDictionary("/ToUnicode")!;
        string text = Encoding.ASCII.GetString(unicode.Stream.UnfilteredValue);
        Dictionary<int, string> map = [];
        foreach (Match match in RangeLine().Matches(text))
        {
            int from = int.Parse(match.Groups[1].Value, NumberStyles.HexNumber, CultureInfo.InvariantCulture);
            int to = int.Parse(match.Groups[2].Value, NumberStyles.HexNumber, CultureInfo.InvariantCulture);
            int code = int.Parse(match.Groups[3].Value, NumberStyles.HexNumber, CultureInfo.InvariantCulture);
            for (int glyph = from; glyph <= to; glyph++)
            {
                map[glyph] = char.ConvertFromUtf32(code + glyph - from);
            }
        }

        return map;
    }

    /// <summary>A byte a character in WinAnsi, two a glyph otherwise.</summary>
    private static string Decode(string text, PdfDictionary font)
    {
        Dictionary<int, string> map = Map(font);
        if (font.Elements.GetName("/Encoding") == "/WinAnsiEncoding")
        {
            return string.Concat(text.Select(c => map[c]));
        }

        StringBuilder decoded = new();
        for (int i = 0; i + 1 < text.Length; i += 2)
        {
            decoded.Append(map[(text[i] << 8) | text[i + 1]]);
        }

        return decoded.ToString();
    }

    [GeneratedRegex("<([0-9A-Fa-f]{4})>\\s*<([0-9A-Fa-f]{4})>\\s*<([0-9A-Fa-f]{4})>")]
    private static partial Regex RangeLine();
}
