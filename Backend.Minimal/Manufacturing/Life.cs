using JamBox.Backend.Devices;
using JamBox.Backend.Places;
using JamBox.Backend.Security;
using JamBox.Backend.Storage;
using JamBox.Backend.Wire;

namespace JamBox.Backend.Manufacturing;

/// <summary>The life of a device, from the board to the shop: its words, and the steps that people may take.</summary>
internal static class Life
{
    /// <summary>It has an id.</summary>
    public const string Manufactured = "manufactured";

    /// <summary>Its chip has firmware and identity.</summary>
    public const string Flashed = "flashed";

    /// <summary>It has spoken.</summary>
    public const string Provisioned = "provisioned";

    /// <summary>It is meant for somebody.</summary>
    public const string Sold = "sold";

    /// <summary>Somebody has said that it is theirs.</summary>
    public const string Claimed = "claimed";

    /// <summary>It has counted, or measured, for them.</summary>
    public const string Active = "active";

    /// <summary>It came back.</summary>
    public const string Returned = "returned";

    /// <summary>It is no more.</summary>
    public const string Scrapped = "scrapped";

    /// <summary>All of them, in their order.</summary>
    public static readonly string[] All = [Manufactured, Flashed, Provisioned, Sold, Claimed, Active, Returned, Scrapped];

    /// <summary>
    /// From where to where people may take a device. What is not here happens by itself: claimed by whoever claims it, active by its first
    /// reading.
    /// </summary>
    private static readonly Dictionary<string, string[]> s_steps = new(StringComparer.Ordinal)
    {
        [Manufactured] = [Flashed, Scrapped],
        [Flashed] = [Flashed, Provisioned, Scrapped],
        [Provisioned] = [Flashed, Sold, Scrapped],
        [Sold] = [Returned, Scrapped],
        [Claimed] = [Returned, Scrapped],
        [Active] = [Returned, Scrapped],
        [Returned] = [Flashed, Scrapped],
        [Scrapped] = [],
    };

    /// <summary>Whether a device is in somebody's hands, or on the way there: an admin's to change.</summary>
    public static bool IsSold(string life) => life is Sold or Claimed or Active;

    /// <summary>Where people may take a device.</summary>
    /// <param name="from">Its status.</param>
    /// <param name="isAdmin">Whether an admin asks: what is sold is theirs to change.</param>
    public static string[] Next(string from, bool isAdmin) => isAdmin || !IsSold(from) ? s_steps[from] : [];

    /// <summary>Why people may not take a step.</summary>
    /// <returns>Null when they may.</returns>
    public static Refusal? FindFault(string from, string to)
    {
        string[] steps = s_steps[from];
        return steps.Contains(to) ? null : Refusal.Conflict(
            $"status: {from} cannot become {to}; "
            + (steps.Length == 0 ? "that is its end" : $"it can become {string.Join(" or ", steps)}")
            + (to switch
            {
                Claimed => ": whoever has bought it claims it",
                Active => ": its first reading makes it active",
                _ => "",
            }));
    }
}

/// <summary>What of a device's life its next word may change.</summary>
internal enum Awaited
{
    /// <summary>Nothing.</summary>
    Nothing,

    /// <summary>Its first word.</summary>
    FirstWord,

    /// <summary>Its first reading for whoever has claimed it.</summary>
    FirstReading,
}

/// <summary>The SQL of steps.</summary>
internal static class LifeSql
{
    /// <summary>What is awaited, in a query of devices: a number of <see cref="Awaited"/>.</summary>
    public const string AwaitedSql = "CASE WHEN life IN ('manufactured', 'flashed') THEN 1 WHEN life = 'claimed' THEN 2 ELSE 0 END";

    /// <summary>A device's status; null when there is no such device.</summary>
    public static string? Of(SqlSession session, string deviceId)
    {
        using SqlStatement row = session.Query("SELECT life FROM devices WHERE device_id = $1", deviceId);
        return row.Read() ? row.Text(0) : null;
    }

