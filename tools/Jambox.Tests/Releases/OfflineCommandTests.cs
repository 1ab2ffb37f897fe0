using System.CommandLine;
using System.Text.Json;
using JamBox.Bench.CommandLine;
using JamBox.Bench.Tests.Hosting;
using JamBox.Ota.Signing;
using JamBox.Tests.Ota.Images;

namespace JamBox.Bench.Tests.Releases;

/// <summary>The commands that need no server, as they are typed.</summary>
public sealed class OfflineCommandTests : IDisposable
{
    private const string PassPhrase = "correct horse battery";

    private readonly string _folder = Directory.CreateTempSubdirectory("jambox-bench-").FullName;
    private readonly TestTerminal _terminal = new();
    private readonly string _image;
    private readonly string _key;

    public OfflineCommandTests()
    {
        _image = Path.Combine(_folder, "Firmware.Atoms3.bin");
        _key = Path.Combine(_folder, "release.key");
        File.WriteAllBytes(_image, ImageBuilder.Firmware());
        _terminal.Environment["JAMBOX_KEY_PASSPHRASE"] = PassPhrase;
    }

    public void Dispose() => Directory.Delete(_folder, recursive: true);

    [Fact]
    public async Task KeygenSignVerify()
    {
        Assert.Equal(0, await _terminal.RunAsync("release", "keygen", "--out", _key, "--json"));
        string publicKey = JsonElement.Parse(_terminal.Output).GetProperty("public_key").GetString()!;
        Assert.Matches("^[0-9a-f]{128}$", publicKey);
        _terminal.Clear();
        Assert.Equal(0, await _terminal.RunAsync("release", "public-key", "--key", _key));
        Assert.Equal(publicKey, _terminal.Output.Trim());
        Assert.Equal(0, await _terminal.RunAsync("release", "sign", _image, "--version", "6.1.0", "--key", _key));
        string manifest = Path.Combine(_folder, "Firmware.Atoms3.manifest");
        var made = ReleaseManifest.Parse(File.ReadAllBytes(manifest));
        Assert.Equal(("6.1.0", 60100, "atoms3-nb1", 0x1234ABCDu), (made.Version, made.Sequence, made.HardwareId, made.NativeChecksum));
        _terminal.Clear();
        Assert.Equal(0, await _terminal.RunAsync("release", "verify", manifest, _image, "--public-key", publicKey));
        Assert.StartsWith("right: 6.1.0 (sequence 60100) for atoms3-nb1", _terminal.Output, StringComparison.Ordinal);
        Assert.Empty(_terminal.Error);
    }

    [Fact]
    public async Task VerifyFindsEveryFault()
    {
        await _terminal.RunAsync("release", "keygen", "--out", _key, "--no-pass-phrase");
        await _terminal.RunAsync("release", "sign", _image, "--version", "6.1.0", "--key", _key);
        string manifest = Path.Combine(_folder, "Firmware.Atoms3.manifest");
        using var other = ReleaseKey.Create();
        await FailsAsync(1, "another key made it", "release", "verify", manifest, _image, "--public-key", other.Public.Hex);
        using var own = ReleaseKey.Load(_key, () => PassPhrase);
        byte[] bytes = File.ReadAllBytes(manifest);
        File.WriteAllBytes(manifest, [.. bytes[..84], .. new byte[64]]);
        await FailsAsync(1, "is not signed", "release", "verify", manifest, _image, "--public-key", own.Public.Hex);
        File.WriteAllBytes(manifest, bytes[..100]);
        await FailsAsync(1, "is no manifest", "release", "verify", manifest, _image, "--public-key", own.Public.Hex);
        File.WriteAllBytes(manifest, bytes);
        File.WriteAllBytes(_image, ImageBuilder.Firmware(seed: 5));
        await FailsAsync(1, "another SHA-256", "release", "verify", manifest, _image, "--public-key", own.Public.Hex);
        await FailsAsync(2, "--public-key", "release", "verify", manifest, _image, "--public-key", "1234");
    }

    [Fact]
    public async Task ThePassPhraseIsTypedTwiceAndNeverShown()
    {
        _terminal.Environment.Clear();
        _terminal.Secrets.Enqueue(PassPhrase);
        _terminal.Secrets.Enqueue("something else");
        await FailsAsync(2, "differ", "release", "keygen", "--out", _key);
        Assert.False(File.Exists(_key));
        _terminal.Secrets.Enqueue("short");
        await FailsAsync(2, "at least 8", "release", "keygen", "--out", _key);
        await FailsAsync(2, "JAMBOX_KEY_PASSPHRASE is not set", "release", "keygen", "--out", _key);
        _terminal.Secrets.Enqueue(PassPhrase);
        _terminal.Secrets.Enqueue(PassPhrase);
        Assert.Equal(0, await _terminal.RunAsync("release", "keygen", "--out", _key));
        string written = File.ReadAllText(_key);
        await FailsAsync(2, "is there already", "release", "keygen", "--out", _key);
        Assert.Equal(written, File.ReadAllText(_key));
        _terminal.Secrets.Enqueue("wrong phrase");
        await FailsAsync(2, "wrong pass phrase", "release", "sign", _image, "--version", "6.1.0", "--key", _key);
        Assert.DoesNotContain(PassPhrase, _terminal.Output + _terminal.Error, StringComparison.Ordinal);
        Assert.DoesNotContain("PRIVATE KEY-----", _terminal.Output + _terminal.Error, StringComparison.Ordinal);
    }

