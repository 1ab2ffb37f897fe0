using JamBox.Backend.Rollouts;
using JamBox.Backend.Tests.Hosting;
using JamBox.Backend.Updates;

using Xunit.Abstractions;

namespace JamBox.Backend.Tests.Rollouts;

/// <summary>
/// Operators, things and time do what they like, in any order, over HTTP; a book that is much simpler than what is tested says what each
/// thing must be given. Seeds are fixed; JAMBOX_ROLLOUT_SEED replays one, JAMBOX_ROLLOUT_SEEDS tries more, JAMBOX_ROLLOUT_STEPS makes them
/// longer.
/// </summary>
public abstract class ThingRolloutModelTests(BackendHost shared, ITestOutputHelper output) : ThingFleet(shared)
{
    private static readonly string[] s_steps =
        ["start", "start", "start", "advance", "pause", "resume", "resume", "abort", "exclude", "include", "allow"];

    private readonly List<string> _diary = ["nothing"];
    private readonly Dictionary<string, int> _seen = [];
    private readonly HashSet<(string Thing, long Rollout)> _excluded = [];
    private readonly HashSet<(string Thing, int Minor)> _barred = [];
    private readonly Dictionary<string, int> _runs = [];
    private readonly Dictionary<string, int> _pins = [];
    private readonly Dictionary<string, (int To, DateTimeOffset? EndedAt)> _updates = [];
    private readonly Dictionary<string, DateTimeOffset> _heard = [];
    private readonly Dictionary<long, string[]> _staged = [];
    private readonly List<(long Id, int Minor)> _rollouts = [];
    private Fleet _fleet = null!;
    private Random _random = null!;
    private string _product = "";
    private int _newest;

    [Fact]
    public async Task WhateverHappensEachThingGetsWhatIsMeantForIt()
    {
        int steps = Number("JAMBOX_ROLLOUT_STEPS", 150);
        int first = Number("JAMBOX_ROLLOUT_SEED", 1);
        int count = Environment.GetEnvironmentVariable("JAMBOX_ROLLOUT_SEED") is null
            ? Number("JAMBOX_ROLLOUT_SEEDS", Host.Storage == TestStorage.Sqlite ? 5 : 2)
            : 1;
        _fleet = new Fleet(Host);
        for (int seed = first; seed < first + count; seed++)
        {
            await PrepareAsync(seed);
            for (int step = 0; step < steps; step++)
            {
                try
                {
                    await StepAsync();
                    Check();
                }
                catch (Exception e)
                {
                    output.WriteLine(string.Join('\n', _diary.TakeLast(40)));
                    throw new InvalidOperationException(
                        $"Seed {seed}, step {step}, after: {_diary[^1]}. Again with: JAMBOX_ROLLOUT_SEED={seed} "
                        + $"JAMBOX_ROLLOUT_STEPS={steps} dotnet test Backend.Tests --filter {GetType().Name}", e);
                }
            }
        }

        output.WriteLine(string.Join(", ", _seen.OrderBy(static pair => pair.Key).Select(static pair => $"{pair.Key} {pair.Value}")));
        string[] wanted = ["offered", "kept", "pinned", "paused", "refused", "allowed", "proved", "went back", "stopped", "done"];
        Assert.True(
            count < 5 || steps < 150 || wanted.All(_seen.ContainsKey),
            "The worlds did not come to: " + string.Join(", ", wanted.Where(word => !_seen.ContainsKey(word))));
    }

    private async Task PrepareAsync(int seed)
    {
        _random = new Random(seed);
        _product = $"clock{seed}";
        _rollouts.Clear();
        _runs.Clear();
        _updates.Clear();
        Alive.Clear();
        _newest = 0;
        await UploadAsync();
        foreach (string thing in await ThingsAsync(_random.Next(2, 9), VersionOf(0), _product))
        {
            Take(thing);
        }

        await UploadAsync();
        await MakeAsync();
    }

