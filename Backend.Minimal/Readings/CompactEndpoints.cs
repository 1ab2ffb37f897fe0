using System.Formats.Cbor;

using JamBox.Backend.Commands;
using JamBox.Backend.Devices;
using JamBox.Backend.Manufacturing;
using JamBox.Backend.Observability;
using JamBox.Backend.Security;
using JamBox.Backend.Storage;
using JamBox.Backend.Updates;
using JamBox.Backend.Wire;

namespace JamBox.Backend.Readings;

/// <summary>The compact wire: readings and a heartbeat in one request, and in a third of the bytes (docs/wire.md).</summary>
internal static class CompactEndpoints
{
    /// <summary>Where it is sent to.</summary>
    public const string Path = "/r";

    private const string Type = "application/cbor";
    private const int Stored = 0;
    private const int Known = 1;
    private const int Later = 2;

    /// <summary>Time, version of the configuration, results; with a command its number, its id, its argument.</summary>
    private const int LeastElements = 3;

    /// <summary>The route table.</summary>
    public static void MapCompact(this IEndpointRouteBuilder routes)
    {
        routes.MapPost(Path, PostCompact).WithName("PostCompact").WithTags("Readings").ForDevices()
            .TakesBytes("CBOR: an array of version 1, nonce or null, and 1 to 64 records; docs/wire.md, \"The compact wire\"")
            .Refuses(StatusCodes.Status415UnsupportedMediaType)
            .GivesBytes(Type, StatusCodes.Status201Created);
    }

    /// <summary>
    /// Takes readings and a heartbeat from a device, in CBOR by position, and stores them together, each reading once. 201 means: what the
    /// answer calls stored is on the disk. A record that is refused keeps no other one out.
    /// </summary>
    internal static async Task<DeviceResponse> PostCompact(
        HttpContext http, DeviceGate gate, Store store, TimeProvider clock, BackendMetrics metrics, IReleaseSource releases,
        AnswerKeys keys)
    {
        (DeviceIdentity? device, DeviceResponse? refusal) = await gate.IdentifyAsync(http, DeviceLimit.None).ConfigureAwait(false);
        if (device is null)
        {
            return refusal!;
        }

        if (!IsCbor(http.Request.ContentType))
        {
            return DeviceResponse.WrongType;
        }

        if (await RequestBody.ReadAsync(http.Request).ConfigureAwait(false) is not { } body)
        {
            return DeviceResponse.TooLarge;
        }

        if (CompactRequest.TryParse(body) is not { } request)
        {
            return DeviceResponse.BrokenCompact;
        }

        int readings = request.Records.Count(static record => record.Reading is not null);
        if (readings > 0 && await gate.AwaitTurnAsync(http, device, readings).ConfigureAwait(false) is { } early)
        {
            return early;
        }

        Heartbeat? heartbeat = request.Records.FirstOrDefault(static record => record.Heartbeat is not null)?.Heartbeat;
        if (heartbeat is not null && gate.CountHeartbeat(http, device) is { } often)
        {
            if (request.Records.Count == 1)
            {
                return often;
            }

            // What the refusal says of waiting is not for the readings.
            http.Response.Headers.Remove("Retry-After");
            heartbeat = null;
        }

        DateTimeOffset now = clock.GetUtcNow();
        DatedReading[] dated =
        [
            .. request.Records.Where(static record => record.Reading is not null)
                .Select(record => Settle(device, record.Reading!, now, metrics)),
        ];
        // Before anything is stored: where the storage cannot say it, nothing is, and the answer says so.
        byte[]? key = request.Nonce is { } nonce ? await keys.FindAsync(device.DeviceId, nonce).ConfigureAwait(false) : null;
        ReceivedHeartbeat? received = heartbeat is null ? null : new(
            device.DeviceId, now.ToUnixTimeMilliseconds(), http.Connection.RemoteIpAddress?.ToString(), heartbeat, releases,
            request.Nonce is null ? Answers.NoKey : key is null ? Answers.OtherKey : Answers.Authenticated);
        StoredReadings stored =
            received is not null ? await store.WriteAsync((received, dated), Keep).ConfigureAwait(false)
            : dated.Length > 0 ? await store.WriteGroupedAsync<DatedReading[], StoredReadings>(dated, ReadingEndpoints.StoreAll)
                .ConfigureAwait(false)
            : await store.ReadAsync(device.Key, Look, settled: false).ConfigureAwait(false);
        ReadingEndpoints.Count(metrics, stored);
        if (heartbeat is not null)
        {
            HeartbeatEndpoints.Count(metrics, heartbeat);
        }

        byte[] answer = Write(now, Results(request, heartbeat is not null, stored), stored, hasMac: key is not null);
        return DeviceResponse.Compact(
            StatusCodes.Status201Created, key is null ? answer : Authenticate(answer, key, device.DeviceId, request.Nonce));
    }

