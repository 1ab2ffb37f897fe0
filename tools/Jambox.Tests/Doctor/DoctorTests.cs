using System.Text.Json;
using JamBox.Bench.Boxes.Ports;
using JamBox.Bench.CommandLine;
using JamBox.Bench.Tests.Hosting;
using JamBox.Twin.Chip;

namespace JamBox.Bench.Tests.Doctor;

/// <summary>What is wrong at a bench, and what to do about it.</summary>
public sealed class DoctorTests : IAsyncLifetime
{
    private TestBackend _backend = null!;
    private TestTerminal _terminal = null!;

    public async Task InitializeAsync()
    {
        _backend = await TestBackend.StartAsync();
        _terminal = _backend.Terminal();
    }

    public async Task DisposeAsync() => await _backend.DisposeAsync();

    [Fact]
    public async Task ABenchThatIsFitForWorkSaysSo()
    {
        _terminal.Ports.Add("COM5");
        _terminal.Serial = static _ =>
        {
            TwinLine line = new(null, new ChipFirmwareOptions());
            return new BoxPort(line, line);
        };
        _terminal.Tools["nanoff"] = new ToolResult(0, ".NET nanoFramework Firmware Flasher v2.5.130+f1a");
        Assert.Equal(0, await _terminal.RunAsync("doctor"));
        Assert.Contains("ok   ports        COM5 can be opened", _terminal.Output, StringComparison.Ordinal);
        Assert.Contains("ok   nanoff       2.5.130", _terminal.Output, StringComparison.Ordinal);
        Assert.Contains("note esptool      is not installed", _terminal.Output, StringComparison.Ordinal);
        Assert.Contains("ok   key          is taken", _terminal.Output, StringComparison.Ordinal);
        Assert.DoesNotContain("bad ", _terminal.Output, StringComparison.Ordinal);
    }

    [Fact]
    public async Task EachFaultComesWithWhatToDo()
    {
        _terminal.Ports.Add("COM5");
        _terminal.Tools["esptool"] = new ToolResult(0, "esptool.py v3.3.1");
        _terminal.Environment["JAMBOX_ADMIN_KEY"] = "not-a-key-of-this-server";
        _terminal.Environment["JAMBOX_FIRMWARE"] = "/no/such/folder";
        Assert.Equal(ExitCode.Refused, await _terminal.RunAsync("doctor", "--json"));
        Dictionary<string, JsonElement> found = JsonElement.Parse(_terminal.Output).EnumerateArray()
            .ToDictionary(static finding => finding.GetProperty("about").GetString()!, static finding => finding);
        Check(found["ports"], "bad", "COM5 is not there");
        Check(found["esptool"], "doubt", "3.3.1 is old");
        Check(found["firmware"], "bad", "there is no such folder");
        Check(found["key"], "bad", "did not take the admin key");
        Check(found["backend"], "good", "answers in");
        Assert.DoesNotContain("not-a-key-of-this-server", _terminal.Output + _terminal.Error, StringComparison.Ordinal);
    }

    [Fact]
    public async Task ABackendThatIsAwayIsSaid()
    {
        await _backend.StopAsync();
        Assert.Equal(ExitCode.Refused, await _terminal.RunAsync("doctor"));
        Assert.Contains("bad  backend      cannot reach", _terminal.Output, StringComparison.Ordinal);
        _terminal.Clear();
        Assert.Equal(ExitCode.Refused, await _terminal.RunAsync("doctor", "--server", "ftp://x"));
        Assert.Contains("must be an address", _terminal.Output, StringComparison.Ordinal);
    }

    [Fact]
    public async Task AClockThatIsWrongIsSaid()
    {
        _terminal.Time = new WrongClock();
        Assert.Equal(ExitCode.Refused, await _terminal.RunAsync("doctor"));
        Assert.Contains("bad  clock", _terminal.Output, StringComparison.Ordinal);
        Assert.Contains("differ by", _terminal.Output, StringComparison.Ordinal);
    }

    private static void Check(JsonElement finding, string state, string text)
    {
        Assert.Equal(state, finding.GetProperty("state").GetString());
        Assert.Contains(text, finding.GetProperty("found").GetString(), StringComparison.Ordinal);
    }

    /// <summary>Two hours behind: summer time that somebody set by hand.</summary>
    private sealed class WrongClock : TimeProvider
    {
        public override DateTimeOffset GetUtcNow() => DateTimeOffset.UtcNow.AddHours(-2);
    }
}
