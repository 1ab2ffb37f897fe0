using System;
using System.Linq;
using JamBox.Counting;
using Xunit;

namespace JamBox.Tests.Host;

/// <summary>The estimate of what did not fit, against the truth, over its whole range.</summary>
public sealed class OverflowEstimateHostTests
{
    private const int Trials = 200;

    [Theory]
    [InlineData(1)]
    [InlineData(40)]
    [InlineData(500)]
    [InlineData(3000)]
    [InlineData(10000)]
    [InlineData(30000)]
    public void IsRightOnAverageAndNeverFarOff(int devices)
    {
        var random = new Random(devices);
        var estimate = new OverflowEstimate();
        var estimates = new double[Trials];
        for (int trial = 0; trial < Trials; trial++)
        {
            for (int i = 0; i < devices; i++)
            {
                uint hash = (uint)random.NextInt64(1L << 32);
                estimate.Add(hash);
                estimate.Add(hash);
            }

            estimates[trial] = estimate.Take();
            Assert.Equal(0, estimate.Take());
        }

        // The variance of linear counting at load t = n / m is m(e^t − t − 1).
        double load = (double)devices / OverflowEstimate.Bits;
        double deviation = Math.Sqrt(OverflowEstimate.Bits * (Math.Exp(load) - load - 1)) + 0.5;
        double mean = estimates.Average();
        Assert.True(Math.Abs(mean - devices) < (4 * deviation / Math.Sqrt(Trials)) + 0.5, $"seed {devices}: mean {mean} of {devices}");
        Assert.All(estimates, e => Assert.True(Math.Abs(e - devices) < 5 * deviation, $"seed {devices}: {e} of {devices}"));
    }

    [Fact]
    public void HasABound()
    {
        var random = new Random(1);
        var estimate = new OverflowEstimate();
        for (int i = 0; i < 300_000; i++)
        {
            estimate.Add((uint)random.NextInt64(1L << 32));
        }

        Assert.Equal(78_546, estimate.Take(), 1.0);
    }
}
