using System.Globalization;

using JamBox.Backend.Devices;
using JamBox.Backend.Operation;
using JamBox.Backend.Security;
using JamBox.Backend.Storage;
using JamBox.Backend.Wire;

using Microsoft.AspNetCore.Http.HttpResults;

namespace JamBox.Backend.Notifications;

/// <summary>Alerts as people see them.</summary>
internal static class AlertEndpoints
{
    private static readonly string s_list = $"""
        SELECT alerts.id, alerts.device_id, alert_type, severity, message, alerts.created_at, cleared_at, acknowledged_by, acknowledged_at,
            p.id, p.name
        FROM alerts
        LEFT JOIN places p ON p.id = (SELECT d.place_id FROM place_devices d WHERE d.device_id = alerts.device_id
            AND d.from_at <= alerts.created_at AND (d.to_at IS NULL OR d.to_at > alerts.created_at) ORDER BY d.from_at DESC LIMIT 1)
        WHERE alerts.id < $1 AND ($4 = 0 OR cleared_at IS NULL) AND ($5 IS NULL OR alerts.device_id = $5)
            AND {Caller.ScopeAtSql("alerts.device_id", "alerts.created_at", "$3")} ORDER BY alerts.id DESC LIMIT $2
        """;

    private static readonly string s_acknowledge = $"""
        UPDATE alerts SET acknowledged_by = $2, acknowledged_at = $3
        WHERE id = $1 AND acknowledged_at IS NULL AND {Caller.ScopeAtSql("alerts.device_id", "alerts.created_at", "$4")}
        """;

    /// <summary>Adds alerts.</summary>
    public static void AddNotifications(this IServiceCollection services)
    {
        services.AddFeatureOptions<NotificationOptions>(NotificationOptions.Section);
        services.AddJson(NotificationJson.Default);
        services.AddSingleton<IAlertSender, LogSender>();
        services.AddSingleton<IAlertSender, WebhookSender>();
        services.AddSingleton<SmtpSender>();
        services.AddSingleton<IAlertSender>(static provider => provider.GetRequiredService<SmtpSender>());
        services.AddSingleton<IJob, AlertJob>();
        services.AddSingleton<IJob, NotificationJob>();
        foreach (string channel in AlertChannels.All)
        {
            services.AddRetryJob(provider => new DeliveryJob(
                provider.GetServices<IAlertSender>().Single(sender => sender.Channel == channel), provider.GetRequiredService<Store>(),
                provider.GetRequiredService<TimeProvider>(), provider.GetRequiredService<ILogger<DeliveryJob>>()));
        }
    }

    /// <summary>The route table.</summary>
    public static void MapNotifications(this IEndpointRouteBuilder routes)
    {
        routes.MapNotificationList();
        RouteGroupBuilder viewers = routes.MapFor(Role.Viewer);
        viewers.WithTags("Notifications");
        viewers.MapGet("/alerts", ListAlerts).WithName("ListAlerts").TakesPage(
            new FlagParameter("open", "true = only those that are not over."),
            ApiParameter.DeviceId).Refuses(StatusCodes.Status404NotFound);

        RouteGroupBuilder operators = routes.MapFor(Role.Operator);
        operators.WithTags("Notifications");
        operators.MapPost("/alerts/{id}/acknowledge", Acknowledge).WithName("AcknowledgeAlert")
            .TakesPath(new NumberParameter("id", 1, long.MaxValue, "Number of the alert.")).Refuses(StatusCodes.Status404NotFound);
    }

    /// <summary>Lists alerts, newest first. The Link header (rel=next) leads to older ones.</summary>
    /// <param name="http">The request.</param>
    /// <param name="store">The storage.</param>
    /// <param name="open">true = only those that are not over.</param>
    /// <param name="device_id">Only this device's.</param>
    /// <param name="limit">Rows at most: 1 to 1,000, 100 unless said.</param>
    /// <param name="cursor">From the Link header.</param>
    internal static async Task<Results<Ok<List<AlertRow>>, ProblemHttpResult>> ListAlerts(
        HttpContext http, Store store, string? open, string? device_id, string? limit, string? cursor)
    {
        if (!PageRequest.TryRead(limit, cursor, out PageRequest page) || !page.TryNumber(out long before))
        {
            return PageRequest.Problem;
        }

        string? deviceId = string.IsNullOrEmpty(device_id) ? null : device_id;
        if (deviceId is not null && await DeviceAccess.CheckHistoryAsync(http, store, deviceId).ConfigureAwait(false) is { } unknown)
        {
            return unknown;
        }

        List<AlertRow> rows = await store.ReadAsync(
            (before, page.Limit + 1, Caller.Of(http).Scope, open == "true", deviceId), List).ConfigureAwait(false);
        page.Finish(http, rows, static row => row.Id.ToString(CultureInfo.InvariantCulture));
        return TypedResults.Ok(rows);
    }

    /// <summary>Notes that somebody has taken note.</summary>
    internal static async Task<Results<NoContent, ProblemHttpResult>> Acknowledge(
        HttpContext http, string id, Store store, TimeProvider clock)
    {
        Caller caller = Caller.Of(http);
        return long.TryParse(id, NumberStyles.None, CultureInfo.InvariantCulture, out long number)
            && await store.WriteAsync(
                (number, caller.Name, caller.Scope, clock.GetUtcNow().ToUnixTimeMilliseconds()), Note).ConfigureAwait(false)
            ? TypedResults.NoContent()
            : AdminProblem.Of(StatusCodes.Status404NotFound, "No such alert, or it was acknowledged before");
    }

    private static bool Note(SqlSession session, (long Id, string Who, string? Scope, long At) note)
    {
        if (session.Execute(s_acknowledge, note.Id, note.Who, note.At, note.Scope) == 0)
        {
            return false;
        }

        Audit.Note(session, note.Who, "alert.acknowledge", note.Id.ToString(CultureInfo.InvariantCulture), null, null, note.At);
        return true;
    }

    private static List<AlertRow> List(SqlSession session, (long Before, int Limit, string? Scope, bool Open, string? DeviceId) wanted)
    {
        using SqlStatement row = session.Query(s_list, wanted.Before, wanted.Limit, wanted.Scope, wanted.Open, wanted.DeviceId);
        List<AlertRow> rows = [];
        while (row.Read())
        {
            rows.Add(new AlertRow(
                row.Int64(0), row.Text(1), row.Text(2), row.Text(3), row.Text(4), row.Time(5), row.TimeOrNull(6), row.TextOrNull(7),
                row.TimeOrNull(8), row.Int64OrNull(9), row.TextOrNull(10)));
        }

        return rows;
    }
}
