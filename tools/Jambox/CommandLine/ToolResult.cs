using System.ComponentModel;
using System.Diagnostics;

namespace JamBox.Bench.CommandLine;

/// <summary>How another program ended.</summary>
/// <param name="ExitCode">Its exit code; -1 when it did not end in time.</param>
/// <param name="Output">What it printed, errors included.</param>
internal sealed record ToolResult(int ExitCode, string Output)
{
    /// <summary>The exit code of a program that did not end in time.</summary>
    public const int NotInTime = -1;

    private static readonly TimeSpan s_patience = TimeSpan.FromSeconds(20);

    /// <summary>Runs a program to its end.</summary>
    /// <param name="name">The program.</param>
    /// <param name="arguments">Its arguments.</param>
    /// <returns>How it ended; <c>null</c> when there is no such program.</returns>
    public static ToolResult? Run(string name, string[] arguments)
    {
        try
        {
            using Process? process = Process.Start(new ProcessStartInfo(name, arguments)
            {
                RedirectStandardOutput = true, RedirectStandardError = true, RedirectStandardInput = true, UseShellExecute = false,
            });
            if (process is null)
            {
                return null;
            }

            process.StandardInput.Close();
            Task<string> output = process.StandardOutput.ReadToEndAsync();
            Task<string> error = process.StandardError.ReadToEndAsync();
            if (!process.WaitForExit(s_patience))
            {
                process.Kill(entireProcessTree: true);
                return new ToolResult(NotInTime, $"{name} did not end within {s_patience.TotalSeconds:0} s");
            }

            return new ToolResult(process.ExitCode, (output.Result + error.Result).Trim());
        }
        catch (Win32Exception)
        {
            return null;
        }
    }
}
