using System.Collections.Concurrent;
using System.Globalization;
using System.Net;
using System.Net.Sockets;

using JamBox.Backend.Devices;
using JamBox.Backend.Operation;
using JamBox.Backend.Storage;
using JamBox.Backend.Wire;

namespace JamBox.Backend.Security;

/// <summary>
/// Fixed windows, aligned to the clock. A request is decided here and now. What a device used is added to the storage behind its back, and
/// what other processes and earlier starts used comes back with that: no request waits for a disk, and all agree within the time of a
/// commit. What strangers and keys used is counted in memory, each process for itself: nothing that a stranger sends, and no look at a
/// list, makes anything be written. (Secrets short enough to be guessed have <see cref="Tries"/>.)
/// </summary>
internal sealed class RateLimits
{
    /// <summary>Windows kept; past it the old ones go. An attacker with many addresses costs this much memory and no more.</summary>
    private const int MaxWindows = 50_000;

    private const long MinuteMs = 60_000;
    private const long HourMs = 60 * MinuteMs;

    private const string AddSql = """
        INSERT INTO rate_limits (name, window_start, used) VALUES ($1, $2, 1)
        ON CONFLICT (name) DO UPDATE SET
            used = CASE WHEN rate_limits.window_start = excluded.window_start THEN rate_limits.used + 1 ELSE 1 END,
            window_start = excluded.window_start
        RETURNING used
        """;

    private readonly Store _store;
    private readonly TimeProvider _clock;
    private readonly RateLimitOptions _options;
    private readonly ConcurrentDictionary<string, Window> _windows = new(StringComparer.Ordinal);

    /// <summary>Makes the limits.</summary>
    public RateLimits(Store store, TimeProvider clock, RateLimitOptions options)
    {
        _store = store;
        _clock = clock;
        _options = options;
    }

    /// <summary>Counts a failed authentication.</summary>
    /// <returns>Seconds to wait when there were too many from that address; else null.</returns>
    public int? TryAcquireFailure(HttpContext http) => TryAcquireFailure(http.Connection.RemoteIpAddress);

    /// <summary>The same where there is no request.</summary>
    public int? TryAcquireFailure(IPAddress? peer) =>
        TryAcquire($"failed {Peer(peer)}", _options.FailedPerMinute, MinuteMs, persist: false);

    /// <summary>Counts a request of a key.</summary>
    /// <returns>Seconds to wait when there were too many; else null.</returns>
    public int? TryAcquireAdmin(string keyName) => TryAcquire($"key {keyName}", _options.AdminPerMinute, MinuteMs, persist: false);

    /// <summary>Counts a request of a key that many devices share: each address has the allowance of a key.</summary>
    /// <returns>Seconds to wait when there were too many; else null.</returns>
    public int? TryAcquireShared(HttpContext http, string keyName) =>
        TryAcquire($"key {keyName} {Peer(http.Connection.RemoteIpAddress)}", _options.AdminPerMinute, MinuteMs, persist: false);

    /// <summary>Counts a request of a device.</summary>
    /// <returns>Seconds to wait when there were too many; else null.</returns>
    public int? TryAcquireDevice(string deviceId, DeviceLimit limit) => limit == DeviceLimit.None ? null : TryAcquire(
        $"{limit} {deviceId}", limit == DeviceLimit.Geolocation
            ? _options.GeolocationPerHour
            : _options.DevicePerHour, HourMs, persist: true);

    /// <summary>Counts a message of telemetry, or a look at what is wanted; in memory, for one comes with every value.</summary>
    /// <returns>Seconds to wait when there were too many; else null.</returns>
    public int? TryAcquireTelemetry(string deviceId) =>
        TryAcquire($"telemetry {deviceId}", _options.TelemetryPerMinute, MinuteMs, persist: false);

    /// <summary>Seconds to wait, rounded up, never with the digits of success in them: old boxes look for those anywhere.</summary>
    public static int WaitSeconds(long ms)
    {
        int seconds = (int)Math.Max(1, (ms + 999) / 1000);
        while (SuccessDigits.In(seconds.ToString(CultureInfo.InvariantCulture)))
        {
            seconds++;
        }

        return seconds;
    }

