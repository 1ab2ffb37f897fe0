using System.Runtime.CompilerServices;
using System.Text.Json;
using System.Text.RegularExpressions;

using JamBox.Backend.Tests.Hosting;
using JamBox.Backend.Tests.Updates;

namespace JamBox.Backend.Tests.Observability;

/// <summary>
/// What the dashboard and the alert rules ask for is what a running server shows: names, labels and their values. That the rules parse and
/// fire when they should is promtool's to say (<c>prometheus-alerts.test.yml</c>).
/// </summary>
[Collection(SqliteCollection.Name)]
public sealed partial class DashboardTests(SqliteBackend shared) : OtaTest(shared)
{
    /// <summary>What Prometheus itself puts to every series.</summary>
    private static readonly string[] s_added = ["job", "instance"];

    public static TheoryData<string, string> Asked
    {
        get
        {
            TheoryData<string, string> asked = [];
            using JsonDocument dashboard = JsonDocument.Parse(Read("grafana-dashboard.json"));
            foreach (JsonElement panel in dashboard.RootElement.GetProperty("panels").EnumerateArray())
            {
                foreach (JsonElement target in panel.GetProperty("targets").EnumerateArray())
                {
                    asked.Add(
                        panel.GetProperty("title").GetString()!,
                        target.GetProperty("expr").GetString()! + " " + target.GetProperty("legendFormat").GetString());
                }
            }

            foreach (Match rule in Rule().Matches(Read("prometheus-alerts.yml")))
            {
                asked.Add(rule.Groups["name"].Value, rule.Groups["expr"].Value);
            }

            return asked;
        }
    }

    [Fact]
    public async Task EverythingThatIsAskedForIsShown()
    {
        // Histograms appear with their first value.
        await ReleaseAsync(ImageBuilder.Make(1, kilobytes: 12), "6.0.0", 60000);
        Dictionary<string, List<string>> shown = Series(await Host.Http.GetStringAsync("/metrics"));
        List<string> wrong = [];
        foreach (object[] row in Asked)
        {
            wrong.AddRange(Wrong((string)row[1], shown).Select(fault => $"{row[0]}: {fault}"));
        }

        Assert.True(wrong.Count == 0, string.Join('\n', wrong));
        Assert.True(Asked.Count > 25, "The dashboard or the rules were not read.");
    }

    [Fact]
    public void WhatNobodyShowsIsFound()
    {
        Dictionary<string, List<string>> shown = Series("jambox_devices{state=\"online\"} 1\njambox_heartbeats_total{} 1\n");
        Assert.Empty(Wrong("max by (state) (jambox_devices{job=~\"$job\", state=\"online\"})", shown));
        Assert.NotEmpty(Wrong("rate(jambox_heartbeat_total[5m])", shown));
        Assert.NotEmpty(Wrong("jambox_devices{status=\"online\"}", shown));
        Assert.NotEmpty(Wrong("jambox_devices{state=~\"online|away\"}", shown));
        Assert.NotEmpty(Wrong("sum by (result) (jambox_heartbeats_total)", shown));
        Assert.NotEmpty(Wrong("sum(jambox_heartbeats_total) {{result}}", shown));
    }

    private static IEnumerable<string> Wrong(string asked, Dictionary<string, List<string>> shown)
    {
        List<string> labels = [.. s_added];
        foreach (Match metric in Metric().Matches(asked))
        {
            if (!shown.TryGetValue(metric.Groups["name"].Value, out List<string>? series))
            {
                yield return $"{metric.Groups["name"].Value} is not shown";
                continue;
            }

            labels.AddRange(series.Select(static pair => pair.Split('=')[0]));
            foreach (Match matcher in Matcher().Matches(metric.Groups["matchers"].Value))
            {
                string label = matcher.Groups["label"].Value;
                string[] never = [.. matcher.Groups["value"].Value.Split('|').Where(value => !series.Contains($"{label}={value}"))];
                if (never.Length > 0 && !s_added.Contains(label))
                {
                    yield return $"{metric.Value}: {label} is never {string.Join(" or ", never)}";
                }
            }
        }

        IEnumerable<string> grouped = Grouping().Matches(asked)
            .SelectMany(static by => by.Groups[1].Value.Split(',', StringSplitOptions.TrimEntries));
        IEnumerable<string> written = Legend().Matches(asked).Select(static legend => legend.Groups[1].Value);
        foreach (string label in grouped.Concat(written).Where(label => !labels.Contains(label)))
        {
            yield return $"no series has a label {label}";
        }
    }

    /// <summary>Names of metrics, and their labels with each value that is shown, as label=value.</summary>
    private static Dictionary<string, List<string>> Series(string text)
    {
        Dictionary<string, List<string>> series = [];
        foreach (Match line in Line().Matches(text))
        {
            if (!series.TryGetValue(line.Groups[1].Value, out List<string>? labels))
            {
                series.Add(line.Groups[1].Value, labels = []);
            }

            labels.AddRange(
                Matcher().Matches(line.Groups[2].Value).Select(
                    static label => $"{label.Groups["label"].Value}={label.Groups["value"].Value}"));
        }

        return series;
    }

    private static string Read(string name, [CallerFilePath] string file = "") =>
        File.ReadAllText(Path.Combine(Path.GetDirectoryName(file)!, "..", "..", "Backend.Minimal", "deploy", name))
            .ReplaceLineEndings("\n");

    [GeneratedRegex(@"- alert: (?<name>\w+)\n +expr: (?<expr>.+)\n")]
    private static partial Regex Rule();

    [GeneratedRegex(@"(?<name>jambox_\w+)(\{(?<matchers>[^}]*)\})?")]
    private static partial Regex Metric();

    [GeneratedRegex("(?<label>[a-z_]+)(=~|!=|=)\"(?<value>[^\"]*)\"")]
    private static partial Regex Matcher();

    [GeneratedRegex(@"\b(?:by|on) \(([a-z_, ]+)\)")]
    private static partial Regex Grouping();

    [GeneratedRegex(@"\{\{([a-z_]+)\}\}")]
    private static partial Regex Legend();

    [GeneratedRegex(@"^(jambox_\w+)(\{[^}]*\})? ", RegexOptions.Multiline)]
    private static partial Regex Line();
}
