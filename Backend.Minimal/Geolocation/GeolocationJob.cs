using System.Text.Json;

using JamBox.Backend.Insights;
using JamBox.Backend.Operation;
using JamBox.Backend.Places;
using JamBox.Backend.Security;
using JamBox.Backend.Storage;
using JamBox.Backend.Updates;

namespace JamBox.Backend.Geolocation;

/// <summary>
/// Asks the provider for the devices that wait, one after the other, with retry; a place that was set by hand is never overwritten.
/// </summary>
internal sealed class GeolocationJob : IJob
{
    private const int MaxAttempts = 6;
    private const long LeaseMs = 60_000;
    private const long FirstRetryMs = 60_000;

    /// <summary>Takes the oldest that is due, for a minute: should this process die, another one takes it up after that.</summary>
    private const string ClaimSql = """
        UPDATE geolocation_jobs SET attempts = attempts + 1, next_at = $2
        WHERE next_at <= $1 AND device_id = (SELECT device_id FROM geolocation_jobs WHERE next_at <= $1 ORDER BY asked_at LIMIT 1)
        RETURNING device_id, body, attempts
        """;

    private readonly Store _store;
    private readonly IGeolocationProvider _provider;
    private readonly TimeProvider _clock;
    private readonly ILogger<GeolocationJob> _logger;

    /// <summary>Makes the job.</summary>
    public GeolocationJob(Store store, IGeolocationProvider provider, TimeProvider clock, ILogger<GeolocationJob> logger)
    {
        _store = store;
        _provider = provider;
        _clock = clock;
        _logger = logger;
    }

    /// <inheritdoc/>
    public TimeSpan Period => TimeSpan.FromSeconds(5);

    /// <inheritdoc/>
    public async Task RunAsync(CancellationToken stopping)
    {
        if (!_provider.IsOn || !_store.Read(Now(), IsAnyDue))
        {
            return;
        }

        while (await _store.WriteAsync(Now(), Claim).ConfigureAwait(false) is { } waiting)
        {
            await TryOneAsync(waiting, stopping).ConfigureAwait(false);
        }
    }

    private async Task TryOneAsync(Waiting waiting, CancellationToken stopping)
    {
        try
        {
            AccessPoint[] points = JsonSerializer.Deserialize(waiting.Body, GeolocationJson.Default.AccessPointArray) ?? [];
            (double Latitude, double Longitude)? place = await _provider.LocateAsync(points, stopping).ConfigureAwait(false);
            string? zone = place is { } known
                ? await _provider.TimeZoneAsync(known.Latitude, known.Longitude, _clock.GetUtcNow(), stopping).ConfigureAwait(false)
                : null;
            await _store.WriteAsync((waiting.DeviceId, place, zone, Now()), Finish).ConfigureAwait(false);
        }
        catch (Exception e) when (e is HttpRequestException or TaskCanceledException && !stopping.IsCancellationRequested)
        {
            _logger.LogWarning(
                "Geolocation of {Device} failed, attempt {Attempt}: {Reason}", waiting.DeviceId, waiting.Attempts, e.Message);
            await _store.WriteAsync((waiting.DeviceId, waiting.Attempts, Now()), Postpone).ConfigureAwait(false);
        }
    }

    private static bool IsAnyDue(SqlSession session, long now)
    {
        using SqlStatement row = session.Query("SELECT 1 FROM geolocation_jobs WHERE next_at <= $1 LIMIT 1", now);
        return row.Read();
    }

    private static Waiting? Claim(SqlSession session, long now)
    {
        using SqlStatement row = session.Query(ClaimSql, now, now + LeaseMs);
        return row.Read() ? new Waiting(row.Text(0), row.Text(1), row.Int32(2)) : null;
    }

    private static int Finish(
        SqlSession session, (string DeviceId, (double Latitude, double Longitude)? Place, string? Zone, long At) found)
    {
        session.Execute("DELETE FROM geolocation_jobs WHERE device_id = $1", found.DeviceId);
        if (found.Place is not { } place)
        {
            return 0;
        }

        int changed = session.Execute("""
            UPDATE devices SET latitude = $2, longitude = $3, location_source = 'geolocation', timezone = coalesce($4, timezone)
            WHERE device_id = $1 AND (location_source IS NULL OR location_source <> 'manual')
            """, found.DeviceId, place.Latitude, place.Longitude, found.Zone);
        if (PlacementSql.PlaceOf(session, found.DeviceId) is { } placeId)
        {
            PlaceSql.Locate(session, placeId, place.Latitude, place.Longitude, found.Zone);
        }

        if (changed > 0)
        {
            Audit.Note(
                session, "geolocation", "device.location", found.DeviceId, null,
                string.Create(System.Globalization.CultureInfo.InvariantCulture, $"{place.Latitude:F6} {place.Longitude:F6} {found.Zone}"),
                found.At);
        }

        return changed;
    }

    private static int Postpone(SqlSession session, (string DeviceId, int Attempts, long Now) failed) =>
        failed.Attempts >= MaxAttempts
            ? session.Execute("DELETE FROM geolocation_jobs WHERE device_id = $1", failed.DeviceId)
            : session.Execute(
                "UPDATE geolocation_jobs SET next_at = $2 WHERE device_id = $1", failed.DeviceId,
                failed.Now + (FirstRetryMs << failed.Attempts));

    private long Now() => _clock.GetUtcNow().ToUnixTimeMilliseconds();

    private sealed record Waiting(string DeviceId, string Body, int Attempts);
}
