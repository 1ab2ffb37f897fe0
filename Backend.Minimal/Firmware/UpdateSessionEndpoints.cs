using System.Globalization;
using System.Text.Json.Serialization;

using JamBox.Backend.Security;
using JamBox.Backend.Storage;
using JamBox.Backend.Wire;

using Microsoft.AspNetCore.Http.HttpResults;

namespace JamBox.Backend.Firmware;

/// <summary>Updates of things, as they tell of them themselves: start, progress, end; and what people see of it.</summary>
internal static class UpdateSessionEndpoints
{
    private static readonly DeviceResponse s_noEvent = DeviceResponse.Refuse(400, "event: must be start, progress or complete");
    private static readonly DeviceResponse s_noStatus = DeviceResponse.Refuse(400, "status: must be success or failed");
    private static readonly DeviceResponse s_noProgress = DeviceResponse.Refuse(400, "progress: must be 0 to 100");
    private static readonly DeviceResponse s_badId = DeviceResponse.Refuse(400, "session_id: must be 1 to 64 letters, digits and hyphens");
    private static readonly DeviceResponse s_noSession = DeviceResponse.Refuse(404, "No such update: send start");

    /// <summary>The route table.</summary>
    public static void MapSessions(this IEndpointRouteBuilder routes)
    {
        routes.MapPost("/api/ota/session", PostSession).WithName("PostUpdateSession").WithTags("Firmware").ForDevices()
            .TakesQuery(ApiParameter.ClaimedDeviceId)
            .TakesBody(
                SessionWord.Fields,
                """{"event":"start","product":"clock","platform":"esp32c3","old_version":"v1.2.2","new_version":"v1.2.3"}""")
            .Produces<SessionAnswer>().Refuses(StatusCodes.Status403Forbidden, StatusCodes.Status404NotFound);

        RouteGroupBuilder viewers = routes.MapFor(Role.Viewer);
        viewers.WithTags("Firmware");
        viewers.MapGet("/ota-logs", ListLogs).WithName("ListOtaLogs").TakesOldKeyHeader()
            .TakesPage(ApiParameter.DeviceId, new TextParameter(
                "status", SessionState.Wanted,
                "Only those in this state; stuck = under way, without a word for Firmware:StuckSeconds."));
        viewers.MapGet("/ota-stats", GetStats).WithName("GetOtaStats").TakesOldKeyHeader();
    }

    /// <summary>Takes a word of a thing about its update.</summary>
    internal static async Task<DeviceResponse> PostSession(
        HttpContext http, DeviceGate gate, Store store, TimeProvider clock, ISecretSource secrets)
    {
        (DeviceIdentity? device, DeviceResponse? refusal) = await gate.IdentifyAsync(http, DeviceLimit.None).ConfigureAwait(false);
        if (device is null)
        {
            return refusal!;
        }

        if (await RequestBody.ReadAsync(http.Request).ConfigureAwait(false) is not { } body)
        {
            return DeviceResponse.TooLarge;
        }

        SessionWord said = new();
        refusal = SessionWord.Fields.Parse(body, said) ?? said.FindFault(device)
            ?? (http.Request.Query.ContainsKey("device_id") || http.Request.Query.ContainsKey("d")
                ? DeviceGate.CheckClaim(http.Request, device, null)
                : null);
        return refusal ?? await TakeAsync(said, device, store, secrets, clock.GetUtcNow().ToUnixTimeMilliseconds()).ConfigureAwait(false);
    }

    /// <summary>Lists updates of things, newest first.</summary>
    internal static async Task<Results<Ok<List<UpdateSessionRow>>, ProblemHttpResult>> ListLogs(
        HttpContext http, Store store, TimeProvider clock, FirmwareOptions options, string? device_id, string? status, string? limit,
        string? cursor)
    {
        if (!PageRequest.TryRead(limit, cursor, out PageRequest page) || !page.TryNumber(out long before))
        {
            return PageRequest.Problem;
        }

        List<UpdateSessionRow> rows = await store.ReadAsync(
            (FirmwareEndpoints.Filter(device_id), FirmwareEndpoints.Filter(status), Caller.Of(http).Scope, before, page.Limit + 1,
                StuckBefore(clock, options)),
            UpdateSessionSql.List).ConfigureAwait(false);
        page.Finish(http, rows, static row => row.Id.ToString(CultureInfo.InvariantCulture));
        return TypedResults.Ok(rows);
    }

