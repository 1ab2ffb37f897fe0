namespace JamBox.Backend.Telemetry;

/// <summary>
/// What one device has reported, and what is wanted of it: the rules of both, without storage or clock. The merged value of a key is the
/// wanted one until the device has reported that value once since, or the wish is a day old; else the reported one. So a device that says
/// 0 a moment after an operator has set 1 does not undo it.
/// </summary>
internal sealed class DeviceValues
{
    /// <summary>A wish that was not met for so long is over, ms.</summary>
    public const long WishMs = 24 * 60 * 60 * 1000L;

    /// <summary>Different keys of one device; a key that was removed makes room.</summary>
    public const int MaxKeys = 256;

    /// <summary>First byte of the packed form.</summary>
    private const byte Version = 1;

    private readonly List<DeviceValue> _entries = [];

    /// <summary>All keys that were ever reported or wanted, in the order of their first word, removed ones included.</summary>
    public IReadOnlyList<DeviceValue> Entries => _entries;

    /// <summary>Reads the packed form.</summary>
    public static DeviceValues Unpack(ReadOnlySpan<byte> bytes)
    {
        DeviceValues values = new();
        if (bytes.IsEmpty)
        {
            return values;
        }

        PackedReader reader = new(bytes);
        if (reader.Byte() != Version)
        {
            throw new InvalidDataException("The state of a device was written by a newer version.");
        }

        while (!reader.IsAtEnd)
        {
            DeviceValue entry = new(reader.Key()) { Reported = reader.Value(), ReportedAt = reader.Whole() };
            entry.FirstAt = entry.ReportedAt - reader.Whole();
            byte flags = reader.Byte();
            entry.WasWanted = (flags & 1) != 0;
            if ((flags & 2) != 0)
            {
                entry.Wish = new WantedValue(entry.Key, reader.Value(), reader.Whole(), reader.Text(), IsOver: (flags & 4) != 0);
            }

            values._entries.Add(entry);
        }

        return values;
    }

    /// <summary>Makes the packed form.</summary>
    public byte[] Pack(PackedWriter writer)
    {
        writer.Clear();
        writer.Byte(Version);
        foreach (DeviceValue entry in _entries)
        {
            writer.Key(entry.Key);
            writer.Value(entry.Reported);
            writer.Whole(entry.ReportedAt);
            writer.Whole(entry.ReportedAt - entry.FirstAt);
            writer.Byte((byte)((entry.WasWanted ? 1 : 0) | (entry.Wish is null ? 0 : 2) | (entry.Wish is { IsOver: true } ? 4 : 0)));
            if (entry.Wish is { } wish)
            {
                writer.Value(wish.Value);
                writer.Whole(wish.At);
                writer.Text(wish.By);
            }
        }

        return writer.ToArray();
    }

    /// <summary>The entry of a key; null when it was never heard of.</summary>
    public DeviceValue? Find(string key) => _entries.Find(entry => entry.Key == key);

    /// <summary>Whether points can be taken without more than <see cref="MaxKeys"/> keys.</summary>
    public bool HasRoomFor(IReadOnlyList<TelemetryPoint> points)
    {
        if (_entries.Count + points.Count <= MaxKeys)
        {
            return true;
        }

        int live = _entries.Count(static entry => !entry.IsGone);
        return live + points.Count(point => point.Value.Kind != TelemetryKind.Null && Find(point.Key) is not { IsGone: false }) <= MaxKeys;
    }

    /// <summary>Takes one value that the device reports.</summary>
    /// <param name="point">The value; null removes the key.</param>
    /// <param name="at">When it was so, milliseconds since 1970; what is older than the last word about the key changes nothing.</param>
    /// <param name="by">Who is named in the changes: the device.</param>
    /// <param name="changes">Takes what is worth being told.</param>
    /// <returns>Whether it is news.</returns>
    public bool Report(TelemetryPoint point, long at, string by, List<ValueChange> changes)
    {
        DeviceValue? entry = Find(point.Key);
        if (entry is null)
        {
            if (point.Value.Kind == TelemetryKind.Null)
            {
                return false;
            }

            entry = Add(point.Key);
            entry.FirstAt = at;
        }
        else if (at < entry.ReportedAt)
        {
            entry.FirstAt = Math.Min(entry.FirstAt, at);
            return false;
        }

        bool isNews = at > entry.ReportedAt || point.Value != entry.Reported;
        TelemetryValue before = entry.Reported;
        entry.FirstAt = entry.ReportedAt == 0 ? at : entry.FirstAt;
        entry.Reported = point.Value;
        entry.ReportedAt = at;
        WantedValue? wish = entry.Wish;
        bool isDone = wish is not null && at >= wish.At && point.Value.Means(wish.Value);
        bool isMet = isDone && !wish!.IsOver;
        if (isDone)
        {
            entry.Wish = null;
        }

        if (isMet || (point.Value != before && (entry.WasWanted || IsNoMeasurement(before, point.Value))))
        {
            changes.Add(new ValueChange(point.Key, at, by, before, point.Value, isMet ? ValueChangeKind.Met : ValueChangeKind.Reported));
        }

        return isNews;
    }

