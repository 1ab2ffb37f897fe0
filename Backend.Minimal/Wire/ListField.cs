using System.Text.Json;

namespace JamBox.Backend.Wire;

/// <summary>A list of texts.</summary>
/// <typeparam name="T">What is being filled.</typeparam>
internal sealed class ListField<T> : Field<T>
{
    private readonly int _maxItems;
    private readonly Action<T, IReadOnlyList<string>> _set;

    /// <summary>Makes the field.</summary>
    /// <param name="names">Its names, separated by blanks, best first.</param>
    /// <param name="maxItems">Items at most.</param>
    /// <param name="set">Puts it where it belongs.</param>
    public ListField(string names, int maxItems, Action<T, IReadOnlyList<string>> set)
        : base(names, "a list of texts of at most 64 characters")
    {
        _maxItems = maxItems;
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

        List<string> items = [];
        while (reader.Read() && reader.TokenType != JsonTokenType.EndArray)
        {
            string? text = reader.TokenType == JsonTokenType.String ? reader.GetString() : null;
            if (text is null || text.Length is 0 or > TextField<T>.MaxChars || text.Any(char.IsControl) || items.Count == _maxItems)
            {
                return FieldResult.Refused;
            }

            items.Add(text);
        }

        _set(target, items);
        return FieldResult.Taken;
    }
}
