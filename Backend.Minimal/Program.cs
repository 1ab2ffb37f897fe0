using JamBox.Backend.Builds;
using JamBox.Backend.Operation;

namespace JamBox.Backend;

/// <summary>The process: builds the backend, runs it, and turns a refused start into one line and exit code 1.</summary>
internal static class Program
{
    private static async Task<int> Main(string[] args)
    {
        try
        {
            WebApplication app = BackendApp.Build(args);
            await using (app.ConfigureAwait(false))
            {
                await app.RunAsync().ConfigureAwait(false);
            }

            return 0;
        }
        catch (StartupException refusal)
        {
            await Console.Error.WriteLineAsync(refusal.Message).ConfigureAwait(false);
            return 1;
        }
        catch (IOException bind)
        {
            // Kestrel's way of saying that it could not listen; everything else that is IO is caught where it happens.
            await Console.Error.WriteLineAsync($"Urls: {bind.Message}").ConfigureAwait(false);
            return 1;
        }
    }
}
