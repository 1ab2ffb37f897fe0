using System.Text.Json.Serialization;

using JamBox.Backend.Insights;
using JamBox.Backend.Readings;
using JamBox.Backend.Wire;

namespace JamBox.Backend.Places;

/// <summary>What is said before the PIN of a box, of any id: of one that there is not the same as of one that is silent.</summary>
/// <param name="State">online = it spoke within three of its intervals; offline = it did not, or there is no such box.</param>
internal sealed record BoxState(
    [property: JsonPropertyName("state"), Words("online", "offline")] string State);

/// <summary>What is sent to look at a box: the PIN on its label, or the pass that the PIN gave.</summary>
internal sealed class BoxLookRequest
{
    /// <summary>The fields of the body.</summary>
    public static readonly FieldTable<BoxLookRequest> Fields = new(
        new TextField<BoxLookRequest>("pin", static (c, v) => c.Pin = v) { Pattern = Devices.Pin.Pattern },
        new TextField<BoxLookRequest>("pass", static (c, v) => c.Pass = v));

    /// <summary>Exactly 4 digits, as text; or the pass.</summary>
    [JsonPropertyName("pin")]
    public string? Pin { get; set; }

    /// <summary>What an earlier answer gave, instead of the PIN: it costs no try.</summary>
    [JsonPropertyName("pass")]
    public string? Pass { get; set; }
}

/// <summary>
/// What is sent to activate a box: who may (the PIN, or the pass that it gave), and where it stands: the name of its place with zone and
/// opening hours, or a code that joins another one.
/// </summary>
internal sealed class ActivationRequest
{
    /// <summary>The fields of the body.</summary>
    public static readonly FieldTable<ActivationRequest> Fields = new(
    [
        new TextField<ActivationRequest>("pin", static (c, v) => c.Pin = v) { Pattern = Devices.Pin.Pattern },
        new TextField<ActivationRequest>("pass", static (c, v) => c.Pass = v),
        new TextField<ActivationRequest>("location_name", static (c, v) => c.LocationName = v),
        new TextField<ActivationRequest>("timezone", static (c, v) => c.Timezone = v),
        new TextField<ActivationRequest>("code", static (c, v) => c.Code = v),
        .. Enumerable.Range(1, 7).Select(static weekday => new ListField<ActivationRequest>(
            OpeningHours.Weekdays[weekday - 1], OpeningHours.MaxSpans, (c, v) => (c.Hours ??= new HoursChange()).Set(weekday, v))),
    ])
    {
        SchemaName = "DeviceActivation",
    };

    /// <summary>Exactly 4 digits, as text; or the pass.</summary>
    [JsonPropertyName("pin")]
    public string? Pin { get; set; }

    /// <summary>What looking at the box gave, instead of the PIN: it costs no try.</summary>
    [JsonPropertyName("pass")]
    public string? Pass { get; set; }

    /// <summary>Name of the place, at most 64 characters.</summary>
    [JsonPropertyName("location_name")]
    public string? LocationName { get; set; }

    /// <summary>IANA id of the place's time zone.</summary>
    [JsonPropertyName("timezone")]
    public string? Timezone { get; set; }

    /// <summary>Instead of a name: a code from those to whom another place belongs.</summary>
    [JsonPropertyName("code")]
    public string? Code { get; set; }

    /// <summary>The opening hours of a week; null = nothing is said of them. A day that is absent is closed.</summary>
    [JsonIgnore]
    public HoursChange? Hours { get; private set; }

    /// <summary>Spans of Monday, such as <c>09:00-13:00</c>. Once one day is there, those that are absent are closed.</summary>
    [JsonPropertyName("monday")]
    public IReadOnlyList<string>? Monday => Hours?.Monday;

    /// <summary>Spans of Tuesday.</summary>
    [JsonPropertyName("tuesday")]
    public IReadOnlyList<string>? Tuesday => Hours?.Tuesday;

    /// <summary>Spans of Wednesday.</summary>
    [JsonPropertyName("wednesday")]
    public IReadOnlyList<string>? Wednesday => Hours?.Wednesday;

    /// <summary>Spans of Thursday.</summary>
    [JsonPropertyName("thursday")]
    public IReadOnlyList<string>? Thursday => Hours?.Thursday;

    /// <summary>Spans of Friday.</summary>
    [JsonPropertyName("friday")]
    public IReadOnlyList<string>? Friday => Hours?.Friday;

    /// <summary>Spans of Saturday.</summary>
    [JsonPropertyName("saturday")]
    public IReadOnlyList<string>? Saturday => Hours?.Saturday;

    /// <summary>Spans of Sunday.</summary>
    [JsonPropertyName("sunday")]
    public IReadOnlyList<string>? Sunday => Hours?.Sunday;

