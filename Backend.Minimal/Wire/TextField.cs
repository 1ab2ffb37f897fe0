using System.Text.Json;

namespace JamBox.Backend.Wire;

/// <summary>Text of at most 64 characters. An empty one counts as not sent.</summary>
/// <typeparam name="T">What is being filled.</typeparam>
internal sealed class TextField<T> : Field<T>
{
    /// <summary>Characters at most, in every text that comes from outside.</summary>
    public const int MaxChars = 64;

    private readonly Action<T, string> _set;
    private readonly string[]? _words;

    /// <summary>Makes a field for free text.</summary>
    /// <param name="names">Its names, separated by blanks, best first.</param>
    /// <param name="set">Puts it where it belongs.</param>
    public TextField(string names, Action<T, string> set)
        : base(names, "text of at most 64 characters")
    {
        _set = set;
    }

    /// <summary>Makes a field for one of a few words.</summary>
    /// <param name="names">Its names, separated by blanks, best first.</param>
    /// <param name="words">The words.</param>
    /// <param name="set">Puts it where it belongs.</param>
    public TextField(string names, string[] words, Action<T, string> set)
        : base(names, string.Join(" or ", words))
    {
        _words = words;
        _set = set;
    }

    /// <summary>Whether a number is accepted too, and kept as text.</summary>
    public bool OrNumber { get; init; }

    /// <inheritdoc/>
    public override FieldResult Take(ref Utf8JsonReader reader, T target)
    {
        if (reader.TokenType == JsonTokenType.Null)
        {
            return FieldResult.Absent;
        }

        string? text = reader.TokenType switch
        {
            JsonTokenType.String => reader.GetString(),
            JsonTokenType.Number when OrNumber => System.Text.Encoding.ASCII.GetString(reader.ValueSpan),
            _ => null,
        };

        // Control characters would end up in logs and terminals, and PostgreSQL keeps no NUL.
        if (text is null || text.Length > MaxChars || text.Any(char.IsControl) || (_words is not null && !_words.Contains(text)))
        {
            return FieldResult.Refused;
        }

        if (text.Length == 0)
        {
            return FieldResult.Absent;
        }

        _set(target, text);
        return FieldResult.Taken;
    }
}
