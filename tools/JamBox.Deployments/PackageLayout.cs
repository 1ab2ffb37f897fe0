namespace JamBox.Deployments;

/// <summary>The names in a package that mean something; whatever else is in it is only put into the folder of the release.</summary>
public static class PackageLayout
{
    /// <summary>The list of files.</summary>
    public const string Manifest = "deployment.json";

    /// <summary>The signature of the list.</summary>
    public const string Signature = "deployment.sig";

    /// <summary>What is run to bring a release into service.</summary>
    public const string DeployScript = "deploy.sh";

    /// <summary>What is asked whether it works.</summary>
    public const string HealthScript = "health.sh";

    /// <summary>The version of the agents in the package.</summary>
    public const string AgentVersion = "agent/version.txt";

    /// <summary>The folder of images for modules.</summary>
    public const string Firmware = "firmware";

    /// <summary>Versions of the images for modules.</summary>
    public const string FirmwareVersions = Firmware + "/versions.json";

    /// <summary>The names that are those of files: as a folder they would be passed over, and nobody would notice.</summary>
    public static IReadOnlyList<string> Files { get; } =
        [Manifest, Signature, DeployScript, HealthScript, AgentVersion, FirmwareVersions];

    /// <summary>How modules are connected, and so the names of the folders below <see cref="Firmware"/>.</summary>
    public static IReadOnlyList<string> Connections { get; } = ["wired", "wireless"];

    /// <summary>Machines that there are agents for.</summary>
    public static IReadOnlyList<string> AgentTargets { get; } = ["linux-x64", "linux-arm64", "win-x64"];

    /// <summary>The path of an agent.</summary>
    /// <param name="target">One of <see cref="AgentTargets"/>.</param>
    /// <returns>Its path in the package.</returns>
    public static string AgentPath(string target) =>
        target.StartsWith("win-", StringComparison.Ordinal) ? $"agent/{target}/edge-agent.exe" : $"agent/{target}/edge-agent";

    /// <summary>The path of a module's image.</summary>
    /// <param name="connection">One of <see cref="Connections"/>.</param>
    /// <param name="type">The type of the module.</param>
    /// <returns>Its path in the package.</returns>
    public static string FirmwarePath(string connection, string type) => $"{Firmware}/{connection}/{type}/firmware.bin";

    /// <summary>Tells whether a file is run by its name, whatever the zip says of its mode.</summary>
    /// <param name="path">Its path in the package.</param>
    /// <returns>It is a script of the package or an agent.</returns>
    public static bool IsProgram(string path) =>
        path is DeployScript or HealthScript || AgentTargets.Any(target => path == AgentPath(target));
}
