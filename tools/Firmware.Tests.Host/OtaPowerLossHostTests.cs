using JamBox.Tests.Ota;
using Xunit;

namespace JamBox.Tests.Host;

/// <summary>Loss of power at every write of an update, however torn, and twice: too much for a board's interpreter.</summary>
public sealed class OtaPowerLossHostTests
{
    // Five chunks in two sectors, and an image in two.
    private const int Size = 1800;

    [Theory]
    [InlineData(false, false)]
    [InlineData(true, false)]
    [InlineData(false, true)]
    public void EveryWriteHoweverTorn(bool isRepeat, bool isHeapFull)
    {
        int points = 0;
        foreach (int afterBytes in new[] { 0, 1, 4, 20, 33, 300, 511, 1000, 100000 })
        {
            int operation = 1;
            while (OtaPowerLossTests.Fail(operation, afterBytes, 0, isRepeat, Size, isHeapFull) == 1)
            {
                operation++;
                points++;
            }
        }

        Assert.True(points >= 9 * 28, $"only {points} points");
    }

    /// <summary>Around another key, a floor, and a release that only the new key signed; and each pair of writes.</summary>
    [Fact]
    public void EveryWriteOfKeysAndFloor()
    {
        int points = 0;
        int pairs = 0;
        for (int afterBytes = 0; afterBytes <= 1; afterBytes++)
        {
            for (int first = 1; FleetTests.Fail(first, afterBytes, 0) == 1; first++)
            {
                points++;
                for (int second = 1; second <= 12 && FleetTests.Fail(first, afterBytes, second) == 2; second++)
                {
                    pairs++;
                }
            }
        }

        Assert.True(points >= 2 * 20 && pairs > 200, $"only {points} points and {pairs} pairs");
    }

    [Fact]
    public void SenselessRecords()
    {
        for (int seed = 4; seed < 1500; seed++)
        {
            StoredUpdateTests.Fuzz(seed);
        }
    }

    [Fact]
    public void EveryWriteOfAPatchHoweverTorn()
    {
        int points = 0;
        for (int afterBytes = 0; afterBytes < 520; afterBytes += afterBytes < 40 ? 1 : 37)
        {
            for (int operation = 1; PatchStoreTests.Fail(operation, afterBytes); operation++)
            {
                points++;
            }
        }

        Assert.True(points >= 14 * 50, $"only {points} points");
    }

    [Theory]
    [InlineData(0, false, false)]
    [InlineData(33, false, false)]
    [InlineData(0, true, false)]
    [InlineData(100000, true, false)]
    [InlineData(0, false, true)]
    public void EveryPairOfWrites(int afterBytes, bool isRepeat, bool isHeapFull)
    {
        int points = 0;
        for (int first = 1; OtaPowerLossTests.Fail(first, afterBytes, 0, isRepeat, Size, isHeapFull) == 1; first++)
        {
            for (int second = 1; OtaPowerLossTests.Fail(first, afterBytes, second, isRepeat, Size, isHeapFull) == 2; second++)
            {
                points++;
            }
        }

        Assert.True(points > 250, $"only {points} pairs");
    }
}
