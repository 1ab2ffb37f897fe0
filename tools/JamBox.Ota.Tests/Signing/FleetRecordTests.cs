using System.Security.Cryptography;
using JamBox.Ota.Signing;

namespace JamBox.Tests.Ota.Signing;

/// <summary>
/// Key-change records and floors byte by byte, who may sign which, and noise. <c>JB_FUZZ_CASE</c> replays one round of the noise.
/// </summary>
public sealed class FleetRecordTests : IDisposable
{
    private const int Seed = 20261128;
    private const int Rounds = 30_000;

    private readonly ReleaseKey _first = ReleaseKey.Create();
    private readonly ReleaseKey _second = ReleaseKey.Create();
    private readonly ReleaseKey _recovery = ReleaseKey.Create();

    private FloorRecord Floor => FloorRecord.Of(
        "atoms3-nb1", 0, 3, 60100, DateTimeOffset.FromUnixTimeSeconds(1_800_000_000), DateTimeOffset.FromUnixTimeSeconds(1_807_776_000));

    private KeyTrust Trust => KeyTrust.Provisioned(_first.Public);

    public void Dispose()
    {
        _first.Dispose();
        _second.Dispose();
        _recovery.Dispose();
    }

    [Fact]
    public void TheLayoutOfAKeyChangeIsTheOneThatBoxesRead()
    {
        KeyChangeRecord record = KeyChangeRecord.Of(0x0102, 0x03040506, [_first.Public, _second.Public], isRecovery: true) with
        {
            Signature = [.. Enumerable.Range(1, 64).Select(i => (byte)i)],
        };
        string expected =
            "4a424b52" + "0100" + "0201" + "06050403" // "JBKR", format 1, epoch 0x0102, number 0x03040506
            + _first.Public.Hex + _second.Public.Hex
            + "01000000" // the recovery key signs
            + "0102030405060708090a0b0c0d0e0f101112131415161718191a1b1c1d1e1f20"
            + "2122232425262728292a2b2c2d2e2f303132333435363738393a3b3c3d3e3f40";
        Assert.Equal(expected, Convert.ToHexStringLower(record.ToBytes()));
        Assert.Equal("258.50595078", record.Name);
    }

    [Fact]
    public void TheLayoutOfAFloorIsTheOneThatBoxesRead()
    {
        FloorRecord floor = (Floor with { Epoch = 0x0102 }) with { Signature = [.. Enumerable.Range(1, 64).Select(i => (byte)i)] };
        const string Expected =
            "4a42464c" + "0100" + "0201" // "JBFL", format 1, epoch 0x0102
            + "61746f6d73332d6e6231000000000000" // "atoms3-nb1"
            + "03000000" + "c4ea0000" // number 3, minimum 60100
            + "00d2496b" + "0079c06b" // 1,800,000,000 and 90 days later
            + "0102030405060708090a0b0c0d0e0f101112131415161718191a1b1c1d1e1f20"
            + "2122232425262728292a2b2c2d2e2f303132333435363738393a3b3c3d3e3f40";
        Assert.Equal(Expected, Convert.ToHexStringLower(floor.ToBytes()));
    }

    [Fact]
    public void EverySignedBitAndEveryBitOfTheSignatureCounts()
    {
        KeyChangeRecord change = KeyChangeRecord.Of(0, 1, [_second.Public], isRecovery: false).Sign(_first);
        FloorRecord floor = Floor.Sign(_first);
        Assert.True(change.IsSignedBy(_first.Public));
        Assert.True(floor.IsSignedBy(_first.Public));
        AssertEveryBitCounts(change.ToBytes(), bytes => KeyChangeRecord.Parse(bytes).IsSignedBy(_first.Public));
        AssertEveryBitCounts(floor.ToBytes(), bytes => FloorRecord.Parse(bytes).IsSignedBy(_first.Public));
    }

    [Fact]
    public void ABoxAcceptsTheSignatures()
    {
        // As the box does it, with nothing of the tool's code.
        byte[] raw = Convert.FromHexString(_first.Public.Hex);
        using var box = ECDsa.Create(new ECParameters
        {
            Curve = ECCurve.NamedCurves.nistP256,
            Q = new ECPoint { X = raw[..32], Y = raw[32..] },
        });
        byte[] change = KeyChangeRecord.Of(0, 1, [_second.Public], isRecovery: false).Sign(_first).ToBytes();
        byte[] floor = Floor.Sign(_first).ToBytes();
        Assert.Equal((208, 104), (change.Length, floor.Length));
        Assert.True(box.VerifyData(
            change.AsSpan(0, 144), change.AsSpan(144), HashAlgorithmName.SHA256, DSASignatureFormat.IeeeP1363FixedFieldConcatenation));
        Assert.True(box.VerifyData(
            floor.AsSpan(0, 40), floor.AsSpan(40), HashAlgorithmName.SHA256, DSASignatureFormat.IeeeP1363FixedFieldConcatenation));
    }

