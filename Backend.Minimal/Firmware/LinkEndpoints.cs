using System.Globalization;
using System.Text.Json.Serialization;

using JamBox.Backend.Security;
using JamBox.Backend.Storage;
using JamBox.Backend.Wire;

using Microsoft.AspNetCore.Http.HttpResults;
using Microsoft.AspNetCore.Mvc;

namespace JamBox.Backend.Firmware;

/// <summary>Firmware for people and their browsers: signed links, manifests for ESP Web Tools, and the alias of old devices.</summary>
internal static class LinkEndpoints
{
    private static readonly ApiParameter s_token = new TextParameter("token", "The text of a signed link.");

    private static readonly ApiParameter s_mode = new TextParameter(
        "mode", ["quick", "full"],
        "quick = the application alone, for a chip that runs one already; full = with bootloader and partition table.")
    {
        Default = "quick",
    };

    /// <summary>The route table.</summary>
    public static void MapLinks(this IEndpointRouteBuilder routes)
    {
        RouteGroupBuilder downloaders = routes.MapFor(Role.Downloader);
        downloaders.WithTags("Firmware");
        downloaders.MapPost("/firmware-links", MakeLink).WithName("MakeFirmwareLink")
            .TakesBody(LinkRequest.Fields, """{"platform":"esp32c3","product":"clock"}""")
            .Produces<LinkAnswer>(StatusCodes.Status201Created).Refuses(StatusCodes.Status404NotFound);

        routes.MapGet("/firmware/user-download/{token}", GetByLink).WithName("GetFirmwareByLink").WithTags("Firmware").ForAnybody()
            .TakesPath(s_token).GivesBytes("application/octet-stream")
            .Refuses(
                StatusCodes.Status403Forbidden, StatusCodes.Status404NotFound, StatusCodes.Status410Gone,
                StatusCodes.Status429TooManyRequests);
        routes.MapGet("/firmware/manifest/{platform}.json", GetManifest).WithName("GetFirmwareManifest").WithTags("Firmware").ForAnybody()
            .TakesPath(FirmwareEndpoints.Platform)
            .TakesQuery(
                FirmwareEndpoints.Product, FirmwareEndpoints.Env, FirmwareEndpoints.Version, s_mode,
                new TextParameter("token", "The text of a manifest's link, where neither a key nor a session says who asks."))
            .Produces<WebToolsManifest>()
            .Refuses(
                StatusCodes.Status401Unauthorized, StatusCodes.Status403Forbidden, StatusCodes.Status404NotFound,
                StatusCodes.Status409Conflict, StatusCodes.Status410Gone, StatusCodes.Status429TooManyRequests);
        routes.MapGet("/ota/{board}/latest.bin", GetLatest).WithName("GetLatestFirmware").WithTags("Firmware").ForAnybody()
            .TakesPath(new TextParameter("board", "The platform, or what a device calls its board."))
            .TakesQuery(FirmwareEndpoints.Product, FirmwareEndpoints.Env)
            .GivesBytes("application/octet-stream").Refuses(StatusCodes.Status404NotFound);
    }

    /// <summary>Makes a link to firmware, and one to its manifest, that are good for an hour without a key.</summary>
    internal static async Task<Results<Created<LinkAnswer>, ProblemHttpResult>> MakeLink(
        HttpContext http, Store store, SignedLinks links, PlatformTable platforms)
    {
        (LinkRequest request, ProblemHttpResult? problem) = await AdminBody.ReadAsync(
            http.Request, LinkRequest.Fields).ConfigureAwait(false);
        if (problem is not null)
        {
            return problem;
        }

        (FirmwareWish? wish, string? fault) = FirmwareEndpoints.WishOf(
            platforms, request.Platform ?? "", request.Product, request.Environment, request.Version, null);
        if (wish is null)
        {
            return AdminProblem.Of(StatusCodes.Status400BadRequest, fault!);
        }

        Caller caller = Caller.Of(http);
        (Release? release, Refusal? refusal) = await FindAsync(store, platforms, wish, caller).ConfigureAwait(false);
        string part = request.Part ?? ReleasePart.App;
        return release is null ? refusal!.ToProblem()
            : release.Part(part) is null ? Refusal.NotFound($"{release.Title} has no {part}").ToProblem()
            : TypedResults.Created((string?)null, new LinkAnswer(
                PathOf(links.Make(caller.Principal, release.Id, part)),
                $"/firmware/manifest/{release.Platform}.json?token={links.Make(caller.Principal, release.Id, SignedLink.Manifest)}",
                links.End.UtcDateTime, release.Version.Text));
    }

