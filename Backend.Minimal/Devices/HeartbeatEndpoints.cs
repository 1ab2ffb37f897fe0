using JamBox.Backend.Security;
using JamBox.Backend.Storage;
using JamBox.Backend.Wire;

namespace JamBox.Backend.Devices;

/// <summary>Heartbeats: the device says how it is, and sets its clock by the answer.</summary>
internal static class HeartbeatEndpoints
{
    private const string InsertSql = """
        INSERT INTO heartbeats (device_id, timestamp, signal_dbm, battery_pct, firmware_version, uptime_seconds, ip_address, b, cv, hf, rr, ob)
        VALUES ($1, $2, $3, $4, $5, $6, $7, $8, $9, $10, $11, $12)
        """;

    /// <summary>The route table.</summary>
    public static void MapHeartbeats(this IEndpointRouteBuilder routes)
    {
        routes.MapPost("/api/heartbeat", PostHeartbeat).WithTags("Devices").DescribeDevice<Heartbeat>(StatusCodes.Status200OK);
    }

    /// <summary>Takes a heartbeat; the answer carries the time and the version of the configuration that the device should run.</summary>
    internal static async Task<DeviceAnswer> PostHeartbeat(HttpContext http, DeviceGate gate, Store store, TimeProvider clock)
    {
        if (!gate.TryIdentify(http.Request, out DeviceIdentity? device, out DeviceAnswer? refusal))
        {
            return refusal;
        }

        if (await RequestBody.ReadAsync(http.Request).ConfigureAwait(false) is not { } body)
        {
            return DeviceAnswer.TooLarge;
        }

        Heartbeat heartbeat = new();
        refusal = HeartbeatFields.Table.Parse(body, heartbeat) ?? DeviceGate.CheckClaim(http.Request, device, heartbeat.DeviceId);
        if (refusal is not null)
        {
            return refusal;
        }

        DateTimeOffset now = clock.GetUtcNow();
        Received received = new(device.DeviceId, now.ToUnixTimeMilliseconds(), http.Connection.RemoteIpAddress?.ToString(), heartbeat);
        int configVersion = await store.WriteAsync(received, Keep).ConfigureAwait(false);
        return YesWriter.Write(StatusCodes.Status200OK, now, configVersion, duplicate: false);
    }

    private static int Keep(SqlSession session, Received received)
    {
        Heartbeat h = received.Heartbeat;
        session.Execute(
            InsertSql,
            received.DeviceId, received.At, h.CellRssiDbm, h.BatteryPct, h.FirmwareVersion, h.UptimeSeconds, received.Address,
            h.BootId, h.ConfigVersion, h.HeapFreeBytes, h.ResetReason, h.OtaState);
        return DeviceSql.Touch(
            session, new DeviceWord(received.DeviceId, received.At, h.CellRssiDbm, h.BatteryPct, h.FirmwareVersion, h.BootId, h.ConfigVersion));
    }

    private sealed record Received(string DeviceId, long At, string? Address, Heartbeat Heartbeat);
}
