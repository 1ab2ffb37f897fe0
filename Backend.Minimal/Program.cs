using JamBox.Backend.Operation;

namespace JamBox.Backend;

/// <summary>The process: builds the backend, runs it, and turns a refused start into one line and an exit code.</summary>
internal static class Program
{
    /// <summary>What was asked cannot be: a setting, a port, a file. The same start fails again.</summary>
    private const int Refused = 1;

    /// <summary>sysexits' EX_TEMPFAIL: the database is away, the same start may succeed later.</summary>
    private const int TryLater = 75;

    private static async Task<int> Main(string[] args)
    {
        WebApplication? app = null;
        try
        {
            if (BackendCommands.TryRun(args, Console.Out))
            {
                return 0;
            }

            app = BackendApp.Build(args);
            await app.StartAsync().ConfigureAwait(false);
        }
        catch (StartupException refusal)
        {
            return await RefuseAsync(app, refusal.Message, refusal.IsTransient ? TryLater : Refused).ConfigureAwait(false);
        }
#pragma warning disable CA1031 // Whatever stops the start: an operator reads one line, and no stack.
        catch (Exception failure)
#pragma warning restore CA1031
        {
            return await RefuseAsync(app, StartFailure.Explain(failure), Refused).ConfigureAwait(false);
        }

        await using (app.ConfigureAwait(false))
        {
            await app.WaitForShutdownAsync().ConfigureAwait(false);
        }

        return 0;
    }

    private static async Task<int> RefuseAsync(WebApplication? app, string line, int exitCode)
    {
        if (app is not null)
        {
            await app.DisposeAsync().ConfigureAwait(false);
        }

        await Console.Error.WriteLineAsync(line).ConfigureAwait(false);
        return exitCode;
    }
}
