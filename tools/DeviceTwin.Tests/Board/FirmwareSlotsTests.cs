using System.Security.Cryptography;
using System.Text;
using JamBox.Atoms3.Adapters;
using JamBox.Board;
using JamBox.Boot;
using JamBox.Interop;
using JamBox.Ports;

namespace JamBox.Twin.Tests.Board;

/// <summary>
/// Tests of <see cref="FirmwareSlots"/> and <see cref="Cryptography"/> over the stand-ins, and of what provisioning leaves for them.
/// </summary>
public sealed class FirmwareSlotsTests
{
    private static readonly byte[] s_old = Encoding.ASCII.GetBytes(string.Concat(Enumerable.Repeat("old image ", 900)));
    private static readonly byte[] s_new = Encoding.ASCII.GetBytes(string.Concat(Enumerable.Repeat("the new one ", 1100)));

    private readonly BoardFlash _flash = new();
    private readonly byte[] _hash = new byte[32];

    /// <summary>Install, boot, trial, confirm: the whole way through adapter, record and copies.</summary>
    [Fact]
    public void AnInstallationGoesItsWay()
    {
        using (Boot())
        {
            FirmwareSlots slots = new();
            Assert.Equal((SlotState.None, SlotReason.None, 0), (slots.State, slots.Reason, slots.TrialBoots));
            Assert.Equal((1280 * 1024, 1280 * 1024, 1024 * 1024), (slots.Deploy.Length, slots.Stage.Length, slots.Patch.Length));
            _flash.Deploy(s_old);
            Stage(slots);
            Assert.True(slots.Install(s_new.Length, SHA256.HashData(s_new), s_old.Length, SHA256.HashData(s_old)));
            Assert.Equal(SlotState.Install, slots.State);
            Assert.False(slots.Install(s_new.Length, SHA256.HashData(s_new), s_old.Length, SHA256.HashData(s_old)));
            Assert.False(slots.Confirm());
            slots.GetNewHash(_hash);
            Assert.Equal(SHA256.HashData(s_new), _hash);
            slots.GetOldHash(_hash);
            Assert.Equal(SHA256.HashData(s_old), _hash);
        }

        using (Boot())
        {
            FirmwareSlots slots = new();
            Assert.Equal((SlotState.Trial, 1), (slots.State, slots.TrialBoots));
            Assert.Equal(s_new, Read(slots.Deploy, s_new.Length));
            Assert.True(slots.Confirm());
        }

        using (Boot())
        {
            Assert.Equal((SlotState.Confirmed, 0), (new FirmwareSlots().State, new FirmwareSlots().TrialBoots));
        }
    }

    [Fact]
    public void TheWayBackIsTakenWithItsReason()
    {
        _flash.Deploy(s_old);
        using (Boot())
        {
            FirmwareSlots slots = new();
            Assert.False(slots.RollBack(SlotReason.Requested));
            Stage(slots);
            Assert.True(slots.Install(s_new.Length, SHA256.HashData(s_new), s_old.Length, SHA256.HashData(s_old)));
        }

        using (Boot())
        {
            Assert.True(new FirmwareSlots().RollBack(SlotReason.NoSend));
        }

        using (Boot())
        {
            FirmwareSlots slots = new();
            Assert.Equal((SlotState.RolledBack, SlotReason.NoSend), (slots.State, slots.Reason));
            Assert.Equal(s_old, Read(slots.Deploy, s_old.Length));
        }
    }

    [Fact]
    public void ThreeTrialBootsAndTheOldImageIsBack()
    {
        _flash.Deploy(s_old);
        using (Boot())
        {
            FirmwareSlots slots = new();
            Stage(slots);
            slots.Install(s_new.Length, SHA256.HashData(s_new), s_old.Length, SHA256.HashData(s_old));
        }

        for (int boot = 1; boot <= BootRecord.MaxTrialBoots; boot++)
        {
            using (Boot())
            {
                Assert.Equal((SlotState.Trial, boot), (new FirmwareSlots().State, new FirmwareSlots().TrialBoots));
            }
        }

        using (Boot())
        {
            Assert.Equal((SlotState.RolledBack, SlotReason.TrialBoots), (new FirmwareSlots().State, new FirmwareSlots().Reason));
        }
    }

