using System.Globalization;
using System.Text.Json.Nodes;

using Microsoft.OpenApi;

namespace JamBox.Backend.Wire;

/// <summary>
/// A parameter of a query or a path, declared once at the route: what it is called, what it may be, and what it means. The declaration
/// refuses what does not fit (<see cref="QueryMiddleware"/>) and is what the OpenAPI document says.
/// </summary>
internal abstract class ApiParameter
{
    /// <summary>Only this device's rows, or its figures.</summary>
    public static readonly ApiParameter DeviceId = new TextParameter("device_id device", "Only this device.") { Example = "JBNB0001" };

    /// <summary>Only this place's rows, or its figures.</summary>
    public static readonly ApiParameter Place = new NumberParameter("place", 1, long.MaxValue, "Only this place: its id.") { Example = 7 };

    /// <summary>Id of the device that speaks, where a body or the token does not say it.</summary>
    public static readonly ApiParameter ClaimedDeviceId =
        new TextParameter("device_id d", "Id of the device, when no body names it; must be the token's.") { Example = "JBNB0001" };

    /// <summary>
    /// Rows of a list. More than the greatest is no error: old tools ask for 2000, and the Link header tells that there is more.
    /// </summary>
    public static readonly ApiParameter Limit =
        new NumberParameter("limit", 1, 1000, "Rows at most; more counts as the greatest.") { IsCapped = true, Default = 100 };

    /// <summary>Where the part of a list before ended.</summary>
    public static readonly ApiParameter Cursor = new TextParameter(
        "cursor", "Where to go on: taken from the Link header of the part before.");

    /// <summary>Makes a parameter.</summary>
    /// <param name="names">The name first, then old ones that are still taken; separated by blanks.</param>
    /// <param name="description">What it means, in a sentence.</param>
    protected ApiParameter(string names, string description)
    {
        string[] all = names.Split(' ');
        Name = all[0];
        OldNames = all[1..];
        Description = description;
    }

    /// <summary>Its name.</summary>
    public string Name { get; }

    /// <summary>Names that are still taken; in the document they are marked deprecated.</summary>
    public IReadOnlyList<string> OldNames { get; }

    /// <summary>What it means.</summary>
    public string Description { get; }

    /// <summary>Whether the call needs it. Said in the document; the handler refuses in its own words.</summary>
    public bool IsRequired { get; init; }

    /// <summary>Whether it may be there several times; else a second one is refused.</summary>
    public virtual bool MayRepeat => false;

    /// <summary>What is taken when it is not sent; null = it plays no part then.</summary>
    public JsonNode? Default { get; init; }

    /// <summary>A value that fits.</summary>
    public JsonNode? Example { get; init; }

    /// <summary>What a value must be, for the refusal.</summary>
    public abstract string Rule { get; }

    /// <summary>Whether a value fits.</summary>
    /// <param name="text">As it stands in the query, not empty.</param>
    public abstract bool Fits(string text);

    /// <summary>Its type, for the document.</summary>
    public abstract OpenApiSchema Describe();
}

/// <summary>Free text that may be there several times.</summary>
internal sealed class ListParameter(string names, string description) : ApiParameter(names, description)
{
    /// <inheritdoc/>
    public override bool MayRepeat => true;

    /// <inheritdoc/>
    public override string Rule => "text";

    /// <inheritdoc/>
    public override bool Fits(string text) => true;

    /// <inheritdoc/>
    public override OpenApiSchema Describe() => new() { Type = JsonSchemaType.String };
}

/// <summary>A whole number within a range.</summary>
internal sealed class NumberParameter : ApiParameter
{
    private readonly long _min;
    private readonly long _max;

    /// <summary>Makes the parameter.</summary>
    /// <param name="names">Its names, separated by blanks, best first.</param>
    /// <param name="min">Least value.</param>
    /// <param name="max">Greatest value.</param>
    /// <param name="description">What it means.</param>
    public NumberParameter(string names, long min, long max, string description)
        : base(names, description)
    {
        _min = min;
        _max = max;
    }

    /// <summary>Whether more than the greatest value is taken too, and counts as the greatest.</summary>
    public bool IsCapped { get; init; }

    /// <inheritdoc/>
    public override string Rule =>
        IsCapped ? string.Create(CultureInfo.InvariantCulture, $"a whole number of at least {_min}")
        : string.Create(CultureInfo.InvariantCulture, $"a whole number from {_min} to {_max}");

    /// <inheritdoc/>
    public override bool Fits(string text) =>
        (IsCapped && PageRequest.IsHuge(text))
        || (long.TryParse(text, NumberStyles.AllowLeadingSign, CultureInfo.InvariantCulture, out long value)
            && value >= _min && value <= (IsCapped ? int.MaxValue : _max));

    /// <inheritdoc/>
    public override OpenApiSchema Describe() => NumberSchema.Of(_min, _max);
}

/// <summary>Text.</summary>
internal sealed class TextParameter : ApiParameter
{
    private readonly string[]? _words;

