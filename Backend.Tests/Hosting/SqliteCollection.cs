namespace JamBox.Backend.Tests.Hosting;

/// <summary>One backend for all tests that do not move its clock: they use a device each.</summary>
[CollectionDefinition(Name)]
public sealed class SqliteCollection : ICollectionFixture<SqliteBackend>
{
    public const string Name = "sqlite";
}
