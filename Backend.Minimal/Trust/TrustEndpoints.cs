using JamBox.Backend.Security;
using JamBox.Backend.Storage;
using JamBox.Backend.Updates;
using JamBox.Backend.Wire;

using Microsoft.AspNetCore.Http.HttpResults;

namespace JamBox.Backend.Trust;

/// <summary>
/// Keys of releases and floors: records that the bench signed come in, boxes fetch them, and people see which box trusts which key. The
/// server signs nothing, and can take back nothing.
/// </summary>
internal static class TrustEndpoints
{
    private static readonly DeviceResponse s_badAfter = DeviceResponse.Refuse(400, "after: must be epoch.number, 0.0 without a record");
    private static readonly DeviceResponse s_nothingNewer = DeviceResponse.Refuse(404, "Nothing newer");

    private static readonly ApiParameter s_after = new TextParameter("after", "Epoch and number of the box's own; 0.0 without one.")
    {
        IsRequired = true,
        Example = "0.1",
    };

    /// <summary>Adds keys and floors.</summary>
    public static void AddTrust(this IServiceCollection services)
    {
        services.AddJson(TrustJson.Default);
        services.AddSingleton<FleetKeys>();
    }

    /// <summary>The route table.</summary>
    public static void MapTrust(this IEndpointRouteBuilder routes)
    {
        routes.MapGet("/api/ota/keys", GetKeys).WithName("GetNextKeyChange").WithTags("Updates").ForDevices()
            .TakesQuery(s_after).GivesBytes("application/octet-stream").Refuses(
                StatusCodes.Status400BadRequest, StatusCodes.Status404NotFound);
        routes.MapGet("/api/ota/floor", GetFloor).WithName("GetFloor").WithTags("Updates").ForDevices()
            .TakesQuery(s_after).GivesBytes("application/octet-stream").Refuses(
                StatusCodes.Status400BadRequest, StatusCodes.Status404NotFound);

        RouteGroupBuilder admin = routes.MapFor(Role.Admin);
        admin.WithTags("Trust");
        admin.MapPost("/ota/trust/keys", AddKeys).WithName("AddKeyChange")
            .TakesBytes("The signed key-change record, 208 bytes, as 'jambox release key' makes it.")
            .Refuses(StatusCodes.Status409Conflict);
        admin.MapPost("/ota/trust/floor", AddFloor).WithName("AddFloor")
            .TakesBytes("The signed floor, 104 bytes, as 'jambox release floor set' makes it.").Refuses(StatusCodes.Status409Conflict);

        RouteGroupBuilder viewers = routes.MapFor(Role.Viewer);
        viewers.WithTags("Trust");
        viewers.MapGet("/ota/trust", Get).WithName("GetTrust");
        viewers.MapGet("/ota/trust/boxes", ListBoxes).WithName("ListTrustOfBoxes").TakesPage(
            new TextParameter("only", "behind: whose keys are not those of the newest record; expired: whose floor's time is over.")
            {
                Example = "behind",
            });
    }

    /// <summary>Gives a box the next key-change record that it can check: 208 bytes.</summary>
    internal static async Task<IResult> GetKeys(HttpContext http, DeviceGate gate, Store store, FleetKeys keys, string? after)
    {
        (DeviceIdentity? device, DeviceResponse? refusal) = await gate.IdentifyAsync(http, DeviceLimit.None).ConfigureAwait(false);
        return device is null ? refusal!
            : !KeyChangeRecord.TryParseName(after ?? "", out int epoch, out int number) ? s_badAfter
            : await store.ReadAsync((keys, device.DeviceId, epoch, number), TrustSql.NextChange).ConfigureAwait(false) is { } record
                ? new BinaryResponse(record, withCrc: false)
                : s_nothingNewer;
    }

    /// <summary>Gives a box the floor of its board: 104 bytes.</summary>
    internal static async Task<IResult> GetFloor(HttpContext http, DeviceGate gate, Store store, string? after)
    {
        (DeviceIdentity? device, DeviceResponse? refusal) = await gate.IdentifyAsync(http, DeviceLimit.None).ConfigureAwait(false);
        return device is null ? refusal!
            : !KeyChangeRecord.TryParseName(after ?? "", out int epoch, out int number) ? s_badAfter
            : await store.ReadAsync((device.DeviceId, epoch, number), TrustSql.NextFloor).ConfigureAwait(false) is { } floor
                ? new BinaryResponse(floor, withCrc: false)
                : s_nothingNewer;
    }

