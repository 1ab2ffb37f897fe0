using System.IO.Compression;
using System.Text.Json;
using JamBox.Bench.Tests.Hosting;
using JamBox.Deployments;
using JamBox.Ota.Signing;

namespace JamBox.Bench.Tests.Deployments;

/// <summary><c>deployment pack</c> and <c>inspect</c>: what goes into a package, and what is refused.</summary>
public sealed class PackTests : IDisposable
{
    private readonly string _folder = Directory.CreateTempSubdirectory("jambox-pack-").FullName;
    private readonly TestTerminal _terminal = new();

    public PackTests()
    {
        using var key = ReleaseKey.Create();
        key.Save(Key, null);
        File.WriteAllText(PublicKey, key.Public.Hex);
        Write("app/bin/tool", "#!/bin/sh\n");
        Write("app/readme.txt", "hello");
        Write("deploy.sh", "#!/bin/sh\n");
        Write("modules/versions.json", """{"wired":{"relay":"2.0.1"},"sensor":"1.4.0"}""");
        Write("modules/wired/relay/firmware.bin", new string('r', 3000));
        Write("modules/wireless/sensor/firmware.bin", new string('s', 3000));
        Write("edge-agent", "an agent");
        if (!OperatingSystem.IsWindows())
        {
            File.SetUnixFileMode(At("app/bin/tool"), UnixFileMode.UserRead | UnixFileMode.UserWrite | UnixFileMode.UserExecute);
        }
    }

    private string Key => At("release.key");

    private string PublicKey => At("release.pub");

    private string Package => At("package.zip");

    public void Dispose() => Directory.Delete(_folder, recursive: true);

    [Fact]
    public async Task EverythingIsPackedAndSigned()
    {
        string output = await RunAsync(
            "deployment", "pack", "--version", "1.2.3", "--deploy-sh", At("deploy.sh"), "--health-sh", At("deploy.sh"), "--add", At("app"),
            "--firmware", At("modules"), "--agent", $"linux-x64={At("edge-agent")}", "--agent", $"win-x64={At("edge-agent")}",
            "--agent-version", "3.0", "--key", Key, "--out", Package);
        Assert.Contains("10 files", output, StringComparison.Ordinal);
        using FileStream file = File.OpenRead(Package);
        PackageContents contents = PackageInspector.Inspect(file);
        Assert.Equal(
            [
                "agent/linux-x64/edge-agent", "agent/version.txt", "agent/win-x64/edge-agent.exe", "bin/tool", "deploy.sh",
                "firmware/versions.json", "firmware/wired/relay/firmware.bin", "firmware/wireless/sensor/firmware.bin", "health.sh",
                "readme.txt",
            ],
            contents.Files.Select(static one => one.Path));
        string[] executable = [.. contents.Files.Where(static one => one.IsExecutable).Select(static one => one.Path)];
        Assert.Equal(
            OperatingSystem.IsWindows()
                ? ["agent/linux-x64/edge-agent", "agent/win-x64/edge-agent.exe", "deploy.sh", "health.sh"]
                : ["agent/linux-x64/edge-agent", "agent/win-x64/edge-agent.exe", "bin/tool", "deploy.sh", "health.sh"],
            executable);
        Assert.Equal("1.2.3", contents.Manifest!.Version);
        Assert.Equal(PackageTrust.Release, contents.FindTrust([Signing.PublicKeyOf(Key)]));
        Assert.Empty(_terminal.Error);
    }

    // Old fault: secrets in ".env" in the package.
    [Theory]
    [InlineData(".env")]
    [InlineData(".env.production")]
    [InlineData("release.key")]
    [InlineData("agent.secrets")]
    [InlineData("id_ed25519")]
    public async Task SecretsAreNotPacked(string name)
    {
        File.WriteAllText(Path.Combine(At("app"), name), "PASSWORD=1");
        await FailsAsync(
            2, "has secrets by its name", "deployment", "pack", "--version", "1", "--add", At("app"), "--key", Key, "--out", Package);
        Assert.False(File.Exists(Package));
    }

    [Fact]
    public async Task TheSameInputGivesTheSamePackage()
    {
        _terminal.Environment["SOURCE_DATE_EPOCH"] = "1795888800";
        foreach (string name in (string[])["one.zip", "two.zip"])
        {
            await RunAsync("deployment", "pack", "--version", "1", "--add", At("app"), "--key", Key, "--out", At(name));
        }

        Assert.Equal(ManifestOf(At("one.zip")), ManifestOf(At("two.zip")));
        Assert.Contains("\"made\":\"2026-11-28T18:00:00Z\"", ManifestOf(At("one.zip")), StringComparison.Ordinal);
        _terminal.Environment["SOURCE_DATE_EPOCH"] = "yesterday";
        await FailsAsync(
            2, "SOURCE_DATE_EPOCH", "deployment", "pack", "--version", "1", "--add", At("app"), "--key", Key, "--out", Package);
    }

    [Fact]
    public async Task InspectShowsWhatIsInsideAndWhoSignedIt()
    {
        await RunAsync("deployment", "pack", "--version", "1.2.3", "--add", At("app"), "--key", Key, "--out", Package);
        string shown = await RunAsync("deployment", "inspect", Package, "--public-key", PublicKey);
        Assert.Contains("bin/tool", shown, StringComparison.Ordinal);
        Assert.Contains("Version    1.2.3, made ", shown, StringComparison.Ordinal);
        Assert.Contains(": right", shown, StringComparison.Ordinal);
        JsonElement json = JsonElement.Parse(await RunAsync("deployment", "inspect", Package, "--json"));
        Assert.Equal(2, json.GetProperty("files").GetArrayLength());
        Assert.Equal(JsonValueKind.Null, json.GetProperty("is_right").ValueKind);

        using var other = ReleaseKey.Create();
        await FailsAsync(1, "not by", "deployment", "inspect", Package, "--public-key", other.Public.Hex);
        byte[] bytes = File.ReadAllBytes(Package);

        // In the list, behind its header.
        bytes[80] ^= 1;
        File.WriteAllBytes(Package, bytes);
        await FailsAsync(1, Package, "deployment", "inspect", Package);
        await FailsAsync(2, "deployment pack", "deployment", "inspect", At("none.zip"));
    }

