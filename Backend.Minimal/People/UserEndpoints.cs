using System.Globalization;

using JamBox.Backend.Places;
using JamBox.Backend.Security;
using JamBox.Backend.Storage;
using JamBox.Backend.Wire;

using Microsoft.AspNetCore.Http.HttpResults;

namespace JamBox.Backend.People;

/// <summary>Users, as admins see them; and those of a place, as its owners do.</summary>
internal static class UserEndpoints
{
    /// <summary>The route table.</summary>
    public static void MapUsers(this IEndpointRouteBuilder routes)
    {
        RouteGroupBuilder admin = routes.MapFor(Role.Admin);
        admin.WithTags("People");
        admin.MapGet("/users", ListUsers).WithName("ListUsers").TakesPage();
        admin.MapPost("/users", CreateUser).WithName("CreateUser")
            .TakesBody(UserChange.NewFields, """{"email":"anna@example.org","name":"Anna","role":"viewer","places":[1]}""").Refuses(
                StatusCodes.Status409Conflict);
        Describe(admin.MapGet("/users/{id}", GetUser).WithName("GetUser"));
        Describe(admin.MapPut("/users/{id}", PutUser).WithName("PutUser"))
            .TakesBody(UserChange.Fields, """{"role":"operator","places":[1]}""").Refuses(StatusCodes.Status409Conflict);
        Describe(admin.MapDelete("/users/{id}", RemoveUser).WithName("RemoveUser")).Refuses(StatusCodes.Status409Conflict);
        Describe(admin.MapPost("/users/{id}/invite", InviteAgain).WithName("InviteUserAgain"));
        Describe(admin.MapDelete("/users/{id}/sessions", SignUserOut).WithName("SignUserOut"));
        Describe(admin.MapDelete("/users/{id}/totp", EndUsersTotp).WithName("EndUsersTotp"));

        RouteGroupBuilder owners = routes.MapFor(Role.Owner);
        owners.WithTags("People");
        PlaceEndpoints.Describe(owners.MapGet("/places/{id}/users", ListPlaceUsers).WithName("ListPlaceUsers"));
        PlaceEndpoints.Describe(owners.MapPost("/places/{id}/users", AddPlaceUser).WithName("AddPlaceUser"))
            .TakesBody(UserChange.GuestFields, """{"email":"ben@example.org","role":"viewer"}""").Refuses(
                StatusCodes.Status409Conflict, StatusCodes.Status429TooManyRequests);
        PlaceEndpoints.Describe(owners.MapDelete("/places/{id}/users/{user_id}", RemovePlaceUser).WithName("RemovePlaceUser"))
            .TakesPath(new NumberParameter("user_id", 1, long.MaxValue, "Id of the user.")).Refuses(StatusCodes.Status409Conflict);
    }

    /// <summary>Lists users by id. The Link header (rel=next) leads to the next ones.</summary>
    internal static async Task<Results<Ok<List<UserRow>>, ProblemHttpResult>> ListUsers(
        HttpContext http, Store store, string? limit, string? cursor)
    {
        long after = 0;
        if (!PageRequest.TryRead(limit, cursor, out PageRequest page)
            || (page.Cursor is not null && !long.TryParse(page.Cursor, NumberStyles.None, CultureInfo.InvariantCulture, out after)))
        {
            return PageRequest.Problem;
        }

        List<UserRow> rows = await store.ReadAsync((after, page.Limit + 1), UserSql.List).ConfigureAwait(false);
        page.Finish(http, rows, static row => row.Id.ToString(CultureInfo.InvariantCulture));
        return TypedResults.Ok(rows);
    }

    /// <summary>Makes a user: with a first password, or invited by mail; without mail the invitation is in the answer, once.</summary>
    internal static async Task<Results<Created<CreatedUser>, ProblemHttpResult>> CreateUser(
        HttpContext http, Store store, Passwords passwords, Invitations invitations, TimeProvider clock)
    {
        (UserChange change, ProblemHttpResult? problem) = await AdminBody.ReadAsync(
            http.Request, UserChange.NewFields).ConfigureAwait(false);
        string? email = Email.Normal(change.Email);
        string? fault = email is null ? "email: must be a mail address" : change.Role is null ? "role: is required"
            : change is { Role: "owner", Places: null } ? "places: an owner is one of named places"
            : change.Password is not null ? Passwords.FindFault(change.Password, email) : null;
        problem ??= (fault ?? change.FindFault()) is { } wrong ? AdminProblem.Of(StatusCodes.Status400BadRequest, wrong) : null;
        if (problem is not null)
        {
            return problem;
        }

        Caller caller = Caller.Of(http);
        NewLink? invitation = change.Password is null ? invitations.New(email!, caller.Name) : null;
        NewUser user = new(
            email!, change.Name, change.Grants()!.OfNew(), change.Platforms ?? [], change.Password is null
                ? null
                : passwords.Hash(change.Password), invitation,
            caller.Name, Now(clock));
        (long id, Refusal? refusal) = await store.WriteAsync(user, UserSql.Add).ConfigureAwait(false);
        return refusal is not null ? refusal.ToProblem()
            : TypedResults.Created(
                string.Create(CultureInfo.InvariantCulture, $"/api/users/{id}"),
                new CreatedUser(
                    (await store.ReadAsync(id, UserSql.One).ConfigureAwait(false))!,
                    invitation is { Mail: null } ? invitation.Path : null));
    }

