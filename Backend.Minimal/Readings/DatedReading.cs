using JamBox.Backend.Insights;

namespace JamBox.Backend.Readings;

/// <summary>
/// A reading with its place in time and its identity, both as docs/wire.md says. Times are milliseconds since 1970, UTC.
/// </summary>
/// <param name="DeviceKey">Who sent it: the number of the token's device, <c>devices.id</c>.</param>
/// <param name="DeviceId">Its id.</param>
/// <param name="Reading">What was sent.</param>
/// <param name="ReceivedAt">When it came.</param>
/// <param name="Timestamp">The time that counts; null when nobody knows it.</param>
/// <param name="TimeSource">Where that time comes from: <c>device</c>, <c>age</c> (receive time − age, because the clock was not set),
/// <c>ahead</c> (the same, because the device's clock was more than 10 minutes ahead: the flag of docs/wire.md), <c>behind</c> (the same,
/// because it was further behind than a reading can be old) or <c>undated</c>.</param>
/// <param name="PeriodStart">Start of the 5-minute period.</param>
/// <param name="KeyKind">What identifies it.</param>
/// <param name="KeyA">First part of the identity.</param>
/// <param name="KeyB">Second part of the identity.</param>
internal sealed record DatedReading(
    long DeviceKey,
    string DeviceId,
    Reading Reading,
    long ReceivedAt,
    long? Timestamp,
    string TimeSource,
    long PeriodStart,
    ReadingKeyKind KeyKind,
    long KeyA,
    long KeyB)
{
    private const long PeriodMs = 5 * 60 * 1000;
    private const long AheadMs = 10 * 60 * 1000;
    private const long BehindMs = ReadingFields.MaxAgeSeconds * 1000L;

    /// <summary>Dates a reading.</summary>
    /// <param name="deviceKey">Who sent it: its number.</param>
    /// <param name="deviceId">And its id.</param>
    /// <param name="reading">What was sent, complete and in range.</param>
    /// <param name="now">Receive time.</param>
    public static DatedReading Of(long deviceKey, string deviceId, Reading reading, DateTimeOffset now)
    {
        long receivedAt = now.ToUnixTimeMilliseconds();
        long byAge = receivedAt - (reading.AgeSeconds * 1000L);
        long sent = reading.ClosedAt!.Value * 1000L;
        bool ahead = sent > receivedAt + AheadMs;
        bool behind = sent < receivedAt - BehindMs - AheadMs;

        // ts=0 from a box that numbers its readings comes from a boot that never learned the time: its age means nothing either.
        // The old fleet sends ts=0 until its first sync, with an age that is right.
        (long? timestamp, string source) = reading.ClockSet != 1
            ? reading.BootId is null ? (byAge, "age") : ((long?)null, "undated")
            : ahead ? (byAge, "ahead")
            : behind ? (byAge, "behind")
            : (sent, "device");

        (ReadingKeyKind kind, long a, long b) = reading switch
        {
            { BootId: { } boot, Number: { } number } => (ReadingKeyKind.BootAndNumber, boot, number),
            { ClockSet: 1 } => (ReadingKeyKind.ClosedAt, sent, 0),
            _ => (ReadingKeyKind.AgeSlot, Period(byAge), 0),
        };
        return new DatedReading(deviceKey, deviceId, reading, receivedAt, timestamp, source, Period(timestamp ?? byAge), kind, a, b);
    }

    /// <summary>A stored reading, as it was when it came.</summary>
    /// <param name="deviceKey">Who sent it: its number.</param>
    /// <param name="row">The reading. What identifies it is not read: it is stored already.</param>
    public static DatedReading Of(long deviceKey, ReadingRow row) =>
        new(
            deviceKey, row.DeviceId, Reading.Of(row), Milliseconds(row.ReceivedAt), row.Timestamp is { } at ? Milliseconds(at) : null,
            row.TimeSource, Milliseconds(row.PeriodStart), ReadingKeyKind.BootAndNumber, 0, 0);

    private static long Milliseconds(DateTime time) => (time - DateTime.UnixEpoch).Ticks / TimeSpan.TicksPerMillisecond;

    /// <summary>The 5-minute floor of a time.</summary>
    public static long Period(long timeMs) => timeMs - (((timeMs % PeriodMs) + PeriodMs) % PeriodMs);
}

/// <summary>What tells that two requests bring the same reading. The numbers are stored.</summary>
internal enum ReadingKeyKind
{
    /// <summary>Boot id and number in that boot: ours.</summary>
    BootAndNumber = 0,

    /// <summary>The time it was closed at, by a clock that was set: the old fleet.</summary>
    ClosedAt = 1,

    /// <summary>The 5-minute slot of receive time − age: the old fleet before its clock is set.</summary>
    AgeSlot = 2,

    /// <summary>The row of the predecessor's file that it was imported from.</summary>
    Imported = 3,
}
