using System.Globalization;
using System.Reflection;
using System.Text.RegularExpressions;

using JamBox.Backend.Operation;

namespace JamBox.Backend.Storage;

/// <summary>
/// The numbered SQL files in Schema/ (embedded), each applied once, in order. All that are missing go into one transaction, by one process.
/// </summary>
internal static class Migrations
{
    private const string Prefix = "schema/";

    /// <summary>The one that is code for SQLite: it has to look at the tables as they are.</summary>
    private const string IdsNeverAgain = "0009_ids_never_again.sql";

    /// <summary>Number of the newest migration that this version knows.</summary>
    public static int Known => Names().Max(static name => int.Parse(name.AsSpan(Prefix.Length, 4), CultureInfo.InvariantCulture));

    /// <summary>Applies what the database does not have yet.</summary>
    /// <param name="session">The connection.</param>
    /// <param name="clock">Dates the migrations.</param>
    /// <param name="last">The last one that is applied: tests stop early, to fill tables as they were.</param>
    /// <param name="progress">Says what takes long; null = nothing is said.</param>
    /// <returns>Number of the newest migration.</returns>
    /// <exception cref="StartupException">The database was written by a newer version.</exception>
    public static int Apply(SqlSession session, TimeProvider clock, int last = int.MaxValue, MigrationProgress? progress = null)
    {
        // Tables that are made anew would break the references to them for a moment.
        session.KeepReferences(false);
        session.Begin();
        try
        {
            session.LockSchema();
            session.ExecuteScript(
                """
                CREATE TABLE IF NOT EXISTS schema_migrations (
                    number INTEGER NOT NULL UNIQUE, name TEXT NOT NULL, applied_at INTEGER NOT NULL)
                """);
            int known = ApplyMissing(session, clock, last, progress);
            progress?.Commit();
            session.Commit();
            progress?.End();
            return known;
        }
        catch
        {
            session.RollBack();
            throw;
        }
        finally
        {
            progress?.Dispose();
            session.KeepReferences(true);
        }
    }

    private static int ApplyMissing(SqlSession session, TimeProvider clock, int last, MigrationProgress? progress)
    {
        int applied = Newest(session);
        int known = 0;
        foreach (string resource in Names())
        {
            string name = resource[Prefix.Length..];
            known = int.Parse(name.AsSpan(0, 4), CultureInfo.InvariantCulture);
            if (known > applied && known <= last)
            {
                progress?.Begin(name, applied == 0 ? 0 : NewestReading(session));
                session.ExecuteScript(Text(resource));
                if (name == IdsNeverAgain)
                {
                    session.NeverReuseIds();
                }

                session.Execute(
                    "INSERT INTO schema_migrations (number, name, applied_at) VALUES ($1, $2, $3)",
                    known, name, clock.GetUtcNow().ToUnixTimeMilliseconds());
            }
        }

        return applied <= known ? known : throw new StartupException("Storage:Provider", string.Create(CultureInfo.InvariantCulture,
            $"the database has schema {applied}, this version knows {known}; start the newer version, or restore a backup."));
    }

    /// <summary>The table whose size decides how long it takes.</summary>
    private static long NewestReading(SqlSession session)
    {
        using SqlStatement row = session.Query("SELECT coalesce(max(id), 0) FROM readings");
        row.Read();
        return row.Int64(0);
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

/// <summary>
/// The schema files are written once, for SQLite; PostgreSQL differs in the names of types. What only PostgreSQL needs stands in comments
/// that begin with <c>--postgres:</c>, one statement a line; what only SQLite needs stands between <c>--sqlite:begin</c> and
/// <c>--sqlite:end</c>.
/// </summary>
internal static partial class Schema
{
    /// <summary>A schema file in PostgreSQL's words. Text sorts by code point there too, so that cursors mean the same.</summary>
    public static string ForPostgres(string script) =>
        Type().Replace(WithoutComments(OnlySqlite().Replace(script, "")), static match => match.Value switch
        {
            "INTEGER PRIMARY KEY" or "INTEGER PRIMARY KEY AUTOINCREMENT" => "BIGINT GENERATED BY DEFAULT AS IDENTITY PRIMARY KEY",
            "INTEGER" => "BIGINT",
            "REAL" => "DOUBLE PRECISION",
            "BLOB" => "BYTEA",
            "TEXT" => "TEXT COLLATE \"C\"",
            _ => "",
        });

    [GeneratedRegex(@"\b(INTEGER PRIMARY KEY AUTOINCREMENT|INTEGER PRIMARY KEY|INTEGER|REAL|BLOB|TEXT)\b|\s+WITHOUT ROWID")]
    private static partial Regex Type();

    private static string WithoutComments(string script) => Comment().Replace(OnlyPostgres().Replace(script, ""), "");

    [GeneratedRegex("^--sqlite:begin.*?^--sqlite:end", RegexOptions.Multiline | RegexOptions.Singleline)]
    private static partial Regex OnlySqlite();

    [GeneratedRegex("^--postgres:", RegexOptions.Multiline)]
    private static partial Regex OnlyPostgres();

    [GeneratedRegex("--.*")]
    private static partial Regex Comment();
}
