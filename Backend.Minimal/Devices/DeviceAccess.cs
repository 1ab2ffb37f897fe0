using JamBox.Backend.Security;
using JamBox.Backend.Storage;
using JamBox.Backend.Wire;

using Microsoft.AspNetCore.Http.HttpResults;

namespace JamBox.Backend.Devices;

/// <summary>Whether a caller may see a device.</summary>
internal static class DeviceAccess
{
    /// <summary>Checks that a device exists and stands at a place of the caller's; to others it does not exist.</summary>
    /// <returns>404, or null when all is well.</returns>
    public static ProblemHttpResult? Check(HttpContext http, Store store, string deviceId) =>
        store.Read((deviceId, Caller.Of(http).Scope), DeviceSql.IsVisible)
            ? null
            : AdminProblem.Of(StatusCodes.Status404NotFound, "Device not found");
}
