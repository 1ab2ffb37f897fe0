using System.CommandLine;
using JamBox.Bench.CommandLine;
using JamBox.Bench.Releases;
using JamBox.Bench.Server;

namespace JamBox.Bench.Rollouts;

/// <summary><c>release rollout exclude</c> and <c>include</c>.</summary>
internal static class BoxesCommand
{
    /// <summary>Makes a command.</summary>
    /// <param name="terminal">The world around.</param>
    /// <param name="name">The step, as the API calls it too.</param>
    /// <param name="description">What it does.</param>
    /// <returns>The command.</returns>
    public static Command Create(BenchTerminal terminal, string name, string description)
    {
        var rollout = new Argument<long>("ROLLOUT") { Description = "Id of the roll-out." };
        var boxes = new Argument<string[]>("BOX") { Description = "Ids of the boxes.", Arity = ArgumentArity.OneOrMore };
        Option<string?> server = ServerOptions.Server();
        Option<bool> json = ReleaseOptions.Json();
        var command =
            new BenchCommand(name, description, $"jambox release rollout {name} 4 JBNB0009 JBNB0012") { rollout, boxes, server, json };
        command.SetAction(async (parsed, stop) =>
        {
            using BackendClient client = ServerOptions.Connect(terminal, parsed.GetValue(server));
            RolloutRow row = await client.PostAsync<RolloutRow>(
                BackendClient.Path($"api/ota/rollouts/{parsed.GetRequiredValue(rollout)}/") + name,
                new { devices = parsed.GetRequiredValue(boxes) }, stop).ConfigureAwait(false);
            if (parsed.GetValue(json))
            {
                terminal.Json(RolloutText.Object(row));
            }
            else
            {
                terminal.Line($"{RolloutText.Line(row)}; {row.Boxes?.Excluded ?? 0} boxes are excluded");
            }

            return ExitCode.Done;
        });
        return command;
    }
}
