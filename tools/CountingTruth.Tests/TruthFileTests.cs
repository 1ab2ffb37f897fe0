using System.Text;

namespace JamBox.CountingTruth.Tests;

/// <summary>A file of counts: read whatever the order of its columns, refused with the number of the line.</summary>
public sealed class TruthFileTests
{
    private const string Line = "1,2026-03-02T10:50,19,12,0,0,2,10,1,0.82";

    [Fact]
    public void ALineIsFiveMinutes()
    {
        TruthRow row = Assert.Single(MadeUpFile.Rows($"{MadeUpFile.Head}\n{Line}\n"));

        Assert.Equal(new TruthRow("1", 1_772_448_600_000, 19, 12, 0, 0, 2, 10, 0.82), row);
    }

    [Fact]
    public void ColumnsMayComeInAnyOrderAndWithOthers()
    {
        TruthRow row = Assert.Single(MadeUpFile.Rows(
            "\uFEFFpeople,near,far,remote,immediate,u,i,start_local,sky,position\r\n3,4,5,6,7,22,40,2026-03-02T10:50:00,fine,hall\r\n"));

        Assert.Equal(new TruthRow("hall", 1_772_448_600_000, 40, 22, 7, 4, 5, 6, 3), row);
    }

    [Fact]
    public void FiveMinutesInTwoPartsAreJoined()
    {
        TruthRow row = Assert.Single(MadeUpFile.Rows($"{MadeUpFile.Head}\n{Line}\n1,2026-03-02T10:50,1,1,0,0,1,0,0,1\n"));

        Assert.Equal((13, 3, 0.91), (row.DeviceMinutes, row.Far, Math.Round(row.People, 6)));
    }

    [Theory]
    [InlineData("", "line 1: the file is empty")]
    [InlineData(MadeUpFile.Head, "line 1: there are no counts")]
    [InlineData("position,start_local,i,u,immediate,near,far,remote", "line 1: column people is missing")]
    [InlineData(MadeUpFile.Head + ",u", "line 1: column u is there 2 times")]
    [InlineData(MadeUpFile.Head + "\n" + Line + "\n1,2026", "line 3: 2 fields instead of 10")]
    [InlineData(MadeUpFile.Head + "\n\n" + Line, "line 2: 1 fields instead of 10")]
    [InlineData(MadeUpFile.Head + "\n,2026-03-02T10:50,19,12,0,0,2,10,1,0.82", "line 2: position")]
    [InlineData(MadeUpFile.Head + "\n1,2026-03-02 10:50,19,12,0,0,2,10,1,0.82", "line 2: start_local")]
    [InlineData(MadeUpFile.Head + "\n1,2026-03-02T10:51,19,12,0,0,2,10,1,0.82", "line 2: start_local: must be a multiple")]
    [InlineData(MadeUpFile.Head + "\n1,2026-02-30T10:50,19,12,0,0,2,10,1,0.82", "line 2: start_local")]
    [InlineData(MadeUpFile.Head + "\n1,2026-03-02T10:50,-19,12,0,0,2,10,1,0.82", "line 2: i: must be")]
    [InlineData(MadeUpFile.Head + "\n1,2026-03-02T10:50,19,1000001,0,0,2,10,1,0.82", "line 2: u: must be")]
    [InlineData(MadeUpFile.Head + "\n1,2026-03-02T10:50,19,12,0,0,2.5,10,1,0.82", "line 2: far: must be")]
    [InlineData(MadeUpFile.Head + "\n1,2026-03-02T10:50,19,12,0,0,2,10,1,-1", "line 2: people: must be")]
    [InlineData(MadeUpFile.Head + "\n1,2026-03-02T10:50,19,12,0,0,2,10,1,NaN", "line 2: people: must be")]
    public void WhatIsWrongIsNamedWithItsLine(string text, string fault) =>
        Assert.StartsWith(fault, Assert.Throws<FormatException>(() => MadeUpFile.Rows(text)).Message, StringComparison.Ordinal);

    [Fact]
    public void ALineWithoutEndIsRefused() =>
        Assert.StartsWith(
            "line 2: longer",
            Assert.Throws<FormatException>(() => MadeUpFile.Rows(MadeUpFile.Head + "\n" + new string('1', 2_000))).Message,
            StringComparison.Ordinal);

    /// <summary>Characters changed, cut and put in by chance: read, or refused with a line; numbers stay within their bounds.</summary>
    [Fact]
    public void NonsenseIsRefusedWithItsLine()
    {
        int seed = int.Parse(Environment.GetEnvironmentVariable("JAMBOX_TRUTH_SEED") ?? "20260302");
        Random random = new(seed);
        string good = MadeUpFile.Make(1, days: 1)[..1_200];
        good = good[..(good.LastIndexOf('\n') + 1)];
        const string Odd = "0123456789,.-+eTNa:\n\r\" \0\uFFFD";
        for (int round = 0; round < 5_000; round++)
        {
            StringBuilder text = new(good);
            for (int change = random.Next(1, 4); change > 0; change--)
            {
                int at = random.Next(text.Length);
                switch (random.Next(3))
                {
                    case 0: text[at] = Odd[random.Next(Odd.Length)]; break;
                    case 1: text.Remove(at, Math.Min(random.Next(20), text.Length - at)); break;
                    default: text.Insert(at, Odd[random.Next(Odd.Length)].ToString(), random.Next(1, 30)); break;
                }
            }

            string again = $"Round {round}. Again with: JAMBOX_TRUTH_SEED={seed}";
            try
            {
                foreach (TruthRow row in MadeUpFile.Rows(text.ToString()))
                {
                    Assert.True(row.People is >= 0 and <= 10_000 && row.Far is >= 0 and <= 2_000_000 && row.StartMs % 300_000 == 0, again);
                }
            }
            catch (FormatException fault)
            {
                Assert.True(fault.Message.StartsWith("line ", StringComparison.Ordinal), $"{again}: {fault.Message}");
            }
        }
    }
}
