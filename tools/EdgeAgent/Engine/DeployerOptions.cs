using JamBox.Ota.Signing;

namespace JamBox.Edge.Engine;

/// <summary>What is set on this gateway for deployments. All of it is local: no server can change it.</summary>
public sealed record DeployerOptions
{
    /// <summary>Keys whose packages are applied.</summary>
    public IReadOnlyList<PublicKey> TrustedKeys { get; init; } = [];

    /// <summary>Packages without a signature, or with one of another key, are applied, too.</summary>
    public bool AllowUnsigned { get; init; }

    /// <summary>How long <c>deploy.sh</c> may run.</summary>
    public TimeSpan DeployLimit { get; init; } = TimeSpan.FromMinutes(15);

    /// <summary>How long one check may take.</summary>
    public TimeSpan HealthLimit { get; init; } = TimeSpan.FromMinutes(1);

    /// <summary>How often it is checked before it counts as sick.</summary>
    public int HealthTries { get; init; } = 5;

    /// <summary>Between two checks.</summary>
    public TimeSpan HealthWait { get; init; } = TimeSpan.FromSeconds(10);

    /// <summary>An address that answers with 200 to 299 when all is well; null for none.</summary>
    public Uri? HealthUrl { get; init; }

    /// <summary>A command that ends with 0 when all is well; null for none.</summary>
    public string? HealthCommand { get; init; }

    /// <summary>How long a script may run still when the agent is to stop.</summary>
    public TimeSpan StopLimit { get; init; } = TimeSpan.FromMinutes(1);

    /// <summary>How often a deployment is tried for one notice.</summary>
    public int Tries { get; init; } = 3;

    /// <summary>After the first try that failed; twice as long after the second.</summary>
    public TimeSpan TryWait { get; init; } = TimeSpan.FromSeconds(30);

    /// <summary>
    /// How often in a row the line may break without a byte having come before the try counts as failed: three days of waits of five
    /// minutes, for a line that is away says nothing of the package. A newer notice takes over at once.
    /// </summary>
    public int DownloadTries { get; init; } = 1_000;

    /// <summary>After the line broke; doubled each time, up to five minutes.</summary>
    public TimeSpan DownloadWait { get; init; } = TimeSpan.FromSeconds(2);

    /// <summary>After so many bytes what came is brought to the disk, so that a crash costs no more than these.</summary>
    public int FlushBytes { get; init; } = 4 << 20;

    /// <summary>How many releases are kept, the running one and the one before it among them. At least 2.</summary>
    public int Keep { get; init; } = 3;

    /// <summary>So many bytes of the disk are never filled by deployments.</summary>
    public long ReserveBytes { get; init; } = 64 << 20;

    /// <summary>
    /// How long a new agent has to reach the server before it is restarted; after three times the previous one is put back.
    /// </summary>
    public TimeSpan ConfirmLimit { get; init; } = TimeSpan.FromMinutes(15);

    /// <summary>This agent's version.</summary>
    public string AgentVersion { get; init; } = "0";

    /// <summary>This agent's file, which a package may replace; null when it is not to be replaced.</summary>
    public string? Executable { get; init; }

    /// <summary>Which agent of a package is for this machine: <c>linux-x64</c>, <c>linux-arm64</c>, <c>win-x64</c>.</summary>
    public string Target { get; init; } = "linux-x64";
}
