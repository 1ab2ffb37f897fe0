using System.Globalization;

namespace JamBox.Bench.Server;

/// <summary>What would become of a release, as the server sees its fleet.</summary>
/// <param name="Boxes">Boxes of the hardware that have said what they run.</param>
/// <param name="Current">Those that run it.</param>
/// <param name="Able">Those that could take it.</param>
/// <param name="UnknownBase">Those that run an image that the server does not have.</param>
/// <param name="Obstacles">What stands in the way of the others.</param>
/// <param name="PublicKeys">The keys that the server checks signatures with, 128 hex digits each; <c>null</c> = it does not.</param>
internal sealed record PreflightRow(int Boxes, int Current, int Able, int UnknownBase, ObstacleRow[] Obstacles, string[]? PublicKeys)
{
    /// <summary>What a person should know before, one a line; nothing when all is well.</summary>
    public IEnumerable<string> Warnings
    {
        get
        {
            if (Boxes > 0 && Able == 0)
            {
                yield return string.Create(
                    CultureInfo.InvariantCulture,
                    $"none of the {Boxes} boxes can take it, {Current} run it: a roll-out would bring it to nobody");
            }

            foreach (ObstacleRow obstacle in Obstacles)
            {
                yield return obstacle.Text;
            }

            if (UnknownBase > 0)
            {
                yield return string.Create(
                    CultureInfo.InvariantCulture,
                    $"{UnknownBase} boxes run an image that was never published: they load the full image, and refuse it when it needs another nanoCLR");
            }
        }
    }
}

/// <summary>What keeps boxes from a release.</summary>
/// <param name="Reason">In one word, as docs/ota.md explains it.</param>
/// <param name="Count">How many boxes.</param>
/// <param name="Devices">Some of them.</param>
internal sealed record ObstacleRow(string Reason, int Count, string[] Devices)
{
    /// <summary>For people.</summary>
    public string Text => string.Create(
        CultureInfo.InvariantCulture,
        $"{Count} {(Count == 1 ? "box" : "boxes")} cannot take it, {Reason}{Hint}: {string.Join(' ', Devices)}{(Count > Devices.Length ? " …" : string.Empty)}");

    private string Hint => Reason switch
    {
        "native" => " (needs another nanoCLR, by wire)",
        "hardware" => " (other hardware)",
        "no_profile" => " (applies none of our patches)",
        "no_patch" => " (no patch could be made: publish again)",
        "no_key" => " (has no ota_key: write its identity, then 'release allow')",
        "pinned" => " (pinned to another version)",
        "sequence" => " (runs that sequence or a higher one)",
        "floor" => " (below the floor that was set: raise the sequence)",
        "key" => " (signed by a key that was revoked: sign it again)",
        "failed_before" => " (it failed there: 'release allow')",
        "operator" => " (taken out by an operator)",
        _ => string.Empty,
    };
}

/// <summary>How a box does with a release, against itself before.</summary>
/// <param name="Readings">Readings of the new version.</param>
/// <param name="Measures">One by one.</param>
internal sealed record HealthRow(int Readings, MeasureRow[] Measures)
{
    /// <summary>For people: what is worse, or what is waited for.</summary>
    public string Text => string.Join(", ", Measures.Where(static m => m.Verdict is "worse" or "waiting").Select(static m => m.Text));
}

/// <summary>One measure of a box's health.</summary>
/// <param name="Name">Which.</param>
/// <param name="Before">The box before.</param>
/// <param name="After">The box with the release.</param>
/// <param name="Limit">What it must reach or not pass.</param>
/// <param name="Verdict">well, worse, waiting or unknown.</param>
internal sealed record MeasureRow(string Name, double? Before, double? After, double? Limit, string Verdict)
{
    /// <summary>For people.</summary>
    public string Text => string.Create(
        CultureInfo.InvariantCulture,
        $"{Name} {Verdict}: {Before?.ToString("0.#", CultureInfo.InvariantCulture) ?? "?"} before, {After?.ToString("0.#", CultureInfo.InvariantCulture) ?? "?"} now");
}
