using System.Globalization;
using System.Security.Claims;
using System.Text.Encodings.Web;

using JamBox.Backend.Wire;

using Microsoft.AspNetCore.Authentication;
using Microsoft.AspNetCore.Http.HttpResults;
using Microsoft.Extensions.Options;
using Microsoft.Net.Http.Headers;

namespace JamBox.Backend.Security;

/// <summary>Lets requests through that bear a key of sufficient role: one policy per role.</summary>
internal static class AdminGate
{
    /// <summary>
    /// Adds the gate. There is no default scheme: only endpoints with a policy look for a key, so that a device's request, which bears a
    /// token of its own kind, is not looked up twice. (The keys of ASP.NET's data protection are not needed, and not made.)
    /// </summary>
    public static void AddAdminGate(this IServiceCollection services)
    {
        AppContext.SetSwitch("Microsoft.AspNetCore.Authentication.SuppressAutoDefaultScheme", true);
        services.AddAuthenticationCore(static options => options.AddScheme<ApiKeyHandler>(ApiKeyHandler.SchemeName, displayName: null));
        services.AddWebEncoders();
        services.AddTransient<ApiKeyHandler>();
        services.AddAuthorization(static options =>
        {
            foreach (Role role in Enum.GetValues<Role>())
            {
                options.AddPolicy(
                    role.ToString(), policy => policy.AddAuthenticationSchemes(ApiKeyHandler.SchemeName).RequireRole(role.ToString()));
            }
        });
    }

    /// <summary>A group of endpoints under <c>/api</c> that ask for a key.</summary>
    /// <param name="routes">Where it is mapped.</param>
    /// <param name="role">The least role.</param>
    public static RouteGroupBuilder MapFor(this IEndpointRouteBuilder routes, Role role)
    {
        RouteGroupBuilder group = routes.MapGroup("/api");
        group.RequireAuthorization(role.ToString());
        return group.ForKeys(role.ToString().ToLowerInvariant());
    }
}

/// <summary>Finds out whose key a request bears, and counts the request.</summary>
internal sealed class ApiKeyHandler : AuthenticationHandler<AuthenticationSchemeOptions>
{
    /// <summary>Name of the scheme.</summary>
    public const string SchemeName = "ApiKey";

    private readonly ApiKeys _keys;
    private readonly RateLimits _limits;
    private int? _waitSeconds;

    /// <summary>Makes the handler, for one request.</summary>
    public ApiKeyHandler(
        IOptionsMonitor<AuthenticationSchemeOptions> options, ILoggerFactory logger, UrlEncoder encoder, ApiKeys keys, RateLimits limits)
        : base(options, logger, encoder)
    {
        _keys = keys;
        _limits = limits;
    }

    /// <inheritdoc/>
    protected override async Task<AuthenticateResult> HandleAuthenticateAsync()
    {
        Response.Headers.CacheControl = "no-store";
        Caller? caller = Token.HashOfRequest(Request) is { } hash ? await _keys.FindAsync(hash).ConfigureAwait(false) : null;
        _waitSeconds = caller is null ? _limits.TryAcquireFailure(Context) : _limits.TryAcquireAdmin(caller.Name);
        if (caller is null || _waitSeconds is not null)
        {
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

        Response.Headers[HeaderNames.WWWAuthenticate] = "Bearer";
        string error = Request.Headers.ContainsKey(HeaderNames.Authorization) ? "Invalid admin key" : "Missing Authorization header";
        return AdminProblem.Of(StatusCodes.Status401Unauthorized, error).ExecuteAsync(Context);
    }

    /// <inheritdoc/>
    protected override Task HandleForbiddenAsync(AuthenticationProperties properties)
    {
        string role = Caller.Of(Context).Role.ToString().ToLowerInvariant();
        return AdminProblem.Of(StatusCodes.Status403Forbidden, $"This key is a {role}'s: it may not do that").ExecuteAsync(Context);
    }

    /// <summary>A role may do what those below it may. What an admin does concerns all places: not for keys of some.</summary>
    private static ClaimsIdentity IdentityOf(Caller caller)
    {
        ClaimsIdentity identity = new(SchemeName);
        identity.AddClaim(new Claim(ClaimTypes.Name, caller.Name));
        foreach (Role role in Enum.GetValues<Role>())
        {
            if (role <= caller.Role && (role != Role.Admin || caller.Places is null))
            {
                identity.AddClaim(new Claim(ClaimTypes.Role, role.ToString()));
            }
        }

        return identity;
    }
}
