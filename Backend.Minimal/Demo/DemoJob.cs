using JamBox.Backend.Insights;
using JamBox.Backend.Insights.Calibration;
using JamBox.Backend.Operation;
using JamBox.Backend.Readings;
using JamBox.Backend.Storage;

using NodaTime;

namespace JamBox.Backend.Demo;

/// <summary>
/// Lets the virtual box speak: its past at once, then every five minutes, and after a pause what it would have said meanwhile. Everything
/// follows from the clock and what is stored, so it goes on after a restart, and two processes store each reading once.
/// </summary>
internal sealed class DemoJob : IJob
{
    /// <summary>So much of a past it has, days: two rounds of the recording, all that "usual" looks back on.</summary>
    public const int PastDays = 28;

    /// <summary>A reading is there so long after it was closed, ms.</summary>
    private const long OnItsWayMs = 2000;

    /// <summary>Days on which people are counted by hand.</summary>
    private const int CountDays = 8;

    /// <summary>Minutes after midnight at which they are, each at the beginning of five minutes: quiet and busy.</summary>
    private static readonly int[] s_countMinutes = [(9 * 60) + 30, 11 * 60, (12 * 60) + 30, 15 * 60, (17 * 60) + 30];

    /// <summary>Those at the door.</summary>
    private static readonly int[] s_doorMinutes = [(11 * 60) + 30, 16 * 60];

    private const int DoorSlots = 6;
    private const long DayMs = 24 * 60 * 60 * 1000L;

    private readonly Store _store;
    private readonly TimeProvider _clock;
    private readonly DemoThings _things;

    /// <summary>Makes the job.</summary>
    public DemoJob(Store store, TimeProvider clock, DemoThings things)
    {
        _store = store;
        _clock = clock;
        _things = things;
    }

    /// <inheritdoc/>
    public TimeSpan Period => TimeSpan.FromMinutes(1);

    /// <inheritdoc/>
    public async Task RunAsync(CancellationToken stopping)
    {
        if (await _store.ReadAsync(false, DemoSql.Find).ConfigureAwait(false) is not { } box)
        {
            return;
        }

        long now = _clock.GetUtcNow().ToUnixTimeMilliseconds();
        DateTimeZone zone = Zones.Of(box.Timezone);
        await FillAsync(box, zone, now, stopping).ConfigureAwait(false);
        if (!await _store.ReadAsync(box.PlaceId, DemoSql.IsCounted).ConfigureAwait(false))
        {
            await CountAsync(box, zone, now).ConfigureAwait(false);
        }

        await _things.TellAsync(box, zone, stopping).ConfigureAwait(false);
    }

    /// <summary>Stores what is missing until now.</summary>
    private async Task FillAsync(DemoBox box, DateTimeZone zone, long now, CancellationToken stopping)
    {
        long last = (now - OnItsWayMs) / DemoDays.SlotMs;
        long first = Math.Max(
            (now - (PastDays * DayMs)) / DemoDays.SlotMs,
            await _store.ReadAsync(box, DemoSql.Newest).ConfigureAwait(false) is { } newest ? newest + 1 : 0);
        while (first < last)
        {
            stopping.ThrowIfCancellationRequested();
            long until = Math.Min(last, first + DemoSql.SliceRows);
            List<DatedReading> readings = new((int)(until - first));
            for (long slot = first; slot < until; slot++)
            {
                readings.Add(Reading(box, zone, slot));
            }

            await _store.WriteAsync((box, (IReadOnlyList<DatedReading>)readings), DemoSql.Fill).ConfigureAwait(false);
            first = until;
        }
    }

    private static DatedReading Reading(DemoBox box, DateTimeZone zone, long slot)
    {
        long start = slot * DemoDays.SlotMs;
        long closed = (start + DemoDays.SlotMs - 1000) / 1000;
        return DatedReading.Of(
            box.DeviceKey, box.DeviceId, DemoDays.Embedded.At(start, zone).Reading(closed, DemoSql.BootId, slot),
            DateTimeOffset.FromUnixTimeSeconds(closed).AddMilliseconds(OnItsWayMs));
    }

    /// <summary>Counts by hand who the twin knows was there, and fits the first model to that.</summary>
    private async Task CountAsync(DemoBox box, DateTimeZone zone, long now)
    {
        DateOnly today = PlaceDay.Today(zone, DateTimeOffset.FromUnixTimeMilliseconds(now));
        List<NewCount> counts = [];
        for (DateOnly day = today.AddDays(-1); day > today.AddDays(-1 - CountDays); day = day.AddDays(-1))
        {
            if (day.DayOfWeek != DayOfWeek.Sunday)
            {
                counts.AddRange(s_countMinutes.Select(minute => Present(box, zone, PlaceDay.At(zone, day, minute), now)));
                counts.AddRange(s_doorMinutes.Select(minute => Door(box, zone, PlaceDay.At(zone, day, minute), now)));
            }
        }

        long from = PlaceDay.Start(zone, today.AddDays(-PastDays));
        if (await _store.WriteAsync(
            (box, (IReadOnlyList<NewCount>)counts, Staff(zone, from), from, now), DemoSql.Count).ConfigureAwait(false)
            && await _store.ReadAsync((box.PlaceId, now), FitInputs.Read).ConfigureAwait(false) is { } inputs)
        {
            await _store.WriteAsync((box, inputs.Fit(), now), DemoSql.Fit).ConfigureAwait(false);
        }
    }

    private static NewCount Present(DemoBox box, DateTimeZone zone, long at, long now) => new(
        box.PlaceId, CountKinds.Present, at + (DemoDays.SlotMs / 2), null, (int)Math.Round(DemoDays.Embedded.At(at, zone).Present), null,
        DemoSql.Who, now);

    private static NewCount Door(DemoBox box, DateTimeZone zone, long at, long now) => new(
        box.PlaceId, CountKinds.Door, at, (int)(DoorSlots * DemoDays.SlotMs / 60_000),
        Enumerable.Range(0, DoorSlots).Sum(slot => DemoDays.Embedded.At(at + (slot * DemoDays.SlotMs), zone).Arrivals), null,
        DemoSql.Who, now);

    /// <summary>Who works there while it is open, on the mean, in halves.</summary>
    private static StaffChange Staff(DateTimeZone zone, long from)
    {
        StaffChange staff = new();
        DateOnly first = PlaceDay.Today(zone, DateTimeOffset.FromUnixTimeMilliseconds(from));
        for (int i = 0; i < 7; i++)
        {
            DateOnly day = first.AddDays(i);
            if (day.DayOfWeek != DayOfWeek.Sunday)
            {
                double mean = Enumerable.Range(9, 10)
                    .Average(hour => DemoDays.Embedded.At(PlaceDay.At(zone, day, hour * 60), zone).Staff);
                staff.Set(Places.OpeningHours.Weekday(day), Math.Round(mean * 2) / 2);
            }
        }

        return staff;
    }
}
