using System.Diagnostics;
using System.Globalization;

using JamBox.Backend.Devices;
using JamBox.Backend.Manufacturing;
using JamBox.Backend.Security;
using JamBox.Backend.Storage;
using JamBox.Backend.Wire;

using Microsoft.AspNetCore.Http.HttpResults;
using Microsoft.AspNetCore.Mvc;

namespace JamBox.Backend.Places;

/// <summary>Activation: whoever has the box in front of them, with the PIN on its label, says where it stands.</summary>
internal static class ActivationEndpoints
{
    private const string PassOver = "Too long ago, or the PIN is another one by now: type the PIN again";

    /// <summary>The route table.</summary>
    public static void MapActivation(this IEndpointRouteBuilder routes)
    {
        RouteGroupBuilder anybody = routes.MapGroup("/api/activate/{device_id}");
        anybody.WithTags("Places");
        anybody.ForAnybody();
        anybody.MapGet("", GetState).WithName("GetBoxState").Refuses(StatusCodes.Status429TooManyRequests);
        anybody.MapPost("/look", Look).WithName("LookAtBox")
            .TakesBody(BoxLookRequest.Fields, """{"pin":"4711"}""")
            .Refuses(
                StatusCodes.Status403Forbidden, StatusCodes.Status429TooManyRequests, StatusCodes.Status503ServiceUnavailable);
        anybody.MapPost("", Activate).WithName("ActivateDevice")
            .TakesBody(
                ActivationRequest.Fields,
                """{"pin":"4711","location_name":"Main hall","timezone":"Europe/Berlin","monday":["09:00-18:00"]}""")
            .Refuses(
                StatusCodes.Status403Forbidden, StatusCodes.Status409Conflict, StatusCodes.Status429TooManyRequests,
                StatusCodes.Status503ServiceUnavailable);
    }

    /// <summary>Says of any id whether a box of that name is online. One that there is not is as one that is silent.</summary>
    internal static async Task<Results<Ok<BoxState>, ProblemHttpResult>> GetState(
        HttpContext http, [FromRoute(Name = "device_id")] string id, Store store, RateLimits limits, TimeProvider clock)
    {
        if (limits.TryAcquireFailure(http) is { } seconds)
        {
            return PinCheck.TooMany(http, seconds);
        }

        http.Response.Headers.CacheControl = "no-store";
        bool isOnline = await store.ReadAsync((id, clock.GetUtcNow().ToUnixTimeMilliseconds()), BoxLookSql.IsOnline).ConfigureAwait(false);
        return TypedResults.Ok(new BoxState(isOnline ? "online" : "offline"));
    }

    /// <summary>
    /// Shows a box to whoever has its PIN: its state, where it stands, when that is open, and what it hears. The PIN counts as a try, 5 in 15
    /// minutes, and gives a pass, which is good for half an hour and counts as none.
    /// </summary>
    internal static async Task<Results<Ok<BoxLook>, ProblemHttpResult>> Look(
        HttpContext http, [FromRoute(Name = "device_id")] string id, Store store, PinCheck pins, AccessWatch access, ISecretSource secrets,
        TimeProvider clock)
    {
        long askedAt = Stopwatch.GetTimestamp();
        (BoxLookRequest request, ProblemHttpResult? problem) = await AdminBody.ReadAsync(
            http.Request, BoxLookRequest.Fields).ConfigureAwait(false);
        problem ??= BoxLook.FindFault(request.Pin, request.Pass) is { } fault
            ? AdminProblem.Of(StatusCodes.Status400BadRequest, fault)
            : null;
        if (problem is not null)
        {
            return problem;
        }

        long now = clock.GetUtcNow().ToUnixTimeMilliseconds();
        string pass = request.Pass ?? Token.New(secrets);
        if (request.Pin is { } pin)
        {
            (string? hash, problem) = await pins.CheckAsync(http, id, pin, askedAt).ConfigureAwait(false);
            if (problem is not null)
            {
                return problem;
            }

            await store.WriteAsync((id, Token.Hash(pass), hash!, now), BoxLookSql.AddPass).ConfigureAwait(false);
        }

        http.Response.Headers.CacheControl = "no-store";
        BoxLooker looker = new(id, pass, await CallerAsync(http, access).ConfigureAwait(false), now);
        return await store.ReadAsync(looker, BoxLookSql.Look).ConfigureAwait(false) is { } look
            ? TypedResults.Ok(look)
            : pins.WrongPass(http, PassOver);
    }

