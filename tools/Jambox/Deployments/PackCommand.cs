using System.CommandLine;
using System.Globalization;
using System.Text;
using JamBox.Bench.CommandLine;
using JamBox.Bench.Releases;
using JamBox.Deployments;
using JamBox.Ota.Signing;

namespace JamBox.Bench.Deployments;

/// <summary><c>deployment pack</c>.</summary>
internal static class PackCommand
{
    /// <summary>Seconds since 1970 that builds take for now, so that the same input gives the same output.</summary>
    private const string EpochVariable = "SOURCE_DATE_EPOCH";

    /// <summary>Makes the command.</summary>
    /// <param name="terminal">The world around.</param>
    /// <returns>The command.</returns>
    public static Command Create(BenchTerminal terminal)
    {
        PackOptions options = new();
        var command = new BenchCommand(
            "pack",
            "Pack files into a signed package for gateways. Links are refused, executable files stay so. Then the package is looked into as server and gateway will.",
            "jambox deployment pack --version 1.2.3 --deploy-sh deploy.sh --add app --firmware modules --key release.key --out package.zip");
        options.AddTo(command);
        command.SetAction(async (parsed, stop) => await RunAsync(terminal, options, parsed, stop).ConfigureAwait(false));
        return command;
    }

    private static async Task<int> RunAsync(BenchTerminal terminal, PackOptions options, ParseResult parsed, CancellationToken stop)
    {
        string version = parsed.GetRequiredValue(options.Version);
        bool isJson = parsed.GetValue(options.Json);
        string path = parsed.GetValue(options.Out) ?? $"deployment-{version}.zip";
        if (!PackageVersion.IsValid(version))
        {
            throw new BenchException($"--version {version}: {PackageVersion.Rule}", ExitCode.BadInput);
        }

        PackageBuilder builder = new(version, Now(terminal));
        Gather(options, parsed, builder, version);
        if (builder.Count == 0)
        {
            throw new BenchException("nothing to pack: name files with --deploy-sh, --add, --firmware or --agent", ExitCode.BadInput);
        }

        using ReleaseKey key = ReleaseOptions.LoadKey(terminal, parsed.GetRequiredValue(options.Key));
        using FileStream file = Begin(path);
        try
        {
            await LongWork.InBackgroundAsync(
                terminal, "pack", isJson, 2 * builder.Bytes, progress => builder.Write(file, key, progress, stop)).ConfigureAwait(false);
            file.Flush(flushToDisk: true);
            file.Position = 0;
            LocalPackage package = await LocalPackage.ReadAsync(terminal, path, file, isJson, stop).ConfigureAwait(false);
            _ = package.Contents.FindTrust([key.Public]);
            Report(terminal, path, package, isJson);
            return ExitCode.Done;
        }
        catch
        {
            // Half a package is none.
            await file.DisposeAsync().ConfigureAwait(false);
            File.Delete(path);
            throw;
        }
    }

    private static void Gather(PackOptions options, ParseResult parsed, PackageBuilder builder, string version)
    {
        PackageSources sources = new(builder);
        if (parsed.GetValue(options.DeployScript) is { } deploy)
        {
            sources.AddFile("--deploy-sh", PackageLayout.DeployScript, deploy);
        }

        if (parsed.GetValue(options.HealthScript) is { } health)
        {
            sources.AddFile("--health-sh", PackageLayout.HealthScript, health);
        }

        string[] agents = parsed.GetValue(options.Agents) ?? [];
        foreach (string agent in agents)
        {
            string[] parts = agent.Split('=', 2);
            if (parts.Length != 2 || !PackageLayout.AgentTargets.Contains(parts[0]))
            {
                throw new BenchException(
                    $"--agent {agent}: must be TARGET=FILE, TARGET one of {string.Join(", ", PackageLayout.AgentTargets)}",
                    ExitCode.BadInput);
            }

            sources.AddFile("--agent", PackageLayout.AgentPath(parts[0]), parts[1]);
        }

        if (agents.Length > 0)
        {
            string agentVersion = parsed.GetValue(options.AgentVersion) ?? version;
            if (!PackageVersion.IsValid(agentVersion))
            {
                throw new BenchException($"--agent-version {agentVersion}: {PackageVersion.Rule}", ExitCode.BadInput);
            }

            builder.AddBytes(PackageLayout.AgentVersion, Encoding.ASCII.GetBytes(agentVersion + "\n"), isExecutable: false);
        }

        if (parsed.GetValue(options.Firmware) is { } firmware)
        {
            sources.AddFirmware("--firmware", firmware);
        }

        foreach (string folder in parsed.GetValue(options.Added) ?? [])
        {
            sources.AddFolder("--add", string.Empty, folder);
        }
    }

