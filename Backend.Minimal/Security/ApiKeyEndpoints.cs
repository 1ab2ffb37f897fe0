using JamBox.Backend.Operation;
using JamBox.Backend.Storage;
using JamBox.Backend.Wire;

using Microsoft.AspNetCore.Http.HttpResults;
using Microsoft.Extensions.DependencyInjection.Extensions;

namespace JamBox.Backend.Security;

/// <summary>Keys: for admins.</summary>
internal static class ApiKeyEndpoints
{
    private const int MaxKeys = 1000;

    /// <summary>Adds keys, gates and limits.</summary>
    public static void AddSecurity(this IServiceCollection services)
    {
        services.AddFeatureOptions<AdminOptions>(AdminOptions.Section);
        services.AddFeatureOptions<RateLimitOptions>(RateLimitOptions.Section);
        services.AddFeatureOptions<ForwardedHeaderOptions>(ForwardedHeaderOptions.Section);
        services.AddAdminGate();
        services.AddJson(SecurityJson.Default);
        services.TryAddSingleton<ISecretSource, SystemSecretSource>();
        services.AddSingleton(static provider => ApiKeys.Load(provider.GetRequiredService<AdminOptions>().Key, provider));
        services.AddHostedService<FirstKey>();
        services.AddSingleton<RateLimits>();
        services.AddSingleton<ReadingPace>();
        services.AddSingleton<Tries>();
        services.AddSingleton<SecretChecks>();
        services.AddSingleton<DeviceGate>();
        services.AddFeatureOptions<ProtectionOptions>(ProtectionOptions.Section);
        services.AddSingleton<ProtectionKeys>();
        services.AddSingleton<Protection>();
    }

    /// <summary>The route table.</summary>
    public static void MapSecurity(this IEndpointRouteBuilder routes)
    {
        RouteGroupBuilder admin = routes.MapFor(Role.Admin);
        admin.WithTags("Security");
        admin.MapGet("/keys", ListKeys).WithName("ListKeys");
        admin.MapPost("/keys", CreateKey).WithName("CreateKey")
            .TakesBody(ApiKeyRequest.Fields, """{"name":"front desk","role":"viewer","places":[1]}""").Refuses(
                StatusCodes.Status409Conflict);
        admin.MapDelete("/keys/{name}", RevokeKey).WithName("RevokeKey").TakesPath(new TextParameter("name", "Name of the key.")).Refuses(
            StatusCodes.Status404NotFound);
        admin.MapDelete("/keys", RevokeKey).WithName("RevokeKeyOfAnyName")
            .TakesQuery(new TextParameter("name", "Name of the key: also one that fits no path, as . and a/b, which older versions took.")
            {
                IsRequired = true,
            })
            .Refuses(StatusCodes.Status404NotFound);
        admin.MapAudit();
    }

    /// <summary>Lists the keys; never what they are.</summary>
    internal static async Task<Ok<List<ApiKeyRow>>> ListKeys(Store store) =>
        TypedResults.Ok(await store.ReadAsync(MaxKeys, ApiKeySql.List).ConfigureAwait(false));

    /// <summary>Makes a named key and shows it, once.</summary>
    internal static async Task<Results<Created<CreatedApiKey>, ProblemHttpResult>> CreateKey(
        HttpContext http, Store store, ISecretSource secrets, TimeProvider clock)
    {
        (ApiKeyRequest request, ProblemHttpResult? problem) = await AdminBody.ReadAsync(
            http.Request, ApiKeyRequest.Fields).ConfigureAwait(false);
        problem ??= request.FindFault() is { } fault ? AdminProblem.Of(StatusCodes.Status400BadRequest, fault) : null;
        if (problem is not null)
        {
            return problem;
        }

        string key = Token.New(secrets);
        NewApiKey made = new(
            request.Name!, request.Grants(), Token.Hash(key), Caller.Of(http).Name, clock.GetUtcNow().ToUnixTimeMilliseconds())
        {
            Firmware = request.Limits(),
        };
        string? refusal = await store.WriteAsync(made, ApiKeySql.Add).ConfigureAwait(false);
        return refusal is null ? TypedResults.Created((string?)null, new CreatedApiKey(made.Name, key))
            : AdminProblem.Of(
                refusal.StartsWith("places", StringComparison.Ordinal) ? StatusCodes.Status400BadRequest : StatusCodes.Status409Conflict,
                refusal);
    }

    /// <summary>Revokes a key: here at once, in other processes within 5 s.</summary>
    internal static async Task<Results<NoContent, ProblemHttpResult>> RevokeKey(
        HttpContext http, string? name, Store store, ApiKeys keys, TimeProvider clock)
    {
        if (string.IsNullOrEmpty(name))
        {
            return AdminProblem.Of(StatusCodes.Status400BadRequest, "name: say whose");
        }

        bool removed = await store.WriteAsync(
            (name, Caller.Of(http).Name, clock.GetUtcNow().ToUnixTimeMilliseconds()), ApiKeySql.Remove).ConfigureAwait(false);
        keys.Invalidate();
        return removed ? TypedResults.NoContent() : AdminProblem.Of(StatusCodes.Status404NotFound, "No key of that name");
    }
}
