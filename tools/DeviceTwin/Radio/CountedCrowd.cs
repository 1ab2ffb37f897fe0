using JamBox.App;
using JamBox.Counting;
using JamBox.Readings;
using JamBox.Storage;
using JamBox.Twin.Time;

namespace JamBox.Twin.Radio;

/// <summary>
/// Days of a crowd as a box counts them, beside who was there: the firmware's own counting, channels and time slices, without modem and
/// backend, so that a week takes seconds.
/// </summary>
internal static class CountedCrowd
{
    private const int DrainMs = 200;
    private const int SaltBytes = PeopleCounter.SaltLength;

    /// <summary>Lets a box count.</summary>
    /// <param name="seed">The same seed, the same rows.</param>
    /// <param name="options">What kind of crowd.</param>
    /// <param name="start">When it begins, UTC; a multiple of five minutes.</param>
    /// <param name="days">For how long.</param>
    /// <returns>One row for each five minutes, in their order.</returns>
    public static IReadOnlyList<CountedPeople> Run(long seed, CrowdOptions options, DateTimeOffset start, double days)
    {
        long startMs = start.ToUnixTimeMilliseconds();
        if (startMs % PeopleTruth.SlotMs != 0)
        {
            throw new ArgumentException("It begins on a multiple of five minutes.", nameof(start));
        }

        var clock = new VirtualClock(startMs);
        var radio = new TwinRadio(clock, RadioMode.Real);
        var crowd = new Crowd(clock, radio, truth: null, seed, options);
        var salt = new byte[SaltBytes];
        SeededRandom.For(seed, "salt").Fill(salt);
        var config = new BoxConfig();
        var ring = new ReadingRing();
        var schedule = new RadioSchedule(radio, config, new Health());
        var recorder = new Recorder(radio, new PeopleCounter(salt, config.Thresholds), schedule, new WallClock(), ring, config, bootId: 1);
        schedule.Start(0);
        recorder.Start(0);
        recorder.ObserveServerTime(startMs, 0, 0);
        crowd.Start();
        List<int[]> readings = [];
        int slots = (int)(days * 86_400_000 / PeopleTruth.SlotMs);
        for (long endMs = slots * PeopleTruth.SlotMs; readings.Count < slots && clock.NowMs <= endMs + DrainMs;)
        {
            clock.Sleep(DrainMs);
            schedule.Step(clock.UptimeMs);
            recorder.Step(clock.UptimeMs);
            for (; ring.Count > 0; ring.RemoveOldest())
            {
                var row = new int[ReadingField.Count];
                ring.Read(0, row);
                readings.Add(row);
            }
        }

        IReadOnlyList<PeopleSlot> people = crowd.Inside.Slots(startMs, startMs + (readings.Count * PeopleTruth.SlotMs));
        return [.. readings.Select((row, i) => new CountedPeople(people[i], row))];
    }
}

/// <summary>Five minutes of a place.</summary>
/// <param name="People">Who was there.</param>
/// <param name="Reading">What the box counted: see <see cref="ReadingField"/>.</param>
internal sealed record CountedPeople(PeopleSlot People, int[] Reading);
