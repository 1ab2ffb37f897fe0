using System.Globalization;
using System.Reflection;

using JamBox.Backend.Operation;

namespace JamBox.Backend.Storage;

/// <summary>The numbered SQL files beside this class (embedded), each applied once, in order, in a transaction of its own.</summary>
internal static class Migrations
{
    private const string Prefix = "migrations/sqlite/";

    /// <summary>Applies what the database does not have yet.</summary>
    /// <returns>Number of the newest migration.</returns>
    /// <exception cref="StartException">The database was written by a newer version.</exception>
    public static int Apply(SqlSession session, TimeProvider clock)
    {
        session.Execute("CREATE TABLE IF NOT EXISTS schema_migrations (number INTEGER PRIMARY KEY, name TEXT NOT NULL, applied_at INTEGER NOT NULL)");
        int applied = Newest(session);
        int known = 0;
        foreach (string resource in Names())
        {
            string name = resource[Prefix.Length..];
            known = int.Parse(name.AsSpan(0, 4), CultureInfo.InvariantCulture);
            if (known > applied)
            {
                ApplyOne(session, clock, known, name, Text(resource));
            }
        }

        if (applied > known)
        {
            throw new StartException("Storage:Path", string.Create(CultureInfo.InvariantCulture,
                $"the database has schema {applied}, this version knows {known}; start the newer version, or restore a backup."));
        }

        return known;
    }

    private static int Newest(SqlSession session)
    {
        using SqlStatement row = session.Query("SELECT coalesce(max(number), 0) FROM schema_migrations");
        row.Read();
        return row.Int32(0);
    }

    private static void ApplyOne(SqlSession session, TimeProvider clock, int number, string name, string script)
    {
        session.Execute("BEGIN IMMEDIATE");
        try
        {
            session.ExecuteScript(script);
            session.Execute(
                "INSERT INTO schema_migrations (number, name, applied_at) VALUES ($1, $2, $3)",
                number, name, clock.GetUtcNow().ToUnixTimeMilliseconds());
            session.Execute("COMMIT");
        }
        catch
        {
            session.Execute("ROLLBACK");
            throw;
        }
    }

    private static IOrderedEnumerable<string> Names() =>
        Assembly.GetExecutingAssembly().GetManifestResourceNames()
            .Where(static name => name.StartsWith(Prefix, StringComparison.Ordinal))
            .Order(StringComparer.Ordinal);

    private static string Text(string resource)
    {
        using StreamReader reader = new(Assembly.GetExecutingAssembly().GetManifestResourceStream(resource)!);
        return reader.ReadToEnd();
    }
}
