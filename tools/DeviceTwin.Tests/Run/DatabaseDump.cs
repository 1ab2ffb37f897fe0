using Microsoft.Data.Sqlite;

namespace JamBox.Twin.Tests.Run;

/// <summary>Everything that is in a database, as text.</summary>
internal static class DatabaseDump
{
    /// <summary>Writes it out.</summary>
    public static string Of(string database)
    {
        using var connection = new SqliteConnection(
            new SqliteConnectionStringBuilder { DataSource = database, Mode = SqliteOpenMode.ReadOnly, Pooling = false }.ToString());
        connection.Open();
        var text = new System.Text.StringBuilder();
        foreach (string table in Query(connection, "SELECT name FROM sqlite_master WHERE type = 'table' ORDER BY name"))
        {
            text.Append(table).Append('\n');
            foreach (string row in Query(connection, Rows(table)))
            {
                text.Append(row).Append('\n');
            }
        }

        return text.ToString();
    }

    /// <summary>Compares texts of two runs line by line, so that the line that differs is named and not the text.</summary>
    public static void AssertSame(string[] first, string[] second)
    {
        Assert.Equal(first.Length, second.Length);
        foreach ((string one, string two) in first.Zip(second))
        {
            string[] lines = one.Split('\n');
            string[] again = two.Split('\n');
            int at = lines.Zip(again).TakeWhile(static pair => pair.First == pair.Second).Count();
            Assert.True(
                at == lines.Length && at == again.Length, $"line {at}: '{lines.ElementAtOrDefault(at)}' and '{again.ElementAtOrDefault(at)}'");
        }
    }

    // What is encrypted is another text each time; what it says is compared by what follows from it.
    private static string Rows(string table) => table switch
    {
        "protection_keys" => "SELECT count(*) FROM protection_keys",
        "manufactured" => "SELECT id, device_id, serial, mac_key IS NULL, images, first_image_at, provisioned_at FROM manufactured",
        _ => $"SELECT * FROM \"{table}\"",
    };

    private static List<string> Query(SqliteConnection connection, string sql)
    {
        using SqliteCommand command = connection.CreateCommand();
        command.CommandText = sql;
        using SqliteDataReader reader = command.ExecuteReader();
        var rows = new List<string>();
        while (reader.Read())
        {
            var values = new object[reader.FieldCount];
            reader.GetValues(values);
            rows.Add(string.Join('|', values));
        }

        return rows;
    }
}
