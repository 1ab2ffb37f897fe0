using JamBox.Backend.Manufacturing;
using JamBox.Backend.Tests.Hosting;

namespace JamBox.Backend.Tests.Manufacturing;

/// <summary>The form of serial numbers.</summary>
public sealed class SerialNumberTests
{
    private const int Seed = 16;

    [Fact]
    public void ADrawnOneHasPrefixDayBoardAndRevision()
    {
        SeededSecrets secrets = new(Seed);
        string serial = SerialNumber.Draw("PV", new DateTimeOffset(2026, 1, 18, 23, 59, 0, TimeSpan.Zero), "BC", "02", secrets);
        Assert.StartsWith("PV-26A18-BC02R-", serial, StringComparison.Ordinal);
        Assert.True(SerialNumber.IsSerial(serial), serial);
        Assert.StartsWith(
            "JB-25L31-", SerialNumber.Draw("JB", new DateTimeOffset(2026, 1, 1, 0, 30, 0, TimeSpan.FromHours(1)), "NB", "01", secrets),
            StringComparison.Ordinal);
    }

    [Fact]
    public void EveryCharacterOfTheAlphabetIsDrawnAsOftenAsAnyOther()
    {
        SeededSecrets secrets = new(Seed);
        Dictionary<char, int> drawn = SerialNumber.Alphabet.ToDictionary(static c => c, static _ => 0);
        const int Serials = 6400;
        for (int i = 0; i < Serials; i++)
        {
            foreach (char c in SerialNumber.Draw("JB", DateTimeOffset.UnixEpoch, "NB", "01", secrets)[^5..])
            {
                drawn[c]++;
            }
        }

        // 1,000 each; seven standard deviations are 218.
        Assert.All(drawn, static pair => Assert.InRange(pair.Value, 782, 1218));
    }

    [Theory]
    [InlineData("PV-26A18-BC02R-X7KQA", true)]
    [InlineData("PV-28B29-BC02R-X7KQA", true)]
    [InlineData("PV-26B29-BC02R-X7KQA", false)]
    [InlineData("PV-26A00-BC02R-X7KQA", false)]
    [InlineData("PV-26M18-BC02R-X7KQA", false)]
    [InlineData("PV-26A18-BC02R-X7KQ1", false)]
    [InlineData("PV-26A18-BC02R-X7KIO", false)]
    [InlineData("pv-26a18-bc02r-x7kqa", false)]
    [InlineData("PV-26A18-BC02R-X7KQA\n", false)]
    [InlineData("JBNB0001", false)]
    [InlineData(null, false)]
    public void OnlyWhatHasTheFormIsOne(string? text, bool isOne) => Assert.Equal(isOne, SerialNumber.IsSerial(text));

    [Fact]
    public void AnyOtherTextIsReadWithoutAnError()
    {
        Random random = new(Seed);
        for (int i = 0; i < 2000; i++)
        {
            char[] text = "PV-26A18-BC02R-X7KQA".ToCharArray();
            text[random.Next(text.Length)] = (char)random.Next(0x300);
            string spoilt = new(text);
            if (SerialNumber.IsSerial(spoilt))
            {
                Assert.True(spoilt.All(char.IsAscii), spoilt);
            }
        }
    }
}
