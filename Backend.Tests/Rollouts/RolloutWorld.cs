using JamBox.Backend.Rollouts;
using JamBox.Backend.Storage;
using JamBox.Backend.Insights;
using JamBox.Backend.Tests.Hosting;
using JamBox.Backend.Updates;

namespace JamBox.Backend.Tests.Rollouts;

/// <summary>
/// A fleet of one hardware id with operators who do what they like. It keeps a book of its own, much simpler than what is tested: what
/// each box runs, at which releases it failed, who was taken out; and holds the storage against it after every step.
/// </summary>
internal sealed class RolloutWorld
{
    private static readonly string[] s_progress =
        [AttemptState.Downloading, AttemptState.Verifying, AttemptState.Applying, AttemptState.Staged, AttemptState.Trial];

    private readonly BackendHost _host;
    private readonly Fleet _fleet;
    private readonly Random _random;
    private readonly string _hardware;

    private readonly List<string> _boxes = [];
    private readonly Dictionary<string, int> _runs = [];
    private readonly Dictionary<string, (long Rollout, int Sequence)> _open = [];
    private readonly HashSet<(string Box, int Sequence)> _barred = [];
    private readonly HashSet<(string Box, long Rollout)> _excluded = [];
    private readonly List<(long Id, int Sequence)> _firmware = [];
    private readonly List<long> _rollouts = [];
    private readonly Dictionary<long, (Rollout Rollout, HashSet<string> Staged)> _before = [];
    private readonly Dictionary<string, int> _seen = [];
    /// <summary>Of each box and roll-out that it confirmed: readings of the release since then.</summary>
    private readonly Dictionary<(string Box, long Rollout), int> _fresh = [];
    private readonly HashSet<string> _dead = [];
    private readonly HashSet<string> _sick = [];
    private bool _isFinishing;
    private int _nextSequence;

    public RolloutWorld(BackendHost host, int seed)
    {
        _host = host;
        _fleet = new Fleet(host, firstBox: 2000 + (seed * 100));
        _random = new Random(seed);
        _hardware = $"hw-{seed}";
        _nextSequence = seed * 10_000;
    }

    public List<string> Diary { get; } = ["nothing"];

    public async Task PrepareAsync()
    {
        await ReleaseAsync();
        _boxes.AddRange(await _fleet.BoxesAsync(_random.Next(1, 24), sequence: 1, hardware: _hardware));
        _boxes.ForEach(box => _runs[box] = 1);
        await CreateAsync();
    }

    public async Task StepAsync()
    {
        bool isByTime = false;
        switch (_random.Next(100))
        {
            case < 3:
                await ReleaseAsync();
                break;
            case < 8:
                await CreateAsync();
                break;
            case < 14:
                await OperateAsync("start", static (session, asked) => RolloutSteps.Start(session, (asked.Id, false, "test", asked.Now)));
                break;
            case < 18:
                await OperateAsync(
                    "advance", static (session, asked) => RolloutSteps.Advance(session, (asked.Id, null, "test", asked.Now)));
                break;
            case < 21:
                await OperateAsync("pause", static (session, asked) => RolloutSteps.Pause(session, (asked.Id, "test", asked.Now)));
                break;
            case < 26:
                await OperateAsync("resume", static (session, asked) => RolloutSteps.Resume(session, (asked.Id, "test", asked.Now)));
                break;
            case < 27:
                await OperateAsync("abort", static (session, asked) => RolloutSteps.Abort(session, (asked.Id, "test", asked.Now)));
                break;
            case < 31:
                await ExcludeAsync();
                break;
            case < 33:
                await AllowAsync();
                break;
            case < 35:
                await GrowAsync();
                break;
            case < 38:
                isByTime = true;
                await GoodHourAsync();
                break;
            case < 62:
                await AskAsync();
                break;
            case < 86:
                await MoveAsync();
                break;
            default:
                isByTime = true;
                await PassAsync();
                break;
        }

        Check(isByTime);
    }

