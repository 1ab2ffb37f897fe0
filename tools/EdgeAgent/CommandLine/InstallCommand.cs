using System.Buffers;
using System.Collections;
using System.CommandLine;
using System.Text;
using System.Text.Encodings.Web;
using System.Text.Json;

using JamBox.Edge.Configuration;
using JamBox.Edge.Service;

namespace JamBox.Edge.CommandLine;

/// <summary>
/// Makes this computer a gateway: the program, its configuration and its service. Nothing is changed before all of it is right.
/// </summary>
internal static class InstallCommand
{
    private const UnixFileMode Program =
        UnixFileMode.UserRead | UnixFileMode.UserWrite | UnixFileMode.UserExecute
        | UnixFileMode.GroupRead | UnixFileMode.GroupExecute | UnixFileMode.OtherRead | UnixFileMode.OtherExecute;

    private static readonly JsonWriterOptions s_json = new() { Indented = true, Encoder = JavaScriptEncoder.UnsafeRelaxedJsonEscaping };

    /// <summary>Makes the command.</summary>
    /// <param name="terminal">The world around.</param>
    public static Command Create(AgentTerminal terminal)
    {
        Option<string?> server = new("--server") { Description = "Address of the backend, https://…", HelpName = "ADDRESS" };
        Option<string?> gateway = new("--gateway") { Description = "Id of this gateway at the server.", HelpName = "ID" };
        Option<string?> broker = new("--broker") { Description = "The server's broker, mqtts://host:8883.", HelpName = "ADDRESS" };
        Option<string[]> keys = new("--key")
        {
            Description = "Public key whose packages are applied, 128 hex digits; may be said several times.", HelpName = "HEX",
        };
        Option<string?> tokenFile = new("--token-file")
        {
            Description = "File with the gateway's token, - = it is piped in (never on the command line: others see that).",
                HelpName = "FILE",
        };
        Option<string[]> writes = new("--write")
        {
            Description = "Where packages' scripts write besides the agent's folder; with it all the rest is read-only for them.",
                HelpName = "FOLDER",
        };
        Option<string?> root =
            new("--root") { Description = "Installs into a system below this folder, and starts nothing.", HelpName = "FOLDER" };
        Option<bool> noStart = new("--no-start") { Description = "Does not start the service." };
        Command command = new("install", "Makes this computer a gateway: copies the program, writes its configuration, starts its service.")
        {
            server, gateway, broker, keys, tokenFile, writes, root, noStart,
        };
        command.SetAction(parsed =>
        {
            Wanted wanted = new(
                parsed.GetValue(server), parsed.GetValue(gateway), parsed.GetValue(broker), parsed.GetValue(keys) ?? [],
                TokenOf(terminal, parsed.GetValue(tokenFile)), parsed.GetValue(writes) ?? []);
            return Run(terminal, wanted, parsed.GetValue(root) is { } folder ? Path.GetFullPath(folder) : null, parsed.GetValue(noStart));
        });
        return command;
    }

    private static int Run(AgentTerminal terminal, Wanted wanted, string? root, bool noStart)
    {
        if (terminal.Program is not { } own)
        {
            throw new AgentException(
                "this program is not one file, and cannot be copied: make it with 'dotnet publish' first (see docs/edge.md)",
                    ExitCode.BadInput);
        }

        if (root is null && !terminal.IsAdministrator)
        {
            throw new AgentException(
                OperatingSystem.IsWindows() ? "only administrators can install: open the console as administrator"
                    : "only root can install: say sudo",
                ExitCode.Refused);
        }

        foreach (string folder in wanted.Writes)
        {
            if (SystemdUnit.FindFault(folder) is { } fault)
            {
                throw new AgentException($"--write {folder} {fault}", ExitCode.BadInput);
            }
        }

        AgentPaths usual = AgentPaths.Usual;
        AgentPaths paths = usual.Below(root);
        byte[]? config = ConfigOf(wanted, paths);
        string? secrets = wanted.Token is { } token ? SecretsOf(paths, token) : null;
        AgentSettings settings = Check(terminal, paths, config, secrets);

        // From here on it is written: first what the service needs, the service last.
        Directory.CreateDirectory(Path.GetDirectoryName(paths.Config)!);
        if (config is not null)
        {
            SecretsFile.Replace(paths.Config, config);
            terminal.Out.WriteLine($"wrote {paths.Config}");
        }

        if (secrets is not null)
        {
            SecretsFile.Write(SecretsFile.NameFor(paths.Config), secrets);
            terminal.Out.WriteLine($"wrote {SecretsFile.NameFor(paths.Config)}");
        }

        CopyProgram(own, paths);
        terminal.Out.WriteLine($"copied the program to {paths.Program}");
        InstallService(terminal, usual, paths, settings, wanted.Writes, root is null, noStart);
        if (settings.TrustedKeys.Count == 0 && !settings.AllowUnsigned)
        {
            terminal.Error.WriteLine(
                $"edge-agent: note: no key is trusted yet, so that no package is applied: put 'trustedKeys' into {paths.Config}");
        }

        return ExitCode.Done;
    }

