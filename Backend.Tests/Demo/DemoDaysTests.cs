using System.IO.Compression;

using JamBox.Backend.Demo;
using JamBox.Backend.Readings;

using NodaTime;

namespace JamBox.Backend.Tests.Demo;

/// <summary>The recording that the virtual box replays.</summary>
public sealed class DemoDaysTests
{
    private const int Seed = 20;

    private static readonly DateTimeZone s_berlin = DateTimeZoneProviders.Tzdb["Europe/Berlin"];

    [Fact]
    public void TheProgramHasTwoWeeksOfAShopWithIt()
    {
        DateTimeOffset monday = new(2026, 3, 2, 0, 0, 0, TimeSpan.Zero);
        for (int i = 0; i < DemoDays.Days * DemoDays.SlotsPerDay; i++)
        {
            DateTimeOffset at = monday.AddMinutes(5 * i);
            DemoSlot slot = DemoDays.Embedded.At(at.ToUnixTimeMilliseconds(), DateTimeZone.Utc);
            Reading reading = slot.Reading(at.ToUnixTimeSeconds() + 299, 1, i + 1);
            Assert.Equal(Contradictions.None, ReadingFields.Settle(reading));
            Assert.Equal(
                reading.Unique, reading.ZoneImmediate + reading.ZoneNear + reading.ZoneFar + reading.ZoneRemote);
            Assert.InRange(slot.Present, slot.Staff, 100);
            bool isOpen = at.DayOfWeek != DayOfWeek.Sunday && at.Hour is >= 9 and < 19;
            Assert.True(isOpen || slot.Arrivals == 0, $"{at}: {slot.Arrivals} came while it was closed");
        }

        Assert.Equal(10, DemoDays.Embedded.MeanStayMinutes);
    }

    [Fact]
    public void ItIsReadByTheClockOfThePlaceAndBeginsAnewAfterTwoWeeks()
    {
        long nineInBerlin = new DateTimeOffset(2026, 3, 2, 8, 0, 0, TimeSpan.Zero).ToUnixTimeMilliseconds();
        long nineInUtc = nineInBerlin + 3_600_000;
        Assert.Same(DemoDays.Embedded.At(nineInUtc, DateTimeZone.Utc).Row, DemoDays.Embedded.At(nineInBerlin, s_berlin).Row);
        long summer = new DateTimeOffset(2026, 3, 30, 7, 0, 0, TimeSpan.Zero).ToUnixTimeMilliseconds();
        Assert.Same(DemoDays.Embedded.At(nineInUtc, DateTimeZone.Utc).Row, DemoDays.Embedded.At(summer, s_berlin).Row);
        long before = new DateTimeOffset(1969, 12, 29, 9, 0, 0, TimeSpan.Zero).ToUnixTimeMilliseconds();
        Assert.NotNull(DemoDays.Embedded.At(before, DateTimeZone.Utc).Row);
    }

    [Fact]
    public void WhatIsNoSuchTableIsRefusedWithItsLine()
    {
        string[] lines = Lines();
        Assert.Contains("Line 1", Fault(lines[1..]), StringComparison.Ordinal);
        Assert.Contains("Line 7", Fault([.. lines[..6], lines[6] + ",1", .. lines[7..]]), StringComparison.Ordinal);
        Assert.Contains($"Line {lines.Length}:", Fault(lines[..^1]), StringComparison.Ordinal);
        Assert.Contains("more than", Fault([.. lines, lines[^1]]), StringComparison.Ordinal);
        Assert.Contains("Line 2", Fault([lines[0], lines[1].Replace(',', ';'), .. lines[2..]]), StringComparison.Ordinal);
    }

    [Fact]
    public void AnyOtherTextIsReadOrRefused()
    {
        string text = string.Join('\n', Lines());
        Random random = new(Seed);
        for (int i = 0; i < 200; i++)
        {
            char[] spoilt = text.ToCharArray();
            for (int k = random.Next(1, 4); k > 0; k--)
            {
                spoilt[random.Next(spoilt.Length)] = "0,9-.\n\0e∞"[random.Next(9)];
            }

            try
            {
                DemoDays.Parse(new StringReader(new string(spoilt)));
            }
            catch (InvalidDataException refused)
            {
                Assert.NotEmpty(refused.Message);
            }
        }
    }

    private static string Fault(string[] lines) =>
        Assert.Throws<InvalidDataException>(() => DemoDays.Parse(new StringReader(string.Join('\n', lines)))).Message;

    private static string[] Lines()
    {
        using Stream packed = typeof(DemoDays).Assembly.GetManifestResourceStream("demo/crowd.csv.gz")!;
        Assert.InRange(packed.Length, 1, 150_000);
        using GZipStream unpacked = new(packed, CompressionMode.Decompress);
        using StreamReader text = new(unpacked);
        return text.ReadToEnd().TrimEnd('\n').Split('\n');
    }
}
