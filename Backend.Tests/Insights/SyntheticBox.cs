using JamBox.Backend.Insights.Watch;
using JamBox.Backend.Storage;
using JamBox.Backend.Tests.Hosting;

using Microsoft.Extensions.DependencyInjection;

using NodaTime;

namespace JamBox.Backend.Tests.Insights;

/// <summary>
/// A box in an invented shop, quarter by quarter: people by hour and weekday, weather that lasts for days, some who live nearby, devices
/// that stay. Counts scatter more than chance would have it (bursts), as on real boxes. What goes wrong is put in by day.
/// </summary>
internal sealed class SyntheticBox
{
    /// <summary>A Monday.</summary>
    public static readonly LocalDate First = new(2026, 3, 2);

    private static readonly double[] s_weekdays = [0.9, 0.85, 0.95, 1.0, 1.3, 1.6, 0];

    private readonly Random _random;
    private readonly Dictionary<long, bool> _open = [];
    private double _weather;
    private int _sent;

    public SyntheticBox(int seed) => _random = new Random(seed);

    public static DateTimeZone Zone { get; } = DateTimeZoneProviders.Tzdb["Europe/Berlin"];

    public bool HoursKnown { get; init; } = true;

    /// <summary>People's device-minutes in a quarter of a busy hour.</summary>
    public double Busy { get; init; } = 60;

    /// <summary>Device-minutes a quarter at any time, of those who live nearby.</summary>
    public double Nearby { get; init; } = 5;

    /// <summary>How many people there are on a day, against the usual.</summary>
    public Func<int, double> People { get; init; } = static _ => 1;

    /// <summary>Device-minutes a quarter of devices that stay, by day.</summary>
    public Func<int, double> Static { get; init; } = static _ => 0;

    /// <summary>What becomes of Wi-Fi on a day and hour: 1 = all of it is heard.</summary>
    public Func<int, int, double> Wifi { get; init; } = static (_, _) => 1;

    /// <summary>What becomes of Bluetooth on a day.</summary>
    public Func<int, int, double> Bluetooth { get; init; } = static (_, _) => 1;

    /// <summary>Share of the inner zones, by day.</summary>
    public Func<int, double> Inside { get; init; } = static _ => 0.55;

    /// <summary>Whether the box is on.</summary>
    public Func<int, int, bool> IsOn { get; init; } = static (_, _) => true;

    public List<WatchedQuarter> Quarters { get; } = [];

    /// <summary>The moment at which a day begins.</summary>
    public static long At(int day, int hour = 0) =>
        Zone.AtLeniently(First.PlusDays(day).AtMidnight().PlusHours(hour)).ToInstant().ToUnixTimeMilliseconds();

    /// <summary>Goes on to a day and hour, exclusive.</summary>
    public SyntheticBox Until(int day, int hour = 0)
    {
        long at = Quarters.Count == 0 ? At(0) : _next;
        for (; at < At(day, hour); at += WatchedQuarter.LengthMs)
        {
            LocalDateTime local = Instant.FromUnixTimeMilliseconds(at).InZone(Zone).LocalDateTime;
            int number = Period.Between(First, local.Date, PeriodUnits.Days).Days;
            if (local is { Hour: 0, Minute: 0 })
            {
                // Rain lasts for days: half of a deviation is gone the day after.
                _weather = (_weather * 0.5) + (Normal() * 0.15);
            }

            if (IsOn(number, local.Hour))
            {
                Quarters.Add(Quarter(at, number, local.Hour));
            }
        }

        _next = at;
        return this;
    }

    private long _next;

    /// <summary>What the watch sees at this moment: what it looks at of the past.</summary>
    internal WatchedBox Box()
    {
        long from = _next - (70 * 24 * 3_600_000L);
        return new WatchedBox(
            "JBNB0001", Zone, HoursKnown, IsOpenAt, (start, end) => !IsOpenAt(start - 1_800_000, start) && !IsOpenAt(start, end)
                && !IsOpenAt(end, end + 1_800_000),
            [.. Quarters.Where(quarter => quarter.StartAt >= from)], _next);
    }

