using System.Globalization;
using System.Text;
using System.Text.Json;

using JamBox.Backend.Wire;

namespace JamBox.Backend.Telemetry;

/// <summary>
/// The body of a message of telemetry, however it comes: <c>{"device_token":…,"data":{…}}</c>, or <c>"batch":[{"t":…,"data":{…}},…]</c>.
/// What else is in there is skipped: newer firmware may say more. One pass over the bytes; keys that are heard again and again are one
/// string each.
/// </summary>
internal sealed class TelemetryBody
{
    /// <summary>Keys in one <c>data</c>, after flattening.</summary>
    public const int MaxKeys = 64;

    /// <summary>Characters of a key, after flattening.</summary>
    public const int MaxKeyChars = 40;

    /// <summary>Characters of a text.</summary>
    public const int MaxTextChars = 256;

    /// <summary>Objects within objects, <c>data</c> being the first.</summary>
    public const int MaxDepth = 4;

    /// <summary>Bytes of one <c>data</c>, as it is written.</summary>
    public const int MaxDataBytes = 16 * 1024;

    /// <summary>Moments in one <c>batch</c>.</summary>
    public const int MaxBatch = 500;

    /// <summary>Numbers beyond are none that a sensor has; and their squares are still finite.</summary>
    public const double MaxNumber = 1e150;

    /// <summary>A token that is longer is none of ours.</summary>
    private const int MaxTokenChars = 256;

    private const string NotOneObject = "Body must be one JSON object";

    private static readonly JsonReaderOptions s_options = new() { MaxDepth = 16 };

    private TelemetryBody(string? deviceToken, IReadOnlyList<TelemetryMessage> messages, bool isBatch)
    {
        DeviceToken = deviceToken;
        Messages = messages;
        IsBatch = isBatch;
    }

    /// <summary>The token, where the body says it.</summary>
    public string? DeviceToken { get; }

    /// <summary>What was said, in the order of the body: one for <c>data</c>, up to <see cref="MaxBatch"/> for <c>batch</c>.</summary>
    public IReadOnlyList<TelemetryMessage> Messages { get; }

    /// <summary>Whether it was a <c>batch</c>.</summary>
    public bool IsBatch { get; }

    /// <summary>Reads a body.</summary>
    /// <param name="utf8">Its bytes.</param>
    /// <param name="fault">What is wrong with it, in plain words that echo nothing but names of ours.</param>
    /// <returns>Null when something is wrong.</returns>
    public static TelemetryBody? Parse(ReadOnlySpan<byte> utf8, out string? fault)
    {
        try
        {
            Utf8JsonReader reader = new(utf8, s_options);
            return ParseBody(ref reader, out fault);
        }
        catch (Exception broken) when (broken is JsonException or InvalidOperationException)
        {
            // The latter: text that is no UTF-8, or half a surrogate.
            fault = NotOneObject;
            return null;
        }
    }

    /// <summary>Reads an object of wanted values, flat or nested as <c>data</c> is.</summary>
    /// <param name="utf8">Its bytes.</param>
    /// <param name="fault">What is wrong with it.</param>
    /// <returns>The values; null when something is wrong.</returns>
    public static IReadOnlyList<TelemetryPoint>? ParseWanted(ReadOnlySpan<byte> utf8, out string? fault)
    {
        try
        {
            Utf8JsonReader reader = new(utf8, s_options);
            reader.Read();
            List<TelemetryPoint>? points = ParseData(ref reader, "The body", out fault);
            if (points is not null && reader.Read())
            {
                fault = NotOneObject;
                return null;
            }

            if (points is { Count: 0 })
            {
                fault = "The body must hold at least one key";
                return null;
            }

            return points;
        }
        catch (Exception broken) when (broken is JsonException or InvalidOperationException)
        {
            fault = NotOneObject;
            return null;
        }
    }