    /// <summary>
    /// Names the place of that box with the PIN on its label, or brings the box to another place with a code from those to whom that
    /// belongs: no key, but 5 tries in 15 minutes, or the pass that looking at it gave. Unknown boxes and wrong PINs look the same. Where a
    /// place has an owner, a PIN alone changes nothing: everybody in the shop can read the label.
    /// </summary>
    internal static async Task<Results<Ok<DeviceResult>, ProblemHttpResult>> Activate(
        HttpContext http, [FromRoute(Name = "device_id")] string id, Store store, PinCheck pins, AccessWatch access, TimeProvider clock)
    {
        long askedAt = Stopwatch.GetTimestamp();
        (ActivationRequest change, ProblemHttpResult? problem) = await AdminBody.ReadAsync(
            http.Request, ActivationRequest.Fields).ConfigureAwait(false);
        problem ??= change.FindFault() is { } fault ? AdminProblem.Of(StatusCodes.Status400BadRequest, fault) : null;
        if (problem is not null)
        {
            return problem;
        }

        long now = clock.GetUtcNow().ToUnixTimeMilliseconds();
        string? hash;
        if (change.Pass is { } pass)
        {
            hash = await store.ReadAsync((id, pass, now), BoxLookSql.PinHash).ConfigureAwait(false);
            problem = hash is null ? pins.WrongPass(http, PassOver) : null;
        }
        else
        {
            (hash, problem) = await pins.CheckAsync(http, id, change.Pin!, askedAt).ConfigureAwait(false);
        }

        if (problem is not null)
        {
            return problem;
        }

        Caller? caller = await CallerAsync(http, access).ConfigureAwait(false);
        Activated done = await store.WriteAsync(new Activation(id, hash!, change, caller, now), ActivationSql.Apply).ConfigureAwait(false);
        access.Invalidate();
        return done.Refusal is not null ? done.Refusal.ToProblem() : TypedResults.Ok(new DeviceResult
        {
            DeviceId = id, LocationName = done.Name, PlaceId = done.PlaceId, Timezone = done.Zone,
        });
    }

    /// <summary>Who is signed in meanwhile; nobody when another site may have sent the request.</summary>
    private static async Task<Caller?> CallerAsync(HttpContext http, AccessWatch access) =>
        Forgery.Find(http.Request) is null ? await access.FindAsync(http).ConfigureAwait(false) : null;
}

/// <summary>
/// Checks PINs of people who are not signed in. Nothing is written for an address that asks too often, nor for an id that has no PIN; and
/// neither can be told from a wrong PIN.
/// </summary>
internal sealed class PinCheck
{
    private readonly Store _store;
    private readonly RateLimits _limits;
    private readonly Tries _tries;
    private readonly SecretChecks _checks;
    private readonly TimeProvider _clock;

    /// <summary>Makes the check.</summary>
    public PinCheck(Store store, RateLimits limits, Tries tries, SecretChecks checks, TimeProvider clock)
    {
        _store = store;
        _limits = limits;
        _tries = tries;
        _checks = checks;
        _clock = clock;
    }

    /// <summary>Checks a PIN, and counts the try.</summary>
    /// <param name="http">The request.</param>
    /// <param name="id">The box.</param>
    /// <param name="pin">Its PIN, or not.</param>
    /// <param name="askedAt">When the request came, by <see cref="Stopwatch.GetTimestamp"/>.</param>
    /// <returns>The hash that it was compared with; or the refusal.</returns>
    public async Task<(string? Hash, ProblemHttpResult? Problem)> CheckAsync(HttpContext http, string id, string pin, long askedAt)
    {
        if ((_limits.TryAcquireFailure(http) ?? await _tries.TakeAsync(Pin.Tries, id).ConfigureAwait(false)) is { } seconds)
        {
            return (null, TooMany(http, seconds));
        }

        string? hash = await _store.ReadAsync(id, DeviceAdminSql.PinHash).ConfigureAwait(false);
        bool? right = await _checks.CheckAsync(
            askedAt, (pin, hash), static asked => Pin.Matches(asked.pin, asked.hash), hash is null
                ? null
                : () => NoteAsync(id)).ConfigureAwait(false);
        return right switch
        {
            true => (hash, null),
            false => (null, AdminProblem.Of(StatusCodes.Status403Forbidden, "That is not this box's PIN")),
            null => (null, AdminProblem.Of(StatusCodes.Status503ServiceUnavailable, "Too many PINs are being checked: try again")),
        };
    }

    /// <summary>Refuses whoever asks too often.</summary>
    public static ProblemHttpResult TooMany(HttpContext http, int seconds)
    {
        http.Response.Headers.RetryAfter = seconds.ToString(CultureInfo.InvariantCulture);
        return AdminProblem.Of(StatusCodes.Status429TooManyRequests, "Too many tries: wait as Retry-After says");
    }

    /// <summary>Refuses a pass, and counts that against the address.</summary>
    public ProblemHttpResult WrongPass(HttpContext http, string why) => _limits.TryAcquireFailure(http) is { } seconds
        ? TooMany(http, seconds)
        : AdminProblem.Of(StatusCodes.Status403Forbidden, why);

    private Task NoteAsync(string id) => _store.WriteAsync((id, _clock.GetUtcNow().ToUnixTimeMilliseconds()), ActivationSql.NoteWrongPin);
}

