using System.Text.Json;
using JamBox.Bench.Tests.Hosting;
using JamBox.Tests.Ota.Images;

namespace JamBox.Bench.Tests.Releases;

/// <summary>A bench with a key, a real backend that knows it, and images of two versions.</summary>
public abstract class OnlineTest : IAsyncLifetime
{
    private readonly string _folder = Directory.CreateTempSubdirectory("jambox-bench-").FullName;

    internal TestBackend Backend { get; private set; } = null!;

    internal TestTerminal Terminal { get; private set; } = null!;

    protected string Key => Path.Combine(_folder, "release.key");

    protected string PublicKey { get; private set; } = string.Empty;

    protected static byte[] Old { get; } = ImageBuilder.Firmware("6.0.0", codeBytes: 6_000);

    protected static byte[] New { get; } = ImageBuilder.Firmware("6.1.0", codeBytes: 6_400);

    protected static byte[] Newer { get; } = ImageBuilder.Firmware("6.2.0", codeBytes: 6_800);

    public async Task InitializeAsync()
    {
        var bench = new TestTerminal();
        Assert.Equal(0, await bench.RunAsync("release", "keygen", "--out", Key, "--no-pass-phrase", "--json"));
        PublicKey = JsonElement.Parse(bench.Output).GetProperty("public_key").GetString()!;
        Backend = await TestBackend.StartAsync($"--Ota:PublicKey={PublicKey}");
        Terminal = Backend.Terminal();
    }

    public async Task DisposeAsync()
    {
        await Backend.DisposeAsync();
        Directory.Delete(_folder, recursive: true);
    }

    protected string Write(byte[] image, string name)
    {
        string path = Path.Combine(_folder, name);
        File.WriteAllBytes(path, image);
        return path;
    }

    /// <summary>Publishes a build as the bench does.</summary>
    protected async Task PublishAsync(byte[] image, string version)
    {
        int code = await Terminal.RunAsync("release", "publish", Write(image, $"{version}.bin"), "--version", version, "--key", Key);
        Assert.True(code == 0, Terminal.Output + Terminal.Error);
    }

    /// <summary>Runs a command line that must succeed.</summary>
    /// <returns>What it wrote.</returns>
    protected async Task<string> RunAsync(params string[] args)
    {
        Terminal.Clear();
        int code = await Terminal.RunAsync(args);
        Assert.True(code == 0, $"exit code {code}: {Terminal.Output}{Terminal.Error}");
        return Terminal.Output;
    }

    /// <summary>Runs a command line that must fail with one line.</summary>
    protected async Task FailsAsync(int code, string named, params string[] args)
    {
        Terminal.Clear();
        Assert.Equal(code, await Terminal.RunAsync(args));
        Assert.Contains(named, Terminal.Error, StringComparison.Ordinal);
        Assert.DoesNotContain(TestBackend.AdminKey, Terminal.Output + Terminal.Error, StringComparison.Ordinal);
    }
}
