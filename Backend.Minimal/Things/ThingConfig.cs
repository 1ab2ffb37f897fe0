using System.Text;
using System.Text.Json;

namespace JamBox.Backend.Things;

/// <summary>The configuration that an operator wants of a thing: values by their names, without objects or lists in them.</summary>
internal static class ThingConfig
{
    /// <summary>Values at most.</summary>
    public const int MaxKeys = 64;

    /// <summary>Characters of a text at most.</summary>
    public const int MaxTextChars = 256;

    private const string Rule =
        "A configuration must be one JSON object of at most 4096 bytes, with at most 64 values: numbers, booleans and texts";

    /// <summary>
    /// Devices compute with 32 bits: what they report is the wanted number when it differs by no more than this share of it.
    /// </summary>
    private const double Tolerance = 1e-6;

    /// <summary>Reads it.</summary>
    /// <param name="body">JSON.</param>
    /// <param name="fault">What is wrong, in plain words.</param>
    /// <returns>It without blanks, to be stored and sent; null when something is wrong.</returns>
    public static string? Parse(ReadOnlyMemory<byte> body, out string? fault)
    {
        try
        {
            using JsonDocument document = JsonDocument.Parse(body);
            fault = document.RootElement.ValueKind == JsonValueKind.Object ? FindFault(document.RootElement) : Rule;
            string? text = fault is null ? Write(document.RootElement) : null;
            if (text is not null && (Encoding.UTF8.GetByteCount(text) > ThingInfo.MaxConfigBytes || !ThingText.IsStorable(text)))
            {
                (fault, text) = (Rule, null);
            }

            return text;
        }
        catch (Exception broken) when (broken is JsonException or InvalidOperationException or ArgumentException)
        {
            // Text that is no UTF-8, too.
            fault = Rule;
            return null;
        }
    }

    /// <summary>Whether what a device reports holds all that is wanted; of more that it has, nothing is said.</summary>
    /// <param name="wanted">As <see cref="Parse"/> has given it.</param>
    /// <param name="reported">As the device has said; null = it has not.</param>
    public static bool IsMet(string wanted, string? reported)
    {
        if (reported is null)
        {
            return false;
        }

        using JsonDocument wish = JsonDocument.Parse(wanted);
        using JsonDocument said = JsonDocument.Parse(reported);
        return said.RootElement.ValueKind == JsonValueKind.Object && wish.RootElement.EnumerateObject().All(one =>
            said.RootElement.TryGetProperty(one.Name, out JsonElement value) && IsSame(one.Value, value));
    }

    private static bool IsSame(JsonElement wanted, JsonElement said)
    {
        if (wanted.ValueKind != JsonValueKind.Number || said.ValueKind != JsonValueKind.Number)
        {
            return wanted.ValueKind == said.ValueKind
                && (wanted.ValueKind != JsonValueKind.String || wanted.GetString() == said.GetString());
        }

        double number = wanted.GetDouble();
        return Math.Abs(number - said.GetDouble()) <= Tolerance * Math.Max(1, Math.Abs(number));
    }

    private static string? FindFault(JsonElement root)
    {
        HashSet<string> names = new(StringComparer.Ordinal);
        foreach (JsonProperty value in root.EnumerateObject())
        {
            if (names.Count == MaxKeys || !IsName(value.Name) || !names.Add(value.Name))
            {
                return names.Count == MaxKeys ? Rule
                    : IsName(value.Name) ? $"{value.Name}: is there twice"
                    : "Names must be 1 to 40 letters, digits, dots, underscores and hyphens";
            }

            string? fault = value.Value.ValueKind switch
            {
                JsonValueKind.True or JsonValueKind.False => null,
                JsonValueKind.Number => double.IsFinite(value.Value.GetDouble()) ? null : "is too large",
                JsonValueKind.String => value.Value.GetString()!.Length <= MaxTextChars ? null : "must have at most 256 characters",
                _ => "must be a number, a boolean or a text",
            };
            if (fault is not null)
            {
                return $"{value.Name}: {fault}";
            }

            // Old firmware searches all that it is sent for these.
            if (Array.Find(ThingCommandRequest.Words, word => IsIn(value, word)) is { } command)
            {
                return $"{value.Name}: must not contain {command}, which devices take for a command";
            }
        }

        return null;
    }

    private static bool IsName(string name) => name.Length is > 0 and <= ThingText.MaxWord
        && name.All(static c => char.IsAsciiLetterOrDigit(c) || c is '.' or '_' or '-');

    private static bool IsIn(JsonProperty value, string word) => value.Name.Contains(word, StringComparison.OrdinalIgnoreCase)
        || (value.Value.ValueKind == JsonValueKind.String
            && value.Value.GetString()!.Contains(word, StringComparison.OrdinalIgnoreCase));

    private static string Write(JsonElement root)
    {
        using MemoryStream buffer = new(256);
        using (Utf8JsonWriter json = new(buffer))
        {
            root.WriteTo(json);
        }

        return Encoding.UTF8.GetString(buffer.GetBuffer(), 0, (int)buffer.Length);
    }
}
