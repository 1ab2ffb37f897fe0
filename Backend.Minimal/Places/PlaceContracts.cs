using System.Text.Json.Serialization;

using JamBox.Backend.Devices;
using JamBox.Backend.Insights;
using JamBox.Backend.Wire;

namespace JamBox.Backend.Places;

/// <summary>What is sent to make or change a place. In a change, what is absent keeps its value.</summary>
internal sealed class PlaceChange
{
    /// <summary>The fields of the body.</summary>
    public static readonly FieldTable<PlaceChange> Fields = new(
        new TextField<PlaceChange>("name", static (c, v) => c.Name = v),
        new TextField<PlaceChange>("timezone", static (c, v) => c.Timezone = v),
        new RealField<PlaceChange>("latitude", -90, 90, static (c, v) => c.Latitude = v),
        new RealField<PlaceChange>("longitude", -180, 180, static (c, v) => c.Longitude = v),
        new TextField<PlaceChange>("client", static (c, v) => c.Client = v) { MayBeEmpty = true },
        new TextField<PlaceChange>("project", static (c, v) => c.Project = v) { MayBeEmpty = true });

    /// <summary>Its name, at most 64 characters. Several places may have the same one.</summary>
    [JsonPropertyName("name")]
    public string? Name { get; set; }

    /// <summary>IANA id of its time zone; UTC unless said.</summary>
    [JsonPropertyName("timezone")]
    public string? Timezone { get; set; }

    /// <summary>Degrees, −90 to 90.</summary>
    [JsonPropertyName("latitude")]
    public double? Latitude { get; set; }

    /// <summary>Degrees, −180 to 180.</summary>
    [JsonPropertyName("longitude")]
    public double? Longitude { get; set; }

    /// <summary>Whose it is, at most 64 characters; operators say so. An empty one takes away what was said.</summary>
    [JsonPropertyName("client")]
    public string? Client { get; set; }

    /// <summary>What it belongs to, at most 64 characters; operators say so. An empty one takes away what was said.</summary>
    [JsonPropertyName("project")]
    public string? Project { get; set; }

    /// <summary>Checks what the fields alone cannot.</summary>
    /// <returns>What is wrong, or null.</returns>
    public string? FindFault() =>
        Latitude is null != Longitude is null ? "latitude and longitude: both or neither"
        : Timezone is not null && !Zones.IsKnown(Timezone) ? $"timezone: {Zones.Rule}"
        : Name is { } name && string.IsNullOrWhiteSpace(name) ? "name: must not be blank"
        : null;
}

/// <summary>A place.</summary>
/// <param name="Id">Its id; never given to another one.</param>
/// <param name="Name">Its name.</param>
/// <param name="Timezone">IANA id of its time zone.</param>
/// <param name="Latitude">Degrees; null = unknown.</param>
/// <param name="Longitude">Degrees; null = unknown.</param>
/// <param name="LocationSource">manual or geolocation; null = nobody said.</param>
/// <param name="Client">Whose it is.</param>
/// <param name="Project">What it belongs to.</param>
/// <param name="Devices">How many boxes stand there now.</param>
/// <param name="CreatedAt">When it was made.</param>
/// <param name="RetiredAt">When it was given up; null = it is in use.</param>
/// <param name="MergedInto">The place that has taken it over.</param>
/// <param name="Demo">Whether it is that of the virtual box, with invented people.</param>
internal sealed record PlaceRow(
    [property: JsonPropertyName("id")] long Id,
    [property: JsonPropertyName("name")] string Name,
    [property: JsonPropertyName("timezone")] string Timezone,
    [property: JsonPropertyName("latitude")] double? Latitude,
    [property: JsonPropertyName("longitude")] double? Longitude,
    [property: JsonPropertyName("location_source")] string? LocationSource,
    [property: JsonPropertyName("client")] string? Client,
    [property: JsonPropertyName("project")] string? Project,
    [property: JsonPropertyName("devices")] int Devices,
    [property: JsonPropertyName("created_at")] DateTime CreatedAt,
    [property: JsonPropertyName("retired_at")] DateTime? RetiredAt,
    [property: JsonPropertyName("merged_into")] long? MergedInto,
    [property: JsonPropertyName("demo")] bool Demo);

