using System.CommandLine;
using JamBox.Bench.CommandLine;
using JamBox.Bench.Releases;
using JamBox.Bench.Server;

namespace JamBox.Bench.Rollouts;

/// <summary><c>release watch</c>.</summary>
internal static class WatchCommand
{
    private static readonly string[] s_open = ["draft", "scheduled", "canary", "rolling", "paused"];

    /// <summary>Makes the command.</summary>
    /// <param name="terminal">The world around.</param>
    /// <returns>The command.</returns>
    public static Command Create(BenchTerminal terminal)
    {
        Argument<long?> rollout = RolloutOptions.Rollout();
        Option<string?> server = ServerOptions.Server();
        var json = new Option<bool>("--json") { Description = "Write a JSON object per change, one a line." };
        var command = new BenchCommand(
            "watch",
            "Watch a roll-out until it is done, aborted or stopped; the exit code tells which. On a terminal live, elsewhere a line per change. Ctrl+C ends the watching, not the roll-out.",
            "jambox release watch 4")
        {
            rollout, server, json,
        };
        command.SetAction(async (parsed, stop) =>
        {
            using BackendClient client = ServerOptions.Connect(terminal, parsed.GetValue(server));
            long id = await RolloutOptions.FindRolloutAsync(client, parsed.GetValue(rollout), s_open, stop).ConfigureAwait(false);
            return await new RolloutWatch(terminal, client, id, parsed.GetValue(json)).RunAsync(stop).ConfigureAwait(false);
        });
        return command;
    }
}
