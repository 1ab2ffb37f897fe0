using System.Globalization;
using System.Security.Claims;
using System.Text.Encodings.Web;

using JamBox.Backend.Storage;
using JamBox.Backend.Wire;

using Microsoft.AspNetCore.Authentication;
using Microsoft.AspNetCore.Http.HttpResults;
using Microsoft.Extensions.Options;
using Microsoft.Net.Http.Headers;

namespace JamBox.Backend.Security;

/// <summary>Lets requests through whose key or user has a sufficient role: one policy per role.</summary>
internal static class AdminGate
{
    /// <summary>The policy, and the claim, of whoever is signed in, whatever they may.</summary>
    public const string UserPolicy = "User";

    /// <summary>
    /// Adds the gate. There is no default scheme: only endpoints with a policy look for a key, so that a device's request, which bears a
    /// token of its own kind, is not looked up twice. (The keys of ASP.NET's data protection are not needed here, and not made by it: see
    /// <see cref="Protection"/>.)
    /// </summary>
    public static void AddAdminGate(this IServiceCollection services)
    {
        AppContext.SetSwitch("Microsoft.AspNetCore.Authentication.SuppressAutoDefaultScheme", true);
        services.AddAuthenticationCore(static options => options.AddScheme<CallerHandler>(CallerHandler.SchemeName, displayName: null));
        services.AddWebEncoders();
        services.AddTransient<CallerHandler>();
        services.AddSingleton<AccessWatch>();
        services.AddAuthorization(static options =>
        {
            options.AddPolicy(
                UserPolicy, static policy => policy.AddAuthenticationSchemes(CallerHandler.SchemeName).RequireClaim(UserPolicy));
            foreach (Role role in Enum.GetValues<Role>())
            {
                options.AddPolicy(
                    role.ToString(), policy => policy.AddAuthenticationSchemes(CallerHandler.SchemeName).RequireRole(role.ToString()));
            }
        });
    }

    /// <summary>A group of endpoints under <c>/api</c> that ask for a key or a signed-in user.</summary>
    /// <param name="routes">Where it is mapped.</param>
    /// <param name="role">The role that is asked for; where the caller has it is what <see cref="Caller.Scope"/> says to the
    /// handlers.</param>
    public static RouteGroupBuilder MapFor(this IEndpointRouteBuilder routes, Role role)
    {
        RouteGroupBuilder group = routes.MapGroup("/api");
        group.RequireAuthorization(role.ToString());
        group.WithMetadata(new AskedRole(role));
        return group.ForKeys(Roles.Name(role));
    }

    /// <summary>Takes the key in X-API-Key as well, as old tools send it.</summary>
    /// <param name="endpoint">The endpoint.</param>
    /// <param name="devicesToo">Whether devices call it too, with their token.</param>
    public static RouteHandlerBuilder TakesOldKeyHeader(this RouteHandlerBuilder endpoint, bool devicesToo = false) =>
        endpoint.WithMetadata(new OldKeyHeader(devicesToo)).TakesHeaders(new TextParameter(
            OldKeyHeader.Name, "The key, where the Authorization header does not say it."));

    /// <summary>Takes the key without a scheme as well, as old watchers and their scripts send it.</summary>
    /// <param name="endpoint">The endpoint.</param>
    /// <param name="gatewaysToo">Whether gateways call it too, with their token: then <see cref="Caller.Device"/> says which.</param>
    public static RouteHandlerBuilder TakesBareKey(this RouteHandlerBuilder endpoint, bool gatewaysToo = false)
    {
        endpoint.WithMetadata(new BareKey(gatewaysToo));
        return gatewaysToo
            ? endpoint.AddEndpointFilter(RefuseOtherGatewaysAsync).TakesHeaders(new TextParameter(
                BareKey.GatewayHeader, "Which gateway asks, by its own word: it must be the one whose key it is."))
            : endpoint;
    }

    /// <summary>A computer that was copied, or got the token of the one beside it, must not carry out what is meant for that one.</summary>
    private static ValueTask<object?> RefuseOtherGatewaysAsync(EndpointFilterInvocationContext context, EndpointFilterDelegate next)
    {
        HttpContext http = context.HttpContext;
        return Caller.Of(http).Device is { } own && BareKey.IsOfAnother(http.Request, own.DeviceId)
            ? ValueTask.FromResult<object?>(AdminProblem.Of(
                StatusCodes.Status403Forbidden, $"{BareKey.GatewayHeader}: must be the gateway whose key it is"))
            : next(context);
    }

    /// <summary>A group of endpoints under <c>/api</c> for whoever is signed in, about themselves.</summary>
    public static RouteGroupBuilder MapForUsers(this IEndpointRouteBuilder routes)
    {
        RouteGroupBuilder group = routes.MapGroup("/api");
        group.RequireAuthorization(UserPolicy);
        return group.ForUsers();
    }
}

