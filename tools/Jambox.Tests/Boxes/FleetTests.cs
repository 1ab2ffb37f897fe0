using System.Text.Json;
using JamBox.Bench.CommandLine;

namespace JamBox.Bench.Tests.Boxes;

/// <summary>Looking after boxes from the bench.</summary>
public sealed class FleetTests : BoxTest
{
    [Fact]
    public async Task NewBoxesAreListedWithTheirSerialNumbers()
    {
        string made = await RunAsync("box", "register", "--count", "2", "--labels", FileOf("two.pdf"));
        string[] lines = made.Split('\n', StringSplitOptions.RemoveEmptyEntries);
        Assert.All(lines, static line => Assert.Matches(@"^JBNB\d{4}  JB-\d\d[A-L]\d\d-NB02R-[A-Z2-9]{5}  PIN \d{4}$", line));
        Assert.StartsWith("%PDF", await File.ReadAllTextAsync(FileOf("two.pdf")), StringComparison.Ordinal);
        string list = await RunAsync("box", "list");
        Assert.All(lines, line => Assert.Contains(line.Split("  ")[1], list, StringComparison.Ordinal));
        JsonElement first = JsonElement.Parse((await RunAsync("box", "list", "--json")).Split('\n')[0]);
        Assert.Equal("manufactured", first.GetProperty("life").GetString());
        Assert.Contains("never heard", await RunAsync("box", "show", lines[0].Split("  ")[1]), StringComparison.Ordinal);
        await FailsAsync(ExitCode.BadInput, "--count 0", "box", "register", "--count", "0");
        await FailsAsync(ExitCode.Refused, "board_type", "box", "register", "--board", "nb");
    }

    [Fact]
    public async Task SettingsAreChangedOverTheAir()
    {
        string id = await RegisterAsync();
        await RunAsync("box", "config", "set", id, "report_interval_ms=60000", "wifi_channels=1,11", "geolocation_on_boot=false");
        string settings = await RunAsync("box", "config", "get", id);
        Assert.Contains("report_interval_ms = 60000", settings, StringComparison.Ordinal);
        Assert.Contains("not yet in force", settings, StringComparison.Ordinal);
        await FailsAsync(ExitCode.Refused, "report_interval_ms", "box", "config", "set", id, "report_interval_ms=1");
        await FailsAsync(ExitCode.BadInput, "must be NAME=VALUE", "box", "config", "set", id, "report_interval_ms=soon");
        await FailsAsync(ExitCode.BadInput, "is there twice", "box", "config", "set", id, "a=1", "a=2");
    }

    [Fact]
    public async Task ABoxIsGivenACommandAndTakenOutOfService()
    {
        string id = await RegisterAsync();
        Assert.Contains($"{id} gets reboot", await RunAsync("box", "command", id, "reboot"), StringComparison.Ordinal);
        await FailsAsync(ExitCode.BadInput, "explode", "box", "command", id, "explode");
        await FailsAsync(ExitCode.BadInput, "Nobody can be asked", "box", "retire", id);
        Terminal.Yes = false;
        await FailsAsync(ExitCode.Refused, "nothing was changed", "box", "retire", id);
        Terminal.Yes = true;
        Assert.Contains($"{id} is retired", await RunAsync("box", "retire", id), StringComparison.Ordinal);
        Terminal.Clear();
        Assert.Equal(ExitCode.Refused, await Terminal.RunAsync("box", "test", id));
        Assert.Contains("is retired", Terminal.Output, StringComparison.Ordinal);
    }

    [Fact]
    public async Task TestingChangesNothing()
    {
        string id = await RegisterAsync();
        Assert.Contains("was never heard", await RunAsync("box", "test", id), StringComparison.Ordinal);
        Assert.Equal(JsonValueKind.Null, (await MadeAsync(id)).GetProperty("last_seen_at").ValueKind);
        await RunAsync("box", "flash", id, "--port", "twin");
        Assert.Contains("talks to the server", await RunAsync("box", "test", id), StringComparison.Ordinal);
        Terminal.Clear();
        Assert.Equal(ExitCode.Refused, await Terminal.RunAsync("box", "test", "JBNB9999"));
        Terminal.Environment["JAMBOX_ADMIN_KEY"] = "another";
        Assert.Equal(ExitCode.Refused, await Terminal.RunAsync("box", "test"));
    }

    [Fact]
    public async Task ALabelIsMadeAgain()
    {
        string id = await RegisterAsync();
        Assert.Equal(FileOf("a.pdf"), (await RunAsync("box", "label", id, "--out", FileOf("a.pdf"))).Trim());
        Assert.StartsWith("%PDF", await File.ReadAllTextAsync(FileOf("a.pdf")), StringComparison.Ordinal);
        await RunAsync("box", "label", id, "--out", FileOf("b.pdf"), "--batch", "--layout", "sheet", "--paper", "Letter", "--no-pin");
        await FailsAsync(ExitCode.BadInput, "cannot be written", "box", "label", id, "--out", Path.Combine(FileOf("nowhere"), "c.pdf"));
    }
}
