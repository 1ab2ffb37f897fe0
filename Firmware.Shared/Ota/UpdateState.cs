using System;
using JamBox.Ports;
using JamBox.Storage;
using JamBox.Text;

namespace JamBox.Ota;

/// <summary>
/// The state of the update in flash, as one record: where it stands, why, which offer it is about, and what the backend is still to be told.
/// It names things; what is really in the slots is found out at every boot (<see cref="UpdateReview"/>).
/// </summary>
public sealed class UpdateState
{
    /// <summary>Key of the record.</summary>
    public const string Key = "ota_state";

    /// <summary>No offer.</summary>
    public const int NoId = -1;

    /// <summary>Bytes of its buffers.</summary>
    public const int TableBytes = Length + 4 + Manifest.TextSize;

    // Layout, numbers little-endian. A change of it needs a new number.
    private const int Layout = 1;
    private const int StateAt = 1;
    private const int WhyAt = 2;
    private const int ReportAt = 3;
    private const int FlagsAt = 4;
    private const int TriesAt = 5;
    private const int IdAt = 8;
    private const int VersionAt = 12;
    private const int Length = VersionAt + Manifest.TextSize;
    private const int FlagRepeat = 1;
    private const int FlagUrgent = 2;

    private readonly StoredRecord _record;
    private readonly byte[] _version = new byte[Manifest.TextSize];

    /// <summary>Initializes a new instance of the <see cref="UpdateState"/> class from the store.</summary>
    /// <param name="store">Where it is kept.</param>
    public UpdateState(IKeyValueStore store)
    {
        _record = new StoredRecord(store, Key, Length);
        IsStored = _record.Load() && TryRead();
        if (!IsStored)
        {
            State = OtaState.Idle;
            Id = NoId;
        }
    }

    /// <summary>Gets a value indicating whether there was a record that could be read.</summary>
    public bool IsStored { get; }

    /// <summary>Gets where the update stands.</summary>
    public OtaState State { get; private set; }

    /// <summary>Gets why: with <see cref="OtaState.RolledBack"/> and <see cref="OtaState.Failed"/>.</summary>
    public OtaWhy Why { get; private set; }

    /// <summary>Gets what the backend is still to be told.</summary>
    public OtaResult Report { get; private set; }

    /// <summary>Gets the id of the offer that all this is about, or <see cref="NoId"/>.</summary>
    public int Id { get; private set; }

    /// <summary>
    /// Gets a value indicating whether the boot record named this very image already when it was offered: the end of an earlier try, which
    /// must not be taken for the end of this one.
    /// </summary>
    public bool IsRepeat { get; private set; }

    /// <summary>Gets or sets a value indicating whether somebody waits for it: no budget then. Stored with the next change.</summary>
    public bool IsUrgent { get; set; }

    /// <summary>Gets how often something that may be chance went wrong with this offer.</summary>
    public int Tries { get; private set; }

    /// <summary>Gets a value indicating whether there is an offer that is being worked on, up to the new image's first boot.</summary>
    public bool IsActive => State >= OtaState.Offered && State <= OtaState.Staged;

    /// <summary>Gets a value indicating whether a patch is to be fetched.</summary>
    public bool IsFetching => State == OtaState.Offered || State == OtaState.Downloading;

    /// <summary>Begins with an offer.</summary>
    /// <param name="id">Its id, 0 or more.</param>
    /// <param name="version">Where the version is that it leads to: ASCII, 16 bytes, zeros at the end.</param>
    /// <param name="versionOffset">First index of the version.</param>
    /// <param name="isRepeat">See <see cref="IsRepeat"/>.</param>
    /// <param name="isUrgent">See <see cref="IsUrgent"/>.</param>
    public void Begin(int id, byte[] version, int versionOffset, bool isRepeat, bool isUrgent)
    {
        Name(id, version, versionOffset);
        IsRepeat = isRepeat;
        IsUrgent = isUrgent;
        Tries = 0;
        Report = OtaResult.None;
        Enter(OtaState.Offered);
    }

    /// <summary>Says which offer it is about, without a word about the state. Stored with the next change.</summary>
    /// <param name="id">Its id, 0 or more.</param>
    /// <param name="version">Where the version is that it leads to: ASCII, 16 bytes, zeros at the end.</param>
    /// <param name="versionOffset">First index of the version.</param>
    public void Name(int id, byte[] version, int versionOffset)
    {
        Id = id;
        Array.Copy(version, versionOffset, _version, 0, Manifest.TextSize);
        _version[Manifest.TextSize - 1] = 0;
    }

    /// <summary>Goes to another state.</summary>
    /// <param name="state">The state.</param>
    public void Enter(OtaState state)
    {
        State = state;
        Why = OtaWhy.None;
        Save();
    }

    /// <summary>Goes to a state that ends the update, and notes what the backend is to be told.</summary>
    /// <param name="state"><see cref="OtaState.Confirmed"/>, <see cref="OtaState.RolledBack"/> or <see cref="OtaState.Failed"/>.</param>
    /// <param name="why">Why.</param>
    public void End(OtaState state, OtaWhy why)
    {
        State = state;
        Why = why;
        Report = Id == NoId ? OtaResult.None
            : state == OtaState.Confirmed ? OtaResult.Success
            : state == OtaState.RolledBack ? OtaResult.RolledBack : OtaResult.Failed;
        Save();
    }

    /// <summary>Counts a try that went wrong by what may be chance.</summary>
    public void CountTry()
    {
        Tries++;
    }

    /// <summary>Notes that the backend has been told.</summary>
    public void EndReport()
    {
        Report = OtaResult.None;
        Save();
    }

    /// <summary>Writes the version that the update leads to.</summary>
    /// <param name="writer">Where to.</param>
    public void WriteVersion(ByteWriter writer)
    {
        for (int i = 0; _version[i] != 0; i++)
        {
            writer.Byte(_version[i]);
        }
    }

    /// <summary>Stores it. When the store refuses, this boot goes on with what it knows, and the next one with what is in the slots.</summary>
    public void Save()
    {
        byte[] bytes = _record.Bytes;
        Array.Clear(bytes, 0, Length);
        bytes[0] = Layout;
        bytes[StateAt] = (byte)State;
        bytes[WhyAt] = (byte)Why;
        bytes[ReportAt] = (byte)Report;
        bytes[FlagsAt] = (byte)((IsRepeat ? FlagRepeat : 0) | (IsUrgent ? FlagUrgent : 0));
        bytes[TriesAt] = (byte)(Tries < 255 ? Tries : 255);
        ByteOrder.WriteInt(bytes, IdAt, Id);
        Array.Copy(_version, 0, bytes, VersionAt, Manifest.TextSize);
        _record.Save();
    }

    private bool TryRead()
    {
        byte[] bytes = _record.Bytes;
        int id = ByteOrder.ReadInt(bytes, IdAt);
        if (bytes[0] != Layout || bytes[StateAt] >= OtaWords.StateCount || bytes[WhyAt] >= OtaWords.ReasonCount
            || bytes[ReportAt] >= OtaWords.ResultCount || id < NoId || bytes[Length - 1] != 0)
        {
            return false;
        }

        State = (OtaState)bytes[StateAt];
        Why = (OtaWhy)bytes[WhyAt];
        Report = (OtaResult)bytes[ReportAt];
        IsRepeat = (bytes[FlagsAt] & FlagRepeat) != 0;
        IsUrgent = (bytes[FlagsAt] & FlagUrgent) != 0;
        Tries = bytes[TriesAt];
        Id = id;
        Array.Copy(bytes, VersionAt, _version, 0, Manifest.TextSize);
        return true;
    }
}
