using System.Runtime.CompilerServices;
using System.Text.Json;

using JamBox.Backend.Tests.Hosting;

namespace JamBox.Backend.Tests.Operation;

/// <summary>The committed document is the running one.</summary>
public abstract class OpenApiTests(BackendHost host)
{
    [Fact]
    public async Task TheCommittedDocumentIsTheRunningOne()
    {
        string running = (await host.Http.GetStringAsync("/openapi/v1.json")).ReplaceLineEndings("\n").TrimEnd() + "\n";
        string path = Path.Combine(SourceFolder(), "..", "..", "Backend.Minimal", "openapi.json");
        if (Environment.GetEnvironmentVariable("JAMBOX_WRITE_OPENAPI") == "1")
        {
            await File.WriteAllTextAsync(path, running);
        }

        string committed = File.Exists(path) ? (await File.ReadAllTextAsync(path)).ReplaceLineEndings("\n") : "";
        Assert.True(running == committed,
            "Backend.Minimal/openapi.json is not what the server says. If the change is meant, write it anew and commit it:\n"
            + "JAMBOX_WRITE_OPENAPI=1 dotnet test Backend.Tests --filter TheCommittedDocumentIsTheRunningOne");
    }

    [Fact]
    public async Task EveryOperationHasANameOfItsOwn()
    {
        using JsonDocument document = JsonDocument.Parse(await host.Http.GetStringAsync("/openapi/v1.json"));
        string?[] names = [.. document.RootElement.GetProperty("paths").EnumerateObject().SelectMany(static path => path.Value.EnumerateObject())
            .Select(static operation => operation.Value.TryGetProperty("operationId", out JsonElement name) ? name.GetString() : null)];
        Assert.All(names, Assert.NotNull);
        Assert.Equal(names.Length, names.Distinct().Count());
    }

    [Fact]
    public async Task HealthNeedsNoKey()
    {
        Assert.StartsWith(
            """{"service":"jambox-nb","status":"ok","version":""", await host.Http.GetStringAsync("/health"), StringComparison.Ordinal);
    }

    private static string SourceFolder([CallerFilePath] string file = "") => Path.GetDirectoryName(file)!;
}
