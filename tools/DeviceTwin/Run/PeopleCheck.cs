using System.Globalization;
using System.Text.Json.Nodes;
using JamBox.Twin.Radio;
using JamBox.Twin.Time;

namespace JamBox.Twin.Run;

/// <summary>
/// Holds the backend's estimate of people against who was there: counts a few times by hand, as an owner would, lets the backend fit its
/// model, and reads the figures of the day. Everything goes through the API.
/// </summary>
internal sealed class PeopleCheck(BackendHost backend, VirtualTimeProvider time, PeopleTruth truth)
{
    /// <summary>A shorter run has no day to show.</summary>
    public const double LeastHours = 11;

    private const long MinuteMs = 60_000;
    private const long HourMs = 60 * MinuteMs;
    private const long DayMs = 24 * HourMs;
    private const int OpensAt = 9;
    private const int ClosesAt = 19;
    private const int DoorMinutes = 15;

    // The job looks every 15 s of virtual time, and waits a minute after the last count.
    private const long FitMs = 3 * MinuteMs;
    private const int FitSteps = 12;
    private static readonly TimeSpan s_patience = TimeSpan.FromMinutes(1);

    // By the hour and minute of the day: a look around, and a quarter of an hour at the door.
    private static readonly (int Hour, int Minute)[] s_present = [(9, 40), (11, 15), (12, 50), (14, 30), (16, 20), (18, 10)];
    private static readonly (int Hour, int Minute)[] s_door = [(10, 30), (13, 20), (15, 15), (17, 0)];

    /// <summary>Counts, lets the backend fit, and reads what it says.</summary>
    /// <param name="dayUtcMs">Midnight of the day, ms since 1970.</param>
    /// <param name="untilUtcMs">When the run ended, ms since 1970.</param>
    /// <returns>What came of it.</returns>
    /// <exception cref="InvalidOperationException">The backend refused something.</exception>
    /// <exception cref="TimeoutException">The backend did not fit the counts.</exception>
    public async Task<PeopleVerdict> RunAsync(long dayUtcMs, long untilUtcMs)
    {
        string place = "/api/places/" + (await backend.GetAsync("/api/places").ConfigureAwait(false))![0]!["id"]!;
        await backend.SendAsync(HttpMethod.Put, place + "/hours", Hours()).ConfigureAwait(false);
        int counts = 0;
        foreach ((int hour, int minute) in s_present)
        {
            long at = dayUtcMs + (hour * HourMs) + (minute * MinuteMs);
            counts += await CountAsync(place, at, at, untilUtcMs, new JsonObject { ["kind"] = "present", ["people"] = truth.At(at) })
                .ConfigureAwait(false);
        }

        foreach ((int hour, int minute) in s_door)
        {
            long at = dayUtcMs + (hour * HourMs) + (minute * MinuteMs);
            long end = at + (DoorMinutes * MinuteMs);
            counts += await CountAsync(
                place, at, end, untilUtcMs,
                new JsonObject { ["kind"] = "door", ["people"] = truth.Arrivals(at, end), ["minutes"] = DoorMinutes }).ConfigureAwait(false);
        }

        string day = DateTimeOffset.FromUnixTimeMilliseconds(dayUtcMs).ToString("yyyy-MM-dd", CultureInfo.InvariantCulture);
        await AwaitFitAsync(place, counts).ConfigureAwait(false);

        // Counts that are entered on a later day do not change the day before by themselves: an owner asks for that.
        if (time.UtcNowMs >= dayUtcMs + DayMs)
        {
            await backend.SendAsync(HttpMethod.Post, place + "/recalculation", new JsonObject { ["from"] = day }).ConfigureAwait(false);
        }

        JsonNode figures = (await backend.GetAsync($"{place}/figures?day={day}&by=hour&vs=off").ConfigureAwait(false))!;
        return Verdict(figures, counts, dayUtcMs);
    }

    private static JsonObject Hours()
    {
        var hours = new JsonObject();
        foreach (string day in new[] { "monday", "tuesday", "wednesday", "thursday", "friday", "saturday" })
        {
            hours[day] = new JsonArray(string.Create(CultureInfo.InvariantCulture, $"{OpensAt:D2}:00-{ClosesAt:D2}:00"));
        }

        return hours;
    }

    private static PeopleRange? Range(JsonNode? node) =>
        node is null ? null : new PeopleRange((double)node["low"]!, (double)node["value"]!, (double)node["high"]!);

    private async Task<int> CountAsync(string place, long atUtcMs, long endUtcMs, long untilUtcMs, JsonObject count)
    {
        if (endUtcMs > untilUtcMs)
        {
            return 0;
        }

        count["at"] = DateTimeOffset.FromUnixTimeMilliseconds(atUtcMs).UtcDateTime.ToString("s", CultureInfo.InvariantCulture) + "Z";
        await backend.SendAsync(HttpMethod.Post, place + "/counts", count).ConfigureAwait(false);
        return 1;
    }

