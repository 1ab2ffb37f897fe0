using JamBox.Backend.Manufacturing;
using JamBox.Backend.Tests.Reports;

namespace JamBox.Backend.Tests.Manufacturing;

/// <summary>Labels, as they are printed: their codes and their texts are read back.</summary>
public sealed class LabelTests
{
    [Theory]
    [InlineData("sheet", "A4")]
    [InlineData("sheet", "Letter")]
    [InlineData("roll", null)]
    [InlineData("single", null)]
    public void TheCodeOfEveryLabelIsReadAt300DotsPerInch(string layout, string? paper)
    {
        Label[] labels = [.. Enumerable.Range(1, 3).Select(static i => new Label(
            $"JB-26A18-NB02R-X7KQ{(char)('A' + i)}", $"JBNB000{i}", "NB rev. 02", $"https://count.example.org/activate/JBNB000{i}",
            "4711"))];
        LabelLayout of = LabelLayout.Of(layout, paper);
        byte[] pdf = LabelPdf.Make(labels, of, DateTimeOffset.UnixEpoch);
        Assert.Equal(labels.Select(static label => label.Code), PrintedPage.ReadCodes(pdf, of));
        PdfText text = new(pdf);
        string[] lines = [.. Enumerable.Range(0, text.Pages).SelectMany(text.Lines)];
        Assert.All(labels, label => Assert.Contains(label.Serial, lines));
        Assert.All(labels, label => Assert.Contains(label.DeviceId, lines));
        Assert.Equal(3, lines.Count(static line => line == "NB rev. 02"));
        Assert.Equal(3, lines.Count(static line => line == "PIN 4711"));
        Assert.All(text.EmbeddedFonts(0).Values, Assert.True);
    }

    [Fact]
    public void ALabelWithoutAPinHasNone()
    {
        Label label = new("JB-26A18-NB02R-X7KQA", "JB-26A18-NB02R-X7KQA", "CL rev. 01", "JB-26A18-NB02R-X7KQA", null);
        byte[] pdf = LabelPdf.Make([label], LabelLayout.Single, DateTimeOffset.UnixEpoch);
        Assert.Equal(["JB-26A18-NB02R-X7KQA", "CL rev. 01"], new PdfText(pdf).Lines(0));
        Assert.Equal(["JB-26A18-NB02R-X7KQA"], PrintedPage.ReadCodes(pdf, LabelLayout.Single));
    }
}
