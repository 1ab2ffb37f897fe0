namespace JamBox.Backend.Insights.Figures;

/// <summary>
/// Which boxes a day was heard by. Boxes of a place add up, so with one more the same crowd is louder: days are compared by boxes that
/// stood there on both.
/// </summary>
/// <param name="Whole">Those that stood there all the time in which the place was open, in order of their ids.</param>
/// <param name="IsMixed">Whether others stood there for a part of it.</param>
internal sealed record DayBoxes(IReadOnlyList<string> Whole, bool IsMixed)
{
    /// <summary>Finds them.</summary>
    /// <param name="stands">Which boxes stand and stood there.</param>
    /// <param name="day">The day.</param>
    /// <param name="elapsed">What is later has not passed, milliseconds since 1970.</param>
    public static DayBoxes Of(IReadOnlyList<Stand> stands, DaySlots day, long elapsed)
    {
        SortedDictionary<string, int> stood = new(StringComparer.Ordinal);
        int open = 0;
        for (int i = 0; i < day.Slots.Length; i++)
        {
            long at = day.Slots[i].StartMs;
            if (!day.IsOpen[i] || at >= elapsed)
            {
                continue;
            }

            open++;
            foreach (Stand stand in stands)
            {
                if (stand.From <= at && at < stand.Until)
                {
                    stood[stand.DeviceId] = stood.GetValueOrDefault(stand.DeviceId) + 1;
                }
            }
        }

        return new DayBoxes(
            [.. stood.Where(pair => pair.Value == open).Select(static pair => pair.Key)], stood.Values.Any(count => count < open));
    }

    /// <summary>Whether this day and another were heard by the same boxes.</summary>
    public bool IsSame(DayBoxes other) => !IsMixed && !other.IsMixed && Whole.SequenceEqual(other.Whole);

    /// <summary>The boxes that stood there on both days; empty = there are none, and they cannot be compared.</summary>
    public IReadOnlyList<string> InBoth(DayBoxes other) => [.. Whole.Intersect(other.Whole)];
}
