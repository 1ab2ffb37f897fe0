using JamBox.Ports;
using JamBox.Storage;

namespace JamBox.Ota;

/// <summary>
/// What updates may cost in a day, whoever asks for them: bytes, images made, and erased sectors. Kept in flash, so that no reboot brings a
/// new allowance, and written before what it counts, so that no loss of power does either.
/// </summary>
/// <remarks>
/// A day begins with the first that is spent, and has <see cref="DayMinutes"/> minutes of uptime, carried over boots: the date can be
/// forged, uptime cannot. Its minutes are stored every ten of them, and with everything that is counted; so a box that boots again and
/// again within ten minutes gets no new day. Nothing is written while nothing was spent. In the worst of days there are some 280 writes: 64
/// blocks of bytes, 144 times ten minutes, <see cref="MaxOffers"/> offers, <see cref="MaxPasses"/> passes, and <see cref="MaxApplies"/> images.
/// </remarks>
public sealed class UpdateLimits
{
    /// <summary>Key of the record.</summary>
    public const string Key = "ota_limits";

    /// <summary>Bytes of HTTP a day, both ways, for manifests, chunks, and checks that a command or the button asked for: 1 MB.</summary>
    public const int MaxBytes = 1048576;

    /// <summary>Images a day that are begun to be made in stage.</summary>
    public const int MaxApplies = 3;

    /// <summary>
    /// How often in a day the patch partition may be begun from an earlier sector: each of its sectors is erased once a pass at most.
    /// </summary>
    public const int MaxPasses = 16;

    /// <summary>Offers a day whose manifest is asked for: each is stored, or told to be refused.</summary>
    public const int MaxOffers = 48;

    /// <summary>
    /// Erases of the same sector that one image can cost: of deploy, when it is installed, and when the old one comes back.
    /// </summary>
    public const int ErasesAnImage = 2;

    /// <summary>Minutes of uptime in a day.</summary>
    public const int DayMinutes = 1440;

    /// <summary>Bytes of its buffer.</summary>
    public const int TableBytes = Length + 4;

    // Bytes are stored so many ahead; what is left of them at a reboot counts as spent.
    private const int BlockBytes = 16384;
    private const int MinuteMs = 60000;
    private const int SaveMinutes = 10;

    // Layout, numbers little-endian. A change of it needs a new number.
    private const int Layout = 1;
    private const int AppliesAt = 1;
    private const int PassesAt = 2;
    private const int OffersAt = 3;
    private const int BytesAt = 4;
    private const int MinutesAt = 8;
    private const int LifePassesAt = 12;
    private const int LifeAppliesAt = 16;
    private const int Length = 20;

    private readonly StoredRecord _record;
    private int _bytes;
    private long _minuteMs;
    private int _saveIn = SaveMinutes;

    /// <summary>Reads it from the store. A record that is damaged counts as none: a day begins, and the counts over life begin anew.</summary>
    /// <param name="store">Where it is kept.</param>
    public UpdateLimits(IKeyValueStore store)
    {
        _record = new StoredRecord(store, Key, Length);
        if (!_record.Load() || _record.Bytes[0] != Layout)
        {
            System.Array.Clear(_record.Bytes, 0, Length);
            _record.Bytes[0] = Layout;
        }

        _bytes = ByteOrder.ReadInt(_record.Bytes, BytesAt);
    }

    /// <summary>Gets the bytes fetched in this day.</summary>
    public int Bytes => _bytes;

    /// <summary>Gets the images begun in this day.</summary>
    public int Applies => _record.Bytes[AppliesAt];

    /// <summary>Gets how often the sector of flash that updates erase most was erased in this day, at most.</summary>
    public int Erases => Most(_record.Bytes[PassesAt], Applies);

    /// <summary>Gets the same over the life of the box.</summary>
    public int LifeErases => Most(ByteOrder.ReadInt(_record.Bytes, LifePassesAt), ByteOrder.ReadInt(_record.Bytes, LifeAppliesAt));

    /// <summary>Gets a value indicating whether nothing more is fetched in this day.</summary>
    public bool IsFetchingOver => _bytes >= MaxBytes;

