using JamBox.Backend.People;
using JamBox.Backend.Security;
using JamBox.Backend.Storage;
using JamBox.Backend.Wire;

namespace JamBox.Backend.Manufacturing;

/// <summary>Which devices are wanted; null = all.</summary>
/// <param name="Status">Of this status.</param>
/// <param name="HwType">Of this board.</param>
/// <param name="Batch">Of this batch.</param>
/// <param name="From">Made at this time or later, milliseconds since 1970.</param>
/// <param name="To">Made before it.</param>
/// <param name="Text">What stands in serial number, id, address or name.</param>
/// <param name="Before">Numbers below this one.</param>
/// <param name="Limit">Rows at most.</param>
internal sealed record MadeFilter(
    string? Status, string? HwType, long? Batch, long? From, long? To, string? Text, long Before, int Limit);

/// <summary>The SQL of devices that batches have made.</summary>
internal static class MadeSql
{
    private const string SelectSql = """
        SELECT m.id, m.serial, m.device_id, d.kind, m.batch_id, b.board_type, b.board_version, b.platform, b.product, d.life,
            m.assigned_email, m.assigned_name, m.images, b.made_at, m.provisioned_at, d.last_seen_at
        FROM manufactured m JOIN devices d ON d.device_id = m.device_id JOIN batches b ON b.id = m.batch_id
        """;

    private const string ListSql = SelectSql + """
         WHERE m.id < $1 AND ($3 IS NULL OR d.life = $3) AND ($4 IS NULL OR b.board_type = $4) AND ($5 IS NULL OR m.batch_id = $5)
            AND ($6 IS NULL OR b.made_at >= $6) AND ($7 IS NULL OR b.made_at < $7)
            AND ($8 IS NULL OR lower(m.serial) LIKE $8 ESCAPE '!' OR lower(m.device_id) LIKE $8 ESCAPE '!'
                OR m.assigned_email LIKE $8 ESCAPE '!' OR lower(m.assigned_name) LIKE $8 ESCAPE '!')
        ORDER BY m.id DESC LIMIT $2
        """;

    private const string FiguresSql = """
        SELECT CAST(coalesce(sum(CASE WHEN images > 0 THEN 1 ELSE 0 END), 0) AS BIGINT),
            CAST(coalesce(sum(CASE WHEN images = 1 AND provisioned_at IS NOT NULL THEN 1 ELSE 0 END), 0) AS BIGINT),
            CAST(coalesce(sum(CASE WHEN provisioned_at >= first_image_at THEN 1 ELSE 0 END), 0) AS BIGINT),
            CAST(coalesce(sum(CASE WHEN provisioned_at >= first_image_at THEN provisioned_at - first_image_at ELSE 0 END), 0) AS BIGINT)
        FROM manufactured
        """;

    /// <summary>The id of the device of a serial number; null when there is none.</summary>
    public static string? DeviceOf(SqlSession session, string serial)
    {
        using SqlStatement row = session.Query("SELECT device_id FROM manufactured WHERE serial = $1 OR device_id = $1", serial);
        return row.Read() ? row.Text(0) : null;
    }

    /// <summary>A device by serial number or id; null when no batch has made it.</summary>
    public static MadeRow? One(SqlSession session, string serial)
    {
        using SqlStatement row = session.Query(SelectSql + " WHERE m.serial = $1 OR m.device_id = $1", serial);
        return row.Read() ? Row(row) : null;
    }

    /// <summary>Lists devices, those made last first.</summary>
    public static List<MadeRow> List(SqlSession session, MadeFilter filter)
    {
        string? text = filter.Text is null ? null
            : '%' + filter.Text.ToLowerInvariant().Replace("!", "!!", StringComparison.Ordinal)
                .Replace("%", "!%", StringComparison.Ordinal).Replace("_", "!_", StringComparison.Ordinal) + '%';
        using SqlStatement row = session.Query(
            ListSql, filter.Before, filter.Limit, filter.Status, filter.HwType, filter.Batch, filter.From, filter.To, text);
        List<MadeRow> rows = [];
        while (row.Read())
        {
            rows.Add(Row(row));
        }

        return rows;
    }