/// <summary>The role that an endpoint asks for.</summary>
/// <param name="Role">The role.</param>
internal sealed record AskedRole(Role Role);

/// <summary>
/// Metadata of a route that old tools call: the key may stand in X-API-Key as well; and, where devices call it too, the token of one.
/// </summary>
/// <param name="DevicesToo">Whether a device's token is taken.</param>
internal sealed record OldKeyHeader(bool DevicesToo)
{
    /// <summary>The header.</summary>
    public const string Name = "X-API-Key";
}

/// <summary>Metadata of a route of old watchers: the key may stand in the Authorization header without a scheme.</summary>
/// <param name="GatewaysToo">Whether the token of a gateway is taken.</param>
internal sealed record BareKey(bool GatewaysToo)
{
    /// <summary>The header in which a gateway says which one it takes itself for.</summary>
    public const string GatewayHeader = "X-JamBox-Gateway";

    /// <summary>Whether a request says that it is from another gateway than the one whose token it bears.</summary>
    /// <param name="request">The request.</param>
    /// <param name="own">Whose token it is.</param>
    public static bool IsOfAnother(HttpRequest request, string own) =>
        request.Headers[GatewayHeader].ToString() is { Length: > 0 } named && named != own;
}

/// <summary>The sessions of signed-in users, as the gate sees them.</summary>
internal interface ISessions
{
    /// <summary>Whose session the request's cookie is of; looked up once per request at most.</summary>
    /// <returns>Null when it bears none, or one that is over.</returns>
    ValueTask<Caller?> FindAsync(HttpRequest request);

    /// <summary>Makes every look-up fresh; called by whoever has changed a session, a user or a grant.</summary>
    void Invalidate();
}

/// <summary>Finds out whose key or session a request bears, and counts the request.</summary>
internal sealed class CallerHandler : AuthenticationHandler<AuthenticationSchemeOptions>
{
    /// <summary>Name of the scheme.</summary>
    public const string SchemeName = "Caller";

    private readonly AccessWatch _access;
    private readonly RateLimits _limits;
    private int? _waitSeconds;
    private string? _forgery;

    /// <summary>Makes the handler, for one request.</summary>
    public CallerHandler(
        IOptionsMonitor<AuthenticationSchemeOptions> options, ILoggerFactory logger, UrlEncoder encoder, AccessWatch access,
        RateLimits limits)
        : base(options, logger, encoder)
    {
        _access = access;
        _limits = limits;
    }

    /// <inheritdoc/>
    protected override async Task<AuthenticateResult> HandleAuthenticateAsync()
    {
        Response.Headers.CacheControl = "no-store";
        Caller? caller = await _access.FindAsync(Context).ConfigureAwait(false);
        _waitSeconds = caller is null ? _limits.TryAcquireFailure(Context)
            : IsShared ? _limits.TryAcquireShared(Context, caller.Name)
            : _limits.TryAcquireAdmin(caller.Name);
        if (caller is null || _waitSeconds is not null)
        {
            return AuthenticateResult.NoResult();
        }

        if (caller.UserId is not null && Forgery.Find(Request) is { } forgery)
        {
            _forgery = forgery;
            return AuthenticateResult.NoResult();
        }

        Context.Features.Set(caller);
        return AuthenticateResult.Success(new AuthenticationTicket(new ClaimsPrincipal(IdentityOf(caller)), SchemeName));
    }

    /// <inheritdoc/>
    protected override Task HandleChallengeAsync(AuthenticationProperties properties)
    {
        if (_waitSeconds is { } seconds)
        {
            Response.Headers.RetryAfter = seconds.ToString(CultureInfo.InvariantCulture);
            return AdminProblem.Of(StatusCodes.Status429TooManyRequests, "Rate limit exceeded: wait as Retry-After says")
                .ExecuteAsync(Context);
        }

        if (_forgery is not null)
        {
            return AdminProblem.Of(StatusCodes.Status403Forbidden, _forgery).ExecuteAsync(Context);
        }

        Response.Headers[HeaderNames.WWWAuthenticate] = "Bearer";
        string error = Request.Headers.ContainsKey(HeaderNames.Authorization) || Request.Headers.ContainsKey(OldKeyHeader.Name)
            ? "Invalid admin key"
            : "Missing Authorization header, or not signed in";
        return AdminProblem.Of(StatusCodes.Status401Unauthorized, error).ExecuteAsync(Context);
    }

