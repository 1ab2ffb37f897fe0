using System.Globalization;

using JamBox.Backend.Builds;
using JamBox.Backend.Firmware;
using JamBox.Backend.Operation;
using JamBox.Backend.Security;
using JamBox.Backend.Storage;
using JamBox.Backend.Trust;
using JamBox.Backend.Updates;
using JamBox.Backend.Wire;

using Microsoft.AspNetCore.Http.HttpResults;
using Microsoft.Extensions.DependencyInjection.Extensions;

namespace JamBox.Backend.Rollouts;

/// <summary>
/// Roll-outs as people see them. Viewers look; operators advance, pause, resume and abort, and take boxes out; admins make and start. A
/// key for some places sees roll-outs with a box there, and may hold or move only those whose boxes all stand there.
/// </summary>
internal static class RolloutEndpoints
{
    private const int MaxStage = StagesField.MaxStages - 1;

    private const string BoxesExample = """{"devices":["JBNB0001","JBNB0002"]}""";

    private static readonly ApiParameter s_id = new NumberParameter("id", 1, long.MaxValue, "Number of the roll-out.");

    /// <summary>Adds roll-outs.</summary>
    public static void AddRollouts(this IServiceCollection services)
    {
        services.AddJson(RolloutJson.Default);
        services.TryAddSingleton<IReleaseSource, RolloutReleases>();
        services.AddSingleton<IJob, RolloutJob>();
    }

    /// <summary>The route table.</summary>
    public static void MapRollouts(this IEndpointRouteBuilder routes)
    {
        RouteGroupBuilder admin = routes.MapFor(Role.Admin);
        admin.WithTags("Rollouts");
        admin.MapPost("/ota/rollouts", Create).WithName("CreateRollout")
            .TakesBody(
                RolloutRequest.Fields,
                """{"firmware_id":7,"stages":[{"percent":10},{"percent":100}],"window":{"from":"22:00","to":"05:00"}}""")
            .GivesHeader(StatusCodes.Status201Created, "Location", "Path of the roll-out.");
        Describe(admin.MapPost("/ota/rollouts/{id}/start", Start).WithName("StartRollout"));

        RouteGroupBuilder operators = routes.MapFor(Role.Operator);
        operators.WithTags("Rollouts");
        Describe(operators.MapPost("/ota/rollouts/{id}/advance", Advance).WithName("AdvanceRollout")).TakesQuery(
            new NumberParameter("from", 0, MaxStage, "The stage that it is in: then two who say it at once do not go two stages."));
        Describe(operators.MapPost("/ota/rollouts/{id}/pause", Pause).WithName("PauseRollout"));
        Describe(operators.MapPost("/ota/rollouts/{id}/resume", Resume).WithName("ResumeRollout"));
        Describe(operators.MapPost("/ota/rollouts/{id}/abort", Abort).WithName("AbortRollout"));
        Describe(
            operators.MapPost("/ota/rollouts/{id}/exclude", Exclude).WithName("ExcludeFromRollout").TakesBody(
                BoxesRequest.Fields, BoxesExample));
        Describe(
            operators.MapPost("/ota/rollouts/{id}/include", Include).WithName("IncludeInRollout").TakesBody(
                BoxesRequest.Fields, BoxesExample));

        RouteGroupBuilder viewers = routes.MapFor(Role.Viewer);
        viewers.WithTags("Rollouts");
        viewers.MapGet("/ota/rollouts", List).WithName("ListRollouts").TakesPage(
            new TextParameter("hw", "Only those for this hardware id."),
            new TextParameter("product", "Only those for things of this product."),
            new TextParameter("platform", "Only those for things of this platform."),
            new TextParameter("state", RolloutState.All, "Only those in this state."));
        viewers.MapGet("/ota/rollouts/{id}", Get).WithName("GetRollout").TakesPath(s_id).Refuses(StatusCodes.Status404NotFound);
        routes.MapPreflight();
        routes.MapBoxUpdate();
        viewers.MapGet("/ota/rollouts/{id}/devices", ListBoxes).WithName("ListRolloutBoxes").TakesPath(s_id)
            .TakesPage(
                new TextParameter("state", BoxState.All, "Only those in this state."),
                new NumberParameter("stage", 0, MaxStage, "Only those that came in with this stage."))
            .Refuses(StatusCodes.Status404NotFound);
    }

