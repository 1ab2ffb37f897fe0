using System.Text.Json.Serialization;

using JamBox.Backend.Security;
using JamBox.Backend.Storage;
using JamBox.Backend.Wire;

using Microsoft.AspNetCore.Http.HttpResults;

namespace JamBox.Backend.Operation;

/// <summary>Backup and retention: for admins.</summary>
internal static class MaintenanceEndpoints
{
    /// <summary>The route table.</summary>
    public static void MapMaintenance(this IEndpointRouteBuilder routes)
    {
        RouteGroupBuilder admin = routes.MapFor(Role.Admin);
        admin.WithTags("Operation");
        admin.MapPost("/admin/backup", Backup).WithName("BackUp").GivesBytes("application/vnd.sqlite3")
            .Refuses(StatusCodes.Status501NotImplemented);
        admin.MapPost("/admin/maintenance", Maintain).WithName("RunMaintenance");
    }

    /// <summary>
    /// Gives a copy of the SQLite file, made while everything goes on. To restore: stop the server, put it where Storage:Path says, start.
    /// </summary>
    internal static async Task<Results<FileStreamHttpResult, ProblemHttpResult>> Backup(HttpContext http, Store store, TimeProvider clock)
    {
        if (store.Target.Path is not { } path)
        {
            return AdminProblem.Of(
                StatusCodes.Status501NotImplemented,
                $"The data is in PostgreSQL; where its tools are, run: {store.Target.DumpCommand(clock.GetUtcNow())}");
        }

        await NoteAsync(http, store, clock, "backup").ConfigureAwait(false);

        // Beside the original: the same disk has room for it or has not, and nobody else may read there.
        ScratchFolder scratch = ScratchFolder.Make(Path.GetDirectoryName(path)!);
        http.Response.RegisterForDispose(scratch);
        string copy = scratch.File("backup.db");
        store.BackUp(copy);
        FileStream stream = new(
            copy, FileMode.Open, FileAccess.Read, FileShare.None, 64 * 1024, FileOptions.DeleteOnClose | FileOptions.SequentialScan);
        return TypedResults.File(stream, "application/vnd.sqlite3", $"jambox-{clock.GetUtcNow():yyyyMMdd-HHmmss}.db");
    }

    /// <summary>Removes what is due by Retention:* now, and gives the space back.</summary>
    internal static async Task<Ok<MaintenanceResult>> Maintain(HttpContext http, Store store, TimeProvider clock, IEnumerable<IJob> jobs)
    {
        await NoteAsync(http, store, clock, "maintenance").ConfigureAwait(false);
        int removed = await jobs.OfType<RetentionJob>().Single().CleanAsync(http.RequestAborted).ConfigureAwait(false);
        await store.VacuumAsync(onlyWhenWorthIt: false, http.RequestAborted).ConfigureAwait(false);
        return TypedResults.Ok(new MaintenanceResult(removed));
    }

    private static Task NoteAsync(HttpContext http, Store store, TimeProvider clock, string action) =>
        store.WriteAsync((Caller.Of(http).Name, action, clock.GetUtcNow().ToUnixTimeMilliseconds()), static (session, note) =>
        {
            Audit.Note(session, note.Name, note.action, "storage", null, null, note.Item3);
            return 0;
        });
}

/// <summary>What retention has removed.</summary>
/// <param name="RemovedRows">Rows.</param>
internal sealed record MaintenanceResult([property: JsonPropertyName("removed_rows")] int RemovedRows);
