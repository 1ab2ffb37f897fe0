using System.Diagnostics;

namespace JamBox.Twin.Tests.Run;

/// <summary>Bad input: one clear line on the error output, exit code 2. The real program is started.</summary>
public sealed class CommandLineInterfaceTests : IDisposable
{
    private readonly string _folder = Directory.CreateTempSubdirectory("jambox-twin-test").FullName;

    public void Dispose() => Directory.Delete(_folder, recursive: true);

    [Theory]
    [InlineData("--capture no-such-file.pcap", "no-such-file.pcap")]
    [InlineData("--hours 0", "--hours")]
    [InlineData("--hours abc", "--hours abc: must be a number")]
    [InlineData("--crowd -1", "--crowd")]
    [InlineData("--devices 0", "--devices")]
    [InlineData("--speed fast", "--speed")]
    [InlineData("--radio some", "--radio")]
    [InlineData("--frobnicate", "--frobnicate")]
    [InlineData("--faults nonsense", "nonsense")]
    [InlineData("--faults all --backend http://localhost:1 --token x", "--faults")]
    [InlineData("--soak 0", "--soak")]
    [InlineData("--soak 2 --soak-seed 3", "--soak-seed")]
    [InlineData("--soak 2 --devices 3", "--devices")]
    [InlineData("--power-loss-at 0", "--power-loss-at")]
    [InlineData("--ota --boxes 5", "--boxes")]
    [InlineData("--ota --hours 3", "--hours")]
    [InlineData("--boxes 10", "--boxes goes with --ota only")]
    [InlineData("--pairs 4", "--pairs goes with --ota-power-loss only")]
    [InlineData("--device JBNB0002", "--device goes with --backend only")]
    [InlineData("--provisioning --hours 3", "--hours and --provisioning exclude each other")]
    [InlineData("--board --serve", "--serve and --board exclude each other")]
    [InlineData("--capture a.pcap --crowd 5", "--crowd and --capture exclude each other")]
    [InlineData("--ota-soak 1 --hours 2", "--hours and --ota-soak exclude each other")]
    [InlineData("--backend http://localhost:1 --token x --device 12345678901234567", "--device")]
    [InlineData("--soak many", "--soak many: must be a whole number that fits 32 bits")]
    [InlineData("--seed 99999999999999999999", "must be a whole number that fits 64 bits")]
    [InlineData("--capture .", ". is a folder")]
    [InlineData("--backend http://localhost:1", "--token")]
    [InlineData("--backend ftp://localhost --token x", "--backend")]
    [InlineData("--backend http://localhost:1 --token x --capture a.pcap", "--capture")]
    public async Task BadOptionsAreRefused(string arguments, string named)
    {
        (int code, string error) = await TwinAsync(arguments);
        Assert.Equal(2, code);
        Assert.Single(error.Split('\n', StringSplitOptions.RemoveEmptyEntries));
        Assert.Contains(named, error, StringComparison.Ordinal);
    }

    [Fact]
    public async Task ABadLineOfAFaultFileIsNamed()
    {
        string path = Path.Combine(_folder, "bad.faults");
        File.WriteAllText(path, "profile = network\nmodem.silent = often\n");
        (int code, string error) = await TwinAsync($"--soak 1 --faults {path}");
        Assert.Equal(2, code);
        Assert.Single(error.Split('\n', StringSplitOptions.RemoveEmptyEntries));
        Assert.Contains("line 2: modem.silent", error, StringComparison.Ordinal);
    }

    [Theory]
    [InlineData("")]
    [InlineData("this is no capture at all")]
    [InlineData("\u00d4\u00c3\u00b2\u00a1\u0002\u0000\u0004\u0000cut off")]
    public async Task BrokenCapturesAreRefused(string content)
    {
        string path = Path.Combine(_folder, "broken.pcap");
        File.WriteAllText(path, content, System.Text.Encoding.Latin1);
        (int code, string error) = await TwinAsync($"--capture {path}");
        Assert.Equal(2, code);
        Assert.Single(error.Split('\n', StringSplitOptions.RemoveEmptyEntries));
        Assert.Contains("broken.pcap", error, StringComparison.Ordinal);
    }

    [Fact]
    public async Task AnUnknownLinkTypeIsRefused()
    {
        string path = Path.Combine(_folder, "ethernet.pcap");
        File.WriteAllBytes(
            path,
            [0xD4, 0xC3, 0xB2, 0xA1, 2, 0, 4, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 4, 0, 1, 0, 0, 0, 1, 0, 0, 0, 0, 0, 0, 0, 1, 0, 0, 0, 1, 0,
                0, 0, 0]);
        (int code, string error) = await TwinAsync($"--capture {path}");
        Assert.Equal(2, code);
        Assert.Contains("link type", error, StringComparison.OrdinalIgnoreCase);
    }

    private static async Task<(int Code, string Error)> TwinAsync(string arguments)
    {
        string twin = Path.Combine(AppContext.BaseDirectory, "DeviceTwin.dll");
        using var process =
            Process.Start(
                new ProcessStartInfo("dotnet", $"exec \"{twin}\" {arguments}") { RedirectStandardError = true,
                    RedirectStandardOutput = true })!;
        Task<string> output = process.StandardOutput.ReadToEndAsync();
        string error = await process.StandardError.ReadToEndAsync();
        await output;
        await process.WaitForExitAsync();
        return (process.ExitCode, error);
    }
}
