using System.Globalization;
using System.Text;

using JamBox.Backend.Storage;
using JamBox.Backend.Wire;

using Microsoft.AspNetCore.Http.HttpResults;

namespace JamBox.Backend.Security;

/// <summary>The audit log, as admins read it: as a list and as CSV.</summary>
internal static class AuditEndpoints
{
    private const string Header = "id,at,until,times,who,address,action,target,before,after\r\n";

    private static readonly ApiParameter[] s_filter =
    [
        new TextParameter("target", "Only what was done to this: the id of a device, the name of a key, …"),
        new TextParameter("who", "Only what this one did: the name of a key, the address of a user."),
        new TextParameter("action", "Only this action, such as user.create; a word before the dot stands for all of it."),
        new TimeParameter("from", "Only from then on."), new TimeParameter("until", "Only before then."),
    ];

    /// <summary>The route table.</summary>
    public static void MapAudit(this RouteGroupBuilder admin)
    {
        admin.MapGet("/audit", ListAudit).WithName("ListAudit").TakesPage(s_filter);
        admin.MapGet("/audit.csv", ExportAudit).WithName("ExportAudit").TakesQuery(s_filter).GivesBytes("text/csv");
    }

    /// <summary>Lists who changed what, newest first. The Link header (rel=next) leads to older ones.</summary>
    internal static async Task<Results<Ok<List<AuditRow>>, ProblemHttpResult>> ListAudit(
        HttpContext http, Store store, string? target, string? who, string? action, string? from, string? until, string? limit,
        string? cursor)
    {
        if (!PageRequest.TryRead(limit, cursor, out PageRequest page) || !page.TryNumber(out long before))
        {
            return PageRequest.Problem;
        }

        AuditFilter filter = FilterOf(target, who, action, from, until) with { Before = before, Limit = page.Limit + 1 };
        List<AuditRow> rows = await store.ReadAsync(filter, Audit.List).ConfigureAwait(false);
        page.Finish(http, rows, static row => row.Id.ToString(CultureInfo.InvariantCulture));
        return TypedResults.Ok(rows);
    }

    /// <summary>Streams who changed what as CSV, newest first: however much it is, a page of it is in memory.</summary>
    internal static async Task ExportAudit(
        HttpContext http, Store store, string? target, string? who, string? action, string? from, string? until)
    {
        AuditFilter filter = FilterOf(target, who, action, from, until);
        await Csv.StreamAsync<AuditRow>(
            http, "audit.csv", Header,
            last => store.ReadAsync(last is null ? filter : filter with { Before = last.Id }, Audit.List), Append).ConfigureAwait(false);
    }

    /// <summary>What is asked for; the route has refused what is no time.</summary>
    private static AuditFilter FilterOf(string? target, string? who, string? action, string? from, string? until) =>
        new(TextOf(target), TextOf(who), TextOf(action), TimeOf(from), TimeOf(until), long.MaxValue, Csv.PageRows);

    private static string? TextOf(string? text) => string.IsNullOrEmpty(text) ? null : text;

    private static long? TimeOf(string? text) =>
        Moment.TryParse(text, out DateTimeOffset moment) ? moment.ToUnixTimeMilliseconds() : null;

    private static void Append(StringBuilder text, AuditRow row)
    {
        text.Append(CultureInfo.InvariantCulture, $"{row.Id},{Csv.Time(row.At)},{Csv.Time(row.Until)},{row.Times},");
        text.Append(CultureInfo.InvariantCulture, $"{Csv.Quote(row.Who)},{Csv.Quote(row.Address)},{row.Action},");
        text.Append(
            CultureInfo.InvariantCulture,
            $"{Csv.Quote(row.Target)},{Csv.Quote(row.Before)},{Csv.Quote(row.After)}\r\n");
    }
}