/// <summary>A place with all that is known of it.</summary>
/// <param name="Place">The place.</param>
/// <param name="Hours">Its opening hours; null = nobody said.</param>
/// <param name="Boxes">The boxes that stand or stood there, newest first.</param>
/// <param name="Things">The things and gateways that stand or stood there, newest first: they count nobody.</param>
internal sealed record PlaceDetail(
    [property: JsonPropertyName("place")] PlaceRow Place,
    [property: JsonPropertyName("hours")] HoursChange? Hours,
    [property: JsonPropertyName("boxes")] IReadOnlyList<PlacedBox> Boxes,
    [property: JsonPropertyName("things")] IReadOnlyList<PlacedThing> Things);

/// <summary>A box at a place.</summary>
/// <param name="DeviceId">The box.</param>
/// <param name="From">Since when; null = since it exists.</param>
/// <param name="Until">Until when; null = it stands there.</param>
internal sealed record PlacedBox(
    [property: JsonPropertyName("device_id")] string DeviceId,
    [property: JsonPropertyName("from")] DateTime? From,
    [property: JsonPropertyName("until")] DateTime? Until);

/// <summary>A thing or a gateway at a place.</summary>
/// <param name="DeviceId">Its id.</param>
/// <param name="Kind">thing or gateway.</param>
/// <param name="From">Since when; null = since it exists.</param>
/// <param name="Until">Until when; null = it stands there.</param>
internal sealed record PlacedThing(
    [property: JsonPropertyName("device_id")] string DeviceId,
    [property: JsonPropertyName("kind"), Words(DeviceKind.Thing, DeviceKind.Gateway)] string Kind,
    [property: JsonPropertyName("from")] DateTime? From,
    [property: JsonPropertyName("until")] DateTime? Until);

/// <summary>
/// The opening hours of a week, by the place's clock: spans such as <c>09:00-13:00</c> for each day. A day that is absent is closed.
/// </summary>
internal sealed class HoursChange
{
    /// <summary>The fields of the body.</summary>
    public static readonly FieldTable<HoursChange> Fields = new([.. Enumerable.Range(1, 7).Select(static weekday =>
        new ListField<HoursChange>(OpeningHours.Weekdays[weekday - 1], OpeningHours.MaxSpans, (c, v) => c.Set(weekday, v)))])
    {
        SchemaName = "PlaceHoursChange",
    };

    private readonly IReadOnlyList<string>[] _days = [[], [], [], [], [], [], []];

    /// <summary>Spans of Monday.</summary>
    [JsonPropertyName("monday")]
    public IReadOnlyList<string> Monday => _days[0];

    /// <summary>Spans of Tuesday.</summary>
    [JsonPropertyName("tuesday")]
    public IReadOnlyList<string> Tuesday => _days[1];

    /// <summary>Spans of Wednesday.</summary>
    [JsonPropertyName("wednesday")]
    public IReadOnlyList<string> Wednesday => _days[2];

    /// <summary>Spans of Thursday.</summary>
    [JsonPropertyName("thursday")]
    public IReadOnlyList<string> Thursday => _days[3];

    /// <summary>Spans of Friday.</summary>
    [JsonPropertyName("friday")]
    public IReadOnlyList<string> Friday => _days[4];

    /// <summary>Spans of Saturday.</summary>
    [JsonPropertyName("saturday")]
    public IReadOnlyList<string> Saturday => _days[5];

    /// <summary>Spans of Sunday.</summary>
    [JsonPropertyName("sunday")]
    public IReadOnlyList<string> Sunday => _days[6];

    /// <summary>The spans of a day, 1 = Monday.</summary>
    public IReadOnlyList<string> Of(int weekday) => _days[weekday - 1];

    /// <summary>Sets the spans of a day, 1 = Monday.</summary>
    public void Set(int weekday, IReadOnlyList<string> spans) => _days[weekday - 1] = spans;

    /// <summary>Checks what the fields alone cannot.</summary>
    /// <returns>What is wrong, or null.</returns>
    public string? FindFault() =>
        Array.FindIndex(_days, static spans => !OpeningHours.TryStore(spans, out _)) is >= 0 and var bad
            ? $"{OpeningHours.Weekdays[bad]}: {OpeningHours.Rule}"
            : Enumerable.Range(0, 7).FirstOrDefault(
                day => OpeningHours.Overlap(_days[day], _days[(day + 1) % 7]), defaultValue: -1) is >= 0 and var late
            ? $"{OpeningHours.Weekdays[(late + 1) % 7]}: opens before {OpeningHours.Weekdays[late]} has closed"
            : null;

