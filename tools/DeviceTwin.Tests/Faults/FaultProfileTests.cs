using System.Text;
using JamBox.Twin.Faults;
using JamBox.Twin.Run;
using JamBox.Twin.Time;

namespace JamBox.Twin.Tests.Faults;

/// <summary>Profiles: named ones, files, mixes.</summary>
public sealed class FaultProfileTests
{
    [Fact]
    public void EveryKindHasARowAtItsPlace()
    {
        Assert.Equal(Enum.GetValues<FaultKind>().Length, FaultTable.Count);
        foreach (FaultKind kind in Enum.GetValues<FaultKind>())
        {
            Assert.Equal(kind, FaultTable.Find(FaultTable.NameOf(kind)));
        }
    }

    [Fact]
    public void NoneIsEmptyAndAllHasEverything()
    {
        Assert.True(FaultTable.Named("none")!.IsEmpty);
        Assert.All(Enum.GetValues<FaultKind>(), kind => Assert.True(FaultTable.Named("all")![kind] > 0));
        Assert.Null(FaultTable.Named("everything"));
        Assert.True(FaultTable.Named("modem")![FaultKind.ModemSilent] > 0);
        Assert.Equal(0, FaultTable.Named("modem")![FaultKind.NetworkLost]);
    }

    [Fact]
    public void AFileIsRead()
    {
        FaultProfile profile = FaultProfile.Parse(
            "f.txt", ["# a comment", "", "profile = backend", " network.lost = 2.5 # often", "backend.500=0"]);
        Assert.Equal(2.5, profile[FaultKind.NetworkLost]);
        Assert.Equal(0, profile[FaultKind.Answer500]);
        Assert.True(profile[FaultKind.Answer429] > 0);
    }

    [Theory]
    [InlineData("network.lsot = 1", "line 2", "network.lsot")]
    [InlineData("network.lost", "line 2", "network.lost")]
    [InlineData("network.lost = many", "line 2", "network.lost")]
    [InlineData("network.lost = -1", "line 2", "network.lost")]
    [InlineData("network.lost = 1441", "line 2", "network.lost")]
    [InlineData("network.lost = NaN", "line 2", "network.lost")]
    [InlineData("profile = most", "line 2", "most")]
    [InlineData("= 3", "line 2", "''")]
    public void ABadLineIsNamed(string line, string where, string key)
    {
        BadInputException e = Assert.Throws<BadInputException>(() => FaultProfile.Parse("f.txt", ["network.closed = 1", line]));
        Assert.Contains(where, e.Message, StringComparison.Ordinal);
        Assert.Contains(key, e.Message, StringComparison.Ordinal);
        Assert.DoesNotContain('\n', e.Message);
    }

    [Fact]
    public void WhatIsNeitherNameNorFileIsRefused() =>
        Assert.Contains(
            "no-such-profile", Assert.Throws<BadInputException>(() => FaultProfile.Load("no-such-profile")).Message,
            StringComparison.Ordinal);

    /// <summary>Whatever a file holds: a profile with sane rates, or one clear line.</summary>
    [Fact]
    public void BrokenFilesNeverCrash()
    {
        var random = new SeededRandom(20261120);
        byte[] good = Encoding.UTF8.GetBytes("profile = network\nmodem.silent = 3\nbackend.429 = 12.5 # x\npower.lost = 0.5\n");
        int refused = 0;
        for (int i = 0; i < 3_000; i++)
        {
            byte[] bytes = [.. good];
            for (int change = random.Between(1, 12); change > 0; change--)
            {
                bytes[random.Between(0, bytes.Length - 1)] = (byte)random.Between(0, 255);
            }

            try
            {
                FaultProfile profile = FaultProfile.Parse("f.txt", Encoding.UTF8.GetString(bytes).Split('\n'));
                Assert.All(Enum.GetValues<FaultKind>(), kind => Assert.InRange(profile[kind], 0, FaultTable.MostADay));
            }
            catch (BadInputException e)
            {
                refused++;
                Assert.DoesNotContain(e.Message, char.IsControl);
            }
        }

        Assert.InRange(refused, 1_000, 3_000);
    }

    /// <summary>A mix leaves kinds out and never adds any.</summary>
    [Fact]
    public void AMixIsAPart()
    {
        FaultProfile all = FaultTable.Named("all")!;
        FaultProfile mix = all.Mix(new SeededRandom(7));
        int left = Enum.GetValues<FaultKind>().Count(kind => mix[kind] > 0);
        Assert.InRange(left, 8, FaultTable.Count - 8);
        Assert.All(Enum.GetValues<FaultKind>(), kind => Assert.InRange(mix[kind], 0, all[kind] * 3));
        Assert.All(Enum.GetValues<FaultKind>(), kind => Assert.Equal(mix[kind], all.Mix(new SeededRandom(7))[kind]));
        Assert.True(FaultTable.Named("none")!.Mix(new SeededRandom(7)).IsEmpty);
    }
}
