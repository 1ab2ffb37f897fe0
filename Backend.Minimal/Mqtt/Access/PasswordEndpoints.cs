using JamBox.Backend.Devices;
using JamBox.Backend.Security;
using JamBox.Backend.Storage;
using JamBox.Backend.Wire;

using Microsoft.AspNetCore.Http.HttpResults;
using Microsoft.AspNetCore.Mvc;

namespace JamBox.Backend.Mqtt.Access;

/// <summary>The password of old firmware, switched on and off for a device.</summary>
internal static class PasswordEndpoints
{
    /// <summary>The route table.</summary>
    public static void MapMqttPasswords(this IEndpointRouteBuilder routes)
    {
        RouteGroupBuilder operators = routes.MapFor(Role.Operator);
        operators.WithTags("MQTT");
        operators.MapPut("/devices/{device_id}/mqtt-password", PutPassword).WithName("PutMqttPassword")
            .TakesBody(MqttPasswordChange.Fields, """{"derived":true}""")
            .Refuses(StatusCodes.Status404NotFound, StatusCodes.Status409Conflict);
    }

    /// <summary>
    /// Lets a device sign in to MQTT with the password that follows from its serial number, as old firmware has it compiled in, or no
    /// longer. The first use of the device's token ends it.
    /// </summary>
    internal static async Task<Results<Ok<MqttPassword>, ProblemHttpResult>> PutPassword(
        HttpContext http, [FromRoute(Name = "device_id")] string id, Store store, MqttOptions options, TimeProvider clock)
    {
        (MqttPasswordChange change, ProblemHttpResult? problem) = await AdminBody.ReadAsync(http.Request, MqttPasswordChange.Fields)
            .ConfigureAwait(false);
        problem ??= change.Derived is null ? AdminProblem.Of(StatusCodes.Status400BadRequest, "derived: must be true or false") : null;
        problem ??= await DeviceAccess.CheckAsync(http, store, id).ConfigureAwait(false);
        problem ??= change.Derived == true && options.Secret is null
            ? Refusal.Conflict("Mqtt:Secret is not set: there is nothing that a password could follow from").ToProblem()
            : null;
        if (problem is not null)
        {
            return problem;
        }

        string? serial = await store.WriteAsync(
            (id, change.Derived!.Value, Caller.Of(http).Name, clock.GetUtcNow().ToUnixTimeMilliseconds()), DerivedPassword.Set)
            .ConfigureAwait(false);
        return serial is null
            ? DeviceAccess.Unknown.ToProblem()
            : TypedResults.Ok(new MqttPassword(
                id, id, change.Derived.Value ? DerivedPassword.Of(options.Secret!, serial) : null));
    }
}
