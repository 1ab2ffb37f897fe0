using System.Text.Json.Serialization;

using JamBox.Backend.Insights.Estimation;
using JamBox.Backend.Insights.Figures;
using JamBox.Backend.Places;
using JamBox.Backend.Wire;

namespace JamBox.Backend.Insights.Calibration;

/// <summary>A count by hand, as it is sent.</summary>
internal sealed class CountRequest
{
    /// <summary>The fields of the body.</summary>
    public static readonly FieldTable<CountRequest> Fields = new(
        new TextField<CountRequest>("kind", CountKinds.All, static (c, v) => c.Kind = v) { IsRequired = true },
        new NumberField<CountRequest>("people", 0, CalibrationCount.MostPeople, static (c, v) => c.People = (int)v) { IsRequired = true },
        new NumberField<CountRequest>("minutes", 1, CalibrationCount.MostMinutes, static (c, v) => c.Minutes = (int)v),
        new TimeField<CountRequest>("at", static (c, v) => c.At = v, needsZone: true),
        new TextField<CountRequest>("note", static (c, v) => c.Note = v));

    /// <summary>present: how many people are here now, staff too. door: how many came in during some minutes, staff left out.</summary>
    [JsonPropertyName("kind")]
    public string? Kind { get; set; }

    /// <summary>How many: 0 to 10,000.</summary>
    [JsonPropertyName("people")]
    public int? People { get; set; }

    /// <summary>Over how many minutes was counted at the door: 1 to 240. Not with present.</summary>
    [JsonPropertyName("minutes")]
    public int? Minutes { get; set; }

    /// <summary>
    /// When it was, or when counting at the door began, with its zone: at most 31 days ago. Unless said, now, or so many minutes ago. The
    /// same count (kind and moment) sent again is there once.
    /// </summary>
    [JsonPropertyName("at")]
    public long? At { get; set; }

    /// <summary>What should be remembered, at most 64 characters.</summary>
    [JsonPropertyName("note")]
    public string? Note { get; set; }
}

/// <summary>The kinds of counts on the wire.</summary>
internal static class CountKinds
{
    /// <summary>How many people are here now.</summary>
    public const string Present = "present";

    /// <summary>How many came in during some minutes.</summary>
    public const string Door = "door";

    /// <summary>All of them.</summary>
    public static readonly string[] All = [Present, Door];
}

/// <summary>A count by hand.</summary>
/// <param name="Id">Its id; grows with the time at which it was entered.</param>
/// <param name="Kind">present or door.</param>
/// <param name="People">How many.</param>
/// <param name="Minutes">Over how many minutes at the door; null with present.</param>
/// <param name="At">When it was, or when counting at the door began.</param>
/// <param name="Note">What should be remembered.</param>
/// <param name="By">Who entered it.</param>
/// <param name="EnteredAt">When it was entered.</param>
/// <param name="IsUsed">Whether the model rests on it, or will within the hour.</param>
/// <param name="Unused">
/// Why not. stale: it is from before the calibration became stale. unheard: no box that stands there now listened then. older: there are 60
/// newer ones. Null = it is used.
/// </param>
internal sealed record CountRow(
    [property: JsonPropertyName("id")] long Id,
    [property: JsonPropertyName("kind"), Words("present", "door")] string Kind,
    [property: JsonPropertyName("people")] int People,
    [property: JsonPropertyName("minutes")] int? Minutes,
    [property: JsonPropertyName("at")] DateTime At,
    [property: JsonPropertyName("note")] string? Note,
    [property: JsonPropertyName("by")] string By,
    [property: JsonPropertyName("entered_at")] DateTime EnteredAt,
    [property: JsonPropertyName("used")] bool IsUsed,
    [property: JsonPropertyName("unused"), Words(CountUse.Stale, CountUse.Unheard, CountUse.Older)] string? Unused);

/// <summary>The answer to a count.</summary>
/// <param name="Count">The count.</param>
/// <param name="Certainty">How sure the numbers are with it.</param>
internal sealed record CountResult(
    [property: JsonPropertyName("count")] CountRow Count,
    [property: JsonPropertyName("certainty")] Certainty Certainty);

/// <summary>The usual number of staff of a place while it is open, by weekday. What is absent is 0.</summary>
internal sealed class StaffChange
{
    /// <summary>Staff at most.</summary>
    public const int Most = 1000;

    /// <summary>The fields of the body.</summary>
    public static readonly FieldTable<StaffChange> Fields = new([.. Enumerable.Range(1, 7).Select(static weekday =>
        new RealField<StaffChange>(OpeningHours.Weekdays[weekday - 1], 0, Most, (c, v) => c.Set(weekday, v)))]);

