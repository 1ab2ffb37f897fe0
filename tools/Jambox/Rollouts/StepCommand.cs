using System.CommandLine;
using System.Globalization;
using JamBox.Bench.CommandLine;
using JamBox.Bench.Releases;
using JamBox.Bench.Server;

namespace JamBox.Bench.Rollouts;

/// <summary><c>release rollout start</c>, <c>advance</c>, <c>pause</c>, <c>resume</c> and <c>abort</c>.</summary>
internal static class StepCommand
{
    private const string Start = "start";

    /// <summary>Makes a command.</summary>
    /// <param name="terminal">The world around.</param>
    /// <param name="name">The step, as the API calls it too.</param>
    /// <param name="description">What it does.</param>
    /// <param name="states">The states in which a roll-out comes into question when none is named.</param>
    /// <param name="question">Asked first, for a step that cannot be taken back.</param>
    /// <returns>The command.</returns>
    public static Command Create(BenchTerminal terminal, string name, string description, string[] states, string? question = null)
    {
        Argument<long?> rollout = RolloutOptions.Rollout();
        var noCanary = new Option<bool>("--no-canary") { Description = "Start without a canary, and do not ask." };
        var yes = new Option<bool>("--yes") { Description = "Do not ask." };
        Option<string?> server = ServerOptions.Server();
        Option<bool> json = ReleaseOptions.Json();
        var command =
            new BenchCommand(name, description, $"jambox release rollout {name} 4{(question is null ? string.Empty : " --yes")}") { rollout,
                server, json };
        if (question is not null)
        {
            command.Options.Add(yes);
        }

        if (name == Start)
        {
            command.Options.Add(noCanary);
        }

        command.SetAction(async (parsed, stop) =>
        {
            using BackendClient client = ServerOptions.Connect(terminal, parsed.GetValue(server));
            long id = await RolloutOptions.FindRolloutAsync(client, parsed.GetValue(rollout), states, stop).ConfigureAwait(false);
            RolloutRow before = await client.GetAsync<RolloutRow>(BackendClient.Path($"api/ota/rollouts/{id}"), stop).ConfigureAwait(false);
            if (question is not null && !parsed.GetValue(yes))
            {
                Ask(terminal, before, question);
            }

            if (name == Start && before.State == "draft")
            {
                await AdviseAsync(terminal, client, before, parsed.GetValue(noCanary), stop).ConfigureAwait(false);
            }

            // The stage goes along, so that two who advance at once do not skip one.
            string from = name == "advance" && before.Stage is { } stage ? BackendClient.Path($"?from={stage}") : string.Empty;
            RolloutRow row = await client.PostAsync<RolloutRow>(
                BackendClient.Path($"api/ota/rollouts/{id}/") + name + from, null, stop).ConfigureAwait(false);
            if (parsed.GetValue(json))
            {
                terminal.Json(RolloutText.Object(row));
            }
            else
            {
                terminal.Line(RolloutText.Line(row));
            }

            return ExitCode.Done;
        });
        return command;
    }

    private static async Task AdviseAsync(
        BenchTerminal terminal, BackendClient client, RolloutRow row, bool isAsked, CancellationToken stop)
    {
        await StartAdvice.WarnAsync(terminal, client, ReleaseOf(row), row.Target, stop).ConfigureAwait(false);
        await StartAdvice.WarnOfEndsAsync(terminal, client, row.Hw, row.Sequence, row.Id, stop).ConfigureAwait(false);
        if (!isAsked && row.Stages[0].Percent is { } percent)
        {
            StartAdvice.ConfirmNoCanary(
                terminal, row.Version, percent.ToString(CultureInfo.InvariantCulture), row.Target, "--no-canary");
        }
    }

    private static string ReleaseOf(RolloutRow row) => row.FirmwareId is { } build
        ? BackendClient.Path($"firmware={build}")
        : $"product={Uri.EscapeDataString(row.Product ?? string.Empty)}&platform={Uri.EscapeDataString(row.Platform ?? string.Empty)}"
            + $"&env={Uri.EscapeDataString(row.Env ?? string.Empty)}&version={Uri.EscapeDataString(row.Version)}";

    private static void Ask(BenchTerminal terminal, RolloutRow row, string question)
    {
        switch (
            terminal.AskYes(
                string.Create(CultureInfo.InvariantCulture, $"Roll-out {row.Id} of {row.Version} is {row.StateText}. {question}")))
        {
            case null:
                throw new BenchException("nobody can be asked: say --yes", ExitCode.BadInput);
            case false:
                throw new BenchException("nothing was changed", ExitCode.Refused);
        }
    }
}
