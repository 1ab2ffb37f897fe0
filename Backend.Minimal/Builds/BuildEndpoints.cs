using System.Globalization;
using System.Security.Cryptography;

using JamBox.Backend.Operation;
using JamBox.Backend.Patches;
using JamBox.Backend.Security;
using JamBox.Backend.Storage;
using JamBox.Backend.Trust;
using JamBox.Backend.Updates;
using JamBox.Backend.Wire;

using Microsoft.AspNetCore.Http.HttpResults;

namespace JamBox.Backend.Builds;

/// <summary>The registry of builds: upload, signed manifest, patches, and the log of attempts.</summary>
internal static class BuildEndpoints
{
    private static readonly ApiParameter s_id = new NumberParameter("id", 1, long.MaxValue, "Number of the build.");
    private static readonly ApiParameter s_version = new TextParameter("version", "Its version.") { IsRequired = true, Example = "6.1.0" };
    private static readonly ApiParameter s_hardware = new TextParameter("hw", "The hardware id that it is for.")
    {
        IsRequired = true,
        Example = "atoms3-nb1",
    };

    private static readonly ApiParameter s_sequence =
        new NumberParameter("seq", 1, int.MaxValue, "Its sequence, higher than that of the release before.")
        {
            IsRequired = true,
            Example = 60100,
        };

    private static readonly ApiParameter s_notes = new TextParameter("notes", "What is new.");

    /// <summary>Adds builds.</summary>
    public static void AddBuilds(this IServiceCollection services)
    {
        services.AddFeatureOptions<BuildOptions>(BuildOptions.Section);
        services.AddSingleton<IJob, BuildJob>();
        services.AddJson(BuildJson.Default);
    }

    /// <summary>The route table.</summary>
    public static void MapBuilds(this IEndpointRouteBuilder routes)
    {
        RouteGroupBuilder admin = routes.MapFor(Role.Admin);
        admin.WithTags("Builds");
        admin.MapPost("/ota/firmware", Upload).WithName("UploadBuild").TakesQuery(s_version, s_hardware, s_sequence, s_notes)
            .TakesBytes("The deployment image (.bin) of the build.").GivesHeader(
                StatusCodes.Status201Created, "Location", "Path of the build.")
            .Refuses(StatusCodes.Status409Conflict);
        admin.MapPut("/ota/firmware/{id}/manifest", PutManifest).WithName("PutManifest").TakesPath(s_id)
            .TakesBytes("The signed manifest of the build, 148 bytes.").Refuses(StatusCodes.Status404NotFound);
        admin.MapGet("/ota/firmware/{id}/image", GetImage).WithName("GetImage").TakesPath(s_id).GivesBytes("application/octet-stream")
            .Refuses(StatusCodes.Status404NotFound);

        RouteGroupBuilder viewers = routes.MapFor(Role.Viewer);
        viewers.WithTags("Builds");
        viewers.MapGet("/ota/firmware", List).WithName("ListBuilds").TakesPage(
            new TextParameter("hw", "Only builds for this hardware id."));
        viewers.MapGet("/ota/firmware/{id}", Get).WithName("GetBuild").TakesPath(s_id).Refuses(StatusCodes.Status404NotFound);
        viewers.MapGet("/ota/attempts", ListAttempts).WithName("ListUpdateAttempts").TakesPage(
            ApiParameter.DeviceId, new NumberParameter("rollout_id rollout", 1, long.MaxValue, "Only those of this roll-out."),
            new NumberParameter("firmware_id firmware", 1, long.MaxValue, "Only those to this build."))
            .Refuses(StatusCodes.Status404NotFound);
    }

    /// <summary>Takes a build: the raw deployment image. The patches from what the fleet runs are made in the background.</summary>
    internal static async Task<Results<Created<BuildRow>, Ok<BuildRow>, ProblemHttpResult>> Upload(
        HttpContext http, Store store, TimeProvider clock, BuildOptions options, string? version, string? hw, string? seq, string? notes)
    {
        if (FindFault(version, hw, seq, notes, out int sequence) is { } fault)
        {
            return AdminProblem.Of(StatusCodes.Status400BadRequest, fault);
        }

        int max = Math.Min(options.MaxBytes, DeploymentImage.MaxLength);
        if (await RequestBody.ReadLargeAsync(http, max).ConfigureAwait(false) is not { } image)
        {
            return AdminProblem.Of(StatusCodes.Status413PayloadTooLarge, string.Create(
                CultureInfo.InvariantCulture,
                $"Image too large: {max} bytes at most (the deploy partition has {DeploymentImage.MaxLength}; see Ota:MaxBytes)"));
        }

        if (FindImageFault(image, out DeploymentImage? read) is { } imageFault)
        {
            return AdminProblem.Of(StatusCodes.Status400BadRequest, $"No deployment image (.bin) of a build: {imageFault}");
        }

        Build build = new(
            0, hw!, version!, sequence, image.Length, Convert.ToHexStringLower(SHA256.HashData(image)), read!.NativeChecksum,
            NativeChecksums.Text(read),
            string.IsNullOrEmpty(notes) ? null : notes, Caller.Of(http).Name, clock.GetUtcNow().ToUnixTimeMilliseconds(), IsSigned: false);
        (Build? kept, bool isNew, Build? conflict) = await store.WriteAsync((build, image), BuildSql.Add).ConfigureAwait(false);
        RunningImages running = await store.ReadAsync(Caller.Of(http).Scope, BuildSql.Running).ConfigureAwait(false);
        return kept is null
            ? AdminProblem.Of(StatusCodes.Status409Conflict, string.Create(
                CultureInfo.InvariantCulture,
                $"{conflict!.Hardware} has version {conflict.Version} with sequence {conflict.Sequence} and SHA-256 {conflict.Sha256}: give this build another version and a higher sequence"))
            : isNew ? TypedResults.Created(string.Create(CultureInfo.InvariantCulture, $"/api/ota/firmware/{kept.Id}"), BuildRow.Of(kept, running))
            : TypedResults.Ok(BuildRow.Of(kept, running));
    }

