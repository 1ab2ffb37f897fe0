using System.Text;
using System.Text.Json;

using JamBox.Backend.Devices;
using JamBox.Backend.Security;
using JamBox.Backend.Storage;

namespace JamBox.Backend.Telemetry;

/// <summary>The SQL of reported and wanted state.</summary>
internal static class StateSql
{
    /// <summary>Keys that a line of the audit log names.</summary>
    private const int MaxListed = 8;

    private static readonly string s_changes = $"""
        SELECT id, at, who, what, key, before_value, after_value FROM state_changes
        WHERE device_id = $1 AND ($2 IS NULL OR key = $2) AND id < $4
            AND {Caller.ScopeAtSql("state_changes.device_id", "state_changes.at", "$3")}
        ORDER BY id DESC LIMIT $5
        """;

    /// <summary>What a device has said and what is wanted of it.</summary>
    /// <param name="session">The connection.</param>
    /// <param name="wanted">Id of the device, and milliseconds since 1970: wishes that are a day old then count no longer.</param>
    /// <returns>Nothing reported and nothing wanted when the device has never spoken.</returns>
    public static StoredState Read(SqlSession session, (string DeviceId, long Now) wanted)
    {
        using SqlStatement row = session.Query(
            "SELECT s.at, s.data FROM telemetry_states s JOIN devices d ON d.id = s.device_key WHERE d.device_id = $1", wanted.DeviceId);
        if (!row.Read())
        {
            return new StoredState(null, new DeviceValues());
        }

        DeviceValues values = DeviceValues.Unpack(row.Bytes(1));
        values.EndWishes(wanted.Now, []);
        return new StoredState(row.Int64(0) == 0 ? null : row.Int64(0), values);
    }

    /// <summary>What is wanted of a device and was not reported since: what whoever can reach it sends it.</summary>
    /// <param name="session">The connection.</param>
    /// <param name="wanted">Id of the device, and the time in milliseconds since 1970.</param>
    public static IReadOnlyList<WantedValue> Wanted(SqlSession session, (string DeviceId, long Now) wanted) =>
        [.. Read(session, wanted).Values.Entries.Select(static entry => entry.Wish).OfType<WantedValue>()
            .Where(static wish => !wish.IsOver)];

    /// <summary>Notes what somebody wants of a device.</summary>
    /// <returns>What has changed, and where the device stands; null when there is no such device.</returns>
    public static WantedChange? Want(
        SqlSession session, (string DeviceId, IReadOnlyList<TelemetryPoint> Points, string Who, long At, int Source) wanted)
    {
        if (DeviceSql.Key(session, wanted.DeviceId) is not { } key
            || TelemetrySql.Lock(session, key, wanted.DeviceId) is not { } device)
        {
            return null;
        }

        if (!device.Values.HasRoomFor(wanted.Points))
        {
            return new WantedChange([], device.PlaceId, "256 different keys of a device at most");
        }

        // A wish of the millisecond of the last word came after it.
        long at = Math.Max(wanted.At, device.At + 1);
        at = at - wanted.At > 1000 ? wanted.At : at;
        device.Values.EndWishes(at, device.Changes);
        foreach (TelemetryPoint point in wanted.Points)
        {
            device.Values.Want(point, at, wanted.Who, device.Changes);
        }

        if (device.Changes.Count > 0)
        {
            device.Source = wanted.Source;
            TelemetrySql.StoreStates(session, [device]);
            Note(session, wanted.DeviceId, device.Changes);
            Audit.Note(
                session, wanted.Who, "device.state", wanted.DeviceId, Listed(device.Changes, static change => change.Before),
                Listed(device.Changes, static change => change.After), at);
        }

        return new WantedChange(device.Changes, device.PlaceId, null);
    }

    /// <summary>Keeps what has changed.</summary>
    public static void Note(SqlSession session, string deviceId, IReadOnlyList<ValueChange> changes)
    {
        foreach (ValueChange change in changes)
        {
            session.Execute(
                "INSERT INTO state_changes (device_id, at, who, what, key, before_value, after_value) VALUES ($1, $2, $3, $4, $5, $6, $7)",
                deviceId, change.At, change.By, change.Kind.ToString().ToLowerInvariant(), change.Key, Json(change.Before),
                Json(change.After));
        }
    }

    /// <summary>Lists changes, newest first.</summary>
    public static List<StateChangeRow> Changes(
        SqlSession session, (string DeviceId, string? Key, string? Scope, long Before, int Limit) wanted)
    {
        using SqlStatement row = session.Query(
            s_changes, wanted.DeviceId, wanted.Key, wanted.Scope, wanted.Before, wanted.Limit);
        List<StateChangeRow> rows = [];
        while (row.Read())
        {
            rows.Add(new StateChangeRow(
                row.Int64(0), row.Time(1), row.Text(2), row.Text(3), row.Text(4), Value(row.Text(5)),
                Value(row.Text(6))));
        }

        return rows;
    }

    private static TelemetryValue Value(string json) => JsonSerializer.Deserialize(json, TelemetryJson.Default.TelemetryValue);

    private static string Json(TelemetryValue value)
    {
        using MemoryStream buffer = new();
        using (Utf8JsonWriter json = new(buffer))
        {
            value.WriteTo(json);
        }

        return Encoding.UTF8.GetString(buffer.GetBuffer(), 0, (int)buffer.Length);
    }

    private static string Listed(List<ValueChange> changes, Func<ValueChange, TelemetryValue> value)
    {
        string text = string.Join(", ", changes.Take(MaxListed).Select(change => $"{change.Key} {value(change)}"));
        return changes.Count > MaxListed ? text + ", …" : text;
    }
}

/// <summary>What has become of a wish.</summary>
/// <param name="Changes">What has changed.</param>
/// <param name="PlaceId">Where the device stands.</param>
/// <param name="Fault">Why nothing was done.</param>
internal sealed record WantedChange(IReadOnlyList<ValueChange> Changes, long? PlaceId, string? Fault);

/// <summary>The state of a device.</summary>
/// <param name="At">When it last said anything, milliseconds since 1970; null = never.</param>
/// <param name="Values">Its keys.</param>
internal sealed record StoredState(long? At, DeviceValues Values);

/// <summary>What is wanted of a device, and was not reported since.</summary>
/// <param name="Key">The key.</param>
/// <param name="Value">The wanted value.</param>
/// <param name="At">Since when, milliseconds since 1970.</param>
/// <param name="By">Who wants it.</param>
/// <param name="IsOver">Whether that was in vain for a day: then it counts no longer.</param>
internal sealed record WantedValue(string Key, TelemetryValue Value, long At, string By, bool IsOver = false);