    [Fact]
    public void AWornFlashIsRefusedAndNothingIsLost()
    {
        _flash.Deploy(s_old);
        using BoardHost board = Boot();
        FirmwareSlots slots = new();
        Stage(slots);
        _flash.WearOut();
        Assert.False(slots.Install(s_new.Length, SHA256.HashData(s_new), s_old.Length, SHA256.HashData(s_old)));
        Assert.Equal(SlotState.None, slots.State);
        Assert.Throws<ArgumentOutOfRangeException>(() => slots.Install(-1, _hash, 1, _hash));
        Assert.Throws<ArgumentException>(() => slots.GetNewHash(new byte[31]));
        Assert.Throws<InvalidOperationException>(() => slots.Deploy.EraseSector(0));
        Assert.Throws<ArgumentException>(() => new FlashPartition("boot"));
    }

    /// <summary>The adapter casts from one set of numbers to the other.</summary>
    [Fact]
    public void StatesAndReasonsAreTheSameOnBothSides()
    {
        Assert.Equal(Names<BootState>(), Names<SlotState>());
        Assert.Equal(Names<BootReason>(), Names<SlotReason>());
    }

    [Fact]
    public void HashesInPieces()
    {
        using BoardHost board = Boot();
        Cryptography crypto = new();
        crypto.AddToHash([1, 2, 3], 0, 3);
        crypto.BeginHash();
        crypto.AddToHash(s_new, 0, 1000);
        crypto.AddToHash(s_new, 1000, s_new.Length - 1000);
        crypto.EndHash(_hash);
        Assert.Equal(SHA256.HashData(s_new), _hash);
        crypto.AddToHash("xabcx"u8.ToArray(), 1, 3);
        crypto.EndHash(_hash);
        Assert.Equal("BA7816BF8F01CFEA414140DE5DAE2223B00361A396177A9CB410FF61F20015AD", Convert.ToHexString(_hash));
        Assert.Throws<ArgumentOutOfRangeException>(() => crypto.AddToHash(_hash, 1, 32));
    }

    [Fact]
    public void TakesOnlyGoodSignatures()
    {
        using BoardHost board = Boot();
        using ECDsa key = ECDsa.Create(ECCurve.NamedCurves.nistP256);
        ECPoint point = key.ExportParameters(false).Q;
        byte[] publicKey = [.. point.X!, .. point.Y!];
        byte[] hash = SHA256.HashData(s_new);
        byte[] signature = key.SignHash(hash);
        Cryptography crypto = new();
        Assert.True(crypto.VerifySignature(publicKey, hash, signature));
        signature[63] ^= 1;
        Assert.False(crypto.VerifySignature(publicKey, hash, signature));
        signature[63] ^= 1;
        hash[0] ^= 1;
        Assert.False(crypto.VerifySignature(publicKey, hash, signature));
        publicKey[63] ^= 1;
        Assert.False(crypto.VerifySignature(publicKey, SHA256.HashData(s_new), signature));
        Assert.False(crypto.VerifySignature(new byte[64], hash, new byte[64]));
        Assert.Throws<ArgumentException>(() => crypto.VerifySignature(publicKey, hash, new byte[63]));
    }

    /// <summary>The key of releases belongs to the identity: read from there, never written.</summary>
    [Fact]
    public void TheKeyOfReleasesIsPartOfTheIdentity()
    {
        BoardNvs nvs = new();
        byte[] key = [.. Enumerable.Range(1, 64).Select(i => (byte)i)];
        nvs.Store("ident", "jambox", "ota_key", key);
        nvs.Store("nvs", "jambox", "ota_key", new byte[64]);
        using BoardHost board = BoardFixture.Start(nvs: nvs);
        NvsStore store = new();
        var found = new byte[64];
        Assert.Equal(64, store.Get("ota_key", found));
        Assert.Equal(key, found);
        Assert.False(store.Set("ota_key", found, 64));
    }

    private static (string Name, int Number)[] Names<T>()
        where T : struct, Enum => [.. Enum.GetValues<T>().Select(value => (value.ToString(), Convert.ToInt32(value)))];

    private static byte[] Read(IFlashRegion region, int count)
    {
        var bytes = new byte[count];
        Assert.True(region.Read(0, bytes, 0, count));
        return bytes;
    }

    private static void Stage(FirmwareSlots slots)
    {
        for (int address = 0; address < s_new.Length; address += slots.Stage.SectorSize)
        {
            Assert.True(slots.Stage.EraseSector(address));
        }

        Assert.True(slots.Stage.Write(0, s_new, 0, s_new.Length));
    }

    private BoardHost Boot()
    {
        Assert.Equal(BootResult.Ok, _flash.BootCopies.Run(_flash));
        BoardHost board = new(ResetCause.Power, null, _flash);
        board.MakeCurrent();
        return board;
    }
}