    /// <summary>Puts the MAC of the bytes before it into the last element.</summary>
    private static byte[] Authenticate(byte[] answer, byte[] key, string deviceId, byte[]? nonce)
    {
        ReadOnlySpan<byte> proved = answer.AsSpan(0, answer.Length - AnswerMac.Bytes - 1);
        AnswerMac.Compute(key, deviceId, nonce, Path, StatusCodes.Status201Created, proved)
            .CopyTo(answer, answer.Length - AnswerMac.Bytes);
        return answer;
    }

    private static bool IsCbor(string? type) =>
        string.IsNullOrEmpty(type) || type.Split(';')[0].Trim().Equals(Type, StringComparison.OrdinalIgnoreCase);

    private static DatedReading Settle(DeviceIdentity device, Reading reading, DateTimeOffset now, BackendMetrics metrics)
    {
        if (ReadingFields.Settle(reading) is var contradictions and not Contradictions.None)
        {
            metrics.Count(contradictions);
        }

        return DatedReading.Of(device.Key, device.DeviceId, reading, now);
    }

    /// <summary>
    /// All of a request in one transaction. The heartbeat comes last, because it gives the command, and readings may acknowledge the one
    /// before.
    /// </summary>
    private static StoredReadings Keep(SqlSession session, (ReceivedHeartbeat Heartbeat, DatedReading[] Readings) report)
    {
        bool[] isKnown = report.Readings.Length == 0 ? [] : ReadingSql.Store(session, report.Readings).IsKnown;
        (int configVersion, PendingCommand? command) = HeartbeatEndpoints.Keep(session, report.Heartbeat);
        return new StoredReadings(isKnown, configVersion, command);
    }

    /// <summary>Nothing was stored: the answer says what it says of the configuration all the same.</summary>
    private static StoredReadings Look(SqlSession session, long deviceKey) =>
        new([], DeviceSql.Look(session, deviceKey).ConfigVersion, null);

    private static int[] Results(CompactRequest request, bool isHeartbeatStored, StoredReadings stored)
    {
        int[] results = new int[request.Records.Count];
        int reading = 0;
        for (int i = 0; i < results.Length; i++)
        {
            CompactRecord record = request.Records[i];
            results[i] =
                record.Reading is not null ? stored.IsKnown[reading++] ? Known : Stored
                : record.Heartbeat is not null ? isHeartbeatStored ? Stored : Later
                : record.Refusal;
        }

        return results;
    }

    private static byte[] Write(DateTimeOffset now, int[] results, StoredReadings stored, bool hasMac)
    {
        CborWriter cbor = new();
        PendingCommand? command = stored.Command;
        int elements = LeastElements + (command is null ? 0 : command.Arg is null ? 2 : 3);
        cbor.WriteStartArray(elements + (hasMac ? 1 : 0));
        cbor.WriteInt64(now.ToUnixTimeSeconds());
        cbor.WriteInt32(stored.ConfigVersion);
        cbor.WriteStartArray(results.Length);
        foreach (int result in results)
        {
            cbor.WriteInt32(result);
        }

        cbor.WriteEndArray();
        if (command is not null)
        {
            // From 1, in the order of the list: a word that is added there gets the next number.
            cbor.WriteInt32(1 + Array.IndexOf(CommandQueue.Names, command.Command));
            cbor.WriteInt32(command.Id);
            if (command.Arg is { } argument)
            {
                cbor.WriteInt32(argument);
            }
        }

        if (hasMac)
        {
            // Its place: what it is comes when all before it is written.
            cbor.WriteByteString(new byte[AnswerMac.Bytes]);
        }

        cbor.WriteEndArray();
        return cbor.Encode();
    }
}