    /// <summary>When everybody does well and time passes, what goes by itself comes to its end.</summary>
    public async Task FinishAsync()
    {
        _isFinishing = true;
        _dead.Clear();
        _sick.Clear();
        foreach (long id in _rollouts.Where(id => RolloutState.IsRunning(_fleet.Rollout(id).State)))
        {
            for (int turn = 0; turn < 80 && RolloutState.IsRunning(_fleet.Rollout(id).State); turn++)
            {
                await ReadAsync();
                await _fleet.SpeakAsync([.. _boxes]);
                foreach (string box in _boxes)
                {
                    if (_open.ContainsKey(box) || await AskAsync(box))
                    {
                        await EndAsync(box, AttemptState.Confirmed, null);
                    }
                }

                await ReadAsync();
                await _fleet.PassAsync(TimeSpan.FromMinutes(61));
                await _fleet.PassAsync(TimeSpan.FromMinutes(1));
                Check(isByTime: true);
            }

            Rollout end = _fleet.Rollout(id);
            RolloutView view = _fleet.Store.Read((id, (string?)null, _fleet.Now), RolloutViews.One)!;
            Assert.True(
                end.State == RolloutState.Done
                   
                       
                           
                               
                                   
                                        || (
                                            end.State == RolloutState.Stopped && view.Boxes!.Failed + view.Boxes.RolledBack
                                                + view.Boxes.Silent + view.Boxes.Unhealthy > 0)
                    || end.Reason?.StartsWith("superseded", StringComparison.Ordinal) == true
                    || view.WaitsFor?.StartsWith("an operator", StringComparison.Ordinal) == true
                    || (view.WaitsFor == "a first box that runs the release" && view.Boxes!.Confirmed + view.Boxes.Current == 0),
                $"Roll-out {id} is {end.State} in stage {end.Stage} and waits for {view.WaitsFor}");
        }
    }

    public void Count(Dictionary<string, int> seen)
    {
        foreach ((string word, int count) in _seen)
        {
            seen[word] = seen.GetValueOrDefault(word) + count;
        }

        foreach (long id in _rollouts)
        {
            string state = _fleet.Rollout(id).State;
            seen[state] = seen.GetValueOrDefault(state) + 1;
        }
    }

    private async Task ReleaseAsync()
    {
        int sequence = ++_nextSequence;
        Diary.Add($"release {sequence}");
        _firmware.Add((await _fleet.ReleaseAsync(sequence, hardware: _hardware), sequence));
    }

    private async Task CreateAsync()
    {
        RolloutRequest request = new()
        {
            FirmwareId = _firmware[Math.Max(0, _firmware.Count - 1 - _random.Next(2))].Id,
            Stages = Stages(),
            MaxFailures = _random.Next(6),
            MaxFailurePercent = _random.Next(2) == 0 ? 10 : 100,
            MinSample = _random.Next(1, 12),
            AutoAdvance = _random.Next(4) > 0,
            SoakMinutes = _random.Next(3) * 30,
            SilentHours = _random.Next(1, 48),
            SilentIntervals = _random.Next(3, 60),
            MinProvedPercent = _random.Next(3) * 40,
            Gate = new HealthGate
            {
                MinReadings = _random.Next(1, 6),
                MaxUnhealthyPercent = _random.Next(2) * 50,
                MinReadingsPercent = _random.Next(2) * 50,
            },
            Window = _random.Next(4) == 0 ? new WindowView("22:00", "05:00", "UTC") : null,
            StartAtSeconds = _random.Next(4) == 0 ? (_fleet.Now / 1000) + _random.Next(7200) : null,
        };
        HashSet<string> named = [.. request.Stages.SelectMany(static stage => stage.Devices)];
        request.Exclude = _random.Next(3) == 0 ? [.. _boxes.Where(box => !named.Contains(box)).Take(_random.Next(3))] : [];
        Assert.Null(request.FindFault(_fleet.Now));
        (long id, string? fault) = await _fleet.Store.WriteAsync((request, "test", _fleet.Now), RolloutMaking.Create);
        Assert.Null(fault);
        _rollouts.Add(id);
        _excluded.UnionWith(request.Exclude.Select(box => (box, id)));
        Diary.Add($"create {id}: {string.Join(' ', request.Stages.Select(static s => s.Percent?.ToString() ?? $"[{s.Devices.Count}]"))}");
    }

    private List<RolloutStage> Stages()
    {
        List<RolloutStage> stages = [];
        List<string> free = [.. _boxes.OrderBy(_ => _random.Next())];
        int percent = 0;
        for (int count = _random.Next(1, 5); count > 0 && percent < 100; count--)
        {
            int size = Math.Min(_random.Next(1, 5), free.Count);
            if (size > 0 && _random.Next(3) == 0)
            {
                stages.Add(new RolloutStage(null, free[..size]));
                free.RemoveRange(0, size);
            }
            else
            {
                percent = count == 1 ? 100 : _random.Next(percent + 1, 101);
                stages.Add(new RolloutStage(percent, []));
            }
        }

        return stages;
    }

