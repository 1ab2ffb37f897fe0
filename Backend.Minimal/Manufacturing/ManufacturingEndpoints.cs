using System.Globalization;

using JamBox.Backend.Devices;
using JamBox.Backend.Firmware;
using JamBox.Backend.Operation;
using JamBox.Backend.People;
using JamBox.Backend.Security;
using JamBox.Backend.Storage;
using JamBox.Backend.Wire;

using Microsoft.AspNetCore.Http.HttpResults;

namespace JamBox.Backend.Manufacturing;

/// <summary>Manufacturing: batches of devices, their steps, and for whom they are.</summary>
internal static class ManufacturingEndpoints
{
    /// <summary>Rows of each list among the figures.</summary>
    private const int FigureRows = 20;

    private const int MaxSteps = 100;

    /// <summary>A device in a path.</summary>
    public static readonly ApiParameter Serial = new TextParameter("sn", "Serial number or id of the device.");

    /// <summary>What is answered of a device that no batch has made.</summary>
    public static readonly Refusal Unknown = Refusal.NotFound("No batch has made such a device");

    /// <summary>What is answered of a device whose board is not in the configuration any more.</summary>
    /// <param name="name">The board.</param>
    public static Refusal LostBoard(string name) =>
        Refusal.Conflict($"Board {name} is not known any more: Manufacturing:Boards must name it");

    private static readonly ApiParameter s_batch = new NumberParameter("id", 1, long.MaxValue, "Number of the batch.");

    /// <summary>Adds manufacturing.</summary>
    public static void AddManufacturing(this IServiceCollection services)
    {
        services.AddFeatureOptions<ManufacturingOptions>(ManufacturingOptions.Section);
        services.AddJson(ManufacturingJson.Default);
        services.AddSingleton<BoardFirmwareFinder>();
        services.AddSingleton<IdentityMaker>();
        services.AddSingleton<AnswerKeys>();
    }

    /// <summary>The route table.</summary>
    public static void MapManufacturing(this IEndpointRouteBuilder routes)
    {
        RouteGroupBuilder makers = routes.MapFor(Role.Maker).MapGroup("/manufacturing");
        makers.WithTags("Manufacturing");
        makers.MapPost("/batch", MakeBatch).WithName("MakeBatch")
            .TakesBody(BatchRequest.Fields, """{"board_type":"NB","board_version":"02","quantity":15,"note":"first carton"}""")
            .Refuses(StatusCodes.Status409Conflict);
        makers.MapGet("/batch/{id}", GetBatch).WithName("GetBatch").TakesPath(s_batch).Refuses(StatusCodes.Status404NotFound);
        makers.MapGet("/batches", ListBatches).WithName("ListBatches").TakesPage();
        makers.MapGet("/devices", ListMade).WithName("ListManufacturedDevices").TakesPage(
            new TextParameter("status", Life.All, "Only those of this status."),
            new TextParameter("hw_type", "Only those of this board."),
            new NumberParameter("batch", 1, long.MaxValue, "Only those of this batch."),
            new TimeParameter("from", "Only those made at this time or later."), new TimeParameter("to", "Only those made before it."),
            new TextParameter("q", "Only those with this in serial number, id, address or name."));
        makers.MapGet("/devices/{sn}", GetMade).WithName("GetManufacturedDevice").TakesPath(Serial)
            .Refuses(StatusCodes.Status404NotFound);
        makers.MapPost("/devices/{sn}/status", TakeStep).WithName("TakeManufacturingStep").TakesPath(Serial)
            .TakesBody(StepRequest.Fields, """{"status":"flashed","why":"bench 2"}""")
            .Refuses(StatusCodes.Status404NotFound, StatusCodes.Status409Conflict);
        makers.MapPost("/devices/{sn}/assign", Assign).WithName("AssignDevice").TakesPath(Serial)
            .TakesBody(AssignRequest.Fields, """{"email":"ben@example.org","name":"Ben"}""")
            .Refuses(StatusCodes.Status404NotFound, StatusCodes.Status409Conflict);
        makers.MapGet("/dashboard", GetFigures).WithName("GetManufacturingFigures");
        makers.MapIdentities();
        makers.MapLabels();
        routes.MapClaim();
    }

