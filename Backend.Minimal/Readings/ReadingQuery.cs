using JamBox.Backend.Devices;
using JamBox.Backend.Security;
using JamBox.Backend.Storage;
using JamBox.Backend.Wire;

using Microsoft.AspNetCore.Http.HttpResults;

namespace JamBox.Backend.Readings;

/// <summary>Which readings are wanted: the same words for the list and for the CSV.</summary>
/// <param name="DeviceId">Only this device's.</param>
/// <param name="Days">Only those of the last days, 1 to 365.</param>
/// <param name="From">Only those closed at or after: ISO 8601.</param>
/// <param name="Until">Only those closed before: ISO 8601.</param>
internal sealed record ReadingQuery(string? DeviceId, int? Days, string? From, string? Until)
{
    private const int MaxDays = 365;

    /// <summary>What routes declare of it.</summary>
    public static readonly ApiParameter[] Parameters =
    [
        ApiParameter.DeviceId, new NumberParameter("days", 1, MaxDays, "Only those of the last days."),
        new TimeParameter("from", "Only those closed at or after."), new TimeParameter("until", "Only those closed before."),
    ];

    /// <summary>Makes the filter of it.</summary>
    /// <param name="http">The request: what its caller may see.</param>
    /// <param name="store">Knows the devices.</param>
    /// <param name="now">Days are counted back from it.</param>
    /// <returns>The filter, without limit and cursor; or what is wrong.</returns>
    public async Task<(ReadingFilter? Filter, ProblemHttpResult? Problem)> ToFilterAsync(
        HttpContext http, Store store, DateTimeOffset now)
    {
        string? deviceId = string.IsNullOrEmpty(DeviceId) ? null : DeviceId;
        if (deviceId is not null && await DeviceAccess.CheckHistoryAsync(http, store, deviceId).ConfigureAwait(false) is { } unknown)
        {
            return (null, unknown);
        }

        if (!TryTime(From, out long? start) || !TryTime(Until, out long? end))
        {
            return (null, AdminProblem.Of(StatusCodes.Status400BadRequest, "from, until: must be times such as 2026-01-29T00:00:00Z"));
        }

        if (start > end)
        {
            return (null, AdminProblem.Of(StatusCodes.Status400BadRequest, "until: must not be before from"));
        }

        // Both at once: whichever leaves less.
        long? since = Days is { } days ? now.AddDays(-days).ToUnixTimeMilliseconds() : null;
        long? from = start is null || since > start ? since ?? start : start;
        return (new ReadingFilter { DeviceId = deviceId, Scope = Caller.Of(http).Scope, From = from, Until = end, Limit = 1 }, null);
    }

    private static bool TryTime(string? text, out long? time)
    {
        time = null;
        if (string.IsNullOrEmpty(text))
        {
            return true;
        }

        bool fine = Moment.TryParse(text, out DateTimeOffset parsed);
        time = fine ? parsed.ToUnixTimeMilliseconds() : null;
        return fine;
    }
}
