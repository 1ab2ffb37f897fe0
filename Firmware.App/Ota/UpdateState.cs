using System;

using JamBox.Ports;
using JamBox.Storage;
using JamBox.Text;

namespace JamBox.Ota;

/// <summary>
/// The state of the update in flash, as one record: where it stands, why, which offer it is about, and what the backend is still to be
/// told.
/// It names things; what is really in the slots is found out at every boot (<see cref="UpdateReview"/>).
/// </summary>
public sealed class UpdateState
{
    /// <summary>Key of the record.</summary>
    public const string Key = "ota_state";

    /// <summary>No offer.</summary>
    public const int NoId = -1;

    /// <summary>Reboots that an update may cost because there is no memory for it.</summary>
    public const int MaxMemoryReboots = 3;

    /// <summary>Bytes of its buffer.</summary>
    public const int TableBytes = Length + 4;

    // Layout, numbers little-endian. A change of it needs a new number.
    private const int Layout = 1;
    private const int StateAt = 1;
    private const int ReasonAt = 2;
    private const int ReportAt = 3;
    private const int FlagsAt = 4;
    private const int TriesAt = 5;
    private const int FailuresAt = 6;
    private const int ResumesAt = 7;
    private const int IdAt = 8;
    private const int VersionAt = 12;
    private const int Length = VersionAt + Manifest.TextSize;
    private const int FlagRepeat = 1;
    private const int FlagUrgent = 2;

    // Two bits of the flags, which firmware that does not know them leaves alone.
    private const int MemoryRebootsShift = 2;
    private const int OneMemoryReboot = 1 << MemoryRebootsShift;

    private readonly StoredRecord _record;

    /// <summary>Reads it from the store.</summary>
    /// <param name="store">Where it is kept.</param>
    public UpdateState(IKeyValueStore store)
    {
        _record = new StoredRecord(store, Key, Length);
        IsStored = _record.Load() && IsUsable(_record.Bytes);
        if (!IsStored)
        {
            Array.Clear(_record.Bytes, 0, Length);
            _record.Bytes[0] = Layout;
            ByteOrder.WriteInt(_record.Bytes, IdAt, NoId);
        }
    }

    /// <summary>Gets a value indicating whether there was a record that could be read.</summary>
    public bool IsStored { get; }

    /// <summary>Gets where the update stands.</summary>
    public OtaState State => (OtaState)_record.Bytes[StateAt];

    /// <summary>Gets why: with <see cref="OtaState.RolledBack"/> and <see cref="OtaState.Failed"/>.</summary>
    public OtaReason Reason => (OtaReason)_record.Bytes[ReasonAt];

    /// <summary>Gets what the backend is still to be told.</summary>
    public OtaResult Report => (OtaResult)_record.Bytes[ReportAt];

    /// <summary>Gets the id of the offer that all this is about, or <see cref="NoId"/>.</summary>
    public int Id => ByteOrder.ReadInt(_record.Bytes, IdAt);

    /// <summary>
    /// Gets a value indicating whether the boot record named this very image already when it was offered: the end of an earlier try, which
    /// must not be taken for the end of this one.
    /// </summary>
    public bool IsRepeat => (_record.Bytes[FlagsAt] & FlagRepeat) != 0;

    /// <summary>Gets a value indicating whether somebody waits for it: no budget then.</summary>
    public bool IsUrgent => (_record.Bytes[FlagsAt] & FlagUrgent) != 0;

    /// <summary>Gets how often something that may be chance went wrong with this offer.</summary>
    public int Tries => _record.Bytes[TriesAt];

    /// <summary>Gets how many updates in a row came to no good end, refused offers included.</summary>
    public int Failures => _record.Bytes[FailuresAt];

    /// <summary>Gets how often a boot found this offer's image in the making.</summary>
    public int Resumes => _record.Bytes[ResumesAt];

