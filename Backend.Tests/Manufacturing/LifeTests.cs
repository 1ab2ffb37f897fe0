using JamBox.Backend.Manufacturing;

namespace JamBox.Backend.Tests.Manufacturing;

/// <summary>Which steps people may take.</summary>
public sealed class LifeTests
{
    /// <summary>From each status to which others; all that is not here is refused.</summary>
    [Theory]
    [InlineData("manufactured", "flashed scrapped")]
    [InlineData("flashed", "flashed provisioned scrapped")]
    [InlineData("provisioned", "flashed sold scrapped")]
    [InlineData("sold", "returned scrapped")]
    [InlineData("claimed", "returned scrapped")]
    [InlineData("active", "returned scrapped")]
    [InlineData("returned", "flashed scrapped")]
    [InlineData("scrapped", "")]
    public void OnlyTheseStepsAreAllowed(string from, string allowed)
    {
        string[] may = allowed.Split(' ', StringSplitOptions.RemoveEmptyEntries);
        foreach (string to in Life.All)
        {
            string? refused = Life.FindFault(from, to)?.Error;
            Assert.True(may.Contains(to) == (refused is null), $"{from} to {to}: {refused}");
            if (refused is not null)
            {
                Assert.StartsWith($"status: {from} cannot become {to}; ", refused, StringComparison.Ordinal);
                Assert.Contains(may.Length == 0 ? "that is its end" : string.Join(" or ", may), refused, StringComparison.Ordinal);
            }
        }
    }

    [Fact]
    public void EveryStatusCanBeReachedAndOnlyWhatIsSoldIsAnAdmins()
    {
        Assert.Equal(8, Life.All.Length);
        Assert.Equal(["sold", "claimed", "active"], Life.All.Where(Life.IsSold));
    }
}
