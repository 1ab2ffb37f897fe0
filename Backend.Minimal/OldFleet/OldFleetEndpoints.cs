using System.Security.Cryptography;

using JamBox.Backend.Builds;
using JamBox.Backend.Devices;
using JamBox.Backend.Patches;
using JamBox.Backend.Security;
using JamBox.Backend.Storage;
using JamBox.Backend.Wire;

using Microsoft.AspNetCore.Http.HttpResults;
using Microsoft.AspNetCore.Mvc;

namespace JamBox.Backend.OldFleet;

/// <summary>Updates as admins see them: records, uploads, and how far each device is.</summary>
internal static class OldFleetEndpoints
{
    private const string ExampleHash = "9f86d081884c7d659a2feaa0c55ad015a3bf4f1b2b0b822cd15d6c15b0f00a08";

    private const long MaxImportBytes = 4L * 1024 * 1024 * 1024;

    /// <summary>Adds the old fleet.</summary>
    public static void AddOldFleet(this IServiceCollection services)
    {
        services.AddJson(OldFleetJson.Default);
        services.AddSingleton<OldPatchCache>();
    }

    /// <summary>The route table.</summary>
    public static void MapOldFleet(this IEndpointRouteBuilder routes)
    {
        RouteGroupBuilder admin = routes.MapFor(Role.Admin);
        admin.WithTags("OldFleet");
        admin.MapPost("/ota/register-firmware", RegisterFirmware).WithName("RegisterOldFirmware")
            .TakesBody(
                OldFirmwareRequest.Fields, $$"""{"version":"5.6","binary_size":70811,"sha256":"{{ExampleHash}}","is_current":true}""");
        admin.MapPost("/ota/register-patch", RegisterPatch).WithName("RegisterOldPatch")
            .TakesBody(
                OldPatchRequest.Fields,
                $$"""{"from_version":"5.5","to_version":"5.6","patch_size":4096,"chunk_count":8,"sha256":"{{ExampleHash}}"}""");
        admin.MapPost("/ota/patch", UploadPatch).WithName("UploadOldPatch")
            .TakesQuery(
                new TextParameter("from", "The version that it starts from.") { IsRequired = true, Example = "5.5" },
                new TextParameter("to", "The version that it leads to.") { IsRequired = true, Example = "5.6" })
            .TakesBytes("The patch.");
        admin.MapPost("/admin/import", Import).WithName("ImportPredecessor").TakesBytes("The predecessor's SQLite file.").Refuses(507);

        RouteGroupBuilder operators = routes.MapFor(Role.Operator);
        operators.WithTags("OldFleet");
        operators.MapPost("/device/{device_id}/ota/allow", AllowAgain).WithName("AllowUpdateAgain")
            .TakesQuery(new TextParameter("version", "Version of the release.") { IsRequired = true, Example = "6.1.0" }).Refuses(
                StatusCodes.Status404NotFound);

        RouteGroupBuilder viewers = routes.MapFor(Role.Viewer);
        viewers.WithTags("OldFleet");
        viewers.MapGet("/ota/status", GetStatus).WithName("GetOldFleetStatus");
    }

    /// <summary>Makes or changes the record of a build (predecessor).</summary>
    internal static async Task<Results<Created<RegisteredOldFirmware>, ProblemHttpResult>> RegisterFirmware(
        HttpContext http, Store store, TimeProvider clock)
    {
        (OldFirmwareRequest request, ProblemHttpResult? problem) = await AdminBody.ReadAsync(
            http.Request, OldFirmwareRequest.Fields).ConfigureAwait(false);
        problem ??= request.FindFault() is { } fault ? AdminProblem.Of(StatusCodes.Status400BadRequest, fault) : null;
        if (problem is not null)
        {
            return problem;
        }

        await store.WriteAsync(
            (request, Caller.Of(http).Name, clock.GetUtcNow().ToUnixTimeMilliseconds()), OldFleetSql.Register).ConfigureAwait(false);
        return TypedResults.Created((string?)null, new RegisteredOldFirmware(request.IsCurrent, "ok", request.Version!));
    }

    /// <summary>Makes or changes the record of a patch (predecessor); its bytes come with <c>POST /api/ota/patch</c>.</summary>
    internal static async Task<Results<Created<RegisteredOldPatch>, ProblemHttpResult>> RegisterPatch(
        HttpContext http, Store store, TimeProvider clock)
    {
        (OldPatchRequest request, ProblemHttpResult? problem) = await AdminBody.ReadAsync(
            http.Request, OldPatchRequest.Fields).ConfigureAwait(false);
        problem ??= request.FindFault() is { } fault ? AdminProblem.Of(StatusCodes.Status400BadRequest, fault) : null;
        if (problem is not null)
        {
            return problem;
        }

        await store.WriteAsync(
            (request, (byte[]?)null, Caller.Of(http).Name, clock.GetUtcNow().ToUnixTimeMilliseconds()),
            OldFleetSql.Save).ConfigureAwait(false);
        return TypedResults.Created((string?)null, new RegisteredOldPatch(request.Chunks!.Value, request.From!, "ok", request.To!));
    }

