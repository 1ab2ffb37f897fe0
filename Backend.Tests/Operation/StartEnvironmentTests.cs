using JamBox.Backend.Tests.Hosting;

using Microsoft.AspNetCore.Builder;
using Microsoft.Extensions.Logging;

namespace JamBox.Backend.Tests.Operation;

/// <summary>The environment is the whole process's: nothing else starts while a test has changed it.</summary>
[Collection(AloneCollection.Name)]
public sealed class StartEnvironmentTests : IDisposable
{
    private const string Variable = "Storag__Path";

    private readonly string _folder = Directory.CreateTempSubdirectory("jambox-start-").FullName;

    public StartEnvironmentTests() => Environment.SetEnvironmentVariable(Variable, "/somewhere");

    public void Dispose()
    {
        Environment.SetEnvironmentVariable(Variable, null);
        Directory.Delete(_folder, recursive: true);
    }

    [Fact]
    public async Task AVariableThatWasMeantForUsWarnsAtTheStart()
    {
        using CapturedLog log = new();
        await using WebApplication app = BackendApp.Build(["--contentRoot", _folder], builder =>
        {
            builder.Logging.ClearProviders();
            builder.Logging.AddProvider(log);
        });
        Assert.Contains("Warning The environment has Storag__Path", log.Text, StringComparison.Ordinal);
    }
}
