using JamBox.Backend.Config;
using JamBox.Backend.Devices;
using JamBox.Backend.Security;
using JamBox.Backend.Storage;
using JamBox.Backend.Wire;

using Microsoft.AspNetCore.Http.HttpResults;
using Microsoft.AspNetCore.Mvc;

namespace JamBox.Backend.Commands;

/// <summary>Commands: queued by operators, given to devices with the answers to readings and heartbeats.</summary>
internal static class CommandEndpoints
{
    /// <summary>Adds commands.</summary>
    public static void AddCommands(this IServiceCollection services) => services.AddJson(CommandJson.Default);

    /// <summary>The route table.</summary>
    public static void MapCommands(this IEndpointRouteBuilder routes)
    {
        RouteGroupBuilder operators = routes.MapFor(Role.Operator);
        operators.WithTags("Commands");
        operators.MapPost("/device/{device_id}/command", QueueCommand).WithName("QueueCommand")
            .TakesBody(CommandRequest.Fields, """{"command":"set_interval","arg":300000}""").Refuses(
                StatusCodes.Status404NotFound, StatusCodes.Status409Conflict);

        RouteGroupBuilder viewers = routes.MapFor(Role.Viewer);
        viewers.WithTags("Commands");
        viewers.MapGet("/device/{device_id}/commands", ListCommands).WithName("ListCommands").TakesPage().Refuses(
            StatusCodes.Status404NotFound);
    }

    /// <summary>Queues a command. set_interval changes the configuration too, as any other change of it.</summary>
    internal static async Task<Results<Ok<QueuedCommand>, ProblemHttpResult>> QueueCommand(
        HttpContext http, [FromRoute(Name = "device_id")] string id, Store store, TimeProvider clock)
    {
        if (await DeviceAccess.CheckAsync(http, store, id).ConfigureAwait(false) is { } unknown)
        {
            return unknown;
        }

        (CommandRequest request, ProblemHttpResult? problem) = await AdminBody.ReadAsync(
            http.Request, CommandRequest.Fields).ConfigureAwait(false);
        problem ??= request.FindFault() is { } fault ? AdminProblem.Of(StatusCodes.Status400BadRequest, fault) : null;
        if (problem is not null)
        {
            return problem;
        }

        int cid = await store.WriteAsync(
            (id, request, Caller.Of(http).Name, clock.GetUtcNow().ToUnixTimeMilliseconds()), Queue).ConfigureAwait(false);
        return cid == 0
            ? AdminProblem.Of(StatusCodes.Status409Conflict, "Too many commands wait for this device")
            : TypedResults.Ok(new QueuedCommand(
                request.Command!, id, cid, "queued", Success: true, "The box gets it with its next reading or heartbeat."));
    }

    /// <summary>Lists a device's commands, newest first. The Link header (rel=next) leads to older ones.</summary>
    internal static async Task<Results<Ok<List<CommandRow>>, ProblemHttpResult>> ListCommands(
        HttpContext http, [FromRoute(Name = "device_id")] string id, Store store, TimeProvider clock, string? limit, string? cursor)
    {
        if (!PageRequest.TryRead(limit, cursor, out PageRequest page) || !page.TryNumber(out long before))
        {
            return PageRequest.Problem;
        }

        if (await DeviceAccess.CheckAsync(http, store, id).ConfigureAwait(false) is { } unknown)
        {
            return unknown;
        }

        List<CommandRow> rows = await store.ReadAsync(
            (id, before, page.Limit + 1, clock.GetUtcNow().ToUnixTimeMilliseconds(), Caller.Of(http).Scope), List).ConfigureAwait(false);
        page.Finish(http, rows, static row => row.Id.ToString(System.Globalization.CultureInfo.InvariantCulture));
        return TypedResults.Ok(rows);
    }

    /// <summary>Queues a command, with its line in the audit log.</summary>
    /// <returns>Its id; 0 when too many wait.</returns>
    internal static int Queue(SqlSession session, (string DeviceId, CommandRequest Request, string Who, long At) wanted)
    {
        CommandRequest request = wanted.Request;
        int id = CommandQueue.Add(
            session, wanted.DeviceId, request.Command!, request.Arg, wanted.Who, wanted.At, wanted.At + (request.ExpiresSeconds * 1000L));
        if (id == 0)
        {
            return 0;
        }

        Audit.Note(session, wanted.Who, "device.command", wanted.DeviceId, null, $"{request.Command} {request.Arg}".Trim(), wanted.At);
        if (request.Command == "set_interval")
        {
            ConfigSql.Change(session, (wanted.DeviceId, new ConfigChange { ReportIntervalMs = request.Arg }, wanted.Who, wanted.At));
        }

        return id;
    }

    private static readonly string s_list = $"""
        SELECT id, command, arg, CASE WHEN state IN ('queued', 'delivered') AND expires_at <= $4 THEN 'expired' ELSE state END,
            queued_by, queued_at, expires_at, delivered_at, deliveries, done_at, result
        FROM commands WHERE device_id = $1 AND id < $2 AND {Caller.ScopeAtSql("commands.device_id", "commands.queued_at", "$5")}
        ORDER BY id DESC LIMIT $3
        """;

    private static List<CommandRow> List(SqlSession session, (string DeviceId, long Before, int Limit, long Now, string? Scope) wanted)
    {
        using SqlStatement row = session.Query(s_list, wanted.DeviceId, wanted.Before, wanted.Limit, wanted.Now, wanted.Scope);
        List<CommandRow> rows = [];
        while (row.Read())
        {
            rows.Add(new CommandRow(
                row.Int32(0), row.Text(1), row.Int32OrNull(2), row.Text(3), row.Text(4), row.Time(5), row.Time(6), row.TimeOrNull(7),
                row.Int32(8), row.TimeOrNull(9), row.TextOrNull(10)));
        }

        return rows;
    }
}