    [Fact]
    public void AKeyIsNamedByTheHashOfItsBytes()
    {
        string hash = Convert.ToHexStringLower(SHA256.HashData(_first.Public.ToBytes()));
        Assert.Equal(hash[..4], _first.Public.Fingerprint);
    }

    [Fact]
    public void TrustedKeysMoveAFleetWithinAnEpoch()
    {
        KeyChangeRecord both = KeyChangeRecord.Of(0, 1, [_first.Public, _second.Public], isRecovery: false).Sign(_first);
        Assert.Null(Trust.FindFault(both, recovery: null));
        var later = KeyTrust.After(both);
        KeyChangeRecord revoked = KeyChangeRecord.Of(0, 2, [_second.Public], isRecovery: false).Sign(_second);
        Assert.Null(later.FindFault(revoked, recovery: null));
        AssertFault("not signed by a key that is trusted", Trust.FindFault(revoked, recovery: null));
        AssertFault("in force already", KeyTrust.After(revoked).FindFault(both, recovery: null));
        AssertFault("not signed", later.FindFault(revoked with { Signature = new byte[64] }, recovery: null));
        KeyChangeRecord raised = KeyChangeRecord.Of(1, 1, [_second.Public], isRecovery: false).Sign(_first);
        AssertFault("only the recovery key", Trust.FindFault(raised, _recovery.Public));
    }

    [Fact]
    public void TheRecoveryKeyWinsAgainstAStolenOne()
    {
        // Whoever stole the key makes himself the only one who can sign, with the last number that there is.
        var stolen = KeyTrust.After(KeyChangeRecord.Of(0, KeyChangeRecord.MaxNumber, [_second.Public], isRecovery: false).Sign(_first));
        KeyChangeRecord recovered = KeyChangeRecord.Of(1, 1, [_first.Public], isRecovery: true).Sign(_recovery);
        Assert.Null(stolen.FindFault(recovered, _recovery.Public));
        AssertFault("none is known", stolen.FindFault(recovered, recovery: null));
        AssertFault("not signed by the recovery key", stolen.FindFault(recovered, _second.Public));
        KeyChangeRecord none = KeyChangeRecord.Of(2, 1, [], isRecovery: true).Sign(_recovery);
        Assert.Null(stolen.FindFault(none, _recovery.Public));
        Assert.Empty(KeyTrust.After(none).Keys);
    }

    [Fact]
    public void AFloorNeverGoesDownWithinAnEpoch()
    {
        FloorRecord floor = Floor.Sign(_first);
        Assert.Null(Trust.FindFault(floor, newest: null));
        AssertFault("in force already", Trust.FindFault(floor, floor));
        AssertFault("never goes down", Trust.FindFault((floor with { Number = 4, MinimumSequence = 60099 }).Sign(_first), floor));
        AssertFault("not signed by a key", Trust.FindFault((floor with { Number = 4 }).Sign(_second), floor));
        AssertFault("not signed", Trust.FindFault(floor with { Number = 4, Signature = new byte[64] }, floor));
        AssertFault("of epoch 1", Trust.FindFault((floor with { Epoch = 1, Number = 1 }).Sign(_first), floor));

        // What a stolen key raised out of all measure, a new epoch can put right.
        var recovered = KeyTrust.After(KeyChangeRecord.Of(1, 1, [_second.Public], isRecovery: true).Sign(_recovery));
        FloorRecord absurd = (floor with { Number = KeyChangeRecord.MaxNumber, MinimumSequence = int.MaxValue }).Sign(_first);
        Assert.Null(recovered.FindFault((floor with { Epoch = 1, Number = 1 }).Sign(_second), absurd));
        AssertFault("of epoch 0", recovered.FindFault(absurd, newest: null));
    }

