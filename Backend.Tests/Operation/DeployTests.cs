using System.Diagnostics;
using System.Runtime.CompilerServices;

namespace JamBox.Backend.Tests.Operation;

/// <summary>What is deployed says the truth about the program. That the container's tree runs is checked by the gate.</summary>
public sealed class DeployTests
{
    [SystemdFact]
    public async Task TheUnitIsAsSystemdLikesIt()
    {
        string folder = Directory.CreateTempSubdirectory("jambox-unit-").FullName;
        try
        {
            // The program is not installed here; all else is looked at as it is.
            string unit = Path.Combine(folder, "jambox-backend.service");
            await File.WriteAllTextAsync(
                unit,
                Read("jambox-backend.service").Replace(
                    "ExecStart=/opt/jambox/jambox-backend", "ExecStart=/bin/true", StringComparison.Ordinal));
            using Process verify = Process.Start(
                new ProcessStartInfo("systemd-analyze", ["verify", "--man=no", unit]) { RedirectStandardError = true })!;
            string said = await verify.StandardError.ReadToEndAsync();
            await verify.WaitForExitAsync();
            Assert.DoesNotContain("jambox-backend", said, StringComparison.Ordinal);
            Assert.Equal(0, verify.ExitCode);
        }
        finally
        {
            Directory.Delete(folder, recursive: true);
        }
    }

    [Fact]
    public void UnitAndImageNameTheProgramAsItIs()
    {
        string name = typeof(BackendApp).Assembly.GetName().Name!;
        Assert.Equal("jambox-backend", name);
        Assert.Contains($"ExecStart=/opt/jambox/{name}\n", Read("jambox-backend.service"), StringComparison.Ordinal);
        Assert.Contains("RestartPreventExitStatus=1\n", Read("jambox-backend.service"), StringComparison.Ordinal);
        Assert.Contains($"ENTRYPOINT [\"/app/{name}\"]", Read("Containerfile"), StringComparison.Ordinal);
        Assert.Contains("\nFROM scratch\n", Read("Containerfile"), StringComparison.Ordinal);
        Assert.Contains("\nUSER 10001:10001\n", Read("Containerfile"), StringComparison.Ordinal);
    }

    private static string Read(string name, [CallerFilePath] string here = "") =>
        File.ReadAllText(Path.Combine(Path.GetDirectoryName(here)!, "..", "..", "Backend.Minimal", "deploy", name))
            .ReplaceLineEndings("\n");
}

/// <summary>A test that needs <c>systemd-analyze</c>.</summary>
[AttributeUsage(AttributeTargets.Method)]
public sealed class SystemdFactAttribute : FactAttribute
{
    public SystemdFactAttribute()
    {
        Skip = File.Exists("/usr/bin/systemd-analyze") ? null : "systemd-analyze is not here";
    }
}