    /// <summary>Gets how often this offer made the box reboot because there was no memory for it.</summary>
    public int MemoryReboots => (_record.Bytes[FlagsAt] >> MemoryRebootsShift) & MaxMemoryReboots;

    /// <summary>Gets a value indicating whether there is an offer that is being worked on, up to the new image's first boot.</summary>
    public bool IsActive => State >= OtaState.Offered && State <= OtaState.Staged;

    /// <summary>Gets a value indicating whether a patch is to be fetched.</summary>
    public bool IsFetching => State == OtaState.Offered || State == OtaState.Downloading;

    /// <summary>Begins with an offer.</summary>
    /// <param name="id">Its id, 0 or more.</param>
    /// <param name="version">Where the version is that it leads to: ASCII, 16 bytes, zeros at the end.</param>
    /// <param name="versionOffset">First index of the version.</param>
    /// <param name="state">How far it is already.</param>
    /// <param name="isRepeat">See <see cref="IsRepeat"/>.</param>
    /// <param name="isUrgent">See <see cref="IsUrgent"/>.</param>
    public void Begin(int id, byte[] version, int versionOffset, OtaState state, bool isRepeat, bool isUrgent)
    {
        Name(id, version, versionOffset);
        _record.Bytes[FlagsAt] = (byte)((isRepeat ? FlagRepeat : 0) | (isUrgent ? FlagUrgent : 0));
        _record.Bytes[TriesAt] = 0;
        _record.Bytes[ResumesAt] = 0;
        Enter(state);
    }

    /// <summary>Says which offer it is about, without a word about the state. Stored with the next change.</summary>
    /// <param name="id">Its id, 0 or more.</param>
    /// <param name="version">Where the version is that it leads to: ASCII, 16 bytes, zeros at the end.</param>
    /// <param name="versionOffset">First index of the version.</param>
    public void Name(int id, byte[] version, int versionOffset)
    {
        ByteOrder.WriteInt(_record.Bytes, IdAt, id);
        Array.Copy(version, versionOffset, _record.Bytes, VersionAt, Manifest.TextSize);
        _record.Bytes[Length - 1] = 0;
    }

    /// <summary>Goes to another state. What the backend was still to be told is past.</summary>
    /// <param name="state">The state.</param>
    public void Enter(OtaState state)
    {
        Set(state, OtaReason.None, OtaResult.None);
    }

    /// <summary>Goes to a state that ends the update, and notes what the backend is to be told.</summary>
    /// <param name="state"><see cref="OtaState.Confirmed"/>, <see cref="OtaState.RolledBack"/> or <see cref="OtaState.Failed"/>.</param>
    /// <param name="reason">Why.</param>
    public void End(OtaState state, OtaReason reason)
    {
        if (state == OtaState.Confirmed)
        {
            _record.Bytes[FailuresAt] = 0;
        }
        else
        {
            Count(FailuresAt);
        }

        OtaResult result =
            state == OtaState.Confirmed ? OtaResult.Success : state == OtaState.RolledBack ? OtaResult.RolledBack : OtaResult.Failed;
        Set(state, reason, Id == NoId ? OtaResult.None : result);
    }

    /// <summary>Counts a try that went wrong by what may be chance. Stored with the next change.</summary>
    public void CountTry()
    {
        Count(TriesAt);
    }

    /// <summary>
    /// Counts a boot that finds the image in the making, and stores it at once: what follows may be what ended the boot before.
    /// </summary>
    public void CountResume()
    {
        Count(ResumesAt);
        _record.Save();
    }

    /// <summary>Counts a reboot for want of memory, and stores it before it happens.</summary>
    /// <returns><c>false</c> when there were <see cref="MaxMemoryReboots"/> already, or the store refuses: one that is not counted might
    /// have no end.</returns>
    public bool TryCountMemoryReboot()
    {
        if (MemoryReboots == MaxMemoryReboots)
        {
            return false;
        }

        _record.Bytes[FlagsAt] += OneMemoryReboot;
        return _record.Save();
    }

