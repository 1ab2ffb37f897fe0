using System.Globalization;
using System.Text.Json;

using Microsoft.OpenApi;

namespace JamBox.Backend.Wire;

/// <summary>Text that may be longer than others: addresses, passwords. It is taken as it is, blanks around it included.</summary>
/// <typeparam name="T">What is being filled.</typeparam>
internal sealed class LongTextField<T> : Field<T>
{
    private readonly int _maxChars;
    private readonly Action<T, string> _set;

    /// <summary>Makes the field.</summary>
    /// <param name="names">Its names, separated by blanks, best first.</param>
    /// <param name="maxChars">Characters at most.</param>
    /// <param name="set">Puts it where it belongs.</param>
    public LongTextField(string names, int maxChars, Action<T, string> set)
        : base(names, string.Create(CultureInfo.InvariantCulture, $"text of at most {maxChars} characters"))
    {
        _maxChars = maxChars;
        _set = set;
    }

    /// <inheritdoc/>
    public override OpenApiSchema Describe() => new() { Type = JsonSchemaType.String, MaxLength = _maxChars };

    /// <inheritdoc/>
    public override FieldResult Take(ref Utf8JsonReader reader, T target)
    {
        if (reader.TokenType == JsonTokenType.Null)
        {
            return FieldResult.Absent;
        }

        string? text = reader.TokenType == JsonTokenType.String ? reader.GetString() : null;
        if (text is null || text.Length > _maxChars || text.Any(char.IsControl))
        {
            return FieldResult.Refused;
        }

        _set(target, text);
        return FieldResult.Taken;
    }
}
