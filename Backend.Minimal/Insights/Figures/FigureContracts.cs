using System.Text.Json.Serialization;

using JamBox.Backend.Wire;

namespace JamBox.Backend.Insights.Figures;

/// <summary>
/// A number with its error: of 100 such ranges about 80 hold the true number. Not rounded: whoever shows it rounds outward.
/// </summary>
/// <param name="Low">The lower end, 0 or more.</param>
/// <param name="Value">The best guess.</param>
/// <param name="High">The upper end.</param>
internal sealed record Ranged(
    [property: JsonPropertyName("low")] double Low,
    [property: JsonPropertyName("value")] double Value,
    [property: JsonPropertyName("high")] double High);

/// <summary>How sure the numbers of people are, and what is needed to make them surer.</summary>
/// <param name="State">
/// activity: fewer than 4 counts, so that people are a rough range and only the comparison with the usual is meant to be read. rough: 4 to
/// 11 counts, or on fewer than 3 days. calibrated: 12 counts on 3 days, or more. stale: the counts no longer fit.
/// </param>
/// <param name="Reason">Why it is stale; null = it is not.</param>
/// <param name="Detail">The same in a sentence, as whoever found it said so; null = it is not stale.</param>
/// <param name="StaleSince">Since when the counts no longer fit; null = they do.</param>
/// <param name="Counts">Counts that are used: those since the calibration last became stale.</param>
/// <param name="CountDays">On how many days, by the place's clock.</param>
/// <param name="CountsNeeded">How many more make the next better state; 0 = none.</param>
/// <param name="DaysNeeded">On how many more days at least; 0 = none.</param>
/// <param name="Model">Number of the model's version of the last day shown; null = none was fitted yet: the prior alone.</param>
internal sealed record Certainty(
    [property: JsonPropertyName("state"), Words(typeof(CertaintyState))] string State,
    [property: JsonPropertyName("reason"),
        Words("moved", "replaced", "merged", "level", "nights", "silent", "settings", "manual")] string? Reason,
    [property: JsonPropertyName("detail")] string? Detail,
    [property: JsonPropertyName("stale_since")] DateTime? StaleSince,
    [property: JsonPropertyName("counts")] int Counts,
    [property: JsonPropertyName("count_days")] int CountDays,
    [property: JsonPropertyName("counts_needed")] int CountsNeeded,
    [property: JsonPropertyName("days_needed")] int DaysNeeded,
    [property: JsonPropertyName("model")] long? Model);

/// <summary>The states of a calibration.</summary>
internal static class CertaintyState
{
    /// <summary>Fewer than 4 counts.</summary>
    public const string Activity = "activity";

    /// <summary>4 to 11 counts, or on fewer than 3 days.</summary>
    public const string Rough = "rough";

    /// <summary>12 counts on 3 days, or more.</summary>
    public const string Calibrated = "calibrated";

    /// <summary>The counts no longer fit, and fewer than 4 were made since.</summary>
    public const string Stale = "stale";

    /// <summary>All of them.</summary>
    public static readonly string[] All = [Activity, Rough, Calibrated, Stale];
}

/// <summary>Activity against the usual: both by one model, so that a new model is no change of people.</summary>
/// <param name="Ratio">1.33 = a third more than usual.</param>
/// <param name="Word">
/// The same as a word that can be translated: <c>busier_third</c>, <c>quieter_fifth</c>, <c>usual</c> (within 10 %) …
/// </param>
/// <param name="Words">The same in English: <c>a third busier</c>.</param>
/// <param name="Low">Lower end of the ratio: what four usual days differ by among themselves. Null with fewer than 2 of them.</param>
/// <param name="High">Upper end.</param>
/// <param name="Days">The days that it is compared with, as <c>2026-11-20</c>.</param>
/// <param name="Hours">Over how many hours: those with a figure on both sides.</param>
internal sealed record AgainstUsual(
    [property: JsonPropertyName("ratio")] double Ratio,
    [property: JsonPropertyName("word")] string Word,
    [property: JsonPropertyName("words")] string Words,
    [property: JsonPropertyName("low")] double? Low,
    [property: JsonPropertyName("high")] double? High,
    [property: JsonPropertyName("days")] IReadOnlyList<string> Days,
    [property: JsonPropertyName("hours")] double Hours);

