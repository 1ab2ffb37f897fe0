using JamBox.Backend.Insights.Calibration;
using JamBox.Backend.Insights.Estimation;
using JamBox.Backend.Places;

using NodaTime;

namespace JamBox.Backend.Insights.Figures;

/// <summary>A day at a place in slots of 5 minutes, by one model.</summary>
internal sealed class DaySlots
{
    /// <summary>Length of a slot, s.</summary>
    public const int SlotSeconds = (int)(BoxSignal.SlotMs / 1000);

    /// <summary>Length of a slot, h.</summary>
    public const double SlotHours = SlotSeconds / 3600.0;

    private const int DaySlotCount = 24 * 12;

    /// <summary>The first slot of each time of the day; −1 = the clock jumped over it.</summary>
    private readonly short[] _byClock = new short[DaySlotCount];

    private DaySlots(DateOnly day, long start, long end, PeopleEstimator estimator, PeopleEstimate[] slots)
    {
        Day = day;
        Start = start;
        End = end;
        Estimator = estimator;
        Slots = slots;
        IsOpen = new bool[slots.Length];
        Staff = new double[slots.Length];
        Clock = new short[slots.Length];
    }

    /// <summary>The day.</summary>
    public DateOnly Day { get; }

    /// <summary>When it begins, milliseconds since 1970.</summary>
    public long Start { get; }

    /// <summary>When it ends.</summary>
    public long End { get; }

    /// <summary>Puts its slots together.</summary>
    public PeopleEstimator Estimator { get; }

    /// <summary>Its slots; of those in which the place is closed nothing is worked out, for nobody asks.</summary>
    public PeopleEstimate[] Slots { get; }

    /// <summary>Whether the place is open in each.</summary>
    public bool[] IsOpen { get; }

    /// <summary>The usual staff in each.</summary>
    public double[] Staff { get; }

    /// <summary>The time of the day of each: 0 to 287, in slots since midnight by the place's clock.</summary>
    public short[] Clock { get; }

    /// <summary>Works a day out.</summary>
    /// <param name="data">What was read.</param>
    /// <param name="day">The day.</param>
    /// <param name="estimator">The model, with what was heard in the day's window.</param>
    /// <param name="staff">The usual staff while it is open; null = nobody said.</param>
    public static DaySlots Of(PlaceData data, DateOnly day, PeopleEstimator estimator, StaffChange? staff)
    {
        long start = PlaceDay.Start(data.Zone, day), end = PlaceDay.Start(data.Zone, day.AddDays(1));
        long first = BoxSignal.Floor(start);
        PeopleEstimate[] estimates = new PeopleEstimate[Math.Max(0, (end - first + BoxSignal.SlotMs - 1) / BoxSignal.SlotMs)];
        for (int i = 0; i < estimates.Length; i++)
        {
            estimates[i] = new PeopleEstimate(first + (i * BoxSignal.SlotMs), null, 0);
        }

        DaySlots slots = new(day, start, end, estimator, estimates);
        slots.SetClock(data.Zone);
        foreach ((long from, long until, DateOnly of) in data.Open.Reaching(day))
        {
            slots.SetOpen(from, until, staff?.Of(OpeningHours.Weekday(of)) ?? 0);
        }

        for (int i = 0; i < estimates.Length; i++)
        {
            if (slots.IsOpen[i])
            {
                estimates[i] = estimator.HistoryAt(estimates[i].StartMs);
            }
        }

        return slots;
    }

    /// <summary>The first slot of a time of the day; −1 = there is none.</summary>
    public int At(short clock) => _byClock[clock];

    /// <summary>Guests in a slot, best guess; null = closed, or no figure.</summary>
    public double? Guests(int slot) =>
        slot >= 0 && IsOpen[slot] && Slots[slot].People is { } people ? Math.Max(0, people.Value - Staff[slot]) : null;