    /// <summary>Makes a parameter for free text.</summary>
    /// <param name="names">Its names, separated by blanks, best first.</param>
    /// <param name="description">What it means.</param>
    public TextParameter(string names, string description)
        : base(names, description)
    {
    }

    /// <summary>Makes a parameter for one of a few words.</summary>
    /// <param name="names">Its names, separated by blanks, best first.</param>
    /// <param name="words">The words.</param>
    /// <param name="description">What it means.</param>
    public TextParameter(string names, IEnumerable<string> words, string description)
        : base(names, description)
    {
        _words = [.. words];
    }

    /// <inheritdoc/>
    public override string Rule => _words is null ? "text" : string.Join(" or ", _words);

    /// <inheritdoc/>
    public override bool Fits(string text) => _words is null || _words.Contains(text);

    /// <inheritdoc/>
    public override OpenApiSchema Describe() =>
        new() { Type = JsonSchemaType.String, Enum = _words is null ? null! : [.. _words.Select(static word => (JsonNode)word)] };
}

/// <summary>A day such as 2026-01-29.</summary>
internal sealed class DayParameter(string names, string description) : ApiParameter(names, description)
{
    /// <inheritdoc/>
    public override string Rule => "a day such as 2026-01-29";

    /// <inheritdoc/>
    public override bool Fits(string text) => TryParse(text, out _);

    /// <summary>Reads a day, 1971 to 9998.</summary>
    public static bool TryParse(string? text, out DateOnly day) =>
        DateOnly.TryParseExact(text, "yyyy-MM-dd", CultureInfo.InvariantCulture, DateTimeStyles.None, out day)
            && day.Year is > 1970 and < 9999;

    /// <inheritdoc/>
    public override OpenApiSchema Describe() => new() { Type = JsonSchemaType.String, Format = "date" };
}

/// <summary>A moment: ISO 8601; without a zone it is UTC.</summary>
internal sealed class TimeParameter(string names, string description) : ApiParameter(names, description)
{
    /// <inheritdoc/>
    public override string Rule => "a time such as 2026-01-29T00:00:00Z";

    /// <inheritdoc/>
    public override bool Fits(string text) => Moment.TryParse(text, out _);

    /// <inheritdoc/>
    public override OpenApiSchema Describe() => new() { Type = JsonSchemaType.String, Format = "date-time" };
}

/// <summary>Yes or no.</summary>
internal sealed class FlagParameter(string names, string description) : ApiParameter(names, description)
{
    /// <inheritdoc/>
    public override string Rule => "true or false";

    /// <inheritdoc/>
    public override bool Fits(string text) => text is "true" or "false";

    /// <inheritdoc/>
    public override OpenApiSchema Describe() => new() { Type = JsonSchemaType.Boolean };
}

/// <summary>How the OpenAPI document says that something is a whole number.</summary>
internal static class NumberSchema
{
    /// <summary>A whole number within a range.</summary>
    public static OpenApiSchema Of(long min, long max) => new()
    {
        Type = JsonSchemaType.Integer,
        Format = min >= int.MinValue && max <= int.MaxValue ? "int32" : "int64",
        Minimum = min.ToString(CultureInfo.InvariantCulture),
        Maximum = max.ToString(CultureInfo.InvariantCulture),
    };
}

/// <summary>Guesses what somebody meant who wrote a name that nobody knows.</summary>
internal static class NearMiss
{
    private const int MaxDistance = 2;
    private const int MaxShownChars = 40;

    /// <summary>Says which of the known names is meant, if one is near.</summary>
    /// <param name="name">The unknown name.</param>
    /// <param name="known">The known ones.</param>
    /// <returns>Such as <c> (device_id?)</c>; empty when none is near.</returns>
    public static string Hint(string name, IEnumerable<string> known) =>
        name.Length > 64 ? ""
        : known.Select(other => (Name: other, Distance: Distance(name, other))).Where(static pair => pair.Distance <= MaxDistance)
            .OrderBy(static pair => pair.Distance).Select(static pair => $" ({pair.Name}?)").FirstOrDefault("");

    /// <summary>A name from outside as it may stand in an error: short, without control characters.</summary>
    public static string Shown(string name) =>
        string.Concat(name.Take(MaxShownChars).Select(static c => char.IsControl(c) || char.IsSurrogate(c) ? '?' : c)) + (
            name.Length > MaxShownChars ? "…" : "");

    /// <summary>Letters to insert, remove or change to make one of the other (Levenshtein), case aside.</summary>
    private static int Distance(string a, string b)
    {
        int[] row = [.. Enumerable.Range(0, b.Length + 1)];
        for (int i = 0; i < a.Length; i++)
        {
            int diagonal = row[0];
            row[0] = i + 1;
            for (int j = 0; j < b.Length; j++)
            {
                int changed = diagonal + (char.ToLowerInvariant(a[i]) == b[j] ? 0 : 1);
                diagonal = row[j + 1];
                row[j + 1] = Math.Min(changed, Math.Min(row[j], diagonal) + 1);
            }
        }

        return row[^1];
    }
}
