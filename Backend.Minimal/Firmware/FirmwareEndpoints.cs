using System.Globalization;

using JamBox.Backend.Operation;
using JamBox.Backend.Security;
using JamBox.Backend.Storage;
using JamBox.Backend.Wire;

using Microsoft.AspNetCore.Http.HttpResults;

namespace JamBox.Backend.Firmware;

/// <summary>Firmware for things: upload, download, what there is, and who fetched it.</summary>
internal static class FirmwareEndpoints
{
    /// <summary>Releases whose newest is told at once.</summary>
    private const int MaxNewest = 1000;

    /// <summary>The platform in a path.</summary>
    public static readonly ApiParameter Platform = new TextParameter("platform", "The platform, or what a device calls its board.")
    {
        Example = "esp32c3",
    };

    /// <summary>The product in a query.</summary>
    public static readonly ApiParameter Product =
        new TextParameter("product", "The product; not needed where there is one only, or for a device that has one.")
        {
            Example = "clock",
        };

    /// <summary>The environment in a query.</summary>
    public static readonly ApiParameter Env = new TextParameter("env", "The environment.") { Default = FirmwareText.Production };

    /// <summary>The version in a query.</summary>
    public static readonly ApiParameter Version =
        new TextParameter("version", "The version; else the newest, or the one that the device is pinned to.");

    private static readonly ApiParameter s_id = new NumberParameter("id", 1, long.MaxValue, "Number of the release.");

    /// <summary>Adds firmware for things.</summary>
    public static void AddFirmware(this IServiceCollection services)
    {
        services.AddFeatureOptions<FirmwareOptions>(FirmwareOptions.Section);
        services.AddJson(FirmwareJson.Default);
        services.AddSingleton(static provider =>
            new PlatformTable(provider.GetRequiredService<FirmwareOptions>().Platforms.ToDictionary(StringComparer.Ordinal)));
        services.AddSingleton<FileChunks>();
        services.AddSingleton<SignedLinks>();
        services.AddSingleton<IJob, FirmwareJob>();
        services.AddMirror();
    }

    /// <summary>The route table.</summary>
    public static void MapFirmware(this IEndpointRouteBuilder routes)
    {
        RouteGroupBuilder uploaders = routes.MapFor(Role.Uploader);
        uploaders.WithTags("Firmware");
        uploaders.MapPost("/upload", PostUpload).WithName("UploadFirmware").TakesOldKeyHeader().TakesForm(
            new FormField("file", "The image: an application, a merged image, or that of an ESP8266.", IsFile: true, IsRequired: true),
            new FormField("bootloader", "The bootloader, so that new chips can be flashed.", IsFile: true),
            new FormField("partitions", "The partition table, so that new chips can be flashed.", IsFile: true),
            new FormField("version", "Such as v1.2.3 or 2025.11.19.1; higher than the one before.", IsRequired: true),
            new FormField("platform", "The canonical name of the platform.", IsRequired: true),
            new FormField("product", "What it is for.", IsRequired: true),
            new FormField("env", "The environment; prod unless said."),
            new FormField("description", "What is new, at most 1000 characters."))
            .Produces<UploadAnswer>(StatusCodes.Status201Created).Refuses(StatusCodes.Status409Conflict);

        RouteGroupBuilder downloaders = routes.MapFor(Role.Downloader);
        downloaders.WithTags("Firmware");
        downloaders.MapGet("/firmware/{platform}", Get).WithName("GetFirmware").TakesOldKeyHeader(devicesToo: true).TakesPath(Platform)
            .TakesQuery(Product, Env, Version).GivesBytes("application/octet-stream")
            .GivesHeader(StatusCodes.Status200OK, "X-SHA256", "SHA-256 of the whole, 64 hex digits.")
            .GivesHeader(StatusCodes.Status200OK, "ETag", "The same, in quotes: for If-None-Match, and for If-Range with Range.")
            .Refuses(StatusCodes.Status404NotFound);
        downloaders.MapGet("/status", GetStatus).WithName("GetFirmwareStatus").TakesOldKeyHeader(devicesToo: true);

        RouteGroupBuilder viewers = routes.MapFor(Role.Viewer);
        viewers.WithTags("Firmware");
        viewers.MapGet("/releases", List).WithName("ListReleases").TakesPage(
            new TextParameter("product", "Only those of this product."), new TextParameter("platform", "Only those for this platform."),
            new TextParameter("env", "Only those of this environment."));
        viewers.MapGet("/platforms", ListPlatforms).WithName("ListPlatforms");

        RouteGroupBuilder admin = routes.MapFor(Role.Admin);
        admin.WithTags("Firmware");
        admin.MapDelete("/releases/{id}", Remove).WithName("RemoveRelease").TakesPath(s_id)
            .Refuses(StatusCodes.Status404NotFound, StatusCodes.Status409Conflict);
        admin.MapGet("/downloads", ListDownloads).WithName("ListDownloads").TakesPage(
            new TextParameter("who", "Only those of this key, user or device."),
            new TextParameter("product", "Only those of this product."),
            new TextParameter("platform", "Only those for this platform."));
        routes.MapThingPins();
        routes.MapLinks();
        routes.MapSessions();
        routes.MapMirror();
    }

