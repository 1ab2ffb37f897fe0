using System.Text.Json;

namespace JamBox.Backend.Wire;

/// <summary>Yes or no.</summary>
/// <typeparam name="T">What is being filled.</typeparam>
internal sealed class BoolField<T> : Field<T>
{
    private readonly Action<T, bool> _set;

    /// <summary>Makes the field.</summary>
    /// <param name="names">Its names, separated by blanks, best first.</param>
    /// <param name="set">Puts it where it belongs.</param>
    public BoolField(string names, Action<T, bool> set)
        : base(names, "true or false")
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
            case JsonTokenType.True or JsonTokenType.False:
                _set(target, reader.GetBoolean());
                return FieldResult.Taken;
            default:
                return FieldResult.Refused;
        }
    }
}