    private async Task StepAsync()
    {
        string thing = _runs.Keys.Order().ElementAt(_random.Next(_runs.Count));
        switch (_random.Next(100))
        {
            case < 3:
                await UploadAsync();
                break;
            case < 8:
                await MakeAsync();
                break;
            case < 20:
                await OperateAsync(thing);
                break;
            case < 22:
                await PinAsync(thing);
                break;
            case < 24:
                Take((await ThingsAsync(1, VersionOf(_random.Next(_newest + 1)), _product)).Single());
                break;
            case < 50:
                await AskAsync(thing);
                break;
            case < 75:
                await MoveAsync(thing);
                break;
            default:
                int minutes = _random.Next(1, 60);
                _diary.Add($"{minutes} min pass");
                await PassAsync(TimeSpan.FromMinutes(minutes));
                foreach (string one in _runs.Keys)
                {
                    Beaten(one);
                }

                break;
        }
    }

    private async Task UploadAsync()
    {
        _diary.Add($"upload {VersionOf(_rollouts.Count == 0 && _runs.Count == 0 ? 0 : _newest + 1)}");
        _newest = _runs.Count == 0 && _rollouts.Count == 0 ? 0 : _newest + 1;
        await ReleaseAsync(VersionOf(_newest), _product);
    }

    private async Task MakeAsync()
    {
        int minor = Math.Max(1, _newest - _random.Next(2));
        int canary = _random.Next(1, 100);
        string named = _runs.Keys.Order().ElementAt(_random.Next(_runs.Count));
        string stages = _random.Next(3) switch
        {
            0 => $$"""{"devices":["{{named}}"]},{"percent":100}""",
            1 => $$"""{"percent":{{canary}}},{"percent":100}""",
            _ => """{"percent":100}""",
        };
        long id = await MakeAsync(
            stages, $$""","max_failures":{{_random.Next(1, 5)}},"soak_minutes":{{_random.Next(2) * 30}}""", VersionOf(minor), _product);
        _rollouts.Add((id, minor));
        _diary.Add($"make {id} of {VersionOf(minor)}: {stages}");
    }

    private async Task OperateAsync(string thing)
    {
        (long id, int minor) = _rollouts[_random.Next(_rollouts.Count)];
        string step = s_steps[_random.Next(s_steps.Length)];
        if (step == "abort" && _random.Next(3) > 0)
        {
            return;
        }

        string path = step == "allow" ? $"/api/device/{thing}/ota/allow?version={VersionOf(minor)}" : $"/api/ota/rollouts/{id}/{step}";
        string? body = step is "exclude" or "include" ? $$"""{"devices":["{{thing}}"]}""" : null;
        (int status, _) = await AdminAsync(HttpMethod.Post, path, body);
        _diary.Add($"{step} {(step == "allow" ? VersionOf(minor) : id)} {thing}: {status}");
        if (status is < 200 or >= 300)
        {
            return;
        }

        _ = step switch
        {
            "exclude" => _excluded.Add((thing, id)),
            "include" => _excluded.Remove((thing, id)),
            "allow" => _barred.Remove((thing, minor)),
            _ => false,
        };
    }

    private async Task PinAsync(string thing)
    {
        if (_pins.Remove(thing))
        {
            _diary.Add($"unpin {thing}");
            await DoAsync(HttpMethod.Delete, $"/api/devices/{thing}/pin-version");
            return;
        }

        _pins[thing] = _random.Next(_newest + 1);
        _diary.Add($"pin {thing} to {VersionOf(_pins[thing])}");
        await DoAsync(HttpMethod.Post, $"/api/devices/{thing}/pin-version", $$"""{"version":"{{VersionOf(_pins[thing])}}"}""");
    }

    private async Task AskAsync(string thing)
    {
        if (_random.Next(4) == 0)
        {
            await AskForAsync(thing, _random.Next(_newest + 1));
            return;
        }

        string got = await base.AskAsync(thing);
        (int minor, string how) = Meant(thing);
        _diary.Add($"{thing} runs {VersionOf(_runs[thing])}, gets {got} ({how})");
        Note(how);
        Assert.Equal(VersionOf(minor), got);
        if (how == "offered" && _random.Next(6) > 0)
        {
            await BeginsAsync(thing, minor);
        }
    }

