using System.Globalization;
using System.Text.Json;

namespace JamBox.Backend.Wire;

/// <summary>A list of different whole numbers within a range.</summary>
/// <typeparam name="T">What is being filled.</typeparam>
internal sealed class NumbersField<T> : Field<T>
{
    private readonly int _min;
    private readonly int _max;
    private readonly Action<T, int[]> _set;

    /// <summary>Makes the field.</summary>
    /// <param name="names">Its names, separated by blanks, best first.</param>
    /// <param name="min">Least value.</param>
    /// <param name="max">Greatest value.</param>
    /// <param name="set">Puts it where it belongs.</param>
    public NumbersField(string names, int min, int max, Action<T, int[]> set)
        : base(names, string.Create(CultureInfo.InvariantCulture, $"a list of different whole numbers from {min} to {max}"))
    {
        _min = min;
        _max = max;
        _set = set;
    }

    /// <inheritdoc/>
    public override FieldResult Take(ref Utf8JsonReader reader, T target)
    {
        if (reader.TokenType == JsonTokenType.Null)
        {
            return FieldResult.Absent;
        }

        if (reader.TokenType != JsonTokenType.StartArray)
        {
            return FieldResult.Refused;
        }

        List<int> items = [];
        while (reader.Read() && reader.TokenType != JsonTokenType.EndArray)
        {
            if (reader.TokenType != JsonTokenType.Number || !reader.TryGetInt32(out int item) || item < _min || item > _max || items.Contains(item))
            {
                return FieldResult.Refused;
            }

            items.Add(item);
        }

        if (items.Count == 0)
        {
            return FieldResult.Refused;
        }

        _set(target, [.. items]);
        return FieldResult.Taken;
    }
}
