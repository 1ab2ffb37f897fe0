using System.Globalization;

namespace JamBox.Edge.Demo;

/// <summary>How long modules took, each and all together.</summary>
/// <param name="Count">How many.</param>
/// <param name="Together">From the first that was told to the last that was back.</param>
/// <param name="Longest">The longest of them.</param>
/// <param name="Sum">What it would have been one after the other.</param>
internal sealed record ModuleTimes(int Count, TimeSpan Together, TimeSpan Longest, TimeSpan Sum)
{
    /// <summary>Reckons it.</summary>
    /// <param name="modules">When each was told, and when it said its new version.</param>
    /// <returns>The times; null = there are none.</returns>
    public static ModuleTimes? Of(IReadOnlyList<(DateTimeOffset Told, DateTimeOffset Back)> modules) => modules.Count == 0
        ? null
        : new ModuleTimes(
            modules.Count, modules.Max(static one => one.Back) - modules.Min(static one => one.Told),
            modules.Max(static one => one.Back - one.Told),
            modules.Aggregate(TimeSpan.Zero, static (sum, one) => sum + (one.Back - one.Told)));

    /// <inheritdoc/>
    public override string ToString() => string.Create(
        CultureInfo.InvariantCulture,
        $"{Count} modules side by side took {Together.TotalSeconds:0.0} s, the longest of them {Longest.TotalSeconds:0.0} s; one after the other: {Sum.TotalSeconds:0.0} s.");
}

/// <summary>What is said in the end.</summary>
internal static class DemoReport
{
    /// <summary>A table of gateways, and below each of its modules, alike ones together.</summary>
    /// <param name="title">What was deployed.</param>
    /// <param name="before">What gateways ran before; by their ids.</param>
    /// <param name="gateways">The gateways.</param>
    public static IEnumerable<string> TableOf(
        string title, IReadOnlyDictionary<string, string?> before, IReadOnlyList<GatewayView> gateways)
    {
        List<string[]> rows = [[title, "before", "after", "time", "result"]];
        foreach (GatewayView gateway in gateways)
        {
            string time = gateway.Took is { } took ? string.Create(CultureInfo.InvariantCulture, $"{took.TotalSeconds:0.0} s") : "–";
            string old = before.GetValueOrDefault(gateway.Gateway) ?? "–";
            rows.Add([gateway.Gateway, old, gateway.Current ?? "–", time, ResultOf(gateway)]);
            var alike = gateway.Modules.GroupBy(static module => (module.Type, module.Before, module.After, module.Status));
            foreach (var group in alike.OrderBy(static group => group.Key.ToString(), StringComparer.Ordinal))
            {
                string longest = group.Max(static module => module.Ms) is { } ms
                    ? string.Create(CultureInfo.InvariantCulture, $"≤ {ms / 1000.0:0.0} s")
                    : "–";
                string count = group.Count().ToString(CultureInfo.InvariantCulture);
                rows.Add(
                    [$"  {count} × {group.Key.Type}", group.Key.Before ?? "–", group.Key.After ?? "–", longest, group.Key.Status]);
            }
        }

        int[] widths = [.. Enumerable.Range(0, rows[0].Length - 1).Select(column => rows.Max(row => row[column].Length))];
        foreach (string[] row in rows)
        {
            string cells = string.Concat(widths.Select((width, column) => row[column].PadRight(width + 2)));
            yield return (cells + row[^1]).TrimEnd();
        }
    }

    /// <summary>What went back, and why.</summary>
    /// <param name="gateways">The gateways.</param>
    public static IEnumerable<string> ReturnsOf(IReadOnlyList<GatewayView> gateways)
    {
        foreach (GatewayView gateway in gateways.Where(static gateway => gateway.Error is not null))
        {
            yield return $"{gateway.Gateway}: {gateway.Error!.ReplaceLineEndings(" ")}";
            foreach (ModuleView module in gateway.Modules.Where(static module => module.Error is not null))
            {
                yield return $"  {module.Hostname} ({module.Type}): {module.Error!.ReplaceLineEndings(" ")}";
            }
        }
    }

    private static string ResultOf(GatewayView gateway)
    {
        string tries = gateway.Attempt > 1
            ? string.Create(CultureInfo.InvariantCulture, $" after {gateway.Attempt} tries")
            : string.Empty;
        return (gateway.Result ?? gateway.Status ?? "nothing heard") + tries;
    }
}
