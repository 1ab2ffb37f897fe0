namespace JamBox.Backend.Tests.Hosting;

/// <summary>Which storage a test runs in.</summary>
public enum TestStorage
{
    /// <summary>A SQLite file.</summary>
    Sqlite,

    /// <summary>A database on the tests' own PostgreSQL server.</summary>
    Postgres,
}