    private static DateTimeOffset Now(BenchTerminal terminal) =>
        terminal.Environment(EpochVariable) is not { Length: > 0 } text ? terminal.Time.GetUtcNow()
        : long.TryParse(text, NumberStyles.None, CultureInfo.InvariantCulture, out long seconds) && seconds < 253_402_300_800
            ? DateTimeOffset.FromUnixTimeSeconds(seconds)
        : throw new BenchException($"{EpochVariable} {text}: must be seconds since 1970, or not set", ExitCode.BadInput);

    private static FileStream Begin(string path)
    {
        try
        {
            return new FileStream(path, FileMode.CreateNew, FileAccess.ReadWrite, FileShare.None);
        }
        catch (IOException) when (File.Exists(path))
        {
            throw new BenchException(
                $"{path}: is there already; a version is packed once: choose another --out, or remove it", ExitCode.BadInput);
        }
        catch (Exception e) when (e is IOException or UnauthorizedAccessException)
        {
            throw new BenchException($"--out {path}: {e.Message}", ExitCode.BadInput);
        }
    }

    private static void Report(BenchTerminal terminal, string path, LocalPackage package, bool isJson)
    {
        if (isJson)
        {
            terminal.Json(new
            {
                package = path, version = package.Contents.Manifest!.Version, size = package.Size, sha256 = package.Sha256,
                files = package.Contents.Files.Count, unpacked = package.Contents.UnpackedBytes,
                key_id = package.Contents.Signature!.KeyId,
            });
            return;
        }

        terminal.Line(string.Create(
            CultureInfo.InvariantCulture,
            $"{path}: {package.Contents.Files.Count} files, {package.Contents.UnpackedBytes:N0} bytes packed into {package.Size:N0}, ")
            + $"signed by {package.Contents.Signature!.KeyId}");
        terminal.Line($"Next: jambox deployment publish {path}");
    }

    /// <summary>What the command takes.</summary>
    private sealed class PackOptions
    {
        public Option<string> Version { get; } = new("--version")
        {
            Description = "Version of the package: 1 to 40 letters, digits and . _ + -.", Required = true, HelpName = "1.2.3",
        };

        public Option<string?> Firmware { get; } = new("--firmware")
        {
            Description =
                "Folder with images of modules: versions.json, and wired|wireless/TYPE/firmware.bin. It goes to firmware/.",
            HelpName = "DIR",
        };

        public Option<string[]> Added { get; } = new("--add")
        {
            Description = "Folder whose files go to the root of the package; may be said several times.", HelpName = "DIR",
        };

        public Option<string?> DeployScript { get; } = new("--deploy-sh")
        {
            Description = "What a gateway runs to bring the release into service; it goes to deploy.sh.", HelpName = "FILE",
        };

        public Option<string?> HealthScript { get; } = new("--health-sh")
        {
            Description = "What a gateway runs to see whether it works; it goes to health.sh.", HelpName = "FILE",
        };

        public Option<string[]> Agents { get; } = new("--agent")
        {
            Description =
                $"A newer agent, TARGET=FILE, TARGET one of {string.Join(", ", PackageLayout.AgentTargets)}; may be said several times.",
            HelpName = "TARGET=FILE",
        };

        public Option<string?> AgentVersion { get; } = new("--agent-version")
        {
            Description = "Version of the agents. Default: that of the package.", HelpName = "1.2.3",
        };

        public Option<string> Key { get; } = ReleaseOptions.Key();

        public Option<string?> Out { get; } = new("--out")
        {
            Description = "The package; it must not be there yet. Default: deployment-VERSION.zip.", HelpName = "FILE",
        };

        public Option<bool> Json { get; } = ReleaseOptions.Json();

        public void AddTo(Command command)
        {
            foreach (Option option in new Option[]
                { Version, DeployScript, HealthScript, Added, Firmware, Agents, AgentVersion, Key, Out, Json })
            {
                command.Add(option);
            }
        }
    }
}
