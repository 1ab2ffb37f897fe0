using System.Globalization;
using System.Text.Json.Nodes;
using JamBox.Twin.Time;

namespace JamBox.Twin.Ota.Demo;

/// <summary>
/// Somebody at the backend's admin API, in virtual time and in the order of all exchanges: releases, rolls out, looks every minute, and
/// says when it is over.
/// </summary>
internal sealed class DemoDesk(DemoWorld world, IReadOnlyList<string> ids, ReleaseDesk desk, IDemoScreen screen)
{
    /// <summary>Share of failures that the roll-out bears, per cent: one box of the fewest.</summary>
    public const int MaxFailurePercent = 20;

    /// <summary>Failures that it bears.</summary>
    public const int MaxFailures = 2;

    private const int MinuteMs = 60_000;
    private const long HourMs = 60 * MinuteMs;
    private const int SoakMinutes = 20;

    // By then every box is on, and has told what it runs.
    private const long ReleaseAfterMs = 65 * MinuteMs;

    // Every box asks once more in this time, also the one that must not be offered it again.
    private const long AfterwardsMs = 65 * MinuteMs;
    private const long PatienceMs = 30 * HourMs;

    // Boxes write into the diary a little after they passed a time.
    private const long DiaryLagMs = 1_000;

    private readonly VirtualClock _clock = New(world);
    private string _phase = string.Empty;

    /// <summary>The build that was rolled out.</summary>
    public long FirmwareId { get; private set; }

    /// <summary>The roll-out.</summary>
    public long RolloutId { get; private set; }

    /// <summary>How the roll-out ended.</summary>
    public string State { get; private set; } = string.Empty;

    /// <summary>Bytes of the patch.</summary>
    public int PatchBytes { get; private set; }

    /// <summary>Virtual ms that it all took.</summary>
    public long VirtualMs => _clock.NowMs;

    /// <summary>Does it all.</summary>
    /// <param name="stop">Ends it early.</param>
    public void Work(CancellationToken stop)
    {
        try
        {
            Say(
                string.Create(
                    CultureInfo.InvariantCulture,
                    $"{ids.Count} boxes are switched on one after the other; all run {world.First.Version}, {world.OldImage.Length:N0} bytes"));
            SleepUntil(ReleaseAfterMs, stop);
            Release();
            AwaitPatch(stop);
            RollOut();
            long patienceMs = _clock.NowMs + PatienceMs;
            while (!IsOver() && _clock.NowMs < patienceMs)
            {
                SleepUntil(_clock.NowMs + MinuteMs, stop);
            }

            world.EndUtcMs = _clock.UtcNowMs + AfterwardsMs;
            Say("One hour more: do all go on counting, and is the box that rolled back left alone?");
            SleepUntil(_clock.NowMs + AfterwardsMs, stop);
        }
        finally
        {
            world.EndUtcMs = Math.Min(world.EndUtcMs, _clock.UtcNowMs + HourMs);
            _clock.Seat!.Leave();
        }
    }

    /// <summary>Tells what boxes wrote down since the last look.</summary>
    /// <param name="beforeUtcMs">Before this time only.</param>
    public void ReadDiary(long beforeUtcMs)
    {
        foreach ((long utcMs, string text) in world.Diary.Take(beforeUtcMs))
        {
            screen.Say(utcMs, text);
        }
    }

    private static VirtualClock New(DemoWorld world)
    {
        long startMs = world.Start.ToUnixTimeMilliseconds();
        return new VirtualClock(startMs) { Seat = world.Order.Join(world.Options.Boxes, startMs) };
    }

    private static string Path(string path, long id) => string.Create(CultureInfo.InvariantCulture, $"/api/ota/{path}/{id}");

    private void Release()
    {
        FirmwareId = Ask(() => desk.UploadAsync(world.NewImage, world.Release, world.Key));
        Say(string.Create(
            CultureInfo.InvariantCulture,
            $"Release: {world.Release.Version}, {world.NewImage.Length:N0} bytes, signed with a key made for this run, uploaded as build {FirmwareId}"));
    }

    private void AwaitPatch(CancellationToken stop)
    {
        List<JsonNode> patches = [];
        for (int i = 0; patches.Count == 0; i++)
        {
            if (i == 10)
            {
                throw new InvalidOperationException("the backend has made no patch in ten minutes");
            }

            SleepUntil(_clock.NowMs + MinuteMs, stop);
            JsonNode build = Ask(() => desk.GetAsync(Path("firmware", FirmwareId)));
            patches = [.. build["patches"]!.AsArray().Where(patch => patch!["base_version"]?.GetValue<string>() == world.First.Version && patch["state"]?.GetValue<string>() == "ready").Select(patch => patch!)];
        }

        JsonNode own = patches.Find(patch => patch["profile"]!.GetValue<string>() == "L") ?? patches[0];
        PatchBytes = own["size"]!.GetValue<int>();
        Say(string.Create(
            CultureInfo.InvariantCulture,
            $"Patch: from {world.First.Version}, by the backend's background job: {PatchBytes:N0} bytes, {own["chunks"]} chunks, {100.0 * PatchBytes / world.NewImage.Length:N1} % of the image"));
    }

