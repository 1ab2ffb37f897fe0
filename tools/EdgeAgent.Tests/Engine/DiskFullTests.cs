using System.Globalization;

using JamBox.Edge.Engine;

using Xunit.Abstractions;

namespace JamBox.Edge.Tests.Engine;

/// <summary>
/// The disk is full at calls that need room, for one call or for long: the running release stays whole, and nothing is lost.
/// </summary>
public sealed class DiskFullTests(ITestOutputHelper output)
{
    private const int Every = 10;

    private static readonly TestPackage s_first = TestPackage.Make("1.0.0");
    private static readonly TestPackage s_second = TestPackage.Make("1.1.0");

    [Theory]
    [InlineData(false)]
    [InlineData(true)]
    public async Task The_disk_is_full_at_any_call(bool forLong)
    {
        int calls;
        using Gateway before = await PrepareAsync();
        using (Gateway undisturbed = before.Clone())
        {
            KillingFiles counting = new(undisturbed.Graveyard);
            await undisturbed.RunAsync(s_second.Notice(10), counting);
            calls = counting.Calls;
        }

        int full = 0;
        int applied = 0;
        int trouble = 0;
        int failed = 0;
        foreach (int at in KillPoints.Of(calls, Every, forLong ? 1 : 0))
        {
            using Gateway gateway = before.Clone();
            KillingFiles files = new(gateway.Graveyard) { FullFrom = at, FullUntil = forLong ? int.MaxValue : at };
            RunResult result = await gateway.RunAsync(s_second.Notice(10), files);
            string when = string.Create(CultureInfo.InvariantCulture, $"full at call {at} of {calls} ({files.Last})");
            gateway.AssertWhole(when, s_first, s_second);
            full += files.Last.Length > 0 ? 1 : 0;
            if (result.End == RunEnd.Trouble)
            {
                Assert.Contains("No space left", result.Message);
                trouble++;
            }
            else
            {
                Assert.Equal(RunEnd.Idle, result.End);
            }

            // There is room again: what could not go on goes on; what had failed is published again.
            await gateway.RunAsync(s_second.Notice(10));
            if (gateway.State.Current?.Id == s_second.Id)
            {
                applied++;
            }
            else
            {
                failed++;
                Assert.True(gateway.Reports.Count(DeploymentStatus.Failed, s_second.Notice(10)) == 1, when);
                Assert.Contains("No space left", gateway.Reports.All[^1].Error);
                await gateway.RunAsync(s_second.Notice(20));
            }

            gateway.AssertApplied(when, s_second, s_first);
            Assert.Equal(
                1,
                gateway.Reports.Count(DeploymentStatus.Completed, s_second.Notice(10))
                + gateway.Reports.Count(DeploymentStatus.Completed, s_second.Notice(20)));
        }

        Assert.InRange(full, KillPoints.AreAll ? 20 : 20 / Every, calls);
        output.WriteLine(
            $"{(forLong ? "full for long" : "full for one call")}: {calls} calls, full at {full}; went on when there was room: {trouble}; "
            + $"applied for the same notice: {applied}, for one published again: {failed}");
    }

    [Fact]
    public async Task A_package_that_does_not_fit_is_not_begun()
    {
        using Gateway gateway = await PrepareAsync();
        gateway.Options = gateway.Options with { ReserveBytes = 1L << 50 };
        await gateway.RunAsync(s_second.Notice(10));
        gateway.AssertApplied("too full", s_first);
        Assert.Contains("The disk is too full", gateway.Reports.All[^1].Error);
        Assert.Equal(DeploymentStatus.Failed, gateway.Reports.All[^1].Status);
        Assert.Equal(0, gateway.Server.Openings.Count - 1);
    }

    private static async Task<Gateway> PrepareAsync()
    {
        Gateway gateway = new();
        gateway.Server.Add(s_first, s_second);
        await gateway.RunAsync(s_first.Notice(1));
        return gateway;
    }
}
