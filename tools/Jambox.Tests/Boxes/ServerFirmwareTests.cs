using System.Globalization;
using JamBox.Bench.Boxes.Flashing;
using JamBox.Bench.Boxes.Ports;
using JamBox.Bench.CommandLine;
using JamBox.Bench.Tests.Hosting;
using JamBox.Ota.Nvs;

namespace JamBox.Bench.Tests.Boxes;

/// <summary>Firmware that was uploaded to the server goes from there into the chip, for both phases, and is kept by its hash.</summary>
public sealed class ServerFirmwareTests : BoxTest
{
    private const int DeployAt = 0x1B0000;

    private string[] Kept => [.. Directory.GetFiles(Path.Combine(Folder, "firmware")).Select(static file => Path.GetFileName(file)!)];

    [Fact]
    public async Task FromTheServerIntoTheChipUntilTheFirstHeartbeat()
    {
        UploadedFirmware firmware = new(Backend);
        await firmware.UploadAsync();
        string id = await RegisterAsync();
        string flash = FileOf("box.flash");
        string said = await RunAsync("box", "provision", "--port", $"twin:{flash}", "--firmware", "server");
        Assert.Contains("The box is provisioned", said, StringComparison.Ordinal);
        Assert.Equal(firmware.Provisioning, In(Terminal.Twins[^1], DeployAt, firmware.Provisioning.Length));

        said = await RunAsync("box", "flash", id, "--port", $"twin:{flash}", "--firmware", "server");
        Assert.Contains($"{id} is provisioned", said, StringComparison.Ordinal);
        TwinLine box = Terminal.Twins[^1];
        Assert.Equal(firmware.Bootloader, In(box, 0, firmware.Bootloader.Length));
        Assert.Equal(firmware.Table, In(box, 0x8000, firmware.Table.Length));
        Assert.Equal(firmware.Clr, In(box, 0x10000, firmware.Clr.Length));
        Assert.Equal(firmware.Deployment, In(box, DeployAt, firmware.Deployment.Length));
        Assert.Equal([1], SettingsIn(box).Find(IdentityImage.Namespace, "cellular_ok")!.Bytes);
        Assert.Equal(5, Kept.Length);
    }

    [Fact]
    public async Task ACartonTakesBothFirmwaresFromTheServer()
    {
        await new UploadedFirmware(Backend).UploadAsync();
        string said = await RunAsync(
            "box", "enroll", "--count", "2", "--port", "twin", "--firmware", "server", "--provision", "--labels", FileOf("carton.pdf"));
        Assert.Contains("2 of 2 boxes are done", said, StringComparison.Ordinal);
    }

    [Fact]
    public async Task WhatWasFetchedIsNotFetchedAgainUnlessItIsDamaged()
    {
        await new UploadedFirmware(Backend).UploadAsync();
        string id = await RegisterAsync();
        await FlashAsync(id);
        string[] before = Kept;
        Assert.Equal(4, before.Length);
        string damaged = Path.Combine(Folder, "firmware", before[0]);
        byte[] right = await File.ReadAllBytesAsync(damaged);
        await File.WriteAllBytesAsync(damaged, [.. right[..^1], (byte)~right[^1]]);
        foreach (string file in before[1..])
        {
            File.SetLastWriteTimeUtc(Path.Combine(Folder, "firmware", file), DateTime.UnixEpoch);
        }

        await FlashAsync(id);
        Assert.Equal(right, await File.ReadAllBytesAsync(damaged));
        Assert.All(
            before[1..],
            file => Assert.Equal(DateTime.UnixEpoch, File.GetLastWriteTimeUtc(Path.Combine(Folder, "firmware", file))));
    }

    [Fact]
    public async Task OnlySoMuchIsKept()
    {
        FirmwareCache cache = new(Terminal.Make(), Folder);
        for (int i = 0; i <= FirmwareCache.MaxFiles; i++)
        {
            byte[] bytes = [(byte)i];
            string hash = Convert.ToHexStringLower(System.Security.Cryptography.SHA256.HashData(bytes));
            Assert.Equal(bytes, await cache.GetAsync(hash, () => Task.FromResult(bytes)));
        }

        Assert.Equal(FirmwareCache.MaxFiles, Kept.Length);
        byte[] other = [1, 2];
        Assert.Equal(other, await cache.GetAsync("../../etc/passwd", () => Task.FromResult(other)));
        Assert.Equal(FirmwareCache.MaxFiles, Kept.Length);
    }

    [Fact]
    public async Task WhatTheServerLacksIsNamedBeforeAnythingIsMade()
    {
        UploadedFirmware firmware = new(Backend);
        await FailsAsync(
            ExitCode.Refused, "the server has no bootloader, no partition table, no nanoCLR, no provisioning firmware for the board NB02",
            "box", "provision", "--port", "twin", "--firmware", "server");
        await FailsAsync(
            ExitCode.Refused, "no nanoCLR, no firmware for the board",
            "box", "enroll", "--port", "twin", "--firmware", "server");
        await firmware.UploadReleaseAsync();
        await firmware.UploadBuildAsync();
        await FailsAsync(
            ExitCode.Refused, "the server has no provisioning firmware for the board NB02",
            "box", "enroll", "--provision", "--port", "twin",
            "--firmware", "server");
        await FailsAsync(
            ExitCode.Refused, "There is no such board", "box", "provision", "--board", "XX", "--port", "twin", "--firmware", "server");
        string batches = await Backend.Admin.GetStringAsync(new Uri("/api/manufacturing/batches", UriKind.Relative));
        Assert.Equal("[]", batches);
    }

    [Fact]
    public async Task TheFirmwareThatCountsIsNotTakenForPhaseOne()
    {
        UploadedFirmware firmware = new(Backend);
        await firmware.UploadReleaseAsync();
        using var wrong = new ByteArrayContent(firmware.Deployment);
        string path = string.Create(CultureInfo.InvariantCulture, $"/api/ota/firmware?version=6.1.0&hw=atoms3-nb1-prov&seq={60100}");
        (await Backend.Admin.PostAsync(new Uri(path, UriKind.Relative), wrong)).EnsureSuccessStatusCode();
        await FailsAsync(
            ExitCode.BadInput, "the firmware is not Firmware.Provisioning", "box", "provision", "--port", "twin", "--firmware", "server");
    }

    [Fact]
    public async Task TheDoctorSaysWhatTheServerHas()
    {
        await Terminal.RunAsync("doctor");
        Assert.Contains("look firmware     the server has no firmware for boxes", Terminal.Output, StringComparison.Ordinal);
        UploadedFirmware firmware = new(Backend);
        await firmware.UploadReleaseAsync();
        await firmware.UploadBuildAsync();
        Terminal.Clear();
        await Terminal.RunAsync("doctor");
        Assert.Contains("look firmware     the server has no provisioning firmware", Terminal.Output, StringComparison.Ordinal);
        await firmware.UploadProvisioningAsync();
        Terminal.Clear();
        await Terminal.RunAsync("doctor");
        Assert.Contains(
            $"ok   firmware     the server has {UploadedFirmware.Version}, and {UploadedFirmware.PhaseOneVersion} for phase 1",
            Terminal.Output, StringComparison.Ordinal);
    }

    private Task<string> FlashAsync(string id) =>
        RunAsync("box", "flash", id, "--port", $"twin:{FileOf("box.flash")}", "--firmware", "server", "--wait", "0");

    private static byte[] In(TwinLine box, int offset, int length) => box.Look(chip => chip.Flash.Read(offset, length).ToArray());
}
