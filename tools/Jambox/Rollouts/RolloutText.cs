using System.Globalization;
using JamBox.Bench.Server;

namespace JamBox.Bench.Rollouts;

/// <summary>Roll-outs as lines, and as JSON.</summary>
internal static class RolloutText
{
    private const int Quarters = 4;

    /// <summary>What of the health gate things are judged by: they send heartbeats, no readings.</summary>
    private static readonly string[] s_ofThings = ["max_unhealthy_percent", "min_heap_percent", "max_resets", "proof_hours"];

    /// <summary>What it is at, in a line.</summary>
    /// <param name="row">The roll-out.</param>
    /// <returns>The line.</returns>
    public static string Line(RolloutRow row)
    {
        string why = row.Reason is { } reason ? $": {reason}" : row.WaitsFor is { } hold ? $", waits for {hold}" : string.Empty;
        return string.Create(CultureInfo.InvariantCulture, $"roll-out {row.Id} of {row.Version}: {row.StateText}{why}");
    }

    /// <summary>What a box is at, in a line. Of a download only quarters are told: a log needs no more.</summary>
    /// <param name="box">The box.</param>
    /// <returns>The line.</returns>
    public static string Line(BoxRow box)
    {
        string chunks = box.State == "downloading" && box.ChunkCount > 0
            ? string.Create(
                CultureInfo.InvariantCulture, $" {box.Chunks * Quarters / box.ChunkCount * (100 / Quarters)} % of {box.ChunkCount} chunks")
            : string.Empty;
        string why = box.Because.Length == 0 ? string.Empty : $": {box.Because}";
        return $"{box.DeviceId} {box.State}{chunks}{why}{(box.LeftBehind ? " (not waited for)" : string.Empty)}";
    }

    /// <summary>Its rules, for people.</summary>
    /// <param name="row">The roll-out.</param>
    /// <returns>The lines.</returns>
    public static IEnumerable<string> Rules(RolloutRow row)
    {
        yield return string.Create(
            CultureInfo.InvariantCulture,
            $"stops itself at more than {row.MaxFailures} failures or {row.MaxFailurePercent} %; {(row.AutoAdvance ? $"goes on by itself {row.SoakMinutes} minutes after a stage" : "goes on only by 'rollout advance'")}; serves {row.Noun} {row.Window?.Text ?? "at any time"}");
        yield return string.Create(
            CultureInfo.InvariantCulture,
            $"a {(row.IsOfThings ? "thing" : "box")} has failed when it is silent for {row.SilentIntervals} report intervals with the new image; is not waited for when silent for {row.SilentHours} h with the old one; {row.MinProvedPercent} % must have proved it");
        if (row.Target is { } target)
        {
            yield return $"only for {row.Noun} {target.Text}, and those named in stages";
        }

        yield return $"health gate: {string.Join(", ", row.HealthGate.Where(pair => !row.IsOfThings || Array.IndexOf(s_ofThings, pair.Key) >= 0).Select(static pair => string.Create(CultureInfo.InvariantCulture, $"{pair.Key} {pair.Value}")))}";
        foreach (ObstacleRow obstacle in row.Obstacles ?? [])
        {
            yield return obstacle.Text;
        }

        if (row.Boxes is { } boxes && boxes.Confirmed + boxes.Unhealthy + boxes.Silent > 0)
        {
            yield return string.Create(
                CultureInfo.InvariantCulture,
                $"{boxes.Confirmed} confirmed, {boxes.Proved} of them proved it; {boxes.Unhealthy} do worse than before, {boxes.Silent} are silent");
        }

        if (row.Statistics is { Ended: > 0 } statistics)
        {
            yield return string.Create(
                CultureInfo.InvariantCulture,
                $"{statistics.Succeeded} of {statistics.Ended} ended well ({statistics.SuccessPercent} %){(statistics.SecondsP50 is { } half ? $", half of them within {TimeSpan.FromSeconds(half)}, nine of ten within {TimeSpan.FromSeconds(statistics.SecondsP90 ?? half)}" : string.Empty)}");
        }

        if (row.Notes is not null)
        {
            yield return $"notes: {row.Notes}";
        }
    }

    /// <summary>For programs.</summary>
    /// <param name="row">The roll-out.</param>
    /// <param name="boxes">Its boxes, when they are wanted.</param>
    /// <returns>What to write as JSON.</returns>
    public static object Object(RolloutRow row, IEnumerable<BoxRow>? boxes = null)
    {
        var fields = new Dictionary<string, object?>
        {
            ["id"] = row.Id,
            ["firmware_id"] = row.FirmwareId,
            ["version"] = row.Version,
            ["hw"] = row.Hw,
            ["product"] = row.Product,
            ["platform"] = row.Platform,
            ["env"] = row.Env,
            ["state"] = row.State,
            ["reason"] = row.Reason,
            ["cause"] = row.Cause,
            ["stage"] = row.Stage,
            ["waits_for"] = row.WaitsFor,
            ["stages"] = row.Stages.Select(static stage => new { percent = stage.Percent, devices = stage.Devices }),
        };
        if (row.Target is { } target)
        {
            fields["target"] = new { places = target.Places, tags = target.Tags };
        }

        if (row.Obstacles is { Length: > 0 } obstacles)
        {
            fields["obstacles"] = obstacles.Select(static o => new { reason = o.Reason, count = o.Count, devices = o.Devices });
        }

        if (boxes is not null)
        {
            fields["boxes"] = boxes.Select(Object);
        }

        return fields;
    }

    /// <summary>For programs.</summary>
    /// <param name="box">The box.</param>
    /// <returns>What to write as JSON.</returns>
    public static object Object(BoxRow box) => new
    {
        device_id = box.DeviceId, stage = box.Stage, state = box.State, why = box.Why, left_behind = box.LeftBehind, version = box.Version,
        chunks = box.Chunks, chunk_count = box.ChunkCount,
    };
}