    /// <summary>A slot with as many on each side as are open on both: it stays in the middle.</summary>
    /// <param name="at">When the slot begins, within the day, milliseconds since 1970.</param>
    /// <param name="most">Slots on each side at most.</param>
    public (long From, long Until) Around(long at, int most)
    {
        long index = (at - Slots0) / BoxSignal.SlotMs;
        int around = 0;
        while (around < most && IsOpenAt(index - around - 1) && IsOpenAt(index + around + 1))
        {
            around++;
        }

        return (at - (around * BoxSignal.SlotMs), at + ((around + 1) * BoxSignal.SlotMs));
    }

    /// <summary>The open slots of a part of the day without a figure: when they begin, milliseconds since 1970.</summary>
    /// <param name="from">Begin, milliseconds since 1970.</param>
    /// <param name="until">End, exclusive.</param>
    public IEnumerable<long> Unknown(long from, long until)
    {
        for (int i = (int)Math.Max(0, (from - Slots0) / BoxSignal.SlotMs); i < Slots.Length && Slots[i].StartMs < until; i++)
        {
            if (Slots[i].StartMs >= from && IsOpen[i] && Slots[i].People is null)
            {
                yield return Slots[i].StartMs;
            }
        }
    }

    /// <summary>Puts the open slots of a part of the day together, as far as they have passed.</summary>
    /// <param name="from">Begin, milliseconds since 1970.</param>
    /// <param name="until">End, exclusive.</param>
    /// <param name="elapsed">What is later has not passed.</param>
    public SlotSpan Span(long from, long until, long elapsed)
    {
        int first = (int)Math.Max(0, (from - Slots0) / BoxSignal.SlotMs);
        List<PeopleEstimate> passed = [];
        int open = 0;
        int index = first;
        for (; index < Slots.Length && Slots[index].StartMs < until; index++)
        {
            if (Slots[index].StartMs >= from && IsOpen[index])
            {
                open++;
                if (Slots[index].StartMs + BoxSignal.SlotMs <= elapsed)
                {
                    passed.Add(Slots[index]);
                }
            }
        }

        SpanEstimate? estimate = passed.Count == 0
            ? null
            : Estimator.Span(System.Runtime.InteropServices.CollectionsMarshal.AsSpan(passed), StaffAt);
        return new SlotSpan(open, passed.Count, estimate);
    }

    /// <summary>A slot is open when its middle is.</summary>
    private void SetOpen(long from, long until, double staff)
    {
        for (int i = 0; i < Slots.Length; i++)
        {
            long middle = Slots[i].StartMs + (BoxSignal.SlotMs / 2);
            if (from <= middle && middle < until)
            {
                IsOpen[i] = true;
                Staff[i] = staff;
            }
        }
    }

    private void SetClock(DateTimeZone zone)
    {
        Array.Fill(_byClock, (short)-1);
        Offset first = zone.GetUtcOffset(Instant.FromUnixTimeMilliseconds(Start));
        bool isSteady = zone.GetUtcOffset(Instant.FromUnixTimeMilliseconds(End)) == first;
        for (int i = 0; i < Slots.Length; i++)
        {
            long at = Slots[i].StartMs;
            Offset offset = isSteady ? first : zone.GetUtcOffset(Instant.FromUnixTimeMilliseconds(at));
            long slot = (at + (offset.Seconds * 1000L)) / BoxSignal.SlotMs;
            short clock = (short)(((slot % DaySlotCount) + DaySlotCount) % DaySlotCount);
            Clock[i] = clock;
            _byClock[clock] = _byClock[clock] < 0 ? (short)i : _byClock[clock];
        }
    }

    private bool IsOpenAt(long slot) => slot >= 0 && slot < IsOpen.Length && IsOpen[slot];

    private long Slots0 => Slots.Length == 0 ? Start : Slots[0].StartMs;

    private double StaffAt(long at) => Staff[(at - Slots0) / BoxSignal.SlotMs];
}

/// <summary>A part of a day.</summary>
/// <param name="OpenSlots">Slots of 5 minutes in which the place is open.</param>
/// <param name="PassedSlots">Those of them that have passed.</param>
/// <param name="Estimate">What is there to be said of them; null = none have passed.</param>
internal readonly record struct SlotSpan(int OpenSlots, int PassedSlots, SpanEstimate? Estimate);
