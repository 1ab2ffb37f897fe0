using System.IO.Compression;
using System.Text.Json;
using JamBox.Bench.Tests.Hosting;
using JamBox.Ota.Signing;

namespace JamBox.Bench.Tests.Deployments;

/// <summary><c>deployment publish</c> against the real backend.</summary>
public sealed class PublishPackageTests : IAsyncLifetime
{
    private readonly string _folder = Directory.CreateTempSubdirectory("jambox-publish-").FullName;
    private TestBackend _backend = null!;
    private TestTerminal _terminal = null!;

    private string Key => Path.Combine(_folder, "release.key");

    public async Task InitializeAsync()
    {
        using var key = ReleaseKey.Create();
        key.Save(Key, null);
        _backend = await TestBackend.StartAsync($"--Ota:PublicKey={key.Public.Hex}");
        _terminal = _backend.Terminal();
    }

    public async Task DisposeAsync()
    {
        await _backend.DisposeAsync();
        Directory.Delete(_folder, recursive: true);
    }

    [Fact]
    public async Task APackageIsPublishedOnce()
    {
        string package = await PackAsync("1.2.3", bytes: 3_000_000);
        string first = await RunAsync("deployment", "publish", package);
        Assert.Contains("1.2.3 published as ", first, StringComparison.Ordinal);
        Assert.Empty(_terminal.Error);
        string second = await RunAsync("deployment", "publish", package);
        Assert.Contains("nothing to upload", second, StringComparison.Ordinal);
        Assert.Contains("--again", second, StringComparison.Ordinal);
        Assert.Contains("1.2.3 published as ", await RunAsync("deployment", "publish", package, "--again"), StringComparison.Ordinal);
        JsonElement row = (await ListAsync()).EnumerateArray().Single();
        Assert.True(row.GetProperty("published").GetBoolean());
        Assert.Equal("release", row.GetProperty("signed").GetString());
    }

    /// <summary>As after a restore of the backend's storage without its packages: what it lists it cannot hand out.</summary>
    [Fact]
    public async Task APackageWithoutItsFileIsUploadedAgain()
    {
        string package = await PackAsync("1.2.3");
        await RunAsync("deployment", "publish", package);
        File.Delete(Assert.Single(Directory.GetFiles(_backend.PackageFolder)));
        string again = await RunAsync("deployment", "publish", package);
        Assert.Contains("1.2.3 published as ", again, StringComparison.Ordinal);
        Assert.DoesNotContain("nothing to upload", again, StringComparison.Ordinal);
        Assert.Single(Directory.GetFiles(_backend.PackageFolder));
        Assert.Equal([true, false], (await ListAsync()).EnumerateArray().Select(static row => row.GetProperty("hasFile").GetBoolean()));
        Assert.Contains("nothing to upload", await RunAsync("deployment", "publish", package), StringComparison.Ordinal);
    }

    [Fact]
    public async Task ItIsStoredFirstAndPublishedLater()
    {
        string package = await PackAsync("2.0");
        Assert.Contains(
            "stored, not published", await RunAsync("deployment", "publish", package, "--targets", "none"), StringComparison.Ordinal);
        JsonElement json = JsonElement.Parse(await RunAsync(
            "deployment", "publish", package, "--targets", "all", "--stages", "10,50,100", "--wait-minutes", "5", "--max-failures", "0",
            "--json"));
        Assert.True(json.GetProperty("published").GetBoolean());
        JsonElement rollout = (await ListAsync()).EnumerateArray().Single().GetProperty("rollout");
        Assert.Equal(
            [10, 50, 100], rollout.GetProperty("stages").EnumerateArray().Select(static one => one.GetProperty("percent").GetInt32()));
        Assert.Equal(5, rollout.GetProperty("waitMinutes").GetInt32());
        Assert.Equal(0, rollout.GetProperty("maxFailures").GetInt32());
    }

