using System.Globalization;
using System.Text.Json;

using JamBox.Backend.Commands;
using JamBox.Backend.Operation;
using JamBox.Backend.Places;
using JamBox.Backend.Security;
using JamBox.Backend.Storage;

namespace JamBox.Backend.Geolocation;

/// <summary>
/// Asks the provider for devices: at once, while the device waits for its answer, and what fails then is tried again, one after the other.
/// A place that was set by hand is never overwritten.
/// </summary>
internal sealed class GeolocationJob : RetryJob<WaitingDevice>
{
    /// <summary>Name of the queue.</summary>
    public const string QueueName = "geolocation";

    /// <summary>How long a device waits: boxes of the old fleet listen for 7 s, network included.</summary>
    private const int AtOnceMs = 3_000;

    /// <summary>How long a box may take to fetch the command to listen again, ms.</summary>
    private const long CommandLifeMs = 24 * 60 * 60 * 1000L;

    /// <summary>Takes the oldest that is due.</summary>
    private const string ClaimSql = """
        UPDATE geolocation_jobs SET attempts = attempts + 1, next_at = $2
        WHERE next_at <= $1 AND device_id = (SELECT device_id FROM geolocation_jobs WHERE next_at <= $1 ORDER BY asked_at LIMIT 1)
        RETURNING device_id, body, attempts, asked_at
        """;

    /// <summary>2, 4, 8, 16 and 32 minutes after the first attempt: a box asks again at its next boot.</summary>
    private static readonly RetryRule s_rule = new(FirstMs: 120_000, MaxMs: 3_600_000, MaxAttempts: 6);

    private readonly IGeolocationProvider _provider;

    /// <summary>Makes the job.</summary>
    public GeolocationJob(Store store, IGeolocationProvider provider, TimeProvider clock, ILogger<GeolocationJob> logger)
        : base(store, clock, logger, s_rule)
    {
        _provider = provider;
    }

    /// <inheritdoc/>
    public override string Queue => QueueName;

    /// <inheritdoc/>
    public override TimeSpan Period => TimeSpan.FromSeconds(5);

    /// <inheritdoc/>
    protected override bool IsOn => _provider.IsOn;

    /// <summary>Finds the place of a device that waits for it; when that takes too long or fails, it is tried again without it.</summary>
    /// <param name="deviceId">The device.</param>
    /// <param name="points">What it hears.</param>
    /// <param name="aborted">Set when the device has hung up.</param>
    /// <returns>The place; null when it is not known, or not yet.</returns>
    public async Task<FoundPlace?> LocateAsync(string deviceId, IReadOnlyList<AccessPoint> points, CancellationToken aborted)
    {
        if (!_provider.IsOn)
        {
            return null;
        }

        string body = JsonSerializer.Serialize([.. points], GeolocationJson.Default.AccessPointArray);
        WaitingDevice waiting = new(deviceId, body, 1, Now());
        await Store.WriteAsync((waiting, LeaseUntil()), Add).ConfigureAwait(false);

        // Whoever is asked lives in real time, whatever our own clock does.
        using CancellationTokenSource end = CancellationTokenSource.CreateLinkedTokenSource(aborted);
        end.CancelAfter(AtOnceMs);
        try
        {
            await TryAsync([waiting], end.Token).ConfigureAwait(false);
        }
        catch (OperationCanceledException) when (end.IsCancellationRequested)
        {
            // It is still queued, and due when this claim runs out.
        }

        return waiting.Found;
    }

    /// <summary>What the box heard is gone, since nobody is to keep that for long: the box is told to listen again.</summary>
    public override int Revive(SqlSession session, string item, long now) =>
        CommandQueue.Add(session, item, "geolocate", arg: null, Queue, now, now + CommandLifeMs) == 0 ? 0 : 1;

    /// <inheritdoc/>
    public override int Drop(SqlSession session, string item) => 0;

    /// <inheritdoc/>
    protected override bool IsAnyDue(SqlSession session, long now)
    {
        using SqlStatement row = session.Query("SELECT 1 FROM geolocation_jobs WHERE next_at <= $1 LIMIT 1", now);
        return row.Read();
    }

    /// <inheritdoc/>
    protected override IReadOnlyList<WaitingDevice> Claim(SqlSession session, (long Now, long Until) turn)
    {
        using SqlStatement row = session.Query(ClaimSql, turn.Now, turn.Until);
        return row.Read() ? [new WaitingDevice(row.Text(0), row.Text(1), row.Int32(2), row.Int64(3))] : [];
    }