    [Fact]
    public async Task InspectShowsWhatIsInside()
    {
        Assert.Equal(0, await _terminal.RunAsync("release", "inspect", _image));
        Assert.Contains("JamBox.Interop", _terminal.Output, StringComparison.Ordinal);
        Assert.Contains("1.17.11.0", _terminal.Output, StringComparison.Ordinal);
        Assert.Contains("Native checksum  1234abcd", _terminal.Output, StringComparison.Ordinal);
        _terminal.Clear();
        Assert.Equal(0, await _terminal.RunAsync("release", "inspect", _image, "--json"));
        JsonElement json = JsonElement.Parse(_terminal.Output);
        Assert.Equal(new FileInfo(_image).Length, json.GetProperty("length").GetInt64());
        Assert.Equal("1234abcd", json.GetProperty("native_checksum").GetString());
        Assert.Equal(
            ["mscorlib", "JamBox.Interop", "Firmware.Atoms3"],
            json.GetProperty("assemblies").EnumerateArray().Select(a => a.GetProperty("name").GetString()));
        File.WriteAllBytes(_image, [1, 2, 3]);
        await FailsAsync(1, "does not begin with a .pe assembly", "release", "inspect", _image);
        await FailsAsync(2, "there is no such file", "release", "inspect", Path.Combine(_folder, "none"));
    }

    [Fact]
    public async Task DoubtsAreSaid()
    {
        await _terminal.RunAsync("release", "keygen", "--out", _key, "--no-pass-phrase");
        Assert.Equal(0, await _terminal.RunAsync("release", "sign", _image, "--version", "6.2.0", "--key", _key));
        Assert.Contains("the text 6.2.0 is nowhere in this image", _terminal.Error, StringComparison.Ordinal);
        if (!OperatingSystem.IsWindows())
        {
            Assert.DoesNotContain("may read", _terminal.Error, StringComparison.Ordinal);
            File.SetUnixFileMode(_key, UnixFileMode.UserRead | UnixFileMode.UserWrite | UnixFileMode.GroupRead);
            Assert.Equal(0, await _terminal.RunAsync("release", "public-key", "--key", _key));
            Assert.Contains("others on this machine may read", _terminal.Error, StringComparison.Ordinal);
            File.SetUnixFileMode(_key, UnixFileMode.UserRead | UnixFileMode.UserWrite);
        }

        await FailsAsync(2, "--seq is needed", "release", "sign", _image, "--version", "6.2.0-rc1", "--key", _key);
        await FailsAsync(2, "--seq is needed", "release", "sign", _image, "--version", "6.100.0", "--key", _key);
    }

    [Theory]
    [InlineData("release sign x.bin", "--version")]
    [InlineData("release frobnicate", "frobnicate")]
    [InlineData("release verify a", "--public-key")]
    [InlineData("release sign IMAGE --version 6.1.0 --seq many", "many")]
    [InlineData("release sign IMAGE --version 6.1.0 --key /nowhere/release.key", "keygen")]
    [InlineData("release publish IMAGE --version 6.1.0", "release.key")]
    [InlineData("release list --server ftp://x", "ftp://x")]
    [InlineData("release list --server http://user:secret@localhost", "--server")]
    [InlineData("release list", "JAMBOX_ADMIN_KEY")]
    [InlineData("release rollout create 6.1.0 --stages 50,25", "--stages")]
    [InlineData("release rollout create 6.1.0 --stages 0", "--stages")]
    [InlineData("release rollout create 6.1.0 --stages 101", "--stages")]
    [InlineData("release rollout create 6.1.0 --stages 10,,20", "--stages")]
    [InlineData("release rollout create 6.1.0 --canary JBNB0001,,", "--canary")]
    [InlineData("release rollout create 6.1.0 --window 22-5", "--window")]
    [InlineData("release rollout create 6.1.0 --window 22:00-22:00", "--window")]
    [InlineData("release rollout create 6.1.0 --time-zone Europe/Berlin", "--window")]
    [InlineData("release rollout create 6.1.0 --start-at tomorrow", "tomorrow")]
    [InlineData("release watch seven", "seven")]
    public async Task BadInputIsOneClearLine(string line, string named) =>
        await FailsAsync(2, named, line.Replace("IMAGE", _image, StringComparison.Ordinal).Split(' '));

    [Fact]
    public async Task EveryCommandExplainsItselfWithAnExample()
    {
        string[] paths = [.. Paths("release"), .. Paths("patch"), .. Paths("deployment")];
        Assert.True(paths.Length > 20);
        foreach (string path in paths)
        {
            _terminal.Clear();
            Assert.Equal(0, await _terminal.RunAsync([.. path.Split(' '), "--help"]));
            Assert.Contains("Exit codes:", _terminal.Output, StringComparison.Ordinal);
            string example = _terminal.Output.Split('\n').SkipWhile(line => !line.StartsWith("Example:", StringComparison.Ordinal)).Skip(1)
                .FirstOrDefault("").Trim();
            Assert.StartsWith($"jambox {path}", example, StringComparison.Ordinal);
            Assert.Empty(CommandLineInterface.Root(_terminal.Make()).Parse(example["jambox ".Length..]).Errors);
        }
    }

    private async Task FailsAsync(int code, string named, params string[] args)
    {
        _terminal.Clear();
        Assert.Equal(code, await _terminal.RunAsync(args));
        Assert.Single(_terminal.Error.Split('\n', StringSplitOptions.RemoveEmptyEntries));
        Assert.Contains(named, _terminal.Error, StringComparison.Ordinal);
    }

    /// <summary>All commands that do something.</summary>
    private static IEnumerable<string> Paths(string path)
    {
        Command command = CommandLineInterface.Root(new TestTerminal().Make());
        foreach (string word in path.Split(' '))
        {
            command = command.Subcommands.Single(c => c.Name == word);
        }

        return command.Subcommands.Count == 0 ? [path] : command.Subcommands.SelectMany(c => Paths($"{path} {c.Name}"));
    }
}
