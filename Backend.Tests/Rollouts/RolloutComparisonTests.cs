using System.Text.Json;

using JamBox.Backend.Rollouts;
using JamBox.Backend.Tests.Hosting;
using JamBox.Backend.Updates;

namespace JamBox.Backend.Tests.Rollouts;

/// <summary>
/// With what a box is compared, and with what not: a day on which its place is closed, the place where it stood before, the box that had
/// its id before. It is Thursday, 29 January 2026, 10:00 UTC.
/// </summary>
public abstract class RolloutComparisonTests(BackendHost shared) : HostedTest(shared)
{
    private const int New = 61_000;
    private const long DayMs = 24 * 60 * 60_000L;
    private const string Week =
        """{"monday":["09:00-18:00"],"tuesday":["09:00-18:00"],"wednesday":["09:00-18:00"],"thursday":["09:00-18:00"],"friday":["12:00-18:00"]}""";

    private readonly string _box = "JBNB1001";
    private long _rollout;
    private long _place;

    private Fleet Fleet { get; set; } = null!;

    [Theory]
    [InlineData(null, "unhealthy wifi_counts", "worse")]
    [InlineData("closed", "confirmed ", "unknown")]
    [InlineData("10:00-11:00", "unhealthy wifi_counts", "worse")]
    public async Task ADayOnWhichThePlaceIsClosedIsNotCompared(string? today, string state, string verdict)
    {
        await PrepareAsync();
        await PutAsync("hours", Week);
        if (today is not null)
        {
            await PutAsync("exceptions/2026-01-29", today == "closed" ? "{\"open\":[]}" : $"{{\"open\":[\"{today}\"]}}");
        }

        await Fleet.LiveAsync(_box, days: 8);
        await ConfirmAsync();
        await CountNothingAsync();
        Assert.Equal((state, verdict), await ResultAsync());
        Assert.Equal(today == "closed", await IsProvedAsync());
    }

    [Fact]
    public async Task ExceptionsAloneSayNothingOfOtherDays()
    {
        await PrepareAsync();
        await PutAsync("exceptions/2026-01-30", "{\"open\":[]}");
        await Fleet.LiveAsync(_box, days: 8);
        await ConfirmAsync();
        await CountNothingAsync();
        Assert.Equal(("unhealthy wifi_counts", "worse"), await ResultAsync());
    }

    [Fact]
    public async Task AHolidayInThePastIsNoMeasure()
    {
        // Last Thursday was a holiday: what was not counted then does not make a box well that counts nothing today.
        await PrepareAsync();
        await PutAsync("hours", Week);
        await PutAsync("exceptions/2026-01-22", "{\"open\":[]}");
        await Fleet.LiveAsync(_box, days: 8, isEmpty: at => at < Fleet.Now - (6 * DayMs));
        await ConfirmAsync();
        await CountNothingAsync();
        Assert.Equal(("unhealthy wifi_counts", "worse"), await ResultAsync());
    }

    [Fact]
    public async Task WhileThePlaceIsClosedItWaitsForItToOpen()
    {
        // Friday's hours begin after a day's proof time has: closed now is not proved already.
        await PrepareAsync();
        await PutAsync("hours", Week);
        await PutAsync("exceptions/2026-01-29", "{\"open\":[\"16:00-18:00\"]}");
        await Fleet.LiveAsync(_box, days: 8);
        await ConfirmAsync();
        await CountNothingAsync();
        Assert.Equal(("confirmed ", "waiting"), await ResultAsync());
        Assert.False(await IsProvedAsync());
    }

    [Theory]
    [InlineData(true)]
    [InlineData(false)]
    public async Task ABoxThatWasMovedIsNotComparedWithItsOldPlace(bool isBefore)
    {
        await PrepareAsync();
        await Fleet.LiveAsync(_box, days: 8);
        long other = await Fleet.PlaceAsync("Quiet");
        if (isBefore)
        {
            await Fleet.MoveToAsync(_box, other);
        }

        await ConfirmAsync();
        if (!isBefore)
        {
            await Fleet.PassAsync(TimeSpan.FromMinutes(1));
            await Fleet.MoveToAsync(_box, other);
        }

        // Nobody passes there, and the network is worse.
        await CountNothingAsync(sendFailures: 9);
        Assert.Equal(("confirmed ", "unknown"), await ResultAsync());
        Assert.True(await IsProvedAsync());
    }