    /// <inheritdoc/>
    protected override async Task WorkAsync(IReadOnlyList<WaitingDevice> claimed, CancellationToken stopping)
    {
        WaitingDevice waiting = claimed[0];
        AccessPoint[] points = JsonSerializer.Deserialize(waiting.Body, GeolocationJson.Default.AccessPointArray) ?? [];
        FoundPlace? found = null;
        if (await _provider.LocateAsync(points, stopping).ConfigureAwait(false) is { } place)
        {
            string? zone = await _provider.TimeZoneAsync(
                place.Latitude, place.Longitude, Clock.GetUtcNow(), stopping).ConfigureAwait(false);
            found = new FoundPlace(place.Latitude, place.Longitude, zone);
        }

        waiting.Found = await Store.WriteAsync((waiting, found, Now()), Finish).ConfigureAwait(false) ? found : null;
    }

    /// <inheritdoc/>
    protected override int Postpone(SqlSession session, (WaitingDevice Item, long NextAt, string Error) failed) =>
        failed.NextAt == DeadLetterSql.Parked
            ? session.Execute("DELETE FROM geolocation_jobs WHERE device_id = $1", failed.Item.DeviceId)
            : session.Execute("UPDATE geolocation_jobs SET next_at = $2 WHERE device_id = $1", failed.Item.DeviceId, failed.NextAt);

    private static int Add(SqlSession session, (WaitingDevice Device, long Until) asked)
    {
        DeadLetterSql.Forget(session, QueueName, asked.Device.DeviceId);
        return session.Execute("""
            INSERT INTO geolocation_jobs (device_id, body, asked_at, attempts, next_at) VALUES ($1, $2, $3, 1, $4)
            ON CONFLICT (device_id) DO UPDATE SET
                body = excluded.body, asked_at = excluded.asked_at, attempts = 1, next_at = excluded.next_at
            """, asked.Device.DeviceId, asked.Device.Body, asked.Device.AskedAt, asked.Until);
    }

    /// <returns>False when it is true no more: the box was moved meanwhile, or has asked anew.</returns>
    private static bool Finish(SqlSession session, (WaitingDevice Device, FoundPlace? Place, long At) found)
    {
        string deviceId = found.Device.DeviceId;
        if (session.Execute("DELETE FROM geolocation_jobs WHERE device_id = $1 AND asked_at = $2", deviceId, found.Device.AskedAt) == 0)
        {
            return false;
        }

        if (found.Place is not { } place)
        {
            return true;
        }

        int changed = session.Execute("""
            UPDATE devices SET latitude = $2, longitude = $3, location_source = 'geolocation', timezone = coalesce($4, timezone)
            WHERE device_id = $1 AND (location_source IS NULL OR location_source <> 'manual')
            """, deviceId, place.Latitude, place.Longitude, place.Zone);
        if (PlacementSql.PlaceOf(session, deviceId) is { } placeId)
        {
            PlaceSql.Locate(session, (placeId, place.Latitude, place.Longitude, place.Zone, QueueName, found.At));
        }

        if (changed > 0)
        {
            Audit.Note(
                session, QueueName, "device.location", deviceId, null,
                string.Create(CultureInfo.InvariantCulture, $"{place.Latitude:F6} {place.Longitude:F6} {place.Zone}"), found.At);
        }

        return true;
    }
}

/// <summary>A device whose place is to be found.</summary>
/// <param name="DeviceId">Its id.</param>
/// <param name="Body">What it hears, as JSON.</param>
/// <param name="Attempts">Which attempt this is, from 1.</param>
/// <param name="AskedAt">When it asked, milliseconds since 1970: tells it from a later request of the same device.</param>
internal sealed record WaitingDevice(string DeviceId, string Body, int Attempts, long AskedAt) : RetryItem(DeviceId, DeviceId, Attempts)
{
    /// <summary>What came of it; null = nothing yet, or the place is unknown.</summary>
    public FoundPlace? Found { get; set; }
}

/// <summary>Where a device stands.</summary>
/// <param name="Latitude">Degrees.</param>
/// <param name="Longitude">Degrees.</param>
/// <param name="Zone">IANA id of the time zone there; null = unknown.</param>
internal sealed record FoundPlace(double Latitude, double Longitude, string? Zone);
