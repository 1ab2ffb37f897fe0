using System.Security.Cryptography;
using JamBox.Boot;
using JamBox.Interop;
using JamBox.Twin.Ota;
using JamBox.Twin.Run;
using JamBox.Twin.Storage;

namespace JamBox.Twin.Tests.Ota;

/// <summary>The boot copies on a flash as large as the board's: time, watchdog, wear.</summary>
public sealed class BoxFlashTests
{
    [Fact]
    public void AnInstallationOnTheBoardTakesSomeTwentySecondsAndFeedsItsWatchdog()
    {
        byte[] oldImage = TwinImage.Build(new TwinFirmware("6.0.0", 60_000), 900 * 1024);
        byte[] newImage = TwinImage.Build(new TwinFirmware("6.1.0", 60_100), 900 * 1024);
        var chip = new BoxFlash(FlashSizes.Board, new PowerSwitch(), 1);
        chip.Flash(oldImage);
        chip.Stage.Put(0, newImage);
        Assert.Equal(
            BootResult.Ok,
            BootCopies.Best.Install(
                chip, (uint)newImage.Length, SHA256.HashData(newImage), (uint)oldImage.Length, SHA256.HashData(oldImage)));
        Assert.Equal(BootResult.Ok, chip.BootWith(BootCopies.Best, out int tookMs));

        // Some 200 sectors to previous and those to deploy that differ, erased at 45 ms, written at 2 ms a KB, hashed and read back.
        Assert.InRange(tookMs, 15_000, 30_000);
        Assert.InRange(chip.LongestUnfedMicroseconds, FlashTimes.EraseMicroseconds, BoxFlash.BootWatchdogMicroseconds / 10);
        Assert.True(chip.Deploy.Content.AsSpan().StartsWith(newImage));
        Assert.Equal((1, 1, 0), (chip.Deploy.MostErases, chip.Previous.MostErases, chip.Stage.MostErases));
        Assert.Equal(BootResult.Ok, BootCopies.Best.Read(chip, out BootEntry entry));
        Assert.Equal((BootState.Trial, 1), (entry.State, entry.TrialBoots));
    }

    /// <summary>A boot of which nothing is asked costs nothing that anybody would notice.</summary>
    [Fact]
    public void ABootWithNothingToCopyIsQuick()
    {
        var chip = new BoxFlash(FlashSizes.Board, new PowerSwitch(), 1);
        Assert.Equal(BootResult.Ok, chip.BootWith(BootCopies.Best, out int tookMs));
        Assert.Equal((0, 0), (tookMs, chip.All.Sum(flash => flash.Erases + flash.Writes)));
    }

    [Fact]
    public void WhatTheFirmwareMayOnlyReadItCannotChange()
    {
        var slots = new TwinSlots(new BoxFlash(FlashSizes.Tiny, new PowerSwitch(), 1), BootCopies.Model, new FirmwareMeter());
        Assert.Throws<InvalidOperationException>(() => slots.Deploy.EraseSector(0));
        Assert.Throws<InvalidOperationException>(() => slots.Deploy.Write(0, new byte[4], 0, 4));
        Assert.Throws<ArgumentOutOfRangeException>(() => slots.Install(0, new byte[32], 1, new byte[32]));
    }
}