    /// <summary>Counts updates of things: how many came through, in what time, and how many hang.</summary>
    internal static async Task<Ok<SessionStats>> GetStats(HttpContext http, Store store, TimeProvider clock, FirmwareOptions options) =>
        TypedResults.Ok(await store.ReadAsync(
            (Caller.Of(http).Scope, clock.GetUtcNow().AddDays(-1).ToUnixTimeMilliseconds(), StuckBefore(clock, options)),
            UpdateSessionSql.Count).ConfigureAwait(false));

    /// <summary>An update that is under way and said its last word before this time is stuck.</summary>
    private static long StuckBefore(TimeProvider clock, FirmwareOptions options) =>
        clock.GetUtcNow().AddSeconds(-options.StuckSeconds).ToUnixTimeMilliseconds();

    private static async Task<DeviceResponse> TakeAsync(
        SessionWord said, DeviceIdentity device, Store store, ISecretSource secrets, long now)
    {
        UpdateWord word = said.Of(device.DeviceId);
        UpdateSession? session = said.Event switch
        {
            SessionWord.Start => await store.WriteAsync((word, NewId(secrets), now), UpdateSessionSql.Start).ConfigureAwait(false),
            SessionWord.Progress =>
                await store.WriteAsync((word, said.Percent!.Value, now), UpdateSessionSql.Progress).ConfigureAwait(false),
            _ => await store.WriteAsync((word, said.IsSuccess!.Value, said.Error, now), UpdateSessionSql.Complete).ConfigureAwait(false),
        };
        return session is null
            ? s_noSession
            : DeviceResponse.Json($"{{\"status\":\"ok\",\"session_id\":\"{session.SessionId}\",\"state\":\"{session.State}\"}}");
    }

    /// <summary>A new id of an update, for a device that gives none.</summary>
    internal static string NewId(ISecretSource secrets)
    {
        Span<byte> bytes = stackalloc byte[16];
        secrets.Fill(bytes);
        return new Guid(bytes).ToString();
    }

    private static DeviceResponse? FindFault(this SessionWord said, DeviceIdentity device) =>
        said.DeviceId is { } claimed && claimed != device.DeviceId ? DeviceResponse.NotYours
        : said.Event is null ? s_noEvent
        : said.SessionId is { } id && !id.All(static c => char.IsAsciiLetterOrDigit(c) || c == '-') ? s_badId
        : said.Event == SessionWord.Progress && said.Percent is null ? s_noProgress
        : said.Event == SessionWord.Complete && said.IsSuccess is null ? s_noStatus
        : null;
}

/// <summary>What a thing says of its update.</summary>
internal sealed class SessionWord
{
    /// <summary>It begins.</summary>
    public const string Start = "start";

    /// <summary>It goes on.</summary>
    public const string Progress = "progress";

    /// <summary>It ends.</summary>
    public const string Complete = "complete";

    /// <summary>The fields of the body.</summary>
    public static readonly FieldTable<SessionWord> Fields = new(
        new TextField<SessionWord>("event action", [Start, Progress, Complete], static (w, v) => w.Event = v) { IsRequired = true },
        new TextField<SessionWord>("session_id", static (w, v) => w.SessionId = v),
        new TextField<SessionWord>("device_id d", static (w, v) => w.DeviceId = v),
        new TextField<SessionWord>("product", static (w, v) => w.Product = v),
        new TextField<SessionWord>("platform board", static (w, v) => w.Platform = v),
        new TextField<SessionWord>("old_version", static (w, v) => w.OldVersion = v),
        new TextField<SessionWord>("new_version", static (w, v) => w.NewVersion = v),
        new NumberField<SessionWord>("progress", 0, 100, static (w, v) => w.Percent = (int)v),
        new TextField<SessionWord>("status", ["success", "failed"], static (w, v) => w.IsSuccess = v == "success"),
        new BoolField<SessionWord>("success", static (w, v) => w.IsSuccess ??= v),
        new TextField<SessionWord>("error", static (w, v) => w.Error = v));

    /// <summary>start, progress or complete.</summary>
    [JsonPropertyName("event")]
    public string? Event { get; set; }

    /// <summary>Which update, 1 to 64 letters, digits and hyphens; absent = the newest one that is open.</summary>
    [JsonPropertyName("session_id")]
    public string? SessionId { get; set; }

    /// <summary>The device; must be the token's.</summary>
    [JsonPropertyName("device_id")]
    public string? DeviceId { get; set; }

    /// <summary>What it is for, at most 64 characters.</summary>
    [JsonPropertyName("product")]
    public string? Product { get; set; }

    /// <summary>Its chip or board, at most 64 characters.</summary>
    [JsonPropertyName("platform")]
    public string? Platform { get; set; }

