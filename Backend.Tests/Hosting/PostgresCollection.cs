namespace JamBox.Backend.Tests.Hosting;

/// <summary>The same tests once more, in the other storage.</summary>
[CollectionDefinition(Name)]
public sealed class PostgresCollection : ICollectionFixture<PostgresBackend>
{
    public const string Name = "postgres";
}