    /// <summary>Takes a release for things: a form with the image, which is looked into and must fit the platform.</summary>
    internal static async Task<Results<Created<UploadAnswer>, ProblemHttpResult>> PostUpload(
        HttpContext http, Store store, TimeProvider clock, FirmwareOptions options, MirrorOptions mirror, PlatformTable platforms)
    {
        if (mirror.Address is not null)
        {
            return OnlyAtSource(mirror).ToProblem();
        }

        (UploadForm form, Refusal? refusal) = await UploadForm.ReadAsync(http, store, clock, options.MaxBytes).ConfigureAwait(false);
        if (refusal is not null)
        {
            return refusal.ToProblem();
        }

        UploadResult result = await Upload.KeepAsync(
            form, platforms, Caller.Of(http), store, clock.GetUtcNow().ToUnixTimeMilliseconds()).ConfigureAwait(false);
        return result.Kept is { } kept
            ? TypedResults.Created(
                kept.DownloadUrl,
                new UploadAnswer(true, $"Firmware {kept.Version.Text} uploaded for {kept.Platform}", VersionInfo.Of(kept)))
            : Explain(result, form.Texts.GetValueOrDefault("version"));
    }

    /// <summary>
    /// Gives the firmware for a platform: the newest, the one that the device is pinned to or that a roll-out offers it, or the version
    /// that is asked for. With ranges, so that what broke off goes on.
    /// </summary>
    internal static async Task<IResult> Get(
        HttpContext http, string platform, Store store, StorageTurns turns, FileChunks chunks, PlatformTable platforms, TimeProvider clock,
        string? product, string? env, string? version)
    {
        Caller caller = Caller.Of(http);
        (FirmwareWish? wish, string? fault) = WishOf(platforms, platform, product, env, version, caller.Device);
        if (wish is null)
        {
            return AdminProblem.Of(StatusCodes.Status400BadRequest, fault!);
        }

        wish = wish with { IsOfUnknown = MayBeDevices(caller) };
        (Release? release, Refusal? refusal) = await turns.AskAsync(
            (store, wish, platforms, clock.GetUtcNow().ToUnixTimeMilliseconds()), static wanted => ChooseAsync(
                wanted.store, (wanted.wish, wanted.platforms, wanted.Item4))).ConfigureAwait(false);
        if (release is null)
        {
            return refusal!.ToProblem();
        }

        if (caller.Device is null && !caller.MayHaveFirmware(Role.Downloader, release.Product, release.Platform))
        {
            return AdminProblem.Of(StatusCodes.Status403Forbidden, $"You may not download {release.Product} for {release.Platform}");
        }

        string via = caller.Device is not null ? "device" : caller.UserId is not null ? "user" : "key";
        await Download.NoteAsync(http, store, clock, caller.Name, via, release, ReleasePart.App).ConfigureAwait(false);
        return new FileAnswer(chunks, release.App, release.FileName);
    }

    /// <summary>
    /// Says for each product and platform which version is the newest, of those that one may have; for a device, of its own what it would
    /// be given.
    /// </summary>
    internal static async Task<Ok<FirmwareStatus>> GetStatus(
        HttpContext http, Store store, TimeProvider clock, PlatformTable platforms)
    {
        Caller caller = Caller.Of(http);
        List<Release> newest = caller.Device is { } device
            ? await store.WriteAsync(
                (MaxNewest, device, platforms, clock.GetUtcNow().ToUnixTimeMilliseconds()), FirmwareChoice.NewestFor).ConfigureAwait(false)
            : await store.ReadAsync((MaxNewest, MayBeDevices(caller)), FirmwareChoice.Newest).ConfigureAwait(false);
        return TypedResults.Ok(new FirmwareStatus("ok", [.. newest.Where(release =>
            caller.Device is not null
                || caller.MayHaveFirmware(Role.Downloader, release.Product, release.Platform)).Select(VersionInfo.Of)]));
    }

    /// <summary>Lists releases for things, the last uploaded first.</summary>
    internal static async Task<Results<Ok<List<ReleaseRow>>, ProblemHttpResult>> List(
        HttpContext http, Store store, string? product, string? platform, string? env, string? limit, string? cursor)
    {
        if (!PageRequest.TryRead(limit, cursor, out PageRequest page) || !page.TryNumber(out long before))
        {
            return PageRequest.Problem;
        }

        (List<Release> releases, HashSet<long> newest) = await store.ReadAsync(
            (Filter(product), Filter(platform), Filter(env), before, page.Limit + 1),
            static (session, wanted) => (ReleaseSql.List(session, wanted), ReleaseSql.NewestOfEach(session, MaxNewest)
                .Select(static release => release.Id).ToHashSet())).ConfigureAwait(false);
        List<ReleaseRow> rows = [.. releases.Select(release => ReleaseRow.Of(release, newest.Contains(release.Id)))];
        page.Finish(http, rows, static row => row.Id.ToString(CultureInfo.InvariantCulture));
        return TypedResults.Ok(rows);
    }

