using JamBox.Backend.Devices;
using JamBox.Backend.Manufacturing;
using JamBox.Backend.Operation;
using JamBox.Backend.Tests.Hosting;

namespace JamBox.Backend.Tests.Manufacturing;

/// <summary>The PINs of a batch: a slow hash each, made once, on all processors, and not for somebody who has gone.</summary>
public sealed class LabelPinTests
{
    private static readonly TimeSpan s_deadline = TimeSpan.FromSeconds(120);

    [Fact]
    public async Task EachPinHasAHashOfItsOwn()
    {
        IReadOnlyList<(string Pin, string Hash)> pins = await LabelPins.DrawAsync(20, new SeededSecrets(16), CancellationToken.None);
        Assert.Equal(20, pins.Count);
        Assert.Equal(20, pins.Select(static one => one.Hash).Distinct().Count());
        Assert.All(pins, static one => Assert.True(Pin.Matches(one.Pin, one.Hash)));
        Assert.Equal(pins, await LabelPins.DrawAsync(20, new SeededSecrets(16), CancellationToken.None));
    }

    [Fact]
    public async Task EachIsWorkedOnOnceAndAllProcessorsWork()
    {
        int[] worked = new int[200];
        using var all = new Barrier(Environment.ProcessorCount);
        string[] made = await LowPriority.RunEachAsync(
            worked.Length,
            i =>
            {
                Interlocked.Increment(ref worked[i]);

                // The first that each thread has waits for those of all others: one thread alone would never come on.
                return i >= Environment.ProcessorCount || all.SignalAndWait(s_deadline) ? $"{i}" : throw new TimeoutException();
            },
            CancellationToken.None);
        Assert.All(worked, static count => Assert.Equal(1, count));
        Assert.Equal(Enumerable.Range(0, 200).Select(static i => $"{i}"), made);
    }

    [Fact]
    public async Task NothingMoreIsWorkedOnForSomebodyWhoHasGone()
    {
        using var gone = new CancellationTokenSource();
        int worked = 0;
        await Assert.ThrowsAnyAsync<OperationCanceledException>(() => LowPriority.RunEachAsync(
            1000,
            _ =>
            {
                gone.Cancel();
                return Interlocked.Increment(ref worked);
            },
            gone.Token));
        Assert.InRange(worked, 1, Environment.ProcessorCount);
    }

    [Fact]
    public async Task WhatFailsIsSaidAndNoneIsNone()
    {
        await Assert.ThrowsAsync<InvalidDataException>(() => LowPriority.RunEachAsync<int>(
            5, static _ => throw new InvalidDataException(), CancellationToken.None));
        Assert.Empty(await LowPriority.RunEachAsync(0, static i => i, CancellationToken.None));
    }
}
