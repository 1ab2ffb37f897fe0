using System.Text.Json.Serialization;

using JamBox.Backend.Wire;

namespace JamBox.Backend.Reports;

/// <summary>Which reports a user is mailed.</summary>
internal sealed class ReportChoice
{
    /// <summary>Places at most: each is a page.</summary>
    public const int MaxPlaces = 50;

    /// <summary>PDF, CSV, or both.</summary>
    public static readonly string[] Formats = ["pdf", "csv", "both"];

    /// <summary>The fields of the body.</summary>
    public static readonly FieldTable<ReportChoice> Fields = new(
        new BoolField<ReportChoice>("week", static (c, v) => c.Week = v),
        new BoolField<ReportChoice>("month", static (c, v) => c.Month = v),
        new NumbersField<ReportChoice>("places", 1, int.MaxValue, static (c, v) => c.Places = v),
        new TextField<ReportChoice>("format", Formats, static (c, v) => c.Format = v),
        new TextField<ReportChoice>("language", ReportTexts.Languages, static (c, v) => c.Language = v))
    {
        SchemaName = "ReportChoiceChange",
    };

    /// <summary>On Mondays, the week before.</summary>
    [JsonPropertyName("week")]
    public bool Week { get; set; }

    /// <summary>On the 1st, the month before.</summary>
    [JsonPropertyName("month")]
    public bool Month { get; set; }

    /// <summary>The ids of the places, 50 at most; null = all of the user's, the first 50.</summary>
    [JsonPropertyName("places")]
    public IReadOnlyList<int>? Places { get; set; }

    /// <summary>pdf, csv or both.</summary>
    [JsonPropertyName("format")]
    [Words("pdf", "csv", "both")]
    public string Format { get; set; } = "pdf";

    /// <summary>en or es.</summary>
    [JsonPropertyName("language")]
    [Words("en", "es")]
    public string Language { get; set; } = "en";

    /// <summary>Whether a kind of report is wanted.</summary>
    public bool Wants(string kind) => kind == ReportPeriod.Week ? Week : Month;
}

/// <summary>A report as it waits in the outbox: it is made when it is sent, of what its reader may see then.</summary>
/// <param name="UserId">For whom.</param>
/// <param name="Kind">week or month.</param>
/// <param name="First">The first day: <c>2026-11-23</c>.</param>
/// <param name="Places">The places.</param>
internal sealed record QueuedReport(
    [property: JsonPropertyName("user_id")] long UserId,
    [property: JsonPropertyName("kind")] string Kind,
    [property: JsonPropertyName("first")] string First,
    [property: JsonPropertyName("places")] IReadOnlyList<long> Places);

/// <summary>Serializers of reports, made when compiled: no reflection while running.</summary>
[JsonSerializable(typeof(ReportChoice))]
[JsonSerializable(typeof(QueuedReport))]
internal sealed partial class ReportJson : JsonSerializerContext;