    /// <summary>Shows a user.</summary>
    internal static async Task<Results<Ok<UserRow>, ProblemHttpResult>> GetUser(string id, Store store) =>
        await FindAsync(store, id).ConfigureAwait(false) is { } user ? TypedResults.Ok(user) : UserAccess.Unknown.ToProblem();

    /// <summary>
    /// Changes a user: what is absent keeps its value. Their streams end, and what they may not any more they may not within 5 s,
    /// everywhere.
    /// </summary>
    internal static async Task<Results<Ok<UserRow>, ProblemHttpResult>> PutUser(
        HttpContext http, string id, Store store, AccessWatch access, TimeProvider clock)
    {
        (UserChange change, ProblemHttpResult? problem) = await AdminBody.ReadAsync(http.Request, UserChange.Fields).ConfigureAwait(false);
        problem ??= change.FindFault() is { } fault ? AdminProblem.Of(StatusCodes.Status400BadRequest, fault) : null;
        if (problem is not null)
        {
            return problem;
        }

        if (await FindAsync(store, id).ConfigureAwait(false) is not { } user)
        {
            return UserAccess.Unknown.ToProblem();
        }

        Caller caller = Caller.Of(http);
        if (caller.UserId == user.Id && (change.Disabled == true || change.Role is not null))
        {
            return Refusal.Conflict("Nobody takes their own rights: ask another admin").ToProblem();
        }

        Refusal? refusal = await store.WriteAsync(
            (user.Id, change.Name, change.Grants(), change.Platforms, change.Disabled, caller.Name, Now(clock)),
            UserSql.Change).ConfigureAwait(false);
        access.Invalidate();
        return refusal is not null
            ? refusal.ToProblem()
            : TypedResults.Ok((await store.ReadAsync(user.Id, UserSql.One).ConfigureAwait(false))!);
    }

    /// <summary>Removes a user and what is kept of them; the audit log stays.</summary>
    internal static async Task<Results<NoContent, ProblemHttpResult>> RemoveUser(
        HttpContext http, string id, Store store, AccessWatch access, TimeProvider clock)
    {
        if (!TryId(id, out long number))
        {
            return UserAccess.Unknown.ToProblem();
        }

        Caller caller = Caller.Of(http);
        Refusal? refusal = caller.UserId == number ? Refusal.Conflict("Nobody removes themselves: ask another admin")
            : await store.WriteAsync((number, caller.Name, Now(clock)), UserSql.Remove).ConfigureAwait(false);
        access.Invalidate();
        return refusal is null ? TypedResults.NoContent() : refusal.ToProblem();
    }

    /// <summary>Invites a user once more, or lets them choose a new password: the links before are good no longer.</summary>
    internal static async Task<Results<Ok<CreatedUser>, ProblemHttpResult>> InviteAgain(
        HttpContext http, string id, Store store, Invitations invitations, TimeProvider clock)
    {
        if (await FindAsync(store, id).ConfigureAwait(false) is not { } user)
        {
            return UserAccess.Unknown.ToProblem();
        }

        NewLink link = invitations.New(user.Email, Caller.Of(http).Name);
        await store.WriteAsync((user, link, Caller.Of(http).Name, Now(clock)), static (session, wanted) =>
        {
            wanted.link.Add(session, wanted.user.Id, wanted.user.Email, wanted.Name, wanted.Item4);
            return 1;
        }).ConfigureAwait(false);
        return TypedResults.Ok(new CreatedUser(user, link.Mail is null ? link.Path : null));
    }

    /// <summary>Signs a user out everywhere.</summary>
    internal static Task<Results<NoContent,
        ProblemHttpResult>> SignUserOut(HttpContext http, string id, Store store, AccessWatch access, TimeProvider clock) =>
        DoAsync(http, id, store, access, clock, SessionSql.SignOutEverywhere);

    /// <summary>Ends a user's second factor: the telephone is lost, and the recovery codes too.</summary>
    internal static Task<Results<NoContent,
        ProblemHttpResult>> EndUsersTotp(HttpContext http, string id, Store store, AccessWatch access, TimeProvider clock) =>
        DoAsync(http, id, store, access, clock, TotpSql.End);

    /// <summary>Lists who has rights at a place by name.</summary>
    internal static async Task<Results<Ok<List<PlaceUser>>, ProblemHttpResult>> ListPlaceUsers(HttpContext http, string id, Store store) =>
        await PlaceAccess.FindAsync(http, store, id).ConfigureAwait(false) is { } place
            && MayLetIn(http, place.Id) is null ? TypedResults.Ok(
            await store.ReadAsync(place.Id, UserSql.AtPlace).ConfigureAwait(false))
        : await PlaceAccess.FindAsync(http, store, id).ConfigureAwait(false) is null ? PlaceAccess.Unknown.ToProblem() : MayLetIn(http, 0)!;

