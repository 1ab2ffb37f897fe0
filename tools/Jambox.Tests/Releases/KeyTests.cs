using System.Text.Json;
using JamBox.Ota.Signing;

namespace JamBox.Bench.Tests.Releases;

/// <summary><c>release key</c> and <c>release floor</c> against the real backend.</summary>
public sealed class KeyTests : OnlineTest
{
    private string Next => Path.Combine(Path.GetDirectoryName(Key)!, "next.key");

    private string Recovery => Path.Combine(Path.GetDirectoryName(Key)!, "recovery.key");

    [Fact]
    public async Task AFleetMovesFromOneKeyToTheNext()
    {
        string next = await KeygenAsync(Next);
        string name = PublicKeyOf(next).Fingerprint;
        string old = PublicKeyOf(PublicKey).Fingerprint;
        await FailsAsync(1, "not trusted", "release", "key", "rotate", "--new", next, "--key", Next);
        Assert.Contains(
            $"Key-change record 0.1: {old} {name} trusted", await RunAsync("release", "key", "rotate", "--new", next, "--key", Key),
            StringComparison.Ordinal);
        await FailsAsync(1, "is trusted already", "release", "key", "rotate", "--new", next, "--key", Key);
        await RunAsync("release", "publish", Write(New, "new.bin"), "--version", "6.1.0", "--key", Next);

        await FailsAsync(2, "the key that stays", "release", "key", "revoke", old, "--key", Key);
        await FailsAsync(1, "is not trusted", "release", "key", "revoke", "ffff", "--key", Next);
        Assert.Contains(
            $"Key-change record 0.2: {name} trusted", await RunAsync("release", "key", "revoke", old, "--key", Next),
            StringComparison.Ordinal);
        await FailsAsync(
            1, "this key is none that", "release", "publish", Write(Newer, "newer.bin"), "--version", "6.2.0", "--key", Key);
        JsonElement status = JsonElement.Parse(await RunAsync("release", "key", "status", "--json"));
        Assert.Equal("0.2", status.GetProperty("name").GetString());
        Assert.Equal(name, Assert.Single(status.GetProperty("keys").EnumerateArray()).GetProperty("name").GetString());
        Assert.Contains(name, await RunAsync("release", "key", "status"), StringComparison.Ordinal);
    }

    [Fact]
    public async Task ARecoveryRecordIsMadeWithoutANetwork()
    {
        string recovery = await KeygenAsync(Recovery, "--recovery");
        string next = await KeygenAsync(Next);
        string record = Path.Combine(Path.GetDirectoryName(Key)!, "change.rec");
        string[] line = ["release", "key", "rotate", "--new", next, "--recovery", "--key", Recovery, "--after", "0.3"];
        await FailsAsync(2, "--out", line);
        Terminal.Environment["JAMBOX_SERVER"] = "http://127.0.0.1:1";
        await RunAsync([.. line, "--out", record]);
        var made = KeyChangeRecord.Parse(await File.ReadAllBytesAsync(record));
        Assert.Equal(("1.1", true), (made.Name, made.IsSignedBy(PublicKeyOf(recovery))));
        Assert.Equal([next], made.Keys.Select(static key => key.Hex));

        // This server does not know the recovery key.
        Terminal.Environment["JAMBOX_SERVER"] = Backend.Address.ToString();
        await FailsAsync(1, "Manufacturing:RecoveryKey", "release", "key", "put", record);
        await FailsAsync(2, "208 bytes", "release", "key", "put", Key);
    }

    [Fact]
    public async Task AFloorIsSetAndNeverLowered()
    {
        await PublishAsync(New, "6.1.0");
        Assert.Contains("There is no floor", await RunAsync("release", "floor", "status"), StringComparison.Ordinal);
        Assert.Contains(
            "Floor 0.1 of atoms3-nb1: nothing below 60100",
            await RunAsync("release", "floor", "set", "--min-sequence", "60100", "--expires", "90", "--key", Key),
            StringComparison.Ordinal);
        await FailsAsync(1, "never goes down", "release", "floor", "set", "--min-sequence", "60000", "--expires", "90", "--key", Key);
        await FailsAsync(2, "--yes", "release", "floor", "set", "--min-sequence", "99999", "--expires", "90", "--key", Key);
        await FailsAsync(2, "1 to 3660 days", "release", "floor", "set", "--min-sequence", "60100", "--expires", "0", "--key", Key);
        await RunAsync("release", "floor", "set", "--min-sequence", "60100", "--expires", "30", "--key", Key);
        JsonElement floor = Assert.Single(JsonElement.Parse(await RunAsync("release", "floor", "status", "--json")).EnumerateArray());
        Assert.Equal("0.2 60100", $"{floor.GetProperty("name").GetString()} {floor.GetProperty("minimum_sequence")}");
        Assert.Contains("nothing below 60100", await RunAsync("release", "floor", "status"), StringComparison.Ordinal);
    }

    private static PublicKey PublicKeyOf(string hex) => JamBox.Ota.Signing.PublicKey.Parse(hex);

    private async Task<string> KeygenAsync(string path, params string[] more) =>
        JsonElement.Parse(await RunAsync(["release", "keygen", "--out", path, "--no-pass-phrase", "--json", .. more]))
            .GetProperty("public_key").GetString()!;
}