    /// <summary>Lists the platforms: those that everybody has, and those of the configuration.</summary>
    internal static Ok<List<PlatformRow>> ListPlatforms(PlatformTable platforms) =>
        TypedResults.Ok(platforms.All.Select(PlatformRow.Of).ToList());

    /// <summary>Removes a release, unless a device is pinned to it.</summary>
    internal static async Task<Results<NoContent, ProblemHttpResult>> Remove(
        HttpContext http, string id, Store store, MirrorOptions mirror, TimeProvider clock)
    {
        Refusal? refusal = mirror.Address is not null
            ? OnlyAtSource(mirror)
            : !long.TryParse(id, NumberStyles.None, CultureInfo.InvariantCulture, out long number)
            ? ReleaseKeeping.Unknown
            : await store.WriteAsync((number, Caller.Of(http).Name, clock.GetUtcNow().ToUnixTimeMilliseconds()), ReleaseKeeping.Remove)
                .ConfigureAwait(false);
        return refusal is null ? TypedResults.NoContent() : refusal.ToProblem();
    }

    /// <summary>Lists who fetched which firmware, newest first.</summary>
    internal static async Task<Results<Ok<List<DownloadRow>>, ProblemHttpResult>> ListDownloads(
        HttpContext http, Store store, string? who, string? product, string? platform, string? limit, string? cursor)
    {
        if (!PageRequest.TryRead(limit, cursor, out PageRequest page) || !page.TryNumber(out long before))
        {
            return PageRequest.Problem;
        }

        List<DownloadRow> rows = await store.ReadAsync(
            (Filter(who), Filter(product), Filter(platform), before, page.Limit + 1), DownloadSql.List).ConfigureAwait(false);
        page.Finish(http, rows, static row => row.Id.ToString(CultureInfo.InvariantCulture));
        return TypedResults.Ok(rows);
    }

    /// <summary>Reads what is asked for.</summary>
    /// <returns>What is asked for, or what is wrong with it.</returns>
    public static (FirmwareWish? Wish, string? Fault) WishOf(
        PlatformTable platforms, string platform, string? product, string? env, string? version, DeviceIdentity? device)
    {
        ReleaseVersion? wanted = ReleaseVersion.Parse(version);
        return platforms.Resolve(platform) is not { } known ? (null, platforms.Refuse(platform))
            : Filter(version) is not null && wanted is null ? (null, $"version: {ReleaseVersion.Rule}")
            : (new FirmwareWish(known, Filter(product), Filter(env) ?? FirmwareText.Production, wanted, device), null);
    }

    /// <summary>
    /// Whether a caller may be devices: a key that can do nothing but download is what those share that have no token of their own.
    /// </summary>
    private static bool MayBeDevices(Caller caller) =>
        caller.Device is null && caller.UserId is null && caller.Grants.All(static grant => grant.Role == Role.Downloader);

    private static async Task<(Release? Release, Refusal? Refusal)> ChooseAsync(
        Store store, (FirmwareWish Wish, PlatformTable Platforms, long Now) wanted)
    {
        if (wanted.Wish.Device is null)
        {
            return await store.ReadAsync((wanted.Wish, wanted.Platforms), FirmwareChoice.Decide, settled: false).ConfigureAwait(false);
        }

        (Release? release, Refusal? refusal) = await store.ReadAsync(wanted, FirmwareChoice.Peek, settled: false).ConfigureAwait(false);
        return release is null && refusal is null
            ? await store.WriteAsync(wanted, FirmwareChoice.Ask).ConfigureAwait(false)
            : (release, refusal);
    }

    /// <summary>An empty text of a query is as good as none.</summary>
    public static string? Filter(string? text) => string.IsNullOrEmpty(text) ? null : text;

    private static Refusal OnlyAtSource(MirrorOptions mirror) =>
        Refusal.Conflict($"This server is a mirror of {mirror.Address}: releases are changed there");

    private static ProblemHttpResult Explain(UploadResult result, string? attempted)
    {
        Dictionary<string, object?> more = new() { ["error"] = result.Refusal!.Error };
        if (result.Newest is { } newest)
        {
            more["current_version"] = newest.Version.Text;
            more["attempted_version"] = attempted;
        }

        return TypedResults.Problem(result.Refusal.Error, statusCode: result.Refusal.Status, extensions: more);
    }
}