    /// <summary>Lets somebody in at a place, as a viewer or an owner: one who is there already, or one who is invited.</summary>
    internal static async Task<Results<NoContent, ProblemHttpResult>> AddPlaceUser(
        HttpContext http, string id, Store store, Invitations invitations, AccessWatch access, TimeProvider clock)
    {
        if (await PlaceAccess.FindAsync(http, store, id).ConfigureAwait(false) is not { } place)
        {
            return PlaceAccess.Unknown.ToProblem();
        }

        if (MayLetIn(http, place.Id) is { } refused)
        {
            return refused;
        }

        (UserChange change, ProblemHttpResult? problem) = await AdminBody.ReadAsync(
            http.Request, UserChange.GuestFields).ConfigureAwait(false);
        string? email = Email.Normal(change.Email);
        problem ??= email is null || change.Role is null
            ? AdminProblem.Of(StatusCodes.Status400BadRequest, "email (a mail address) and role are required")
            : null;
        if (problem is not null)
        {
            return problem;
        }

        Caller caller = Caller.Of(http);
        NewLink invitation = invitations.New(email!, caller.Name);
        if (place.RetiredAt is not null)
        {
            return PlaceAccess.Retired.ToProblem();
        }

        if (invitation.Mail is null
            && await store.ReadAsync(email!, UserSql.IdOf).ConfigureAwait(false) is null)
        {
            return Refusal.Conflict(
                "This server sends no mail: an admin must make the user first, by POST /api/users, which shows the link").ToProblem();
        }

        Grant grant = new(Enum.Parse<Role>(change.Role!, ignoreCase: true), place.Id);
        (_, Refusal? refusal) = await store.WriteAsync(
            (email!, grant, invitation, caller.Name, caller.Scope is not null, Now(clock)), UserSql.AddAtPlace).ConfigureAwait(false);
        access.Invalidate();
        return refusal is null ? TypedResults.NoContent() : refusal.ToProblem();
    }

    /// <summary>Takes somebody's rights at a place, those of a viewer or an owner.</summary>
    internal static async Task<Results<NoContent, ProblemHttpResult>> RemovePlaceUser(
        HttpContext http, string id, string user_id, Store store, AccessWatch access, TimeProvider clock)
    {
        if (await PlaceAccess.FindAsync(http, store, id).ConfigureAwait(false) is not { } place || !TryId(user_id, out long user))
        {
            return PlaceAccess.Unknown.ToProblem();
        }

        if (MayLetIn(http, place.Id) is { } refused)
        {
            return refused;
        }

        Refusal? refusal = Caller.Of(http).UserId == user ? Refusal.Conflict(
            "Nobody takes their own rights: ask another owner, or an admin")
            : await store.WriteAsync((user, place.Id, Caller.Of(http).Name, Now(clock)), UserSql.RemoveAtPlace).ConfigureAwait(false);
        access.Invalidate();
        return refusal is null ? TypedResults.NoContent() : refusal.ToProblem();
    }

    /// <summary>Who is let in is the owner's to say, and an admin's; not an operator's, who otherwise does what an owner does.</summary>
    private static ProblemHttpResult? MayLetIn(HttpContext http, long placeId) =>
        Caller.Of(http).Grants.Any(
            grant => (grant.Role == Role.Owner && grant.PlaceId == placeId) || (grant.Role == Role.Admin && grant.PlaceId is null))
            ? null
            : AdminProblem.Of(StatusCodes.Status403Forbidden, "Who is let in at a place is its owner's to say");

    private static async Task<Results<NoContent, ProblemHttpResult>> DoAsync(
        HttpContext http, string id, Store store, AccessWatch access, TimeProvider clock, Func<SqlSession,
        (long UserId, string Who, long At), Refusal?> work)
    {
        Refusal? refusal = TryId(id, out long number)
            ? await store.WriteAsync((number, Caller.Of(http).Name, Now(clock)), work).ConfigureAwait(false)
            : UserAccess.Unknown;
        access.Invalidate();
        return refusal is null ? TypedResults.NoContent() : refusal.ToProblem();
    }

    private static async Task<UserRow?> FindAsync(Store store, string id) =>
        TryId(id, out long number) ? await store.ReadAsync(number, UserSql.One).ConfigureAwait(false) : null;

    private static RouteHandlerBuilder Describe(RouteHandlerBuilder endpoint) =>
        endpoint.TakesPath(new NumberParameter("id", 1, long.MaxValue, "Id of the user.")).Refuses(StatusCodes.Status404NotFound);

    private static bool TryId(string id, out long number) => long.TryParse(id, NumberStyles.None, CultureInfo.InvariantCulture, out number);

    private static long Now(TimeProvider clock) => clock.GetUtcNow().ToUnixTimeMilliseconds();
}
