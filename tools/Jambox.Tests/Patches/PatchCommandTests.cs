using System.Text.Json;
using JamBox.Bench.CommandLine;
using JamBox.Bench.Patches;
using JamBox.Bench.Tests.Hosting;
using JamBox.Tests.Ota.Images;

namespace JamBox.Bench.Tests.Patches;

/// <summary>The patch commands as they are typed.</summary>
public sealed class PatchCommandTests : IDisposable
{
    private readonly string _folder = Directory.CreateTempSubdirectory("jambox-bench-").FullName;
    private readonly TestTerminal _terminal = new();

    public PatchCommandTests()
    {
        File.WriteAllBytes(PathOf("old"), ImageBuilder.Firmware("6.0.0"));
        File.WriteAllBytes(PathOf("new"), ImageBuilder.Firmware("6.1.0", codeBytes: 4100));
    }

    public void Dispose() => Directory.Delete(_folder, recursive: true);

    [Theory]
    [InlineData("L", "LZMA")]
    [InlineData("H", "heatshrink 1")]
    [InlineData("E", "heatshrink 8/7")]
    public async Task WhatIsMadeIsApplied(string profile, string compression)
    {
        foreach (string from in (string[])[PathOf("old"), "-"])
        {
            await RunAsync("patch", "make", from, PathOf("new"), PathOf("patch"), "--profile", profile);
            JsonElement info = JsonElement.Parse(await RunAsync("patch", "info", PathOf("patch"), "--json"));
            Assert.StartsWith(compression, info.GetProperty("compression").GetString(), StringComparison.Ordinal);
            Assert.Equal(new FileInfo(PathOf("new")).Length, info.GetProperty("image_size").GetInt64());
            Assert.Equal(profile == "E", info.GetProperty("base_sha256").ValueKind == JsonValueKind.String);
            await RunAsync("patch", "apply", from, PathOf("patch"), PathOf("made"));
            Assert.Equal(File.ReadAllBytes(PathOf("new")), File.ReadAllBytes(PathOf("made")));
        }
    }

    [Fact]
    public async Task MeasuringTellsOfEveryProfile()
    {
        JsonElement all = JsonElement.Parse(await RunAsync("patch", "measure", PathOf("old"), PathOf("new"), "--json"));
        Assert.Equal(["E", "H", "L", "R"], all.EnumerateArray().Select(one => one.GetProperty("profile").GetString()));
        Assert.All(all.EnumerateArray(), one => Assert.True(one.GetProperty("is_right").GetBoolean()));
    }

    [Fact]
    public async Task WhatCannotBeIsOneClearLine()
    {
        await RunAsync("patch", "make", PathOf("old"), PathOf("new"), PathOf("patch"));
        byte[] patch = File.ReadAllBytes(PathOf("patch"));
        File.WriteAllBytes(PathOf("cut"), patch[..^3]);
        await FailsAsync(1, "the patch is refused: Truncated", "patch", "apply", PathOf("old"), PathOf("cut"), PathOf("made"));
        Assert.False(File.Exists(PathOf("made")));
        await FailsAsync(1, "no patch of ours", "patch", "info", PathOf("old"));
        await FailsAsync(2, "none", "patch", "info", PathOf("none"));
        await FailsAsync(2, "--profile", "patch", "make", PathOf("old"), PathOf("new"), PathOf("patch"), "--profile", "Q");
    }

    [Fact]
    public void AHeaderOfNoiseIsRefusedOrRead()
    {
        const int Seed = 20261124;
        var random = new Random(Seed);
        for (int round = 0; round < 100_000; round++)
        {
            var noise = new byte[random.Next(80)];
            random.NextBytes(noise);
            if (noise.Length > 0)
            {
                noise[0] = random.Next(3) switch { 0 => 1, 1 => 4, _ => 0x10 };
            }

            if (noise.Length > 64 && noise[0] == 0x10)
            {
                ((ReadOnlySpan<byte>)[0x10, 0xDE, 0xCD, 0xFC]).CopyTo(noise);
            }

            try
            {
                Assert.InRange(PatchHeader.Read(noise).ImageSize, 0, 1L << 34);
            }
            catch (BenchException)
            {
                // As it should be.
            }
            catch (Exception e)
            {
                Assert.Fail($"round {round} of seed {Seed}: {e}");
            }
        }
    }

    private string PathOf(string name) => Path.Combine(_folder, name);

    private async Task<string> RunAsync(params string[] args)
    {
        _terminal.Clear();
        int code = await _terminal.RunAsync(args);
        Assert.True(code == 0, $"exit code {code}: {_terminal.Error}");
        return _terminal.Output;
    }

    private async Task FailsAsync(int code, string named, params string[] args)
    {
        _terminal.Clear();
        Assert.Equal(code, await _terminal.RunAsync(args));
        Assert.Single(_terminal.Error.Split('\n', StringSplitOptions.RemoveEmptyEntries));
        Assert.Contains(named, _terminal.Error, StringComparison.Ordinal);
    }
}