    [Fact]
    public async Task WhatIsNotSignedIsShownAndSaid()
    {
        ZipFile.CreateFromDirectory(At("app"), Package);
        Assert.Contains("Signature  none", await RunAsync("deployment", "inspect", Package), StringComparison.Ordinal);
        await FailsAsync(1, "is not signed", "deployment", "inspect", Package, "--public-key", PublicKey);
    }

    [Fact]
    public async Task ImagesWithoutVersionsAndVersionsWithoutImagesAreRefused()
    {
        Write("modules/wired/door/firmware.bin", "d");
        await FirmwareFailsAsync(2, "no version of wired/door");
        Directory.Delete(At("modules/wired/door"), recursive: true);
        Directory.Delete(At("modules/wired/relay"), recursive: true);
        await FirmwareFailsAsync(2, "wired/relay/firmware.bin");
        Directory.CreateDirectory(At("modules/wired/relay"));
        await FirmwareFailsAsync(2, "wired/relay has no firmware.bin");
        Write("modules/wired/relay/firmware.bin", "r");
        Write("modules/serial/x/firmware.bin", "x");
        await FirmwareFailsAsync(2, "wired and wireless");
        Directory.Delete(At("modules/serial"), recursive: true);
        Write("modules/versions.json", "{\"wired\":7}");
        await FirmwareFailsAsync(1, "versions.json");
        File.Delete(At("modules/versions.json"));
        await FirmwareFailsAsync(2, "no versions.json");

        async Task FirmwareFailsAsync(int code, string named)
        {
            await FailsAsync(
                code, named, "deployment", "pack", "--version", "1", "--firmware", At("modules"), "--key", Key, "--out", Package);
            Assert.False(File.Exists(Package));
        }
    }

    [Fact]
    public async Task BadInputIsOneClearLineAndLeavesNoPackage()
    {
        await PackFailsAsync(2, "nothing to pack");
        await PackFailsAsync(2, "no such file", "--deploy-sh", At("none.sh"));
        await PackFailsAsync(2, "is a folder", "--deploy-sh", At("app"));
        await PackFailsAsync(2, "no such folder", "--add", At("none"));
        await PackFailsAsync(2, "linux-arm64", "--agent", $"mips={At("edge-agent")}");
        await PackFailsAsync(2, "linux-arm64", "--agent", At("edge-agent"));
        await PackFailsAsync(1, "deploy.sh", "--deploy-sh", At("deploy.sh"), "--add", _folder);
        Directory.CreateDirectory(At("empty"));
        await PackFailsAsync(2, "is empty", "--add", At("empty"));
        Write("taken/deployment.json", "{}");
        await PackFailsAsync(1, "is made by packing", "--add", At("taken"));
        if (!OperatingSystem.IsWindows())
        {
            File.CreateSymbolicLink(At("app/passwd"), "/etc/passwd");
            await PackFailsAsync(2, "is a link", "--add", At("app"));
            File.Delete(At("app/passwd"));
            File.CreateSymbolicLink(At("app/up"), "..");
            await PackFailsAsync(2, "is a link", "--add", At("app"));
            File.Delete(At("app/up"));
        }

        await FailsAsync(2, "1 to 40", "deployment", "pack", "--version", "a/b", "--add", At("app"), "--key", Key);
        await FailsAsync(
            2, "keygen", "deployment", "pack", "--version", "1", "--add", At("app"), "--key", At("none.key"), "--out", Package);
        await FailsAsync(2, "--version", "deployment", "pack", "--add", At("app"));
        Write("package.zip", "mine");
        await PackFailsAsync(2, "is there already", "--add", At("app"));
        Assert.Equal("mine", File.ReadAllText(Package));

        async Task PackFailsAsync(int code, string named, params string[] more)
        {
            await FailsAsync(code, named, ["deployment", "pack", "--version", "1", "--key", Key, "--out", Package, .. more]);
            Assert.True(!File.Exists(Package) || named == "is there already");
        }
    }

    private static string ManifestOf(string package)
    {
        using ZipArchive archive = ZipFile.OpenRead(package);
        using StreamReader reader = new(archive.GetEntry("deployment.json")!.Open());
        return reader.ReadToEnd();
    }

    private string At(string path) => Path.Combine(_folder, path);

    private void Write(string path, string text)
    {
        Directory.CreateDirectory(Path.GetDirectoryName(At(path))!);
        File.WriteAllText(At(path), text);
    }

    private async Task<string> RunAsync(params string[] args)
    {
        _terminal.Clear();
        int code = await _terminal.RunAsync(args);
        Assert.True(code == 0, _terminal.Error);
        return _terminal.Output;
    }

    private async Task FailsAsync(int code, string named, params string[] args)
    {
        _terminal.Clear();
        int ended = await _terminal.RunAsync(args);
        Assert.True(code == ended, $"{ended}: {_terminal.Error}");
        Assert.Single(_terminal.Error.Split('\n', StringSplitOptions.RemoveEmptyEntries));
        Assert.Contains(named, _terminal.Error, StringComparison.Ordinal);
    }

    private static class Signing
    {
        public static PublicKey PublicKeyOf(string path)
        {
            using var key = ReleaseKey.Load(path, static () => string.Empty);
            return key.Public;
        }
    }
}
