using System.Globalization;
using JamBox.Bench.CommandLine;
using JamBox.Bench.Server;

namespace JamBox.Bench.Rollouts;

/// <summary>What a person should know before a roll-out starts, whichever command starts it.</summary>
internal static class StartAdvice
{
    /// <summary>Says which boxes cannot take a release; what is only said is no result.</summary>
    /// <param name="terminal">The world around.</param>
    /// <param name="client">The server.</param>
    /// <param name="release">The release, as the server is asked for it, such as <c>firmware=7</c>.</param>
    /// <param name="target">Whose boxes it is for; <c>null</c> = the whole fleet.</param>
    /// <param name="stop">Ends it.</param>
    /// <returns>When it is said.</returns>
    public static async Task WarnAsync(
        BenchTerminal terminal, BackendClient client, string release, TargetRow? target, CancellationToken stop)
    {
        string places = string.Join(',', target?.Places ?? []);
        string tags = string.Join(',', target?.Tags ?? []);
        PreflightRow preflight = await client.GetAsync<PreflightRow>(
            $"api/ota/preflight?{release}"
                + (places.Length == 0 ? string.Empty : $"&places={places}")
                + (tags.Length == 0 ? string.Empty : $"&tags={Uri.EscapeDataString(tags)}"), stop).ConfigureAwait(false);
        if (target is not null && preflight.Boxes == 0)
        {
            terminal.Warn($"no box {target.Text} has said what it runs: it goes to those that will");
        }

        foreach (string warning in preflight.Warnings)
        {
            terminal.Warn(warning);
        }
    }

    /// <summary>Says which roll-outs end when one starts.</summary>
    /// <param name="terminal">The world around.</param>
    /// <param name="client">The server.</param>
    /// <param name="hardware">Board of the release.</param>
    /// <param name="sequence">
    /// Its sequence; <c>null</c> = it is of things, of which the server says which version is the higher one.
    /// </param>
    /// <param name="id">The roll-out itself.</param>
    /// <param name="stop">Ends it.</param>
    /// <returns>When it is said.</returns>
    public static async Task WarnOfEndsAsync(
        BenchTerminal terminal, BackendClient client, string hardware, int? sequence, long? id, CancellationToken stop)
    {
        List<RolloutRow> rows = await client.ListAsync<RolloutRow>(
            $"api/ota/rollouts?hw={Uri.EscapeDataString(hardware)}", stop).ConfigureAwait(false);
        foreach (RolloutRow row in rows.Where(
            row => row.Id != id && (sequence is null || row.Sequence < sequence)
                && row.State is "scheduled" or "canary" or "rolling" or "paused"))
        {
            terminal.Warn(string.Create(
                CultureInfo.InvariantCulture, $"roll-out {row.Id} of {row.Version}, {row.StateText}, ends when this one starts"));
        }
    }

    /// <summary>Asks whether to start without a canary.</summary>
    /// <param name="terminal">The world around.</param>
    /// <param name="version">Version of the release.</param>
    /// <param name="percent">Share of the first stage.</param>
    /// <param name="target">Whose boxes it is for; <c>null</c> = the whole fleet.</param>
    /// <param name="option">What to say instead of an answer.</param>
    /// <exception cref="BenchException">No, or nobody can be asked.</exception>
    public static void ConfirmNoCanary(BenchTerminal terminal, string version, string percent, TargetRow? target, string option) =>
        terminal.Confirm(
            $"No canary: the first boxes to get {version} are chosen by lot, {percent} % of {(target is null ? "the fleet" : $"the boxes {target.Text}")}. Start it like that?",
            option);
}
