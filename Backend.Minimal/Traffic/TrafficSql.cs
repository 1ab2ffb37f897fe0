using System.Globalization;
using System.Text.Json.Serialization;

using JamBox.Backend.Security;
using JamBox.Backend.Storage;

namespace JamBox.Backend.Traffic;

/// <summary>The SQL of counted bytes.</summary>
internal static class TrafficSql
{
    private const string AddSql = """
        INSERT INTO device_traffic (device_id, day_at, requests, received_bytes, sent_bytes)
        SELECT $1, $2, $3, $4, $5 WHERE EXISTS (SELECT 1 FROM devices WHERE device_id = $1)
        ON CONFLICT (device_id, day_at) DO UPDATE SET requests = device_traffic.requests + excluded.requests,
            received_bytes = device_traffic.received_bytes + excluded.received_bytes, sent_bytes = device_traffic.sent_bytes + excluded.sent_bytes
        """;

    private static readonly string s_list = $"""
        SELECT device_id, day_at, requests, received_bytes, sent_bytes, id FROM device_traffic
        WHERE id < $1 AND ($3 IS NULL OR device_id = $3) AND day_at >= $4 AND day_at < $5 AND {Caller.ScopeSql("device_id", "$6")}
        ORDER BY id DESC LIMIT $2
        """;

    /// <summary>Adds counts to their days. A device that was deleted meanwhile has none.</summary>
    public static int Add(SqlSession session, KeyValuePair<(string DeviceId, long DayAt), TrafficCount>[] counts)
    {
        // Always in the same order, so that two processes that add at once do not wait for each other in a ring.
        foreach (((string device, long day), TrafficCount count) in counts.OrderBy(static one => one.Key.DeviceId, StringComparer.Ordinal))
        {
            session.Execute(AddSql, device, day, count.Requests, count.Received, count.Sent);
        }

        return counts.Length;
    }

    /// <summary>Lists counts, the newest days first.</summary>
    public static List<TrafficRow> List(
        SqlSession session, (long Before, int Limit, string? DeviceId, long From, long Until, string? Scope) wanted)
    {
        using SqlStatement row = session.Query(
            s_list, wanted.Before, wanted.Limit, wanted.DeviceId, wanted.From, wanted.Until, wanted.Scope);
        List<TrafficRow> rows = [];
        while (row.Read())
        {
            string day = row.Time(1).ToString("yyyy-MM-dd", CultureInfo.InvariantCulture);
            rows.Add(new TrafficRow(row.Text(0), day, row.Int64(2), row.Int64(3), row.Int64(4)) { Id = row.Int64(5) });
        }

        return rows;
    }
}

/// <summary>What a device sent and was sent on a day.</summary>
/// <param name="DeviceId">The device.</param>
/// <param name="Day">The UTC day, such as 2026-01-29.</param>
/// <param name="Requests">Requests that were answered.</param>
/// <param name="ReceivedBytes">Bytes of its requests: request line, headers, body.</param>
/// <param name="SentBytes">Bytes of the answers.</param>
internal sealed record TrafficRow(
    [property: JsonPropertyName("device_id")] string DeviceId,
    [property: JsonPropertyName("day")] string Day,
    [property: JsonPropertyName("requests")] long Requests,
    [property: JsonPropertyName("received_bytes")] long ReceivedBytes,
    [property: JsonPropertyName("sent_bytes")] long SentBytes)
{
    /// <summary>Its row: where the next page goes on.</summary>
    [JsonIgnore]
    public long Id { get; init; }
}

/// <summary>Serializers of counted bytes, made when compiled: no reflection while running.</summary>
[JsonSerializable(typeof(List<TrafficRow>))]
internal sealed partial class TrafficJson : JsonSerializerContext;