    /// <summary>The version that it runs, at most 64 characters.</summary>
    [JsonPropertyName("old_version")]
    public string? OldVersion { get; set; }

    /// <summary>The version that it goes to, at most 64 characters.</summary>
    [JsonPropertyName("new_version")]
    public string? NewVersion { get; set; }

    /// <summary>Percent, 0 to 100.</summary>
    [JsonPropertyName("progress")]
    public int? Percent { get; set; }

    /// <summary>success or failed.</summary>
    [JsonPropertyName("status")]
    public string? Status => IsSuccess is null ? null : IsSuccess.Value ? "success" : "failed";

    /// <summary>Whether it came through; what older ones say instead of status.</summary>
    [JsonPropertyName("success")]
    public bool? IsSuccess { get; set; }

    /// <summary>What went wrong, at most 64 characters.</summary>
    [JsonPropertyName("error")]
    public string? Error { get; set; }

    /// <summary>As the rules take it.</summary>
    /// <param name="deviceId">The device, as its token says.</param>
    public UpdateWord Of(string deviceId) => new(deviceId, SessionId, Product, Platform, OldVersion, NewVersion);
}

/// <summary>What a thing is told of its update.</summary>
/// <param name="Status">Always ok.</param>
/// <param name="SessionId">The update: to be said from now on.</param>
/// <param name="State">How it stands.</param>
internal sealed record SessionAnswer(
    [property: JsonPropertyName("status")] string Status,
    [property: JsonPropertyName("session_id")] string SessionId,
    [property: JsonPropertyName("state"), Words("started", "downloading", "success", "failed")] string State);

/// <summary>An update of a thing.</summary>
/// <param name="Id">Grows with time.</param>
/// <param name="SessionId">What the device calls it by.</param>
/// <param name="DeviceId">The device.</param>
/// <param name="Product">What it is for.</param>
/// <param name="Platform">Its chip or board.</param>
/// <param name="OldVersion">What it ran.</param>
/// <param name="NewVersion">What it went to.</param>
/// <param name="Status">How it stands.</param>
/// <param name="Progress">Percent.</param>
/// <param name="Error">What went wrong: its own words, or interrupted (it began anew), no_report (it runs another version) or
/// silent.</param>
/// <param name="StartedAt">When it began.</param>
/// <param name="EndedAt">When it ended; null = it has not.</param>
/// <param name="HeardAt">When its device last said a word about it.</param>
/// <param name="IsStuck">Whether it is under way, and its device has said nothing for Firmware:StuckSeconds.</param>
internal sealed record UpdateSessionRow(
    [property: JsonPropertyName("id")] long Id,
    [property: JsonPropertyName("session_id")] string SessionId,
    [property: JsonPropertyName("device_id")] string DeviceId,
    [property: JsonPropertyName("product")] string? Product,
    [property: JsonPropertyName("platform")] string? Platform,
    [property: JsonPropertyName("old_version")] string? OldVersion,
    [property: JsonPropertyName("new_version")] string? NewVersion,
    [property: JsonPropertyName("status"), Words("started", "downloading", "success", "failed")] string Status,
    [property: JsonPropertyName("progress")] int Progress,
    [property: JsonPropertyName("error")] string? Error,
    [property: JsonPropertyName("started_at")] DateTime StartedAt,
    [property: JsonPropertyName("completed_at")] DateTime? EndedAt,
    [property: JsonPropertyName("heard_at")] DateTime HeardAt,
    [property: JsonPropertyName("stuck")] bool IsStuck);

/// <summary>Updates of things in numbers.</summary>
/// <param name="Total">All of them.</param>
/// <param name="Success">Those that came through.</param>
/// <param name="Failed">Those that did not.</param>
/// <param name="InProgress">Those that are under way.</param>
/// <param name="Stuck">Those of them whose device has said nothing for Firmware:StuckSeconds.</param>
/// <param name="SuccessRate">Percent of those that ended; null = none has.</param>
/// <param name="MeanDurationSeconds">How long those that came through took; null = none has.</param>
/// <param name="Last24Hours">Those that began in the last 24 hours.</param>
internal sealed record SessionStats(
    [property: JsonPropertyName("total")] long Total,
    [property: JsonPropertyName("success")] long Success,
    [property: JsonPropertyName("failed")] long Failed,
    [property: JsonPropertyName("in_progress")] long InProgress,
    [property: JsonPropertyName("stuck")] long Stuck,
    [property: JsonPropertyName("success_rate")] double? SuccessRate,
    [property: JsonPropertyName("mean_duration_seconds")] double? MeanDurationSeconds,
    [property: JsonPropertyName("last_24h")] long Last24Hours);