    /// <summary>Takes a step that people have asked for.</summary>
    /// <param name="session">The connection, in a transaction.</param>
    /// <param name="wanted">The device, where to, why, who, whether that is an admin, and when in milliseconds since 1970.</param>
    /// <returns>Why it was not taken.</returns>
    public static Refusal? Step(
        SqlSession session, (string DeviceId, string To, string? Why, string Who, bool IsAdmin, long At) wanted)
    {
        // The row is what others who take a step of the same device wait at.
        session.Execute("UPDATE devices SET life = life WHERE device_id = $1", wanted.DeviceId);
        string from = Of(session, wanted.DeviceId)!;
        if (Life.FindFault(from, wanted.To) is { } fault)
        {
            return fault;
        }

        if (Life.IsSold(from) && !wanted.IsAdmin)
        {
            return new Refusal(StatusCodes.Status403Forbidden, $"It is {from}: from sold on that is an admin's");
        }

        if (wanted.To == Life.Returned)
        {
            session.Execute(
                "UPDATE manufactured SET assigned_email = NULL, assigned_name = NULL, assigned_at = NULL WHERE device_id = $1",
                wanted.DeviceId);
            PlacementSql.Move(session, (wanted.DeviceId, null, null, null, wanted.Who, wanted.At));
        }
        else if (wanted.To == Life.Scrapped)
        {
            // Retired already is as good.
            RetirementSql.Retire(session, (wanted.DeviceId, wanted.Who, wanted.At));
        }

        Write(session, wanted.DeviceId, from, wanted.To, wanted.Who, wanted.Why, wanted.At);
        return null;
    }

    /// <summary>Notes that a device has spoken: its first word, and its first reading for whoever has claimed it.</summary>
    /// <param name="session">The connection, in a transaction.</param>
    /// <param name="deviceId">The device.</param>
    /// <param name="awaited">What the storage says is awaited of it.</param>
    /// <param name="hasReading">Whether it has said a new reading.</param>
    /// <param name="at">Milliseconds since 1970.</param>
    public static void Hear(SqlSession session, string deviceId, Awaited awaited, bool hasReading, long at)
    {
        string who = $"device {deviceId}";
        if (awaited == Awaited.FirstWord && Of(session, deviceId) is Life.Manufactured or Life.Flashed)
        {
            if (Of(session, deviceId) == Life.Manufactured)
            {
                Write(session, deviceId, Life.Manufactured, Life.Flashed, who, "it speaks", at);
            }

            Write(session, deviceId, Life.Flashed, Life.Provisioned, who, "its first word", at);
        }
        else if (awaited == Awaited.FirstReading && hasReading && Of(session, deviceId) == Life.Claimed)
        {
            Write(session, deviceId, Life.Claimed, Life.Active, who, "its first reading", at);
        }
    }

    /// <summary>Notes that somebody has said where a device stands: by claim, or with the PIN on its label.</summary>
    public static void Claim(SqlSession session, string deviceId, string who, long at)
    {
        if (Of(session, deviceId) is { } from and (Life.Manufactured or Life.Flashed or Life.Provisioned or Life.Sold))
        {
            Write(session, deviceId, from, Life.Claimed, who, null, at);
        }
    }

    /// <summary>The steps of a device, newest first.</summary>
    public static List<StepRow> Steps(SqlSession session, (string? DeviceId, int Limit) wanted)
    {
        using SqlStatement row = session.Query(
            """
            SELECT s.at, m.serial, s.who, s.from_life, s.to_life, s.why
            FROM manufacturing_steps s JOIN manufactured m ON m.device_id = s.device_id
            WHERE ($1 IS NULL OR s.device_id = $1) ORDER BY s.id DESC LIMIT $2
            """, wanted.DeviceId, wanted.Limit);
        List<StepRow> rows = [];
        while (row.Read())
        {
            rows.Add(new StepRow(row.Time(0), row.Text(1), row.Text(2), row.Text(3), row.Text(4), row.TextOrNull(5)));
        }

        return rows;
    }

    /// <summary>Takes a step. Of devices that no batch has made there are no steps to be told.</summary>
    internal static void Write(SqlSession session, string deviceId, string from, string to, string who, string? why, long at)
    {
        session.Execute("UPDATE devices SET life = $2 WHERE device_id = $1", deviceId, to);
        if (session.Execute(
            """
            UPDATE manufactured SET provisioned_at = CASE WHEN $2 = 'provisioned' THEN coalesce(provisioned_at, $3) ELSE provisioned_at END
            WHERE device_id = $1
            """, deviceId, to, at) == 0)
        {
            return;
        }

        session.Execute(
            "INSERT INTO manufacturing_steps (device_id, at, who, from_life, to_life, why) VALUES ($1, $2, $3, $4, $5, $6)",
            deviceId, at, who, from, to, why);
        Audit.Note(session, who, "device.life", deviceId, from, why is null ? to : $"{to}: {why}", at);
    }
}
