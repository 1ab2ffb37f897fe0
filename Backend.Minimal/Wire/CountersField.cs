using System.Globalization;
using System.Text.Json;

namespace JamBox.Backend.Wire;

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
        : base(names, string.Create(CultureInfo.InvariantCulture, $"an object of at most {MaxCounters} whole numbers from 0 to {int.MaxValue}, named with a-z, 0-9 and _, at most {MaxNameChars} characters"))
    {
        _set = set;
    }

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