/// <summary>A quarter of an hour, an hour, a day at a place.</summary>
/// <param name="Label">By the place's clock: <c>2026-11-27 14:00</c>, of a day <c>2026-11-27</c>.</param>
/// <param name="Start">When it begins.</param>
/// <param name="End">When it ends.</param>
/// <param name="OpenSeconds">How long the place was open in it; the whole of it where nobody said the hours.</param>
/// <param name="Coverage">Share of it in which the boxes listened, 0 to 1; of what has passed of it, while it is open.</param>
/// <param name="Gap">
/// Why there is no figure: closed, ahead, no_box (none stood there), power (the box had none), restart (it started anew, for another
/// reason), offline (not heard of since: off, or without network), silent (nothing of this time came, and the box does not say why), deaf
/// (it came, but hardly anything was listened to). Null = there is one. Below half coverage there is none.
/// </param>
/// <param name="People">People there at a time, staff too; null = no figure.</param>
/// <param name="Visitors">
/// Visitors who came in it, staff left out; null = no figure, or the stay is not known, or there are no counts yet.
/// </param>
/// <param name="Activity">Its level, to be compared with others of this place: the best guess of person-hours while open.</param>
/// <param name="Then">The level of what it is compared with, by the same model; null = none.</param>
/// <param name="SoFar">Whether it still goes on.</param>
/// <param name="IsLow">Whether the box was too busy to tell all phones apart, or lost records: it may be too low.</param>
/// <param name="Waiting">Whether readings of it may still be on their way.</param>
internal sealed record FigureRow(
    [property: JsonPropertyName("label")] string Label,
    [property: JsonPropertyName("start")] DateTime Start,
    [property: JsonPropertyName("end")] DateTime End,
    [property: JsonPropertyName("open_s")] int OpenSeconds,
    [property: JsonPropertyName("coverage")] double Coverage,
    [property: JsonPropertyName("gap"), Words("closed", "ahead", "no_box", "power", "restart", "offline", "silent", "deaf")] string? Gap,
    [property: JsonPropertyName("people")] Ranged? People,
    [property: JsonPropertyName("visitors")] Ranged? Visitors,
    [property: JsonPropertyName("activity")] double? Activity,
    [property: JsonPropertyName("then")] double? Then,
    [property: JsonPropertyName("so_far")] bool SoFar,
    [property: JsonPropertyName("is_low")] bool IsLow,
    [property: JsonPropertyName("waiting")] bool Waiting);

