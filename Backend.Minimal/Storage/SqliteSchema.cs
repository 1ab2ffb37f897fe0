using System.Text.RegularExpressions;

namespace JamBox.Backend.Storage;

/// <summary>What SQLite's ids need.</summary>
internal static partial class SqliteSchema
{
    /// <summary>Name of a table while it is made anew.</summary>
    public const string Temporary = "made_anew";

    /// <summary>
    /// Tables whose ids need no AUTOINCREMENT, and why. It costs a write to one more page with each row.
    /// </summary>
    public static readonly IReadOnlyDictionary<string, string> Exempt = new Dictionary<string, string>(StringComparer.Ordinal)
    {
        ["readings"] = "the busiest table; retention never takes its newest row, so the highest id stays",
        ["storage_probe"] = "one row, always of the same id",
    };

    /// <summary>The statement that makes a table, with AUTOINCREMENT and under the temporary name.</summary>
    /// <param name="table">Its name.</param>
    /// <param name="sql">The statement as SQLite keeps it.</param>
    /// <returns>Null when it needs none.</returns>
    public static string? WithAutoincrement(string table, string sql) =>
        Exempt.ContainsKey(table) || !Rowid().IsMatch(sql)
            ? null
            : Head().Replace(Rowid().Replace(sql, "INTEGER PRIMARY KEY AUTOINCREMENT", 1), $"CREATE TABLE {Temporary}", 1);

    [GeneratedRegex(@"\bINTEGER\s+PRIMARY\s+KEY\b(?!\s+AUTOINCREMENT)", RegexOptions.IgnoreCase)]
    private static partial Regex Rowid();

    [GeneratedRegex("""^CREATE\s+TABLE\s+("[^"]*"|\w+)""", RegexOptions.IgnoreCase)]
    private static partial Regex Head();
}
