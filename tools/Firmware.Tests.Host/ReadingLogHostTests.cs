using System.Linq;
using JamBox.Tests.Readings;
using Xunit;

namespace JamBox.Tests.Host;

/// <summary>What is shown of the reading log on the PC only, because it would take a board minutes.</summary>
public sealed class ReadingLogHostTests
{
    [Fact]
    public void SurvivesPowerLossAtEveryOperationHoweverTorn()
    {
        int[] torn = Enumerable.Range(0, 33).Select(i => i * 4).Append(100000).ToArray();
        Assert.True(ReadingLogTests.EnumeratePowerLoss(60, torn) > 3000);
    }
}