/// <summary>The figures of a place.</summary>
/// <param name="PlaceId">The place.</param>
/// <param name="Place">Its name.</param>
/// <param name="Timezone">IANA id of its zone; days and hours are by its clock.</param>
/// <param name="FirstDay">The first day: <c>2026-11-27</c>.</param>
/// <param name="LastDay">The last day; it counts.</param>
/// <param name="From">When they begin.</param>
/// <param name="Until">When they end.</param>
/// <param name="AsOf">When this was worked out.</param>
/// <param name="By">Length of the rows.</param>
/// <param name="Certainty">How sure the numbers are.</param>
/// <param name="Visitors">Visitors of all rows with a figure, staff left out; null: <paramref name="VisitorsMissing"/> says why.</param>
/// <param name="VisitorsMissing">
/// no_stay: set a mean stay or count at the door. no_figure: coverage below half, or nothing yet. activity: fewer than 4 counts. closed:
/// closed all the time. Null = there is a number.
/// </param>
/// <param name="People">Mean number of people at a time while open, staff too; null = no figure.</param>
/// <param name="PersonHours">Hours that people spent there while open, staff left out; null = no figure.</param>
/// <param name="Stay">The mean stay, where it is known.</param>
/// <param name="Activity">Against the usual; null: no usual yet, <paramref name="UsualFrom"/> says when.</param>
/// <param name="UsualFrom">The first day that can be compared; null = it can be, or nobody knows when.</param>
/// <param name="Then">What rows are compared with; null = nothing.</param>
/// <param name="Busiest">The busiest hour; null = no hour has a figure.</param>
/// <param name="Zones">Where phones were.</param>
/// <param name="Stays">How long phones stayed.</param>
/// <param name="Phones">Apple or other.</param>
/// <param name="Quality">How far it can be trusted.</param>
/// <param name="Days">Days of the range that are not as others of their name, with what was noted.</param>
/// <param name="Rows">The rows, every one, oldest first.</param>
internal sealed record PlaceRange(
    [property: JsonPropertyName("place_id")] long PlaceId,
    [property: JsonPropertyName("place")] string Place,
    [property: JsonPropertyName("timezone")] string Timezone,
    [property: JsonPropertyName("first_day")] string FirstDay,
    [property: JsonPropertyName("last_day")] string LastDay,
    [property: JsonPropertyName("from")] DateTime From,
    [property: JsonPropertyName("until")] DateTime Until,
    [property: JsonPropertyName("as_of")] DateTime AsOf,
    [property: JsonPropertyName("by"), Words("quarter", "hour", "day")] string By,
    [property: JsonPropertyName("certainty")] Certainty Certainty,
    [property: JsonPropertyName("visitors")] Ranged? Visitors,
    [property: JsonPropertyName("visitors_missing"), Words("no_stay", "no_figure", "activity", "closed")] string? VisitorsMissing,
    [property: JsonPropertyName("people")] Ranged? People,
    [property: JsonPropertyName("person_hours")] Ranged? PersonHours,
    [property: JsonPropertyName("stay")] Stay? Stay,
    [property: JsonPropertyName("activity")] AgainstUsual? Activity,
    [property: JsonPropertyName("usual_from")] string? UsualFrom,
    [property: JsonPropertyName("then")] Then? Then,
    [property: JsonPropertyName("busiest_hour")] Busiest? Busiest,
    [property: JsonPropertyName("zones")] ZoneFigures Zones,
    [property: JsonPropertyName("stays")] StayFigures Stays,
    [property: JsonPropertyName("phones")] PhoneFigures? Phones,
    [property: JsonPropertyName("quality")] QualityFacts Quality,
    [property: JsonPropertyName("days")] IReadOnlyList<DayNote> Days,
    [property: JsonPropertyName("rows")] IReadOnlyList<FigureRow> Rows);

/// <summary>What rows are compared with.</summary>
/// <param name="Versus">usual: the mean of the same weekdays of the 4 weeks before; or that of one day or range.</param>
/// <param name="Days">The days that went into it.</param>
/// <param name="Total">Its level over the hours that have a figure on both sides.</param>
internal sealed record Then(
    [property: JsonPropertyName("vs"), Words("usual", "before", "week", "year")] string Versus,
    [property: JsonPropertyName("days")] IReadOnlyList<string> Days,
    [property: JsonPropertyName("total")] double? Total);

/// <summary>The busiest hour.</summary>
/// <param name="Label">By the place's clock: <c>2026-11-27 14:00</c>.</param>
/// <param name="Start">When it begins.</param>
/// <param name="People">People at a time in it; in the state of activity a rough range.</param>
internal sealed record Busiest(
    [property: JsonPropertyName("label")] string Label,
    [property: JsonPropertyName("start")] DateTime Start,
    [property: JsonPropertyName("people")] Ranged People);

/// <summary>The mean stay of a visitor.</summary>
/// <param name="Minutes">Minutes.</param>
/// <param name="Low">Lower end; today the same when somebody set it.</param>
/// <param name="High">Upper end.</param>
/// <param name="Source">owner: somebody set it. counts: found from counts of people present and at the door.</param>
internal sealed record Stay(
    [property: JsonPropertyName("minutes")] double Minutes,
    [property: JsonPropertyName("low")] double Low,
    [property: JsonPropertyName("high")] double High,
    [property: JsonPropertyName("source"), Words("owner", "counts")] string Source);

