using System.Diagnostics;

namespace JamBox.Edge.Tests.CommandLine;

/// <summary>The agent as a process of its own.</summary>
internal static class RealProgram
{
    /// <summary>Starts it; whoever starts it reads what it prints, and ends it.</summary>
    public static Process Start(params string[] args)
    {
        // Beside the tests it finds what it needs by their list, not by its own: some of it is in their shared framework.
        string tests = Path.Combine(AppContext.BaseDirectory, Path.GetFileNameWithoutExtension(typeof(RealProgram).Assembly.Location));
        ProcessStartInfo start = new(
            Environment.GetEnvironmentVariable("DOTNET_HOST_PATH") ?? "dotnet",
            [
                "exec", "--runtimeconfig", tests + ".runtimeconfig.json", "--depsfile", tests + ".deps.json",
                Path.Combine(AppContext.BaseDirectory, "edge-agent.dll"), .. args,
            ])
        {
            RedirectStandardOutput = true,
            RedirectStandardError = true,
        };
        return Process.Start(start)!;
    }
}