    private async Task OperateAsync(string verb, Func<SqlSession, (long Id, long Now), StepResult> step)
    {
        // Drafts are started, the others are moved: else most wishes would be refused.
        long[] likely = [.. _rollouts.Where(id => _fleet.Rollout(id).State is var state
            && (verb == "start" ? state == RolloutState.Draft : !RolloutState.IsFinal(state) && state != RolloutState.Draft))];
        long id = likely.Length > 0 && _random.Next(10) > 0
            ? likely[_random.Next(likely.Length)]
            : _rollouts[_random.Next(_rollouts.Count)];
        StepResult result = await _fleet.Store.WriteAsync((id, _fleet.Now), step);
        Diary.Add($"{verb} {id}: {(result.Status == 0 ? "done" : result.Error)}");
    }

    private async Task ExcludeAsync()
    {
        long id = _rollouts[_random.Next(_rollouts.Count)];
        string box = _boxes[_random.Next(_boxes.Count)];
        bool isOut = _random.Next(2) == 0;
        StepResult result = await _fleet.Store.WriteAsync(
            (id, (IReadOnlyList<string>)[box], isOut, (string?)null, "test", _fleet.Now), RolloutMaking.Exclude);
        Diary.Add($"{(isOut ? "exclude" : "include")} {box} {id}: {result.Error}");
        if (result.Status == 0)
        {
            _ = isOut ? _excluded.Add((box, id)) : _excluded.Remove((box, id));
        }
    }

    private async Task AllowAsync()
    {
        string[] barred = [.. _barred.Select(static end => end.Box).Distinct()];
        if (barred.Length > 0)
        {
            string box = barred[_random.Next(barred.Length)];
            Diary.Add($"allow {box}");
            await _fleet.AllowAsync(box);
            _barred.RemoveWhere(end => end.Box == box);
        }
    }

    private async Task GrowAsync()
    {
        string box = (await _fleet.BoxesAsync(1, sequence: 1, hardware: _hardware)).Single();
        Diary.Add($"new {box}");
        _boxes.Add(box);
        _runs[box] = 1;
        await AskAsync(box);
    }

    private Task<bool> AskAsync() => AskAsync(_boxes[_random.Next(_boxes.Count)]);

    private async Task<bool> AskAsync(string box)
    {
        await _fleet.SpeakAsync(box);
        ReleaseChoice choice = await _fleet.AskAsync(box, _runs[box], _hardware);
        Diary.Add($"{box} runs {_runs[box]}, asks: {choice.Reason ?? $"roll-out {choice.RolloutId}"}");
        _seen[choice.Reason ?? "offered"] = _seen.GetValueOrDefault(choice.Reason ?? "offered") + 1;
        CheckChoice(box, choice);
        if (choice.Reason is null)
        {
            _open[box] = (choice.RolloutId, _fleet.Rollout(choice.RolloutId).Sequence);
        }

        return choice.Reason is null;
    }

    private async Task MoveAsync()
    {
        if (_open.Count == 0)
        {
            return;
        }

        string box = _open.Keys.Order().ElementAt(_random.Next(_open.Count));
        await _fleet.SpeakAsync(box);
        switch (_random.Next(20))
        {
            case < 8:
                string state = s_progress[_random.Next(s_progress.Length)];
                Diary.Add($"{box} {state}");
                Assert.True(await _fleet.MoveAsync(box, state));
                break;
            case < 17:
                await EndAsync(box, AttemptState.Confirmed, null);
                break;
            case 17:
                await EndAsync(box, AttemptState.RolledBack, "no_send");
                break;
            case 18:
                await EndAsync(box, AttemptState.Failed, "flash");
                break;
            default:
                await EndAsync(box, AttemptState.Failed, AttemptState.Withdrawn);
                break;
        }
    }

    private async Task EndAsync(string box, string state, string? why)
    {
        (long rollout, int sequence) = _open[box];
        Diary.Add($"{box} {state} {why} of {rollout}");
        _open.Remove(box);
        if (state == AttemptState.Confirmed)
        {
            _runs[box] = sequence;
            _fresh[(box, rollout)] = 0;
            if (!_isFinishing && _random.Next(12) is var luck and < 2)
            {
                Diary.Add($"{box} is {(luck == 0 ? "dead" : "sick")}");
                (luck == 0 ? _dead : _sick).Add(box);
            }
        }
        else if (why != AttemptState.Withdrawn)
        {
            _barred.Add((box, sequence));
        }

        Assert.True(await _fleet.MoveAsync(box, state, why));
        await _fleet.ReportAsync(box, _runs[box], _hardware);
    }

