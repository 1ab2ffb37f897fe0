using System.Globalization;
using System.Text.Json.Serialization;

using JamBox.Backend.Operation;
using JamBox.Backend.Security;
using JamBox.Backend.Storage;
using JamBox.Backend.Wire;

using Microsoft.AspNetCore.Http.HttpResults;

namespace JamBox.Backend.Firmware;

/// <summary>What a mirror asks its source, and how a mirror stands.</summary>
internal static class MirrorEndpoints
{
    /// <summary>Releases that are told in one answer.</summary>
    private const int MaxRows = 100;

    private static readonly ApiParameter s_id = new NumberParameter("id", 1, long.MaxValue, "Number of the release.");

    /// <summary>Adds the mirror.</summary>
    public static void AddMirror(this IServiceCollection services)
    {
        services.AddFeatureOptions<MirrorOptions>(MirrorOptions.Section);
        services.AddSingleton<IJob, MirrorJob>();
    }

    /// <summary>The route table.</summary>
    public static void MapMirror(this IEndpointRouteBuilder routes)
    {
        RouteGroupBuilder downloaders = routes.MapFor(Role.Downloader);
        downloaders.WithTags("Firmware");
        downloaders.MapGet("/mirror/releases", ListForMirror).WithName("ListReleasesForMirror").TakesQuery(
            new NumberParameter("after", 0, long.MaxValue, "Only releases with a higher number."));
        downloaders.MapGet("/mirror/releases/{id}/bytes", GetForMirror).WithName("GetReleaseForMirror").TakesPath(s_id)
            .TakesQuery(new TextParameter(
                "part", [ReleasePart.App, ReleasePart.Bootloader, ReleasePart.Partitions], "Which part; the application unless said."))
            .GivesBytes("application/octet-stream").Refuses(StatusCodes.Status404NotFound);

        RouteGroupBuilder viewers = routes.MapFor(Role.Viewer);
        viewers.WithTags("Firmware");
        viewers.MapGet("/mirror", GetMirror).WithName("GetMirror").Refuses(StatusCodes.Status404NotFound);
    }

    /// <summary>Lists releases in the order in which they came, for a server that mirrors this one; of those that its key is for.</summary>
    internal static async Task<Ok<List<MirrorRow>>> ListForMirror(HttpContext http, Store store, long? after)
    {
        // A key for some products would have to look through the others: it is told so many as there are in one look.
        Caller caller = Caller.Of(http);
        List<MirrorRow> rows = [];
        long from = after ?? 0;
        while (rows.Count == 0)
        {
            List<Release> releases = await store.ReadAsync((from, MaxRows), ReleaseSql.After).ConfigureAwait(false);
            if (releases.Count == 0)
            {
                break;
            }

            from = releases[^1].Id;
            rows.AddRange(releases.Where(release => caller.MayHaveFirmware(Role.Downloader, release.Product, release.Platform))
                .Select(MirrorRow.Of));
        }

        return TypedResults.Ok(rows);
    }

    /// <summary>Gives a part of a release to a server that mirrors this one; with ranges, so that what broke off goes on.</summary>
    internal static async Task<IResult> GetForMirror(HttpContext http, string id, Store store, FileChunks chunks, string? part)
    {
        return long.TryParse(id, NumberStyles.None, CultureInfo.InvariantCulture, out long number)
            && await store.ReadAsync(number, ReleaseSql.Find).ConfigureAwait(false) is { } release
            && Caller.Of(http).MayHaveFirmware(Role.Downloader, release.Product, release.Platform)
            && release.Part(FirmwareEndpoints.Filter(part) ?? ReleasePart.App) is { } bytes
            ? new FileAnswer(chunks, bytes, release.FileName)
            : ReleaseKeeping.Unknown.ToProblem();
    }

    /// <summary>Says how this mirror stands: when it last got on, and what keeps it from it.</summary>
    internal static async Task<Results<Ok<MirrorStatus>, ProblemHttpResult>> GetMirror(Store store, MirrorOptions options) =>
        options.Address is not { } source
            ? Refusal.NotFound("This server is no mirror (Mirror:Source)").ToProblem()
            : TypedResults.Ok(await store.ReadAsync(source, MirrorSql.Status).ConfigureAwait(false)
                ?? new MirrorStatus(source, 0, null, null, null, 0, 0));
}

/// <summary>How a mirror stands.</summary>
/// <param name="Source">The server that it takes over from.</param>
/// <param name="LastId">The number there of the last release that was taken over.</param>
/// <param name="TriedAt">When it last asked.</param>
/// <param name="SucceededAt">When it last had all that there is.</param>
/// <param name="Error">What keeps it from it; null = nothing.</param>
/// <param name="Releases">Releases here.</param>
/// <param name="PendingBytes">Bytes of releases that are not whole yet.</param>
internal sealed record MirrorStatus(
    [property: JsonPropertyName("source")] string Source,
    [property: JsonPropertyName("last_id")] long LastId,
    [property: JsonPropertyName("tried_at")] DateTime? TriedAt,
    [property: JsonPropertyName("succeeded_at")] DateTime? SucceededAt,
    [property: JsonPropertyName("error")] string? Error,
    [property: JsonPropertyName("releases")] long Releases,
    [property: JsonPropertyName("pending_bytes")] long PendingBytes);