    /// <summary>Checks what the fields alone cannot.</summary>
    /// <returns>What is wrong, or null.</returns>
    public string? FindFault() =>
        BoxLook.FindFault(Pin, Pass) is { } who ? who
        : LocationName is null == Code is null ? "pin (4 digits) and location_name are required; or a code instead of the name"
        : LocationName is { } name && string.IsNullOrWhiteSpace(name) ? "location_name: must not be blank"
        : Code is not null && Hours is not null ? "code: opening hours are said by those whose place it is"
        : Timezone is not null && !Zones.IsKnown(Timezone) ? $"timezone: {Zones.Rule}"
        : Hours?.FindFault();
}

/// <summary>A box as whoever has its PIN sees it.</summary>
/// <param name="DeviceId">The box.</param>
/// <param name="State">online, warning (silent for more than three intervals), offline (for a day) or new (never heard).</param>
/// <param name="LastSeenAt">When it last spoke; null = never.</param>
/// <param name="Pass">Good for looking and activating until it expires, or until the box has another PIN.</param>
/// <param name="PassExpiresAt">Until when.</param>
/// <param name="Naming">
/// free = the PIN names the place; owned = its owner does; shared = other boxes stand there too, and one box's PIN is not enough.
/// </param>
/// <param name="Place">Where it stands; null = nowhere yet.</param>
/// <param name="Hears">What it heard there in the last hour, newest first.</param>
internal sealed record BoxLook(
    [property: JsonPropertyName("device_id")] string DeviceId,
    [property: JsonPropertyName("state"), Words("online", "warning", "offline", "new")] string State,
    [property: JsonPropertyName("last_seen_at")] DateTime? LastSeenAt,
    [property: JsonPropertyName("pass")] string Pass,
    [property: JsonPropertyName("pass_expires_at")] DateTime PassExpiresAt,
    [property: JsonPropertyName("naming"), Words("free", "owned", "shared")] string Naming,
    [property: JsonPropertyName("place")] BoxPlace? Place,
    [property: JsonPropertyName("hears")] IReadOnlyList<HeardRow> Hears)
{
    /// <summary>Checks that one of PIN and pass is there.</summary>
    /// <returns>What is wrong, or null.</returns>
    public static string? FindFault(string? pin, string? pass) =>
        pin is null == pass is null ? "pin: 4 digits are required; or the pass that they gave"
        : pin is not null && !Devices.Pin.IsPin(pin) ? "pin: must be exactly 4 digits"
        : null;
}

/// <summary>The place of a box.</summary>
/// <param name="Name">Its name.</param>
/// <param name="Timezone">IANA id of its zone.</param>
/// <param name="Latitude">Degrees; null = unknown.</param>
/// <param name="Longitude">Degrees; null = unknown.</param>
/// <param name="Hours">Its opening hours; null = nobody said.</param>
internal sealed record BoxPlace(
    [property: JsonPropertyName("name")] string Name,
    [property: JsonPropertyName("timezone")] string Timezone,
    [property: JsonPropertyName("latitude")] double? Latitude,
    [property: JsonPropertyName("longitude")] double? Longitude,
    [property: JsonPropertyName("hours")] HoursChange? Hours);

/// <summary>What a box heard in an interval.</summary>
/// <param name="At">When the interval began; full five minutes.</param>
/// <param name="IntervalSeconds">Its length, seconds.</param>
/// <param name="UniqueCount">Device-minutes.</param>
/// <param name="RssiImmediate">Of them in the immediate zone.</param>
/// <param name="RssiNear">In the near zone.</param>
/// <param name="RssiFar">In the far zone.</param>
/// <param name="RssiRemote">In the remote zone.</param>
/// <param name="BleUnique">Bluetooth device-minutes.</param>
internal sealed record HeardRow(
    [property: JsonPropertyName("at")] DateTime At,
    [property: JsonPropertyName("interval_s")] int IntervalSeconds,
    [property: JsonPropertyName("unique_count")] int UniqueCount,
    [property: JsonPropertyName("rssi_immediate")] int RssiImmediate,
    [property: JsonPropertyName("rssi_near")] int RssiNear,
    [property: JsonPropertyName("rssi_far")] int RssiFar,
    [property: JsonPropertyName("rssi_remote")] int RssiRemote,
    [property: JsonPropertyName("ble_unique")] int BleUnique)
{
    private const int UsualIntervalS = 300;

    /// <summary>What a reading says.</summary>
    public static HeardRow Of(ReadingRow row) => new(
        row.PeriodStart, row.IntervalSeconds ?? UsualIntervalS, row.UniqueCount, row.RssiImmediate, row.RssiNear, row.RssiFar,
        row.RssiRemote, row.BleUnique);
}
