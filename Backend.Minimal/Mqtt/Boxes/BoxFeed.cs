using JamBox.Backend.Mqtt.Handling;
using JamBox.Backend.Operation;

namespace JamBox.Backend.Mqtt.Boxes;

/// <summary>
/// Every 5 s: publishes for others what boxes have sent and how they are. It goes by what stands in the storage, so that it hears what any
/// process has stored, after the commit, and nothing is forgotten over a restart. Of several processes at one broker, one does it; with a
/// broker of its own, each tells those who are connected to it.
/// </summary>
internal sealed class BoxFeed : IJob
{
    private readonly MqttPublishers _publishers;
    private readonly BoxReadings _readings;
    private readonly BoxStates _states;
    private readonly BoxTurn _turn;
    private volatile bool _mustTellAgain;

    /// <summary>Makes the job.</summary>
    public BoxFeed(MqttPublishers publishers, BoxReadings readings, BoxStates states, BoxTurn turn)
    {
        _publishers = publishers;
        _readings = readings;
        _states = states;
        _turn = turn;
        publishers.Reached += deviceId => _mustTellAgain |= deviceId is null;
    }

    /// <inheritdoc/>
    public TimeSpan Period => TimeSpan.FromSeconds(5);

    /// <summary>At once: where it is switched on, what comes from now on is told.</summary>
    public TimeSpan FirstAfter => TimeSpan.Zero;

    /// <inheritdoc/>
    public async Task RunAsync(CancellationToken stopping)
    {
        if (!_publishers.IsAny)
        {
            return;
        }

        if (!await _turn.IsOursAsync().ConfigureAwait(false))
        {
            _states.Forget();
            return;
        }

        if (_mustTellAgain)
        {
            // What the broker kept may be gone with it.
            _mustTellAgain = false;
            _states.TellAgain();
        }

        if (await _readings.SendAsync(stopping).ConfigureAwait(false))
        {
            await _states.SendAsync(stopping).ConfigureAwait(false);
        }
    }
}

/// <summary>Whether it is this process that publishes.</summary>
internal sealed class BoxTurn(MqttOptions options, Storage.Store store, TimeProvider clock)
{
    private readonly MqttLease _lease = new(store, clock, MqttLease.Boxes, options.ProcessName);
    private long _takenAt;
    private bool _isHeld;

    /// <summary>Whether the processes share a broker.</summary>
    public bool IsShared { get; } = options.Address is not null;

    /// <summary>Says whether this process publishes now; renews its turn when that is due.</summary>
    /// <exception cref="Storage.StorageException">The storage does not answer.</exception>
    public async Task<bool> IsOursAsync()
    {
        if (!IsShared)
        {
            return true;
        }

        long now = clock.GetUtcNow().ToUnixTimeMilliseconds();
        if (!_isHeld || now < _takenAt || now - _takenAt >= (long)MqttLease.Round.TotalMilliseconds)
        {
            _isHeld = false;
            _isHeld = await _lease.TakeAsync().ConfigureAwait(false);
            _takenAt = now;
        }

        return _isHeld;
    }
}
