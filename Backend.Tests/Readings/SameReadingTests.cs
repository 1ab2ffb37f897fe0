using JamBox.Backend.Tests.Hosting;

namespace JamBox.Backend.Tests.Readings;

/// <summary>WIRE.md "Same reading".</summary>
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
        Assert.All(await _device.StoredAsync(), static row => Assert.Equal("2026-01-29T09:55:00Z", row.GetProperty("period_start_ts").GetString()));
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
