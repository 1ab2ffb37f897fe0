namespace JamBox.Backend.Tests.Hosting;

/// <summary>One backend for all tests that do not move its clock: they use a device each.</summary>
[CollectionDefinition(Name)]
public sealed class BackendCollection : ICollectionFixture<BackendHost>
{
    public const string Name = "backend";
}
