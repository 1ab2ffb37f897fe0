using JamBox.Edge.Engine;

using Microsoft.Extensions.Logging;

namespace JamBox.Edge.Link;

/// <summary>What "apply" and "rollback" leave for the agent that runs: a notice as a file, and its package beside it.</summary>
/// <param name="folder">The folder of requests.</param>
/// <param name="inbox">Takes the notices.</param>
/// <param name="isIdle">Whether nothing is being deployed.</param>
/// <param name="clock">Says when to look.</param>
/// <param name="logger">Where it is said what could not be read.</param>
internal sealed class LocalRequests(string folder, NoticeInbox inbox, Func<bool> isIdle, TimeProvider clock, ILogger<LocalRequests> logger)
{
    private const string Notices = "*.json";
    private const string Packages = "*.zip*";

    private static readonly TimeSpan s_round = TimeSpan.FromSeconds(2);

    /// <summary>A package that nobody wanted for so long is rubbish.</summary>
    private static readonly TimeSpan s_old = TimeSpan.FromMinutes(10);

    /// <summary>The folder in the agent's.</summary>
    /// <param name="folder">The agent's folder.</param>
    public static string FolderIn(string folder) => Path.Combine(folder, "requests");

    /// <summary>Makes the folder; nobody else may write there.</summary>
    /// <param name="folder">The folder of requests.</param>
    public static void Create(string folder)
    {
        if (OperatingSystem.IsWindows())
        {
            Directory.CreateDirectory(folder);
        }
        else
        {
            Directory.CreateDirectory(folder, UnixFileMode.UserRead | UnixFileMode.UserWrite | UnixFileMode.UserExecute);
        }
    }

    /// <summary>Looks until it is told to stop.</summary>
    public async Task RunAsync(CancellationToken stop)
    {
        using PeriodicTimer timer = new(s_round, clock);
        do
        {
            try
            {
                Look();
            }
            catch (Exception fault) when (fault is IOException or UnauthorizedAccessException)
            {
                logger.LogWarning("Requests on this computer cannot be read: {Fault}", fault.Message);
            }
        }
        while (await timer.WaitForNextTickAsync(stop).ConfigureAwait(false));
    }

    /// <summary>Looks once.</summary>
    internal void Look()
    {
        if (!Directory.Exists(folder))
        {
            return;
        }

        foreach (string file in Directory.GetFiles(folder, Notices))
        {
            byte[] json = File.ReadAllBytes(file);
            if (json.Length <= Notice.MaxBytes)
            {
                inbox.Offer(json, "from this computer", isOwn: true);
            }

            // It is kept by the inbox now, or is none.
            File.Delete(file);
        }

        if (!isIdle())
        {
            return;
        }

        foreach (string file in Directory.GetFiles(folder, Packages))
        {
            bool isWanted = inbox.Newest is { } newest && Path.GetFileName(file).StartsWith(newest.Id + ".", StringComparison.Ordinal);
            if (!isWanted && DateTime.UtcNow - File.GetLastWriteTimeUtc(file) > s_old)
            {
                File.Delete(file);
            }
        }
    }
}
