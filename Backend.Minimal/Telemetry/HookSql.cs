using System.Text;
using System.Text.Json;

using JamBox.Backend.Events;
using JamBox.Backend.Security;
using JamBox.Backend.Storage;
using JamBox.Backend.Wire;

namespace JamBox.Backend.Telemetry;

/// <summary>The SQL of webhooks of telemetry.</summary>
internal static class HookSql
{
    /// <summary>Messages that wait for one webhook; further ones are counted and not kept, until some were taken.</summary>
    public const int MaxWaiting = 1000;

    /// <summary>Webhooks in all.</summary>
    public const int MaxHooks = 50;

    /// <summary>Those that are on.</summary>
    public static List<TelemetryHook> On(SqlSession session)
    {
        using SqlStatement row = session.Query("SELECT id, device_id, product FROM telemetry_hooks WHERE is_on = 1 ORDER BY id");
        List<TelemetryHook> hooks = [];
        while (row.Read())
        {
            hooks.Add(new TelemetryHook(row.Int64(0), row.TextOrNull(1), row.TextOrNull(2)));
        }

        return hooks;
    }

    /// <summary>All of them.</summary>
    public static List<HookRow> List(SqlSession session, int unused)
    {
        using SqlStatement row = session.Query(
            """
            SELECT h.id, h.device_id, h.product, h.url, h.is_on, h.created_at, h.created_by, h.dropped, h.last_error,
                (SELECT count(*) FROM telemetry_deliveries d WHERE d.hook_id = h.id)
            FROM telemetry_hooks h ORDER BY h.id
            """);
        List<HookRow> rows = [];
        while (row.Read())
        {
            rows.Add(new HookRow(
                row.Int64(0), row.TextOrNull(1), row.TextOrNull(2), row.Text(3), row.Int32(4) != 0, row.Time(5), row.Text(6),
                row.Int64(9), row.Int64(7), row.TextOrNull(8)));
        }

        return rows;
    }

    /// <summary>Adds one.</summary>
    /// <returns>Its number, or why it was not added.</returns>
    public static (long Id, Refusal? Refusal) Add(SqlSession session, (HookRequest Hook, string Secret, string Who, long At) wanted)
    {
        using (SqlStatement row = session.Query("SELECT count(*) FROM telemetry_hooks"))
        {
            row.Read();
            if (row.Int64(0) >= MaxHooks)
            {
                return (0, Refusal.Conflict("There are 50 webhooks already: remove one"));
            }
        }

        HookRequest hook = wanted.Hook;
        long id;
        using (SqlStatement row = session.Query(
            """
            INSERT INTO telemetry_hooks (device_id, product, url, secret, is_on, created_at, created_by)
            VALUES ($1, $2, $3, $4, $5, $6, $7) RETURNING id
            """, hook.DeviceId, hook.Product, hook.Url, wanted.Secret, hook.IsOn, wanted.At, wanted.Who))
        {
            row.Read();
            id = row.Int64(0);
        }

        Audit.Note(session, wanted.Who, "hook.add", Target(id), null, $"{hook.DeviceId ?? hook.Product ?? "all"} to {hook.Url}", wanted.At);
        return (id, null);
    }

    /// <summary>Removes one, with what waits for it.</summary>
    public static int Remove(SqlSession session, (long Id, string Who, long At) wanted)
    {
        session.Execute("DELETE FROM telemetry_deliveries WHERE hook_id = $1", wanted.Id);
        int removed = session.Execute("DELETE FROM telemetry_hooks WHERE id = $1", wanted.Id);
        if (removed > 0)
        {
            Audit.Note(session, wanted.Who, "hook.remove", Target(wanted.Id), null, null, wanted.At);
        }

        return removed;
    }

    /// <summary>Queues a device's news for webhooks, in the transaction that stores them.</summary>
    public static void Queue(SqlSession session, IReadOnlyList<TelemetryHook> hooks, HeardDevice device)
    {
        string? body = null;
        foreach (TelemetryHook hook in hooks)
        {
            bool isFull;
            using (SqlStatement row = session.Query("SELECT count(*) FROM telemetry_deliveries WHERE hook_id = $1", hook.Id))
            {
                row.Read();
                isFull = row.Int64(0) >= MaxWaiting;
            }

            if (isFull)
            {
                session.Execute("UPDATE telemetry_hooks SET dropped = dropped + 1 WHERE id = $1", hook.Id);
                continue;
            }

            session.Execute(
                "INSERT INTO telemetry_deliveries (hook_id, body, created_at, next_at, attempts) VALUES ($1, $2, $3, $3, 0)", hook.Id,
                body ??= Body(device), device.At);
        }
    }

    private static string Body(HeardDevice device)
    {
        using MemoryStream buffer = new();
        using (Utf8JsonWriter json = new(buffer))
        {
            json.WriteStartObject();
            json.WriteString("device_id", device.DeviceId);
            json.WriteString("timestamp", LiveFeed.Time(device.At));
            json.WriteStartObject("data");
            foreach (TelemetryPoint point in device.News.Select(static news => news.Point).Reverse().DistinctBy(static one => one.Key))
            {
                json.WritePropertyName(point.Key);
                point.Value.WriteTo(json);
            }

            json.WriteEndObject();
            json.WriteEndObject();
        }

        return Encoding.UTF8.GetString(buffer.GetBuffer(), 0, (int)buffer.Length);
    }

    private static string Target(long id) => string.Create(System.Globalization.CultureInfo.InvariantCulture, $"webhook {id}");
}
