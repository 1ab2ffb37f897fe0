using JamBox.Readings;
using JamBox.Twin.Radio;

namespace JamBox.CountingTruth;

/// <summary>
/// Places of the device twin: people who come, stay and go with their devices, counted by the firmware itself. Who was there is known to
/// the last person, which no real place offers; how phones behave is only as true as docs/twin.md, "The crowd", says.
/// </summary>
internal static class TwinWorlds
{
    /// <summary>The longest world, days.</summary>
    public const int MostDays = 366;

    // A Monday, so that a week has its six open days.
    private static readonly DateTimeOffset s_start = new(2026, 3, 2, 0, 0, 0, TimeSpan.Zero);

    private static readonly (string Name, CrowdOptions Options)[] s_worlds =
    [
        ("small shop", new CrowdOptions { PeoplePerHour = 40, Staff = 1 }),
        ("shop", new CrowdOptions()),
        ("big shop on a busy street", new CrowdOptions { PeoplePerHour = 200, TurnInShare = 0.25, Staff = 5 }),
    ];

    /// <summary>The names of the worlds, as positions.</summary>
    public static IEnumerable<string> Names => s_worlds.Select(world => world.Name);

    /// <summary>Lets a box count in each of the worlds.</summary>
    /// <param name="seed">The same seed, the same rows.</param>
    /// <param name="days">For how many days.</param>
    /// <param name="only">The name of the only one; null = all.</param>
    /// <param name="output">Told which world is at work: a week of one takes seconds.</param>
    public static List<TruthRow> Run(int seed, int days, string? only, TextWriter output)
    {
        List<TruthRow> rows = [];
        foreach ((string name, CrowdOptions options) in s_worlds)
        {
            if (only is null || only == name)
            {
                output.WriteLine(FormattableString.Invariant($"The twin lives through {days} days of \"{name}\"."));
                rows.AddRange(CountedCrowd.Run(seed, options, s_start, days).Select(counted => Row(name, counted)));
            }
        }

        output.WriteLine();
        return rows;
    }

    private static TruthRow Row(string name, CountedPeople counted)
    {
        int[] reading = counted.Reading;
        return new TruthRow(
            name,
            counted.People.StartUtcMs,
            reading[ReadingField.Impressions],
            reading[ReadingField.Unique],
            reading[ReadingField.Zone],
            reading[ReadingField.Zone + 1],
            reading[ReadingField.Zone + 2],
            reading[ReadingField.Zone + 3],
            counted.People.Present);
    }
}
