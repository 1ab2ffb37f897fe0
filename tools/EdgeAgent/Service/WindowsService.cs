namespace JamBox.Edge.Service;

/// <summary>What sc.exe is told to make the agent a service of Windows.</summary>
internal static class WindowsService
{
    /// <summary>The service's name.</summary>
    public const string Name = "JamBoxEdge";

    /// <summary>Makes it: it starts with the machine, and again whenever it ends, whatever its exit code.</summary>
    /// <param name="program">Where the program lies.</param>
    /// <param name="config">The configuration.</param>
    /// <returns>The arguments of each call.</returns>
    public static IReadOnlyList<string[]> Install(string program, string config) =>
    [
        ["create", Name, "binPath=", $"\"{program}\" run --config \"{config}\"", "start=", "delayed-auto", "DisplayName=", "JamBox agent"],
        ["description", Name, "Deployments to this gateway and the modules behind it."],
        ["failure", Name, "reset=", "3600", "actions=", "restart/5000/restart/10000/restart/60000"],

        // Ending with an exit code (75: a newer agent has taken its place) is no crash, and starts it again all the same.
        ["failureflag", Name, "1"],
    ];

    /// <summary>Changes where it is, for one that is there.</summary>
    /// <param name="program">Where the program lies.</param>
    /// <param name="config">The configuration.</param>
    public static string[] Change(string program, string config) =>
        ["config", Name, "binPath=", $"\"{program}\" run --config \"{config}\"", "start=", "delayed-auto"];

    /// <summary>Starts it.</summary>
    public static string[] Start => ["start", Name];

    /// <summary>Stops it.</summary>
    public static string[] Stop => ["stop", Name];

    /// <summary>Takes it away.</summary>
    public static string[] Delete => ["delete", Name];

    /// <summary>Asks for its state.</summary>
    public static string[] Query => ["query", Name];
}