/// <summary>An activation whose PIN was right.</summary>
/// <param name="DeviceId">The box.</param>
/// <param name="PinHash">The hash that the PIN was compared with: when it is another one by now, the PIN is old.</param>
/// <param name="Change">Name, zone and hours, or a code.</param>
/// <param name="Caller">Who is signed in meanwhile; null = nobody.</param>
/// <param name="At">Milliseconds since 1970.</param>
internal sealed record Activation(string DeviceId, string PinHash, ActivationRequest Change, Caller? Caller, long At);

/// <summary>What came of it.</summary>
/// <param name="Refusal">Why it was not done.</param>
/// <param name="PlaceId">The place where the box stands now.</param>
/// <param name="Name">Its name.</param>
/// <param name="Zone">Its zone.</param>
internal sealed record Activated(Refusal? Refusal, long? PlaceId, string? Name, string? Zone);

/// <summary>The SQL of activation.</summary>
internal static class ActivationSql
{
    private static readonly Refusal s_owned = new(
        StatusCodes.Status403Forbidden, "This box stands at a place that has an owner: sign in as the owner, or ask them");

    private static readonly Refusal s_shared = new(
        StatusCodes.Status403Forbidden,
        "Other boxes stand at this place too, and one box's PIN is not enough to name it: ask for a code, or whoever runs this server");

    /// <summary>Carries an activation out.</summary>
    public static Activated Apply(SqlSession session, Activation wanted)
    {
        // The device's row is what others who activate or move the same box wait at.
        if (
            session.Execute("UPDATE devices SET place_id = place_id WHERE device_id = $1 AND pin_hash = $2 AND retired_at IS NULL",
                wanted.DeviceId, wanted.PinHash) == 0)
        {
            return new Activated(new Refusal(StatusCodes.Status403Forbidden, "That is not this box's PIN"), null, null, null);
        }

        if (LifeSql.Of(session, wanted.DeviceId) == Life.Returned)
        {
            return new Activated(Refusal.Conflict("This box was given back: ask whoever you have it from"), null, null, null);
        }

        long? place = PlacementSql.PlaceOf(session, wanted.DeviceId);
        switch (BoxLookSql.Naming(session, new BoxLooker(wanted.DeviceId, "", wanted.Caller, wanted.At), place))
        {
            case "owned":
                return new Activated(s_owned, null, null, null);
            case "shared" when wanted.Change.Code is null:
                return new Activated(s_shared, null, null, null);
        }

        string who = wanted.Caller?.Name ?? $"pin of {wanted.DeviceId}";
        if ((wanted.Change.Code is null ? Name(session, wanted, place, who, out long at) : Join(session, wanted, who, out at)) is { } refusal)
        {
            return new Activated(refusal, null, null, null);
        }

        if (wanted.Caller?.UserId is not null && wanted.Change.Code is null && !GrantSql.HasOwner(session, at)
            && PlacementSql.IsAlone(session, (wanted.DeviceId, at)))
        {
            // Whoever is signed in and has the box in front of them owns the place that nobody owns yet; one box of several is not enough.
            People.UserSql.Grant(session, wanted.Caller.Principal, who, new Grant(Role.Owner, at), who, wanted.At);
        }

        LifeSql.Claim(session, wanted.DeviceId, who, wanted.At);
        Audit.Note(
            session, who, "device.activate", wanted.DeviceId, place is { } before ? PlaceSql.Target(before) : null, PlaceSql.Target(at),
            wanted.At);
        PlaceRow row = PlaceSql.One(session, (at, null))!;
        return new Activated(null, at, row.Name, row.Timezone);
    }

    /// <summary>Notes a wrong PIN of a box that exists.</summary>
    public static int NoteWrongPin(SqlSession session, (string DeviceId, long At) wrong)
    {
        Audit.NoteFailure(session, "pin.wrong", wrong.DeviceId, wrong.At);
        return 1;
    }

    /// <summary>Names the place of that box, and no other; one that has none gets one.</summary>
    private static Refusal? Name(SqlSession session, Activation wanted, long? place, string who, out long at)
    {
        PlaceChange change = new() { Name = wanted.Change.LocationName, Timezone = wanted.Change.Timezone };
        if (place is { } known)
        {
            at = known;
            return PlaceSql.Change(session, (known, change, who, wanted.At)) ?? SetHours(session, wanted, known, who);
        }

        (at, Refusal? refusal) = NewPlaceSql.Add(session, wanted.DeviceId, change, who, wanted.At);
        return refusal ?? SetHours(session, wanted, at, who);
    }

    private static Refusal? SetHours(SqlSession session, Activation wanted, long place, string who)
    {
        return wanted.Change.Hours is { } hours ? HoursSql.Set(session, (place, hours, who, wanted.At)) : null;
    }

    private static Refusal? Join(SqlSession session, Activation wanted, string who, out long at)
    {
        at = 0;
        if (JoinCodes.Use(session, wanted.Change.Code!, wanted.At) is not { } joined || !PlaceSql.IsInUse(session, joined))
        {
            return new Refusal(StatusCodes.Status403Forbidden, "That code is not good, or not any more: ask for a new one");
        }

        at = joined;
        return PlacementSql.Move(session, (wanted.DeviceId, joined, null, null, who, wanted.At));
    }
}
