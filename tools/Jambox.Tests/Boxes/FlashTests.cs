using System.Text;
using System.Text.Json;
using JamBox.Bench.Boxes.Flashing;
using JamBox.Bench.CommandLine;
using JamBox.Bench.Boxes.Ports;
using JamBox.ChipTwin;
using JamBox.Ota.Nvs;
using JamBox.Twin.Chip;
using JamBox.Twin.Modem;

namespace JamBox.Bench.Tests.Boxes;

/// <summary>From a board to a box: the ROM's protocol, an identity of a real backend, firmware that says its first word to it.</summary>
public sealed class FlashTests : BoxTest
{
    [Fact]
    public async Task ABoardBecomesABoxThatIsHeard()
    {
        string id = await RegisterAsync();
        string flash = FileOf("box.flash");
        await RunAsync("box", "provision", "--port", $"twin:{flash}");
        string said = await RunAsync("box", "flash", id, "--port", $"twin:{flash}", "--label", FileOf("label.pdf"));
        Assert.Contains($"{id} is provisioned", said, StringComparison.Ordinal);
        JsonElement made = await MadeAsync(id);
        Assert.Equal("provisioned", made.GetProperty("status").GetString());
        Assert.Equal(1, made.GetProperty("images").GetInt32());
        Assert.StartsWith("%PDF", await File.ReadAllTextAsync(FileOf("label.pdf")), StringComparison.Ordinal);

        TwinLine box = Terminal.Twins[^1];
        Assert.Equal(id, IdentityIn(box).Find(IdentityImage.Namespace, "device_id")!.Text);
        Assert.Equal(HostOfBoxes, IdentityIn(box).Find(IdentityImage.Namespace, "host")!.Text);
        Assert.Equal([1], SettingsIn(box).Find(IdentityImage.Namespace, "cellular_ok")!.Bytes);
        Assert.Contains($"| {id} | flash | ok |", Log, StringComparison.Ordinal);
    }

    [Fact]
    public async Task TheTokenIsInTheChipAndNowhereElse()
    {
        string id = await RegisterAsync();
        await RunAsync("box", "flash", id, "--port", "twin", "--json");
        string token = TokenIn(Terminal.Twins[^1]);
        Assert.Equal(43, token.Length);
        Assert.DoesNotContain(token, EverythingWritten(), StringComparison.Ordinal);
    }

    [Fact]
    public async Task ABoxThatCannotBeHeardIsExplained()
    {
        string id = await RegisterAsync();
        Terminal.Twin = new ChipFirmwareOptions { Modem = new ModemOptions { Registration = RegistrationOutcome.Denied } };
        await FailsAsync(ExitCode.BoxFailed, "It gets no connection", "box", "flash", id, "--port", "twin", "--wait", "5");
        Assert.Equal("flashed", (await MadeAsync(id)).GetProperty("status").GetString());

        // Flashed again where there is a network: nothing of the firmware is written anew, and it is heard.
        Terminal.Twin = new ChipFirmwareOptions();
        Assert.Contains("is provisioned", await RunAsync("box", "flash", id, "--port", "twin"), StringComparison.Ordinal);
    }

    [Fact]
    public async Task NoIdentityIsMadeForABoardThatCannotBeFlashed()
    {
        string id = await RegisterAsync();
        Terminal.Chips.Enqueue(new ChipOptions { ChipId = 5 });
        await FailsAsync(ExitCode.NoBox, "ESP32-C3", "box", "flash", id, "--port", "twin");
        JsonElement made = await MadeAsync(id);
        Assert.Equal("manufactured", made.GetProperty("status").GetString());
        Assert.Equal(0, made.GetProperty("images").GetInt32());
    }

    [Fact]
    public async Task ReflashingKeepsWhoItIs()
    {
        string id = await RegisterAsync();
        await FailsAsync(ExitCode.Refused, "has no identity yet", "box", "reflash", id, "--port", "twin");
        string port = $"twin:{FileOf("box.flash")}";
        await RunAsync("box", "flash", id, "--port", port);
        string before = TokenIn(Terminal.Twins[^1]);
        Assert.Contains("is provisioned", await RunAsync("box", "reflash", id, "--port", port), StringComparison.Ordinal);
        Assert.Equal(before, TokenIn(Terminal.Twins[^1]));
        Assert.Equal(1, (await MadeAsync(id)).GetProperty("images").GetInt32());
        await RunAsync("box", "reflash", id, "--port", port, "--new-identity");
        Assert.NotEqual(before, TokenIn(Terminal.Twins[^1]));
    }

    [Fact]
    public async Task WhatCannotBeIsRefusedWithAReason()
    {
        string id = await RegisterAsync();
        await FailsAsync(ExitCode.BadInput, "is no box", "box", "flash", "JBNB12345", "--port", "twin");
        await FailsAsync(
            ExitCode.Refused, "No batch has made such a device as JBNB9999: 'jambox box list'", "box", "flash", "JBNB9999", "--port",
            "twin");
        await FailsAsync(ExitCode.BadInput, "--wait 500", "box", "flash", id, "--port", "twin", "--wait", "500");
        await FailsAsync(ExitCode.Refused, "firmware", "box", "flash", id, "--port", "COM1");
        await RunAsync("box", "retire", id, "--scrap", "--yes");
        await FailsAsync(ExitCode.Refused, "that is its end", "box", "flash", id, "--port", "twin");
    }

