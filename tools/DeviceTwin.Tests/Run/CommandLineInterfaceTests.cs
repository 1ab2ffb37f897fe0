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
    [InlineData("--hours abc", "abc")]
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
    [InlineData("--boxes 10", "--ota")]
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
        File.WriteAllBytes(path, [0xD4, 0xC3, 0xB2, 0xA1, 2, 0, 4, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 4, 0, 1, 0, 0, 0, 1, 0, 0, 0, 0, 0, 0, 0, 1, 0, 0, 0, 1, 0, 0, 0, 0]);
        (int code, string error) = await TwinAsync($"--capture {path}");
        Assert.Equal(2, code);
        Assert.Contains("link type", error, StringComparison.OrdinalIgnoreCase);
    }

    private static async Task<(int Code, string Error)> TwinAsync(string arguments)
    {
        string twin = Path.Combine(AppContext.BaseDirectory, "DeviceTwin.dll");
        using var process = Process.Start(new ProcessStartInfo("dotnet", $"exec \"{twin}\" {arguments}") { RedirectStandardError = true, RedirectStandardOutput = true })!;
        Task<string> output = process.StandardOutput.ReadToEndAsync();
        string error = await process.StandardError.ReadToEndAsync();
        await output;
        await process.WaitForExitAsync();
        return (process.ExitCode, error);
    }
}
