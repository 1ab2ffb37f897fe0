using System.Globalization;
using System.Text.Json;

using Microsoft.OpenApi;

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
    public override OpenApiSchema Describe() => new()
    {
        Type = JsonSchemaType.Array,
        MaxItems = _maxItems,
        Items = new OpenApiSchema { Type = JsonSchemaType.String, MinLength = 1, MaxLength = TextField<T>.MaxChars },
    };

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
    public override OpenApiSchema Describe() => new()
    {
        Type = JsonSchemaType.Array,
        MinItems = 1,
        UniqueItems = true,
        Items = NumberSchema.Of(_min, _max),
    };

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
            if (reader.TokenType != JsonTokenType.Number
                || !reader.TryGetInt32(out int item)
                || item < _min
                || item > _max
                || items.Contains(item))
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

/// <summary>
/// Counters by name, as an object: <c>{"br":2,"lr":1}</c>. Which names there are is the sender's business, so that newer firmware can count
/// more than we know; how many, how long and how high is ours.
/// </summary>
/// <typeparam name="T">What is being filled.</typeparam>
internal sealed class CountersField<T> : Field<T>
{
    /// <summary>Counters at most.</summary>
    public const int MaxCounters = 32;

    /// <summary>Characters of a name at most; they are small letters, digits and underscores.</summary>
    public const int MaxNameChars = 16;

    private readonly Action<T, SortedDictionary<string, int>> _set;

    /// <summary>Makes the field.</summary>
    /// <param name="names">Its names, separated by blanks, best first.</param>
    /// <param name="set">Puts them where they belong, sorted by name.</param>
    public CountersField(string names, Action<T, SortedDictionary<string, int>> set)
        : base(
            names,
            string.Create(
                CultureInfo.InvariantCulture,
                $"an object of at most {MaxCounters} whole numbers from 0 to {int.MaxValue}, named with a-z, 0-9 and _, at most {MaxNameChars} characters"))
    {
        _set = set;
    }

    /// <inheritdoc/>
    public override OpenApiSchema Describe() => new()
    {
        Type = JsonSchemaType.Object,
        MaxProperties = MaxCounters,
        AdditionalProperties = NumberSchema.Of(0, int.MaxValue),
    };

    /// <inheritdoc/>
    public override FieldResult Take(ref Utf8JsonReader reader, T target)
    {
        if (reader.TokenType == JsonTokenType.Null)
        {
            return FieldResult.Absent;
        }

        if (reader.TokenType != JsonTokenType.StartObject)
        {
            return FieldResult.Refused;
        }

        SortedDictionary<string, int> counters = new(StringComparer.Ordinal);
        while (reader.Read() && reader.TokenType == JsonTokenType.PropertyName)
        {
            string name = reader.GetString()!;
            reader.Read();
            bool isCounter = reader.TokenType == JsonTokenType.Number && reader.TryGetInt32(out int value) && value >= 0 && IsName(name)
                && counters.Count < MaxCounters && counters.TryAdd(name, value);
            if (!isCounter)
            {
                return FieldResult.Refused;
            }
        }

        if (counters.Count == 0)
        {
            return FieldResult.Absent;
        }

        _set(target, counters);
        return FieldResult.Taken;
    }

    private static bool IsName(string name) =>
        name.Length is > 0 and <= MaxNameChars && name.All(static c => c is (>= 'a' and <= 'z') or (>= '0' and <= '9') or '_');
}
