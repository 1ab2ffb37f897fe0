using System.Text.Json.Serialization;

namespace JamBox.Backend.Rollouts;

/// <summary>What a box did before it was offered a release, and what it does since it runs it.</summary>
internal sealed record BoxFigures
{
    /// <summary>Readings of the new version that were closed and sent since it was confirmed.</summary>
    public required int Readings { get; init; }

    /// <summary>When the last of them came, milliseconds since 1970; null = none has.</summary>
    public long? ReadingAt { get; init; }

    /// <summary>Hours from the confirmation to the closing of the last of them.</summary>
    public required double Hours { get; init; }

    /// <summary>Readings an hour that are due by its report interval.</summary>
    public required double DueAnHour { get; init; }

    /// <summary>Readings an hour before, in hours in which it reported at all; null = it never did.</summary>
    public double? ReadingsAnHourBefore { get; init; }

    /// <summary>Heartbeats of the new version since the offer.</summary>
    public required int Heartbeats { get; init; }

    /// <summary>Heartbeats in the days before the offer.</summary>
    public required int HeartbeatsBefore { get; init; }

    /// <summary>Free heap in heartbeats of the new version, the median, bytes; null = none told.</summary>
    public double? Heap { get; init; }

    /// <summary>The same before.</summary>
    public double? HeapBefore { get; init; }

    /// <summary>Boots since the confirmation, the one that it was confirmed in not counted.</summary>
    public required int Resets { get; init; }

    /// <summary>Boots a day before.</summary>
    public required double ResetsADayBefore { get; init; }

    /// <summary>Failures before a send, in the mean.</summary>
    public required double SendFailures { get; init; }

    /// <summary>The same before.</summary>
    public double? SendFailuresBefore { get; init; }

    /// <summary>Device-minutes by Wi-Fi in whole quarters of an hour since the confirmation.</summary>
    public required double WifiCounts { get; init; }

    /// <summary>Those that the same hours of the same weekday had before, in the mean; null = there is nothing to compare with.</summary>
    public double? WifiCountsBefore { get; init; }

    /// <summary>Device-minutes by Bluetooth.</summary>
    public required double BleCounts { get; init; }

    /// <summary>Those before.</summary>
    public double? BleCountsBefore { get; init; }

    /// <summary>
    /// Device-minutes, of whichever sort has more, that the whole time in which counts may be compared had before; null = nothing is known.
    /// </summary>
    public double? CountsAhead { get; init; }
}

/// <summary>One measure of a box's health.</summary>
/// <param name="Name">Of a box readings (an hour), heartbeat (how many), heap (bytes), resets (boots), send_failures (before a send),
/// wifi_counts or ble_counts (device-minutes); of a thing heard (minutes from its success to its last word), heartbeat, heap,
/// resets.</param>
/// <param name="Before">The box before; null = nothing is known.</param>
/// <param name="After">The box with the release.</param>
/// <param name="Limit">What it must reach or not pass; null = not compared.</param>
/// <param name="Verdict">well, worse, waiting (it may still be compared) or unknown (there is nothing to compare).</param>
internal sealed record HealthMeasure(
    [property: JsonPropertyName("name")] string Name,
    [property: JsonPropertyName("before")] double? Before,
    [property: JsonPropertyName("after")] double? After,
    [property: JsonPropertyName("limit")] double? Limit,
    [property: JsonPropertyName("verdict")] string Verdict);

