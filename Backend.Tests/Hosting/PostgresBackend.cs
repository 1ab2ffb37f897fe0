namespace JamBox.Backend.Tests.Hosting;

/// <summary>The shared backend on PostgreSQL.</summary>
public sealed class PostgresBackend() : BackendHost(TestStorage.Postgres);
