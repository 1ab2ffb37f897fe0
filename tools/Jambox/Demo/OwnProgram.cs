using System.Diagnostics;
using JamBox.Bench.CommandLine;
using JamBox.Demo;

namespace JamBox.Bench.Demo;

/// <summary>Programs of ours that lie in the folder of this one.</summary>
internal static class OwnProgram
{
    /// <summary>How to start one.</summary>
    /// <param name="assembly">Its assembly, without an ending.</param>
    /// <param name="arguments">Its arguments; a secret is none: others on this machine see them.</param>
    /// <returns>How to start it.</returns>
    /// <exception cref="BenchException">It is not there.</exception>
    public static ProcessStartInfo Of(string assembly, params IEnumerable<string> arguments)
    {
        string folder = AppContext.BaseDirectory;
        string path = Path.Combine(folder, assembly + ".dll");
        if (!File.Exists(path))
        {
            throw new BenchException($"{path} is not there: build tools/Jambox anew", ExitCode.BadInput);
        }

        // The packages of all that is in this folder are in the lists of this program.
        string lists = Path.Combine(folder, "jambox");
        return new ProcessStartInfo(
            ChildProcess.Dotnet(),
            ["exec", "--runtimeconfig", lists + ".runtimeconfig.json", "--depsfile", lists + ".deps.json", path, .. arguments]);
    }
}
