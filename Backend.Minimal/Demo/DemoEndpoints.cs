using System.Text.Json.Serialization;

using JamBox.Backend.Insights;
using JamBox.Backend.Operation;
using JamBox.Backend.Security;
using JamBox.Backend.Storage;
using JamBox.Backend.Wire;

using Microsoft.AspNetCore.Http.HttpResults;

namespace JamBox.Backend.Demo;

/// <summary>The virtual box: for whoever wants to see the pages before the first real one hangs.</summary>
internal static class DemoEndpoints
{
    private const string PlaceName = "Virtual shop";

    /// <summary>Adds the virtual box.</summary>
    public static void AddDemo(this IServiceCollection services)
    {
        services.AddJson(DemoJson.Default);
        services.AddSingleton<DemoThings>();
        services.AddSingleton<DemoJob>();
        services.AddSingleton<IJob>(static provider => provider.GetRequiredService<DemoJob>());
    }

    /// <summary>The route table.</summary>
    public static void MapDemo(this IEndpointRouteBuilder routes)
    {
        RouteGroupBuilder admins = routes.MapFor(Role.Admin);
        admins.WithTags("Places");
        admins.MapPost("/demo", CreateDemo).WithName("CreateDemo")
            .TakesBody(DemoRequest.Fields, """{"timezone":"Europe/Berlin"}""").Refuses(StatusCodes.Status409Conflict);
        admins.MapDelete("/demo", RemoveDemo).WithName("RemoveDemo").Refuses(StatusCodes.Status404NotFound);
    }

    /// <summary>
    /// Makes a demo place with a virtual box: four weeks of invented people, counted as the firmware counts, and five minutes more every
    /// five minutes; beside it a clock, a bell, a sensor and a gateway. No alert, roll-out, mail or metric takes them for real ones.
    /// </summary>
    internal static async Task<Results<Created<DemoPlace>, ProblemHttpResult>> CreateDemo(
        HttpContext http, Store store, DemoJob job, ISecretSource secrets, TimeProvider clock)
    {
        (DemoRequest request, ProblemHttpResult? problem) = await AdminBody.ReadAsync(
            http.Request, DemoRequest.Fields).ConfigureAwait(false);
        string? fault = request.Timezone is not null && !Zones.IsKnown(request.Timezone) ? $"timezone: {Zones.Rule}" : null;
        problem ??= fault is not null ? AdminProblem.Of(StatusCodes.Status400BadRequest, fault) : null;
        problem ??= FindFault(http);
        if (problem is not null)
        {
            return problem;
        }

        Refusal? refusal = await store.WriteAsync(
            (PlaceName, request.Timezone ?? "UTC", Token.Hash(Token.New(secrets)), Caller.Of(http).Name, Now(clock)), DemoSql.Add)
            .ConfigureAwait(false);
        if (refusal is not null)
        {
            return refusal.ToProblem();
        }

        // Whoever goes away meanwhile finds it filled by the job.
        await job.RunAsync(http.RequestAborted).ConfigureAwait(false);
        return await store.ReadAsync(false, DemoSql.Find).ConfigureAwait(false) is { } box
            ? TypedResults.Created((string?)null, new DemoPlace(box.PlaceId, box.DeviceId))
            : s_none.ToProblem();
    }

    /// <summary>Removes the virtual box and its place, with everything that hangs on them.</summary>
    internal static async Task<Results<NoContent, ProblemHttpResult>> RemoveDemo(HttpContext http, Store store, TimeProvider clock)
    {
        if (FindFault(http) is { } problem)
        {
            return problem;
        }

        if (await store.ReadAsync(true, DemoSql.Find).ConfigureAwait(false) is not { } box)
        {
            return s_none.ToProblem();
        }

        await store.WriteAsync(box, DemoSql.End).ConfigureAwait(false);
        while (await store.WriteAsync(box, DemoSql.RemoveReadings).ConfigureAwait(false) == DemoSql.SliceRows)
        {
            // Slice by slice: no real reading waits for all of them.
        }

        await store.WriteAsync((box, Caller.Of(http).Name, Now(clock)), DemoSql.Remove).ConfigureAwait(false);
        return TypedResults.NoContent();
    }

    private static readonly Refusal s_none = Refusal.NotFound("There is no virtual box");

    private static ProblemHttpResult? FindFault(HttpContext http) => Caller.Of(http).Scope is null
        ? null
        : AdminProblem.Of(StatusCodes.Status403Forbidden, "Who looks after some places has no say in the virtual box");

    private static long Now(TimeProvider clock) => clock.GetUtcNow().ToUnixTimeMilliseconds();
}

/// <summary>What is sent to get a virtual box.</summary>
internal sealed class DemoRequest
{
    /// <summary>The fields of the body.</summary>
    public static readonly FieldTable<DemoRequest> Fields = new(
        new TextField<DemoRequest>("timezone", static (c, v) => c.Timezone = v));

    /// <summary>IANA id of the zone by whose clock its shop opens and closes; UTC unless said.</summary>
    [JsonPropertyName("timezone")]
    public string? Timezone { get; set; }
}

/// <summary>A virtual box at its place.</summary>
/// <param name="PlaceId">Id of the place.</param>
/// <param name="DeviceId">The box.</param>
internal sealed record DemoPlace(
    [property: JsonPropertyName("place_id")] long PlaceId,
    [property: JsonPropertyName("device_id")] string DeviceId);

/// <summary>Serializers of the virtual box, made when compiled: no reflection while running.</summary>
[JsonSerializable(typeof(DemoPlace))]
[JsonSerializable(typeof(DemoRequest))]
internal sealed partial class DemoJson : JsonSerializerContext;