    /// <summary>Makes a draft: nothing is offered before it is started.</summary>
    internal static async Task<Results<Created<RolloutView>, ProblemHttpResult>> Create(
        HttpContext http, Store store, TimeProvider clock, PlatformTable platforms)
    {
        (RolloutRequest request, ProblemHttpResult? problem) = await AdminBody.ReadAsync(
            http.Request, RolloutRequest.Fields).ConfigureAwait(false);
        problem ??= (request.FindFault(Now(clock)) ?? request.Resolve(platforms)) is { } fault ? AdminProblem.Of(StatusCodes.Status400BadRequest, fault) : null;
        if (problem is not null)
        {
            return problem;
        }

        (long id, string? refusal) = await store.WriteAsync(
            (request, Caller.Of(http).Name, Now(clock)), RolloutMaking.Create).ConfigureAwait(false);
        return refusal is not null
            ? AdminProblem.Of(StatusCodes.Status400BadRequest, refusal)
            : TypedResults.Created(
                string.Create(CultureInfo.InvariantCulture, $"/api/ota/rollouts/{id}"),
                (await store.ReadAsync((id, (string?)null, Now(clock)), RolloutViews.One).ConfigureAwait(false))!);
    }

    /// <summary>Starts a draft: its canary, or its waiting for start_at. A running roll-out of a lower sequence is aborted by it.</summary>
    internal static async Task<Results<Ok<RolloutView>, ProblemHttpResult>> Start(
        HttpContext http, string id, Store store, TimeProvider clock, BuildOptions options)
    {
        Caller caller = Caller.Of(http);
        return await AnswerAsync(http, store, clock, id, TryId(id, out long number)
            ? await store.WriteAsync(
                (number, options.AllowUnsigned, caller.Name, Now(clock)),
                static (session, asked) => TrustRules.FindRefusal(session, asked.number) ?? RolloutSteps.Start(session, asked))
                .ConfigureAwait(false)
            : StepResult.Unknown).ConfigureAwait(false);
    }

    /// <summary>Goes on to the next stage, or from the last one to done, without waiting for boxes.</summary>
    /// <param name="http">The request.</param>
    /// <param name="id">The roll-out.</param>
    /// <param name="store">The storage.</param>
    /// <param name="clock">The clock.</param>
    /// <param name="from">The stage that it is in, so that two who say it at once do not go two stages; may be left out.</param>
    internal static async Task<Results<Ok<RolloutView>, ProblemHttpResult>> Advance(
        HttpContext http, string id, Store store, TimeProvider clock, int? from)
    {
        Caller caller = Caller.Of(http);
        _ = TryId(id, out long number);
        return await AnswerAsync(http, store, clock, id, await RefuseAsync(http, store, id).ConfigureAwait(false)
            ?? await store.WriteAsync((number, from, caller.Name, Now(clock)), RolloutSteps.Advance)
                .ConfigureAwait(false)).ConfigureAwait(false);
    }

    /// <summary>Holds a roll-out: nothing is offered, downloads wait.</summary>
    internal static Task<Results<Ok<RolloutView>, ProblemHttpResult>> Pause(HttpContext http, string id, Store store, TimeProvider clock) =>
        StepAsync(http, id, store, clock, RolloutSteps.Pause);

    /// <summary>Lets a paused roll-out go on.</summary>
    internal static Task<Results<Ok<RolloutView>,
        ProblemHttpResult>> Resume(HttpContext http, string id, Store store, TimeProvider clock) =>
        StepAsync(http, id, store, clock, RolloutSteps.Resume);

