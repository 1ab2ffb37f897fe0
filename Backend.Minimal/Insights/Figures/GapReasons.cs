using JamBox.Backend.Insights.Estimation;

namespace JamBox.Backend.Insights.Figures;

/// <summary>
/// Why there is no figure of a time in which a place was open: from what its boxes listened to, and from what they said when they started
/// again. One object serves one answer, on one thread.
/// </summary>
internal sealed class GapReasons
{
    /// <summary>The box had no power: it says so when it starts again, and nothing had come from it in between.</summary>
    public const string Power = "power";

    /// <summary>The box started anew for another reason: what it had counted and not yet written is gone.</summary>
    public const string Restart = "restart";

    /// <summary>The box has not been heard of since: it is off, or has no network. What it counts without network comes later.</summary>
    public const string Offline = "offline";

    /// <summary>The box spoke later, but nothing of this time came, and it does not say why.</summary>
    public const string Silent = "silent";

    /// <summary>The box counted, but hardly listened.</summary>
    public const string Deaf = "deaf";

    /// <summary>No box stood there.</summary>
    public const string NoBox = "no_box";

    /// <summary>Where several are true at once, the first of them is said.</summary>
    private static readonly string[] s_order = [NoBox, Power, Restart, Offline, Silent, Deaf];

    private readonly PlaceData _data;
    private readonly Dictionary<string, BoxPast> _boxes = new(StringComparer.Ordinal);

    /// <summary>Makes it.</summary>
    public GapReasons(PlaceData data)
    {
        _data = data;
    }

    /// <summary>Why nothing is known of some slots: what is true of most of them.</summary>
    /// <param name="slots">When they begin, milliseconds since 1970.</param>
    public string Of(IEnumerable<long> slots)
    {
        int[] found = new int[s_order.Length];
        foreach (long slot in slots)
        {
            found[Array.IndexOf(s_order, Of(slot))]++;
        }

        return found.Max() == 0 ? Silent : s_order[Array.IndexOf(found, found.Max())];
    }

    /// <summary>Why nothing is known of a slot: of the boxes that did not listen, what explains most.</summary>
    /// <param name="slot">When it begins, milliseconds since 1970.</param>
    public string Of(long slot)
    {
        bool hasBox = false;
        int found = s_order.Length;
        foreach (Stand stand in _data.Stands)
        {
            if (stand.From < slot + BoxSignal.SlotMs && stand.Until > slot)
            {
                hasBox = true;
                found = ReasonOf(stand.DeviceId, slot) is { } reason ? Math.Min(found, Array.IndexOf(s_order, reason)) : found;
            }
        }

        return !hasBox ? NoBox : found < s_order.Length ? s_order[found] : Silent;
    }

    /// <returns>Null when the box is not why.</returns>
    private string? ReasonOf(string device, long slot)
    {
        BoxPast past = PastOf(device);
        long quarter = slot - (slot % SignalSql.QuarterMs);
        long? listened = past.Listened(quarter);
        if (listened * 2 >= SignalSql.QuarterSeconds)
        {
            return null;
        }

        if (listened == 0)
        {
            return Deaf;
        }

        long? heard = past.HeardAfter(quarter);
        if (past.StartAfter(quarter) is { } start && (heard is null || heard + SignalSql.QuarterMs > start.At))
        {
            return start.HadNoPower ? Power : Restart;
        }

        if (listened is not null)
        {
            return Deaf;
        }

        BoxWord? word = _data.Boxes.FirstOrDefault(box => box.DeviceId == device);
        bool isGone = heard is null && word is { StandsThere: true, LastSeen: { } seen }
            && seen < DateTime.UnixEpoch.AddMilliseconds(slot + BoxSignal.SlotMs);
        return isGone ? Offline : Silent;
    }

    private BoxPast PastOf(string device)
    {
        if (!_boxes.TryGetValue(device, out BoxPast? past))
        {
            past = new BoxPast(_data, device);
            _boxes.Add(device, past);
        }

        return past;
    }

    /// <summary>A box: the quarters of an hour that it told of, and its starts.</summary>
    private sealed class BoxPast
    {
        private readonly List<long> _quarters = [];
        private readonly List<long> _listened = [];
        private readonly BoxStarts? _starts;

        public BoxPast(PlaceData data, string device)
        {
            _starts = data.Starts.GetValueOrDefault(device);
            foreach (HeardQuarter quarter in data.Windows.SelectMany(static window => window.Quarters))
            {
                // Windows are in order of time, and within one a box's quarters are.
                if (quarter.DeviceId == device && (_quarters.Count == 0 || quarter.StartAt > _quarters[^1]))
                {
                    _quarters.Add(quarter.StartAt);
                    _listened.Add(quarter.ListenedSeconds);
                }
            }
        }

        /// <summary>How long it listened in a quarter, s; null = nothing of it came.</summary>
        public long? Listened(long quarter)
        {
            int index = _quarters.BinarySearch(quarter);
            return index < 0 ? null : _listened[index];
        }

        /// <summary>The next quarter of which something came; null = there is none.</summary>
        public long? HeardAfter(long quarter)
        {
            int index = _quarters.BinarySearch(quarter);
            int next = index < 0 ? ~index : index + 1;
            return next < _quarters.Count ? _quarters[next] : _starts?.NextHeard;
        }

        /// <summary>The first start in a quarter or after it; null = none is known.</summary>
        public BoxStart? StartAfter(long quarter)
        {
            foreach (BoxStart start in _starts?.Starts ?? [])
            {
                if (start.At >= quarter)
                {
                    return start;
                }
            }

            return null;
        }
    }
}
