using System.Diagnostics;
using System.Runtime.InteropServices;

namespace JamBox.BackendBenchmark;

/// <summary>Ends processes as an administrator does.</summary>
internal static partial class Signals
{
    private const int Term = 15;

    private static readonly TimeSpan s_limit = TimeSpan.FromSeconds(60);

    /// <summary>SIGTERM, and waits until the process has ended.</summary>
    /// <exception cref="TimeoutException">It does not.</exception>
    public static void Terminate(Process process)
    {
        _ = Kill(process.Id, Term);
        if (!process.WaitForExit(s_limit))
        {
            throw new TimeoutException("a process does not end when it is told to");
        }
    }

    [LibraryImport("libc", EntryPoint = "kill")]
    private static partial int Kill(int process, int signal);
}
