using System;
using JamBox.Ports;
using JamBox.Storage;
using JamBox.Text;

namespace JamBox.Ota;

/// <summary>
/// The floor of the fleet: no release below its sequence is taken any more. It comes from the backend, signed by a key that the box trusts,
/// and is stored twice. Within an epoch of the keys it never goes down; a floor of a new epoch may lower what a stolen key has raised.
/// </summary>
/// <remarks>
/// On the wire, little-endian: 0 <c>JBFL</c> · 4 format 1 (2) · 6 epoch of the keys (2) · 8 hardware id (16) · 24 number · 28 minimum sequence ·
/// 32 issued, s since 1970 · 36 expires, s since 1970 · 40 signature (64).
/// </remarks>
public sealed class FleetFloor
{
    /// <summary>Key of the record.</summary>
    public const string Key = "ota_floor";

    /// <summary>Key of its copy.</summary>
    public const string CopyKey = "ota_floor2";

    /// <summary>Bytes of a floor.</summary>
    public const int Size = SignedSize + Manifest.SignatureSize;

    private const int Layout = 1;
    private const int SignedSize = 40;
    private const int EpochAt = 6;
    private const int HardwareAt = 8;
    private const int NumberAt = 24;
    private const int MinimumAt = 28;
    private const int ExpiresAt = 36;

    // Minimum and expiry, as they are stored.
    private const int StoredExpiresAt = TwinRecord.BodyAt + 4;
    private const int Length = TwinRecord.BodyAt + 8;

    private readonly IKeyValueStore _store;
    private int _expires;

    /// <summary>Reads the record, and mends its copy.</summary>
    /// <param name="store">Where it is kept.</param>
    public FleetFloor(IKeyValueStore store)
    {
        _store = store;
        TwinRecord record = NewRecord();
        if (record.Load())
        {
            record.Mend();
            Note(record);
        }
    }

    /// <summary>Gets the epoch of the keys of which it is; 0 without a floor.</summary>
    public int Epoch { get; private set; }

    /// <summary>Gets its number; 0 without a floor.</summary>
    public int Number { get; private set; }

    /// <summary>Gets the lowest sequence that is taken; 0 without a floor.</summary>
    public int MinimumSequence { get; private set; }

    /// <summary>Tells whether it should have been followed by another one by now: somebody may be keeping it from the box.</summary>
    /// <param name="utcSeconds">Seconds since 1970; 0 while the time is not known.</param>
    /// <returns><c>true</c> when there is one, and its time is over.</returns>
    public bool IsExpired(long utcSeconds)
    {
        return Number > 0 && utcSeconds > (_expires & 0xFFFFFFFFL);
    }

    /// <summary>Takes a floor, if it is one to be taken. A hash that is under way is forgotten.</summary>
    /// <param name="bytes">Where it lies, from index 0.</param>
    /// <param name="length">Its bytes.</param>
    /// <param name="hardwareId">The board, ASCII.</param>
    /// <param name="keys">One of them must have signed it.</param>
    /// <returns><c>false</c> when it is refused, or the store did not keep it: all is as before.</returns>
    public bool Take(byte[] bytes, int length, byte[] hardwareId, TrustedKeys keys)
    {
        if (length != Size || !Ascii.StartsWith(bytes, 0, Size, "JBFL") || bytes[4] != 1 || bytes[5] != 0)
        {
            return false;
        }

        int epoch = bytes[EpochAt] + (bytes[EpochAt + 1] << 8);
        int number = ByteOrder.ReadInt(bytes, NumberAt);
        int minimum = ByteOrder.ReadInt(bytes, MinimumAt);
        bool isNext = number > 0 && number <= FleetName.MaxNumber && TwinRecord.IsAhead(epoch, number, Epoch, Number)
            && epoch == keys.Epoch;
        bool isLower = minimum < 1 || (epoch == Epoch && minimum < MinimumSequence);
        if (!isNext || isLower || !Manifest.IsHardware(bytes, HardwareAt, hardwareId) || !keys.HasSigned(bytes, SignedSize))
        {
            return false;
        }

        TwinRecord record = NewRecord();
        Array.Copy(bytes, MinimumAt, record.Bytes, TwinRecord.BodyAt, 4);
        Array.Copy(bytes, ExpiresAt, record.Bytes, StoredExpiresAt, 4);
        if (!record.Save(epoch, number))
        {
            return false;
        }

        Note(record);
        return true;
    }

    private void Note(TwinRecord record)
    {
        Epoch = record.Epoch;
        Number = record.Number;
        MinimumSequence = ByteOrder.ReadInt(record.Bytes, TwinRecord.BodyAt);
        _expires = ByteOrder.ReadInt(record.Bytes, StoredExpiresAt);
    }

    private TwinRecord NewRecord()
    {
        return new TwinRecord(_store, Key, CopyKey, Layout, Length);
    }
}
