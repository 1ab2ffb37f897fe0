using System.Globalization;
using System.Text.Json.Serialization;

using JamBox.Backend.Wire;

namespace JamBox.Backend.Timeline;

/// <summary>The kinds of lines of a timeline.</summary>
internal static class TimelineKind
{
    /// <summary>The box has booted; what: why.</summary>
    public const string Boot = "boot";

    /// <summary>It fell silent (what: silent), or spoke again (back).</summary>
    public const string Silence = "silence";

    /// <summary>Another alert; what: its type.</summary>
    public const string Alert = "alert";

    /// <summary>It came to a place or left it (came, left), or something was done to its place (as in the audit log).</summary>
    public const string Place = "place";

    /// <summary>It was told to do something; what: the command.</summary>
    public const string Command = "command";

    /// <summary>Other settings were wanted.</summary>
    public const string Settings = "settings";

    /// <summary>An attempt at a release; what: the version.</summary>
    public const string Update = "update";

    /// <summary>People were told of something; what: the kind.</summary>
    public const string Notification = "notification";

    /// <summary>Somebody changed something about it; what: as in the audit log. For operators.</summary>
    public const string Change = "change";

    /// <summary>A PIN was set, or a wrong one tried. For operators.</summary>
    public const string Pin = "pin";

    /// <summary>All of them.</summary>
    public static readonly string[] All = [Boot, Silence, Alert, Place, Command, Settings, Update, Notification, Change, Pin];
}

/// <summary>Where a line stands: newest first by time, then by source and number.</summary>
/// <param name="At">Milliseconds since 1970.</param>
/// <param name="Source">Which question it answers.</param>
/// <param name="Id">Its row there.</param>
internal readonly record struct TimelinePlace(long At, int Source, long Id)
{
    /// <summary>Before everything.</summary>
    public static readonly TimelinePlace Newest = new(long.MaxValue, int.MaxValue, long.MaxValue);

    /// <summary>As a cursor.</summary>
    public override string ToString() => string.Create(CultureInfo.InvariantCulture, $"{At}-{Source}-{Id}");

    /// <summary>Reads a cursor; none = the newest.</summary>
    /// <returns>False when it is none of ours.</returns>
    public static bool TryParse(string? text, out TimelinePlace place)
    {
        place = Newest;
        if (text is null)
        {
            return true;
        }

        string[] parts = text.Split('-', 4);
        bool isFine = parts.Length == 3;
        long at = 0;
        int source = 0;
        long id = 0;
        isFine = isFine && long.TryParse(parts[0], NumberStyles.None, CultureInfo.InvariantCulture, out at)
            && int.TryParse(parts[1], NumberStyles.None, CultureInfo.InvariantCulture, out source)
            && long.TryParse(parts[2], NumberStyles.None, CultureInfo.InvariantCulture, out id);
        place = new TimelinePlace(at, source, id);
        return isFine;
    }
}

/// <summary>Something that happened to a box.</summary>
/// <param name="Place">Where it stands among the others.</param>
/// <param name="At">When.</param>
/// <param name="Kind">What kind of thing.</param>
/// <param name="What">What, in a word: see the kind.</param>
/// <param name="Message">More, in words; of a PIN or a refusal how often, of a command its argument.</param>
/// <param name="Before">What was before: a version, a place, or as in the audit log.</param>
/// <param name="After">What is since.</param>
/// <param name="State">Of a command and an attempt: how far; of an alert: open or over.</param>
/// <param name="Result">What came of it.</param>
/// <param name="Who">Who did it, or took note of it.</param>
/// <param name="Until">When it was over; null = it is not, or takes no time.</param>
internal sealed record TimelineRow(
    [property: JsonIgnore] TimelinePlace Place,
    [property: JsonPropertyName("at")] DateTime At,
    [property: JsonPropertyName("kind"),
        Words("boot", "silence", "alert", "place", "command", "settings", "update", "notification", "change", "pin")] string Kind,
    [property: JsonPropertyName("what")] string? What,
    [property: JsonPropertyName("message")] string? Message,
    [property: JsonPropertyName("before")] string? Before,
    [property: JsonPropertyName("after")] string? After,
    [property: JsonPropertyName("state")] string? State,
    [property: JsonPropertyName("result")] string? Result,
    [property: JsonPropertyName("who")] string? Who,
    [property: JsonPropertyName("until")] DateTime? Until)
{
    /// <summary>The same for the same line: grows neither with time nor with anything else.</summary>
    [JsonPropertyName("id")]
    public string Id => string.Create(CultureInfo.InvariantCulture, $"{Place.Source}-{Place.Id}");
}

/// <summary>Serializers of timelines, made when compiled: no reflection while running.</summary>
[JsonSerializable(typeof(List<TimelineRow>))]
internal sealed partial class TimelineJson : JsonSerializerContext;
