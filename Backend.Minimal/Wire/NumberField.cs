using System.Globalization;
using System.Text.Json;

namespace JamBox.Backend.Wire;

/// <summary>A whole number within a range.</summary>
/// <typeparam name="T">What is being filled.</typeparam>
internal sealed class NumberField<T> : Field<T>
{
    private readonly long _min;
    private readonly long _max;
    private readonly Action<T, long> _set;

    /// <summary>Makes the field.</summary>
    /// <param name="names">Its names, separated by blanks, best first.</param>
    /// <param name="min">Least value.</param>
    /// <param name="max">Greatest value.</param>
    /// <param name="set">Puts it where it belongs.</param>
    public NumberField(string names, long min, long max, Action<T, long> set)
        : base(names, string.Create(CultureInfo.InvariantCulture, $"a whole number from {min} to {max}"))
    {
        _min = min;
        _max = max;
        _set = set;
    }

    /// <summary>Whether 0 counts as not sent, so that the next alias is looked at (the predecessor's "first that is true").</summary>
    public bool ZeroIsAbsent { get; init; }

    /// <inheritdoc/>
    public override FieldResult Take(ref Utf8JsonReader reader, T target)
    {
        if (reader.TokenType == JsonTokenType.Null)
        {
            return FieldResult.Absent;
        }

        if (reader.TokenType != JsonTokenType.Number || !reader.TryGetInt64(out long value) || value < _min || value > _max)
        {
            return FieldResult.Refused;
        }

        if (value == 0 && ZeroIsAbsent)
        {
            return FieldResult.Absent;
        }

        _set(target, value);
        return FieldResult.Taken;
    }
}
