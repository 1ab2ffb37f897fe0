using System.Globalization;
using System.Text.Json;

namespace JamBox.Backend.Wire;

/// <summary>A number with a fraction within a range; numeric text is taken too, as the predecessor did.</summary>
/// <typeparam name="T">What is being filled.</typeparam>
internal sealed class RealField<T> : Field<T>
{
    private readonly double _min;
    private readonly double _max;
    private readonly Action<T, double> _set;

    /// <summary>Makes the field.</summary>
    /// <param name="names">Its names, separated by blanks, best first.</param>
    /// <param name="min">Least value.</param>
    /// <param name="max">Greatest value.</param>
    /// <param name="set">Puts it where it belongs.</param>
    public RealField(string names, double min, double max, Action<T, double> set)
        : base(names, string.Create(CultureInfo.InvariantCulture, $"a number from {min} to {max}"))
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

        double value = double.NaN;
        bool isNumber = reader.TokenType switch
        {
            JsonTokenType.Number => reader.TryGetDouble(out value),
            JsonTokenType.String => double.TryParse(reader.GetString(), NumberStyles.Float, CultureInfo.InvariantCulture, out value),
            _ => false,
        };

        // Written so that what is no number at all is refused too.
        if (!isNumber || !(value >= _min && value <= _max))
        {
            return FieldResult.Refused;
        }

        _set(target, value);
        return FieldResult.Taken;
    }
}
