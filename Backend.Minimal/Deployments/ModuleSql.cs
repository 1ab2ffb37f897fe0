using System.Globalization;

using JamBox.Backend.Security;
using JamBox.Backend.Storage;
using JamBox.Backend.Wire;

namespace JamBox.Backend.Deployments;

/// <summary>The SQL of modules.</summary>
internal static class ModuleSql
{
    /// <summary>Modules of a gateway, at most.</summary>
    public const int MaxModules = 500;

    /// <summary>Types at most.</summary>
    public const int MaxTypes = 1000;

    /// <summary>A hostname as it is looked for: the same in other letters is the same module.</summary>
    public static string Key(string hostname) => hostname.ToLowerInvariant();

    /// <summary>The modules of a gateway, by name.</summary>
    public static List<ModuleRow> List(SqlSession session, string gateway)
    {
        List<ModuleRow> rows = [];
        using SqlStatement row = session.Query(
            """
            SELECT m.hostname, m.type, t.display_name, m.name, m.enabled, m.address, m.connection, m.version, m.version_at
            FROM gateway_modules m LEFT JOIN module_types t ON t.type = m.type
            WHERE m.device_id = $1 ORDER BY m.hostname_key
            """, gateway);
        while (row.Read())
        {
            rows.Add(new ModuleRow(
                row.Text(0), row.Text(1), row.TextOrNull(2) ?? row.Text(1), row.TextOrNull(3), row.Int64(4) != 0, row.TextOrNull(5),
                row.Text(6), row.TextOrNull(7), row.TimeOrNull(8)));
        }

        return rows;
    }

    /// <summary>One module; null = there is none of that name, however it is written.</summary>
    public static ModuleRow? Find(SqlSession session, (string Gateway, string Hostname) wanted) =>
        List(session, wanted.Gateway).Find(one => one.Hostname.Equals(wanted.Hostname, StringComparison.OrdinalIgnoreCase));

    /// <summary>Puts a module in, or changes it.</summary>
    public static Refusal? Put(SqlSession session, (string Gateway, string Hostname, ModuleChange Change, string Who, long At) wanted)
    {
        // One after the other: two at once would not see each other's address.
        session.Execute("UPDATE devices SET place_id = place_id WHERE device_id = $1", wanted.Gateway);
        ModuleRow? before = Find(session, (wanted.Gateway, wanted.Hostname));
        if (before is null && Count(session, "SELECT count(*) FROM gateway_modules WHERE device_id = $1", wanted.Gateway) >= MaxModules)
        {
            return Refusal.Conflict("A gateway has at most 500 modules: delete one first");
        }

        ModuleChange change = wanted.Change;
        string hostname = before?.Hostname ?? wanted.Hostname;
        string? name = change.Name is null ? before?.Name : change.Name.Length == 0 ? null : change.Name;
        string? address = change.Address is null ? before?.Address : change.Address.Length == 0 ? null : change.Address;
        string type = change.Type ?? before!.Type;
        bool isEnabled = change.Enabled ?? before?.Enabled ?? true;
        string connection = change.Connection ?? before?.Connection ?? ModuleConnection.Wireless;
        if (isEnabled && address is not null && List(session, wanted.Gateway).Find(one => one.Enabled && Key(one.Hostname) != Key(hostname)
            && address.Equals(one.Address, StringComparison.OrdinalIgnoreCase)) is { } other)
        {
            return Refusal.Conflict(
                $"{other.Hostname} has the address {address}, and one of the two would get the other's image: switch that one off, or change "
                + "its address");
        }

        session.Execute(
            """
            INSERT INTO gateway_modules (device_id, hostname_key, hostname, type, name, enabled, address, connection)
            VALUES ($1, $2, $3, $4, $5, $6, $7, $8)
            ON CONFLICT (device_id, hostname_key) DO UPDATE SET type = excluded.type, name = excluded.name, enabled = excluded.enabled,
                address = excluded.address, connection = excluded.connection
            """, wanted.Gateway, Key(hostname), hostname, type, name, isEnabled, address, connection);
        string was = before is null ? "" : Text(before.Type, before.Name, before.Enabled, before.Address, before.Connection);
        string now = Text(type, name, isEnabled, address, connection);
        if (was != now)
        {
            Audit.Note(
                session, wanted.Who, "gateway.module", $"{wanted.Gateway}/{hostname}", before is null ? null : was, now, wanted.At);
        }

        return null;
    }