    /// <summary>Takes one wish.</summary>
    /// <param name="point">What is wanted; null withdraws what was.</param>
    /// <param name="at">When, milliseconds since 1970.</param>
    /// <param name="by">Who.</param>
    /// <param name="changes">Takes what is worth being told.</param>
    public void Want(TelemetryPoint point, long at, string by, List<ValueChange> changes)
    {
        DeviceValue? entry = Find(point.Key);
        bool isWithdrawn = point.Value.Kind == TelemetryKind.Null;
        if (isWithdrawn && entry?.Wish is null)
        {
            return;
        }

        entry ??= Add(point.Key);
        TelemetryValue before = entry.Merged;
        entry.Wish = isWithdrawn ? null : new WantedValue(point.Key, point.Value, at, by);
        entry.WasWanted = true;
        changes.Add(new ValueChange(
            point.Key, at, by, before, entry.Merged, isWithdrawn ? ValueChangeKind.Withdrawn : ValueChangeKind.Wanted));
    }

    /// <summary>Ends wishes that are a day old: they count no longer, and stay to be seen until they are withdrawn or done.</summary>
    public void EndWishes(long now, List<ValueChange> changes)
    {
        foreach (DeviceValue entry in _entries)
        {
            if (entry.Wish is { IsOver: false } wish && now - wish.At >= WishMs)
            {
                entry.Wish = wish with { IsOver = true };
                changes.Add(new ValueChange(entry.Key, wish.At + WishMs, wish.By, wish.Value, entry.Reported, ValueChangeKind.Expired));
            }
        }
    }

    /// <summary>The merged state: each key that is there, once, in the order of their first word.</summary>
    public List<TelemetryPoint> Merged()
    {
        List<TelemetryPoint> merged = new(_entries.Count);
        foreach (DeviceValue entry in _entries)
        {
            if (entry.Merged is { Kind: not TelemetryKind.Null } value)
            {
                merged.Add(new TelemetryPoint(entry.Key, value));
            }
        }

        return merged;
    }

    /// <summary>On or off, or a text: its changes are worth being told, and of texts no history tells.</summary>
    private static bool IsNoMeasurement(TelemetryValue before, TelemetryValue after) =>
        before.Kind != TelemetryKind.Null && after.Kind != TelemetryKind.Null
        && (before.Kind == TelemetryKind.Text || after.Kind == TelemetryKind.Text
            || (before.Number is 0 or 1 && after.Number is 0 or 1 && !before.Number.Equals(after.Number)));

    private DeviceValue Add(string key)
    {
        if (_entries.Count >= MaxKeys)
        {
            // What was removed is remembered only while there is room: the first of them goes.
            _entries.RemoveAt(_entries.FindIndex(static entry => entry.IsGone));
        }

        DeviceValue entry = new(key);
        _entries.Add(entry);
        return entry;
    }
}

/// <summary>One key of a device.</summary>
/// <param name="key">The key.</param>
internal sealed class DeviceValue(string key)
{
    /// <summary>The key.</summary>
    public string Key => key;

    /// <summary>What the device said last; null = never, or it has removed the key.</summary>
    public TelemetryValue Reported { get; set; }

    /// <summary>When that was so, milliseconds since 1970; 0 = never.</summary>
    public long ReportedAt { get; set; }

    /// <summary>The first of which is known, milliseconds since 1970; 0 = none.</summary>
    public long FirstAt { get; set; }

    /// <summary>Whether somebody has ever wanted something of it.</summary>
    public bool WasWanted { get; set; }

    /// <summary>What is wanted and was not reported since.</summary>
    public WantedValue? Wish { get; set; }

    /// <summary>The value that counts.</summary>
    public TelemetryValue Merged => Wish is { IsOver: false } wish ? wish.Value : Reported;

    /// <summary>Whether nothing is left of it but when it was removed.</summary>
    public bool IsGone => Wish is null && Reported.Kind == TelemetryKind.Null;
}

/// <summary>Why a value has changed; the names are stored.</summary>
internal enum ValueChangeKind
{
    /// <summary>The device reports another value.</summary>
    Reported,

    /// <summary>The device reports what was wanted.</summary>
    Met,

    /// <summary>Somebody wants another value.</summary>
    Wanted,

    /// <summary>Nobody wants it any more.</summary>
    Withdrawn,

    /// <summary>It was wanted for a day in vain.</summary>
    Expired,
}

/// <summary>A change of a value.</summary>
/// <param name="Key">The key.</param>
/// <param name="At">When, milliseconds since 1970.</param>
/// <param name="By">Who.</param>
/// <param name="Before">The value before.</param>
/// <param name="After">The value since.</param>
/// <param name="Kind">Why.</param>
internal sealed record ValueChange(
    string Key, long At, string By, TelemetryValue Before, TelemetryValue After, ValueChangeKind Kind);
