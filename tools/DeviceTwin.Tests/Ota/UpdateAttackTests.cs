using JamBox.Twin.Ota;
using JamBox.Twin.Run;
using JamBox.Twin.Soak;
using JamBox.Twin.Tests.Run;

namespace JamBox.Twin.Tests.Ota;

/// <summary>Somebody on the line who wears updates out: a part of what <c>--ota-attack</c> does.</summary>
[Collection(nameof(TwinRunTests))]
public sealed class UpdateAttackTests
{
    /// <summary>One day, in which he offers as many bytes as there can be: within the limits, and afterwards the true release is taken.</summary>
    [Fact]
    public async Task ADayOfItStaysWithinTheLimits()
    {
        var output = new StringWriter();
        var attack = new UpdateAttack(new UpdateAttackOptions { Days = 1, Seed = 3 }, output);
        (UpdateAttackResult withKey, UpdateAttackResult without) = await attack.RunAsync(CancellationToken.None);
        Assert.True(withKey.Problems.Count == 0 && without.Problems.Count == 0, output.ToString());
        Assert.Equal(0, withKey.FetchedBytes);
        Assert.True(without.FetchedBytes > 0, output.ToString());
    }

    [Theory]
    [InlineData("0")]
    [InlineData("366")]
    [InlineData("x")]
    public async Task BadInputIsRefused(string days) => Assert.Equal(2, await CommandLineInterface.InvokeAsync(["--ota-attack", days]));

    /// <summary>Nothing is extrapolated: an hour full of faults may take what its faults cost, not what a day of such hours would.</summary>
    [Fact]
    public void MemoryIsJudgedByTimeAndFaults()
    {
        const double HourMs = 3_600_000;
        long day = MemoryWatch.MostAllocatedIn(24 * HourMs, 0);
        Assert.Equal(MemoryWatch.MostAllocatedADay + MemoryWatch.MostAllocatedAnUpdate, day);
        long hour = MemoryWatch.MostAllocatedIn(HourMs, 100);
        Assert.Equal(
            (MemoryWatch.MostAllocatedADay / 24) + (100 * MemoryWatch.MostAllocatedAFault) + MemoryWatch.MostAllocatedAnUpdate, hour);
        Assert.True(hour < day);
    }
}