    /// <summary>Ends a roll-out for good: downloads are taken back. Boxes that run the release keep it.</summary>
    internal static Task<Results<Ok<RolloutView>, ProblemHttpResult>> Abort(HttpContext http, string id, Store store, TimeProvider clock) =>
        StepAsync(http, id, store, clock, RolloutSteps.Abort);

    /// <summary>Takes boxes out of a roll-out: what they download of it is taken back.</summary>
    internal static Task<Results<Ok<RolloutView>,
        ProblemHttpResult>> Exclude(HttpContext http, string id, Store store, TimeProvider clock) =>
        ExcludeAsync(http, id, store, clock, isExcluded: true);

    /// <summary>Takes boxes in again that an operator took out. (One that failed: POST /api/device/{id}/ota/allow.)</summary>
    internal static Task<Results<Ok<RolloutView>,
        ProblemHttpResult>> Include(HttpContext http, string id, Store store, TimeProvider clock) =>
        ExcludeAsync(http, id, store, clock, isExcluded: false);

    /// <summary>Lists roll-outs, newest first. The Link header (rel=next) leads to older ones.</summary>
    internal static async Task<Results<Ok<List<RolloutView>>, ProblemHttpResult>> List(
        HttpContext http, Store store, string? hw, string? product, string? platform, string? state, string? limit, string? cursor)
    {
        if (!PageRequest.TryRead(limit, cursor, out PageRequest page) || !page.TryNumber(out long before))
        {
            return PageRequest.Problem;
        }

        List<RolloutView> rows = await store.ReadAsync(
            (before, page.Limit + 1, new RolloutFilter(TextOrNull(hw), TextOrNull(state), TextOrNull(product), TextOrNull(platform)),
                Caller.Of(http).Scope), RolloutViews.List).ConfigureAwait(false);
        page.Finish(http, rows, static row => row.Id.ToString(CultureInfo.InvariantCulture));
        return TypedResults.Ok(rows);
    }

    /// <summary>Shows a roll-out, with its boxes counted and how well it goes.</summary>
    internal static Task<Results<Ok<RolloutView>, ProblemHttpResult>> Get(HttpContext http, string id, Store store, TimeProvider clock) =>
        AnswerAsync(http, store, clock, id, StepResult.Done);

    /// <summary>Lists the boxes of a roll-out by id. The Link header (rel=next) leads to more.</summary>
    /// <param name="http">The request.</param>
    /// <param name="id">The roll-out.</param>
    /// <param name="store">The storage.</param>
    /// <param name="clock">The clock.</param>
    /// <param name="state">Only those in this state.</param>
    /// <param name="stage">Only those that came in with this stage, from 0.</param>
    /// <param name="limit">Rows at most: 1 to 1,000, 100 unless said.</param>
    /// <param name="cursor">From the Link header.</param>
    internal static async Task<Results<Ok<List<RolloutBoxView>>, ProblemHttpResult>> ListBoxes(
        HttpContext http, string id, Store store, TimeProvider clock, string? state, int? stage, string? limit, string? cursor)
    {
        if (!PageRequest.TryRead(limit, cursor, out PageRequest page))
        {
            return PageRequest.Problem;
        }

        List<RolloutBoxView>? rows = TryId(id, out long rollout)
            ? await store.ReadAsync(
                (rollout, page.Cursor ?? "", page.Limit + 1, TextOrNull(state), stage, Caller.Of(http).Scope, Now(clock)),
                RolloutViews.Boxes).ConfigureAwait(false)
            : null;
        if (rows is null)
        {
            return AdminProblem.Of(StepResult.Unknown.Status, StepResult.Unknown.Error);
        }

        page.Finish(http, rows, static row => row.DeviceId);
        return TypedResults.Ok(rows);
    }

