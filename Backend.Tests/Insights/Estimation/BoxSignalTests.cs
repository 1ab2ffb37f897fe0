using JamBox.Backend.Insights.Estimation;

namespace JamBox.Backend.Tests.Insights.Estimation;

/// <summary>From readings to devices a minute: exact against a slow way, whatever the intervals are.</summary>
public sealed class BoxSignalTests
{
    private const long Start = SimulatedPlace.FirstMs;

    [Fact]
    public void ADeviceHeardEachMinuteIsOneDeviceAMinute()
    {
        BoxSignal signal = BoxSignal.Of("a", [new BoxPeriod(Start, 300, 300, 9, 5, 1, 1, 3)], Start, Start + 300_000);

        Assert.Equal(1, signal.Rate(SignalGate.Far, Start, Start + 300_000)!.Value, 6);
        Assert.Equal(0.7, signal.Rate(SignalGate.HalfFar, Start, Start + 300_000)!.Value, 6);
        Assert.Equal(0.4, signal.Rate(SignalGate.Near, Start, Start + 300_000)!.Value, 6);
    }

    /// <summary>Half of the time listened, half of the devices heard: the same rate.</summary>
    [Fact]
    public void WhatWasNotListenedToIsNotQuiet()
    {
        BoxSignal signal = BoxSignal.Of("a", [new BoxPeriod(Start, 300, 150, 20, 10, 0, 0, 10)], Start, Start + 300_000);

        Assert.Equal(4, signal.Rate(SignalGate.Far, Start, Start + 300_000)!.Value, 6);
        Assert.Equal(0.5, signal.Coverage(Start, Start + 300_000)!.Value, 6);
    }

    [Fact]
    public void SilenceIsNoFigure()
    {
        BoxSignal signal = BoxSignal.Of("a", [new BoxPeriod(Start, 300, 0, 0, 0, 0, 0, 0)], Start, Start + 600_000);

        Assert.Null(signal.Rate(SignalGate.Far, Start, Start + 600_000));
        Assert.Equal(0, signal.Coverage(Start, Start + 600_000));
    }

    /// <summary>A box that came at half past is not missed before.</summary>
    [Fact]
    public void ABoxIsWantedOnlyWhereItStood()
    {
        BoxSignal signal = BoxSignal.Of("a", [new BoxPeriod(Start + 150_000, 150, 150, 0, 0, 0, 0, 0)], Start + 150_000, Start + 300_000);

        Assert.Equal(1, signal.Coverage(Start, Start + 300_000)!.Value, 6);
        Assert.Null(signal.Coverage(Start - 300_000, Start));
    }

    [Theory]
    [InlineData(0, 0, 1)]
    [InlineData(10, 0, 2)] // As many in no zone as in one.
    [InlineData(0, 20, 2)] // Of 2 probes a device-minute half are lost: a quarter of them lost both, 1 / (1 − 1/4) … and then some.
    [InlineData(1_000_000, 1_000_000, BoxPeriod.MostCorrection)]
    public void FullTablesAndLostRecordsAreMadeUpFor(int overflow, int lost, double most)
    {
        double correction = new BoxPeriod(Start, 300, 300, 20, 10, 0, 0, 10, overflow, lost).Correction;

        Assert.InRange(correction, 1, most);
        Assert.Equal(overflow > 0 || lost > 0, correction > 1);
    }

    [Fact]
    public void LossOfAShareOfTheProbesMissesThePowerOfThatShare()
    {
        // 3 probes a device-minute, a quarter of all lost: one of 64 has lost all three.
        BoxPeriod period = new(Start, 300, 300, 300, 100, 0, 0, 100, Lost: 100);

        Assert.Equal(1 / (1 - (1 / 64.0)), period.Correction, 9);
    }

    /// <summary>Intervals of 1 to 60 minutes that touch slots anyhow, against a sum over seconds.</summary>
    [Fact]
    public void WindowsAreExactAgainstASlowSum()
    {
        const int Seed = 20260302;
        Random random = new(Seed);
        for (int round = 0; round < 50; round++)
        {
            List<BoxPeriod> periods = [];
            const int Seconds = 7200;
            double[] listened = new double[Seconds];
            double[] devices = new double[Seconds];
            for (int at = random.Next(300); at < Seconds; at += 60)
            {
                int length = 60 * random.Next(1, 61);
                int far = random.Next(200);
                int heard = random.Next(length + 1);
                periods.Add(new BoxPeriod(Start + (at * 1000L), length, heard, far * 2, far, 0, 0, far));
                for (int second = at; second < Math.Min(Seconds, at + length) && heard > 0; second++)
                {
                    listened[second] += (double)heard / length;
                    devices[second] += (double)far / length;
                }

                at += length;
            }

            BoxSignal signal = BoxSignal.Of("a", periods.OrderBy(_ => random.Next()), Start, Start + (Seconds * 1000L));
            int from = 300 * random.Next(20);
            int to = from + (300 * random.Next(1, 5));
            double expected = listened[from..to].Sum();
            double? rate = signal.Rate(SignalGate.Far, Start + (from * 1000L), Start + (to * 1000L));

            Assert.True(expected < 1 == rate is null, $"round {round} of seed {Seed}");
            Assert.Equal(rate is null ? 0 : devices[from..to].Sum() * 60 / expected, rate ?? 0, 6);
        }
    }
}
