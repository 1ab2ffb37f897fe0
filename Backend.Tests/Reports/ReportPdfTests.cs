using System.Diagnostics;

using JamBox.Backend.Insights.Figures;
using JamBox.Backend.Reports;

using Xunit.Abstractions;

namespace JamBox.Backend.Tests.Reports;

/// <summary>What a report on paper says, read back from the PDF.</summary>
public sealed class ReportPdfTests(ITestOutputHelper output)
{
    [Fact]
    public void APageSaysOneNumberItsRangeAndWhereItComesFrom()
    {
        PdfText pdf = Make(out _, SampleReport.Of());
        Assert.Equal(1, pdf.Pages);
        Assert.Equal("Weekly report: Bakery Mill Street, 23–29 November 2026", pdf.Title);
        string[] lines = pdf.Lines(0);
        Assert.Contains("Bakery Mill Street", lines);
        Assert.Contains("23–29 November 2026", lines);
        Assert.Contains("1,000–1,500", lines);
        Assert.Contains(lines, static line => line.StartsWith("Best guess 1,200. A fifth busier than usual.", StringComparison.Ordinal));
        Assert.Contains("Sat 14–15", lines);
        Assert.Contains("26–37 people", lines);
        Assert.Contains("12 min", lines);
        Assert.Contains("17–23 %", lines);
        Assert.Contains("Week from 16 Nov", lines);
        Assert.Contains("no clear difference", lines);
        Assert.Contains(
            lines,
            static line => line.StartsWith(
                "The box listened in 59 of 60 open hours. No figures Tue 24 Nov 10:00–11:00 (the box sent nothing).",
                StringComparison.Ordinal));
        Assert.Contains(
            lines, static line => line.StartsWith("From 14 counts by hand; of 100 such ranges about 80", StringComparison.Ordinal));
        Assert.Contains(lines, static line => line.Contains("Europe/Berlin", StringComparison.Ordinal));
    }

    [Fact]
    public void EachPlaceHasAPageAndTheFontsAreInTheDocument()
    {
        PdfText pdf = Make(
            out byte[] bytes, SampleReport.Of(), SampleReport.Of("Panadería Ñandú"), SampleReport.Of("Kawiarnia Żółw, Ελλάδα, Кофе"));
        Assert.Equal(3, pdf.Pages);
        Assert.Contains("Panadería Ñandú", pdf.Lines(1));
        Assert.Contains("Page 2 of 3", pdf.Lines(1));
        Assert.Contains("Kawiarnia Żółw, Ελλάδα, Кофе", pdf.Lines(2));
        Dictionary<string, bool> fonts = pdf.EmbeddedFonts(1);
        Assert.Equal(2, fonts.Count);
        Assert.All(fonts, static font => Assert.True(font.Value && font.Key.Contains("Liberation", StringComparison.Ordinal), font.Key));
        Assert.InRange(bytes.Length, 10_000, 300_000);
    }

    [Fact]
    public void WithoutCountsThereIsNoFalseNumber()
    {
        string text = string.Join(' ', Make(out _, SampleReport.Of(state: CertaintyState.Activity)).Lines(0));
        Assert.Contains("A fifth busier Very roughly", text, StringComparison.Ordinal);
        Assert.Contains("Very roughly 10–90 people at a time. Count 3 more times", text, StringComparison.Ordinal);
        Assert.DoesNotContain("Best guess", text, StringComparison.Ordinal);
        Assert.DoesNotContain("Visitors", text, StringComparison.Ordinal);
    }

    [Fact]
    public void OtherStatesAreSaidInTheirWords()
    {
        string stale = Make(out _, SampleReport.Of(state: CertaintyState.Stale)).Text(0);
        Assert.Contains("no longer fit: On 12 November the level jumped. Count 4 times", stale, StringComparison.Ordinal);
        string noStay = Make(out _, SampleReport.Of(stay: false)).Text(0);
        Assert.Contains("People at a time", noStay, StringComparison.Ordinal);
        Assert.Contains("count at the door", noStay, StringComparison.Ordinal);
        PlaceReport none = SampleReport.Of(gapHours: 55);
        none = none with
        {
            Figures = none.Figures with { Visitors = null, People = null, VisitorsMissing = "no_figure", Busiest = null, Stay = null },
        };
        Assert.Contains("No number\n", Make(out _, none).Text(0), StringComparison.Ordinal);
        PlaceReport empty = none with
        {
            Figures = none.Figures with { Activity = null, Zones = new ZoneFigures(0, 0, 0, 0, null) },
            Heat = none.Heat with { Cells = [], Most = 0 },
        };
        Assert.Contains("No number\n", Make(out _, empty).Text(0), StringComparison.Ordinal);
    }

    [Fact]
    public void AGoodDayKeepsItsNumberWhereTheWeekHasNone()
    {
        PlaceReport whole = SampleReport.Of(gapHours: 50);
        PlaceReport none = whole with
        {
            Figures = whole.Figures with
            {
                Visitors = null, People = null, VisitorsMissing = "no_figure",
                Quality = whole.Figures.Quality with { ListenedSeconds = (9 * 3600) + 3000 },
            },
        };
        string[] lines = Make(out _, none).Lines(0);
        Assert.Contains("No number", lines);

        // The same hours on top and at the bottom, and an axis in visitors for the days that have some.
        Assert.Equal(2, lines.Count(static line => line.Contains("9 of 60", StringComparison.Ordinal)));
        Assert.DoesNotContain(lines, static line => line.Contains("10 of 60", StringComparison.Ordinal));
        Assert.Contains("200", lines);
    }