    /// <summary>Takes the signed manifest of a build, 148 bytes, as the bench made it. Every field must be the build's.</summary>
    internal static async Task<Results<NoContent, ProblemHttpResult>> PutManifest(
        HttpContext http, string id, Store store, TimeProvider clock, BuildOptions options, FleetKeys keys)
    {
        if (await FindAsync(store, id).ConfigureAwait(false) is not { } build)
        {
            return NoBuild();
        }

        if (await RequestBody.ReadAsync(http.Request).ConfigureAwait(false) is not { } body)
        {
            return AdminProblem.Of(StatusCodes.Status413PayloadTooLarge, DeviceResponse.TooLarge.Error);
        }

        string? fault = FindManifestFault(body, out ReleaseManifest? manifest) ?? FindDifference(manifest!, build)
            ?? FindSignatureFault(manifest!, options, await store.ReadAsync(keys, TrustSql.Current).ConfigureAwait(false));
        if (fault is not null)
        {
            return AdminProblem.Of(StatusCodes.Status400BadRequest, fault);
        }

        if (manifest!.IsSigned)
        {
            await store.WriteAsync((build, body, Caller.Of(http).Name, clock.GetUtcNow().ToUnixTimeMilliseconds()), BuildSql.SetManifest)
                .ConfigureAwait(false);
        }

        return TypedResults.NoContent();
    }

    /// <summary>Gives the image of a build.</summary>
    internal static async Task<Results<FileContentHttpResult, ProblemHttpResult>> GetImage(string id, Store store) =>
        TryId(id, out long number) && await store.ReadAsync(number, BuildSql.Image).ConfigureAwait(false) is { } image
            ? TypedResults.File(image, "application/octet-stream")
            : await FindAsync(store, id).ConfigureAwait(false) is null ? NoBuild()
            : AdminProblem.Of(
                StatusCodes.Status404NotFound, "The image was removed, nothing needed it any more: upload the same image again (Ota:KeepNewest)");

    /// <summary>Lists builds, newest first.</summary>
    internal static async Task<Results<Ok<List<BuildRow>>, ProblemHttpResult>> List(
        HttpContext http, Store store, string? hw, string? limit, string? cursor)
    {
        if (!PageRequest.TryRead(limit, cursor, out PageRequest page) || !page.TryNumber(out long before))
        {
            return PageRequest.Problem;
        }

        RunningImages running = await store.ReadAsync(Caller.Of(http).Scope, BuildSql.Running).ConfigureAwait(false);
        List<BuildRow> rows =
        [
            .. (await store.ReadAsync((Filter(hw), before, page.Limit + 1), BuildSql.List).ConfigureAwait(false)).Select(
                build => BuildRow.Of(build, running)),
        ];
        page.Finish(http, rows, static row => row.Id.ToString(CultureInfo.InvariantCulture));
        return TypedResults.Ok(rows);
    }

    /// <summary>Shows a build and how far its patches are.</summary>
    internal static async Task<Results<Ok<BuildDetail>, ProblemHttpResult>> Get(HttpContext http, string id, Store store) =>
        await FindAsync(store, id).ConfigureAwait(false) is { } build
            ? TypedResults.Ok(BuildDetail.Of(
                build, await store.ReadAsync(Caller.Of(http).Scope, BuildSql.Running).ConfigureAwait(false), await store.ReadAsync(build.Id, PatchSql.List).ConfigureAwait(false)))
            : NoBuild();

