using JamBox.Backend.Events;
using JamBox.Backend.Storage;

namespace JamBox.Backend.Telemetry;

/// <summary>
/// Tells those who listen here what other processes of the same storage have heard: four times a second, and only while there are any, it
/// reads the states that another process has written since the last look. With SQLite there is one process, and nothing to look for. What
/// is overwritten by this process within a quarter of a second is told as it is then.
/// </summary>
internal sealed class NewsOfOthers : BackgroundService
{
    /// <summary>Devices remembered; past it all are forgotten: of those that were not known, the last message is told.</summary>
    private const int MaxKnown = 50_000;

    /// <summary>Rows of a look at most; the rest comes with their next word.</summary>
    private const int MaxRows = 10_000;

    private static readonly TimeSpan s_turn = TimeSpan.FromMilliseconds(1000d / EventHub.TurnsPerSecond);

    private readonly Store _store;
    private readonly TimeProvider _clock;
    private readonly TelemetryIntake _intake;
    private readonly LiveFeed _live;
    private readonly ILogger<NewsOfOthers> _logger;
    private readonly Dictionary<long, DeviceValues> _known = [];
    private volatile string? _horizon;
    private long _since;

    /// <summary>Makes it.</summary>
    public NewsOfOthers(Store store, TimeProvider clock, TelemetryIntake intake, LiveFeed live, ILogger<NewsOfOthers> logger)
    {
        _store = store;
        _clock = clock;
        _intake = intake;
        _live = live;
        _logger = logger;
    }

    /// <summary>Whether what happens from now on is told.</summary>
    public bool IsListening => _horizon is not null;

    private async Task LookAsync()
    {
        if (!_live.IsHeard)
        {
            _horizon = null;
            _known.Clear();
            return;
        }

        if (_horizon is null)
        {
            _horizon = await _store.ReadAsync(0, static (session, _) => Horizon(session)).ConfigureAwait(false);
            _since = _clock.GetUtcNow().ToUnixTimeMilliseconds();
            return;
        }

        (string horizon, List<OthersState> states) = await _store.ReadAsync((_intake.Source, _horizon), Gather).ConfigureAwait(false);
        foreach (OthersState state in states)
        {
            Tell(state);
        }

        _horizon = horizon;
    }

    /// <inheritdoc/>
    protected override async Task ExecuteAsync(CancellationToken stoppingToken)
    {
        if (_store.Target.Path is not null)
        {
            return;
        }

        using PeriodicTimer timer = new(s_turn, _clock);
        try
        {
            while (await timer.WaitForNextTickAsync(stoppingToken).ConfigureAwait(false))
            {
                await TryLookAsync().ConfigureAwait(false);
            }
        }
        catch (OperationCanceledException) when (stoppingToken.IsCancellationRequested)
        {
            // The process ends.
        }
    }

    private async Task TryLookAsync()
    {
        try
        {
            await LookAsync().ConfigureAwait(false);
        }
        catch (Exception fault) when (fault is StorageException or StorageBusyException or InvalidDataException)
        {
            // What comes meanwhile is told afterwards: the horizon stays.
            _logger.LogDebug(fault, "The news of other processes were not read; the next look is in {Turn}", s_turn);
        }
    }

    /// <summary>What no transaction that is under way can have written: what is at or behind it is read at the next look.</summary>
    private static string Horizon(SqlSession session)
    {
        using SqlStatement row = session.Query("SELECT pg_snapshot_xmin(pg_current_snapshot())::text");
        row.Read();
        return row.Text(0);
    }

    private static (string Horizon, List<OthersState> States) Gather(SqlSession session, (int Source, string Horizon) wanted)
    {
        // Before the rows: what commits between the two is read twice, and told once.
        string horizon = Horizon(session);
        List<OthersState> states = [];
        using SqlStatement row = session.Query(
            """
            SELECT d.id, d.device_id, d.place_id, s.data FROM telemetry_states s JOIN devices d ON d.id = s.device_key
            WHERE s.source <> $1 AND age(s.xmin) <= age(CAST($2 AS xid8)::xid) ORDER BY s.at LIMIT $3
            """,
            wanted.Source, wanted.Horizon, (long)MaxRows);
        while (row.Read())
        {
            states.Add(new OthersState(row.Int64(0), row.Text(1), row.Int64OrNull(2), DeviceValues.Unpack(row.Bytes(3))));
        }

        return (horizon, states);
    }

    private void Tell(OthersState state)
    {
        DeviceValues? before = _known.GetValueOrDefault(state.Key);
        long newest = state.Values.Entries.Max(static entry => (long?)entry.ReportedAt) ?? 0;
        List<TelemetryPoint> news = [];
        List<ValueChange> changes = [];
        foreach (DeviceValue entry in state.Values.Entries)
        {
            DeviceValue? known = before?.Find(entry.Key);
            bool isNew = before is null
                ? entry.ReportedAt == newest && newest >= _since
                : known is null || entry.ReportedAt > known.ReportedAt || entry.Reported != known.Reported;
            if (isNew && entry.ReportedAt > 0)
            {
                news.Add(new TelemetryPoint(entry.Key, entry.Reported));
            }

            if (ChangeOf(entry, known, isKnown: before is not null) is { } change)
            {
                changes.Add(change);
            }
        }

        if (_known.Count >= MaxKnown)
        {
            _known.Clear();
        }

        _known[state.Key] = state.Values;
        if (news.Count > 0)
        {
            _live.Publish(LiveFeed.Telemetry, state.DeviceId, state.PlaceId, (newest, news), static (json, said) =>
            {
                json.WriteString("timestamp", LiveFeed.Time(said.newest));
                TelemetryJsonText.WritePoints(json, "data", said.news);
            });
        }

        StateNews.Publish(_live, state.DeviceId, state.PlaceId, changes);
    }

    /// <summary>A wish that has begun or ended.</summary>
    private ValueChange? ChangeOf(DeviceValue entry, DeviceValue? known, bool isKnown) =>
        entry.Wish is { IsOver: false } wish && wish != known?.Wish && (isKnown || wish.At >= _since)
            ? new ValueChange(entry.Key, wish.At, wish.By, default, wish.Value, ValueChangeKind.Wanted)
            : entry.Wish is null && known?.Wish is not null
                ? new ValueChange(entry.Key, entry.ReportedAt, "", default, entry.Reported, ValueChangeKind.Met)
                : null;

    private sealed record OthersState(long Key, string DeviceId, long? PlaceId, DeviceValues Values);
}