    /// <summary>Makes a batch of devices, all or none: serial numbers, ids and PINs. The PINs are shown this once.</summary>
    internal static async Task<Results<Created<NewBatch>, ProblemHttpResult>> MakeBatch(
        HttpContext http, Store store, ManufacturingOptions options, ISecretSource secrets, TimeProvider clock)
    {
        (BatchRequest request, ProblemHttpResult? problem) = await AdminBody.ReadAsync(
            http.Request, BatchRequest.Fields).ConfigureAwait(false);
        problem ??= FindFault(request, options) is { } fault ? AdminProblem.Of(StatusCodes.Status400BadRequest, fault) : null;
        if (problem is not null)
        {
            return problem;
        }

        // Slow by design, and not for the writer's thread.
        IReadOnlyList<(string Pin, string Hash)> pins = await LabelPins.DrawAsync(request.Quantity, secrets, http.RequestAborted)
            .ConfigureAwait(false);
        Board board = options.Board(request.BoardType!)!;
        request.Ids ??= board.Hardware is null ? "serial" : "jbnb";
        try
        {
            NewBatch batch = await store.WriteAsync(
                new BatchToMake(
                    request, board.Platform, request.Product ?? board.Product, options.Prefix, pins, secrets, Caller.Of(http).Name,
                    clock.GetUtcNow()),
                BatchSql.Add).ConfigureAwait(false);
            return TypedResults.Created(
                string.Create(CultureInfo.InvariantCulture, $"/api/manufacturing/batch/{batch.Id}"), batch);
        }
        catch (BatchException undone)
        {
            return Refusal.Conflict(undone.Message).ToProblem();
        }
    }

    /// <summary>Shows a batch with its devices.</summary>
    internal static async Task<Results<Ok<BatchDetail>, ProblemHttpResult>> GetBatch(string id, Store store)
    {
        if (!long.TryParse(id, NumberStyles.None, CultureInfo.InvariantCulture, out long number)
            || await store.ReadAsync(number, BatchSql.One).ConfigureAwait(false) is not { } batch)
        {
            return LabelEndpoints.UnknownBatch.ToProblem();
        }

        List<MadeRow> devices = await store.ReadAsync(OfBatch(number), MadeSql.List).ConfigureAwait(false);
        devices.Reverse();
        return TypedResults.Ok(new BatchDetail(batch, devices));
    }

    /// <summary>Lists batches, newest first. The Link header (rel=next) leads to older ones.</summary>
    internal static async Task<Results<Ok<List<BatchRow>>, ProblemHttpResult>> ListBatches(
        HttpContext http, Store store, string? limit, string? cursor)
    {
        if (!PageRequest.TryRead(limit, cursor, out PageRequest page) || !page.TryNumber(out long before))
        {
            return PageRequest.Problem;
        }

        List<BatchRow> rows = await store.ReadAsync((before, page.Limit + 1), BatchSql.List).ConfigureAwait(false);
        page.Finish(http, rows, static row => row.Id.ToString(CultureInfo.InvariantCulture));
        return TypedResults.Ok(rows);
    }

    /// <summary>Lists the devices that batches have made, the last one first. The Link header (rel=next) leads to older ones.</summary>
    internal static async Task<Results<Ok<List<MadeRow>>, ProblemHttpResult>> ListMade(
        HttpContext http, Store store, string? status, string? hw_type, string? batch, string? from, string? to, string? q,
        string? limit, string? cursor)
    {
        if (!PageRequest.TryRead(limit, cursor, out PageRequest page) || !page.TryNumber(out long before))
        {
            return PageRequest.Problem;
        }

        MadeFilter filter = new(
            Text(status), Text(hw_type), long.TryParse(batch, NumberStyles.None, CultureInfo.InvariantCulture, out long of) ? of : null,
            Time(from), Time(to), Text(q), before, page.Limit + 1);
        List<MadeRow> rows = await store.ReadAsync(filter, MadeSql.List).ConfigureAwait(false);
        page.Finish(http, rows, static row => row.Id.ToString(CultureInfo.InvariantCulture));
        return TypedResults.Ok(rows);
    }

    /// <summary>Shows a device that a batch has made, with its steps.</summary>
    internal static async Task<Results<Ok<MadeDetail>, ProblemHttpResult>> GetMade(HttpContext http, string sn, Store store) =>
        await store.ReadAsync(sn, MadeSql.One).ConfigureAwait(false) is { } device
            ? TypedResults.Ok(new MadeDetail(
                device, await store.ReadAsync(((string?)device.DeviceId, MaxSteps), LifeSql.Steps).ConfigureAwait(false),
                Life.Next(device.Status, Caller.Of(http).MayEverywhere(Role.Admin))))
            : Unknown.ToProblem();

    /// <summary>
    /// Takes a step in the life of a device. From sold on that is an admin's. Returned takes it from its place and from whom it was for;
    /// scrapped retires it.
    /// </summary>
    internal static async Task<Results<Ok<MadeDetail>, ProblemHttpResult>> TakeStep(
        HttpContext http, string sn, Store store, DeviceGate gate, TimeProvider clock)
    {
        (StepRequest request, ProblemHttpResult? problem) = await AdminBody.ReadAsync(
            http.Request, StepRequest.Fields).ConfigureAwait(false);
        problem ??= request.Status is null ? AdminProblem.Of(StatusCodes.Status400BadRequest, "status: is required") : null;
        if (problem is not null)
        {
            return problem;
        }

        if (await store.ReadAsync(sn, MadeSql.One).ConfigureAwait(false) is not { } device)
        {
            return Unknown.ToProblem();
        }

        Caller caller = Caller.Of(http);
        Refusal? refusal = await store.WriteAsync(
            (device.DeviceId, request.Status!, request.Why, caller.Name, caller.MayEverywhere(Role.Admin), Now(clock)),
            LifeSql.Step).ConfigureAwait(false);
        gate.Invalidate();
        return refusal is not null ? refusal.ToProblem() : await GetMade(http, sn, store).ConfigureAwait(false);
    }