    /// <summary>Takes a signed key-change record. Boxes hear of it when they next ask.</summary>
    internal static async Task<Results<Ok<TrustChange>, ProblemHttpResult>> AddKeys(
        HttpContext http, Store store, TimeProvider clock, FleetKeys keys, IReleaseSource releases)
    {
        if (await RequestBody.ReadAsync(http.Request).ConfigureAwait(false) is not { } body)
        {
            return AdminProblem.Of(StatusCodes.Status413PayloadTooLarge, DeviceResponse.TooLarge.Error);
        }

        KeyChangeRecord record;
        try
        {
            record = KeyChangeRecord.Parse(body);
        }
        catch (FleetRecordException e)
        {
            return AdminProblem.Of(StatusCodes.Status400BadRequest, $"No key-change record: {e.Message}");
        }

        (string? fault, List<long> stopped) = await store.WriteAsync(
            (record, keys, releases, Caller.Of(http).Name, clock.GetUtcNow().ToUnixTimeMilliseconds()), Keep).ConfigureAwait(false);
        return fault is null
            ? TypedResults.Ok(new TrustChange(record.Name, stopped))
            : AdminProblem.Of(StatusCodes.Status409Conflict, $"The key-change record is refused: {fault}");
    }

    /// <summary>Takes a signed floor. Boxes hear of it when they next ask; roll-outs of releases below it stop.</summary>
    internal static async Task<Results<Ok<TrustChange>, ProblemHttpResult>> AddFloor(
        HttpContext http, FleetKeys keys, Store store, IReleaseSource releases, TimeProvider clock)
    {
        if (await RequestBody.ReadAsync(http.Request).ConfigureAwait(false) is not { } body)
        {
            return AdminProblem.Of(StatusCodes.Status413PayloadTooLarge, DeviceResponse.TooLarge.Error);
        }

        FloorRecord floor;
        try
        {
            floor = FloorRecord.Parse(body);
        }
        catch (FleetRecordException e)
        {
            return AdminProblem.Of(StatusCodes.Status400BadRequest, $"No floor: {e.Message}");
        }

        (string? fault, List<long> stopped) = await store.WriteAsync(
            (floor, keys, releases, Caller.Of(http).Name, clock.GetUtcNow().ToUnixTimeMilliseconds()), KeepFloor).ConfigureAwait(false);
        return fault is null
            ? TypedResults.Ok(new TrustChange(floor.Name, stopped))
            : AdminProblem.Of(StatusCodes.Status409Conflict, $"The floor is refused: {fault}");
    }

    /// <summary>Says which keys count, how many boxes trust which, and which floors there are.</summary>
    internal static async Task<Ok<TrustView>> Get(HttpContext http, Store store, TimeProvider clock, FleetKeys keys) =>
        TypedResults.Ok(await store.ReadAsync((keys, Caller.Of(http).Scope, clock.GetUtcNow()), View).ConfigureAwait(false));

    /// <summary>Lists which box trusts which keys, by id.</summary>
    internal static async Task<Results<Ok<List<TrustBoxRow>>, ProblemHttpResult>> ListBoxes(
        HttpContext http, Store store, FleetKeys keys, string? only, string? limit, string? cursor)
    {
        string? word = string.IsNullOrEmpty(only) ? null : only.ToLowerInvariant();
        if (word is not (null or "behind" or "expired"))
        {
            return AdminProblem.Of(StatusCodes.Status400BadRequest, "only: must be behind or expired");
        }

        if (!PageRequest.TryRead(limit, cursor, out PageRequest page))
        {
            return PageRequest.Problem;
        }

        List<TrustBoxRow> rows = await store.ReadAsync(
            (keys, Caller.Of(http).Scope, page.Cursor ?? "", word, page.Limit + 1),
            static (session, asked) =>
            {
                string? current = TrustSql.Current(session, asked.keys) is { } trust ? TrustView.NamesOf(trust.Keys) : null;
                return TrustBoxSql.List(
                    session, (asked.Scope, asked.Item3, asked.word == "behind" ? current ?? "" : null, asked.word == "expired", current,
                    asked.Item5));
            }).ConfigureAwait(false);
        page.Finish(http, rows, static row => row.DeviceId);
        return TypedResults.Ok(rows);
    }

