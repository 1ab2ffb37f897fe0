using JamBox.Edge.Configuration;
using JamBox.Edge.Service;

namespace JamBox.Edge.CommandLine;

/// <summary>Where the agent lies on this machine.</summary>
/// <param name="Program">The program.</param>
/// <param name="Config">Its configuration.</param>
/// <param name="Unit">The unit of systemd; <c>null</c> on Windows.</param>
/// <param name="Link">The link by which people find the program; <c>null</c> on Windows.</param>
internal sealed record AgentPaths(string Program, string Config, string? Unit, string? Link)
{
    /// <summary>Where it belongs.</summary>
    public static AgentPaths Usual { get; } = OperatingSystem.IsWindows()
        ? new AgentPaths(
            Path.Combine(Environment.GetFolderPath(Environment.SpecialFolder.ProgramFiles), "JamBoxEdge", "edge-agent.exe"),
            Path.Combine(Environment.GetFolderPath(Environment.SpecialFolder.CommonApplicationData), "JamBoxEdge", "agent.json"),
            null, null)
        : new AgentPaths(
            "/opt/jambox-edge/edge-agent", "/etc/jambox-edge/agent.json", "/etc/systemd/system/" + SystemdUnit.Name,
            "/usr/local/bin/edge-agent");

    /// <summary>The configuration that counts.</summary>
    /// <param name="terminal">The environment.</param>
    /// <param name="said">On the command line; <c>null</c> = nothing.</param>
    public static string ConfigOf(AgentTerminal terminal, string? said) => Path.GetFullPath(
        said ?? terminal.Environment[SettingTable.FileVariable] as string ?? Usual.Config);

    /// <summary>The same below another root, where a system is put together that does not run yet.</summary>
    /// <param name="root">That root; <c>null</c> = this system.</param>
    public AgentPaths Below(string? root) => root is null
        ? this
        : new AgentPaths(
            Under(root, Program), Under(root, Config), Unit is null ? null : Under(root, Unit), Link is null ? null : Under(root, Link));

    private static string Under(string root, string path) =>
        Path.Combine(root, path[(Path.GetPathRoot(path)?.Length ?? 0)..]);
}
