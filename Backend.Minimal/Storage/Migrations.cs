using System.Globalization;
using System.Reflection;

using JamBox.Backend.Operation;

namespace JamBox.Backend.Storage;

/// <summary>The numbered SQL files in Schema/ (embedded), each applied once, in order. All that are missing go into one transaction, by one process.</summary>
internal static class Migrations
{
    private const string Prefix = "schema/";

    /// <summary>Applies what the database does not have yet.</summary>
    /// <returns>Number of the newest migration.</returns>
    /// <exception cref="StartException">The database was written by a newer version.</exception>
    public static int Apply(SqlSession session, TimeProvider clock)
    {
        session.Begin();
        try
        {
            session.LockSchema();
            session.ExecuteScript("CREATE TABLE IF NOT EXISTS schema_migrations (number INTEGER NOT NULL UNIQUE, name TEXT NOT NULL, applied_at INTEGER NOT NULL)");
            int known = ApplyMissing(session, clock);
            session.Commit();
            return known;
        }
        catch
        {
            session.RollBack();
            throw;
        }
    }

    private static int ApplyMissing(SqlSession session, TimeProvider clock)
    {
        int applied = Newest(session);
        int known = 0;
        foreach (string resource in Names())
        {
            string name = resource[Prefix.Length..];
            known = int.Parse(name.AsSpan(0, 4), CultureInfo.InvariantCulture);
            if (known > applied)
            {
                session.ExecuteScript(Text(resource));
                session.Execute(
                    "INSERT INTO schema_migrations (number, name, applied_at) VALUES ($1, $2, $3)",
                    known, name, clock.GetUtcNow().ToUnixTimeMilliseconds());
            }
        }

        return applied <= known ? known : throw new StartException("Storage:Provider", string.Create(CultureInfo.InvariantCulture,
            $"the database has schema {applied}, this version knows {known}; start the newer version, or restore a backup."));
    }

    private static int Newest(SqlSession session)
    {
        using SqlStatement row = session.Query("SELECT coalesce(max(number), 0) FROM schema_migrations");
        row.Read();
        return row.Int32(0);
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