    /// <summary>Says for whom a device is. What is provisioned is sold by it.</summary>
    /// <param name="session">The connection, in a transaction.</param>
    /// <param name="wanted">
    /// The device; the address and name; the invitation of somebody new, the mail to somebody who is there; who, and when.
    /// </param>
    /// <returns>Whether they were invited; or why it was not done.</returns>
    public static (bool IsInvited, Refusal? Refusal) Assign(
        SqlSession session,
        (MadeRow Device, string Email, string? Name, NewLink Invitation, UserMail? Notice, string Who, bool IsAdmin, long At) wanted)
    {
        string deviceId = wanted.Device.DeviceId;
        session.Execute("UPDATE devices SET life = life WHERE device_id = $1", deviceId);
        string life = LifeSql.Of(session, deviceId)!;
        if (life is not (Life.Provisioned or Life.Sold))
        {
            return (false, Refusal.Conflict($"It is {life}: what is provisioned or sold can be assigned"));
        }

        string? before = One(session, deviceId)!.AssignedEmail;
        if (life == Life.Sold && before is not null && before != wanted.Email && !wanted.IsAdmin)
        {
            return (false, new Refusal(StatusCodes.Status403Forbidden, "It is somebody else's: from sold on that is an admin's"));
        }

        (bool isInvited, Refusal? refusal) = Invite(
            session, wanted.Email, wanted.Name, wanted.Invitation, wanted.Notice, wanted.Who, wanted.At);
        if (refusal is not null)
        {
            return (false, refusal);
        }

        session.Execute(
            """
            UPDATE manufactured SET assigned_email = $2, assigned_at = $4,
                assigned_name = coalesce($3, CASE WHEN assigned_email = $2 THEN assigned_name END)
            WHERE device_id = $1
            """, deviceId, wanted.Email, wanted.Name, wanted.At);
        Audit.Note(session, wanted.Who, "device.assign", deviceId, before, wanted.Email, wanted.At);
        if (life == Life.Provisioned)
        {
            LifeSql.Write(session, deviceId, life, Life.Sold, wanted.Who, "assigned", wanted.At);
        }

        return (isInvited, null);
    }

    /// <summary>Why somebody who has typed the right PIN may not claim a device.</summary>
    /// <returns>Null when they may.</returns>
    public static Refusal? FindClaimFault(SqlSession session, string deviceId, Caller caller)
    {
        MadeRow device = One(session, deviceId)!;
        return device.Status switch
        {
            Life.Claimed or Life.Active => Refusal.Conflict("It is claimed already: ask its owner to let you in"),
            Life.Returned or Life.Scrapped => Refusal.Conflict($"It is {device.Status}: ask whoever sold it to you"),
            not Life.Sold => Refusal.Conflict("It is not sold yet: ask whoever gave it to you"),
            _ => device.AssignedEmail is { } email && email != caller.Name
                ? new Refusal(
                    StatusCodes.Status403Forbidden, "It is meant for another address: sign in with the one that the mail was sent to")
                : null,
        };
    }

    /// <summary>How manufacturing goes.</summary>
    /// <param name="session">The connection.</param>
    /// <param name="wanted">Rows of each list, and what boards there are.</param>
    public static ManufacturingFigures Figures(SqlSession session, (int Count, ManufacturingOptions Options) wanted)
    {
        SortedDictionary<string, int> byStatus = new(StringComparer.Ordinal);
        BatchSql.Count(session, null, byStatus);
        List<StepRow> activity = LifeSql.Steps(session, (null, wanted.Count));
        List<BatchRow> batches = BatchSql.List(session, (long.MaxValue, wanted.Count));
        using SqlStatement row = session.Query(FiguresSql);
        row.Read();
        (int flashed, int firstPass, long timed, long ms) = ((int)row.Int64(0), (int)row.Int64(1), row.Int64(2), row.Int64(3));
        return new ManufacturingFigures(
            byStatus, batches, activity, activity.Count == 0 ? null : activity[0].At, flashed, firstPass,
            flashed == 0 ? null : Math.Round((double)firstPass / flashed, 4),
            timed == 0 ? null : Math.Round(ms / 1000.0 / timed, 1), [.. wanted.Options.BoardNames]);
    }

    /// <summary>Invites somebody who is new, once more somebody who has not come yet, and tells somebody who is there.</summary>
    private static (bool IsInvited, Refusal? Refusal) Invite(
        SqlSession session, string email, string? name, NewLink invitation, UserMail? notice, string who, long at)
    {
        if (UserSql.IdOf(session, email) is not { } id)
        {
            return (true, UserSql.Add(session, new NewUser(email, name, [], [], null, invitation, who, at)).Refusal);
        }

        UserRow user = UserSql.One(session, id)!;
        if (user.State == "disabled")
        {
            return (false, Refusal.Conflict("The user of that address is disabled"));
        }

        if (user.State == "invited")
        {
            invitation.Add(session, id, email, who, at);
            return (true, null);
        }

        notice?.Post(session, at);
        return (false, null);
    }

    private static MadeRow Row(SqlStatement row) => new()
    {
        Id = row.Int64(0), Serial = row.Text(1), DeviceId = row.Text(2), Kind = row.Text(3), Batch = row.Int64(4), HwType = row.Text(5),
        HwVersion = row.Text(6), Platform = row.Text(7), Product = row.TextOrNull(8), Status = row.Text(9),
        AssignedEmail = row.TextOrNull(10), AssignedName = row.TextOrNull(11), Images = row.Int32(12), MadeAt = row.Time(13),
        ProvisionedAt = row.TimeOrNull(14), LastSeenAt = row.TimeOrNull(15),
    };
}
