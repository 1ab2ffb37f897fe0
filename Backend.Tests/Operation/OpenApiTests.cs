using System.Runtime.CompilerServices;

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
    public async Task HealthNeedsNoKey()
    {
        Assert.StartsWith("""{"service":"jambox-nb","status":"ok","version":""", await host.Http.GetStringAsync("/health"), StringComparison.Ordinal);
    }

    private static string SourceFolder([CallerFilePath] string file = "") => Path.GetDirectoryName(file)!;
}