    /// <summary>Gets a value indicating whether no other offer is looked at in this day.</summary>
    public bool AreOffersOver => _record.Bytes[OffersAt] >= MaxOffers;

    /// <summary>Gets a value indicating whether no image is begun any more in this day.</summary>
    public bool IsApplyingOver => Applies >= MaxApplies;

    /// <summary>Gets a value indicating whether the patch partition is not begun again in this day.</summary>
    public bool ArePassesOver => _record.Bytes[PassesAt] >= MaxPasses;

    private bool IsDayOpen => _bytes != 0 || Applies != 0 || _record.Bytes[PassesAt] != 0 || _record.Bytes[OffersAt] != 0;

    /// <summary>Notes that time passes. For the loop.</summary>
    /// <param name="nowMs">Uptime, ms.</param>
    public void Step(long nowMs)
    {
        // Of a loop that was held up for long, every minute counts.
        while (nowMs - _minuteMs >= MinuteMs)
        {
            _minuteMs += MinuteMs;
            TakeMinute();
        }
    }

    /// <summary>Books bytes that have been sent and received; the next ones are asked for only while there are some left.</summary>
    /// <param name="count">How many, 0 or more.</param>
    public void Spend(int count)
    {
        _bytes += count;
        if (_bytes > ByteOrder.ReadInt(_record.Bytes, BytesAt))
        {
            ReserveBytes();
        }
    }

    /// <summary>Makes sure that what the next exchange may cost is stored as spent before it is sent.</summary>
    /// <param name="count">Bytes that it may cost, up to 16,384.</param>
    public void Reserve(int count)
    {
        if (_bytes + count > ByteOrder.ReadInt(_record.Bytes, BytesAt))
        {
            ReserveBytes();
        }
    }

    /// <summary>Counts an offer: before its manifest is asked for.</summary>
    /// <returns><c>false</c> when it is one too many in this day.</returns>
    public bool TryOffer()
    {
        if (AreOffersOver)
        {
            return false;
        }

        _record.Bytes[OffersAt]++;
        Save();
        return true;
    }

    /// <summary>Counts an image that is begun: before the first sector is erased.</summary>
    /// <returns><c>false</c> when it is one too many in this day.</returns>
    public bool TryApply()
    {
        if (IsApplyingOver)
        {
            return false;
        }

        _record.Bytes[AppliesAt]++;
        AddLife(LifeAppliesAt);
        Save();
        return true;
    }

    /// <summary>Counts a pass over the patch partition: before a sector is erased that was erased in the pass before.</summary>
    /// <returns><c>false</c> when it is one too many in this day.</returns>
    public bool TryPass()
    {
        if (ArePassesOver)
        {
            return false;
        }

        _record.Bytes[PassesAt]++;
        AddLife(LifePassesAt);
        Save();
        return true;
    }

    private static int Most(int passes, int applies)
    {
        return passes > applies * ErasesAnImage ? passes : applies * ErasesAnImage;
    }

    private void TakeMinute()
    {
        if (!IsDayOpen)
        {
            return;
        }

        int minutes = ByteOrder.ReadInt(_record.Bytes, MinutesAt) + 1;
        ByteOrder.WriteInt(_record.Bytes, MinutesAt, minutes);
        _saveIn--;
        if (minutes >= DayMinutes || minutes < 0)
        {
            System.Array.Clear(_record.Bytes, AppliesAt, LifePassesAt - AppliesAt);
            _bytes = 0;
            Save();
        }
        else if (_saveIn <= 0)
        {
            Save();
        }
    }

    private void AddLife(int at)
    {
        int count = ByteOrder.ReadInt(_record.Bytes, at);
        if (count < int.MaxValue / ErasesAnImage)
        {
            ByteOrder.WriteInt(_record.Bytes, at, count + 1);
        }
    }

    private void ReserveBytes()
    {
        // Never less than is spent, and never so much that it wraps.
        int ahead = _bytes < MaxBytes ? _bytes + BlockBytes : _bytes;
        ByteOrder.WriteInt(_record.Bytes, BytesAt, ahead);
        Save();
    }

    /// <summary>When the store refuses, this boot counts on in memory.</summary>
    private void Save()
    {
        _saveIn = SaveMinutes;
        _record.Save();
    }
}
