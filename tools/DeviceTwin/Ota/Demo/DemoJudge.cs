using JamBox.Ports;

namespace JamBox.Twin.Ota.Demo;

/// <summary>What is expected of the demonstration, box by box.</summary>
internal sealed class DemoJudge(DemoWorld world, IReadOnlyDictionary<string, (string State, string Why)> standings)
{
    private const string Confirmed = "confirmed";
    private const string RolledBack = "rolled_back";
    private const string TrialBoots = "trial_boots";

    /// <summary>Bytes of requests and answers that a chunk may cost beside its own, on the mean over the boxes.</summary>
    private const double MostBesideAChunk = 80;

    private readonly List<string> _problems = [];

    /// <summary>Judges.</summary>
    /// <param name="rollout">How the roll-out ended.</param>
    /// <param name="boxes">The boxes.</param>
    /// <returns>What is not as expected.</returns>
    public IReadOnlyList<string> Judge(string rollout, IReadOnlyList<DemoBox> boxes)
    {
        Expect(rollout == "done", $"the roll-out is {rollout}, not done");
        foreach (DemoBox box in boxes)
        {
            JudgeBox(box);
            if (box.Role == DemoRole.BadImage)
            {
                JudgeRolledBack(box);
            }
            else
            {
                JudgeUpdated(box);
            }
        }

        double beside = (double)boxes.Sum(box => box.Meter.ChunkOverhead) / Math.Max(boxes.Sum(box => box.Meter.Chunks), 1);
        Expect(
            beside is > 0 and <= MostBesideAChunk, FormattableString.Invariant($"a chunk costs {beside:N1} bytes beside its own"));
        Expect(boxes.Sum(box => box.Meter.CountedAfter) > 0, "no box counts anybody after its update");
        return _problems;
    }

    // Lost readings, wrong counts, stored twice: the invariants find them.
    private void JudgeBox(DemoBox box)
    {
        box.Invariants.Finish(world.Backend.DatabasePath);
        _problems.AddRange(box.Invariants.Problems.Words.Select(problem => $"{box.Id}: {problem}"));
        Expect(box.Bridge.Failure is null, $"{box.Id}: the way to the backend failed: {box.Bridge.Failure?.Message}");
        Expect(box.Lost == 0, $"{box.Id}: {box.Lost} readings are lost");
        Expect(box.Meter.ReadingsAfter > 0, $"{box.Id} closes no reading after its update");
    }

    private void JudgeUpdated(DemoBox box)
    {
        (string state, string why) = standings.GetValueOrDefault(box.Id);
        Expect(
            box.Device.Firmware?.Version == world.Release.Version && box.Device.Slots.State == SlotState.Confirmed && state == Confirmed,
            $"{box.Id} runs {box.Device.Firmware?.Version}, {box.Device.Slots.State}, and the backend has it as {state} {why}");
        if (box.Supply is { } supply)
        {
            foreach (string phase in BadSupply.Phases)
            {
                Expect(supply.Losses.GetValueOrDefault(phase) > 0, $"{box.Id}: its power never failed in the phase '{phase}'");
            }
        }
    }

    private void JudgeRolledBack(DemoBox box)
    {
        (string state, string why) = standings.GetValueOrDefault(box.Id);
        Expect(
            box.Device.Firmware?.Version == world.First.Version && box.Device.Slots.State == SlotState.RolledBack && state == RolledBack
                && why == TrialBoots,
            $"{box.Id} runs {box.Device.Firmware?.Version}, {box.Device.Slots.State}, and the backend has it as {state} {why}; expected was a roll-back for {TrialBoots}");
        Expect(
            box.Meter.ChecksAfter > 0 && box.Meter.OffersAfter == 0,
            $"{box.Id} asked {box.Meter.ChecksAfter} times after its roll-back and was offered the release {box.Meter.OffersAfter} times");
    }

    private void Expect(bool holds, string problem)
    {
        if (!holds)
        {
            _problems.Add(problem);
        }
    }
}
