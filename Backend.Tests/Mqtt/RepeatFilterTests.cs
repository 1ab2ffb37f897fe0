using System.Text;

using JamBox.Backend.Mqtt;
using JamBox.Backend.Mqtt.Handling;
using JamBox.Backend.Storage;
using JamBox.Backend.Tests.Hosting;

namespace JamBox.Backend.Tests.Mqtt;

/// <summary>Which messages are taken for repeats of others.</summary>
public sealed class RepeatFilterTests
{
    private readonly ManualClock _clock = new();
    private readonly RepeatFilter _filter;
    private int _taken;

    public RepeatFilterTests()
    {
        _filter = new RepeatFilter(_clock);
    }

    [Fact]
    public async Task OnlyWhatSaysSoAndIsTheSameIsARepeat()
    {
        Assert.True(await IsTakenAsync("Event clock-1", 7, "{}"));
        Assert.False(await IsTakenAsync("Event clock-1", 7, "{}", isDup: true));

        // A device may say the same twice, and numbers come round.
        Assert.True(await IsTakenAsync("Event clock-1", 7, "{}"));
        Assert.True(await IsTakenAsync("Event clock-2", 7, "{}", isDup: true));
        Assert.True(await IsTakenAsync("Event clock-1", 8, "{}", isDup: true));
        Assert.True(await IsTakenAsync("Event clock-1", 7, "[]", isDup: true));

        // Without a number nothing is acknowledged, so nothing comes again.
        Assert.True(await IsTakenAsync("Event clock-1", 0, "{}"));
        Assert.True(await IsTakenAsync("Event clock-1", 0, "{}", isDup: true));
    }

    [Fact]
    public async Task ARepeatIsKnownForTenMinutes()
    {
        Assert.True(await IsTakenAsync("Event clock-1", 7, "{}"));
        _clock.Advance(TimeSpan.FromMinutes(10));
        Assert.False(await IsTakenAsync("Event clock-1", 7, "{}", isDup: true));
        _clock.Advance(TimeSpan.FromMilliseconds(1));
        Assert.True(await IsTakenAsync("Event clock-1", 7, "{}", isDup: true));
    }

    /// <summary>Its connection broke while the storage was slow, and it comes again by a new one.</summary>
    [Fact]
    public async Task ARepeatWaitsForTheFirst()
    {
        TaskCompletionSource stored = new(TaskCreationOptions.RunContinuationsAsynchronously);
        Task first = TakeAsync(7, isDup: false, () => stored.Task);
        Task repeat = TakeAsync(7, isDup: true, () => Task.CompletedTask);
        Assert.False(repeat.IsCompleted);
        stored.SetResult();
        await first;
        await repeat;
        Assert.Equal(1, _taken);
    }

    [Fact]
    public async Task WhereTheFirstWasNotStoredTheRepeatIs()
    {
        TaskCompletionSource stored = new(TaskCreationOptions.RunContinuationsAsynchronously);
        Task first = TakeAsync(7, isDup: false, () => stored.Task);
        Task[] repeats =
            [TakeAsync(7, isDup: true, () => Task.CompletedTask), TakeAsync(7, isDup: true, () => Task.CompletedTask)];
        stored.SetException(new StorageBusyException());
        await Assert.ThrowsAsync<StorageBusyException>(() => first);
        await Task.WhenAll(repeats);
        Assert.Equal(2, _taken);
        Assert.False(await IsTakenAsync("Event clock-1", 7, "{}", isDup: true));
    }

    private async Task<bool> IsTakenAsync(string topic, ushort packet, string payload, bool isDup = false)
    {
        bool isTaken = false;
        await _filter.TakeOnceAsync(topic, new MqttMessage(Encoding.UTF8.GetBytes(payload), isDup, packet), () =>
        {
            isTaken = true;
            return Task.CompletedTask;
        });
        return isTaken;
    }

    private Task TakeAsync(ushort packet, bool isDup, Func<Task> store) => _filter.TakeOnceAsync(
        "Event clock-1", new MqttMessage("{}"u8.ToArray(), isDup, packet), () =>
        {
            _taken++;
            return store();
        }).AsTask();
}
