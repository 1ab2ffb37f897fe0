namespace JamBox.Backend.Readings;

/// <summary>A device's quarter of an hour. Sorted, so that two processes touch their rows in the same order and never wait for each other in a ring.</summary>
/// <param name="DeviceId">The device.</param>
/// <param name="StartAt">Start, milliseconds since 1970.</param>
internal readonly record struct QuarterKey(string DeviceId, long StartAt) : IComparable<QuarterKey>
{
    /// <inheritdoc/>
    public int CompareTo(QuarterKey other)
    {
        int order = string.CompareOrdinal(DeviceId, other.DeviceId);
        return order != 0 ? order : StartAt.CompareTo(other.StartAt);
    }
}