    private readonly double[] _days = new double[7];

    /// <summary>On Mondays, 0 to 1,000; 1.5 = one, and one for half of the time.</summary>
    [JsonPropertyName("monday")]
    public double Monday => _days[0];

    /// <summary>On Tuesdays.</summary>
    [JsonPropertyName("tuesday")]
    public double Tuesday => _days[1];

    /// <summary>On Wednesdays.</summary>
    [JsonPropertyName("wednesday")]
    public double Wednesday => _days[2];

    /// <summary>On Thursdays.</summary>
    [JsonPropertyName("thursday")]
    public double Thursday => _days[3];

    /// <summary>On Fridays.</summary>
    [JsonPropertyName("friday")]
    public double Friday => _days[4];

    /// <summary>On Saturdays.</summary>
    [JsonPropertyName("saturday")]
    public double Saturday => _days[5];

    /// <summary>On Sundays.</summary>
    [JsonPropertyName("sunday")]
    public double Sunday => _days[6];

    /// <summary>The staff of a day, 1 = Monday.</summary>
    public double Of(int weekday) => _days[weekday - 1];

    /// <summary>Sets the staff of a day, 1 = Monday.</summary>
    public void Set(int weekday, double staff) => _days[weekday - 1] = staff;
}

/// <summary>The mean stay of a visitor, as the owner says.</summary>
internal sealed class StayChange
{
    /// <summary>Minutes at most.</summary>
    public const int MostMinutes = 24 * 60;

    /// <summary>The fields of the body.</summary>
    public static readonly FieldTable<StayChange> Fields = new(
        new RealField<StayChange>("minutes", 1, MostMinutes, static (c, v) => c.Minutes = v) { IsRequired = true });

    /// <summary>Minutes: 1 to 1,440.</summary>
    [JsonPropertyName("minutes")]
    public double? Minutes { get; set; }
}

/// <summary>What is sent to say that the counts no longer fit.</summary>
internal sealed class StaleRequest
{
    /// <summary>The fields of the body.</summary>
    public static readonly FieldTable<StaleRequest> Fields = new(
        new TimeField<StaleRequest>("since", static (c, v) => c.Since = v, needsZone: true),
        new TextField<StaleRequest>("detail", static (c, v) => c.Detail = v));

    /// <summary>Since when, not in the future; now unless said.</summary>
    [JsonPropertyName("since")]
    public long? Since { get; set; }

    /// <summary>Why, in a sentence of at most 64 characters.</summary>
    [JsonPropertyName("detail")]
    public string? Detail { get; set; }
}

/// <summary>What is sent to work the past out anew.</summary>
internal sealed class RecalculationRequest
{
    /// <summary>The fields of the body.</summary>
    public static readonly FieldTable<RecalculationRequest> Fields = new(
        new TextField<RecalculationRequest>("from", static (c, v) => c.From = v)
        {
            IsRequired = true, Pattern = @"^\d{4}-\d{2}-\d{2}$",
        });

    /// <summary>
    /// The first day, by the place's clock, that is worked out by the newest model and the staff of today: <c>2026-11-01</c>. Not before
    /// the calibration last became stale.
    /// </summary>
    [JsonPropertyName("from")]
    public string? From { get; set; }
}

/// <summary>A version of a place's model: in force from a moment on, until the next one.</summary>
/// <param name="Id">Its number.</param>
/// <param name="ValidFrom">From when on figures are worked out by it; null = from the beginning.</param>
/// <param name="MadeAt">When it was made.</param>
/// <param name="MadeBy">fit = the server, in the night or after a count; or who ordered a recalculation.</param>
/// <param name="State">activity, rough or calibrated.</param>
/// <param name="Counts">Counts that it rests on.</param>
/// <param name="CountDays">On how many days.</param>
/// <param name="StayMinutes">The mean stay by it, minutes; null = not known.</param>
/// <param name="ReplacedAt">When a recalculation took its place; null = it is in force for its time.</param>
/// <param name="ReplacedBy">Who ordered that.</param>
internal sealed record ModelRow(
    [property: JsonPropertyName("id")] long Id,
    [property: JsonPropertyName("valid_from")] DateTime? ValidFrom,
    [property: JsonPropertyName("made_at")] DateTime MadeAt,
    [property: JsonPropertyName("made_by")] string MadeBy,
    [property: JsonPropertyName("state"), Words("activity", "rough", "calibrated")] string State,
    [property: JsonPropertyName("counts")] int Counts,
    [property: JsonPropertyName("count_days")] int CountDays,
    [property: JsonPropertyName("stay_minutes")] double? StayMinutes,
    [property: JsonPropertyName("replaced_at")] DateTime? ReplacedAt,
    [property: JsonPropertyName("replaced_by")] string? ReplacedBy);

