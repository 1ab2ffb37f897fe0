using System.Text.Json;

using JamBox.Backend.Storage;
using JamBox.Backend.Tests.Hosting;

using Microsoft.Extensions.DependencyInjection;

namespace JamBox.Backend.Tests.Readings;

/// <summary>What makes two requests the same reading: docs/wire.md.</summary>
public abstract class SameReadingTests(BackendHost shared) : IAsyncLifetime
{
    private readonly BackendHost _host = shared.Another();
    private TestDevice _device = null!;

    public async Task InitializeAsync()
    {
        await _host.InitializeAsync();
        _device = await _host.RegisterAsync();
    }

    public Task DisposeAsync() => _host.DisposeAsync();

    [Fact]
    public async Task SameBootAndNumberIsStoredOnceWhateverElseDiffers()
    {
        await StoresAsync("""
            "t":"2026-01-29T09:59:59Z","ts":1,"b":7,"n":1,"age":0
            """);
        _host.Clock.Advance(TimeSpan.FromMinutes(7));
        await RepeatsAsync("""
            "t":"2026-01-29T09:59:59Z","ts":1,"b":7,"n":1,"age":420,"cd":2,"sf":3
            """);
        await RepeatsAsync("""
            "t":1769680000,"ts":0,"b":7,"n":1
            """);
        Assert.Single(await _device.StoredAsync());
    }

    [Fact]
    public async Task TwoReadingsInOnePeriodAreBothKept()
    {
        await StoresAsync("""
            "t":"2026-01-29T09:59:10Z","ts":1,"b":7,"n":1
            """);
        await StoresAsync("""
            "t":"2026-01-29T09:59:10Z","ts":1,"b":7,"n":2
            """);
        await StoresAsync("""
            "t":"2026-01-29T09:59:10Z","ts":1,"b":8,"n":1
            """);
        Assert.All(
            await _device.StoredAsync(),
            static row => Assert.Equal("2026-01-29T09:55:00Z", row.GetProperty("period_start_ts").GetString()));
        Assert.Equal(3, (await _device.StoredAsync()).Length);
    }

    [Fact]
    public async Task WithoutBootTheClosingTimeCounts()
    {
        await StoresAsync("""
            "t":"2026-01-29T09:56:00Z","ts":1
            """);
        // Across a slot boundary, which stored repeats twice in the predecessor (fault 6), and as a number instead of text.
        _host.Clock.Advance(TimeSpan.FromMinutes(5));
        await RepeatsAsync("""
            "t":"2026-01-29T09:56:00Z","ts":1,"age":300
            """);
        await RepeatsAsync($"\"t\":{new DateTimeOffset(2026, 1, 29, 9, 56, 0, TimeSpan.Zero).ToUnixTimeSeconds()},\"ts\":1");
        // In the same slot, which lost the second one (fault 4).
        await StoresAsync("""
            "t":"2026-01-29T09:57:00Z","ts":1
            """);
        Assert.Equal(2, (await _device.StoredAsync()).Length);
    }

    [Theory]
    [InlineData("\"ts\":0,")]
    [InlineData("")]
    public async Task WithoutBootAndClockTheAgeSlotCounts(string clock)
    {
        await StoresAsync(clock + """
            "t":"2026-01-28T08:05:00Z","age":0
            """);
        _host.Clock.Advance(TimeSpan.FromMinutes(6));
        await RepeatsAsync(clock + """
            "t":"2026-01-28T08:05:00Z","age":360
            """);
        await StoresAsync(clock + """
            "t":"2026-01-28T08:10:00Z","age":0
            """);
        Assert.Equal(2, (await _device.StoredAsync()).Length);
    }

    [Fact]
    public async Task AnotherDeviceMayUseTheSameNumbers()
    {
        TestDevice other = await _host.RegisterAsync();
        await StoresAsync("""
            "t":"2026-01-29T09:59:59Z","ts":1,"b":7,"n":1
            """);
        RawAnswer answer = await other.ReadingAsync("""
            "t":"2026-01-29T09:59:59Z","ts":1,"b":7,"n":1
            """);
        Assert.DoesNotContain("duplicate", answer.Body, StringComparison.Ordinal);
        Assert.Single(await other.StoredAsync());
    }

    [Fact]
    public async Task ManyRepeatsAtOnceAreStoredOnce()
    {
        RawAnswer[] answers = await Task.WhenAll(Enumerable.Range(0, 40).Select(i => _device.ReadingAsync(
            $"\"t\":\"2026-01-29T09:59:59Z\",\"ts\":1,\"b\":7,\"n\":{i % 4}")));
        Assert.All(answers, static answer => Assert.Equal(201, answer.Status));
        Assert.Equal(36, answers.Count(static answer => answer.Body.Contains("duplicate_ignored", StringComparison.Ordinal)));
        Assert.Equal(4, (await _device.StoredAsync()).Length);
    }