    private static TelemetryBody? ParseBody(ref Utf8JsonReader reader, out string? fault)
    {
        string? token = null;
        List<TelemetryPoint>? data = null;
        List<TelemetryMessage>? batch = null;
        fault = NotOneObject;
        if (!reader.Read() || reader.TokenType != JsonTokenType.StartObject)
        {
            return null;
        }

        while (reader.Read() && reader.TokenType == JsonTokenType.PropertyName)
        {
            if (reader.ValueTextEquals("data"u8))
            {
                reader.Read();
                if ((data = ParseData(ref reader, "data", out fault)) is null)
                {
                    return null;
                }
            }
            else if (reader.ValueTextEquals("batch"u8))
            {
                reader.Read();
                if ((batch = ParseBatch(ref reader, out fault)) is null)
                {
                    return null;
                }
            }
            else if (reader.ValueTextEquals("device_token"u8))
            {
                reader.Read();
                if (!TryToken(ref reader, ref token))
                {
                    fault = "device_token: must be a text of at most 256 characters";
                    return null;
                }
            }
            else
            {
                reader.Skip();
            }
        }

        if (reader.Read() || (data is null) == (batch is null))
        {
            fault = data is null == batch is null ? "data or batch: one of them must be there" : NotOneObject;
            return null;
        }

        fault = null;
        return new TelemetryBody(token, batch ?? [new TelemetryMessage(null, data!)], batch is not null);
    }

    private static bool TryToken(ref Utf8JsonReader reader, ref string? token)
    {
        if (reader.TokenType == JsonTokenType.Null)
        {
            return true;
        }

        if (reader.TokenType != JsonTokenType.String || reader.ValueSpan.Length > MaxTokenChars * 6)
        {
            return false;
        }

        token = reader.GetString();
        return token!.Length <= MaxTokenChars;
    }

    private static List<TelemetryMessage>? ParseBatch(ref Utf8JsonReader reader, out string? fault)
    {
        fault = "batch: must be a list of 1 to 500 objects with t and data";
        if (reader.TokenType != JsonTokenType.StartArray)
        {
            return null;
        }

        List<TelemetryMessage> messages = [];
        while (reader.Read() && reader.TokenType != JsonTokenType.EndArray)
        {
            if (reader.TokenType != JsonTokenType.StartObject || messages.Count == MaxBatch)
            {
                return null;
            }

            if (ParseMoment(ref reader, out string? wrong) is not { } message)
            {
                fault = string.Create(CultureInfo.InvariantCulture, $"batch, item {messages.Count}: {wrong}");
                return null;
            }

            messages.Add(message);
        }

        return messages.Count == 0 ? null : messages;
    }

    private static TelemetryMessage? ParseMoment(ref Utf8JsonReader reader, out string? fault)
    {
        long? at = null;
        List<TelemetryPoint>? data = null;
        while (reader.Read() && reader.TokenType == JsonTokenType.PropertyName)
        {
            if (reader.ValueTextEquals("t"u8))
            {
                reader.Read();
                if (reader.TokenType != JsonTokenType.String || reader.ValueSpan.Length > 64
                    || !Moment.TryParse(reader.GetString(), out DateTimeOffset moment))
                {
                    fault = "t must be a time such as 2026-01-29T10:04:59Z";
                    return null;
                }

                at = moment.ToUnixTimeMilliseconds();
            }
            else if (reader.ValueTextEquals("data"u8))
            {
                reader.Read();
                if ((data = ParseData(ref reader, "data", out fault)) is null)
                {
                    return null;
                }
            }
            else
            {
                reader.Skip();
            }
        }

        fault = at is null ? "t is missing" : "data is missing";
        return at is null || data is null ? null : new TelemetryMessage(at, data);
    }

    private static List<TelemetryPoint>? ParseData(ref Utf8JsonReader reader, string name, out string? fault)
    {
        if (reader.TokenType != JsonTokenType.StartObject)
        {
            fault = $"{name} must be an object";
            return null;
        }

        List<TelemetryPoint> points = new(4);
        long start = reader.BytesConsumed;
        fault = ParseObject(ref reader, points, default, 1);
        if (fault is null && reader.BytesConsumed - start > MaxDataBytes)
        {
            fault = "data: 16 KB at most";
        }

        return fault is null ? points : null;
    }