    /// <summary>Takes a ready-made patch for devices of the old fleet: the raw body, up to <c>Ota:MaxBytes</c>.</summary>
    internal static async Task<Results<Created<RegisteredOldPatch>, ProblemHttpResult>> UploadPatch(
        HttpContext http, Store store, TimeProvider clock, BuildOptions options, string? from, string? to)
    {
        if (!ReleaseText.IsVersion(from ?? "") || !ReleaseText.IsVersion(to ?? ""))
        {
            return AdminProblem.Of(StatusCodes.Status400BadRequest, ReleaseText.VersionRule("from, to"));
        }

        if (await RequestBody.ReadLargeAsync(http, options.MaxBytes).ConfigureAwait(false) is not { } data)
        {
            return AdminProblem.Of(StatusCodes.Status413PayloadTooLarge, "Patch too large: see Ota:MaxBytes");
        }

        if (data.Length == 0)
        {
            return AdminProblem.Of(StatusCodes.Status400BadRequest, "The body must be the patch");
        }

        OldPatchRequest patch = new()
        {
            From = from,
            To = to,
            Size = data.Length,
            Chunks = ReleaseText.Chunks(data.Length),
            Sha256 = Convert.ToHexStringLower(SHA256.HashData(data)),
        };
        await store.WriteAsync((patch, (byte[]?)data, Caller.Of(http).Name, clock.GetUtcNow().ToUnixTimeMilliseconds()), OldFleetSql.Save)
            .ConfigureAwait(false);
        return TypedResults.Created((string?)null, new RegisteredOldPatch(patch.Chunks.Value, from!, "ok", to!));
    }

    /// <summary>Lets a device have a release again that it failed at or rolled back from.</summary>
    internal static async Task<Results<NoContent, ProblemHttpResult>> AllowAgain(
        HttpContext http, [FromRoute(Name = "device_id")] string id, Store store, TimeProvider clock, string? version)
    {
        if (await DeviceAccess.CheckAsync(http, store, id).ConfigureAwait(false) is { } unknown)
        {
            return unknown;
        }

        return await store.WriteAsync(
            (id, version ?? "", Caller.Of(http).Name, clock.GetUtcNow().ToUnixTimeMilliseconds()), OldFleetSql.Allow).ConfigureAwait(false)
            ? TypedResults.NoContent()
            : AdminProblem.Of(
                StatusCodes.Status404NotFound, "Nothing to allow: that device has not failed at that version or rolled back from it");
    }

    /// <summary>Shows versions, patches, the devices that are behind, and the latest 50 updates.</summary>
    internal static async Task<Ok<OldFleetStatus>> GetStatus(HttpContext http, Store store) =>
        TypedResults.Ok(await store.ReadAsync(Caller.Of(http).Scope, OldFleetStatusSql.Read).ConfigureAwait(false));

    /// <summary>
    /// Takes the predecessor's SQLite file as the raw body. Sending it again brings only what is new; what was left out, and why, is
    /// counted.
    /// </summary>
    internal static async Task<Results<Ok<ImportResult>, ProblemHttpResult>> Import(
        HttpContext http, Store store, TemporaryFolder temporary, TimeProvider clock)
    {
        RequestBody.Allow(http, MaxImportBytes);
        try
        {
            using ScratchFolder scratch = ScratchFolder.Make(temporary.Path);
            string path = scratch.File("import.db");
            await CopyBodyAsync(http, path, temporary).ConfigureAwait(false);
            using PredecessorFile file = new(path, clock.GetUtcNow(), http.RequestAborted);
            return TypedResults.Ok(await Importer.RunAsync(
                store, file, Caller.Of(http).Name, clock.GetUtcNow().ToUnixTimeMilliseconds(), http.RequestAborted).ConfigureAwait(false));
        }
        catch (ScratchException full)
        {
            return AdminProblem.Of(StatusCodes.Status507InsufficientStorage, full.Message);
        }
        catch (ForeignFileException refused)
        {
            return AdminProblem.Of(StatusCodes.Status400BadRequest, refused.Message);
        }
    }

    /// <summary>Only what goes wrong with our file is said of our disk: a sender who leaves is another matter.</summary>
    private static async Task CopyBodyAsync(HttpContext http, string path, TemporaryFolder temporary)
    {
        byte[] buffer = new byte[64 * 1024];
        // Without a buffer: what could not be written must not be tried once more when the file is closed.
        await using FileStream copy = ScratchException.Guard(
            temporary.Path, () => new FileStream(path, FileMode.CreateNew, FileAccess.Write, FileShare.None, bufferSize: 0));
        int read;
        while ((read = await RequestBody.ReadSomeAsync(http, buffer).ConfigureAwait(false)) > 0)
        {
            ScratchException.Guard(temporary.Path, () =>
            {
                copy.Write(buffer, 0, read);
                return 0;
            });
        }
    }
}
