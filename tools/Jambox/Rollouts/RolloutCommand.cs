using System.CommandLine;
using JamBox.Bench.CommandLine;

namespace JamBox.Bench.Rollouts;

/// <summary><c>release rollout</c>.</summary>
internal static class RolloutCommand
{
    private const string AbortQuestion = "Abort it for good? Downloads are taken back; boxes that run the release keep it.";

    /// <summary>Makes the group.</summary>
    /// <param name="terminal">The world around.</param>
    /// <returns>The group.</returns>
    public static Command Create(BenchTerminal terminal) => new("rollout", "Bring a release to the boxes, stage by stage.")
    {
        CreateCommand.Create(terminal),
        StepCommand.Create(terminal, "start", "Start a draft: its first stage gets the release (or waits for its --start-at).", ["draft"]),
        StepCommand.Create(terminal, "advance", "Go on to the next stage now, without waiting for boxes.", ["canary", "rolling"]),
        StepCommand.Create(terminal, "pause", "Hold it: nothing is offered, downloads wait.", ["canary", "rolling"]),
        StepCommand.Create(terminal, "resume", "Let a paused one go on.", ["paused"]),
        StepCommand.Create(
            terminal, "abort", "End it for good: downloads are taken back. Boxes that run the release keep it.",
            ["draft", "scheduled", "canary", "rolling", "paused"], AbortQuestion),
        BoxesCommand.Create(terminal, "exclude", "Take boxes out: what they download is taken back."),
        BoxesCommand.Create(terminal, "include", "Take boxes in again that were excluded. (One that failed: 'release allow'.)"),
        ShowCommand.Create(terminal),
        ListCommand.Create(terminal),
    };
}