/// <summary>A share of devices, with its range for so few of them (Wilson's interval, 80 %).</summary>
/// <param name="Low">Lower end, 0 to 1.</param>
/// <param name="Value">The share.</param>
/// <param name="High">Upper end.</param>
/// <param name="From">From about how many devices.</param>
internal sealed record Share(
    [property: JsonPropertyName("low")] double Low,
    [property: JsonPropertyName("value")] double Value,
    [property: JsonPropertyName("high")] double High,
    [property: JsonPropertyName("from")] long From);

/// <summary>Where phones were while the place was open: device-minutes by the strongest probe of the minute.</summary>
/// <param name="Counter">At Counter (immediate).</param>
/// <param name="Store">In Store (near).</param>
/// <param name="Window">Window Shopping (far).</param>
/// <param name="Past">Walking Past (remote).</param>
/// <param name="TurnIn">
/// The share of device-minutes at the counter and in the store: compares a place with itself. Null = nothing was heard.
/// </param>
internal sealed record ZoneFigures(
    [property: JsonPropertyName("counter")] long Counter,
    [property: JsonPropertyName("store")] long Store,
    [property: JsonPropertyName("window")] long Window,
    [property: JsonPropertyName("past")] long Past,
    [property: JsonPropertyName("turn_in")] Share? TurnIn);

/// <summary>Stays of phones that ended while the place was open. Phones change their address, so that long stays look short.</summary>
/// <param name="Glance">Quick Glance: up to 1 minute.</param>
/// <param name="Browsing">Up to 5.</param>
/// <param name="Shopping">Up to 10.</param>
/// <param name="Loyal">Loyal Customer: more.</param>
/// <param name="Note">What changing addresses do to them, in English.</param>
internal sealed record StayFigures(
    [property: JsonPropertyName("glance")] long Glance,
    [property: JsonPropertyName("browsing")] long Browsing,
    [property: JsonPropertyName("shopping")] long Shopping,
    [property: JsonPropertyName("loyal")] long Loyal,
    [property: JsonPropertyName("note")] string Note);

/// <summary>Apple or other, of devices that spoke Bluetooth while the place was open.</summary>
/// <param name="Apple">The share of Apple's.</param>
/// <param name="Basis">
/// in_use: phones, tablets and watches in use (the box tells them from tags and speakers). company: whatever bears Apple's company id, tags
/// and headphones among them (older firmware).
/// </param>
internal sealed record PhoneFigures(
    [property: JsonPropertyName("apple")] Share Apple,
    [property: JsonPropertyName("basis"), Words("in_use", "company")] string Basis);

/// <summary>A day that is not as others of its name.</summary>
/// <param name="Day">The day: <c>2026-12-24</c>.</param>
/// <param name="IsClosed">Whether the place is closed all day.</param>
/// <param name="Note">What was noted; empty = nothing.</param>
internal sealed record DayNote(
    [property: JsonPropertyName("day")] string Day,
    [property: JsonPropertyName("closed")] bool IsClosed,
    [property: JsonPropertyName("note")] string Note);

/// <summary>The facts behind the sentence on data quality.</summary>
/// <param name="OpenSeconds">How long the place was open, as far as it has passed.</param>
/// <param name="ListenedSeconds">How long of that it was listened to, by all boxes alike.</param>
/// <param name="Coverage">The one by the other, 0 to 1.</param>
/// <param name="Waiting">Readings that wait in boxes now; 0 unless the range goes on.</param>
/// <param name="ExpectedBy">When they will about be here; null = nobody knows, or none wait.</param>
/// <param name="BusyHours">Hours in which a box was too busy to tell all phones apart, or lost records.</param>
/// <param name="Gaps">Times while open without a figure, as far as they have passed; at most 100.</param>
/// <param name="Boxes">The boxes that stood there in that time, with their last word.</param>
internal sealed record QualityFacts(
    [property: JsonPropertyName("open_s")] long OpenSeconds,
    [property: JsonPropertyName("listened_s")] long ListenedSeconds,
    [property: JsonPropertyName("coverage")] double Coverage,
    [property: JsonPropertyName("waiting")] int Waiting,
    [property: JsonPropertyName("expected_by")] DateTime? ExpectedBy,
    [property: JsonPropertyName("busy_hours")] IReadOnlyList<string> BusyHours,
    [property: JsonPropertyName("gaps")] IReadOnlyList<Gap> Gaps,
    [property: JsonPropertyName("boxes")] IReadOnlyList<BoxWord> Boxes);