    /// <summary>In words, for the audit log.</summary>
    public override string ToString() =>
        string.Join(
            ' ',
            _days.Select(
                static (spans, day) => $"{OpeningHours.Weekdays[day][..2]} {(spans.Count == 0 ? "closed" : string.Join(',', spans))}"));
}

/// <summary>A day that is not as the others of its name.</summary>
internal sealed class ExceptionChange
{
    /// <summary>The fields of the body.</summary>
    public static readonly FieldTable<ExceptionChange> Fields = new(
        new ListField<ExceptionChange>("open", OpeningHours.MaxSpans, static (c, v) => c.Open = v) { IsRequired = true },
        new TextField<ExceptionChange>("note", static (c, v) => c.Note = v));

    /// <summary>Spans such as <c>10:00-14:00</c>; none = closed.</summary>
    [JsonPropertyName("open")]
    public IReadOnlyList<string>? Open { get; set; }

    /// <summary>Why, at most 64 characters.</summary>
    [JsonPropertyName("note")]
    public string? Note { get; set; }
}

/// <summary>A day that is not as the others of its name, as listed.</summary>
/// <param name="Day">The day: <c>2026-12-24</c>.</param>
/// <param name="Open">Spans; none = closed.</param>
/// <param name="Note">Why.</param>
internal sealed record ExceptionRow(
    [property: JsonPropertyName("day")] string Day,
    [property: JsonPropertyName("open")] IReadOnlyList<string> Open,
    [property: JsonPropertyName("note")] string? Note);

/// <summary>When a place is open on a day.</summary>
/// <param name="Day">The day, by the place's clock: <c>2026-12-24</c>.</param>
/// <param name="Open">From when until when; none = closed.</param>
/// <param name="Note">Why it is not as the others of its name; null = it is.</param>
internal sealed record OpenDay(
    [property: JsonPropertyName("day")] string Day,
    [property: JsonPropertyName("open")] IReadOnlyList<Period> Open,
    [property: JsonPropertyName("note")] string? Note);

/// <summary>What is sent to bring a box to a place.</summary>
internal sealed class MoveRequest
{
    /// <summary>The fields of the body.</summary>
    public static readonly FieldTable<MoveRequest> Fields = new(
        new TextField<MoveRequest>("device_id", static (c, v) => c.DeviceId = v),
        new TextField<MoveRequest>("from", static (c, v) => c.From = v));

    /// <summary>The box.</summary>
    [JsonPropertyName("device_id")]
    public string? DeviceId { get; set; }

    /// <summary>
    /// Since when it stands there, ISO 8601, not in the future; now unless said. The quarter of an hour that it falls into counts as a
    /// whole.
    /// </summary>
    [JsonPropertyName("from")]
    public string? From { get; set; }
}

/// <summary>What is sent to put another box into the place of one.</summary>
internal sealed class ReplaceRequest
{
    /// <summary>The fields of the body.</summary>
    public static readonly FieldTable<ReplaceRequest> Fields = new(
        new TextField<ReplaceRequest>("device_id", static (c, v) => c.DeviceId = v),
        new TextField<ReplaceRequest>("by", static (c, v) => c.By = v));

    /// <summary>The box that goes.</summary>
    [JsonPropertyName("device_id")]
    public string? DeviceId { get; set; }

    /// <summary>The box that comes; it takes over configuration and tags.</summary>
    [JsonPropertyName("by")]
    public string? By { get; set; }
}

/// <summary>What is sent to make one place of two.</summary>
internal sealed class MergeRequest
{
    /// <summary>The fields of the body.</summary>
    public static readonly FieldTable<MergeRequest> Fields = new(
        new NumberField<MergeRequest>("into", 1, long.MaxValue, static (c, v) => c.Into = v));

    /// <summary>The place that remains.</summary>
    [JsonPropertyName("into")]
    public long? Into { get; set; }
}