/// <summary>What a box hears when nobody is there.</summary>
/// <param name="Id">Grows with time.</param>
/// <param name="DeviceId">The box.</param>
/// <param name="FoundAt">When it was found, out of the four weeks before.</param>
/// <param name="Devices">Devices a minute in the zones immediate, near and far: the quarter of quiet quarters of an hour that are
/// louder.</param>
/// <param name="NearDevices">The same of immediate and near alone.</param>
/// <param name="Samples">From how many quarters of an hour; 0 = none were quiet, and nothing is subtracted.</param>
/// <param name="IsGuessed">Whether the quiet hours were found from the data, because nobody said when the place is open.</param>
/// <param name="QuietFromHour">The first of those four hours, 0 to 23; null = not guessed.</param>
/// <param name="DriftPerWeek">How much it changes a week, devices a minute.</param>
internal sealed record BaselineRow(
    [property: JsonPropertyName("id")] long Id,
    [property: JsonPropertyName("device_id")] string DeviceId,
    [property: JsonPropertyName("found_at")] DateTime FoundAt,
    [property: JsonPropertyName("devices")] double Devices,
    [property: JsonPropertyName("near_devices")] double NearDevices,
    [property: JsonPropertyName("samples")] int Samples,
    [property: JsonPropertyName("guessed")] bool IsGuessed,
    [property: JsonPropertyName("quiet_from_hour")] int? QuietFromHour,
    [property: JsonPropertyName("drift_per_week")] double DriftPerWeek);

/// <summary>When a calibration became stale.</summary>
/// <param name="At">Since when the counts before no longer fit.</param>
/// <param name="Reason">Why, in a word.</param>
/// <param name="Detail">Why, in a sentence.</param>
/// <param name="By">Who or what found it.</param>
/// <param name="WithdrawnAt">When somebody said that the counts do fit; null = it stands.</param>
internal sealed record StaleRow(
    [property: JsonPropertyName("at")] DateTime At,
    [property: JsonPropertyName("reason"),
        Words("moved", "replaced", "merged", "level", "nights", "silent", "settings", "manual")] string Reason,
    [property: JsonPropertyName("detail")] string Detail,
    [property: JsonPropertyName("by")] string By,
    [property: JsonPropertyName("withdrawn_at")] DateTime? WithdrawnAt);

/// <summary>All that turns what is heard at a place into people.</summary>
/// <param name="Certainty">How sure the numbers are now.</param>
/// <param name="Staff">The usual staff; null = nobody said.</param>
/// <param name="Stay">The mean stay; null = not known.</param>
/// <param name="Baselines">What its boxes hear when nobody is there, as last found.</param>
/// <param name="Stale">When it became stale, newest first; at most 20.</param>
/// <param name="FitDueAt">When it is next fitted anew; null = nobody knows yet.</param>
internal sealed record CalibrationDetail(
    [property: JsonPropertyName("certainty")] Certainty Certainty,
    [property: JsonPropertyName("staff")] StaffChange? Staff,
    [property: JsonPropertyName("stay")] Stay? Stay,
    [property: JsonPropertyName("baselines")] IReadOnlyList<BaselineRow> Baselines,
    [property: JsonPropertyName("stale")] IReadOnlyList<StaleRow> Stale,
    [property: JsonPropertyName("fit_due_at")] DateTime? FitDueAt);

/// <summary>Serializers of calibration, made when compiled: no reflection while running.</summary>
[JsonSerializable(typeof(CountRequest))]
[JsonSerializable(typeof(CountRow))]
[JsonSerializable(typeof(List<CountRow>))]
[JsonSerializable(typeof(CountResult))]
[JsonSerializable(typeof(StaffChange))]
[JsonSerializable(typeof(StayChange))]
[JsonSerializable(typeof(StaleRequest))]
[JsonSerializable(typeof(RecalculationRequest))]
[JsonSerializable(typeof(ModelRow))]
[JsonSerializable(typeof(List<ModelRow>))]
[JsonSerializable(typeof(List<BaselineRow>))]
[JsonSerializable(typeof(CalibrationDetail))]
internal sealed partial class CalibrationJson : JsonSerializerContext;
