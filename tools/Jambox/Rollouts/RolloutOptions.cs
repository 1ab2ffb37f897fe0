using System.CommandLine;
using System.Globalization;
using JamBox.Bench.CommandLine;
using JamBox.Bench.Server;

namespace JamBox.Bench.Rollouts;

/// <summary>How roll-outs and releases are named on the command line.</summary>
internal static class RolloutOptions
{
    private const string IdPrefix = "id:";

    /// <summary>A release: its version, or its id.</summary>
    /// <returns>The argument.</returns>
    public static Argument<string> Release() => new("RELEASE")
    {
        Description = "Version of the release, such as 6.1.0, or its id on the server as id:3.",
    };

    /// <summary>A roll-out by its id.</summary>
    /// <returns>The argument.</returns>
    public static Argument<long?> Rollout() => new("ROLLOUT")
    {
        Description = "Id of the roll-out. May be left out when only one comes into question.",
        Arity = ArgumentArity.ZeroOrOne,
    };

    /// <summary>Finds the release that was named.</summary>
    /// <param name="client">The server.</param>
    /// <param name="text">From the command line.</param>
    /// <param name="hardwareId">The board, for a version.</param>
    /// <param name="stop">Ends it.</param>
    /// <returns>The release with its patches.</returns>
    /// <exception cref="BenchException">There is none.</exception>
    public static async Task<BuildRow> FindReleaseAsync(BackendClient client, string text, string hardwareId, CancellationToken stop)
    {
        if (text.StartsWith(IdPrefix, StringComparison.Ordinal))
        {
            return long.TryParse(text.AsSpan(IdPrefix.Length), NumberStyles.None, CultureInfo.InvariantCulture, out long id)
                ? await client.GetFirmwareAsync(id, stop).ConfigureAwait(false)
                : throw new BenchException($"RELEASE {text}: after {IdPrefix} must come a number", ExitCode.BadInput);
        }

        List<BuildRow> rows = await client.ListFirmwareAsync(hardwareId, stop).ConfigureAwait(false);
        BuildRow found = rows.Find(row => row.Version == text)
            ?? throw new BenchException(
                $"there is no release {text} for {hardwareId}{Others(rows)}: 'release publish' brings one", ExitCode.Refused);
        return await client.GetFirmwareAsync(found.Id, stop).ConfigureAwait(false);
    }

    /// <summary>Finds the roll-out that is meant.</summary>
    /// <param name="client">The server.</param>
    /// <param name="id">From the command line; <c>null</c> = none was named.</param>
    /// <param name="states">The states in which one comes into question when none was named.</param>
    /// <param name="stop">Ends it.</param>
    /// <returns>Its id.</returns>
    /// <exception cref="BenchException">None, or several.</exception>
    public static async Task<long> FindRolloutAsync(BackendClient client, long? id, string[] states, CancellationToken stop)
    {
        if (id is { } named)
        {
            return named;
        }

        List<RolloutRow> rows = await client.ListAsync<RolloutRow>("api/ota/rollouts", stop).ConfigureAwait(false);
        List<RolloutRow> candidates = rows.FindAll(row => states.Contains(row.State));
        return candidates.Count switch
        {
            1 => candidates[0].Id,
            0 => throw new BenchException(
                $"no roll-out is {string.Join(" or ", states)}: 'release rollout list' shows what there is", ExitCode.Refused),
            _ => throw new BenchException(
                $"which roll-out? {string.Join(", ", candidates.Select(static row => $"{row.Id} ({row.Version}, {row.State})"))}: name one",
                ExitCode.BadInput),
        };
    }

    private static string Others(List<BuildRow> rows) =>
        rows.Count == 0 ? string.Empty : $", only {string.Join(", ", rows.Select(static row => row.Version))}";
}
