using System.Text.Json.Serialization;

using JamBox.Backend.Builds;
using JamBox.Backend.Firmware;
using JamBox.Backend.Storage;
using JamBox.Backend.Updates;

namespace JamBox.Backend.Rollouts;

/// <summary>Says of the boxes that wait for a release whether they could take it at all.</summary>
internal sealed class RolloutObstacles
{
    /// <summary>Why a box waits that has never asked for an update: what it runs is not known.</summary>
    public const string NeverAsked = "never_asked";

    private readonly SqlSession _session;
    private readonly Rollout _rollout;
    private readonly Dictionary<(string Base, string Profiles), string?> _known = [];
    private Build? _build;

    /// <summary>Makes it, for one turn: what it has looked up it does not look up again.</summary>
    public RolloutObstacles(SqlSession session, Rollout rollout)
    {
        _session = session;
        _rollout = rollout;
    }

    /// <summary>Blocks a box that waits and cannot take the release.</summary>
    /// <returns>The same box, or blocked with the reason.</returns>
    public RolloutBox Block(RolloutBox box) =>
        box.State != BoxState.Waiting ? box
        : _rollout.IsOfThings ? BlockThing(box)
        : box.PinnedTo is not null && box.PinnedTo != _rollout.Version ? box with { State = BoxState.Blocked, Why = UpdateObstacles.Pinned }
        : box.HasNoKey ? box with { State = BoxState.Blocked, Why = UpdateObstacles.NoKey }
        : box.Base is null ? box with { Why = NeverAsked }
        : Find(box.Base, box.Profiles!) is { } why ? box with { State = BoxState.Blocked, Why = why }
        : box;

    /// <summary>A thing takes a whole image, whatever it runs: only a pin keeps it from one.</summary>
    private RolloutBox BlockThing(RolloutBox thing) =>
        thing.PinnedTo is { } pin && !ReleaseVersion.IsSame(pin, _rollout.Version)
            ? thing with { State = BoxState.Blocked, Why = UpdateObstacles.Pinned }
            : thing;

    private string? Find(string start, string profiles)
    {
        if (!_known.TryGetValue((start, profiles), out string? why))
        {
            _build ??= BuildSql.Find(_session, _rollout.BuildId!.Value)!;
            Build? from = BuildSql.FindBase(_session, _rollout.Hardware, start);
            why = UpdateObstacles.NeedsOtherClr(from, _build.Assemblies) ? UpdateObstacles.Native
                : UpdateObstacles.ProfileFor(profiles) is not { } profile ? UpdateObstacles.NoProfile
                : UpdateObstacles.HasNoPatch(_session, _build, from, profile) ? UpdateObstacles.NoPatch
                : null;
            _known.Add((start, profiles), why);
        }

        return why;
    }
}

/// <summary>What stands in the way of some boxes.</summary>
/// <param name="Reason">In one word: native, hardware, no_profile, no_patch, no_key, pinned, sequence, floor (below the floor), key
/// (signed by a revoked key), failed_before, operator.</param>
/// <param name="Count">How many boxes.</param>
/// <param name="Devices">Some of them, 10 at most.</param>
internal sealed record ObstacleView(
    [property: JsonPropertyName("reason")] string Reason,
    [property: JsonPropertyName("count")] int Count,
    [property: JsonPropertyName("devices")] IReadOnlyList<string> Devices)
{
    private const int MaxShown = 10;

    /// <summary>Groups boxes by what stands in their way, the most frequent first.</summary>
    public static IReadOnlyList<ObstacleView> Of(IEnumerable<(string DeviceId, string Reason)> boxes) =>
    [
        .. boxes.GroupBy(static box => box.Reason)
            .Select(static group => new ObstacleView(
                group.Key, group.Count(), [.. group.Select(static box => box.DeviceId).Order(StringComparer.Ordinal).Take(MaxShown)]))
            .OrderByDescending(static view => view.Count).ThenBy(static view => view.Reason, StringComparer.Ordinal),
    ];
}
