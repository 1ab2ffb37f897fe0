using System.Text.RegularExpressions;

using JamBox.Backend.Storage;
using JamBox.Backend.Tests.Hosting;

namespace JamBox.Backend.Tests.Storage;

/// <summary>An id that somebody was told does not come again, whatever was deleted.</summary>
public sealed partial class IdsNeverAgainTests : IDisposable
{
    private const string AddCommand =
        "INSERT INTO commands (device_id, command, state, queued_by, queued_at, expires_at) VALUES ($1, 'reboot', 'queued', 'me', 1, 2)";

    private readonly string _folder = Directory.CreateTempSubdirectory("jambox-ids-").FullName;

    private string DatabasePath => Path.Combine(_folder, "x.db");

    public void Dispose() => Directory.Delete(_folder, recursive: true);

    [Fact]
    public void EveryTableWithAnIdOfItsOwnSaysAutoincrementOrHasAReason()
    {
        using Store store = Open();
        Dictionary<string, string> tables = store.Read(0, Tables);
        Assert.InRange(tables.Count, 20, 200);
        string[] reusing =
        [
            .. tables.Where(static table => Rowid().IsMatch(table.Value) && !SqliteSchema.Exempt.ContainsKey(table.Key)).Select(
                static table => table.Key),
        ];
        Assert.True(
            reusing.Length == 0,
            "Ids come again in " + string
                .Join(", ", reusing) + ": say INTEGER PRIMARY KEY AUTOINCREMENT, or give SqliteSchema.Exempt a reason.");
        Assert.All(SqliteSchema.Exempt.Keys, exempt => Assert.True(tables.ContainsKey(exempt), exempt + " is exempt and does not exist"));
        Assert.Contains("AUTOINCREMENT", tables["commands"], StringComparison.Ordinal);
    }

    [Fact]
    public async Task TheHighestIdIsNotGivenAgainAfterItsRowIsGone()
    {
        using Store store = Open();
        long first = await store.WriteAsync(0, static (session, _) => AddEvent(session));
        await store.WriteAsync(0, static (session, _) => session.Execute("DELETE FROM events"));
        Assert.True(await store.WriteAsync(0, static (session, _) => AddEvent(session)) > first);
    }

    [Fact]
    public async Task AFileOfAnEarlierVersionKeepsItsRowsItsIndexesAndItsReferences()
    {
        Dictionary<string, string> fresh;
        using (Store store = Open())
        {
            fresh = store.Read(0, Tables);
        }

        File.Delete(DatabasePath);
        MakeEarlier();
        using (Store store = Open())
        {
            Assert.Equal(fresh, store.Read(0, Tables));
            Assert.Equal("41 reboot", store.Read(0, static (session, _) =>
            {
                using SqlStatement row = session.Query("SELECT id, command FROM commands");
                return row.Read() ? $"{row.Int64(0)} {row.Text(1)}" : "";
            }));
            await Assert.ThrowsAsync<StorageException>(() => store.WriteAsync(0, static (session, _) => session.Execute(
                AddCommand, "nobody")));
            Assert.Equal(1, await store.WriteAsync(0, static (session, _) => session.Execute(
                AddCommand, "JBNB0001")));
        }
    }

    private static long AddEvent(SqlSession session)
    {
        using SqlStatement row = session.Query("INSERT INTO events (at, kind, device_id, data) VALUES (1, 'x', 'x', 'x') RETURNING id");
        row.Read();
        return row.Int64(0);
    }

    private static Dictionary<string, string> Tables(SqlSession session, int _)
    {
        Dictionary<string, string> tables = [];
        using SqlStatement row = session.Query(
            "SELECT name, sql FROM sqlite_schema WHERE type IN ('table', 'index') AND sql IS NOT NULL AND name <> 'sqlite_sequence'");
        while (row.Read())
        {
            // SQLite quotes the name of a table that was renamed, as those are that are made anew.
            tables[row.Text(0)] = row.Text(1).Replace("\"", "", StringComparison.Ordinal);
        }

        return tables;
    }

    private Store Open() => Store.Open(StorageTarget.File(DatabasePath), new ManualClock());

    /// <summary>Makes the file that the version before the migration would have left.</summary>
    private void MakeEarlier()
    {
        using SqliteSession session = new(DatabasePath, readOnly: false);
        Migrations.Apply(session, new ManualClock(), last: 8);
        session.Execute("INSERT INTO devices (device_id, token_hash, registered_at) VALUES ('JBNB0001', 'x', 1)");
        session.Execute("""
            INSERT INTO commands (id, device_id, command, state, queued_by, queued_at, expires_at)
            VALUES (41, 'JBNB0001', 'reboot', 'queued', 'me', 1, 2)
            """);
    }

    [GeneratedRegex(@"\bINTEGER\s+PRIMARY\s+KEY\b(?!\s+AUTOINCREMENT)", RegexOptions.IgnoreCase)]
    private static partial Regex Rowid();
}
