using System.Text.Json;
using JamBox.Bench.CommandLine;
using JamBox.Bench.Tests.Hosting;
using JamBox.ChipTwin;
using JamBox.Flashing;
using JamBox.Ota.Nvs;
using JamBox.Twin.Chip;
using JamBox.Twin.Modem;

namespace JamBox.Bench.Tests.Boxes;

/// <summary>Phase 1 at a simulated box: the real provisioning firmware on a simulated modem. No backend is needed for it.</summary>
public sealed class ProvisionTests : IDisposable
{
    private readonly string _folder = Directory.CreateTempSubdirectory("jambox-provision-").FullName;
    private readonly TestTerminal _terminal = new();

    public ProvisionTests() => _terminal.Environment["JAMBOX_BENCH"] = _folder;

    private string Flash => Path.Combine(_folder, "box.flash");

    private string Log => File.ReadAllText(Path.Combine(_folder, "provisioning.log"));

    public void Dispose() => Directory.Delete(_folder, recursive: true);

    [Fact]
    public async Task TheTwelveStepsAreShownAndTheFlagStaysInTheBox()
    {
        Assert.Equal(0, await _terminal.RunAsync("box", "provision", "--port", "twin"));
        for (int step = 1; step <= 12; step++)
        {
            Assert.Contains($"step {step} of 12: ", _terminal.Output, StringComparison.Ordinal);
        }

        Assert.Contains("The box is provisioned, signal -77 dBm", _terminal.Output, StringComparison.Ordinal);
        Assert.Equal([1], BoxTest.SettingsIn(_terminal.Twins[0]).Find(IdentityImage.Namespace, "cellular_ok")!.Bytes);
        Assert.Matches(@"^\d{4}-\d\d-\d\dT\d\d:\d\d:\d\dZ \| f4:12:fa:00:00:01 \| provision \| ok \| \d+ s\n$", Log);
    }

    [Fact]
    public async Task ABoxThatWasProvisionedSaysSo()
    {
        Assert.Equal(0, await _terminal.RunAsync("box", "provision", "--port", $"twin:{Flash}"));
        _terminal.Clear();
        Assert.Equal(0, await _terminal.RunAsync("box", "provision", "--port", $"twin:{Flash}", "--no-flash", "--json"));
        JsonElement result = JsonElement.Parse(_terminal.Output);
        Assert.True(result.GetProperty("done_before").GetBoolean());
        Assert.Equal("SUCCESS", result.GetProperty("result").GetString());
    }

    [Theory]
    [InlineData("SIM_NOT_READY", 3, "seat the SIM again")]
    [InlineData("REGISTRATION_DENIED", 7, "activate it")]
    [InlineData("REGISTRATION_TIMEOUT", 7, "Screw the antenna on")]
    [InlineData("NO_IP_ADDRESS", 12, "'apn'")]
    public async Task AFailureIsExplained(string name, int step, string advice)
    {
        _terminal.Twin = new ChipFirmwareOptions { Modem = ModemWith(name) };
        Assert.Equal(ExitCode.BoxFailed, await _terminal.RunAsync("box", "provision", "--port", "twin"));
        Assert.Contains($"provisioning failed in step {step} of 12", _terminal.Error, StringComparison.Ordinal);
        Assert.Contains(name, _terminal.Error, StringComparison.Ordinal);
        Assert.Contains(advice, _terminal.Error, StringComparison.Ordinal);
        Assert.Contains($"{name}, step {step}", Log, StringComparison.Ordinal);
        Assert.Null(BoxTest.SettingsIn(_terminal.Twins[0]).Find(IdentityImage.Namespace, "cellular_ok"));
    }

    [Fact]
    public async Task AnEmptyBoxIsNotWatchedForEver()
    {
        Assert.Equal(ExitCode.BoxFailed, await _terminal.RunAsync("box", "provision", "--port", "twin", "--no-flash"));
        Assert.Contains("nothing in its flash that it could start", _terminal.Error, StringComparison.Ordinal);
    }

    [Theory]
    [InlineData("another chip", "ESP32-C3")]
    [InlineData("encrypted", "encrypts its flash")]
    [InlineData("locked", "secure download mode")]
    [InlineData("small", "flash of this chip has 4 MB")]
    public async Task ABoardThatIsNoBoxIsRefused(string kind, string named)
    {
        _terminal.Chips.Enqueue(kind switch
        {
            "another chip" => new ChipOptions { ChipId = 5 },
            "encrypted" => new ChipOptions { FlashCryptCount = 1 },
            "locked" => new ChipOptions { IsSecureDownload = true },
            _ => new ChipOptions { FlashBytes = 4 * 1024 * 1024 },
        });
        int code = await _terminal.RunAsync("box", "provision", "--port", "twin");
        Assert.Contains(named, _terminal.Error, StringComparison.Ordinal);
        Assert.True(code is ExitCode.NoBox, $"{code}: {_terminal.Error}");
    }

    [Fact]
    public async Task WithoutABoxItSaysWhatToDo()
    {
        _terminal.Environment["JAMBOX_FIRMWARE"] = _folder;
        Assert.Equal(ExitCode.BadInput, await _terminal.RunAsync("box", "provision"));
        Assert.Contains("bootloader.bin is not in", _terminal.Error, StringComparison.Ordinal);
        _terminal.Clear();
        Assert.Equal(ExitCode.NoBox, await _terminal.RunAsync("box", "provision", "--no-flash"));
        Assert.Contains("no box is plugged in", _terminal.Error, StringComparison.Ordinal);
        _terminal.Clear();
        _terminal.Ports.AddRange(["/dev/ttyACM1", "/dev/ttyS0", "/dev/ttyACM0"]);
        Assert.Equal(ExitCode.BadInput, await _terminal.RunAsync("box", "provision", "--no-flash"));
        Assert.Contains("say --port /dev/ttyACM0 or --port /dev/ttyACM1", _terminal.Error, StringComparison.Ordinal);
        _terminal.Clear();
        _terminal.Choices.Enqueue("/dev/ttyACM1");
        Assert.Equal(ExitCode.NoBox, await _terminal.RunAsync("box", "provision", "--no-flash"));
        Assert.Contains("/dev/ttyACM1 is not there", _terminal.Error, StringComparison.Ordinal);
    }

    [Fact]
    public async Task AFlashFileThatIsNoneIsRefused()
    {
        await File.WriteAllTextAsync(Flash, "no flash");
        Assert.Equal(ExitCode.BadInput, await _terminal.RunAsync("box", "provision", "--port", $"twin:{Flash}"));
        Assert.Contains("it is none", _terminal.Error, StringComparison.Ordinal);
        Assert.Equal("no flash", await File.ReadAllTextAsync(Flash));
    }

    private static ModemOptions ModemWith(string failure) => failure switch
    {
        "SIM_NOT_READY" => new ModemOptions { Sim = SimState.MissingAsText },
        "REGISTRATION_DENIED" => new ModemOptions { Registration = RegistrationOutcome.Denied },
        "REGISTRATION_TIMEOUT" => new ModemOptions { Registration = RegistrationOutcome.Never },
        _ => new ModemOptions { Address = string.Empty },
    };
}