    private static (string? Fault, List<long> Stopped) Keep(
        SqlSession session, (KeyChangeRecord Record, FleetKeys Keys, IReleaseSource Releases, string Who, long Now) wanted)
    {
        KeyTrust? trust = TrustSql.Current(session, wanted.Keys);
        string? fault = trust is null && !wanted.Record.IsRecovery
            ? "nobody said which keys boxes have: set Ota:PublicKey"
            : wanted.Record.IsRecovery && wanted.Keys.Recovery is null
            ? "the recovery key signed it, and the server does not know its public half: set Manufacturing:RecoveryKey"
            : (trust ?? KeyTrust.Provisioned()).FindFault(wanted.Record, wanted.Keys.Recovery);
        if (fault is not null)
        {
            return (fault, []);
        }

        TrustSql.Add(session, wanted.Record, wanted.Who, wanted.Now);
        return (null, TrustRules.Enforce(session, wanted.Releases, wanted.Now));
    }

    private static (string? Fault, List<long> Stopped) KeepFloor(
        SqlSession session, (FloorRecord Floor, FleetKeys Keys, IReleaseSource Releases, string Who, long Now) wanted)
    {
        string? fault = TrustSql.Current(session, wanted.Keys) is not { } trust
            ? "nobody said which keys boxes have: set Ota:PublicKey"
            : trust.FindFault(wanted.Floor, TrustSql.Floor(session, wanted.Floor.HardwareId)?.Record);
        if (fault is not null)
        {
            return (fault, []);
        }

        TrustSql.Add(session, wanted.Floor, wanted.Who, wanted.Now);
        return (null, TrustRules.Enforce(session, wanted.Releases, wanted.Now));
    }

    private static TrustView View(SqlSession session, (FleetKeys Keys, string? Scope, DateTimeOffset Now) asked)
    {
        KeptChange? newest = TrustSql.Changes(session, 1).FirstOrDefault();
        KeyTrust? trust = TrustSql.Current(session, asked.Keys);
        string? current = trust is null ? null : TrustView.NamesOf(trust.Keys);
        List<(string Hardware, int Epoch, int Number, bool IsExpired, int Boxes)> told = TrustBoxSql.Floors(session, asked.Scope);
        return new TrustView(
            trust?.Name ?? "0.0", trust is null ? null : [.. trust.Keys.Select(static key => new KeyView(key.Fingerprint, key.Hex))],
            asked.Keys.Recovery?.Fingerprint, newest?.Record.IsRecovery ?? false, newest?.AddedBy, newest?.AddedAt,
            [.. TrustBoxSql.Groups(session, asked.Scope).Select(
                group => new TrustGroup(TrustView.Split(group.Keys), group.Keys == current, group.Boxes))],
            TrustBoxSql.Silent(session, asked.Scope),
            [.. TrustSql.Floors(session).Select(floor => FloorOf(floor, trust, asked.Now, told))]);
    }

    private static FloorView FloorOf(
        KeptFloor kept, KeyTrust? trust, DateTimeOffset now,
        List<(string Hardware, int Epoch, int Number, bool IsExpired, int Boxes)> told)
    {
        FloorRecord floor = kept.Record;
        var boxes = told.FindAll(one => one.Hardware == floor.HardwareId);
        return new FloorView(
            floor.HardwareId, floor.Name, floor.MinimumSequence, DateTime.UnixEpoch.AddSeconds(floor.Issued),
            DateTime.UnixEpoch.AddSeconds(floor.Expires), now.ToUnixTimeSeconds() > floor.Expires,
            trust is not null && floor.Epoch == trust.Epoch && trust.Keys.Any(floor.IsSignedBy), kept.AddedBy, kept.AddedAt,
            boxes.Where(one => !floor.IsAfter(one.Epoch, one.Number)).Sum(static one => one.Boxes),
            boxes.Where(one => floor.IsAfter(one.Epoch, one.Number)).Sum(static one => one.Boxes),
            boxes.Where(static one => one.IsExpired).Sum(static one => one.Boxes));
    }
}