    private static async Task<Results<Ok<RolloutView>, ProblemHttpResult>> StepAsync(
        HttpContext http, string id, Store store, TimeProvider clock, Func<SqlSession, (long Id, string Who, long Now), StepResult> step)
    {
        _ = TryId(id, out long number);
        return await AnswerAsync(http, store, clock, id, await RefuseAsync(http, store, id).ConfigureAwait(false)
            ?? await store.WriteAsync((number, Caller.Of(http).Name, Now(clock)), step).ConfigureAwait(false)).ConfigureAwait(false);
    }

    private static async Task<Results<Ok<RolloutView>, ProblemHttpResult>> ExcludeAsync(
        HttpContext http, string id, Store store, TimeProvider clock, bool isExcluded)
    {
        (BoxesRequest request, ProblemHttpResult? problem) = await AdminBody.ReadAsync(
            http.Request, BoxesRequest.Fields).ConfigureAwait(false);
        problem ??= request.FindFault() is { } fault ? AdminProblem.Of(StatusCodes.Status400BadRequest, fault) : null;
        if (problem is not null)
        {
            return problem;
        }

        Caller caller = Caller.Of(http);
        bool isSeen = TryId(id, out long number)
            && await store.ReadAsync((number, caller.Scope, Now(clock)), RolloutViews.One).ConfigureAwait(false) is not null;
        return await AnswerAsync(http, store, clock, id, isSeen
            ? await store.WriteAsync(
                (number, request.Devices, isExcluded, caller.Scope, caller.Name, Now(clock)), RolloutMaking.Exclude).ConfigureAwait(false)
            : StepResult.Unknown).ConfigureAwait(false);
    }

    /// <summary>A step concerns all boxes of a roll-out: a key for some places may take it only when there are no others.</summary>
    private static async Task<StepResult?> RefuseAsync(HttpContext http, Store store, string id) =>
        !TryId(id, out long number) ? StepResult.Unknown
        : Caller.Of(http).Scope is not { } scope ? null
        : await store.ReadAsync((number, scope, 0L), CountBoxes).ConfigureAwait(false) switch
        {
            (0, _) => StepResult.Unknown,
            var (own, all) when own < all => new StepResult(
                StatusCodes.Status403Forbidden,
                "This roll-out has boxes at places that are not this key's: ask somebody whose key is for all of them"),
            _ => null,
        };

    private static (int Own, int All) CountBoxes(SqlSession session, (long Id, string Scope, long Now) wanted) =>
        RolloutSql.Find(session, wanted.Id) is { } rollout
            ? (RolloutBoxSql.All(session, rollout, wanted.Now, wanted.Scope).Count, RolloutBoxSql.All(session, rollout, wanted.Now).Count)
            : (0, 0);

    private static async Task<Results<Ok<RolloutView>, ProblemHttpResult>> AnswerAsync(
        HttpContext http, Store store, TimeProvider clock, string id, StepResult result) =>
        result.Status != 0 ? AdminProblem.Of(result.Status, result.Error)
        : TryId(id, out long number)
           
               
                   
                       
                           
                               
                                    && await store.ReadAsync((number, Caller.Of(http).Scope, Now(clock)), RolloutViews.One)
                                        .ConfigureAwait(false) is { } view ? TypedResults.Ok(view)
        : AdminProblem.Of(StepResult.Unknown.Status, StepResult.Unknown.Error);

    private static RouteHandlerBuilder Describe(RouteHandlerBuilder endpoint) =>
        endpoint.TakesPath(s_id).Refuses(StatusCodes.Status404NotFound, StatusCodes.Status409Conflict);

    private static bool TryId(string id, out long number) => long.TryParse(id, NumberStyles.None, CultureInfo.InvariantCulture, out number);

    private static string? TextOrNull(string? text) => string.IsNullOrEmpty(text) ? null : text;

    private static long Now(TimeProvider clock) => clock.GetUtcNow().ToUnixTimeMilliseconds();
}