/// <summary>A time without a figure.</summary>
/// <param name="From">Its first moment.</param>
/// <param name="Until">The first moment after it.</param>
/// <param name="Reason">no_box, power, restart, offline, silent or deaf.</param>
internal sealed record Gap(
    [property: JsonPropertyName("from")] DateTime From,
    [property: JsonPropertyName("until")] DateTime Until,
    [property: JsonPropertyName("reason"), Words("no_box", "power", "restart", "offline", "silent", "deaf")] string Reason);

/// <summary>A box, and its last word.</summary>
/// <param name="DeviceId">The box.</param>
/// <param name="State">online, warning, offline or new.</param>
/// <param name="LastSeen">When it last spoke; null = never.</param>
/// <param name="StandsThere">Whether it stands there now.</param>
internal sealed record BoxWord(
    [property: JsonPropertyName("device_id")] string DeviceId,
    [property: JsonPropertyName("state"), Words("online", "warning", "offline", "new")] string State,
    [property: JsonPropertyName("last_seen")] DateTime? LastSeen,
    [property: JsonPropertyName("stands_there")] bool StandsThere);

/// <summary>How it is at a place now: over the last minutes, as far as readings have come.</summary>
/// <param name="PlaceId">The place.</param>
/// <param name="AsOf">When this was worked out.</param>
/// <param name="From">Since when readings were taken for it; null = no figure.</param>
/// <param name="Until">Until when; null = no figure.</param>
/// <param name="IsOpen">Whether the place is open now; null = nobody said its hours.</param>
/// <param name="People">People there, staff too; null = no figure.</param>
/// <param name="Activity">Against the usual of this weekday and hour; null = none.</param>
/// <param name="Gap">Why there is no figure: no_box, power, restart, offline, silent, deaf. Null = there is one.</param>
/// <param name="Certainty">How sure it is.</param>
internal sealed record PlaceNow(
    [property: JsonPropertyName("place_id")] long PlaceId,
    [property: JsonPropertyName("as_of")] DateTime AsOf,
    [property: JsonPropertyName("from")] DateTime? From,
    [property: JsonPropertyName("until")] DateTime? Until,
    [property: JsonPropertyName("is_open")] bool? IsOpen,
    [property: JsonPropertyName("people")] Ranged? People,
    [property: JsonPropertyName("activity")] AgainstUsual? Activity,
    [property: JsonPropertyName("gap"), Words("no_box", "power", "restart", "offline", "silent", "deaf")] string? Gap,
    [property: JsonPropertyName("certainty")] Certainty Certainty);

/// <summary>When it is busy at a place.</summary>
/// <param name="PlaceId">The place.</param>
/// <param name="Timezone">IANA id of its zone.</param>
/// <param name="FirstDay">The first day that went into it.</param>
/// <param name="LastDay">The last one.</param>
/// <param name="Most">The greatest best guess of all cells; 0 = no cell has one.</param>
/// <param name="Certainty">How sure the numbers are.</param>
/// <param name="Cells">The hours of a week, Monday 0 o'clock first: 168 of them.</param>
internal sealed record HeatMap(
    [property: JsonPropertyName("place_id")] long PlaceId,
    [property: JsonPropertyName("timezone")] string Timezone,
    [property: JsonPropertyName("first_day")] string FirstDay,
    [property: JsonPropertyName("last_day")] string LastDay,
    [property: JsonPropertyName("most")] double Most,
    [property: JsonPropertyName("certainty")] Certainty Certainty,
    [property: JsonPropertyName("cells")] IReadOnlyList<HeatCell> Cells);