    private async Task AskForAsync(string thing, int minor)
    {
        string got = await base.AskAsync(thing, VersionOf(minor));
        (int meant, string how) = Meant(thing);
        bool mayHave = minor == meant || (how != "pinned" && minor <= Math.Max(_runs[thing], Before()))
            || (how == "pinned" && MayHaveUnpinned(thing, minor));
        _diary.Add($"{thing} runs {VersionOf(_runs[thing])}, asks for {VersionOf(minor)}, gets {got}");
        Note(mayHave ? "allowed" : "refused");
        Assert.Equal(mayHave ? VersionOf(minor) : "403", mayHave ? got : got.Split(' ')[0]);
    }

    /// <summary>A pinned thing that asks for another version is kept from what is newer by its pin.</summary>
    private bool MayHaveUnpinned(string thing, int minor) => minor <= Math.Max(_runs[thing], Before());

    private async Task BeginsAsync(string thing, int minor)
    {
        _diary.Add($"{thing} begins {VersionOf(minor)}");
        if (_updates.TryGetValue(thing, out var open) && open.EndedAt is null)
        {
            // What it was at is given up by that; five times are a failure, which the book lets never happen.
            return;
        }

        await SayAsync(thing, $$"""{"event":"start","old_version":"{{VersionOf(_runs[thing])}}","new_version":"{{VersionOf(minor)}}"}""");
        Heard(thing);
        _updates[thing] = (minor, null);
    }

    private async Task MoveAsync(string thing)
    {
        string[] open = [.. _updates.Where(static one => one.Value.EndedAt is null).Select(static one => one.Key).Order()];
        thing = open.Length > 0 && _random.Next(4) > 0 ? open[_random.Next(open.Length)] : thing;
        if (!_updates.TryGetValue(thing, out var update))
        {
            return;
        }

        int luck = _random.Next(20);
        if (update.EndedAt is not null)
        {
            if (luck < 8 && _runs[thing] == update.To && Host.Clock.GetUtcNow() - update.EndedAt > TimeSpan.FromMinutes(5)
                && _rollouts.Exists(one => one.Minor == update.To))
            {
                // It runs the image before again.
                await GoBackAsync(thing, update.To);
            }

            return;
        }

        Heard(thing);
        switch (luck)
        {
            case < 4:
                _diary.Add($"{thing} goes on");
                await SayAsync(thing, $$"""{"event":"progress","progress":{{_random.Next(101)}}}""");
                break;
            case < 19:
                _diary.Add($"{thing} runs {VersionOf(update.To)}");
                await SayAsync(thing, """{"event":"complete","status":"success"}""");
                _runs[thing] = update.To;
                Alive[thing] = VersionOf(update.To);
                _updates[thing] = (update.To, Host.Clock.GetUtcNow());
                break;
            default:
                _diary.Add($"{thing} fails");
                await FailAsync(thing);
                _barred.Add((thing, update.To));
                _updates.Remove(thing);
                break;
        }
    }

    private async Task GoBackAsync(string thing, int from)
    {
        string before = (await GetAsync($"/api/ota-logs?device_id={thing}"))[0].GetProperty("old_version").GetString()!;
        _runs[thing] = int.Parse(before.Split('.')[1]);
        _diary.Add($"{thing} goes back to {before}");
        await BeatAsync(thing, before);
        Beaten(thing);
        Alive[thing] = before;
        _barred.Add((thing, from));
        _updates.Remove(thing);
        Note("went back");
    }

