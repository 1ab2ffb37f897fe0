using System.Diagnostics;
using System.Globalization;

using JamBox.Backend.Devices;
using JamBox.Backend.Observability;
using JamBox.Backend.Security;
using JamBox.Backend.Storage;
using JamBox.Backend.Wire;

using Microsoft.AspNetCore.Http.HttpResults;

namespace JamBox.Backend.Readings;

/// <summary>Readings: in from devices, out to admins.</summary>
internal static class ReadingEndpoints
{
    private const string Example =
        """{"d":"JBNB0001","t":"2026-01-29T10:04:59Z","i":412,"u":37,"cell_rssi":-87,"of":0,"cd":0,"sf":0,"age":0,"ts":1,"b":3735928559,"n":12,"v":"6.0.0"}""";

    /// <summary>Where readings are sent to.</summary>
    public const string Path = "/api/reading";

    /// <summary>One object: it is what the writer knows readings by.</summary>
    internal static readonly Action<SqlSession, IReadOnlyList<Change>> StoreAll = ReadingSql.StoreAll;

    /// <summary>What an earlier process owed is tried to be made good so long, from the start on.</summary>
    private static readonly TimeSpan s_recovery = TimeSpan.FromSeconds(30);

    /// <summary>Pause between two attempts, ms.</summary>
    private const int RecoverAgainMs = 500;

    private static readonly KeyValuePair<string, object?> s_new = new("result", "new");
    private static readonly KeyValuePair<string, object?> s_duplicate = new("result", "duplicate");

    /// <summary>Adds readings.</summary>
    public static void AddReadings(this IServiceCollection services) => services.AddJson(ReadingJson.Default);

    /// <summary>Makes good what an earlier process owed, and lets sums be written later than readings. Before the first request.</summary>
    public static void Defer(Store store, ILogger logger)
    {
        if (store.Target.Path is not { } file || DeferredSums.TryOpen(file) is not { } deferred)
        {
            return;
        }

        if (Recover(store) is > 0 and int readings)
        {
            logger.LogInformation("Sums: {Readings} readings were added that the last process had not added when it ended", readings);
        }

        store.Defer(deferred);
    }

    /// <summary>A storage that is slow or locked for a moment does not end the start: it is asked again.</summary>
    private static int Recover(Store store)
    {
        long start = Stopwatch.GetTimestamp();
        while (true)
        {
            try
            {
                return store.WriteAsync(0, DeferredSums.Recover).GetAwaiter().GetResult();
            }
            catch (StorageException busy) when (busy.IsOutage && Stopwatch.GetElapsedTime(start) < s_recovery)
            {
                Thread.Sleep(RecoverAgainMs);
            }
        }
    }

    /// <summary>The route table.</summary>
    public static void MapReadings(this IEndpointRouteBuilder routes)
    {
        routes.MapPost(Path, PostReading).WithName("PostReading").WithTags("Readings").ForDevices()
            .TakesQuery(ApiParameter.ClaimedDeviceId).TakesBody(ReadingFields.Table, Example).Produces<AckBody>(
                StatusCodes.Status201Created);

        RouteGroupBuilder admin = routes.MapFor(Role.Viewer);
        admin.WithTags("Readings");
        admin.MapGet("/readings", ListReadings).WithName("ListReadings")
            .TakesPage(ReadingQuery.Parameters).Refuses(StatusCodes.Status404NotFound);
        admin.MapGet("/readings.csv", CsvExport.Write).WithName("ExportReadings")
            .TakesQuery(ReadingQuery.Parameters).GivesBytes("text/csv").Refuses(StatusCodes.Status404NotFound);
    }

    /// <summary>Takes one reading from a device and stores it once, however often it is sent. 201 means: it is on the disk.</summary>
    internal static async Task<DeviceResponse> PostReading(
        HttpContext http, DeviceGate gate, Store store, TimeProvider clock, BackendMetrics metrics)
    {
        (DeviceIdentity? device, DeviceResponse? refusal) = await gate.IdentifyAsync(http, DeviceLimit.None).ConfigureAwait(false);
        if (device is null)
        {
            return refusal!;
        }

        refusal = await gate.AwaitTurnAsync(http, device).ConfigureAwait(false);
        if (refusal is not null)
        {
            return refusal;
        }

        if (await RequestBody.ReadAsync(http.Request).ConfigureAwait(false) is not { } body)
        {
            return DeviceResponse.TooLarge;
        }

        Reading reading = new();
        refusal = ReadingFields.Parse(body, reading) ?? DeviceGate.CheckClaim(http.Request, device, reading.DeviceId);
        if (refusal is not null)
        {
            return refusal;
        }

        if (ReadingFields.Settle(reading) is var contradictions and not Contradictions.None)
        {
            metrics.Count(contradictions);
        }

        DateTimeOffset now = clock.GetUtcNow();
        DatedReading dated = DatedReading.Of(device.Key, device.DeviceId, reading, now);
        StoredReadings stored =
            await store.WriteGroupedAsync<DatedReading[], StoredReadings>([dated], StoreAll).ConfigureAwait(false);
        Count(metrics, stored);
        return AckWriter.Write(StatusCodes.Status201Created, now, stored.ConfigVersion, stored.IsKnown[0], stored.Command);
    }

    /// <summary>Counts what was stored.</summary>
    internal static void Count(BackendMetrics metrics, StoredReadings stored)
    {
        foreach (bool isKnown in stored.IsKnown)
        {
            metrics.Readings.Add(1, isKnown ? s_duplicate : s_new);
        }
    }

    /// <summary>Lists stored readings, newest first. The Link header (rel=next) leads to older ones.</summary>
    /// <param name="http">The request.</param>
    /// <param name="store">The storage.</param>
    /// <param name="clock">Days are counted back from now.</param>
    /// <param name="device_id">Only this device's.</param>
    /// <param name="days">Only those of the last days, 1 to 365.</param>
    /// <param name="from">Only those closed at or after: ISO 8601.</param>
    /// <param name="until">Only those closed before: ISO 8601.</param>
    /// <param name="limit">Rows at most: 1 to 1,000, 100 unless said.</param>
    /// <param name="cursor">From the Link header.</param>
    internal static async Task<Results<Ok<List<ReadingRow>>, ProblemHttpResult>> ListReadings(
        HttpContext http, Store store, TimeProvider clock, string? device_id, int? days, string? from, string? until, string? limit,
        string? cursor)
    {
        if (!PageRequest.TryRead(limit, cursor, out PageRequest page) || !page.TryNumber(out long before))
        {
            return PageRequest.Problem;
        }

        (ReadingFilter? filter, ProblemHttpResult? problem) =
            await new ReadingQuery(device_id, days, from, until).ToFilterAsync(http, store, clock.GetUtcNow()).ConfigureAwait(false);
        if (filter is null)
        {
            return problem!;
        }

        filter = filter with { Before = before, Limit = page.Limit + 1 };
        List<ReadingRow> rows = await store.ReadAsync(filter, ReadingSql.List).ConfigureAwait(false);
        page.Finish(http, rows, static row => row.Id.ToString(CultureInfo.InvariantCulture));
        return TypedResults.Ok(rows);
    }
}
