using System.Diagnostics;
using System.Diagnostics.Metrics;

using JamBox.Backend.Devices;
using JamBox.Backend.Mqtt.Embedded;
using JamBox.Backend.Operation;
using JamBox.Backend.Patches;
using JamBox.Backend.Readings;
using JamBox.Backend.Storage;
using JamBox.Backend.Updates;

namespace JamBox.Backend.Observability;

/// <summary>What the backend measures of itself: an ordinary .NET meter, so that other exporters can be attached too.</summary>
internal sealed class BackendMetrics : IDisposable
{
    /// <summary>Name of the meter.</summary>
    public const string MeterName = "JamBox.Backend";

    /// <summary>Upper bounds of the buckets of seconds.</summary>
    private static readonly InstrumentAdvice<double> s_seconds =
        new() { HistogramBucketBoundaries = [0.0005, 0.001, 0.002, 0.005, 0.01, 0.02, 0.05, 0.1, 0.5, 1] };

    /// <summary>Upper bounds of the buckets of counts.</summary>
    private static readonly InstrumentAdvice<double> s_counts =
        new() { HistogramBucketBoundaries = [1, 2, 5, 10, 20, 50, 100, 200, 500, 1024] };

    private static readonly (Contradictions One, string Name)[] s_contradictions =
    [
        (Backend.Readings.Contradictions.Listened, "ls_iv"), (Backend.Readings.Contradictions.AppleInUse, "baa_ble_apple"),
        (Backend.Readings.Contradictions.Unique, "u_i"),
    ];

    private static readonly TimeSpan s_devicesEvery = TimeSpan.FromSeconds(1);

    private readonly Meter _meter = new(MeterName);
    private Measurement<int>[]? _devices;
    private long _devicesAt;

    /// <summary>Makes the instruments.</summary>
    public BackendMetrics()
    {
        Readings = _meter.CreateCounter<long>("jambox_readings_total", description: "Readings answered with yes, by result.");
        Contradictions = _meter.CreateCounter<long>(
            "jambox_reading_contradictions_total", description: "Readings with numbers that cannot both be true, by what contradicts.");
        Heartbeats = _meter.CreateCounter<long>("jambox_heartbeats_total", description: "Heartbeats answered with yes.");
        BoardFaults = _meter.CreateCounter<long>(
            "jambox_board_faults_total", description: "Heartbeats of boxes with a part that does not work.");
        Refusals = _meter.CreateCounter<long>("jambox_refusals_total", description: "Requests of devices that were refused, by status.");
        OtaChunks = _meter.CreateCounter<long>("jambox_ota_chunks_total", description: "Chunks of our patches given to devices.");
        OtaEnds = _meter.CreateCounter<long>("jambox_ota_ends_total", description: "Ends of updates that devices reported, by state.");
        Patches = _meter.CreateCounter<long>("jambox_ota_patches_total", description: "Patches made, by state.");
        DeviceBytes = _meter.CreateCounter<long>("jambox_device_bytes_total", description: "Bytes of devices' requests and answers.");
        PatchSeconds = _meter.CreateHistogram<double>(
            "jambox_ota_patch_seconds", "s", "Time to make and check a patch.", tags: null, advice: s_seconds);
        CommitSeconds = _meter.CreateHistogram<double>(
            "jambox_commit_seconds", "s", "Time of a commit, fsync included.", tags: null, advice: s_seconds);
        BatchSize = _meter.CreateHistogram<double>(
            "jambox_commit_changes", unit: null, "Changes in a commit.", tags: null, advice: s_counts);
    }

    /// <summary>Readings stored.</summary>
    public Counter<long> Readings { get; }

    /// <summary>Readings whose numbers contradict each other.</summary>
    public Counter<long> Contradictions { get; }

    /// <summary>Heartbeats.</summary>
    public Counter<long> Heartbeats { get; }

    /// <summary>Heartbeats with a fault of the board.</summary>
    public Counter<long> BoardFaults { get; }

    /// <summary>Refused requests of devices.</summary>
    public Counter<long> Refusals { get; }

    /// <summary>Chunks given.</summary>
    public Counter<long> OtaChunks { get; }

    /// <summary>Reported ends of updates.</summary>
    public Counter<long> OtaEnds { get; }

    /// <summary>Patches made.</summary>
    public Counter<long> Patches { get; }

    /// <summary>Bytes over the air.</summary>
    public Counter<long> DeviceBytes { get; }

    /// <summary>Time that a patch took.</summary>
    public Histogram<double> PatchSeconds { get; }

    /// <summary>Commit latency.</summary>
    public Histogram<double> CommitSeconds { get; }

    /// <summary>Changes that shared a commit.</summary>
    public Histogram<double> BatchSize { get; }

    /// <summary>
    /// Shows every series at 0 from the start. Prometheus takes a series that begins at 1 for one that has not grown: the first fault of
    /// its kind would raise no alert.
    /// </summary>
    public void ShowZeros()
    {
        Heartbeats.Add(0);
        BoardFaults.Add(0);
        OtaChunks.Add(0);
        ShowZeros(Readings, "result", "new", "duplicate");
        ShowZeros(Contradictions, "numbers", [.. s_contradictions.Select(static known => (object)known.Name)]);
        ShowZeros(DeviceBytes, "direction", "received", "sent");
        ShowZeros(Refusals, "status", 400, 401, 403, 404, 409, 413, 429, 500, 503);
        ShowZeros(OtaEnds, "state", AttemptState.Confirmed, AttemptState.RolledBack, AttemptState.Failed);
        ShowZeros(Patches, "state", PatchState.Ready, PatchState.Useless, PatchState.Failed);
    }

