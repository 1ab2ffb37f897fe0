using JamBox.Backend.Security;
using JamBox.Backend.Storage;

namespace JamBox.Backend.Trust;

/// <summary>The SQL of key-change records and floors.</summary>
internal static class TrustSql
{
    /// <summary>Records that are looked at for the next one of a box, the newest: a fleet has a handful.</summary>
    private const int MaxLookedAt = 64;

    private const string NewestSql = "SELECT record, added_by, added_at FROM ota_key_changes ORDER BY epoch DESC, number DESC LIMIT $1";

    private const string FloorSql =
        "SELECT record, added_by, added_at FROM ota_floors WHERE hw = $1 ORDER BY epoch DESC, number DESC LIMIT $2";

    /// <summary>The newest records, the newest first.</summary>
    public static List<KeptChange> Changes(SqlSession session, int limit)
    {
        using SqlStatement row = session.Query(NewestSql, limit);
        List<KeptChange> changes = [];
        while (row.Read())
        {
            changes.Add(new KeptChange(KeyChangeRecord.Parse(row.Bytes(0)), row.Text(1), row.Time(2)));
        }

        return changes;
    }

    /// <summary>Which keys count now.</summary>
    /// <param name="session">The connection.</param>
    /// <param name="keys">The settings.</param>
    /// <returns>The trust; null without a record and without a key in the settings: then signatures are not looked at.</returns>
    public static KeyTrust? Current(SqlSession session, FleetKeys keys) =>
        Changes(session, 1) is [KeptChange newest] ? KeyTrust.After(newest.Record) : keys.Provisioned;

    /// <summary>The newest floor of a board; null when there is none.</summary>
    public static KeptFloor? Floor(SqlSession session, string hardware)
    {
        using SqlStatement row = session.Query(FloorSql, hardware, 1);
        return row.Read() ? new KeptFloor(FloorRecord.Parse(row.Bytes(0)), row.Text(1), row.Time(2)) : null;
    }

    /// <summary>The floor below which no release of a board is offered; 0 without one.</summary>
    public static int MinimumOf(SqlSession session, string hardware)
    {
        using SqlStatement row = session.Query(
            "SELECT minimum FROM ota_floors WHERE hw = $1 ORDER BY epoch DESC, number DESC LIMIT 1", hardware);
        return row.Read() ? row.Int32(0) : 0;
    }

    /// <summary>The newest floors, one for each board.</summary>
    public static List<KeptFloor> Floors(SqlSession session)
    {
        List<string> boards = [];
        using (SqlStatement row = session.Query("SELECT DISTINCT hw FROM ota_floors ORDER BY hw"))
        {
            while (row.Read())
            {
                boards.Add(row.Text(0));
            }
        }

        return [.. boards.Select(board => Floor(session, board)!)];
    }

    /// <summary>What an answer to a box announces.</summary>
    /// <returns>Names of the newest record and of the floor; null where there is none.</returns>
    public static (string? Keys, string? Floor) Names(SqlSession session, string hardware)
    {
        string? keys;
        using (SqlStatement row = session.Query("SELECT epoch, number FROM ota_key_changes ORDER BY epoch DESC, number DESC LIMIT 1"))
        {
            keys = row.Read() ? KeyChangeRecord.NameOf(row.Int32(0), row.Int32(1)) : null;
        }

        using SqlStatement floor = session.Query(
            "SELECT epoch, number FROM ota_floors WHERE hw = $1 ORDER BY epoch DESC, number DESC LIMIT 1", hardware);
        return (keys, floor.Read() ? KeyChangeRecord.NameOf(floor.Int32(0), floor.Int32(1)) : null);
    }

    /// <summary>
    /// The next record for a box: the newest that it can check, by the keys of the record that it has, or by those that it named in its
    /// last heartbeat. One that the recovery key signed can always be checked.
    /// </summary>
    /// <returns>The bytes; null when there is none that is newer and can be checked.</returns>
    public static byte[]? NextChange(SqlSession session, (FleetKeys Keys, string DeviceId, int Epoch, int Number) asked)
    {
        List<KeptChange> changes = Changes(session, MaxLookedAt);
        List<PublicKey> trusted = KeysOf(session, asked, changes);
        return changes
            .Select(static kept => kept.Record)
            .Where(record => record.IsAfter(asked.Epoch, asked.Number))
            .FirstOrDefault(record => record.IsRecovery || (record.Epoch == asked.Epoch && trusted.Any(record.IsSignedBy)))
            ?.ToBytes();
    }