/// <summary>A code with which a box joins a place; the only time that it is shown.</summary>
/// <param name="Code">The code: 10 characters, good once.</param>
/// <param name="ExpiresAt">Until when.</param>
internal sealed record JoinCode(
    [property: JsonPropertyName("code")] string Code,
    [property: JsonPropertyName("expires_at")] DateTime ExpiresAt);

/// <summary>The tags of a device.</summary>
internal sealed class TagsChange
{
    /// <summary>The fields of the body.</summary>
    public static readonly FieldTable<TagsChange> Fields = new(
        new ListField<TagsChange>("tags", TagSql.MaxTags, static (c, v) => c.Tags = v));

    /// <summary>At most 20, each 1 to 40 of A-Z, a-z, 0-9, blank, dot, underscore, hyphen.</summary>
    [JsonPropertyName("tags")]
    public IReadOnlyList<string>? Tags { get; set; }
}

/// <summary>Tags that are put on many boxes, or taken off them; what else they bear stays.</summary>
internal sealed class TagsForMany
{
    /// <summary>The fields of the body.</summary>
    public static readonly FieldTable<TagsForMany> Fields = new(
        new ListField<TagsForMany>("add", TagSql.MaxTags, static (c, v) => c.Add = v),
        new ListField<TagsForMany>("remove", TagSql.MaxTags, static (c, v) => c.Remove = v),
        new ListField<TagsForMany>("devices", 1000, static (c, v) => c.Devices = v));

    /// <summary>Tags to put on, at most 20, as in <see cref="TagsChange"/>.</summary>
    [JsonPropertyName("add")]
    public IReadOnlyList<string> Add { get; set; } = [];

    /// <summary>Tags to take off, at most 20; a box without one of them stays as it is.</summary>
    [JsonPropertyName("remove")]
    public IReadOnlyList<string> Remove { get; set; } = [];

    /// <summary>Ids of boxes, at most 1,000, in the place of place and tag.</summary>
    [JsonPropertyName("devices")]
    public IReadOnlyList<string>? Devices { get; set; }

    /// <summary>Checks what the fields alone cannot.</summary>
    /// <returns>What is wrong, or null.</returns>
    public string? FindFault() =>
        !Add.All(TagSql.IsTag) ? $"add: must be {TagSql.Rule}"
        : Add.Count + Remove.Count == 0 ? "add, remove: say at least one tag"
        : Add.Intersect(Remove).FirstOrDefault() is { } both ? $"remove: {both} is to be put on as well"
        : null;
}

/// <summary>What became of a box in a change of many.</summary>
/// <param name="DeviceId">The box.</param>
/// <param name="Done">Whether it was done.</param>
/// <param name="Id">Id of the command, or version of the configuration; null of tags.</param>
/// <param name="Error">Why it was not done.</param>
internal sealed record BulkRow(
    [property: JsonPropertyName("device_id")] string DeviceId,
    [property: JsonPropertyName("done")] bool Done,
    [property: JsonPropertyName("id")] int? Id,
    [property: JsonPropertyName("error")] string? Error);

/// <summary>Serializers of places, made when compiled: no reflection while running.</summary>
[JsonSerializable(typeof(PlaceChange))]
[JsonSerializable(typeof(BoxState))]
[JsonSerializable(typeof(BoxLook))]
[JsonSerializable(typeof(BoxLookRequest))]
[JsonSerializable(typeof(ActivationRequest))]
[JsonSerializable(typeof(PlaceRow))]
[JsonSerializable(typeof(List<PlaceRow>))]
[JsonSerializable(typeof(PlaceDetail))]
[JsonSerializable(typeof(HoursChange))]
[JsonSerializable(typeof(ExceptionChange))]
[JsonSerializable(typeof(List<ExceptionRow>))]
[JsonSerializable(typeof(List<OpenDay>))]
[JsonSerializable(typeof(MoveRequest))]
[JsonSerializable(typeof(ReplaceRequest))]
[JsonSerializable(typeof(MergeRequest))]
[JsonSerializable(typeof(JoinCode))]
[JsonSerializable(typeof(TagsChange))]
[JsonSerializable(typeof(TagsForMany))]
[JsonSerializable(typeof(List<BulkRow>))]
internal sealed partial class PlaceJson : JsonSerializerContext;