    [Fact]
    public async Task AnUploadIsShownWhileItGoes()
    {
        string package = await PackAsync("3.0", bytes: 4_000_000);
        _terminal.IsLive = true;
        string shown = await RunAsync("deployment", "publish", package);
        Assert.Contains("upload", shown, StringComparison.Ordinal);
        Assert.Contains("100 %", shown, StringComparison.Ordinal);
    }

    [Fact]
    public async Task PackagesOfTheOldSystemNeedAVersion()
    {
        Directory.CreateDirectory(Path.Combine(_folder, "old"));
        File.WriteAllText(Path.Combine(_folder, "old", "deploy.sh"), "#!/bin/sh\n");
        string package = Path.Combine(_folder, "old.zip");
        ZipFile.CreateFromDirectory(Path.Combine(_folder, "old"), package);
        await FailsAsync(2, "--version is needed", "deployment", "publish", package);
        Assert.Contains(
            "2025.1 published", await RunAsync("deployment", "publish", package, "--version", "2025.1"), StringComparison.Ordinal);
        Assert.Contains("is not signed", _terminal.Error, StringComparison.Ordinal);
    }

    [Fact]
    public async Task WhatIsWrongIsOneClearLine()
    {
        string package = await PackAsync("4.0");
        await FailsAsync(2, "--targets everybody", "deployment", "publish", package, "--targets", "everybody");
        await FailsAsync(2, "--targets places=x", "deployment", "publish", package, "--targets", "places=x");
        await FailsAsync(2, "--stages", "deployment", "publish", package, "--stages", "10;100");
        await FailsAsync(2, "no stages", "deployment", "publish", package, "--targets", "none", "--stages", "100");
        await FailsAsync(1, "targets", "deployment", "publish", package, "--stages", "100,10");
        await FailsAsync(2, "says that it is 4.0", "deployment", "publish", package, "--version", "4.1");
        Assert.Empty((await ListAsync()).EnumerateArray());
        await FailsAsync(1, "no gateway was told", "deployment", "publish", package, "--targets", "gateways=nobody-1");
        Assert.Single((await ListAsync()).EnumerateArray());
        File.WriteAllBytes(package, [1, 2, 3]);
        await FailsAsync(1, "no zip", "deployment", "publish", package);
        _terminal.Environment["JAMBOX_SERVER"] = "http://127.0.0.1:1";
        await FailsAsync(3, "cannot reach", "deployment", "publish", await PackAsync("5.0"));
        _terminal.Environment["JAMBOX_SERVER"] = _backend.Address.ToString();
        _terminal.Environment["JAMBOX_ADMIN_KEY"] = "wrong";
        await FailsAsync(3, "did not take the admin key", "deployment", "publish", Path.Combine(_folder, "5.0.zip"));
    }

    [Fact]
    public async Task AServerWithoutRoomSaysWhatToDo()
    {
        await using TestBackend small = await TestBackend.StartAsync("--Deployments:QuotaMB=1");
        _terminal.Environment["JAMBOX_SERVER"] = small.Address.ToString();
        await FailsAsync(3, "Deployments:QuotaMB", "deployment", "publish", await PackAsync("6.0", bytes: 2_000_000));
    }

    private async Task<JsonElement> ListAsync() =>
        JsonElement.Parse(await _backend.Admin.GetStringAsync(new Uri("/api/deployments", UriKind.Relative)));

    private async Task<string> PackAsync(string version, int bytes = 1000)
    {
        string app = Path.Combine(_folder, $"app-{version}");
        Directory.CreateDirectory(app);
        byte[] noise = new byte[bytes];
        new Random(bytes).NextBytes(noise);
        File.WriteAllBytes(Path.Combine(app, "data.bin"), noise);
        string package = Path.Combine(_folder, $"{version}.zip");
        await RunAsync("deployment", "pack", "--version", version, "--add", app, "--key", Key, "--out", package);
        return package;
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
        Assert.Contains(named, _terminal.Error.Split('\n', StringSplitOptions.RemoveEmptyEntries)[^1], StringComparison.Ordinal);
    }
}