    /// <summary>What came until now is not sent.</summary>
    public void SkipSent() => _sent = Quarters.Count;

    /// <summary>Puts what came since the last time into the storage of a backend.</summary>
    public Task<int> SendAsync(BackendHost host, string deviceId)
    {
        WatchedQuarter[] more = [.. Quarters.Skip(_sent)];
        _sent = Quarters.Count;
        return host.Services.GetRequiredService<Store>().WriteAsync((deviceId, more), static (session, wanted) =>
        {
            foreach (WatchedQuarter q in wanted.more)
            {
                session.Execute(
                    """
                    INSERT INTO quarters (device_id, start_at, readings, impressions, unique_count, apple_count, android_count, other_count,
                        dwell_0_1, dwell_1_5, dwell_5_10, dwell_10plus, rssi_immediate, rssi_near, rssi_far, rssi_remote, ble_impressions,
                        ble_unique, ble_apple, ble_android, ble_other, listened_s, overflow_count, overflow_readings, degraded_readings,
                        cached_readings, send_failures, max_cache_depth, signal_sum, signal_count)
                    VALUES ($1, $2, 3, $3, $4, 0, 0, 0, 0, 0, 0, 0, 0, 0, $5, $6, $7, $7, 0, 0, $7, $8, 0, 0, 0, 0, 0, 0, 0, 0)
                    """, wanted.deviceId, q.StartAt, q.Probes, q.Wifi, q.Inside, q.Remote, q.Bluetooth, q.ListenedSeconds);
            }

            return wanted.more.Length;
        });
    }

    private bool IsOpenAt(long from, long until)
    {
        if (!_open.TryGetValue(from, out bool open))
        {
            _open.Add(from, open = IsOpen(from, until));
        }

        return open;
    }

    private static bool IsOpen(long from, long until)
    {
        LocalDateTime local = Instant.FromUnixTimeMilliseconds((from + until) / 2).InZone(Zone).LocalDateTime;
        return local.DayOfWeek != IsoDayOfWeek.Sunday && local.Hour is >= 9 and < 19;
    }

    private WatchedQuarter Quarter(long at, int day, int hour)
    {
        double shape = hour is >= 9 and < 19 ? Math.Exp(-Math.Pow((hour - 15) / 5.0, 2)) : 0;
        double people = Busy * shape * s_weekdays[day % 7] * People(day) * Math.Exp(_weather);
        double wifi = Wifi(day, hour);
        long inside = Draw(((people * Inside(day)) + (Nearby * 0.2) + Static(day)) * wifi);
        long remote = Draw(((people * (1 - Inside(day))) + (Nearby * 0.8)) * wifi);
        long probes = inside + remote + Draw((inside + remote) * 2.5);
        long bluetooth = Draw(((people * 0.8) + (Nearby * 0.5)) * Bluetooth(day, hour));
        return new WatchedQuarter(at, probes, inside, remote, bluetooth, 870);
    }

    /// <summary>A count with twice the variance that chance would give it, and more in crowds.</summary>
    private long Draw(double mean)
    {
        if (mean <= 0)
        {
            return 0;
        }

        double gamma = mean * Math.Exp((Normal() * 0.25) - 0.03);
        double product = 1;
        if (gamma > 30)
        {
            return Math.Max(0, (long)Math.Round(gamma + (Normal() * Math.Sqrt(gamma))));
        }

        double limit = Math.Exp(-gamma);
        long count = -1;
        do
        {
            count++;
            product *= _random.NextDouble();
        }
        while (product > limit);
        return count;
    }

    private double Normal() => Math.Sqrt(-2 * Math.Log(1 - _random.NextDouble())) * Math.Cos(2 * Math.PI * _random.NextDouble());
}