/// <summary>How a box does with a release, against itself before.</summary>
/// <param name="Readings">Readings of the new version since it was confirmed.</param>
/// <param name="Measures">One by one.</param>
internal sealed record BoxHealth(
    [property: JsonPropertyName("readings")] int Readings,
    [property: JsonPropertyName("measures")] IReadOnlyList<HealthMeasure> Measures)
{
    private const string Well = "well";
    private const string Worse = "worse";
    private const string Waiting = "waiting";
    private const string Unknown = "unknown";
    private const double HoursADay = 24;

    /// <summary>The measures in which it does worse, separated by commas; null = none.</summary>
    [JsonIgnore]
    public string? Unhealthy => Measures.Any(static m => m.Verdict == Worse)
        ? string.Join(", ", Measures.Where(static m => m.Verdict == Worse).Select(static m => m.Name)) : null;

    /// <summary>What is still to be seen, for people; null = nothing.</summary>
    [JsonIgnore]
    public string? WaitsFor => Measures.FirstOrDefault(static m => m.Verdict == Waiting)?.Name;

    /// <summary>Compares.</summary>
    /// <param name="gate">The limits.</param>
    /// <param name="f">What the box did and does.</param>
    /// <param name="patienceMs">How long a heartbeat may take, ms.</param>
    /// <param name="sinceMs">Time since the release was confirmed, ms.</param>
    public static BoxHealth Of(HealthGate gate, BoxFigures f, long patienceMs, long sinceMs)
    {
        List<HealthMeasure> measures =
        [
            Rate(gate, f),
            Heartbeat(f.HeartbeatsBefore, f.Heartbeats, sinceMs > patienceMs),
            AtLeast("heap", gate.MinHeapPercent, f.HeapBefore, f.Heap),
            AtMost("resets", gate.MaxResets, f.ResetsADayBefore * (sinceMs / 3_600_000.0 / HoursADay), f.Resets),
            f.SendFailuresBefore is { } failures && f.Readings > 0
                ? AtMost("send_failures", gate.MaxSendFailures, failures, f.SendFailures)
                : new("send_failures", f.SendFailuresBefore, f.SendFailures, null, Unknown),
        ];
        // One sort that can be compared is enough to go on by; where there are never enough people, waiting for them helps nobody.
        bool isEnough = sinceMs >= gate.ProofHours * 3_600_000L || f.CountsAhead < gate.MinCounts
            || Math.Max(f.WifiCountsBefore ?? 0, f.BleCountsBefore ?? 0) >= gate.MinCounts;
        measures.Add(Counts("wifi_counts", gate, f.WifiCountsBefore, f.WifiCounts, isEnough));
        measures.Add(Counts("ble_counts", gate, f.BleCountsBefore, f.BleCounts, isEnough));
        return new BoxHealth(f.Readings, measures);
    }

    /// <summary>Compares a thing. What it does not send is not among the measures.</summary>
    /// <param name="gate">The limits.</param>
    /// <param name="f">What the thing did and does.</param>
    /// <param name="patienceMs">How long a heartbeat may take, ms.</param>
    /// <param name="sinceMs">Time since it runs the release, ms.</param>
    public static BoxHealth OfThing(HealthGate gate, ThingFigures f, long patienceMs, long sinceMs)
    {
        const double minuteMs = 60_000;
        long proofMs = ThingHealthSql.ProofOf(gate);
        return new BoxHealth(0,
        [
            new(
                "heard", null, f.HeardAfterMs < 0 ? null : Math.Round(f.HeardAfterMs / minuteMs, 1), proofMs / minuteMs,
                f.HeardAfterMs >= proofMs ? Well : Waiting),
            Heartbeat(f.HeartbeatsBefore, f.Heartbeats, sinceMs > patienceMs),
            AtLeast("heap", gate.MinHeapPercent, f.HeapBefore, f.Heap),
            AtMost("resets", gate.MaxResets, f.ResetsADayBefore * (sinceMs / 3_600_000.0 / HoursADay), f.Resets),
        ]);
    }

    private static HealthMeasure Rate(HealthGate gate, BoxFigures f)
    {
        // An operator may have made the interval longer meanwhile: then no more is due than that.
        double before = Math.Min(f.ReadingsAnHourBefore ?? f.DueAnHour, f.DueAnHour);
        double limit = before * gate.MinReadingsPercent / 100;
        double? after = f.Readings > 0 && f.Hours > 0 ? f.Readings / f.Hours : null;
        return f.Readings < gate.MinReadings ? new("readings", Round(before), Round(after), Round(limit), Waiting)
            : new(
                "readings", Round(before), Round(after), gate.MinReadingsPercent == 0 ? null : Round(limit), after < limit ? Worse : Well);
    }

    /// <summary>A box sends one at boot, and tries until it is taken: the first one is due at once.</summary>
    private static HealthMeasure Heartbeat(int before, int after, bool isOverdue) => new(
        "heartbeat", before, after, before > 0 ? 1 : null, after > 0 ? Well : before == 0 ? Unknown : isOverdue ? Worse : Waiting);

    private static HealthMeasure AtLeast(string name, int percent, double? before, double? after) =>
        percent == 0 || before is null || after is null
            ? new(name, Round(before), Round(after), null, Unknown)
            : new(name, Round(before), Round(after), Round(before.Value * percent / 100), after < before * percent / 100 ? Worse : Well);

    private static HealthMeasure AtMost(string name, int more, double before, double after) =>
        more == 0
            ? new(name, Round(before), Round(after), null, Unknown)
            : new(name, Round(before), Round(after), Round(before + more), after > before + more ? Worse : Well);

    /// <summary>Few people tell nothing: it is waited until as many would have been counted before as make a difference clear.</summary>
    private static HealthMeasure Counts(string name, HealthGate gate, double? before, double after, bool isEnough) =>
        gate.MinCountsPercent == 0 || before is null ? new(name, Round(before), after, null, Unknown)
        : before < gate.MinCounts ? new(name, Round(before), after, null, isEnough ? Unknown : Waiting)
        : new(
            name, Round(before), after, Round(before.Value * gate.MinCountsPercent / 100),
            after * 100 < before * gate.MinCountsPercent ? Worse : Well);

    private static double? Round(double? value) => value is { } number ? Math.Round(number, 1) : null;
}
