using System.Text.Json;

namespace JamBox.Backend.Wire;

/// <summary>A moment: ISO 8601 text in UTC (<c>2026-01-29T10:04:59Z</c>) or whole seconds since 1970.</summary>
/// <typeparam name="T">What is being filled.</typeparam>
internal sealed class TimeField<T> : Field<T>
{
    /// <summary>The last second of the year 9999: what ISO text, and .NET, can say.</summary>
    private const long MaxSeconds = 253_402_300_799;

    private readonly Action<T, long> _set;

    /// <summary>Makes the field.</summary>
    /// <param name="names">Its names, separated by blanks, best first.</param>
    /// <param name="set">Takes the seconds since 1970.</param>
    public TimeField(string names, Action<T, long> set)
        : base(names, "a time such as 2026-01-29T10:04:59Z, or whole seconds since 1970")
    {
        _set = set;
    }

    /// <inheritdoc/>
    public override FieldResult Take(ref Utf8JsonReader reader, T target)
    {
        switch (reader.TokenType)
        {
            case JsonTokenType.Null:
                return FieldResult.Absent;

            case JsonTokenType.Number when reader.TryGetInt64(out long seconds) && seconds is >= 0 and <= MaxSeconds:
                _set(target, seconds);
                return FieldResult.Taken;

            case JsonTokenType.String when reader.TryGetDateTime(out DateTime time):
                // Without a zone it is UTC: the servers' own zone plays no part.
                DateTime utc = time.Kind == DateTimeKind.Unspecified ? DateTime.SpecifyKind(time, DateTimeKind.Utc) : time.ToUniversalTime();
                if (utc < DateTime.UnixEpoch)
                {
                    return FieldResult.Refused;
                }

                _set(target, (utc - DateTime.UnixEpoch).Ticks / TimeSpan.TicksPerSecond);
                return FieldResult.Taken;

            default:
                return FieldResult.Refused;
        }
    }
}
