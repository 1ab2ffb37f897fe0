using System.Security.Cryptography;
using JamBox.Board;
using JamBox.Boot;
using JamBox.Interop;
using JamBox.Ports;
using JamBox.Twin.Run;
using JamBox.Twin.Storage;

namespace JamBox.Twin.Ota;

/// <summary>The slots of a box on simulated flash: what <c>JamBox.Interop.BootRecord</c> is on the board.</summary>
internal sealed class TwinSlots(BoxFlash flash, IBootCopies copies, FirmwareMeter meter) : IFirmwareSlots
{
    public IFlashRegion Deploy { get; } = new ReadOnlyRegion(flash.Deploy);

    public IFlashRegion Stage => flash.Stage;

    public IFlashRegion Patch => flash.Patch;

    public SlotState State => (SlotState)Entry().State;

    public SlotReason Reason => (SlotReason)Entry().Reason;

    public int TrialBoots => Entry().TrialBoots;

    public void GetNewHash(byte[] hash) => Entry().NewHash.CopyTo(hash, 0);

    public void GetOldHash(byte[] hash) => Entry().OldHash.CopyTo(hash, 0);

    public bool Install(int newLength, byte[] newHash, int oldLength, byte[] oldHash) =>
        Aside(() => copies.Install(flash, (uint)newLength, newHash[..BootEntry.HashSize], (uint)oldLength, oldHash[..BootEntry.HashSize])) switch
        {
            BootResult.Argument =>
                throw new ArgumentOutOfRangeException(nameof(newLength), $"the firmware installs {newLength} bytes over {oldLength}"),
            BootResult result => result == BootResult.Ok,
        };

    public bool Confirm() => Aside(() => copies.Confirm(flash)) == BootResult.Ok;

    public bool RollBack(SlotReason reason) => Aside(() => copies.RollBack(flash, (BootReason)reason)) == BootResult.Ok;

    private BootEntry Entry() => Aside(() => copies.Read(flash, out BootEntry entry) == BootResult.Ok ? entry : new BootEntry());

    // What is allocated here is native code's on the board, or nobody's.
    private T Aside<T>(Func<T> call)
    {
        bool wasRunning = meter.Pause();
        T result = call();
        if (wasRunning)
        {
            meter.Resume();
        }

        return result;
    }
}

/// <summary>SHA-256 and signatures by .NET.</summary>
internal sealed class TwinCryptography(FirmwareMeter meter) : ICryptography
{
    private const int HashSize = 32;

    private readonly IncrementalHash _hash = IncrementalHash.CreateHash(HashAlgorithmName.SHA256);

    private byte[]? _macKey;
    private IncrementalHash? _mac;

    /// <summary>Signatures checked so far.</summary>
    public int Verified { get; private set; }

    public void BeginHash()
    {
        Span<byte> forgotten = stackalloc byte[HashSize];
        _hash.GetHashAndReset(forgotten);
    }

    public void AddToHash(byte[] buffer, int offset, int count) => _hash.AppendData(buffer.AsSpan(offset, count));

    public void EndHash(byte[] hash) => _hash.GetHashAndReset(hash.AsSpan(0, HashSize));

    public void BeginMac(byte[] key)
    {
        if (_mac is not null && ReferenceEquals(key, _macKey))
        {
            Span<byte> forgotten = stackalloc byte[HashSize];
            _mac.GetHashAndReset(forgotten);
            return;
        }

        // The board's context is native too, and is kept.
        bool wasRunning = meter.Pause();
        _mac?.Dispose();
        _mac = IncrementalHash.CreateHMAC(HashAlgorithmName.SHA256, key);
        _macKey = key;
        if (wasRunning)
        {
            meter.Resume();
        }
    }

    public void AddToMac(byte[] buffer, int offset, int count) => _mac!.AppendData(buffer.AsSpan(offset, count));

    public void EndMac(byte[] mac) => _mac!.GetHashAndReset(mac.AsSpan(0, HashSize));

    public bool VerifySignature(byte[] publicKey, byte[] hash, byte[] signature)
    {
        bool wasRunning = meter.Pause();
        Verified++;
        bool isGood = P256.Verify(publicKey.AsSpan(0, 64), hash.AsSpan(0, HashSize), signature.AsSpan(0, 64));
        if (wasRunning)
        {
            meter.Resume();
        }

        return isGood;
    }
}