    /// <summary>Counts what a reading contradicted itself in.</summary>
    /// <param name="found">One or several.</param>
    public void Count(Contradictions found)
    {
        foreach ((Contradictions one, string name) in s_contradictions)
        {
            if (found.HasFlag(one))
            {
                Contradictions.Add(1, new KeyValuePair<string, object?>("numbers", name));
            }
        }
    }

    /// <summary>Lets what is in the storage be measured, each time that somebody asks.</summary>
    /// <param name="store">The storage.</param>
    /// <param name="clock">Says which devices are silent.</param>
    /// <param name="queues">Where work may die.</param>
    public void Observe(Store store, TimeProvider clock, IEnumerable<IRetryQueue> queues)
    {
        string[] names = [.. queues.Select(static queue => queue.Queue)];
        _meter.CreateObservableGauge(
            "jambox_dead_letters", () => CountDead(store, names), unit: null, "Work that failed too often to be tried again, by queue.");
        _meter.CreateObservableGauge("jambox_write_queue_depth", () => store.QueueDepth, unit: null, "Changes that wait to be written.");
        _meter.CreateObservableGauge(
            "jambox_devices", () => Devices(store, clock), unit: null, "Devices, by state.");
    }

    /// <summary>Lets the broker in this process be measured, each time that somebody asks.</summary>
    /// <param name="broker">The broker; null = there is none.</param>
    public void Observe(EmbeddedBroker? broker)
    {
        if (broker is null)
        {
            return;
        }

        BrokerCounts counts = broker.Counts;
        _meter.CreateObservableGauge(
            "jambox_mqtt_connections", () => counts.Connections, unit: null, "Connections to the broker that are signed in.");
        _meter.CreateObservableGauge(
            "jambox_mqtt_sessions", () => broker.Sessions.Count, unit: null, "Sessions, those of clients that are away too.");
        _meter.CreateObservableGauge(
            "jambox_mqtt_waiting_bytes", () => broker.Sessions.Budget.Taken, unit: null,
            "Messages that wait for clients, or are not acknowledged.");
        _meter.CreateObservableCounter(
            "jambox_mqtt_messages_total",
            () => new Measurement<long>[]
            {
                Of(counts.Taken, "taken"), Of(counts.Delivered, "delivered"), Of(counts.Delayed, "delayed"), Of(counts.Dropped, "dropped"),
                Of(counts.Failed, "failed"),
            },
            unit: null, "Messages at the broker, by what became of them.");
        _meter.CreateObservableCounter(
            "jambox_mqtt_refused_total", () => counts.Refused, unit: null,
            "Sign-ins, messages, subscriptions and broken packets that were refused.");

        static Measurement<long> Of(long count, string result) => new(count, new KeyValuePair<string, object?>("result", result));
    }

    /// <summary>Whether an instrument is this instance's: hosts in one process do not mix their numbers.</summary>
    public bool Owns(Instrument instrument) => ReferenceEquals(instrument.Meter, _meter);

    /// <inheritdoc/>
    public void Dispose() => _meter.Dispose();

    private static void ShowZeros(Counter<long> counter, string tag, params ReadOnlySpan<object> values)
    {
        foreach (object value in values)
        {
            counter.Add(0, new KeyValuePair<string, object?>(tag, value));
        }
    }

    private static Measurement<int>[] CountDead(Store store, string[] queues)
    {
        Dictionary<string, int> counts = store.Read(0, DeadLetterSql.Count);
        return [.. queues.Select(queue =>
            new Measurement<int>(counts.GetValueOrDefault(queue), new KeyValuePair<string, object?>("queue", queue)))];
    }

    /// <summary>Anybody may ask, as often as he likes: every device is looked at once a second at most.</summary>
    private Measurement<int>[] Devices(Store store, TimeProvider clock)
    {
        lock (_meter)
        {
            if (_devices is null || Stopwatch.GetElapsedTime(_devicesAt) > s_devicesEvery)
            {
                _devices = store.Read(clock.GetUtcNow().ToUnixTimeMilliseconds(), CountDevices);
                _devicesAt = Stopwatch.GetTimestamp();
            }

            return _devices;
        }
    }

    /// <summary>How many boxes are in which state; the virtual one is none of them.</summary>
    internal static Measurement<int>[] CountDevices(SqlSession session, long now)
    {
        SortedDictionary<string, int> states = new(StringComparer.Ordinal)
        {
            ["new"] = 0, ["offline"] = 0, ["online"] = 0, ["warning"] = 0,
        };
        using SqlStatement row = session.Query("SELECT last_seen_at, report_interval_ms FROM devices WHERE kind = 'box' AND is_demo = 0");
        while (row.Read())
        {
            states[DeviceState.Of(row.Int64OrNull(0), row.Int32(1), now)]++;
        }

        return [.. states.Select(static state => new Measurement<int>(state.Value, new KeyValuePair<string, object?>("state", state.Key)))];
    }
}