    [Fact]
    public async Task OneBatchWithRepeatsInsideAndOutsideIsAnsweredAndSummedByReading()
    {
        TestDevice[] devices = [_device, await _host.RegisterAsync(), await _host.RegisterAsync()];
        foreach (TestDevice device in devices)
        {
            await OfBootAsync(device, 0);
            await OfBootAsync(device, 1);
        }

        // Of each device 6 numbers, each three times; 0 and 1 are in the table already.
        List<Func<Task<RawAnswer>>> requests = [.. from repeat in Enumerable.Range(0, 3)
                                                   from number in Enumerable.Range(0, 6).Reverse()
                                                   from device in devices
                                                   select (Func<Task<RawAnswer>>)(() => OfBootAsync(device, number))];
        RawAnswer[] answers = await InOneBatchAsync(requests, inOrder: false);

        Assert.All(answers, static answer => Assert.Equal(201, answer.Status));
        foreach ((TestDevice device, int d) in devices.Select(static (device, d) => (device, d)))
        {
            for (int number = 0; number < 6; number++)
            {
                int repeats = answers.Where((_, i) => i % 3 == d && 5 - (i / 3 % 6) == number).Count(IsRepeat);
                Assert.Equal(number < 2 ? 3 : 2, repeats);
            }

            Assert.Equal([0, 1, 2, 3, 4, 5], (await device.StoredAsync()).Select(static row => row.GetProperty("n").GetInt32()).Order());
            Assert.Equal(
                (6, 60, 30), Sums(device, "SELECT sum(readings), sum(impressions), sum(unique_count) FROM quarters WHERE device_id = $1"));
            Assert.Equal(
                (6, 60, 30), Sums(device, "SELECT readings_total, impressions_total, unique_total FROM devices WHERE device_id = $1"));
        }
    }

    [Fact]
    public async Task OfOneBatchTheFirstOfRepeatsIsStoredAndTheLastWordOfADeviceStays()
    {
        TestDevice other = await _host.RegisterAsync();
        await OfBootAsync(_device, 0, ",\"cell_rssi\":-80,\"battery_pct\":30");
        await OfBootAsync(other, 0, ",\"cell_rssi\":-90,\"battery_pct\":31");
        RawAnswer[] answers = await InOneBatchAsync(
            [
                () => OfBootAsync(other, 2, ",\"battery_pct\":41"),
                () => OfBootAsync(_device, 2, ",\"battery_pct\":40,\"v\":\"6.0.0\""),
                () => OfBootAsync(_device, 2, ",\"battery_pct\":50"),
                () => OfBootAsync(_device, 1),
            ],
            inOrder: true);

        Assert.Equal([false, false, true, false], answers.Select(IsRepeat));
        Assert.Equal(
            40,
            (await _device.StoredAsync()).Single(static row => row.GetProperty("n").GetInt32() == 2).GetProperty("battery_pct").GetInt32());
        Assert.Equal((-80, 50, "6.0.0"), await LastWordAsync(_device));
        Assert.Equal((-90, 41, null), await LastWordAsync(other));
    }

    private static bool IsRepeat(RawAnswer answer) => answer.Body.Contains("duplicate_ignored", StringComparison.Ordinal);

    private static Task<RawAnswer> OfBootAsync(TestDevice device, int number, string fields = "") =>
        device.ReadingAsync($"\"t\":\"2026-01-29T09:59:59Z\",\"ts\":1,\"b\":7,\"n\":{number}{fields}");

    /// <summary>Holds the writer until all of them wait for it.</summary>
    private async Task<RawAnswer[]> InOneBatchAsync(IReadOnlyList<Func<Task<RawAnswer>>> requests, bool inOrder)
    {
        Store store = _host.Services.GetRequiredService<Store>();
        using ManualResetEventSlim held = new(), released = new();
        Task<bool> holding = store.WriteAsync((held, released), static (_, gate) =>
        {
            gate.held.Set();
            return gate.released.Wait(TimeSpan.FromSeconds(120));
        });
        Assert.True(held.Wait(TimeSpan.FromSeconds(120)));
        List<Task<RawAnswer>> answers = [];
        foreach (Func<Task<RawAnswer>> request in requests)
        {
            answers.Add(request());
            while (store.QueueDepth < (inOrder || answers.Count == requests.Count ? answers.Count : 0))
            {
                Assert.False(holding.IsCompleted);
                await Task.Delay(1);
            }
        }

        released.Set();
        Assert.True(await holding);
        return await Task.WhenAll(answers);
    }

    private (int Readings, int Impressions, int Unique) Sums(TestDevice device, string sql) =>
        _host.Services.GetRequiredService<Store>().Read((sql, device.Id), static (session, wanted) =>
        {
            using SqlStatement row = session.Query(wanted.sql, wanted.Id);
            Assert.True(row.Read());
            return (row.Int32(0), row.Int32(1), row.Int32(2));
        });

    private async Task<(int Signal, int Battery, string? Firmware)> LastWordAsync(TestDevice device)
    {
        using HttpResponseMessage answer = await _host.AdminAsync(HttpMethod.Get, $"/api/device/{device.Id}");
        JsonElement row = JsonElement.Parse(await answer.Content.ReadAsStringAsync()).GetProperty("device");
        return (
            row.GetProperty("last_signal_dbm").GetInt32(), row.GetProperty("last_battery_pct").GetInt32(),
            row.GetProperty("firmware_version").GetString());
    }

    private async Task StoresAsync(string fields)
    {
        RawAnswer answer = await _device.ReadingAsync(fields);
        Assert.Equal(201, answer.Status);
        Assert.DoesNotContain("note", answer.Body, StringComparison.Ordinal);
    }

    private async Task RepeatsAsync(string fields)
    {
        RawAnswer answer = await _device.ReadingAsync(fields);
        Assert.Equal(201, answer.Status);
        Assert.EndsWith(",\"note\":\"duplicate_ignored\"}", answer.Body, StringComparison.Ordinal);
    }
}
