using System.Globalization;

using JamBox.Backend.Devices;
using JamBox.Backend.Operation;
using JamBox.Backend.Security;
using JamBox.Backend.Storage;
using JamBox.Backend.Wire;

using Microsoft.AspNetCore.Http.HttpResults;

namespace JamBox.Backend.Telemetry;

/// <summary>Rules: when people are told of a value.</summary>
internal static class RuleEndpoints
{
    private const string Example =
        """{"name":"Too warm","product":"clock","key":"temperature","op":">","value":70,"for_s":60,"is_on":true}""";

    private static readonly Refusal s_unknown = Refusal.NotFound("There is no such rule");

    private static readonly Refusal s_everywhere = new(
        StatusCodes.Status403Forbidden, "A rule for a product or for all devices needs the role for all places: name a device_id");

    /// <summary>The route table.</summary>
    public static void MapRules(this IEndpointRouteBuilder routes)
    {
        RouteGroupBuilder viewers = routes.MapFor(Role.Viewer);
        viewers.WithTags("Telemetry");
        viewers.MapGet("/telemetry-rules", ListRules).WithName("ListTelemetryRules");

        RouteGroupBuilder operators = routes.MapFor(Role.Operator);
        operators.WithTags("Telemetry");
        operators.MapPost("/telemetry-rules", AddRule).WithName("AddTelemetryRule").TakesBody(RuleRequest.Fields, Example)
            .Refuses(StatusCodes.Status404NotFound, StatusCodes.Status409Conflict);
        Describe(operators.MapPut("/telemetry-rules/{id}", PutRule).WithName("PutTelemetryRule").TakesBody(RuleRequest.Fields, Example));
        Describe(operators.MapDelete("/telemetry-rules/{id}", RemoveRule).WithName("RemoveTelemetryRule"));
    }

    /// <summary>Lists rules: those of one's devices, and those for products and for all.</summary>
    internal static async Task<Ok<List<RuleRow>>> ListRules(HttpContext http, Store store) =>
        TypedResults.Ok(await store.ReadAsync(Caller.Of(http).Scope, RuleSql.List).ConfigureAwait(false));

    /// <summary>Adds a rule.</summary>
    internal static async Task<Results<Created<RuleRow>, ProblemHttpResult>> AddRule(
        HttpContext http, Store store, TelemetryRules rules, TimeProvider clock)
    {
        (RuleRequest rule, ProblemHttpResult? problem) = await ReadAsync(http, store).ConfigureAwait(false);
        if (problem is not null)
        {
            return problem;
        }

        (long id, Refusal? refusal) = await store.WriteAsync((rule, Caller.Of(http).Name, Now(clock)), RuleSql.Add).ConfigureAwait(false);
        if (refusal is not null)
        {
            return refusal.ToProblem();
        }

        rules.Invalidate();
        RuleRow made = (await store.ReadAsync((id, Caller.Of(http).Scope), RuleSql.One).ConfigureAwait(false))!;
        return TypedResults.Created(string.Create(CultureInfo.InvariantCulture, $"/api/telemetry-rules/{id}"), made);
    }

    /// <summary>Changes a rule; how long a value has been so counts anew.</summary>
    internal static async Task<Results<Ok<RuleRow>, ProblemHttpResult>> PutRule(
        HttpContext http, string id, Store store, TelemetryRules rules, TimeProvider clock)
    {
        Caller caller = Caller.Of(http);
        if (await FindAsync(store, id, caller).ConfigureAwait(false) is not { } before)
        {
            return s_unknown.ToProblem();
        }

        if (before.DeviceId is null && caller.Scope is not null)
        {
            return s_everywhere.ToProblem();
        }

        (RuleRequest rule, ProblemHttpResult? problem) = await ReadAsync(http, store).ConfigureAwait(false);
        if (problem is not null)
        {
            return problem;
        }

        string said = string.Create(
            CultureInfo.InvariantCulture,
            $"'{before.Name}' {before.Key} {before.Op} {before.Value} for {before.ForSeconds} s, {(before.IsOn ? "on" : "off")}");
        int changed = await store.WriteAsync((before.Id, rule, said, caller.Name, Now(clock)), RuleSql.Change).ConfigureAwait(false);
        rules.Invalidate();
        return changed > 0 && await store.ReadAsync((before.Id, caller.Scope), RuleSql.One).ConfigureAwait(false) is { } after
            ? TypedResults.Ok(after)
            : s_unknown.ToProblem();
    }