    /// <inheritdoc/>
    protected override Task HandleForbiddenAsync(AuthenticationProperties properties)
    {
        Caller caller = Caller.Of(Context);
        string whose = caller.Grants.Count == 0
            ? "has no role"
            : $"is {string.Join(" and ", caller.Grants.Select(static grant => WithArticle(Roles.Name(grant.Role))).Distinct())}'s";
        return AdminProblem.Of(
            StatusCodes.Status403Forbidden, $"This {(caller.UserId is null ? "key" : "user's session")} {whose}: it may not do that")
            .ExecuteAsync(Context);
    }

    /// <summary>A whole fleet of old devices has one key: each address has its own allowance.</summary>
    private bool IsShared => HttpMethods.IsGet(Request.Method) && Context.GetEndpoint()?.Metadata.GetMetadata<OldKeyHeader>() is not null;

    private static string WithArticle(string role) => (role[0] is 'a' or 'o' or 'u' ? "an " : "a ") + role;

    private static ClaimsIdentity IdentityOf(Caller caller)
    {
        ClaimsIdentity identity = new(SchemeName);
        identity.AddClaim(new Claim(ClaimTypes.Name, caller.Name));
        if (caller.UserId is not null)
        {
            identity.AddClaim(new Claim(AdminGate.UserPolicy, ""));
        }

        if (caller.Device is not null)
        {
            // Only where the route says that devices may call; what of it is theirs the handler says.
            identity.AddClaim(new Claim(ClaimTypes.Role, caller.Asked.ToString()));
        }

        foreach (Role role in Enum.GetValues<Role>().Where(caller.May))
        {
            identity.AddClaim(new Claim(ClaimTypes.Role, role.ToString()));
        }

        return identity;
    }
}

/// <summary>Looks up who sends a request, and whether that still holds: what streams ask while they run.</summary>
internal sealed class AccessWatch
{
    private readonly ApiKeys _keys;
    private readonly ISessions? _sessions;
    private readonly DeviceGate _devices;
    private readonly StorageTurns _turns;

    /// <summary>Makes the watch.</summary>
    public AccessWatch(ApiKeys keys, DeviceGate devices, StorageTurns turns, IEnumerable<ISessions> sessions)
    {
        _turns = turns;
        _keys = keys;
        _devices = devices;
        _sessions = sessions.FirstOrDefault();
    }

    /// <summary>Who sends a request: by its key, else by its session. A wrong key is not made good by a cookie.</summary>
    /// <returns>Null when nobody known does.</returns>
    public async ValueTask<Caller?> FindAsync(HttpContext http) =>
        http.GetEndpoint()?.Metadata.GetMetadata<OldKeyHeader>() is { DevicesToo: true }
            || http.GetEndpoint()?.Metadata.GetMetadata<BareKey>() is { GatewaysToo: true }
            ? await _turns.AskAsync((this, http), static asked => asked.Item1.LookUpAsync(asked.http).AsTask()).ConfigureAwait(false)
            : await LookUpAsync(http).ConfigureAwait(false);

    private async ValueTask<Caller?> LookUpAsync(HttpContext http)
    {
        Role asked = http.GetEndpoint()?.Metadata.GetMetadata<AskedRole>()?.Role ?? Role.Viewer;
        OldKeyHeader? old = http.GetEndpoint()?.Metadata.GetMetadata<OldKeyHeader>();
        BareKey? bare = http.GetEndpoint()?.Metadata.GetMetadata<BareKey>();
        Caller? caller = null;
        if (old is not null && Token.HashOf(http.Request.Headers[OldKeyHeader.Name].ToString()) is { } oldHash)
        {
            caller = await _keys.FindAsync(oldHash).ConfigureAwait(false);
        }
        else if (!http.Request.Headers.ContainsKey(HeaderNames.Authorization))
        {
            caller = _sessions is null ? null : await _sessions.FindAsync(http.Request).ConfigureAwait(false);
        }
        else if ((bare is null ? Token.HashOfRequest(http.Request) : Token.HashOfBareRequest(http.Request)) is { } hash)
        {
            caller = await _keys.FindAsync(hash).ConfigureAwait(false);
            if (caller is null && (old?.DevicesToo == true || bare?.GatewaysToo == true)
                && await _devices.FindAsync(hash).ConfigureAwait(false) is { } device
                && (bare is null || device.Kind == Devices.DeviceKind.Gateway))
            {
                caller = new Caller($"device {device.DeviceId}", $"device {device.DeviceId}", [], asked) { Device = device };
            }
        }

        return caller is null ? null : caller with { Asked = asked };
    }

    /// <summary>Makes every look-up of this process fresh; called by whoever has changed a grant.</summary>
    public void Invalidate()
    {
        _keys.Invalidate();
        _sessions?.Invalidate();
    }

    /// <summary>
    /// Whether the key or session of a request that goes on still may what it might at its start: to be asked once a second, it costs a
    /// look into memory. A key or user that was revoked, and one whose places were changed, is seen within 5 s, whichever process did it.
    /// </summary>
    public async ValueTask<bool> StillHoldsAsync(HttpContext http)
    {
        Caller before = Caller.Of(http);
        return await FindAsync(http).ConfigureAwait(false) is { } now && now.Principal == before.Principal && now.May(before.Asked)
            && now.Scope == before.Scope && (now.Scope is null || now.Grants.SequenceEqual(before.Grants));
    }
}
