using JamBox.Backend.Readings;
using JamBox.Backend.Security;
using JamBox.Backend.Storage;
using JamBox.Backend.Tests.Hosting;
using JamBox.Backend.Tests.Wire;

using Microsoft.Extensions.DependencyInjection;

namespace JamBox.Backend.Tests.Faults;

/// <summary>One device, whatever it sends, costs the others nothing.</summary>
public abstract class OneDeviceTests(BackendHost shared) : HostedTest(shared, "--RateLimits:ReadingsPerMinute=120")
{
    /// <summary>More than a minute's readings at once: eight of them come up within the longest wait, 4 s.</summary>
    private const int Allowance = 120;

    private const int Waiting = 8;

    [Fact]
    public async Task ADeviceThatSendsTooFastWaitsAndNobodyElse()
    {
        for (int number = 1; number <= Allowance; number++)
        {
            Assert.Equal(201, (await ReadingAsync(number)).Status);
        }

        // The clock stands: whoever waits, waits. One more than may wait is told to come again, whichever it is.
        List<Task<RawAnswer>> early = [.. Enumerable.Range(Allowance + 1, Waiting + 1).Select(number => ReadingAsync(number))];
        Task<RawAnswer> first = await Task.WhenAny(early);
        DeviceResponseTests.Refused(429, await first);
        Assert.Contains("Retry-After: 4", (await first).Head, StringComparison.Ordinal);
        early.Remove(first);

        TestDevice other = await Host.RegisterAsync();
        Assert.Equal(201, (await ReadingAsync(1, device: other)).Status);
        Assert.All(early, static waiting => Assert.False(waiting.IsCompleted));
        Assert.Equal(Allowance, (await Device.StoredAsync()).Length);

        Host.Clock.Advance(ReadingPace.MaxWait);
        Assert.All(await Task.WhenAll(early), static answer => Assert.Equal(201, answer.Status));
        Assert.Equal(Allowance + Waiting, (await Device.StoredAsync()).Length);
    }

    [Fact]
    public void WhoHasWaitedIsStillPacedAndHalfASecondLaterItIsTheNextOnesTurn()
    {
        ReadingPace pace = Host.Services.GetRequiredService<ReadingPace>();
        const long Key = 1_000_000;
        Assert.All(Enumerable.Range(0, Allowance), _ => Assert.Equal(TimeSpan.Zero, pace.Take(Key)));
        Assert.Equal(
            Enumerable.Range(1, Waiting).Select(static n => (TimeSpan?)TimeSpan.FromSeconds(n * 0.5)),
            Enumerable.Range(0, Waiting).Select(_ => pace.Take(Key)));
        Assert.Null(pace.Take(Key));
        Host.Clock.Advance(TimeSpan.FromSeconds(0.5));
        Assert.Equal(ReadingPace.MaxWait, pace.Take(Key));
        Assert.Null(pace.Take(Key));

        // A minute of silence, and the whole allowance is there again. A clock that is set back makes nobody wait longer.
        Host.Clock.Advance(ReadingPace.MaxWait + TimeSpan.FromMinutes(1));
        Assert.All(Enumerable.Range(0, Allowance), _ => Assert.Equal(TimeSpan.Zero, pace.Take(Key)));
        Host.Clock.Set(ManualClock.Start.AddYears(-20));
        Assert.Equal(TimeSpan.FromSeconds(0.5), pace.Take(Key));
    }

    /// <summary>The largest that each number of a reading may be, all at once: a handful of rows.</summary>
    [Fact]
    public async Task NoReadingWritesMoreThanAHandfulOfRows()
    {
        long before = Rows();
        Assert.Equal(201, (await ReadingAsync(1, $",\"iv\":{ReadingFields.MaxIntervalSeconds},\"ls\":{ReadingFields.MaxIntervalSeconds}"
            + $",\"age\":{ReadingFields.MaxAgeSeconds},\"cd\":1000000,\"dwell_0_1\":1000000,\"dr\":1000000"
            + ",\"cv\":2147483647,\"of\":1000000")).Status);
        Assert.InRange(Rows() - before, 2, 6);
        DeviceResponseTests.Refused(400, await ReadingAsync(2, $",\"iv\":{ReadingFields.MaxIntervalSeconds + 1}"));
        DeviceResponseTests.Refused(400, await ReadingAsync(2, ",\"iv\":31622400"));
        Assert.InRange(Rows() - before, 2, 6);
    }

    /// <summary>Readings are taken before routing; written otherwise, the path leads to the same.</summary>
    [Theory]
    [InlineData("/api/reading")]
    [InlineData("/API/Reading")]
    [InlineData("/api/reading/")]
    public async Task APathLeadsToReadingsHoweverItIsWritten(string path)
    {
        string body = $$"""{"d":"{{Device.Id}}","t":1769680000,"ts":1,"i":10,"u":5,"b":1,"n":1}""";
        RawAnswer first = await Device.PostAsync(path, body);
        Assert.Equal(201, first.Status);
        RawAnswer again = await Device.PostAsync("/api/reading", body);
        Assert.Contains("duplicate_ignored", again.Body, StringComparison.Ordinal);
    }

    private long Rows() => Host.Services.GetRequiredService<Store>().Read(0, static (session, _) =>
    {
        using SqlStatement row = session.Query(
            "SELECT (SELECT count(*) FROM readings) + (SELECT count(*) FROM quarters) + (SELECT count(*) FROM events)");
        row.Read();
        return row.Int64(0);
    });
}
