using System.Globalization;

using JamBox.Backend.Security;
using JamBox.Backend.Storage;
using JamBox.Backend.Wire;

using Microsoft.AspNetCore.Http.HttpResults;

namespace JamBox.Backend.Notifications;

/// <summary>The list of whoever is signed in.</summary>
internal static class NotificationEndpoints
{
    private static readonly Refusal s_unknown = Refusal.NotFound("There is no such notification in this list");

    /// <summary>The route table.</summary>
    public static void MapNotificationList(this IEndpointRouteBuilder routes)
    {
        RouteGroupBuilder users = routes.MapForUsers();
        users.WithTags("Notifications");
        users.MapGet("/notifications", ListNotifications).WithName("ListNotifications").TakesPage(
            new FlagParameter("read", "true = only those that were read; false = only those that were not."),
            new TextParameter("kind", NoticeKind.All, "Only those of this kind."),
            new NumberParameter("place", 1, int.MaxValue, "Only those of this place: its id."));
        users.MapGet("/notifications/unread", CountUnread).WithName("CountUnreadNotifications");
        users.MapPut("/notifications/read-all", ReadAll).WithName("ReadAllNotifications");
        Describe(users.MapPut("/notifications/{id}/read", Read).WithName("ReadNotification"));
        Describe(users.MapPut("/notifications/{id}/unread", Unread).WithName("UnreadNotification"));
        Describe(users.MapDelete("/notifications/{id}", Remove).WithName("RemoveNotification"));
        Describe(users.MapPut("/notifications/{id}/restore", Restore).WithName("RestoreNotification"));
    }

    /// <summary>
    /// Lists what one was told, newest first: of one's places, of the kinds that one has chosen. The Link header (rel=next) leads to older
    /// ones.
    /// </summary>
    internal static async Task<Results<Ok<List<NotificationRow>>, ProblemHttpResult>> ListNotifications(
        HttpContext http, Store store, string? read, string? kind, int? place, string? limit, string? cursor)
    {
        if (!PageRequest.TryRead(limit, cursor, out PageRequest page) || !page.TryNumber(out long before))
        {
            return PageRequest.Problem;
        }

        bool? isRead = string.IsNullOrEmpty(read) ? null : read == "true";
        List<NotificationRow> rows = await store.ReadAsync(
            new WantedNotifications(
                ReaderOf(http), before, isRead, string.IsNullOrEmpty(kind) ? null : kind, place, page.Limit + 1),
            NotificationListSql.List).ConfigureAwait(false);
        page.Finish(http, rows, static row => row.Id.ToString(CultureInfo.InvariantCulture));
        return TypedResults.Ok(rows);
    }

    /// <summary>Counts what one has not read.</summary>
    internal static async Task<Ok<UnreadCount>> CountUnread(HttpContext http, Store store) =>
        TypedResults.Ok(new UnreadCount(await store.ReadAsync(ReaderOf(http), NotificationListSql.Unread).ConfigureAwait(false)));

    /// <summary>Notes that one has read one. If it is told again, it is unread again.</summary>
    internal static Task<Results<NoContent, ProblemHttpResult>> Read(HttpContext http, string id, Store store) =>
        MarkAsync(http, id, store, NotificationListSql.MarkRead);

    /// <summary>Makes one unread again, until it is read or all are.</summary>
    internal static Task<Results<NoContent, ProblemHttpResult>> Unread(HttpContext http, string id, Store store) =>
        MarkAsync(http, id, store, NotificationListSql.MarkUnread);

    /// <summary>Notes that one has read all that one was told.</summary>
    internal static async Task<NoContent> ReadAll(HttpContext http, Store store)
    {
        await store.WriteAsync(ReaderOf(http), NotificationListSql.MarkAllRead).ConfigureAwait(false);
        return TypedResults.NoContent();
    }

    /// <summary>Removes one from one's own list. If it is told again, it is back.</summary>
    internal static Task<Results<NoContent, ProblemHttpResult>> Remove(HttpContext http, string id, Store store) =>
        MarkAsync(http, id, store, NotificationListSql.Remove);

    /// <summary>Takes the removal of one back.</summary>
    internal static Task<Results<NoContent, ProblemHttpResult>> Restore(HttpContext http, string id, Store store) =>
        MarkAsync(http, id, store, NotificationListSql.Restore);

    private static async Task<Results<NoContent, ProblemHttpResult>> MarkAsync(
        HttpContext http, string id, Store store, Func<SqlSession, (Reader Reader, long Id), bool> work) =>
        long.TryParse(id, NumberStyles.None, CultureInfo.InvariantCulture, out long number)
            && await store.WriteAsync((ReaderOf(http), number), work).ConfigureAwait(false)
            ? TypedResults.NoContent()
            : s_unknown.ToProblem();

    private static Reader ReaderOf(HttpContext http)
    {
        Caller caller = Caller.Of(http);
        return new Reader(caller.UserId!.Value, caller.Scope);
    }

    private static void Describe(RouteHandlerBuilder endpoint) =>
        endpoint.TakesPath(new NumberParameter("id", 1, long.MaxValue, "Number of the notification."))
            .Refuses(StatusCodes.Status404NotFound);
}