    private static string? TokenOf(AgentTerminal terminal, string? file)
    {
        string? text = file switch
        {
            null => null,
            "-" => terminal.In.ReadLine(),
            _ when !File.Exists(file) => throw new AgentException(
                $"there is no file {file}: the first line of --token-file must be the gateway's token", ExitCode.BadInput),
            _ => File.ReadLines(file).FirstOrDefault(),
        };
        return file is null || text?.Trim() is { Length: > 0 }
            ? text?.Trim()
            : throw new AgentException("--token-file holds nothing: its first line must be the gateway's token", ExitCode.BadInput);
    }

    /// <summary>The configuration that is to be written; <c>null</c> = the one that is there stays.</summary>
    private static byte[]? ConfigOf(Wanted wanted, AgentPaths paths)
    {
        if (File.Exists(paths.Config))
        {
            return wanted.IsSaid
                ? throw new AgentException(
                    $"{paths.Config} is there already, and would be written over: change it by hand (it counts at once), or install without options",
                    ExitCode.Refused)
                : null;
        }

        ArrayBufferWriter<byte> json = new();
        using (Utf8JsonWriter writer = new(json, s_json))
        {
            writer.WriteStartObject();
            foreach (
                (string name, string? value) in (ReadOnlySpan<(string, string?)>)[("server", wanted.Server), ("gateway", wanted.Gateway)])
            {
                if (value is not null)
                {
                    writer.WriteString(name, value);
                }
            }

            if (wanted.Broker is { } broker)
            {
                writer.WriteStartObject("mqtt");
                writer.WriteString("broker", broker);
                writer.WriteEndObject();
            }

            writer.WriteStartArray("trustedKeys");
            foreach (string key in wanted.Keys)
            {
                writer.WriteStringValue(key);
            }

            writer.WriteEndArray();
            writer.WriteEndObject();
        }

        return [.. json.WrittenSpan, (byte)'\n'];
    }

    /// <summary>The secrets that are there, with another token.</summary>
    private static string SecretsOf(AgentPaths paths, string token)
    {
        ArrayBufferWriter<byte> json = new();
        using (Utf8JsonWriter writer = new(json, s_json))
        {
            writer.WriteStartObject();
            writer.WriteString("token", token);
            if (SecretsFile.Read(SecretsFile.NameFor(paths.Config)) is { } known)
            {
                List<string> faults = [];
                Dictionary<string, SettingValue>? values = SettingsText.Read(known, SecretsFile.NameFor(paths.Config), faults);
                if (values is null || faults.Count > 0)
                {
                    throw new SettingsException(faults);
                }

                string[] groups =
                    [.. values.Keys.Where(static name => name.Contains('.')).Select(static name => name.Split('.')[0]).Distinct()];
                foreach (string group in groups)
                {
                    writer.WriteStartObject(group);
                    foreach (
                        (string name, SettingValue value) in values.Where(one => one.Key.StartsWith(group + ".", StringComparison.Ordinal)))
                    {
                        writer.WriteString(name[(group.Length + 1)..], value.Text);
                    }

                    writer.WriteEndObject();
                }
            }

            writer.WriteEndObject();
        }

        return Encoding.UTF8.GetString(json.WrittenSpan) + "\n";
    }