    /// <summary>What a thing must be given, by the book.</summary>
    private (int Minor, string How) Meant(string thing)
    {
        if (_pins.TryGetValue(thing, out int pin))
        {
            return (pin, "pinned");
        }

        Rollout? best = _rollouts.Where(one => one.Minor > _runs[thing]).Select(one => (one.Minor, Rollout: _fleet.Rollout(one.Id)))
            .Where(one => (RolloutState.IsActive(one.Rollout.State) || one.Rollout.State == RolloutState.Done)
                && !_excluded.Contains((thing, one.Rollout.Id)) && !_barred.Contains((thing, one.Minor))
                && !HasSucceeded(thing, one.Rollout.Id)
                && _fleet.Boxes(one.Rollout.Id).Exists(box => box.DeviceId == thing && box.Stage is not null))
            .OrderByDescending(static one => one.Minor).ThenByDescending(static one => one.Rollout.Id)
            .Select(static one => one.Rollout).FirstOrDefault();
        return best is null ? (Math.Max(_runs[thing], Before()), "kept")
            : best.State == RolloutState.Paused ? (Math.Max(_runs[thing], Before()), "paused")
            : (_rollouts.Find(one => one.Id == best.Id).Minor, "offered");
    }

    /// <summary>It came to it and left it again by another update: it is not offered it twice.</summary>
    private bool HasSucceeded(string thing, long rollout) =>
        _fleet.Boxes(rollout).Find(box => box.DeviceId == thing)?.State is AttemptState.Confirmed or BoxState.Unhealthy or BoxState.Silent;

    /// <summary>The newest that was everybody's before the first roll-out.</summary>
    private int Before() => _rollouts.Where(one => _fleet.Rollout(one.Id) is var rollout
        && (rollout.StartedAt is not null || rollout.State is RolloutState.Draft or RolloutState.Scheduled))
        .Select(static one => one.Minor).DefaultIfEmpty(_newest + 1).Min() - 1;

    private void Check()
    {
        List<Rollout> now = [.. _rollouts.Select(one => _fleet.Rollout(one.Id))];
        Assert.InRange(now.Count(static rollout => RolloutState.IsActive(rollout.State)), 0, 1);
        foreach (Rollout rollout in now)
        {
            List<RolloutBox> boxes = _fleet.Boxes(rollout.Id);
            string[] staged = [.. boxes.Where(static box => box.Stage is not null).Select(static box => box.DeviceId)];
            Assert.Empty(_staged.GetValueOrDefault(rollout.Id, []).Except(staged));
            _staged[rollout.Id] = staged;
            if (RolloutState.IsActive(rollout.State) || rollout.State == RolloutState.Done)
            {
                int failed = boxes.Count(box => box.Stage is not null && box.State is AttemptState.Failed or AttemptState.RolledBack);
                Assert.InRange(failed, 0, rollout.MaxFailures);
            }

            // Proof is a word a quarter of an hour after the success.
            foreach (RolloutBox box in boxes.Where(static box => box.State == AttemptState.Confirmed && box.ProvedAt is not null))
            {
                Assert.InRange(
                    _heard[box.DeviceId].ToUnixTimeMilliseconds() - box.EndedAt!.Value, ThingHealthSql.ProofMs, long.MaxValue);
                Note("proved");
            }

            if (rollout.State is RolloutState.Stopped or RolloutState.Done)
            {
                Note(rollout.State);
            }
        }
    }

    private void Take(string thing)
    {
        _runs[thing] = int.Parse(Alive[thing].Split('.')[1]);
        _diary.Add($"new {thing} with {Alive[thing]}");
        Heard(thing);
    }

    /// <summary>A heartbeat ends an update of which nothing was heard for long.</summary>
    private void Beaten(string thing)
    {
        Heard(thing);
        if (_updates.TryGetValue(thing, out var update) && update.EndedAt is null
            && _fleet.Store.Read(thing, static (session, id) =>
            {
                using var row = session.Query("SELECT 1 FROM ota_sessions WHERE device_id = $1 AND ended_at IS NULL", id);
                return !row.Read();
            }))
        {
            _barred.Add((thing, update.To));
            _updates.Remove(thing);
        }
    }

    private void Heard(string thing) => _heard[thing] = Host.Clock.GetUtcNow();

    private void Note(string what) => _seen[what] = _seen.GetValueOrDefault(what) + 1;

    private static string VersionOf(int minor) => $"v1.{minor}.0";

    private static int Number(string name, int otherwise) => int.Parse(Environment.GetEnvironmentVariable(name) ?? $"{otherwise}");
}