    /// <summary>Gives what a signed link is for, if whoever made it still may have it.</summary>
    internal static async Task<IResult> GetByLink(
        HttpContext http, string token, Store store, FileChunks chunks, SignedLinks links, RateLimits limits, TimeProvider clock)
    {
        AllowEverySite(http);
        (SignedLink? link, Caller? owner, Refusal? refusal) = await OpenAsync(http, token, links, limits).ConfigureAwait(false);
        if (link is null)
        {
            return refusal!.ToProblem();
        }

        if (await store.ReadAsync(link.ReleaseId, ReleaseSql.Find).ConfigureAwait(false) is not { } release
            || release.Part(link.Part) is not { } part)
        {
            return Refusal.NotFound("That firmware is not kept any more").ToProblem();
        }

        if (!owner!.MayHaveFirmware(Role.Downloader, release.Product, release.Platform))
        {
            return AdminProblem.Of(StatusCodes.Status403Forbidden, "Whoever made this link may not download that firmware any more");
        }

        await Download.NoteAsync(http, store, clock, owner.Name, "link", release, part.Name).ConfigureAwait(false);
        return new FileAnswer(chunks, part, FirmwareText.FileName(release.Product, release.Platform, release.Version.Text, part.Name));
    }

    /// <summary>Gives the manifest with which ESP Web Tools flashes a chip; its parts are signed links.</summary>
    internal static async Task<Results<Ok<WebToolsManifest>, ProblemHttpResult>> GetManifest(
        HttpContext http, string platform, [AsParameters] ManifestParts parts, string? product, string? env, string? version, string? mode,
        string? token)
    {
        AllowEverySite(http);
        http.Response.Headers.CacheControl = "no-store";
        (FirmwareWish? wish, string? fault) = FirmwareEndpoints.WishOf(parts.Platforms, platform, product, env, version, null);
        (Release? release, Caller? owner, Refusal? refusal) =
            token is { Length: > 0 } ? await FindLinkedAsync(http, token, parts).ConfigureAwait(false)
            : wish is null ? (null, null, new Refusal(StatusCodes.Status400BadRequest, fault!))
            : await FindAsync(http, wish, parts).ConfigureAwait(false);
        if (release is null)
        {
            return refusal!.ToProblem();
        }

        bool isFull = mode == "full";
        return mode is not (null or "" or "quick" or "full") ? AdminProblem.Of(
                StatusCodes.Status400BadRequest, "mode: must be quick or full")
            : isFull && !release.HasAllParts ? Refusal.Conflict(
                $"{release.Title} came without bootloader and partition table: upload it with them, or as a merged image, or use mode=quick")
                .ToProblem()
            : TypedResults.Ok(ManifestOf(release, parts.Platforms.Find(release.Platform), isFull, part =>
                PathOf(parts.Links.Make(owner!.Principal, release.Id, part.Name))));
    }

    /// <summary>
    /// Gives the newest firmware, where there are roll-outs that which is through them, to anybody who asks: for devices that know nothing
    /// but one address. Off unless Firmware:StaticAlias says otherwise.
    /// </summary>
    internal static async Task<IResult> GetLatest(
        HttpContext http, string board, Store store, FileChunks chunks, PlatformTable platforms, FirmwareOptions options,
        TimeProvider clock,
        string? product, string? env)
    {
        if (!options.StaticAlias)
        {
            return Refusal.NotFound("This alias is off (Firmware:StaticAlias)").ToProblem();
        }

        (FirmwareWish? wish, _) = FirmwareEndpoints.WishOf(platforms, board, product, env, null, null);
        (Release? release, Refusal? refusal) = wish is null
            ? (null, Refusal.NotFound("No such board"))
            : await store.ReadAsync((wish with { IsOfUnknown = true }, platforms), FirmwareChoice.Decide).ConfigureAwait(false);
        if (release is null)
        {
            return refusal!.ToProblem();
        }

        await Download.NoteAsync(http, store, clock, "", "alias", release, ReleasePart.App).ConfigureAwait(false);
        return new FileAnswer(chunks, release.App, release.FileName);
    }

