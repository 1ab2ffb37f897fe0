using JamBox.Backend.Builds;
using JamBox.Backend.Firmware;
using JamBox.Backend.Security;
using JamBox.Backend.Storage;
using JamBox.Backend.Wire;

using Microsoft.AspNetCore.Http.HttpResults;
using Microsoft.Net.Http.Headers;

namespace JamBox.Backend.Manufacturing;

/// <summary>What goes into a chip: its identity, and its firmware.</summary>
internal static class IdentityEndpoints
{
    private static readonly ApiParameter s_version =
        new TextParameter("version", "The version, of a box its build's; the newest unless said.");

    private static readonly ApiParameter s_part = new TextParameter(
        "part", BoardPart.All, "The part; of a box deployment unless said, of a thing app. provisioning = what sets its modem up.");

    private static readonly ApiParameter s_board = new TextParameter("hw_type", "The board, two capital letters.");
    private static readonly ApiParameter s_revision = new TextParameter("hw_version", "Its revision, two digits.");

    /// <summary>The route table.</summary>
    public static void MapIdentities(this IEndpointRouteBuilder makers)
    {
        makers.MapPost("/devices/{sn}/nvs.bin", MakeIdentity).WithName("MakeIdentity").TakesPath(ManufacturingEndpoints.Serial)
            .TakesQuery(new FlagParameter("newMacKey", "Whether the key of its messages is made anew, too.") { Default = false })
            .GivesBytes("application/octet-stream")
            .Refuses(StatusCodes.Status404NotFound, StatusCodes.Status409Conflict);
        makers.MapGet("/devices/{sn}/firmware.bin", GetFirmware).WithName("GetFirmwareOfManufacturedDevice")
            .TakesPath(ManufacturingEndpoints.Serial)
            .TakesQuery(s_part, s_version).GivesPart()
            .Refuses(StatusCodes.Status404NotFound, StatusCodes.Status409Conflict);
        makers.MapGet("/firmware/{hw_type}/{hw_version}", FindFirmware).WithName("FindFirmwareOfBoard")
            .TakesPath(s_board, s_revision)
            .TakesQuery(s_version, FirmwareEndpoints.Product)
            .Refuses(StatusCodes.Status404NotFound);
        makers.MapGet("/firmware/{hw_type}/{hw_version}/firmware.bin", GetBoardFirmware).WithName("GetFirmwareOfBoard")
            .TakesPath(s_board, s_revision)
            .TakesQuery(s_part, s_version).GivesPart()
            .Refuses(StatusCodes.Status404NotFound);
    }

    private static RouteHandlerBuilder GivesPart(this RouteHandlerBuilder route) => route.GivesBytes("application/octet-stream")
        .GivesHeader(StatusCodes.Status200OK, "X-SHA256", "SHA-256 of the whole, 64 hex digits.")
        .GivesHeader(StatusCodes.Status200OK, "ETag", "The same, in quotes: for If-None-Match, and for If-Range with Range.");

    /// <summary>
    /// Makes the NVS image with the identity of a device. It holds a fresh token, which is told nowhere else; the one before is good until
    /// this one is used. From sold on that is an admin's.
    /// </summary>
    internal static async Task<Results<FileContentHttpResult, ProblemHttpResult>> MakeIdentity(
        HttpContext http, string sn, string? newMacKey, Store store, IdentityMaker maker, TimeProvider clock)
    {
        if (await store.ReadAsync(sn, MadeSql.One).ConfigureAwait(false) is not { } device)
        {
            return ManufacturingEndpoints.Unknown.ToProblem();
        }

        Caller caller = Caller.Of(http);
        (byte[]? image, Refusal? refusal) = await maker.MakeAsync(
            device, newMacKey == "true", caller.Name, caller.MayEverywhere(Role.Admin), ManufacturingEndpoints.Now(clock))
            .ConfigureAwait(false);
        return image is null ? refusal!.ToProblem() : TypedResults.Bytes(image, "application/octet-stream", "nvs.bin");
    }

    /// <summary>
    /// Gives a part of the firmware for a device that a batch has made: of the newest, or of the version that is asked for. With ranges.
    /// </summary>
    internal static async Task<IResult> GetFirmware(
        HttpContext http, string sn, string? part, string? version, Store store, FileChunks chunks, BoardFirmwareFinder finder,
        ManufacturingOptions options, TimeProvider clock)
    {
        if (await store.ReadAsync(sn, MadeSql.One).ConfigureAwait(false) is not { } device)
        {
            return ManufacturingEndpoints.Unknown.ToProblem();
        }

        return options.Board(device.HwType) is { } board
            ? await GivePartAsync(http, new PartWish(board, device.Product, part, version), store, chunks, finder, clock)
                .ConfigureAwait(false)
            : ManufacturingEndpoints.LostBoard(device.HwType).ToProblem();
    }

