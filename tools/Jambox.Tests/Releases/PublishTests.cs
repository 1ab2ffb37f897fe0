using System.Text.Json;
using JamBox.Bench.Server;
using JamBox.Bench.Tests.Hosting;
using JamBox.Tests.Ota.Images;

namespace JamBox.Bench.Tests.Releases;

/// <summary><c>release publish</c>, <c>list</c> and <c>status</c> against the real backend.</summary>
public sealed class PublishTests : OnlineTest
{
    [Fact]
    public async Task ARepeatDoesNothingTwice()
    {
        string image = Write(New, "firmware.bin");
        string[] line = ["release", "publish", image, "--version", "6.1.0", "--key", Key, "--notes", "Counts faster"];
        string first = await RunAsync(line);
        Assert.Contains("6.1.0 uploaded", first, StringComparison.Ordinal);
        Assert.Contains("signed manifest put", first, StringComparison.Ordinal);
        string second = await RunAsync(line);
        Assert.Contains("is on the server already", second, StringComparison.Ordinal);
        Assert.Contains("manifest is there already", second, StringComparison.Ordinal);
        Assert.Contains("signed manifest put", await RunAsync([.. line, "--sign-again"]), StringComparison.Ordinal);
        JsonElement list = JsonElement.Parse(await RunAsync("release", "list", "--json"));
        JsonElement only = Assert.Single(list.EnumerateArray());
        Assert.True(only.GetProperty("is_signed").GetBoolean());
        Assert.Equal(60100, only.GetProperty("seq").GetInt32());
        Assert.Equal("Counts faster", only.GetProperty("notes").GetString());
        Assert.Contains("Counts faster", await RunAsync("release", "list"), StringComparison.Ordinal);
    }

    [Fact]
    public async Task FillingDoesNotReachTheServer()
    {
        await RunAsync(
            "release", "publish", Write([.. New, .. Enumerable.Repeat((byte)0xFF, 3000)], "padded.bin"), "--version", "6.1.0", "--key",
            Key);
        JsonElement list = JsonElement.Parse(await RunAsync("release", "list", "--json"));
        Assert.Equal(New.Length, Assert.Single(list.EnumerateArray()).GetProperty("size").GetInt32());
    }

    [Fact]
    public async Task PatchesFromWhatTheFleetRunsAreWaitedFor()
    {
        await PublishAsync(Old, "6.0.0");
        using SimulatedBox box = await Backend.RegisterAsync("JBNB0001", Old, "6.0.0", 60000, PublicKey);
        await box.CheckAsync();
        string output = await RunAsync("release", "publish", Write(New, "new.bin"), "--version", "6.1.0", "--key", Key);
        Assert.Contains("patch from 6.0.0, profile L", output, StringComparison.Ordinal);
        JsonElement result = JsonElement.Parse(
            await RunAsync("release", "publish", Write(New, "new.bin"), "--version", "6.1.0", "--key", Key, "--json"));
        JsonElement[] patches = [.. result.GetProperty("patches").EnumerateArray()];
        Assert.Contains(
            patches, patch => patch.GetProperty("base").GetString() == "6.0.0" && patch.GetProperty("state").GetString() == "ready");
        Assert.All(patches, patch => Assert.Contains(patch.GetProperty("state").GetString(), (string[])["ready", "useless"]));
    }

    [Fact]
    public async Task WhatContradictsTheServerIsRefused()
    {
        await PublishAsync(New, "6.1.0");
        string other = Write(ImageBuilder.Firmware("6.1.0", seed: 9), "other.bin");
        await FailsAsync(1, "raise both", "release", "publish", other, "--version", "6.1.0", "--key", Key);
        await FailsAsync(
            1, "raise both", "release", "publish", other, "--version", "6.2.0", "--seq", "60100", "--key", Key, "--other-version");
        string stranger = Path.Combine(Path.GetDirectoryName(Key)!, "stranger.key");
        await RunAsync("release", "keygen", "--out", stranger, "--no-pass-phrase");
        await FailsAsync(1, "Ota:PublicKey", "release", "publish", other, "--version", "6.3.0", "--key", stranger, "--other-version");
        Assert.Single(JsonElement.Parse(await RunAsync("release", "list", "--json")).EnumerateArray());
        Terminal.Environment["JAMBOX_ADMIN_KEY"] = "not-the-key";
        await FailsAsync(3, "did not take the admin key", "release", "list");
        Terminal.Environment["JAMBOX_SERVER"] = "http://127.0.0.1:1";
        await FailsAsync(3, "cannot reach http://127.0.0.1:1/", "release", "list");
    }

    [Fact]
    public async Task WhatIsProbablyAMistakeIsAskedOrRefusedBeforeItIsUploaded()
    {
        await PublishAsync(New, "6.1.0");
        string later = Write(ImageBuilder.Firmware("6.2.0"), "later.bin");
        string[] jump = ["release", "publish", later, "--version", "6.2.0", "--seq", "602000", "--key", Key];
        await FailsAsync(2, "--sequence-jump", jump);
        Terminal.Yes = false;
        await FailsAsync(1, "nothing was changed", jump);
        Terminal.Yes = null;
        await FailsAsync(1, "--other-version", "release", "publish", later, "--version", "6.3.0", "--key", Key);
        Assert.Single(JsonElement.Parse(await RunAsync("release", "list", "--json")).EnumerateArray());
        await RunAsync([.. jump, "--sequence-jump"]);
        await RunAsync(
            "release", "publish", Write(ImageBuilder.Firmware("x"), "x.bin"), "--version", "6.0.9", "--seq", "60009", "--key", Key,
            "--other-version");
    }

    [Fact]
    public async Task ListsAreReadToTheirEnd()
    {
        for (int patch = 1; patch <= 5; patch++)
        {
            string version = $"6.1.{patch}";
            await RunAsync(
                "release", "publish", Write(ImageBuilder.Firmware(version, codeBytes: 40), $"{version}.bin"), "--version", version,
                "--key", Key, "--no-wait");
        }

        using var client = new BackendClient(Backend.Address, TestBackend.AdminKey);
        List<BuildRow> rows = await client.ListAsync<BuildRow>("api/ota/firmware?hw=atoms3-nb1", CancellationToken.None, pageRows: 2);
        Assert.Equal(["6.1.5", "6.1.4", "6.1.3", "6.1.2", "6.1.1"], rows.Select(row => row.Version));
    }

    [Fact]
    public async Task OnATerminalItDrawsAndEndsTheSame()
    {
        await PublishAsync(Old, "6.0.0");
        using SimulatedBox box = await Backend.RegisterAsync("JBNB0001", Old, "6.0.0", 60000, PublicKey);
        await box.CheckAsync();
        Terminal.IsLive = true;
        string output = await RunAsync("release", "publish", Write(New, "new.bin"), "--version", "6.1.0", "--key", Key);
        Assert.Contains("100 %", output, StringComparison.Ordinal);
        Assert.Contains("published.", output, StringComparison.Ordinal);
    }
}