    /// <summary>Counts a use of anything.</summary>
    /// <param name="name">What, and whose.</param>
    /// <param name="limit">Uses in a window.</param>
    /// <param name="windowMs">Length of the window, ms.</param>
    /// <param name="persist">Whether it is shared with other processes and outlives a restart: only for whoever exists.</param>
    /// <returns>Seconds to wait when there were too many, never with the digits of success in it; else null.</returns>
    private int? TryAcquire(string name, int limit, long windowMs, bool persist)
    {
        long now = _clock.GetUtcNow().ToUnixTimeMilliseconds();
        long start = now - (now % windowMs);
        Window window = _windows.GetOrAdd(name, static _ => new Window());
        lock (window)
        {
            if (window.Start != start)
            {
                window.Start = start;
                window.Used = 0;
            }

            if (window.Used >= limit)
            {
                return WaitSeconds(start + windowMs - now);
            }

            window.Used++;
        }

        RemoveOldWindows(now);
        if (persist)
        {
            _ = AddAsync(name, window, start);
        }

        return null;
    }

    /// <summary>The address; of IPv6 the network, which is what a subscriber has.</summary>
    private static string Peer(IPAddress? address)
    {
        if (address is null)
        {
            return "";
        }

        if (address.AddressFamily != AddressFamily.InterNetworkV6 || address.IsIPv4MappedToIPv6)
        {
            return address.MapToIPv4().ToString();
        }

        byte[] bytes = address.GetAddressBytes();
        bytes.AsSpan(8).Clear();
        return new IPAddress(bytes).ToString();
    }

    private static int Add(SqlSession session, (string Name, long Start) use)
    {
        using SqlStatement row = session.Query(AddSql, use.Name, use.Start);
        row.Read();
        return row.Int32(0);
    }

    private async Task AddAsync(string name, Window window, long start)
    {
        try
        {
            int used = await _store.WriteAsync((name, start), Add).ConfigureAwait(false);
            lock (window)
            {
                window.Used = window.Start == start ? Math.Max(window.Used, used) : window.Used;
            }
        }
        catch (Exception e) when (e is StorageBusyException or StorageException)
        {
            // The limit is then this process's own until the next use; the request has its answer already.
        }
    }

    private void RemoveOldWindows(long now)
    {
        if (_windows.Count <= MaxWindows)
        {
            return;
        }

        foreach ((string name, Window window) in _windows)
        {
            if (window.Start < now - HourMs)
            {
                _windows.TryRemove(name, out _);
            }
        }

        if (_windows.Count > MaxWindows)
        {
            _windows.Clear();
        }
    }

    private sealed class Window
    {
        public long Start { get; set; } = -1;

        public int Used { get; set; }
    }
}

/// <summary>What of a device is limited; each has an allowance of its own.</summary>
internal enum DeviceLimit
{
    /// <summary>Readings, which have a pace of their own (<see cref="ReadingPace"/>), and chunks, which are unlimited.</summary>
    None,

    /// <summary>Heartbeats.</summary>
    Heartbeat,

    /// <summary>Fetching the configuration.</summary>
    Config,

    /// <summary>Asking for an update.</summary>
    OtaCheck,

    /// <summary>Reporting an update's end.</summary>
    OtaComplete,

    /// <summary>Geolocation.</summary>
    Geolocation,
}

/// <summary><c>RateLimits:*</c>, each 1 to 1,000,000 unless said.</summary>
internal sealed class RateLimitOptions
{
    /// <summary>The section.</summary>
    public const string Section = "RateLimits";

    private const int Most = 1_000_000;

    /// <summary>Failed authentications per minute and peer address; 60 unless said.</summary>
    [WholeNumber(1, Most)]
    public int FailedPerMinute { get; set; } = 60;

    /// <summary>Heartbeats, configurations, update checks and results, each, per hour and device; 60 unless said.</summary>
    [WholeNumber(1, Most)]
    public int DevicePerHour { get; set; } = 60;

    /// <summary>Geolocations per hour and device; 10 unless said.</summary>
    [WholeNumber(1, Most)]
    public int GeolocationPerHour { get; set; } = 10;

    /// <summary>
    /// Readings per minute and device, 30 to 1,000,000; 120 unless said. More are not refused but slowed: see <see cref="ReadingPace"/>,
    /// whose longest wait must hold a few of them.
    /// </summary>
    [WholeNumber(30, Most)]
    public int ReadingsPerMinute { get; set; } = 120;

    /// <summary>Requests of telemetry per minute and device; 100 unless said.</summary>
    [WholeNumber(1, Most)]
    public int TelemetryPerMinute { get; set; } = 100;

    /// <summary>Requests per minute and key; 600 unless said.</summary>
    [WholeNumber(1, Most)]
    public int AdminPerMinute { get; set; } = 600;
}