    /// <summary>
    /// Gives a part of the firmware for a board, before there is a device made of it: the newest, or the version that is asked for. With
    /// ranges.
    /// </summary>
    internal static async Task<IResult> GetBoardFirmware(
        HttpContext http, string hw_type, string hw_version, string? part, string? version, Store store, FileChunks chunks,
        BoardFirmwareFinder finder, ManufacturingOptions options, TimeProvider clock) =>
        BoardOf(options, hw_type, hw_version) is { } board
            ? await GivePartAsync(http, new PartWish(board, null, part, version), store, chunks, finder, clock).ConfigureAwait(false)
            : UnknownBoard(options).ToProblem();

    /// <summary>Says which firmware a board gets, and what of it lies where.</summary>
    internal static async Task<Results<Ok<BoardFirmware>, ProblemHttpResult>> FindFirmware(
        string hw_type, string hw_version, string? version, string? product, BoardFirmwareFinder finder, ManufacturingOptions options)
    {
        if (BoardOf(options, hw_type, hw_version) is not { } board)
        {
            return UnknownBoard(options).ToProblem();
        }

        (BoardFlash? flash, Refusal? refusal) = await finder.FindAsync(
            board, FirmwareEndpoints.Filter(product), FirmwareEndpoints.Filter(version)).ConfigureAwait(false);
        return flash is null ? refusal!.ToProblem() : TypedResults.Ok(new BoardFirmware(
            hw_type, hw_version, board.Platform, flash.Release?.Product, flash.Version, [.. flash.Parts()],
            flash.Identity is { } identity ? new IdentityPartition(identity.Name, identity.Address, identity.Size) : null,
            flash.ProvisioningPart()));
    }

    private static Board? BoardOf(ManufacturingOptions options, string type, string revision) =>
        revision.Length == 2 && revision.All(char.IsAsciiDigit) ? options.Board(type) : null;

    private static Refusal UnknownBoard(ManufacturingOptions options) => Refusal.NotFound(
        $"There is no such board; there are {string.Join(", ", options.BoardNames)}, with revisions of two digits");

    private static async Task<IResult> GivePartAsync(
        HttpContext http, PartWish wish, Store store, FileChunks chunks, BoardFirmwareFinder finder, TimeProvider clock)
    {
        Board board = wish.Board;
        string name = FirmwareEndpoints.Filter(wish.Part) ?? (board.Hardware is null ? ReleasePart.App : BoardPart.Deployment);
        string? version = FirmwareEndpoints.Filter(wish.Version);
        if (name == BoardPart.Provisioning)
        {
            return await AnswerBuildAsync(
                http, store, await finder.FindProvisioningAsync(board, version).ConfigureAwait(false)).ConfigureAwait(false);
        }

        (BoardFlash? flash, Refusal? refusal) = await finder.FindAsync(board, wish.Product, version).ConfigureAwait(false);
        if (flash is null)
        {
            return refusal!.ToProblem();
        }

        if (name == BoardPart.Deployment)
        {
            return await AnswerBuildAsync(http, store, flash.Build).ConfigureAwait(false);
        }

        if (flash.Release?.Part(name) is not { } wanted)
        {
            return Refusal.NotFound(
                $"The release for it has no {name}; it has {string.Join(", ", (flash.Release?.Parts ?? []).Select(static p => p.Name))}")
                .ToProblem();
        }

        Caller caller = Caller.Of(http);
        await Download.NoteAsync(http, store, clock, caller.Name, caller.UserId is null ? "key" : "user", flash.Release, name)
            .ConfigureAwait(false);
        return new FileAnswer(chunks, wanted, name == ReleasePart.App ? flash.Release.FileName : $"{name}.bin");
    }

    private static async Task<IResult> AnswerBuildAsync(HttpContext http, Store store, Build? build) =>
        build is not null && await store.ReadAsync(build.Id, BuildSql.Image).ConfigureAwait(false) is { } image
            ? AnswerBuild(http, build, image)
            : Refusal.NotFound("There is no build for it").ToProblem();

    private static FileContentHttpResult AnswerBuild(HttpContext http, Build build, byte[] image)
    {
        http.Response.Headers["X-SHA256"] = build.Sha256;
        return TypedResults.Bytes(
            image, "application/octet-stream", $"{build.Hardware}-{build.Version}.bin", enableRangeProcessing: true,
            entityTag: new EntityTagHeaderValue($"\"{build.Sha256}\""));
    }

    /// <summary>A part of the firmware that is asked for.</summary>
    /// <param name="Board">For that board.</param>
    /// <param name="Product">What the firmware is for; null = the board's own.</param>
    /// <param name="Part">The part; null = the one that makes the device what it is.</param>
    /// <param name="Version">Its version; null = the newest.</param>
    private readonly record struct PartWish(Board Board, string? Product, string? Part, string? Version);
}