    /// <summary>Reads an object up to its end.</summary>
    /// <param name="reader">On its start.</param>
    /// <param name="points">Takes the points.</param>
    /// <param name="prefix">The keys above, with a point behind.</param>
    /// <param name="depth">Its depth, 1 for the outermost.</param>
    private static string? ParseObject(ref Utf8JsonReader reader, List<TelemetryPoint> points, scoped ReadOnlySpan<byte> prefix, int depth)
    {
        Span<byte> path = stackalloc byte[MaxKeyChars + 1];
        prefix.CopyTo(path);
        while (reader.Read() && reader.TokenType == JsonTokenType.PropertyName)
        {
            ReadOnlySpan<byte> name = reader.ValueIsEscaped ? Encoding.UTF8.GetBytes(reader.GetString()!) : reader.ValueSpan;
            int length = prefix.Length + name.Length;
            if (!IsName(name) || length > MaxKeyChars)
            {
                return "data: a key must be 1 to 40 letters, digits, underscores, points and hyphens, with those above it";
            }

            name.CopyTo(path[prefix.Length..]);
            if (path[0] == '_')
            {
                return "data: keys that begin with an underscore are the server's own";
            }

            reader.Read();
            if (reader.TokenType == JsonTokenType.StartObject)
            {
                if (depth == MaxDepth || length == MaxKeyChars)
                {
                    return "data: objects within objects to depth 4, with keys of 40 characters in all";
                }

                path[length] = (byte)'.';
                if (ParseObject(ref reader, points, path[..(length + 1)], depth + 1) is { } deeper)
                {
                    return deeper;
                }
            }
            else if (Take(ref reader, points, KeyNames.Of(path[..length])) is { } fault)
            {
                return fault;
            }
        }

        return null;
    }

    private static string? Take(ref Utf8JsonReader reader, List<TelemetryPoint> points, string key)
    {
        TelemetryValue value;
        switch (reader.TokenType)
        {
            case JsonTokenType.Number when reader.TryGetDouble(out double number) && Math.Abs(number) <= MaxNumber:
                // There is no minus zero in a database of people.
                value = TelemetryValue.Of(number == 0 ? 0 : number);
                break;
            case JsonTokenType.True or JsonTokenType.False:
                value = TelemetryValue.Of(reader.TokenType == JsonTokenType.True);
                break;
            case JsonTokenType.Null:
                value = default;
                break;
            case JsonTokenType.String when reader.GetString() is { Length: <= MaxTextChars } text
                && !text.Contains('\0', StringComparison.Ordinal):
                value = TelemetryValue.Of(text);
                break;
            default:
                return "data: a value must be a number, true, false, null, or a text of at most 256 characters";
        }

        int at = points.FindIndex(point => (object)point.Key == key || point.Key == key);
        if (at >= 0)
        {
            points[at] = new TelemetryPoint(key, value);
            return null;
        }

        if (points.Count == MaxKeys)
        {
            return "data: 64 keys at most";
        }

        points.Add(new TelemetryPoint(key, value));
        return null;
    }

    /// <summary>Whether a name may be (part of) a key.</summary>
    private static bool IsName(ReadOnlySpan<byte> name)
    {
        foreach (byte c in name)
        {
            if (!char.IsAsciiLetterOrDigit((char)c) && c is not ((byte)'_' or (byte)'.' or (byte)'-'))
            {
                return false;
            }
        }

        return name.Length > 0;
    }
}

/// <summary>Strings of keys, so that those that come every second are not made every second. Of what is too much the older go.</summary>
internal static class KeyNames
{
    private static readonly string?[] s_known = new string?[1024];

    /// <summary>The string of a key.</summary>
    /// <param name="ascii">Its bytes, ASCII.</param>
    public static string Of(ReadOnlySpan<byte> ascii)
    {
        uint hash = 2166136261;
        foreach (byte c in ascii)
        {
            hash = (hash ^ c) * 16777619;
        }

        ref string? known = ref s_known[hash % (uint)s_known.Length];
        string? name = known;
        if (name is null || !Ascii.Equals(ascii, name))
        {
            known = name = Encoding.ASCII.GetString(ascii);
        }

        return name;
    }

    /// <summary>Whether a text may be a key.</summary>
    public static bool IsKey(string text) => text.Length is > 0 and <= TelemetryBody.MaxKeyChars && text[0] != '_'
        && text.All(static c => char.IsAsciiLetterOrDigit(c) || c is '_' or '.' or '-');
}