    /// <summary>Notes that somebody waits for it.</summary>
    public void Hurry()
    {
        if (!IsUrgent)
        {
            _record.Bytes[FlagsAt] |= FlagUrgent;
            _record.Save();
        }
    }

    /// <summary>Notes that the backend has been told.</summary>
    public void EndReport()
    {
        Set(State, Reason, OtaResult.None);
    }

    /// <summary>Writes the version that the update leads to.</summary>
    /// <param name="writer">Where to.</param>
    public void WriteVersion(ByteWriter writer)
    {
        for (int i = VersionAt; _record.Bytes[i] != 0; i++)
        {
            writer.Byte(_record.Bytes[i]);
        }
    }

    private static bool IsUsable(byte[] bytes)
    {
        return bytes[0] == Layout && bytes[StateAt] < OtaWords.StateCount && bytes[ReasonAt] < OtaWords.ReasonCount
            && bytes[ReportAt] < OtaWords.ResultCount && ByteOrder.ReadInt(bytes, IdAt) >= NoId && bytes[Length - 1] == 0;
    }

    private void Count(int at)
    {
        if (_record.Bytes[at] < byte.MaxValue)
        {
            _record.Bytes[at]++;
        }
    }

    /// <summary>When the store refuses, this boot goes on with what it knows, and the next one with what is in the slots.</summary>
    private void Set(OtaState state, OtaReason reason, OtaResult report)
    {
        _record.Bytes[StateAt] = (byte)state;
        _record.Bytes[ReasonAt] = (byte)reason;
        _record.Bytes[ReportAt] = (byte)report;
        _record.Save();
    }
}

/// <summary>
/// The offer that is worked on, with its manifest: kept in flash, so that a download goes on after a loss of power without asking again. It
/// is read when something is asked of it, and its memory given back between updates.
/// </summary>
public sealed class StoredOffer
{
    /// <summary>Key of the record.</summary>
    public const string Key = "ota_offer";

    private const int IdAt = Manifest.Size;
    private const int Length = IdAt + 4;

    private readonly IKeyValueStore _store;
    private StoredRecord _record;
    private Manifest _manifest;
    private bool _isThere;

    /// <summary>Nothing is read yet.</summary>
    /// <param name="store">Where it is kept.</param>
    public StoredOffer(IKeyValueStore store)
    {
        _store = store;
    }

    /// <summary>Gets a value indicating whether there is one.</summary>
    public bool IsThere
    {
        get
        {
            Open();
            return _isThere;
        }
    }

    /// <summary>Gets its id, or <see cref="UpdateState.NoId"/>.</summary>
    public int Id => IsThere ? ByteOrder.ReadInt(_record.Bytes, IdAt) : UpdateState.NoId;

    /// <summary>Gets its manifest; of use when <see cref="IsThere"/>.</summary>
    public Manifest Manifest
    {
        get
        {
            Open();
            return _manifest;
        }
    }

    /// <summary>Puts another one in its place.</summary>
    /// <param name="id">Its id.</param>
    /// <param name="manifest">Its manifest, from index 0.</param>
    /// <returns><c>false</c> when the store refused: after a loss of power the old one is there.</returns>
    public bool Set(int id, byte[] manifest)
    {
        Open();
        Array.Copy(manifest, 0, _record.Bytes, 0, Manifest.Size);
        ByteOrder.WriteInt(_record.Bytes, IdAt, id);
        _isThere = true;
        return _record.Save();
    }

    /// <summary>Gives its memory back; it is read again when it is needed.</summary>
    public void Release()
    {
        _record = null;
        _manifest = null;
    }

    private void Open()
    {
        if (_record == null)
        {
            _record = new StoredRecord(_store, Key, Length);
            _manifest = new Manifest(_record.Bytes);
            _isThere = _record.Load() && _manifest.IsWellFormed();
        }
    }
}