    /// <summary>Lists attempts, newest first: who went to what, how far, and how it ended.</summary>
    internal static async Task<Results<Ok<List<AttemptRow>>, ProblemHttpResult>> ListAttempts(
        HttpContext http, Store store, string? device_id, long? rollout_id, long? firmware_id, string? limit, string? cursor)
    {
        if (!PageRequest.TryRead(limit, cursor, out PageRequest page) || !page.TryNumber(out long before))
        {
            return PageRequest.Problem;
        }

        if (await store.ReadAsync((Filter(device_id), rollout_id, firmware_id, Caller.Of(http).Scope), AttemptLogSql.FindUnknown)
            .ConfigureAwait(false) is { } unknown)
        {
            return AdminProblem.Of(StatusCodes.Status404NotFound, unknown);
        }

        List<AttemptRow> rows = await store.ReadAsync(
            (Filter(device_id), rollout_id, firmware_id, before, page.Limit + 1, Caller.Of(http).Scope),
            AttemptLogSql.List).ConfigureAwait(false);
        page.Finish(http, rows, static row => row.Id.ToString(CultureInfo.InvariantCulture));
        return TypedResults.Ok(rows);
    }

    private static string? FindFault(string? version, string? hw, string? seq, string? notes, out int sequence)
    {
        bool isSequence = int.TryParse(seq, NumberStyles.None, CultureInfo.InvariantCulture, out sequence) && sequence > 0;
        return !ReleaseText.IsReleaseVersion(version ?? "") ? ReleaseText.ReleaseVersionRule
            : !ReleaseText.IsHardware(hw ?? "") ? ReleaseText.HardwareRule
            : !isSequence ? "seq: must be a whole number from 1 to 2147483647, higher than that of the release before"
            : notes?.Length > ReleaseText.MaxNotesChars || notes?.Any(char.IsControl) == true ? ReleaseText.NotesRule
            : null;
    }

    private static string? FindImageFault(byte[] bytes, out DeploymentImage? image)
    {
        image = null;
        try
        {
            image = DeploymentImage.Read(bytes);
            return image.TrailingBytes > 0 ? $"{image.TrailingBytes} bytes of filling follow its last assembly: leave them away" : null;
        }
        catch (ImageException e)
        {
            return e.Message;
        }
    }

    private static string? FindManifestFault(byte[] bytes, out ReleaseManifest? manifest)
    {
        manifest = null;
        try
        {
            manifest = bytes.Length == ReleaseManifest.Length
                ? ReleaseManifest.Parse(bytes)
                : throw new ManifestException($"{bytes.Length} bytes; a release's has {ReleaseManifest.Length} bytes");
            return null;
        }
        catch (ManifestException e)
        {
            return $"No manifest of a release: {e.Message}";
        }
    }

    private static string? FindDifference(ReleaseManifest manifest, Build build) =>
        manifest.HardwareId != build.Hardware ? $"The manifest is for hardware {manifest.HardwareId}, the build for {build.Hardware}"
        : manifest.Version != build.Version ? $"The manifest is for version {manifest.Version}, the build is {build.Version}"
        : manifest.Sequence != build.Sequence ? Differ("sequence", manifest.Sequence, build.Sequence)
        : manifest.NativeChecksum != build.NativeChecksum ? Differ("native checksum", manifest.NativeChecksum, build.NativeChecksum)
        : manifest.ImageSize != build.Size ? Differ("image size", manifest.ImageSize, build.Size)
        : Convert.ToHexStringLower(manifest.ImageSha256) != build.Sha256 ? "The manifest's SHA-256 is that of another image"
        : null;

    private static string Differ(string what, long manifest, long build) =>
        string.Create(CultureInfo.InvariantCulture, $"The manifest's {what} is {manifest}, the build's {build}");

    private static string? FindSignatureFault(ReleaseManifest manifest, BuildOptions options, KeyTrust? trust) =>
        !manifest.IsSigned
            ? options.AllowUnsigned ? null : "The manifest is not signed: sign it with the bench tool (or set Ota:AllowUnsigned, on a bench)"
        : trust is null || trust.Keys.Any(manifest.IsSignedBy) ? null
        : trust.Number == 0 ? "The signature is not that of Ota:PublicKey"
        : options.ReadKey() is { } key && manifest.IsSignedBy(key)
            ? $"The signature is by a key that was revoked with key-change record {trust.Name}: sign with one that is trusted now ('jambox release key status' names them)"
        : $"The signature is by no key that is trusted since key-change record {trust.Name}: sign with one that is ('jambox release key status' names them)";

    private static async Task<Build?> FindAsync(Store store, string id) =>
        TryId(id, out long number) ? await store.ReadAsync(number, BuildSql.Find).ConfigureAwait(false) : null;

    private static bool TryId(string? text, out long id) =>
        long.TryParse(text, NumberStyles.None, CultureInfo.InvariantCulture, out id) && id > 0;

    private static string? Filter(string? text) => string.IsNullOrEmpty(text) ? null : text;

    private static ProblemHttpResult NoBuild() =>
        AdminProblem.Of(StatusCodes.Status404NotFound, "No such build: see GET /api/ota/firmware");
}
