using System.Globalization;
using System.Text.Json;
using System.Text.Json.Nodes;

using Microsoft.OpenApi;

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
    public override OpenApiSchema Describe() => new() { Type = JsonSchemaType.Boolean };

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
    public override OpenApiSchema Describe() => NumberSchema.Of(_min, _max);

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
    public override OpenApiSchema Describe() => new()
    {
        Type = JsonSchemaType.Number,
        Format = "double",
        Minimum = _min.ToString(CultureInfo.InvariantCulture),
        Maximum = _max.ToString(CultureInfo.InvariantCulture),
    };

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

/// <summary>A level in dBm, −150 to −1. The senders' words for "unknown", 0 and −999, count as not sent.</summary>
/// <typeparam name="T">What is being filled.</typeparam>
internal sealed class DbmField<T> : Field<T>
{
    private const int LeastDbm = -150;
    private const int UnknownDbm = -999;

    private readonly Action<T, int> _set;

    /// <summary>Makes the field.</summary>
    /// <param name="names">Its names, separated by blanks, best first.</param>
    /// <param name="set">Puts it where it belongs.</param>
    public DbmField(string names, Action<T, int> set)
        : base(names, "dBm from -150 to 0, or -999 for unknown")
    {
        _set = set;
    }

    /// <inheritdoc/>
    public override OpenApiSchema Describe() => NumberSchema.Of(LeastDbm, 0);

    /// <inheritdoc/>
    public override FieldResult Take(ref Utf8JsonReader reader, T target)
    {
        if (reader.TokenType == JsonTokenType.Null)
        {
            return FieldResult.Absent;
        }

        if (reader.TokenType != JsonTokenType.Number || !reader.TryGetInt32(out int dbm))
        {
            return FieldResult.Refused;
        }

        if (dbm is 0 or UnknownDbm)
        {
            return FieldResult.Absent;
        }

        if (dbm is < LeastDbm or > 0)
        {
            return FieldResult.Refused;
        }

        _set(target, dbm);
        return FieldResult.Taken;
    }
}

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

    /// <summary>Whether an empty text is one, which takes away what was said; elsewhere it is as good as not sent.</summary>
    public bool MayBeEmpty { get; init; }

    /// <summary>Whether a number is accepted too, and kept as text.</summary>
    public bool OrNumber { get; init; }

    /// <summary>
    /// What the text must look like, as a regular expression: said in the document; the request refuses in its own words.
    /// </summary>
    public string? Pattern { get; init; }

    /// <inheritdoc/>
    public override OpenApiSchema Describe() => new()
    {
        Type = JsonSchemaType.String,
        MaxLength = _words is null && Pattern is null ? MaxChars : null,
        Pattern = Pattern,
        Enum = _words is null ? null! : [.. _words.Select(static word => (JsonNode)word)],
    };

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
        if (text is null || text.Length > MaxChars || text.Any(char.IsControl))
        {
            return FieldResult.Refused;
        }

        if (_words is not null)
        {
            // Whatever their case: generated clients write their own names of the words.
            text = Array.Find(_words, word => word.Equals(text, StringComparison.OrdinalIgnoreCase));
            if (text is null)
            {
                return FieldResult.Refused;
            }
        }

        if (text.Length == 0 && !MayBeEmpty)
        {
            return FieldResult.Absent;
        }

        _set(target, text);
        return FieldResult.Taken;
    }
}

/// <summary>A moment: ISO 8601 text in UTC (<c>2026-01-29T10:04:59Z</c>) or whole seconds since 1970.</summary>
/// <typeparam name="T">What is being filled.</typeparam>
internal sealed class TimeField<T> : Field<T>
{
    /// <summary>The last second of the year 9999: what ISO text, and .NET, can say.</summary>
    private const long MaxSeconds = 253_402_300_799;

    private readonly Action<T, long> _set;
    private readonly bool _needsZone;

    /// <summary>Makes the field.</summary>
    /// <param name="names">Its names, separated by blanks, best first.</param>
    /// <param name="set">Takes the seconds since 1970.</param>
    /// <param name="needsZone">
    /// True = a text without a zone is refused: whoever reads it off a clock on the wall would be hours off, and nobody would see it.
    /// </param>
    public TimeField(string names, Action<T, long> set, bool needsZone = false)
        : base(names, needsZone
            ? "a time with its zone such as 2026-01-29T10:04:59Z or 2026-01-29T11:04:59+01:00, or whole seconds since 1970"
            : "a time such as 2026-01-29T10:04:59Z, or whole seconds since 1970")
    {
        _set = set;
        _needsZone = needsZone;
    }

    /// <inheritdoc/>
    public override OpenApiSchema Describe() => new() { Type = JsonSchemaType.String, Format = "date-time" };

    /// <inheritdoc/>
    public override FieldResult Take(ref Utf8JsonReader reader, T target)
    {
        switch (reader.TokenType)
        {
            case JsonTokenType.Null:
                return FieldResult.Absent;

            case JsonTokenType.Number when reader.TryGetInt64(out long seconds) && seconds is >= 0 and <= MaxSeconds:
                _set(target, seconds);
                return FieldResult.Taken;

            case JsonTokenType.String when reader.TryGetDateTime(out DateTime time):
                if (_needsZone && time.Kind == DateTimeKind.Unspecified)
                {
                    return FieldResult.Refused;
                }

                // Without a zone it is UTC: the servers' own zone plays no part.
                DateTime utc = time.Kind == DateTimeKind.Unspecified
                    ? DateTime.SpecifyKind(time, DateTimeKind.Utc)
                    : time.ToUniversalTime();
                if (utc < DateTime.UnixEpoch)
                {
                    return FieldResult.Refused;
                }

                _set(target, (utc - DateTime.UnixEpoch).Ticks / TimeSpan.TicksPerSecond);
                return FieldResult.Taken;

            default:
                return FieldResult.Refused;
        }
    }
}

/// <summary>
/// Names that are part of what the same path answers to GET, and that nobody can set: taken, so that an answer may be changed and sent
/// back,
/// and of no effect.
/// </summary>
/// <typeparam name="T">What is being filled.</typeparam>
internal sealed class IgnoredField<T>(string name) : Field<T>(name, "anything")
{
    /// <inheritdoc/>
    public override bool IsIgnored => true;

    /// <inheritdoc/>
    public override OpenApiSchema Describe() => new();

    /// <inheritdoc/>
    public override FieldResult Take(ref Utf8JsonReader reader, T target)
    {
        reader.Skip();
        return FieldResult.Absent;
    }
}