    /// <summary>Removes a rule.</summary>
    internal static async Task<Results<NoContent, ProblemHttpResult>> RemoveRule(
        HttpContext http, string id, Store store, TelemetryRules rules, TimeProvider clock)
    {
        Caller caller = Caller.Of(http);
        if (await FindAsync(store, id, caller).ConfigureAwait(false) is not { } rule)
        {
            return s_unknown.ToProblem();
        }

        if (rule.DeviceId is null && caller.Scope is not null)
        {
            return s_everywhere.ToProblem();
        }

        int removed = await store.WriteAsync((rule.Id, caller.Name, Now(clock)), RuleSql.Remove).ConfigureAwait(false);
        rules.Invalidate();
        return removed > 0 ? TypedResults.NoContent() : s_unknown.ToProblem();
    }

    private static async Task<RuleRow?> FindAsync(Store store, string id, Caller caller) =>
        long.TryParse(id, NumberStyles.None, CultureInfo.InvariantCulture, out long number)
            ? await store.ReadAsync((number, caller.Scope), RuleSql.One).ConfigureAwait(false)
            : null;

    private static async Task<(RuleRequest Rule, ProblemHttpResult? Problem)> ReadAsync(HttpContext http, Store store)
    {
        (RuleRequest rule, ProblemHttpResult? problem) = await AdminBody.ReadAsync(http.Request, RuleRequest.Fields).ConfigureAwait(false);
        if (problem is null && rule.FindFault() is { } fault)
        {
            problem = AdminProblem.Of(StatusCodes.Status400BadRequest, fault);
        }

        if (problem is null)
        {
            rule.Name = rule.Name.Length == 0 ? rule.Key : rule.Name;
            problem = rule.DeviceId is { } device ? await DeviceAccess.CheckAsync(http, store, device).ConfigureAwait(false)
                : Caller.Of(http).Scope is not null ? s_everywhere.ToProblem()
                : null;
        }

        return (rule, problem);
    }

    private static void Describe(RouteHandlerBuilder endpoint) =>
        endpoint.TakesPath(new NumberParameter("id", 1, long.MaxValue, "Number of the rule.")).Refuses(
            StatusCodes.Status404NotFound, StatusCodes.Status409Conflict);

    private static long Now(TimeProvider clock) => clock.GetUtcNow().ToUnixTimeMilliseconds();
}

/// <summary>Every 10 s: tells of what has been so for long enough while its device said nothing more.</summary>
internal sealed class RuleJob : IJob
{
    private readonly Store _store;
    private readonly TimeProvider _clock;

    /// <summary>Makes the job.</summary>
    public RuleJob(Store store, TimeProvider clock)
    {
        _store = store;
        _clock = clock;
    }

    /// <inheritdoc/>
    public TimeSpan Period => TimeSpan.FromSeconds(10);

    /// <inheritdoc/>
    public async Task RunAsync(CancellationToken stopping)
    {
        long now = _clock.GetUtcNow().ToUnixTimeMilliseconds();
        while (!stopping.IsCancellationRequested && await _store.ReadAsync(now, RuleSql.IsAnyDue).ConfigureAwait(false)
            && await _store.WriteAsync(now, RuleSql.RaiseDue).ConfigureAwait(false) > 0)
        {
            // In slices, so that no message waits for a whole fleet's.
        }
    }
}
