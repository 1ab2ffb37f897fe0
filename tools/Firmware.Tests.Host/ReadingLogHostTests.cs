using JamBox.Tests.Readings;
using Xunit;

namespace JamBox.Tests.Host;

/// <summary>What is shown of the reading log on the PC only, because it would take a board minutes.</summary>
public sealed class ReadingLogHostTests
{
    [Fact]
    public void SurvivesPowerLossAtEveryOperationHoweverTorn()
    {
        int[] torn = [0, 4, 8, 20, 60, 92, 96, 124, 100000];
        Assert.True(LogPowerLoss.Enumerate(60, torn) > 1000);
    }

    [Theory]
    [InlineData(0)]
    [InlineData(4)]
    [InlineData(64)]
    [InlineData(100000)]
    public void SurvivesPowerLossAgainSoonAfterwards(int torn)
    {
        Assert.True(LogPowerLoss.EnumeratePairs(30, torn, 12) > 500);
    }
}