/// <summary>A release as a mirror takes it over.</summary>
/// <param name="Id">Its number at the source.</param>
/// <param name="Product">What it is for.</param>
/// <param name="Platform">The canonical name of the platform.</param>
/// <param name="Environment">prod, or another one.</param>
/// <param name="Version">Its version.</param>
/// <param name="Kind">What was uploaded.</param>
/// <param name="Description">What is new.</param>
/// <param name="Project">The project, as the image says; null = it says nothing.</param>
/// <param name="AppVersion">The version, as the image says.</param>
/// <param name="IdfVersion">The ESP-IDF that it was built with, as the image says.</param>
/// <param name="UploadedAt">When it came.</param>
/// <param name="Parts">Its parts.</param>
internal sealed record MirrorRow(
    [property: JsonPropertyName("id")] long Id,
    [property: JsonPropertyName("product")] string Product,
    [property: JsonPropertyName("platform")] string Platform,
    [property: JsonPropertyName("env")] string Environment,
    [property: JsonPropertyName("version")] string Version,
    [property: JsonPropertyName("kind"), Words("app", "merged", "esp8266")] string Kind,
    [property: JsonPropertyName("description")] string? Description,
    [property: JsonPropertyName("project")] string? Project,
    [property: JsonPropertyName("app_version")] string? AppVersion,
    [property: JsonPropertyName("idf_version")] string? IdfVersion,
    [property: JsonPropertyName("uploaded_at")] DateTime UploadedAt,
    [property: JsonPropertyName("parts")] IReadOnlyList<MirrorPart> Parts)
{
    private const string Who = "mirror";

    /// <summary>Makes the row of a release.</summary>
    public static MirrorRow Of(Release r) => new(
        r.Id, r.Product, r.Platform, r.Environment, r.Version.Text, r.Kind, r.Description, r.Said?.Project, r.Said?.Version,
        r.Said?.IdfVersion, DateTime.UnixEpoch.AddMilliseconds(r.UploadedAt),
        [.. r.Parts.Select(static part => new MirrorPart(part.Name, part.Size, part.Sha256, part.Address))]);

    /// <summary>What is wrong with it: another server, and another version of this program, may say what it likes.</summary>
    /// <param name="maxBytes">Bytes of a part at most.</param>
    /// <returns>Null when nothing is.</returns>
    public string? FindFault(int maxBytes) =>
        Product is null || !FirmwareText.IsProduct(Product) ? "its product is no name"
        : Platform is null || !FirmwareText.IsName(Platform) ? "its platform is no name"
        : Environment is null || !FirmwareText.IsEnvironment(Environment) ? "its environment is no name"
        : ReleaseVersion.Parse(Version) is null ? "its version is none"
        : Kind is not ("app" or "merged" or "esp8266") ? "its kind is not known"
        : Description is not null && !FirmwareText.IsDescription(Description) ? "its description is too long"
        : Parts is not { Count: > 0 and <= 3 } || Parts.Contains(null!)
            || Parts.Select(static part => part.Part).Distinct().Count() < Parts.Count
            || !Parts.Any(static part => part.Part == ReleasePart.App) ? "its parts are incomplete"
        : Parts.Any(part => part.Part is not (ReleasePart.App or ReleasePart.Bootloader or ReleasePart.Partitions) || part.Size <= 0
            || part.Size > maxBytes || part.Address < 0 || part.Sha256 is not { Length: 64 } || !part.Sha256.All(char.IsAsciiHexDigitLower))
        ? "a part of it is too large, or described wrongly"
        : null;

    /// <summary>The release that it is here.</summary>
    /// <param name="parts">Its parts, fetched.</param>
    public Release ToRelease(IReadOnlyList<ReleasePart> parts) => new(
        0, Product, Platform, Environment, ReleaseVersion.Parse(Version)!, Kind, Description,
        Project is null ? null : new AppDescription(Project, AppVersion ?? "", IdfVersion ?? ""), Who,
        new DateTimeOffset(DateTime.SpecifyKind(UploadedAt, DateTimeKind.Utc)).ToUnixTimeMilliseconds(), parts);
}

/// <summary>A part of a release as a mirror takes it over.</summary>
/// <param name="Part">Which.</param>
/// <param name="Size">Its bytes.</param>
/// <param name="Sha256">Its SHA-256, 64 lower hex digits.</param>
/// <param name="Address">Where it lies in flash.</param>
internal sealed record MirrorPart(
    [property: JsonPropertyName("part"), Words("app", "bootloader", "partitions")] string Part,
    [property: JsonPropertyName("size")] long Size,
    [property: JsonPropertyName("sha256")] string Sha256,
    [property: JsonPropertyName("address")] long Address);