/// <summary>An hour of the week.</summary>
/// <param name="Weekday">1 = Monday.</param>
/// <param name="Hour">0 to 23, by the place's clock.</param>
/// <param name="Days">Days that have a figure in it.</param>
/// <param name="People">People at a time, the mean of those days; null = closed, or no figure.</param>
internal sealed record HeatCell(
    [property: JsonPropertyName("weekday")] int Weekday,
    [property: JsonPropertyName("hour")] int Hour,
    [property: JsonPropertyName("days")] int Days,
    [property: JsonPropertyName("people")] Ranged? People);

/// <summary>A day beside the same weekday of the weeks before.</summary>
/// <param name="PlaceId">The place.</param>
/// <param name="Until">The minute of the day until which all are compared, by the place's clock: 1440 = all of it.</param>
/// <param name="Days">The day first, then those before: 5 of them.</param>
internal sealed record Weekdays(
    [property: JsonPropertyName("place_id")] long PlaceId,
    [property: JsonPropertyName("until_minute")] int Until,
    [property: JsonPropertyName("days")] IReadOnlyList<WeekdayRow> Days);

/// <summary>A day among its like.</summary>
/// <param name="Day">The day: <c>2026-11-20</c>.</param>
/// <param name="Visitors">Visitors until then; null = no number.</param>
/// <param name="PersonHours">Hours that people spent there, staff left out; null = no figure.</param>
/// <param name="Coverage">Share of the open time that was listened to.</param>
/// <param name="Note">What was noted of a day that is not as others of its name; null = it is.</param>
internal sealed record WeekdayRow(
    [property: JsonPropertyName("day")] string Day,
    [property: JsonPropertyName("visitors")] Ranged? Visitors,
    [property: JsonPropertyName("person_hours")] Ranged? PersonHours,
    [property: JsonPropertyName("coverage")] double Coverage,
    [property: JsonPropertyName("note")] string? Note);

/// <summary>Places beside each other, each by its own clock.</summary>
/// <param name="FirstDay">The first day.</param>
/// <param name="LastDay">The last day.</param>
/// <param name="Places">The places, by name. Where their ranges overlap there is no clear difference.</param>
internal sealed record Comparison(
    [property: JsonPropertyName("first_day")] string FirstDay,
    [property: JsonPropertyName("last_day")] string LastDay,
    [property: JsonPropertyName("places")] IReadOnlyList<ComparedPlace> Places);

/// <summary>A place among others.</summary>
/// <param name="PlaceId">The place.</param>
/// <param name="Place">Its name.</param>
/// <param name="OpenHours">Hours that it was open and has a figure.</param>
/// <param name="Coverage">Share of the open time that was listened to.</param>
/// <param name="People">People at a time while open; null = no figure.</param>
/// <param name="VisitorsPerHour">Visitors per open hour; null = no number.</param>
/// <param name="Visitors">Visitors; null = no number.</param>
/// <param name="Ratio">Against its own usual; null = none.</param>
/// <param name="TurnIn">Turn-in rate; null = nothing was heard.</param>
/// <param name="Certainty">How sure the numbers are.</param>
internal sealed record ComparedPlace(
    [property: JsonPropertyName("place_id")] long PlaceId,
    [property: JsonPropertyName("place")] string Place,
    [property: JsonPropertyName("open_hours")] double OpenHours,
    [property: JsonPropertyName("coverage")] double Coverage,
    [property: JsonPropertyName("people")] Ranged? People,
    [property: JsonPropertyName("visitors_per_hour")] Ranged? VisitorsPerHour,
    [property: JsonPropertyName("visitors")] Ranged? Visitors,
    [property: JsonPropertyName("ratio")] double? Ratio,
    [property: JsonPropertyName("turn_in")] Share? TurnIn,
    [property: JsonPropertyName("certainty")] Certainty Certainty);

/// <summary>Serializers of figures, made when compiled: no reflection while running.</summary>
[JsonSerializable(typeof(PlaceRange))]
[JsonSerializable(typeof(PlaceNow))]
[JsonSerializable(typeof(HeatMap))]
[JsonSerializable(typeof(Weekdays))]
[JsonSerializable(typeof(Comparison))]
internal sealed partial class FigureJson : JsonSerializerContext;
