namespace JamBox.Backend.Mqtt.Embedded;

/// <summary>What the broker counts of itself.</summary>
internal sealed class BrokerCounts
{
    private long _connections;
    private long _taken;
    private long _delivered;
    private long _refused;
    private long _delayed;
    private long _dropped;
    private long _failed;

    /// <summary>Connections that are signed in.</summary>
    public long Connections => Interlocked.Read(ref _connections);

    /// <summary>Messages that were taken.</summary>
    public long Taken => Interlocked.Read(ref _taken);

    /// <summary>Messages that were given to sessions.</summary>
    public long Delivered => Interlocked.Read(ref _delivered);

    /// <summary>Sign-ins, messages and subscriptions that were refused.</summary>
    public long Refused => Interlocked.Read(ref _refused);

    /// <summary>Messages that waited because their device says too much.</summary>
    public long Delayed => Interlocked.Read(ref _delayed);

    /// <summary>Messages that a session had no room for.</summary>
    public long Dropped => Interlocked.Read(ref _dropped);

    /// <summary>Messages that were not taken because the storage failed.</summary>
    public long Failed => Interlocked.Read(ref _failed);

    /// <summary>Counts a connection that begins or ends.</summary>
    /// <returns>How many there are now.</returns>
    public long Connected(int change) => Interlocked.Add(ref _connections, change);

    /// <summary>Counts a message that was taken.</summary>
    public void Take() => Interlocked.Increment(ref _taken);

    /// <summary>Counts a message that a session got, or had no room for.</summary>
    public void Deliver(bool isTaken) => Interlocked.Increment(ref isTaken ? ref _delivered : ref _dropped);

    /// <summary>Counts a refusal.</summary>
    public void Refuse() => Interlocked.Increment(ref _refused);

    /// <summary>Counts a message that has to wait.</summary>
    public void Delay() => Interlocked.Increment(ref _delayed);

    /// <summary>Counts a message that was lost to the storage.</summary>
    public void Fail() => Interlocked.Increment(ref _failed);
}