    [Fact]
    public void InSpanishNothingIsLeftInEnglish()
    {
        byte[] bytes = ReportPdf.Make([SampleReport.Of(kind: ReportPeriod.Month)], ReportTexts.Of("es"), SampleReport.Now);
        string text = string.Join(' ', new PdfText(bytes).Lines(0));
        Assert.Contains("noviembre de 2026", text, StringComparison.Ordinal);
        Assert.Contains("Mejor estimación: 4.950.", text, StringComparison.Ordinal);
        Assert.Contains("Un quinto más de lo habitual.", text, StringComparison.Ordinal);
        ReportTexts texts = ReportTexts.Of("en");
        string[] english = [.. texts.Names.Select(name => texts[name]).Where(static t => t.Length > 6 && !t.Contains('{'))];
        Assert.All(english, word => Assert.DoesNotContain(word, text, StringComparison.Ordinal));
    }

    /// <summary>A language that lacks a text would fail when it is needed, which may be once a year.</summary>
    [Fact]
    public void AllLanguagesHaveAllTextsWithTheSamePlaces()
    {
        ReportTexts english = ReportTexts.Of("en");
        foreach (ReportTexts texts in ReportTexts.Languages.Select(ReportTexts.Of))
        {
            Assert.Equal(english.Names.Order(), texts.Names.Order());
            Assert.All(english.Names, name => Assert.Equal(
                Enumerable.Range(0, 6).Where(n => english[name].Contains($"{{{n}}}", StringComparison.Ordinal)),
                Enumerable.Range(0, 6).Where(n => texts[name].Contains($"{{{n}}}", StringComparison.Ordinal))));
            Assert.Equal(12, texts["months"].Split(' ').Length);
            Assert.Equal(12, texts["months_short"].Split(' ').Length);
            Assert.Equal(7, texts.Weekdays.Count);
        }
    }

    [Theory]
    [InlineData("2026-11-30", "week", "2026-11-23", "2026-11-29")]
    [InlineData("2026-11-29", "week", "2026-11-16", "2026-11-22")]
    [InlineData("2027-01-01", "week", "2026-12-21", "2026-12-27")]
    [InlineData("2026-03-01", "month", "2026-02-01", "2026-02-28")]
    [InlineData("2024-03-31", "month", "2024-02-01", "2024-02-29")]
    public void APeriodIsTheLastOneThatIsOver(string today, string kind, string first, string last)
    {
        ReportPeriod period = ReportPeriod.LastOver(kind, DateOnly.ParseExact(today, "yyyy-MM-dd"));
        Assert.Equal((first, last), (period.First.ToString("yyyy-MM-dd"), period.Last.ToString("yyyy-MM-dd")));
    }

    [Theory]
    [InlineData(7.4, "7")]
    [InlineData(163, "165")]
    [InlineData(1392, "1,400")]
    [InlineData(13920, "14,000")]
    [InlineData(0, "0")]
    public void ABestGuessSaysNoMoreThanIsKnown(double value, string shown) => Assert.Equal(shown, ReportTexts.Of("en").Guess(value));

    /// <summary>
    /// Another program takes it for a PDF without a fault, and draws something on the page. To look at: JAMBOX_REPORT_PICTURES is a folder.
    /// </summary>
    [Fact]
    public async Task AnotherProgramDrawsIt()
    {
        if (!OperatingSystem.IsLinux() || !Paths().Any(static folder => File.Exists(Path.Combine(folder, "pdftoppm"))))
        {
            output.WriteLine("Skipped: pdftoppm (Debian's poppler-utils) is not installed");
            return;
        }

        string? kept = Environment.GetEnvironmentVariable("JAMBOX_REPORT_PICTURES");
        DirectoryInfo folder = kept is null ? Directory.CreateTempSubdirectory("jambox-report-") : Directory.CreateDirectory(kept);
        try
        {
            (string Name, string Language, PlaceReport Report)[] all =
            [
                ("week", "en", SampleReport.Of()), ("month", "es", SampleReport.Of(kind: ReportPeriod.Month)),
                ("activity", "en", SampleReport.Of(state: CertaintyState.Activity)), ("gap", "en", SampleReport.Of(gapHours: 8)),
                (
                    "stale", "en",
                    SampleReport.Of(
                        "A place with a name that is far too long to stand on one line of a page", state: CertaintyState.Stale,
                        stay: false)),
            ];
            foreach ((string name, string language, PlaceReport report) in all)
            {
                string pdf = Path.Combine(folder.FullName, $"{name}.pdf");
                await File.WriteAllBytesAsync(pdf, ReportPdf.Make([report], ReportTexts.Of(language), SampleReport.Now));
                using Process process = Process
                    .Start(new ProcessStartInfo("pdftoppm", ["-r", "80", "-png", "-singlefile", pdf, Path.Combine(folder.FullName, name)])
                {
                    RedirectStandardError = true,
                })!;
                string errors = await process.StandardError.ReadToEndAsync();
                await process.WaitForExitAsync().WaitAsync(TimeSpan.FromSeconds(120));
                Assert.Equal((0, ""), (process.ExitCode, errors));

                // A blank page of that size is a tenth of it.
                Assert.InRange(new FileInfo(Path.Combine(folder.FullName, $"{name}.png")).Length, 20_000, 2_000_000);
            }
        }
        finally
        {
            if (kept is null)
            {
                folder.Delete(recursive: true);
            }
        }
    }

    private static string[] Paths() => (Environment.GetEnvironmentVariable("PATH") ?? "").Split(':');

    private static PdfText Make(out byte[] bytes, params PlaceReport[] reports)
    {
        bytes = ReportPdf.Make(reports, ReportTexts.Of("en"), SampleReport.Now);
        return new PdfText(bytes);
    }
}