    [Fact]
    public void ValuesOutOfTheirLimitsAreRefused()
    {
        PublicKey key = _first.Public;
        DateTimeOffset now = DateTimeOffset.FromUnixTimeSeconds(1_800_000_000);
        (Action Make, string Fault)[] cases =
        [
            (() => KeyChangeRecord.Of(-1, 1, [key], false), "epoch"),
            (() => KeyChangeRecord.Of(65536, 1, [key], false), "epoch"),
            (() => KeyChangeRecord.Of(0, 0, [key], false), "number"),
            (() => KeyChangeRecord.Of(0, 1_000_000_000, [key], false), "number"),
            (() => KeyChangeRecord.Of(0, 1, [], false), "leaves no key"),
            (() => KeyChangeRecord.Of(0, 1, [key, key], false), "same key twice"),
            (() => KeyChangeRecord.Of(0, 1, [key, _second.Public, _recovery.Public], false), "more than 2"),
            (() => FloorRecord.Of("", 0, 1, 1, now, now.AddDays(1)), "hardware id"),
            (() => FloorRecord.Of("a b", 0, 1, 1, now, now.AddDays(1)), "hardware id"),
            (() => FloorRecord.Of("1234567890123456", 0, 1, 1, now, now.AddDays(1)), "hardware id"),
            (() => FloorRecord.Of("hw", 65536, 1, 1, now, now.AddDays(1)), "epoch"),
            (() => FloorRecord.Of("hw", 0, 0, 1, now, now.AddDays(1)), "number"),
            (() => FloorRecord.Of("hw", 0, 1, 0, now, now.AddDays(1)), "minimum sequence"),
            (() => FloorRecord.Of("hw", 0, 1, 2147483648, now, now.AddDays(1)), "minimum sequence"),
            (() => FloorRecord.Of("hw", 0, 1, 1, now, now), "expires"),
            (() => FloorRecord.Of("hw", 0, 1, 1, now, now.AddYears(100)), "1970 to 2106"),
        ];
        Assert.All(cases, one => AssertFault(one.Fault, Assert.Throws<FleetRecordException>(one.Make).Message));
    }

    [Theory]
    [InlineData("0.0", true)]
    [InlineData("65535.999999999", true)]
    [InlineData("65536.1", false)]
    [InlineData("0.1000000000", false)]
    [InlineData("1", false)]
    [InlineData(".1", false)]
    [InlineData("1.", false)]
    [InlineData("1.-1", false)]
    [InlineData("1.1.1", false)]
    [InlineData(" 1.1", false)]
    [InlineData("", false)]
    public void NamesAreReadExactly(string name, bool isOne)
    {
        Assert.Equal(isOne, KeyChangeRecord.TryParseName(name, out int epoch, out int number));
        if (isOne)
        {
            Assert.Equal(name, KeyChangeRecord.NameOf(epoch, number));
        }
    }

    [Fact]
    public void NoiseIsRefusedOrReadExactly()
    {
        byte[][] good =
        [
            KeyChangeRecord.Of(0, 1, [_first.Public], isRecovery: false).Sign(_first).ToBytes(),
            KeyChangeRecord.Of(1, 1, [_first.Public, _second.Public], isRecovery: true).Sign(_recovery).ToBytes(),
            Floor.Sign(_first).ToBytes(),
        ];
        bool isReplay = int.TryParse(Environment.GetEnvironmentVariable("JB_FUZZ_CASE"), out int only);
        int taken = 0;
        for (int round = isReplay ? only : 0; round < (isReplay ? only + 1 : Rounds); round++)
        {
            var random = new Random(Seed + round);
            byte[] bytes = [.. good[random.Next(good.Length)]];
            for (int change = random.Next(1, 4); change > 0; change--)
            {
                bytes[random.Next(bytes.Length)] = (byte)random.Next(256);
            }

            bytes = random.Next(4) == 0 ? bytes[..random.Next(bytes.Length)] : bytes;
            try
            {
                // What is taken must say again just what it said: nothing may hide between the fields.
                bool isFloor = bytes.AsSpan().StartsWith("JBFL"u8);
                Assert.Equal(bytes, isFloor ? FloorRecord.Parse(bytes).ToBytes() : KeyChangeRecord.Parse(bytes).ToBytes());
                taken++;
            }
            catch (FleetRecordException)
            {
                // As it should be.
            }
            catch (Exception e)
            {
                string replay = $"JB_FUZZ_CASE={round} dotnet test tools/JamBox.Ota.Tests --filter {nameof(NoiseIsRefusedOrReadExactly)}";
                Assert.Fail($"seed {Seed}, {replay}: {e}");
            }
        }

        Assert.InRange(taken, isReplay ? 0 : 1, isReplay ? 1 : Rounds - 1);
    }

    private static void AssertFault(string part, string? fault)
    {
        Assert.NotNull(fault);
        Assert.Contains(part, fault, StringComparison.Ordinal);
    }

    private static void AssertEveryBitCounts(byte[] good, Func<byte[], bool> isAccepted)
    {
        for (int bit = 0; bit < good.Length * 8; bit++)
        {
            byte[] bad = [.. good];
            bad[bit / 8] ^= (byte)(1 << (bit % 8));
            Assert.False(IsAccepted(bad, isAccepted), $"bit {bit} was turned, and nobody saw it");
        }
    }

    private static bool IsAccepted(byte[] bytes, Func<byte[], bool> isAccepted)
    {
        try
        {
            return isAccepted(bytes);
        }
        catch (FleetRecordException)
        {
            return false;
        }
    }
}