    /// <summary>Boxes ask, take what they get, and time passes in which all but the dead ones are heard.</summary>
    private async Task GoodHourAsync()
    {
        Dictionary<long, int?> stages = _rollouts.ToDictionary(static id => id, id => _fleet.Rollout(id).Stage);
        foreach (string box in _boxes.Where(box => !_dead.Contains(box)))
        {
            if (_open.ContainsKey(box) || await AskAsync(box))
            {
                await EndAsync(box, AttemptState.Confirmed, null);
            }
        }

        // What came of that is not time's doing.
        Check(isByTime: false, verb: "confirmed");
        Diary.Add("two good hours pass");
        for (int turn = 0; turn < 2; turn++)
        {
            await ReadAsync();
            await _fleet.PassAsync(TimeSpan.FromMinutes(61));
        }

        await _fleet.PassAsync(TimeSpan.FromMinutes(1));
        NoteAdvances(stages);
    }

    private void NoteAdvances(Dictionary<long, int?> stages)
    {
        if (_rollouts.Exists(id => stages[id] is not null && _fleet.Rollout(id).Stage > stages[id]))
        {
            _seen["advanced by itself"] = _seen.GetValueOrDefault("advanced by itself") + 1;
        }
    }

    private async Task PassAsync()
    {
        int minutes = _random.Next(4) == 0 ? _random.Next(900) : _random.Next(1, 90);
        Diary.Add($"{minutes} min pass");
        if (_random.Next(60) == 0)
        {
            await _host.RestartAsync();
        }

        Dictionary<long, int?> stages = _rollouts.ToDictionary(static id => id, id => _fleet.Rollout(id).Stage);
        for (int left = minutes; left > 0; left -= 60)
        {
            await ReadAsync();
            await _fleet.PassAsync(TimeSpan.FromMinutes(Math.Min(60, left)));
        }

        await _fleet.PassAsync(TimeSpan.FromMinutes(1));
        NoteAdvances(stages);
    }

    /// <summary>Boxes send what they have counted; but for those that the release killed, and some that have no network.</summary>
    private async Task ReadAsync()
    {
        foreach (string box in _boxes.Where(box => !_dead.Contains(box) && _random.Next(6) > 0))
        {
            int count = _sick.Contains(box) ? 1 : 12;
            await _fleet.ReadAsync(box, _runs[box], count);
            foreach ((string Box, long Rollout) key in _fresh.Keys
                .Where(key => key.Box == box && _fleet.Rollout(key.Rollout).Sequence == _runs[box]).ToArray())
            {
                _fresh[key] += count;
            }
        }
    }

    /// <summary>What a box was told must follow from the book.</summary>
    private void CheckChoice(string box, ReleaseChoice choice)
    {
        (Rollout Rollout, RolloutBox? Box)[] news = [.. _rollouts.Select(_fleet.Rollout).Where(r => r.Sequence > _runs[box])
            .Select(r => (r, _fleet.Boxes(r.Id).Find(b => b.DeviceId == box)))];
        if (choice.Reason is null)
        {
            (Rollout r, RolloutBox? b) = news.Single(one => one.Rollout.Id == choice.RolloutId);
            Assert.Contains(r.State, new[] { RolloutState.Canary, RolloutState.Rolling, RolloutState.Done });
            Assert.NotNull(b?.Stage);
            Assert.DoesNotContain((box, r.Id), _excluded);
            Assert.DoesNotContain((box, r.Sequence), _barred);
            Assert.True(IsOpen(r), "It is not the time of the day.");
            Assert.Equal(Standing.Running, _fleet.StandingOf(box, r.Id));
        }

        // The newest that it could have had is the one that it got, or had to wait for.
        Rollout? best = news.Where(one => one.Box?.Stage is not null
                && !_excluded.Contains((box, one.Rollout.Id)) && !_barred.Contains((box, one.Rollout.Sequence))
                && (RolloutState.IsActive(one.Rollout.State) || one.Rollout.State == RolloutState.Done))
            .Select(static one => one.Rollout).OrderByDescending(static r => r.Sequence).ThenByDescending(static r => r.Id)
                .FirstOrDefault();
        string expected = best is null ? ""
            : best.State == RolloutState.Paused ? RolloutChooser.Paused
            : IsOpen(best) ? $"{best.Id}"
            : RolloutChooser.OutsideWindow;
        if (best is null)
        {
            Assert.Contains(choice.Reason, new[]
            {
                RolloutChooser.NoRelease,
                RolloutChooser.UpToDate,
                RolloutChooser.NotInRollout,
                RolloutChooser.Excluded,
            });
        }
        else
        {
            Assert.Equal(expected, choice.Reason ?? $"{choice.RolloutId}");
        }
    }