    /// <summary>Pages elsewhere may read it: it needs a link or a key, and no cookie is sent along.</summary>
    private static void AllowEverySite(HttpContext http)
    {
        http.Response.Headers.AccessControlAllowOrigin = "*";
        http.Response.Headers.AccessControlExposeHeaders = "Content-Length, Content-Range, ETag, X-SHA256";
    }

    private static string PathOf(string token) => $"/firmware/user-download/{token}";

    private static WebToolsManifest ManifestOf(Release release, Platform? platform, bool isFull, Func<ReleasePart, string> pathOf) => new(
        release.Product, release.Version.Text, isFull,
        [
            new WebToolsBuild(
                platform?.ChipFamily ?? release.Platform,
                [.. (isFull ? release.Parts : [release.App]).OrderBy(static part => part.Address)
                    .Select(part => new WebToolsPart(pathOf(part), part.Address))]),
        ]);

    private static async Task<(Release? Release, Refusal? Refusal)> FindAsync(
        Store store, PlatformTable platforms, FirmwareWish wish, Caller caller)
    {
        (Release? release, Refusal? refusal) = await store.ReadAsync((wish, platforms), FirmwareChoice.Decide).ConfigureAwait(false);
        return release is not null && !caller.MayHaveFirmware(Role.Downloader, release.Product, release.Platform)
            ? (null, new Refusal(StatusCodes.Status403Forbidden, $"You may not download {release.Product} for {release.Platform}"))
            : (release, refusal);
    }

    private static async Task<(Release? Release, Caller? Owner, Refusal? Refusal)> FindLinkedAsync(
        HttpContext http, string token, ManifestParts parts)
    {
        (SignedLink? link, Caller? owner, Refusal? refusal) = await OpenAsync(http, token, parts.Links, parts.Limits).ConfigureAwait(false);
        if (link is not { Part: SignedLink.Manifest })
        {
            return (null, null, refusal ?? Refusal.NotFound("This link is not one of a manifest"));
        }

        Release? linked = await parts.Store.ReadAsync(link.ReleaseId, ReleaseSql.Find).ConfigureAwait(false);
        return linked is null ? (null, null, Refusal.NotFound("That firmware is not kept any more"))
            : owner!.MayHaveFirmware(Role.Downloader, linked.Product, linked.Platform) ? (linked, owner, null)
            : (null, null, new Refusal(StatusCodes.Status403Forbidden, "Whoever made this link may not download that firmware any more"));
    }

    private static async Task<(Release? Release, Caller? Owner, Refusal? Refusal)> FindAsync(
        HttpContext http, FirmwareWish wish, ManifestParts parts)
    {
        if (await parts.Access.FindAsync(http).ConfigureAwait(false) is not { } caller)
        {
            return (null, null, TooOften(http, parts.Limits)
                ?? new Refusal(StatusCodes.Status401Unauthorized, "Missing Authorization header, link or session"));
        }

        (Release? release, Refusal? refusal) = await FindAsync(parts.Store, parts.Platforms, wish, caller).ConfigureAwait(false);
        return (release, caller, refusal);
    }

    private static async Task<(SignedLink? Link, Caller? Owner, Refusal? Refusal)> OpenAsync(
        HttpContext http, string token, SignedLinks links, RateLimits limits)
    {
        if (links.Read(token) is not { } link)
        {
            return (null, null, TooOften(http, limits) ?? Refusal.NotFound("This is no link of this server"));
        }

        return links.IsOver(link)
            ? (null, null, new Refusal(StatusCodes.Status410Gone, "This link is over: links are good for an hour, make another one"))
            : await links.OwnerAsync(link).ConfigureAwait(false) is { } owner ? (link, owner, null)
            : (null, null, new Refusal(StatusCodes.Status403Forbidden, "Whoever made this link has no access any more"));
    }

