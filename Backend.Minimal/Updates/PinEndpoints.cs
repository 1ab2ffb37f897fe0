using JamBox.Backend.Builds;
using JamBox.Backend.Devices;
using JamBox.Backend.Security;
using JamBox.Backend.Storage;
using JamBox.Backend.Wire;

using Microsoft.AspNetCore.Http.HttpResults;
using Microsoft.AspNetCore.Mvc;

namespace JamBox.Backend.Updates;

/// <summary>Boxes that are to run one version: whatever is rolled out, they are offered no other.</summary>
internal static class PinEndpoints
{
    /// <summary>The route table.</summary>
    public static void MapPins(this IEndpointRouteBuilder routes)
    {
        RouteGroupBuilder operators = routes.MapFor(Role.Operator);
        operators.WithTags("Updates");
        operators.MapPut("/device/{device_id}/ota/pin", Pin).WithName("PinVersion")
            .TakesQuery(new TextParameter("version", "The version; it need not be one that is known.")
            {
                IsRequired = true,
                Example = "6.1.0",
            })
            .Refuses(StatusCodes.Status404NotFound, StatusCodes.Status409Conflict);
        operators.MapDelete("/device/{device_id}/ota/pin", Unpin).WithName("UnpinVersion").Refuses(StatusCodes.Status404NotFound);
    }

    /// <summary>Pins a box to a version: a release of another one is not offered to it.</summary>
    /// <param name="http">The request.</param>
    /// <param name="id">The box.</param>
    /// <param name="store">The storage.</param>
    /// <param name="clock">The clock.</param>
    /// <param name="version">The version, such as 6.1.0; it need not be one that is known.</param>
    internal static async Task<Results<NoContent, ProblemHttpResult>> Pin(
        HttpContext http, [FromRoute(Name = "device_id")] string id, Store store, TimeProvider clock, string? version)
    {
        if (await DeviceAccess.CheckAsync(http, store, id).ConfigureAwait(false) is { } unknown)
        {
            return unknown;
        }

        if (!ReleaseText.IsReleaseVersion(version ?? ""))
        {
            return AdminProblem.Of(StatusCodes.Status400BadRequest, ReleaseText.ReleaseVersionRule);
        }

        await store.WriteAsync((id, version, Caller.Of(http).Name, clock.GetUtcNow().ToUnixTimeMilliseconds()), Set).ConfigureAwait(false);
        return TypedResults.NoContent();
    }

    /// <summary>Lets a box have every release again.</summary>
    internal static async Task<Results<NoContent, ProblemHttpResult>> Unpin(
        HttpContext http, [FromRoute(Name = "device_id")] string device, Store store, TimeProvider clock)
    {
        if (await DeviceAccess.CheckAsync(http, store, device, mayBeRetired: true).ConfigureAwait(false) is { } unknown)
        {
            return unknown;
        }

        return await store.WriteAsync(
            (device, (string?)null, Caller.Of(http).Name, clock.GetUtcNow().ToUnixTimeMilliseconds()), Set).ConfigureAwait(false)
            ? TypedResults.NoContent()
            : AdminProblem.Of(StatusCodes.Status404NotFound, "That device is not pinned");
    }

    /// <summary>Pins a device to a version, or to none.</summary>
    /// <returns>False when it was not pinned and is not now.</returns>
    public static bool Set(SqlSession session, (string DeviceId, string? Version, string Who, long Now) wanted)
    {
        string? before;
        using (SqlStatement row = session.Query("SELECT version FROM ota_pins WHERE device_id = $1", wanted.DeviceId))
        {
            before = row.Read() ? row.Text(0) : null;
        }

        if (before == wanted.Version)
        {
            return before is not null;
        }

        if (wanted.Version is null)
        {
            session.Execute("DELETE FROM ota_pins WHERE device_id = $1", wanted.DeviceId);
        }
        else
        {
            session.Execute("""
                INSERT INTO ota_pins (device_id, version, pinned_by, pinned_at) VALUES ($1, $2, $3, $4)
                ON CONFLICT (device_id) DO UPDATE
                    SET version = excluded.version, pinned_by = excluded.pinned_by, pinned_at = excluded.pinned_at
                """, wanted.DeviceId, wanted.Version, wanted.Who, wanted.Now);
        }

        Audit.Note(
            session, wanted.Who, wanted.Version is null ? "ota.unpin" : "ota.pin", wanted.DeviceId, before, wanted.Version, wanted.Now);
        return true;
    }
}