    private bool IsOpen(Rollout rollout) => rollout.Window is null || _host.Clock.GetUtcNow().Hour is >= 22 or < 5;

    private void Check(bool isByTime, string? verb = null)
    {
        List<Rollout> now = [.. _rollouts.Select(_fleet.Rollout)];
        Assert.InRange(now.Count(static r => RolloutState.IsActive(r.State)), 0, 1);
        foreach (Rollout rollout in now)
        {
            List<RolloutBox> boxes = _fleet.Boxes(rollout.Id);
            HashSet<string> staged = [.. boxes.Where(static box => box.Stage is not null).Select(static box => box.DeviceId)];
            if (_before.TryGetValue(rollout.Id, out (Rollout Rollout, HashSet<string> Staged) before))
            {
                CheckSteps(before.Rollout, rollout, isByTime, verb ?? Diary[^1].Split(' ')[0]);
                Assert.True(before.Staged.IsSubsetOf(staged), $"Roll-out {rollout.Id} took a box back.");
                CheckShare(rollout, boxes, before.Staged, isByTime);
            }

            CheckFailures(rollout, boxes, isByTime);
            CheckProof(rollout, boxes, isByTime);
            CheckRecords(rollout);
            _before[rollout.Id] = (rollout, staged);
        }
    }

    private void CheckSteps(Rollout before, Rollout after, bool isByTime, string verb)
    {
        if (before.State == after.State && before.Stage == after.Stage)
        {
            return;
        }

        if (after.Reason?.StartsWith("superseded", StringComparison.Ordinal) == true)
        {
            _seen["superseded"] = _seen.GetValueOrDefault("superseded") + 1;
        }

        string step = $"{before.State}>{after.State}";
        string[] allowed = isByTime
            // Stopped by time: a success may make the sample large enough for the failures before it.
            ? ["canary>stopped", "rolling>stopped", "done>stopped", "scheduled>canary", "canary>rolling", "rolling>rolling", "canary>done", "rolling>done",
                "canary>aborted", "rolling>aborted", "paused>aborted", "scheduled>aborted"]
            : verb switch
            {
                "start" => ["draft>canary", "draft>scheduled", "canary>aborted", "rolling>aborted", "paused>aborted", "scheduled>aborted"],
                "advance" => ["canary>rolling", "rolling>rolling", "canary>done", "rolling>done"],
                "pause" => ["canary>paused", "rolling>paused"],
                "resume" => ["paused>canary", "paused>rolling"],
                "abort" => ["draft>aborted", "scheduled>aborted", "canary>aborted", "rolling>aborted", "paused>aborted", "done>aborted"],
                _ => ["canary>stopped", "rolling>stopped", "paused>stopped", "done>stopped"],
            };
        Assert.Contains(step, allowed);
        if (after.Stage != before.Stage)
        {
            // In a time in which the job looks more than once, more than one stage may come to its end.
            Assert.InRange(after.Stage!.Value, (before.Stage ?? -1) + 1, isByTime ? int.MaxValue : (before.Stage ?? -1) + 1);
            Assert.True(RolloutState.IsRunning(before.State) || before.Stage is null, $"A roll-out went on that was {before.State}.");
        }
    }

