namespace JamBox.Backend.Tests.Hosting;

/// <summary>The shared backend on SQLite.</summary>
public sealed class SqliteBackend() : BackendHost(TestStorage.Sqlite);