    private void RollOut()
    {
        var canary = new JsonArray([.. ids.Take(DemoOptions.CanaryBoxes).Select(id => JsonValue.Create(id))]);
        JsonNode made = Ask(() => desk.PostAsync("/api/ota/rollouts", new JsonObject
        {
            ["firmware_id"] = FirmwareId,
            ["stages"] = new JsonArray(new JsonObject { ["devices"] = canary }, new JsonObject { ["percent"] = 100 }),
            ["max_failures"] = MaxFailures,
            ["max_failure_percent"] = MaxFailurePercent,
            ["auto_advance"] = true,
            ["soak_minutes"] = SoakMinutes,
        }));
        RolloutId = made["id"]!.GetValue<long>();
        Ask(() => desk.PostAsync(Path("rollouts", RolloutId) + "/start", null));
    }

    // Looks, and tells what is new.
    private bool IsOver()
    {
        JsonNode view = Ask(() => desk.GetAsync(Path("rollouts", RolloutId)));
        JsonArray boxes = Ask(() => desk.GetAsync(Path("rollouts", RolloutId) + "/devices?limit=1000")).AsArray();
        State = view["state"]!.GetValue<string>();
        int stage = view["stage"]?.GetValue<int>() ?? 0;
        string phase = $"{State} {stage}";
        if (phase != _phase)
        {
            Enter(stage, view);
            _phase = phase;
        }

        screen.Show(Progress(stage, boxes));
        return State is "done" or "stopped" or "aborted";
    }

    private void Enter(int stage, JsonNode view)
    {
        string ended = string.Create(
            CultureInfo.InvariantCulture, $"{view["statistics"]!["succeeded"]} of {view["statistics"]!["ended"]} boxes confirmed");
        Say(State switch
        {
            "canary" => string.Create(
                CultureInfo.InvariantCulture,
                $"Canary: {string.Join(", ", ids.Take(DemoOptions.CanaryBoxes))}; then {SoakMinutes} minutes of watching; {MaxFailures} failures are borne, and {MaxFailurePercent} %"),
            "rolling" => $"Canary is through, {ended}; stage {stage}: the other {ids.Count - DemoOptions.CanaryBoxes} boxes",
            _ => $"The roll-out is {State}: {ended}" + (view["reason"]?.GetValue<string>() is { } reason ? $" ({reason})" : string.Empty),
        });
    }

    private DemoProgress Progress(int stage, JsonArray boxes)
    {
        var canary = new HashSet<string>(ids.Take(DemoOptions.CanaryBoxes), StringComparer.Ordinal);
        List<(string Id, string State)> rows =
            [.. boxes.Select(box => (box!["device_id"]!.GetValue<string>(), box["state"]!.GetValue<string>()))];
        List<string> ended =
            [.. rows.Where(row => row.State is "confirmed" or "failed" or "rolled_back" or "excluded").Select(row => row.Id)];
        var inStage = rows.Where(row => stage > 0 || canary.Contains(row.Id));
        string counts = string.Join(
            " · ", inStage.CountBy(row => row.State).OrderBy(state => Rank(state.Key)).Select(state => $"{state.Key} {state.Value}"));
        int canaryEnded = ended.Count(canary.Contains);
        return new DemoProgress(_clock.UtcNowMs, stage, counts, canaryEnded, ended.Count - canaryEnded);
    }

    private static int Rank(string state) =>
        Array.IndexOf(
            ["waiting", "offered", "downloading", "verifying", "applying", "staged", "trial", "confirmed", "rolled_back", "failed",
                "excluded"], state);

    private void Say(string text)
    {
        ReadDiary(_clock.UtcNowMs - DiaryLagMs);
        screen.Say(_clock.UtcNowMs, text);
    }

    private void SleepUntil(long nowMs, CancellationToken stop)
    {
        while (_clock.NowMs < nowMs)
        {
            stop.ThrowIfCancellationRequested();
            _clock.Sleep((int)Math.Min(MinuteMs, nowMs - _clock.NowMs));
        }

        // The turn in the order: all boxes are past this time.
        _clock.Seat!.Exchange(_clock.UtcNowMs, () => ReadDiary(_clock.UtcNowMs - DiaryLagMs));
    }

    private T Ask<T>(Func<Task<T>> question)
    {
        T answer = default!;
        _clock.Seat!.Exchange(_clock.UtcNowMs, () => answer = question().GetAwaiter().GetResult());
        return answer;
    }
}