    /// <summary>Takes a module out.</summary>
    public static Refusal? Remove(SqlSession session, (string Gateway, string Hostname, string Who, long At) wanted)
    {
        if (Find(session, (wanted.Gateway, wanted.Hostname)) is not { } before)
        {
            return Refusal.NotFound("There is no such module at this gateway");
        }

        session.Execute(
            "DELETE FROM gateway_modules WHERE device_id = $1 AND hostname_key = $2", wanted.Gateway, Key(wanted.Hostname));
        Audit.Note(
            session, wanted.Who, "gateway.module.delete", $"{wanted.Gateway}/{before.Hostname}",
            Text(before.Type, before.Name, before.Enabled, before.Address, before.Connection), null, wanted.At);
        return null;
    }

    /// <summary>Notes the versions that modules have said.</summary>
    /// <param name="session">The connection, in a transaction.</param>
    /// <param name="gateway">Their gateway.</param>
    /// <param name="modules">What it says of them; those that are not in its list are passed over.</param>
    /// <param name="at">When, milliseconds since 1970.</param>
    public static void See(SqlSession session, string gateway, IReadOnlyList<ModuleWord>? modules, long at)
    {
        foreach (ModuleWord module in modules ?? [])
        {
            if ((module.After ?? module.Before) is { } version)
            {
                session.Execute(
                    """
                    UPDATE gateway_modules SET version = $3, version_at = $4
                    WHERE device_id = $1 AND hostname_key = $2 AND (version_at IS NULL OR version_at <= $4)
                    """, gateway, Key(module.Hostname), version, at);
            }
        }
    }

    /// <summary>The types that have names, by type.</summary>
    public static List<ModuleType> Types(SqlSession session, int unused)
    {
        List<ModuleType> rows = [];
        using SqlStatement row = session.Query("SELECT type, display_name FROM module_types ORDER BY type");
        while (row.Read())
        {
            rows.Add(new ModuleType(row.Text(0), row.Text(1)));
        }

        return rows;
    }

    /// <summary>Names a type.</summary>
    public static Refusal? PutType(SqlSession session, (string Type, string Name, string Who, long At) wanted)
    {
        string? before = NameOf(session, wanted.Type);
        if (before is null && Count(session, "SELECT count(*) FROM module_types WHERE type <> $1", wanted.Type) >= MaxTypes)
        {
            return Refusal.Conflict("There are at most 1,000 types: delete one first");
        }

        session.Execute(
            """
            INSERT INTO module_types (type, display_name) VALUES ($1, $2)
            ON CONFLICT (type) DO UPDATE SET display_name = excluded.display_name
            """, wanted.Type, wanted.Name);
        if (before != wanted.Name)
        {
            Audit.Note(session, wanted.Who, "module-type.name", wanted.Type, before, wanted.Name, wanted.At);
        }

        return null;
    }

    /// <summary>Takes the name of a type away.</summary>
    public static Refusal? RemoveType(SqlSession session, (string Type, string Who, long At) wanted)
    {
        if (NameOf(session, wanted.Type) is not { } before)
        {
            return Refusal.NotFound("There is no name for this type");
        }

        session.Execute("DELETE FROM module_types WHERE type = $1", wanted.Type);
        Audit.Note(session, wanted.Who, "module-type.delete", wanted.Type, before, null, wanted.At);
        return null;
    }

    private static string? NameOf(SqlSession session, string type)
    {
        using SqlStatement row = session.Query("SELECT display_name FROM module_types WHERE type = $1", type);
        return row.Read() ? row.Text(0) : null;
    }

    private static string Text(string type, string? name, bool isEnabled, string? address, string connection) => string.Create(
        CultureInfo.InvariantCulture,
        $"{type}, {connection}, {(isEnabled ? "enabled" : "disabled")}{Behind(name)}{Behind(address)}");

    private static string Behind(string? text) => text is null ? "" : $", {text}";

    private static long Count(SqlSession session, string sql, string value)
    {
        using SqlStatement row = session.Query(sql, value);
        row.Read();
        return row.Int64(0);
    }
}