    /// <summary>
    /// Says for whom a device is: they are invited by mail, or told when they have an account. Again, the mail is sent again. What was
    /// provisioned is sold by it.
    /// </summary>
    internal static async Task<Results<Ok<Assigned>, ProblemHttpResult>> Assign(
        HttpContext http, string sn, Store store, Invitations invitations, AccessWatch access, TimeProvider clock)
    {
        (AssignRequest request, ProblemHttpResult? problem) = await AdminBody.ReadAsync(
            http.Request, AssignRequest.Fields).ConfigureAwait(false);
        string? email = Email.Normal(request.Address);
        problem ??= email is null ? AdminProblem.Of(StatusCodes.Status400BadRequest, "email: must be a mail address") : null;
        if (problem is not null)
        {
            return problem;
        }

        if (await store.ReadAsync(sn, MadeSql.One).ConfigureAwait(false) is not { } device)
        {
            return Unknown.ToProblem();
        }

        Caller caller = Caller.Of(http);
        NewLink invitation = invitations.New(email!, caller.Name);
        (bool isInvited, Refusal? refusal) = await store.WriteAsync(
            (
                device, email!, request.Name, invitation, invitations.Assigned(email!, device.Serial), caller.Name,
                caller.MayEverywhere(Role.Admin), Now(clock)),
            MadeSql.Assign).ConfigureAwait(false);
        access.Invalidate();
        return refusal is not null ? refusal.ToProblem() : TypedResults.Ok(new Assigned(
            (await store.ReadAsync(sn, MadeSql.One).ConfigureAwait(false))!,
            isInvited && invitation.Mail is null ? invitation.Path : null));
    }

    /// <summary>Shows how manufacturing goes: devices by status and batch, the last steps, yield, time per device.</summary>
    internal static async Task<Ok<ManufacturingFigures>> GetFigures(Store store, ManufacturingOptions options) =>
        TypedResults.Ok(await store.ReadAsync((FigureRows, options), MadeSql.Figures).ConfigureAwait(false));

    /// <summary>All devices of a batch.</summary>
    internal static MadeFilter OfBatch(long id) =>
        new(null, null, id, null, null, null, long.MaxValue, BatchRequest.MaxQuantity);

    /// <summary>Now, milliseconds since 1970.</summary>
    internal static long Now(TimeProvider clock) => clock.GetUtcNow().ToUnixTimeMilliseconds();

    private static string? FindFault(BatchRequest request, ManufacturingOptions options) =>
        request.BoardType is not { Length: 2 } type || !type.All(char.IsAsciiLetterUpper) ? "board_type: must be two capital letters"
        : request.BoardVersion is not { Length: 2 } revision || !revision.All(char.IsAsciiDigit) ? "board_version: must be two digits"
        : request.Quantity == 0 ? "quantity: is required"
        : options.Board(type) is null
            ? $"board_type: {type} is not known; there are {string.Join(", ", options.BoardNames)} (Manufacturing:Boards adds one)"
        : null;

    private static string? Text(string? text) => string.IsNullOrEmpty(text) ? null : text;

    private static long? Time(string? text) =>
        !string.IsNullOrEmpty(text) && Moment.TryParse(text, out DateTimeOffset at) ? at.ToUnixTimeMilliseconds() : null;
}

/// <summary>PINs for labels.</summary>
internal static class LabelPins
{
    /// <summary>Draws PINs, and makes the slow hash of each: of a large batch all processors have some seconds of work.</summary>
    /// <param name="count">How many.</param>
    /// <param name="secrets">The random bytes.</param>
    /// <param name="stop">Ends it: whoever asked has gone.</param>
    public static async Task<IReadOnlyList<(string Pin, string Hash)>> DrawAsync(
        int count, ISecretSource secrets, CancellationToken stop)
    {
        List<(string Pin, byte[] Salt)> drawn = Draw(count, secrets);
        return await LowPriority.RunEachAsync(count, i => (drawn[i].Pin, Pin.Hash(drawn[i].Pin, drawn[i].Salt)), stop)
            .ConfigureAwait(false);
    }

    private static List<(string Pin, byte[] Salt)> Draw(int count, ISecretSource secrets)
    {
        List<(string Pin, byte[] Salt)> pins = new(count);
        Span<byte> bytes = stackalloc byte[2];
        while (pins.Count < count)
        {
            secrets.Fill(bytes);
            int drawn = (bytes[0] << 8) | bytes[1];

            // 60,000 is a multiple of 10,000: every PIN is as likely as any other.
            if (drawn < 60_000)
            {
                string pin = (drawn % 10_000).ToString("D4", CultureInfo.InvariantCulture);
                pins.Add((pin, Pin.NewSalt(secrets)));
            }
        }

        return pins;
    }
}