    [Fact]
    public async Task ABoxUnderTheSameIdIsNotComparedWithTheOneBefore()
    {
        await PrepareAsync();
        await Fleet.LiveAsync(_box, days: 8);
        Assert.Equal(1, await Fleet.RenewAsync(_box));
        await ConfirmAsync(heap: 20_000);
        await CountNothingAsync(sendFailures: 9);
        Assert.Equal(("confirmed ", "unknown"), await ResultAsync());
    }

    [Fact]
    public async Task ABoxThatTookOverAnIdDidNotGoBackAndGetsTheReleaseItself()
    {
        await PrepareAsync();
        await ConfirmAsync();
        await Fleet.PassAsync(TimeSpan.FromMinutes(5));
        await Fleet.RenewAsync(_box);
        await Fleet.PassAsync(TimeSpan.FromMinutes(5));
        await Fleet.ReportAsync(_box, 60_000);
        Assert.Equal("waiting ", (await ResultAsync()).State);
        Assert.Null((await Fleet.AskAsync(_box)).Reason);
        await Fleet.MoveAsync(_box, AttemptState.Confirmed);
        await Fleet.ReportAsync(_box, New);
        Assert.Equal("confirmed ", (await ResultAsync()).State);

        // When that one goes back, it has.
        await Fleet.PassAsync(TimeSpan.FromMinutes(5));
        await Fleet.ReportAsync(_box, 60_000);
        Assert.Equal("rolled_back previous", (await ResultAsync()).State);
    }

    /// <summary>A box at a place, and a draft that names it.</summary>
    private async Task PrepareAsync()
    {
        Fleet = new Fleet(Host);
        long firmware = await Fleet.ReleaseAsync(New);
        _place = await Fleet.PlaceAsync("Shop");
        Assert.Equal([_box], await Fleet.BoxesAsync(1, place: _place));
        await Fleet.BoxesAsync(2);
        (int status, JsonElement json) = await AdminAsync(
            HttpMethod.Post, "/api/ota/rollouts",
            $$"""{"firmware_id":{{firmware}},"stages":[{"devices":["{{_box}}"]},{"percent":100}],"auto_advance":false,"max_failures":9}""");
        Assert.Equal(201, status);
        _rollout = json.GetProperty("id").GetInt64();
    }

    private async Task ConfirmAsync(int heap = 100_000)
    {
        Assert.Equal(200, (await AdminAsync(HttpMethod.Post, $"/api/ota/rollouts/{_rollout}/start")).Status);
        Assert.Null((await Fleet.AskAsync(_box)).Reason);
        await Fleet.MoveAsync(_box, AttemptState.Confirmed);
        await Fleet.ReportAsync(_box, New);
        await Fleet.HeartbeatAsync(_box, New, heap: heap);
    }

    private async Task CountNothingAsync(int sendFailures = 0)
    {
        for (int five = 0; five < 24; five++)
        {
            await Fleet.PassAsync(TimeSpan.FromMinutes(5));
            await Fleet.ReadAsync(_box, New, wifi: 0, ble: 5, sendFailures: sendFailures);
        }

        await Fleet.PassAsync(TimeSpan.FromMinutes(6));
    }

    private async Task PutAsync(string what, string body)
    {
        (int status, JsonElement json) = await AdminAsync(HttpMethod.Put, $"/api/places/{_place}/{what}", body);
        Assert.True(status is 200 or 204, $"{status} {json}");
    }

    private async Task<JsonElement> RowAsync() =>
        (await GetAsync($"/api/ota/rollouts/{_rollout}/devices")).EnumerateArray()
            .Single(row => row.GetProperty("device_id").GetString() == _box);

    private async Task<bool> IsProvedAsync() => (await RowAsync()).GetProperty("proved_at").ValueKind != JsonValueKind.Null;

    /// <summary>The state with its reason, and what is said of the Wi-Fi counts.</summary>
    private async Task<(string State, string? Verdict)> ResultAsync()
    {
        JsonElement row = await RowAsync();
        string? verdict = row.GetProperty("health") is { ValueKind: JsonValueKind.Object } health
            ? health.GetProperty("measures").EnumerateArray().Single(static m => m.GetProperty("name").GetString() == "wifi_counts")
                .GetProperty("verdict").GetString()
            : null;
        return ($"{row.GetProperty("state").GetString()} {row.GetProperty("why").GetString()}", verdict);
    }
}