    /// <summary>A share is exact when it is taken: never a box too many, and when the job has looked, none too few.</summary>
    private void CheckShare(Rollout rollout, List<RolloutBox> boxes, HashSet<string> before, bool isByTime)
    {
        if (rollout.Stage is not { } stage || !(RolloutState.IsRunning(rollout.State) || rollout.State == RolloutState.Done))
        {
            return;
        }

        List<RolloutStage> stages = _fleet.Store.Read(rollout.Id, RolloutSql.Stages);
        int? percent = stages.Take(stage + 1).LastOrDefault(static s => s.Percent is not null)?.Percent;
        List<RolloutBox> counted = boxes.FindAll(box => !_excluded.Contains((box.DeviceId, rollout.Id)) && box.State != BoxState.Excluded);
        int inside = counted.Count(static box => box.Stage is not null);
        int eligible = counted.Count(static box => box.Stage is not null || box.State != BoxState.Current);
        int wanted = percent is null ? 0 : (int)Math.Ceiling(eligible * percent.Value / 100.0);
        int bound = counted.Count(box => before.Contains(box.DeviceId) || box.Listed <= stage);
        Assert.True(
            inside <= Math.Max(wanted, bound), $"Roll-out {rollout.Id}: {inside} boxes in, {wanted} of {eligible} wanted, {bound} bound.");
        if (isByTime && RolloutState.IsRunning(rollout.State))
        {
            Assert.True(
                inside >= Math.Max(wanted, bound),
                $"Roll-out {rollout.Id}: only {inside} boxes in, {wanted} of {eligible} wanted, {bound} bound.");
        }
    }

    /// <summary>What goes by itself goes on proof only: of every box that counts for it the book has readings of the release.</summary>
    private void CheckProof(Rollout rollout, List<RolloutBox> boxes, bool isByTime)
    {
        foreach (RolloutBox box in boxes.Where(static box => box.State == AttemptState.Confirmed && box.ProvedAt is not null))
        {
            Assert.True(
                _fresh.GetValueOrDefault((box.DeviceId, rollout.Id)) >= rollout.Gate.MinReadings,
                $"Roll-out {rollout.Id}: {box.DeviceId} counts as proved with {_fresh.GetValueOrDefault((box.DeviceId, rollout.Id))} readings.");
        }

        if (isByTime && _before.TryGetValue(rollout.Id, out var before) && before.Rollout.Stage is { } stage
            && (rollout.Stage > stage || (rollout.State == RolloutState.Done && before.Rollout.State != RolloutState.Done)))
        {
            // Boxes that came in with this very step are not what it was judged by.
            List<RolloutBox> judged = boxes.FindAll(box => box.Stage <= stage && box.State != BoxState.Excluded);
            // (A box may have done worse, or fallen silent, since: what counts is that it had proved it.)
            int proved = judged.Count(static box => box.State == BoxState.Current || box.ProvedAt is not null);
            Assert.True(
                proved * 100 >= rollout.MinProvedPercent * judged.Count && proved > 0,
                $"Roll-out {rollout.Id} went on with {proved} of {judged.Count} boxes.");
            _seen["went on with proof"] = _seen.GetValueOrDefault("went on with proof") + 1;
        }
    }

    private void CheckFailures(Rollout rollout, List<RolloutBox> boxes, bool isByTime)
    {
        foreach (RolloutBox box in boxes)
        {
            _seen[$"box {box.State}"] = _seen.GetValueOrDefault($"box {box.State}") + 1;
        }

        // Silence makes a failure between two steps too; the job sees it the next time that it looks.
        if (!isByTime || rollout.State == RolloutState.Paused)
        {
            boxes = boxes.FindAll(static box => box.State != BoxState.Silent);
        }

        int failed = boxes.Count(
            box => box.Stage is not null && BoxState.IsFailure(box.State) && !_excluded.Contains((box.DeviceId, rollout.Id)));
        if (RolloutState.IsActive(rollout.State) || rollout.State == RolloutState.Done)
        {
            Assert.InRange(failed, 0, rollout.MaxFailures);
        }
    }

    private void CheckRecords(Rollout rollout)
    {
        Dictionary<string, int> actions = _fleet.Store.Read($"rollout {rollout.Id}", static (session, target) =>
        {
            using SqlStatement row = session.Query("SELECT action, count(*) FROM audit WHERE target = $1 GROUP BY action", target);
            Dictionary<string, int> found = [];
            while (row.Read())
            {
                found[row.Text(0)] = row.Int32(1);
            }

            return found;
        });
        foreach (string once in new[] { "rollout.create", "rollout.start", "rollout.done", "rollout.abort", "rollout.stop" })
        {
            Assert.InRange(actions.GetValueOrDefault(once), 0, 1);
        }

        Assert.Equal(rollout.Stage ?? 0, actions.GetValueOrDefault("rollout.advance"));
        Assert.Equal(rollout.State == RolloutState.Stopped, actions.ContainsKey("rollout.stop"));
        Assert.Equal(rollout.State == RolloutState.Aborted, actions.ContainsKey("rollout.abort"));
    }
}
