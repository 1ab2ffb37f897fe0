using System.Text.Json;

using JamBox.Backend.Wire;

using Microsoft.AspNetCore.WebUtilities;

namespace JamBox.Backend.Mqtt.Access;

/// <summary>The fields of a broker's question, which come as JSON or as a form.</summary>
internal sealed class QuestionBody
{
    /// <summary>Fields at most.</summary>
    private const int MaxFields = 32;

    private const string FormType = "application/x-www-form-urlencoded";

    private readonly Dictionary<string, string> _fields = new(StringComparer.Ordinal);

    private QuestionBody()
    {
    }

    /// <summary>A field; null when it was not said.</summary>
    public string? this[string name] => _fields.GetValueOrDefault(name);

    /// <summary>Reads a request.</summary>
    /// <returns>Null when it is neither, or too long.</returns>
    public static async ValueTask<QuestionBody?> ReadAsync(HttpRequest request) =>
        await RequestBody.ReadAsync(request).ConfigureAwait(false) is { } body
            ? Parse(body, isForm: request.ContentType?.StartsWith(FormType, StringComparison.OrdinalIgnoreCase) == true)
            : null;

    /// <summary>Reads a body.</summary>
    /// <returns>Null when it is broken.</returns>
    public static QuestionBody? Parse(ReadOnlySpan<byte> utf8, bool isForm) => isForm ? ParseForm(utf8) : ParseJson(utf8);

    private static QuestionBody? ParseForm(ReadOnlySpan<byte> utf8)
    {
        QuestionBody body = new();
        foreach (QueryStringEnumerable.EncodedNameValuePair pair in new QueryStringEnumerable(System.Text.Encoding.UTF8.GetString(utf8)))
        {
            string name = pair.DecodeName().ToString();
            if (body._fields.Count == MaxFields || !body._fields.TryAdd(name, pair.DecodeValue().ToString()))
            {
                return null;
            }
        }

        return body;
    }

    private static QuestionBody? ParseJson(ReadOnlySpan<byte> utf8)
    {
        try
        {
            Utf8JsonReader reader = new(utf8);
            QuestionBody body = new();
            if (!reader.Read() || reader.TokenType != JsonTokenType.StartObject)
            {
                return null;
            }

            while (reader.Read() && reader.TokenType == JsonTokenType.PropertyName)
            {
                string name = reader.GetString()!;
                reader.Read();
                string? value = reader.TokenType switch
                {
                    JsonTokenType.String => reader.GetString(),
                    JsonTokenType.Number when reader.TryGetInt32(out int number) => number.ToString(
                        System.Globalization.CultureInfo.InvariantCulture),
                    _ => null,
                };
                reader.Skip();
                if (body._fields.Count == MaxFields || (value is not null && !body._fields.TryAdd(name, value)))
                {
                    return null;
                }
            }

            return reader.TokenType == JsonTokenType.EndObject && !reader.Read() ? body : null;
        }
        catch (Exception broken) when (broken is JsonException or InvalidOperationException)
        {
            return null;
        }
    }
}