    [Fact]
    public async Task WhatCannotBeWrittenHereIsSaidAndTheBoxIsFlashedAllTheSame()
    {
        string id = await RegisterAsync();
        string nowhere = Path.Combine(FileOf("no"), "such", "folder");
        await FailsAsync(
            ExitCode.BadInput, $"{id} is flashed, and its label was not made:", "box", "flash", id, "--port", "twin", "--wait", "0",
            "--label", Path.Combine(nowhere, "label.pdf"));
        Assert.NotEqual("manufactured", (await MadeAsync(id)).GetProperty("status").GetString());
        await FailsAsync(
            ExitCode.BadInput, "the flash of the simulated box cannot be kept", "box", "flash", id, "--port", $"twin:{nowhere}", "--wait",
            "0");
    }

    [Theory]
    [InlineData("partitions.bin", 0, "the partition table has no 'factory': it has no partition at all")]
    [InlineData("partitions.bin", 96, "the partition table has no 'deploy'; it has nvs, phy_init, factory")]
    [InlineData("nanoCLR.bin", 0, "the nanoCLR is no image for an ESP32-S3")]
    [InlineData("Firmware.Atoms3.bin", 40_000, "the file is cut off or damaged")]
    public async Task FirmwareThatIsDamagedIsSaidBeforeThereIsAChip(string damaged, int bytes, string named)
    {
        FirmwareFiles files = TwinFirmwareFiles.Make(FirmwareKind.Production);
        string folder = Directory.CreateDirectory(FileOf("build")).FullName;
        foreach ((string name, byte[] content) in new[]
            {
                ("bootloader.bin", files.Bootloader), ("partitions.bin", files.Table), ("nanoCLR.bin", files.Clr),
                ("Firmware.Atoms3.bin", files.Deploy),
            })
        {
            await File.WriteAllBytesAsync(Path.Combine(folder, name), name == damaged ? content[..bytes] : content);
        }

        string id = await RegisterAsync();
        await FailsAsync(ExitCode.BadInput, named, "box", "flash", id, "--port", "twin", "--firmware", folder);
        Assert.Empty(Terminal.Twins);
    }

    [Fact]
    public async Task WhoMayNotOrAsksElsewhereIsToldWhatToDo()
    {
        string id = await RegisterAsync();
        string[] flash = ["box", "flash", id, "--port", "twin"];
        using var wanted = new StringContent("""{"name":"looks","role":"viewer"}""", Encoding.UTF8, "application/json");
        using HttpResponseMessage made = await Backend.Admin.PostAsync(new Uri("/api/keys", UriKind.Relative), wanted);
        Terminal.Environment["JAMBOX_ADMIN_KEY"] =
            JsonElement.Parse(await made.Content.ReadAsStringAsync()).GetProperty("key").GetString()!;
        await FailsAsync(ExitCode.NoServer, "to one whose role may: maker at the bench", flash);
        Terminal.Environment["JAMBOX_ADMIN_KEY"] = "another-servers-key";
        await FailsAsync(ExitCode.NoServer, "it is mistyped, over, or another server's", flash);
        Terminal.Environment.Remove("JAMBOX_ADMIN_KEY");
        await FailsAsync(ExitCode.BadInput, "JAMBOX_ADMIN_KEY is not set", flash);
        Terminal.Environment["JAMBOX_ADMIN_KEY"] = "any";
        string encrypted = new UriBuilder(Backend.Address) { Scheme = "https" }.Uri.ToString();
        await FailsAsync(ExitCode.NoServer, "Is that port one for https?", [.. flash, "--server", encrypted]);
        await FailsAsync(ExitCode.Refused, "No such path", [.. flash, "--server", $"{Backend.Address}elsewhere"]);
    }

    [Fact]
    public async Task AnIdentityGoesIntoAFileOnlyWhenThatIsMeant()
    {
        string id = await RegisterAsync();
        string file = FileOf("ident.flash");
        await FailsAsync(ExitCode.BadInput, "--yes-write-secret", "box", "identity", id, "--out", file);
        Assert.False(File.Exists(file));
        Assert.Equal(0, (await MadeAsync(id)).GetProperty("images").GetInt32());
        await RunAsync("box", "identity", id, "--out", file, "--yes-write-secret");
        var image = NvsImage.Parse(await File.ReadAllBytesAsync(file));
        Assert.Equal(id, image.Find(IdentityImage.Namespace, "device_id")!.Text);
        if (!OperatingSystem.IsWindows())
        {
            Assert.Equal(UnixFileMode.UserRead | UnixFileMode.UserWrite, File.GetUnixFileMode(file));
        }

        await FailsAsync(ExitCode.BadInput, "cannot be written", "box", "identity", id, "--out", file, "--yes-write-secret");
    }
}
