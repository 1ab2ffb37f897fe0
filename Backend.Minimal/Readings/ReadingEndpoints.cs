using System.Globalization;

using JamBox.Backend.Devices;
using JamBox.Backend.Security;
using JamBox.Backend.Storage;
using JamBox.Backend.Wire;

using Microsoft.AspNetCore.Http.HttpResults;

namespace JamBox.Backend.Readings;

/// <summary>Readings: in from devices, out to admins.</summary>
internal static class ReadingEndpoints
{
    /// <summary>The route table.</summary>
    public static void MapReadings(this IEndpointRouteBuilder routes)
    {
        routes.MapPost("/api/reading", PostReading).WithTags("Readings").DescribeDevice<Reading>(StatusCodes.Status201Created);

        RouteGroupBuilder admin = routes.MapAdmin();
        admin.WithTags("Readings");
        admin.MapGet("/readings", ListReadings).ProducesProblem(StatusCodes.Status400BadRequest).ProducesProblem(StatusCodes.Status404NotFound);
    }

    /// <summary>Takes one reading from a device and stores it once, however often it is sent. 201 means: it is on the disk.</summary>
    internal static async Task<DeviceAnswer> PostReading(HttpContext http, DeviceGate gate, Store store, TimeProvider clock)
    {
        if (!gate.TryIdentify(http.Request, out DeviceIdentity? device, out DeviceAnswer? refusal))
        {
            return refusal;
        }

        if (await RequestBody.ReadAsync(http.Request).ConfigureAwait(false) is not { } body)
        {
            return DeviceAnswer.TooLarge;
        }

        Reading reading = new();
        refusal = ReadingFields.Parse(body, reading) ?? DeviceGate.CheckClaim(http.Request, device, reading.DeviceId);
        if (refusal is not null)
        {
            return refusal;
        }

        DateTimeOffset now = clock.GetUtcNow();
        DatedReading dated = DatedReading.Of(device.DeviceId, reading, now);
        StoredReading stored = await store.WriteAsync(dated, ReadingSql.Store).ConfigureAwait(false);
        return YesWriter.Write(StatusCodes.Status201Created, now, stored.ConfigVersion, stored.Duplicate);
    }

    /// <summary>Lists stored readings, newest first. The Link header (rel=next) leads to older ones.</summary>
    /// <param name="http">The request.</param>
    /// <param name="store">The storage.</param>
    /// <param name="device_id">Only this device's.</param>
    /// <param name="limit">Rows at most: 1 to 1,000, 100 unless said.</param>
    /// <param name="cursor">From the Link header.</param>
    internal static Results<Ok<List<ReadingRow>>, ProblemHttpResult> ListReadings(
        HttpContext http, Store store, string? device_id, string? limit, string? cursor)
    {
        long before = long.MaxValue;
        if (!PageRequest.TryRead(limit, cursor, out PageRequest page)
            || (page.Cursor is not null && !long.TryParse(page.Cursor, NumberStyles.None, CultureInfo.InvariantCulture, out before)))
        {
            return AdminProblem.Of(StatusCodes.Status400BadRequest, "limit must be a whole number above 0, cursor one from a Link header");
        }

        string? deviceId = string.IsNullOrEmpty(device_id) ? null : device_id;
        if (deviceId is not null && !store.Read(deviceId, DeviceSql.Exists))
        {
            return AdminProblem.Of(StatusCodes.Status404NotFound, "Device not found");
        }

        List<ReadingRow> rows = store.Read((deviceId, before, page.Limit + 1), ReadingSql.List);
        page.Finish(http, rows, static row => row.Id.ToString(CultureInfo.InvariantCulture));
        return TypedResults.Ok(rows);
    }
}
