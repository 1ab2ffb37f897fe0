using System.Globalization;
using System.Text.Json.Serialization;

using JamBox.Backend.Security;
using JamBox.Backend.Storage;

namespace JamBox.Backend.Operation;

/// <summary>The SQL of work that failed too often.</summary>
internal static class DeadLetterSql
{
    /// <summary>When dead work is due: never by itself. Within what both storages keep as a whole number.</summary>
    public const long Parked = long.MaxValue;

    /// <summary>Longest error that is kept.</summary>
    private const int MaxErrorChars = 500;

    private static readonly string s_list = $"""
        SELECT id, queue, item, device_id, error, attempts, died_at FROM dead_letters
        WHERE id < $1 AND ($3 IS NULL OR queue = $3) AND {Caller.ScopeSql("device_id", "$4")} ORDER BY id DESC LIMIT $2
        """;

    private static readonly string s_take = $"""
        DELETE FROM dead_letters WHERE id = $1 AND {Caller.ScopeSql("device_id", "$2")} RETURNING queue, item
        """;

    /// <summary>Notes work that died.</summary>
    public static int Add(SqlSession session, string queue, RetryItem item, string error, long now) =>
        session.Execute("""
            INSERT INTO dead_letters (queue, item, device_id, error, attempts, died_at) VALUES ($1, $2, $3, $4, $5, $6)
            ON CONFLICT (queue, item) DO UPDATE SET error = excluded.error, attempts = excluded.attempts, died_at = excluded.died_at
            """, queue, item.Item, item.DeviceId, error.Length <= MaxErrorChars ? error : error[..MaxErrorChars], item.Attempts, now);

    /// <summary>Forgets that work died: it was asked for anew.</summary>
    public static int Forget(SqlSession session, string queue, string item) =>
        session.Execute("DELETE FROM dead_letters WHERE queue = $1 AND item = $2", queue, item);

    /// <summary>Lists dead letters, newest first.</summary>
    public static List<DeadLetter> List(SqlSession session, (long Before, int Limit, string? Queue, string? Scope) wanted)
    {
        using SqlStatement row = session.Query(s_list, wanted.Before, wanted.Limit, wanted.Queue, wanted.Scope);
        List<DeadLetter> rows = [];
        while (row.Read())
        {
            rows.Add(new DeadLetter(
                row.Int64(0), row.Text(1), row.Text(2), row.Text(3), row.Text(4), row.Int32(5), row.Time(6)));
        }

        return rows;
    }

    /// <summary>How many there are, by queue.</summary>
    public static Dictionary<string, int> Count(SqlSession session, int unused)
    {
        using SqlStatement row = session.Query("SELECT queue, count(*) FROM dead_letters GROUP BY queue");
        Dictionary<string, int> counts = [];
        while (row.Read())
        {
            counts[row.Text(0)] = row.Int32(1);
        }

        return counts;
    }

    /// <summary>Retries or drops one.</summary>
    /// <returns>False when there is none of that number, or it is not the caller's.</returns>
    public static bool End(
        SqlSession session, (IReadOnlyList<IRetryQueue> Queues, long Id, bool Again, string Who, string? Scope, long Now) wish)
    {
        string queue;
        string item;
        using (SqlStatement row = session.Query(s_take, wish.Id, wish.Scope))
        {
            if (!row.Read())
            {
                return false;
            }

            queue = row.Text(0);
            item = row.Text(1);
        }

        IRetryQueue? work = wish.Queues.FirstOrDefault(known => known.Queue == queue);
        _ = wish.Again ? work?.Revive(session, item, wish.Now) : work?.Drop(session, item);
        Audit.Note(
            session, wish.Who, wish.Again ? "dead-letter.retry" : "dead-letter.drop", $"{queue} {item}",
            wish.Id.ToString(CultureInfo.InvariantCulture), null, wish.Now);
        return true;
    }
}

/// <summary>Work that failed too often to be tried again by itself.</summary>
/// <param name="Id">Its number.</param>
/// <param name="Queue">Where it waits: geolocation, or a channel of alerts (log, webhook, smtp).</param>
/// <param name="Key">Its key there: a device, or the number of a message.</param>
/// <param name="DeviceId">The device that it concerns; empty = none.</param>
/// <param name="Error">Why the last attempt failed.</param>
/// <param name="Attempts">How many attempts there were.</param>
/// <param name="DiedAt">When it was given up.</param>
internal sealed record DeadLetter(
    [property: JsonPropertyName("id")] long Id,
    [property: JsonPropertyName("queue")] string Queue,
    [property: JsonPropertyName("item")] string Key,
    [property: JsonPropertyName("device_id")] string DeviceId,
    [property: JsonPropertyName("error")] string Error,
    [property: JsonPropertyName("attempts")] int Attempts,
    [property: JsonPropertyName("died_at")] DateTime DiedAt);