    /// <summary>The floor for a box, by the board that it named when it last asked.</summary>
    /// <returns>The bytes; null when there is none that is newer.</returns>
    public static byte[]? NextFloor(SqlSession session, (string DeviceId, int Epoch, int Number) asked)
    {
        string? hardware;
        using (SqlStatement row = session.Query("SELECT hw FROM ota_devices WHERE device_id = $1", asked.DeviceId))
        {
            hardware = row.Read() ? row.Text(0) : null;
        }

        return hardware is not null && Floor(session, hardware)?.Record is { } floor && floor.IsAfter(asked.Epoch, asked.Number)
            ? floor.ToBytes()
            : null;
    }

    /// <summary>Keeps a record that was checked.</summary>
    public static void Add(SqlSession session, KeyChangeRecord record, string who, long now)
    {
        session.Execute(
            "INSERT INTO ota_key_changes (epoch, number, record, added_by, added_at) VALUES ($1, $2, $3, $4, $5)", record.Epoch,
            record.Number, record.ToBytes(), who, now);
        Audit.Note(
            session, who, "ota.keys", record.Name, null,
            string.Join(", ", record.Keys.Select(static key => key.Fingerprint).DefaultIfEmpty("none"))
                + (record.IsRecovery ? ", by the recovery key" : ""), now);
    }

    /// <summary>Keeps a floor that was checked.</summary>
    public static void Add(SqlSession session, FloorRecord floor, string who, long now)
    {
        session.Execute(
            "INSERT INTO ota_floors (hw, epoch, number, minimum, record, added_by, added_at) VALUES ($1, $2, $3, $4, $5, $6, $7)",
            floor.HardwareId, floor.Epoch, floor.Number, floor.MinimumSequence, floor.ToBytes(), who, now);
        Audit.Note(
            session, who, "ota.floor", $"{floor.HardwareId} {floor.Name}", null,
            floor.MinimumSequence.ToString(System.Globalization.CultureInfo.InvariantCulture), now);
    }

    private static List<PublicKey> KeysOf(
        SqlSession session, (FleetKeys Keys, string DeviceId, int Epoch, int Number) asked, List<KeptChange> changes)
    {
        // A record replaces both keys: who has it trusts its keys, and may have said otherwise in a heartbeat before it.
        if (changes.Find(kept => kept.Record.Epoch == asked.Epoch && kept.Record.Number == asked.Number) is { } own)
        {
            return [.. own.Record.Keys];
        }

        IReadOnlyList<PublicKey> provisioned = asked.Keys.Provisioned?.Keys ?? [];
        string? names;
        using (SqlStatement row = session.Query("SELECT keys FROM ota_trust WHERE device_id = $1", asked.DeviceId))
        {
            names = row.Read() ? row.Text(0) : null;
        }

        if (names is null)
        {
            return [.. provisioned];
        }

        string[] said = names.Split(',');
        return
        [
            .. changes.SelectMany(static kept => kept.Record.Keys).Concat(provisioned).Where(key => said.Contains(key.Fingerprint)),
        ];
    }
}

/// <summary>A key-change record as it is kept.</summary>
/// <param name="Record">The record.</param>
/// <param name="AddedBy">Who brought it.</param>
/// <param name="AddedAt">When.</param>
internal sealed record KeptChange(KeyChangeRecord Record, string AddedBy, DateTime AddedAt);

/// <summary>A floor as it is kept.</summary>
/// <param name="Record">The floor.</param>
/// <param name="AddedBy">Who brought it.</param>
/// <param name="AddedAt">When.</param>
internal sealed record KeptFloor(FloorRecord Record, string AddedBy, DateTime AddedAt);