    private static AgentSettings Check(AgentTerminal terminal, AgentPaths paths, byte[]? config, string? secrets)
    {
        SettingsBuilder builder = new();
        byte[]? open = config ?? SecretsFile.ReadOpen(paths.Config);
        if (open is not null)
        {
            builder.AddFile(open, paths.Config);
        }

        byte[]? secret = secrets is not null ? Encoding.UTF8.GetBytes(secrets) : SecretsFile.Read(SecretsFile.NameFor(paths.Config));
        if (secret is not null)
        {
            builder.AddSecrets(secret, SecretsFile.NameFor(paths.Config));
        }

        // The service will not have this shell's environment, but for what is meant for all.
        builder.AddEnvironment(new Hashtable());
        return builder.Build();
    }

    private static void CopyProgram(string own, AgentPaths paths)
    {
        Directory.CreateDirectory(Path.GetDirectoryName(paths.Program)!);
        if (Path.GetFullPath(own) != Path.GetFullPath(paths.Program))
        {
            // A program that runs cannot be written over, only replaced.
            string fresh = paths.Program + ".new";
            File.Copy(own, fresh, overwrite: true);
            if (!OperatingSystem.IsWindows())
            {
                File.SetUnixFileMode(fresh, Program);
            }

            using (FileStream stream = new(fresh, FileMode.Open, FileAccess.ReadWrite))
            {
                stream.Flush(flushToDisk: true);
            }

            File.Move(fresh, paths.Program, overwrite: true);
        }

        if (paths.Link is { } link && !OperatingSystem.IsWindows())
        {
            Directory.CreateDirectory(Path.GetDirectoryName(link)!);
            File.Delete(link);
            File.CreateSymbolicLink(link, AgentPaths.Usual.Program);
        }
    }

    private static void InstallService(
        AgentTerminal terminal, AgentPaths usual, AgentPaths paths, AgentSettings settings, IReadOnlyList<string> writes, bool isThisSystem,
        bool noStart)
    {
        if (paths.Unit is not { } unit)
        {
            InstallOnWindows(terminal, usual, noStart);
            return;
        }

        Directory.CreateDirectory(Path.GetDirectoryName(unit)!);
        File.WriteAllText(
            unit, new SystemdUnit { Program = usual.Program, Config = usual.Config, Folder = settings.Folder, Writes = writes }.Write());
        terminal.Out.WriteLine($"wrote {unit}");
        if (!isThisSystem)
        {
            return;
        }

        Call(terminal, "systemctl", ["daemon-reload"]);
        Call(terminal, "systemctl", ["enable", SystemdUnit.Name]);
        if (!noStart)
        {
            Call(terminal, "systemctl", ["restart", SystemdUnit.Name]);
            terminal.Out.WriteLine("the service runs; 'edge-agent doctor' looks whether all is well");
        }
    }

    private static void InstallOnWindows(AgentTerminal terminal, AgentPaths usual, bool noStart)
    {
        if (terminal.RunTool("sc.exe", WindowsService.Query) is { ExitCode: 0 })
        {
            Call(terminal, "sc.exe", WindowsService.Change(usual.Program, usual.Config));
        }
        else
        {
            foreach (string[] call in WindowsService.Install(usual.Program, usual.Config))
            {
                Call(terminal, "sc.exe", call);
            }
        }

        if (!noStart)
        {
            Call(terminal, "sc.exe", WindowsService.Start);
        }
    }

    private static void Call(AgentTerminal terminal, string program, string[] arguments)
    {
        ToolResult? result = terminal.RunTool(program, arguments);
        if (result is not { ExitCode: 0 })
        {
            string why = result is null ? "there is no such program: is this a system with systemd?" : result.Output;
            throw new AgentException($"'{program} {string.Join(' ', arguments)}' failed: {why}", ExitCode.Refused);
        }
    }

    private sealed record Wanted(
        string? Server, string? Gateway, string? Broker, string[] Keys, string? Token, string[] Writes)
    {
        public bool IsSaid => Server is not null || Gateway is not null || Broker is not null || Keys.Length > 0;
    }
}