    /// <summary>Who guesses is let go on as slowly as with keys.</summary>
    private static Refusal? TooOften(HttpContext http, RateLimits limits)
    {
        if (limits.TryAcquireFailure(http) is not { } seconds)
        {
            return null;
        }

        http.Response.Headers.RetryAfter = seconds.ToString(CultureInfo.InvariantCulture);
        return new Refusal(StatusCodes.Status429TooManyRequests, "Rate limit exceeded: wait as Retry-After says");
    }
}

/// <summary>What answers a request for a manifest.</summary>
/// <param name="Store">The storage.</param>
/// <param name="Access">Finds out who asks.</param>
/// <param name="Links">The links.</param>
/// <param name="Limits">Slows down who guesses.</param>
/// <param name="Platforms">The platforms.</param>
internal sealed record ManifestParts(
    [FromServices] Store Store,
    [FromServices] AccessWatch Access,
    [FromServices] SignedLinks Links,
    [FromServices] RateLimits Limits,
    [FromServices] PlatformTable Platforms);

/// <summary>What a link is wanted for.</summary>
internal sealed class LinkRequest
{
    /// <summary>The fields of the body.</summary>
    public static readonly FieldTable<LinkRequest> Fields = new(
        new TextField<LinkRequest>("platform", static (r, v) => r.Platform = v) { IsRequired = true },
        new TextField<LinkRequest>("product", static (r, v) => r.Product = v),
        new TextField<LinkRequest>("env", static (r, v) => r.Environment = v),
        new TextField<LinkRequest>("version", static (r, v) => r.Version = v),
        new TextField<LinkRequest>(
            "part", [ReleasePart.App, ReleasePart.Bootloader, ReleasePart.Partitions], static (r, v) => r.Part = v));

    /// <summary>The platform.</summary>
    [JsonPropertyName("platform")]
    public string? Platform { get; set; }

    /// <summary>The product; not needed where there is one only.</summary>
    [JsonPropertyName("product")]
    public string? Product { get; set; }

    /// <summary>The environment; prod unless said.</summary>
    [JsonPropertyName("env")]
    public string? Environment { get; set; }

    /// <summary>The version; the newest unless said.</summary>
    [JsonPropertyName("version")]
    public string? Version { get; set; }

    /// <summary>The part; the application unless said.</summary>
    [JsonPropertyName("part")]
    public string? Part { get; set; }
}

/// <summary>A link that was made.</summary>
/// <param name="Url">The path of the firmware; whoever has it needs no key.</param>
/// <param name="ManifestUrl">The path of its manifest for ESP Web Tools; mode=full may be added.</param>
/// <param name="ExpiresAt">When both end.</param>
/// <param name="Version">The version that they are of.</param>
internal sealed record LinkAnswer(
    [property: JsonPropertyName("url")] string Url,
    [property: JsonPropertyName("manifest_url")] string ManifestUrl,
    [property: JsonPropertyName("expires_at")] DateTime ExpiresAt,
    [property: JsonPropertyName("version")] string Version);

/// <summary>A manifest as ESP Web Tools reads it.</summary>
/// <param name="Name">What is flashed.</param>
/// <param name="Version">Its version.</param>
/// <param name="PromptErase">Whether it offers to erase the chip first.</param>
/// <param name="Builds">One for each family of chips: one.</param>
internal sealed record WebToolsManifest(
    [property: JsonPropertyName("name")] string Name,
    [property: JsonPropertyName("version")] string Version,
    [property: JsonPropertyName("new_install_prompt_erase")] bool PromptErase,
    [property: JsonPropertyName("builds")] IReadOnlyList<WebToolsBuild> Builds);

/// <summary>What is flashed to a family of chips.</summary>
/// <param name="ChipFamily">The family.</param>
/// <param name="Parts">What is written where.</param>
internal sealed record WebToolsBuild(
    [property: JsonPropertyName("chipFamily")] string ChipFamily,
    [property: JsonPropertyName("parts")] IReadOnlyList<WebToolsPart> Parts);

/// <summary>What is written to one address.</summary>
/// <param name="Path">Where the bytes are.</param>
/// <param name="Offset">The address in flash.</param>
internal sealed record WebToolsPart(
    [property: JsonPropertyName("path")] string Path,
    [property: JsonPropertyName("offset")] long Offset);
