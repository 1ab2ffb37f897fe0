using System.CommandLine;
using JamBox.Bench.CommandLine;
using JamBox.Bench.Releases;
using JamBox.Bench.Server;

namespace JamBox.Bench.Rollouts;

/// <summary><c>release rollout show</c>.</summary>
internal static class ShowCommand
{
    private static readonly string[] s_open = ["draft", "scheduled", "canary", "rolling", "paused"];

    /// <summary>Makes the command.</summary>
    /// <param name="terminal">The world around.</param>
    /// <returns>The command.</returns>
    public static Command Create(BenchTerminal terminal)
    {
        Argument<long?> rollout = RolloutOptions.Rollout();
        Option<string?> server = ServerOptions.Server();
        Option<bool> json = ReleaseOptions.Json();
        var command =
            new BenchCommand("show", "Show a roll-out: its rules, its stages, and how far each box is.", "jambox release rollout show 4")
            {
                rollout,
                server,
                json,
            };
        command.SetAction(async (parsed, stop) =>
        {
            using BackendClient client = ServerOptions.Connect(terminal, parsed.GetValue(server));
            long id = await RolloutOptions.FindRolloutAsync(client, parsed.GetValue(rollout), s_open, stop).ConfigureAwait(false);
            RolloutRow row = await client.GetAsync<RolloutRow>(BackendClient.Path($"api/ota/rollouts/{id}"), stop).ConfigureAwait(false);
            List<BoxRow> boxes = await client.ListAsync<BoxRow>(
                BackendClient.Path($"api/ota/rollouts/{id}/devices"), stop).ConfigureAwait(false);
            if (parsed.GetValue(json))
            {
                terminal.Json(RolloutText.Object(row, boxes));
                return ExitCode.Done;
            }

            terminal.Out.Write(RolloutDrawing.Of(row, boxes, int.MaxValue, terminal.Out.Profile.Capabilities.Unicode));
            foreach (string rule in RolloutText.Rules(row))
            {
                terminal.Line(rule);
            }

            return ExitCode.Done;
        });
        return command;
    }
}
