using JamBox.Backend.Commands;
using JamBox.Backend.Firmware;
using JamBox.Backend.Manufacturing;
using JamBox.Backend.Observability;
using JamBox.Backend.Security;
using JamBox.Backend.Storage;
using JamBox.Backend.Things;
using JamBox.Backend.Trust;
using JamBox.Backend.Updates;
using JamBox.Backend.Wire;

namespace JamBox.Backend.Devices;

/// <summary>Heartbeats: the device says how it is, and sets its clock by the answer.</summary>
internal static class HeartbeatEndpoints
{
    private static readonly string s_insert = $"{HeartbeatColumns.Table.InsertInto} VALUES ({HeartbeatColumns.Table.Parameters})";

    private const string Example =
        """{"d":"JBNB0001","v":"6.0.0","uptime":86400,"cell_rssi":-87,"b":3735928559,"cv":3,"hf":41200,"hw":"atoms3-nb1","rr":"power","ob":"idle","ks":"1a2b","fl":"0.2","hc":{"br":2}}""";

    /// <summary>The route table.</summary>
    public static void MapHeartbeats(this IEndpointRouteBuilder routes)
    {
        routes.MapPost("/api/heartbeat", PostHeartbeat).WithName("PostHeartbeat").WithTags("Devices").ForDevices()
            .TakesQuery(ApiParameter.ClaimedDeviceId).TakesBody(HeartbeatFields.Table, Example).Produces<AckBody>();
    }

    /// <summary>Takes a heartbeat; the answer carries the time and the version of the configuration that the device should run.</summary>
    internal static async Task<DeviceResponse> PostHeartbeat(
        HttpContext http, DeviceGate gate, Store store, TimeProvider clock, BackendMetrics metrics, IReleaseSource releases,
        AnswerKeys keys)
    {
        (DeviceIdentity? device, DeviceResponse? refusal) = await gate.IdentifyAsync(http, DeviceLimit.Heartbeat).ConfigureAwait(false);
        if (device is null)
        {
            return refusal!;
        }

        if (await RequestBody.ReadAsync(http.Request).ConfigureAwait(false) is not { } body)
        {
            return DeviceResponse.TooLarge;
        }

        Heartbeat heartbeat = new();
        refusal = HeartbeatFields.Table.Parse(body, heartbeat) ?? DeviceGate.CheckClaim(http.Request, device, heartbeat.DeviceId);
        if (refusal is not null)
        {
            return refusal;
        }

        DateTimeOffset now = clock.GetUtcNow();
        ReceivedHeartbeat received = new(
            device.DeviceId, now.ToUnixTimeMilliseconds(), http.Connection.RemoteIpAddress?.ToString(), heartbeat, releases,
            await keys.KindAsync(device.DeviceId, AnswerKeys.NonceOf(http.Request)).ConfigureAwait(false));
        (int configVersion, PendingCommand? command) = await store.WriteAsync(received, Keep).ConfigureAwait(false);
        Count(metrics, heartbeat);
        return AckWriter.Write(StatusCodes.Status200OK, now, configVersion, duplicate: false, command);
    }

    /// <summary>Counts one that is stored.</summary>
    internal static void Count(BackendMetrics metrics, Heartbeat heartbeat)
    {
        metrics.Heartbeats.Add(1);
        if (heartbeat.BoardFault is not null)
        {
            metrics.BoardFaults.Add(1);
        }
    }

    /// <summary>Stores a heartbeat, with what it says about its device.</summary>
    internal static (int ConfigVersion, PendingCommand? Command) Keep(SqlSession session, ReceivedHeartbeat received)
    {
        Heartbeat h = received.Heartbeat;
        AnswerSql.Note(session, received);
        session.Execute(s_insert, HeartbeatColumns.Table.Values(received));
        TouchedDevice device = DeviceSql.Touch(session, new DeviceWord
        {
            DeviceId = received.DeviceId,
            At = received.At,
            SignalDbm = h.CellRssiDbm,
            BatteryPct = h.BatteryPct,
            FirmwareVersion = h.FirmwareVersion,
            BootId = h.BootId,
            ConfigVersion = h.ConfigVersion,
        });
        LifeSql.Hear(session, received.DeviceId, device.Awaited, hasReading: false, received.At);
        ThingSql.Beat(session, new BeatWord(
            received.DeviceId,
            new ThingHeartbeat
            {
                UptimeSeconds = h.UptimeSeconds, RssiDbm = h.CellRssiDbm, FreeHeapBytes = h.HeapFreeBytes, Ip = received.Address,
            },
            null, received.At));
        TrustBoxSql.Note(session, received.DeviceId, h, received.At);
        if (h.Ack is { } ack)
        {
            CommandQueue.Acknowledge(session, received.DeviceId, ack, h.AckResult, received.At);
        }

        if (h.OtaState is { } state)
        {
            UpdateReports.NoteState(session, received.Releases, received.DeviceId, h.FirmwareVersion, state, received.At);
        }

        if (h.FirmwareVersion is { } version)
        {
            UpdateSessionSql.See(session, received.DeviceId, version, received.At);
        }

        return (
            device.ConfigVersion,
            device.HasCommands ? CommandQueue.Next(session, received.DeviceId, h.BootId is not null, received.At) : null);
    }
}
