using System.CommandLine;

using JamBox.Edge.Configuration;
using JamBox.Edge.Service;

namespace JamBox.Edge.CommandLine;

/// <summary>Takes the agent away again. What it has deployed goes on running, for it is not the agent's.</summary>
internal static class UninstallCommand
{
    /// <summary>Makes the command.</summary>
    /// <param name="terminal">The world around.</param>
    public static Command Create(AgentTerminal terminal)
    {
        Option<bool> purge = new("--purge") { Description = "Takes the configuration, the token and all releases away as well." };
        Option<string?> root = new("--root") { Description = "In a system below this folder.", HelpName = "FOLDER" };
        Command command =
            new("uninstall", "Takes the service and the program away. Releases and configuration stay, unless --purge.") { purge, root };
        command.SetAction(parsed =>
            Run(terminal, parsed.GetValue(purge), parsed.GetValue(root) is { } folder ? Path.GetFullPath(folder) : null));
        return command;
    }

    private static int Run(AgentTerminal terminal, bool purge, string? root)
    {
        if (root is null && !terminal.IsAdministrator)
        {
            throw new AgentException("only root can uninstall: say sudo", ExitCode.Refused);
        }

        AgentPaths paths = AgentPaths.Usual.Below(root);
        string? folder = purge ? FolderOf(terminal, paths, root) : null;
        bool wasHere = new[] { paths.Unit, paths.Program, paths.Config }.Any(File.Exists) || folder is not null;
        if (root is null)
        {
            StopService(terminal);
        }

        foreach (string? file in (string?[])[paths.Unit, paths.Link, paths.Program, paths.Program + ".previous", paths.Program + ".new"])
        {
            // Its folder may be gone already; a link counts though what it leads to is gone.
            if (file is not null && Directory.Exists(Path.GetDirectoryName(file)))
            {
                File.Delete(file);
            }
        }

        if (root is null && !OperatingSystem.IsWindows())
        {
            terminal.RunTool("systemctl", ["daemon-reload"]);
        }

        RemoveIfEmpty(Path.GetDirectoryName(paths.Program)!);
        if (purge)
        {
            if (Directory.Exists(Path.GetDirectoryName(paths.Config)))
            {
                File.Delete(paths.Config);
                File.Delete(SecretsFile.NameFor(paths.Config));
                RemoveIfEmpty(Path.GetDirectoryName(paths.Config)!);
            }

            if (folder is not null && Directory.Exists(folder))
            {
                Directory.Delete(folder, recursive: true);
            }
        }

        terminal.Out.WriteLine(!wasHere
            ? "there was no agent here"
            : purge
            ? "the agent is gone, with its configuration and all releases"
            : $"the agent is gone; {paths.Config} and the releases are still there (--purge takes them away)");
        return ExitCode.Done;
    }

    /// <summary>The agent's folder; <c>null</c> = it does not look like one, or nobody knows where it is.</summary>
    private static string? FolderOf(AgentTerminal terminal, AgentPaths paths, string? root)
    {
        string folder = LiveSettings.FindFolder(paths.Config, terminal.Environment);
        folder = root is null ? folder : Path.Combine(root, folder[(Path.GetPathRoot(folder)?.Length ?? 0)..]);

        // What a wrong line in the configuration names must not be what is deleted.
        bool isOurs = File.Exists(Path.Combine(folder, "lock")) || File.Exists(Path.Combine(folder, "state.json"));
        return isOurs ? folder : null;
    }

    private static void StopService(AgentTerminal terminal)
    {
        if (OperatingSystem.IsWindows())
        {
            terminal.RunTool("sc.exe", WindowsService.Stop);
            terminal.RunTool("sc.exe", WindowsService.Delete);
            return;
        }

        // Where it is not there both fail, and that is well.
        terminal.RunTool("systemctl", ["disable", "--now", SystemdUnit.Name]);
    }

    private static void RemoveIfEmpty(string folder)
    {
        if (Directory.Exists(folder) && !Directory.EnumerateFileSystemEntries(folder).Any())
        {
            Directory.Delete(folder);
        }
    }
}