    // Virtual time goes on in a few steps, so that the job has its turns; each step waits until it is at rest, or for a second.
    private async Task AwaitFitAsync(string place, int counts)
    {
        long end = time.UtcNowMs + FitMs;
        using var patience = new CancellationTokenSource(s_patience);
        for (int step = 1; !patience.IsCancellationRequested; step++)
        {
            time.AdvanceTo(end - FitMs + (Math.Min(step, FitSteps) * FitMs / FitSteps));
            for (int look = 0; look < 10; look++)
            {
                JsonNode? models = await backend.GetAsync(place + "/models").ConfigureAwait(false);
                if (models!.AsArray().Count > 0 && (int)models[0]!["counts"]! == counts)
                {
                    return;
                }

                await Task.Delay(20).ConfigureAwait(false);
            }
        }

        throw new TimeoutException($"{counts} counts were entered, and no model was fitted to them");
    }

    private PeopleVerdict Verdict(JsonNode figures, int counts, long dayUtcMs)
    {
        List<PeopleHour> hours = [];
        foreach (JsonNode? row in figures["rows"]!.AsArray())
        {
            long start = new DateTimeOffset((DateTime)row!["start"]!, TimeSpan.Zero).ToUnixTimeMilliseconds();
            if (start >= dayUtcMs + (OpensAt * HourMs) && start < dayUtcMs + (ClosesAt * HourMs))
            {
                hours.Add(new PeopleHour(
                    start, truth.Slots(start, start + HourMs).Average(slot => slot.Present), truth.Arrivals(start, start + HourMs),
                    Range(row["people"])));
            }
        }

        return new PeopleVerdict(
            counts, hours, truth.Arrivals(dayUtcMs + (OpensAt * HourMs), dayUtcMs + (ClosesAt * HourMs)), Range(figures["people"]),
            Range(figures["visitors"]));
    }
}

/// <summary>An estimate and the range that is to hold four times in five.</summary>
/// <param name="Low">Not less.</param>
/// <param name="Value">The best guess.</param>
/// <param name="High">Not more.</param>
internal readonly record struct PeopleRange(double Low, double Value, double High)
{
    /// <summary>Tells whether the truth lies within.</summary>
    /// <param name="people">The truth.</param>
    /// <returns>Whether it does.</returns>
    public bool Holds(double people) => people >= Low && people <= High;

    /// <inheritdoc/>
    public override string ToString() => string.Create(CultureInfo.InvariantCulture, $"{Value:N0} ({Math.Floor(Low):N0} to {Math.Ceiling(High):N0})");
}

/// <summary>An hour while the shop was open.</summary>
/// <param name="StartUtcMs">When it begins, ms since 1970.</param>
/// <param name="Present">People inside, in truth, on the mean.</param>
/// <param name="Arrivals">People who came in, in truth.</param>
/// <param name="Estimate">What the backend says of people inside; <c>null</c> = nothing.</param>
internal sealed record PeopleHour(long StartUtcMs, double Present, int Arrivals, PeopleRange? Estimate);

/// <summary>The estimate of a day beside the truth.</summary>
/// <param name="Counts">Counts by hand that it rests on.</param>
/// <param name="Hours">The hours while the shop was open.</param>
/// <param name="Visitors">People who came in, in truth.</param>
/// <param name="PeopleEstimate">People inside, on the mean while open, as the backend says.</param>
/// <param name="VisitorsEstimate">People who came in, as the backend says.</param>
internal sealed record PeopleVerdict(
    int Counts, IReadOnlyList<PeopleHour> Hours, int Visitors, PeopleRange? PeopleEstimate, PeopleRange? VisitorsEstimate)
{
    /// <summary>Gets the people inside, in truth, on the mean while open.</summary>
    public double Present => Hours.Average(hour => hour.Present);

    /// <summary>Says it in a few lines, for somebody who sees it for the first time.</summary>
    /// <returns>The lines.</returns>
    public IEnumerable<string> Lines()
    {
        int told = Hours.Count(hour => hour.Estimate is not null);
        int right = Hours.Count(hour => hour.Estimate is { } estimate && estimate.Holds(hour.Present));
        yield return $"What the backend makes of it, after {Counts} counts by hand (its range should hold four times in five):";
        yield return string.Create(
            CultureInfo.InvariantCulture, $"  inside from 9 to 19, on the mean, staff too: {Words(PeopleEstimate)}; in truth {Present:N0}");
        yield return string.Create(CultureInfo.InvariantCulture, $"  came in: {Words(VisitorsEstimate)}; in truth {Visitors:N0}");
        yield return $"  hours within their range: {right} of {told}";
    }

    private static string Words(PeopleRange? range) => range?.ToString() ?? "no figure";
}
