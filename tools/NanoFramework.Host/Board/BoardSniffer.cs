namespace JamBox.Board;

/// <summary>The native ring of probe requests, filled by whoever plays the air.</summary>
public sealed class BoardSniffer
{
    /// <summary>Records that the ring holds.</summary>
    public const int Capacity = 512;

    private const int RecordSize = 16;

    private readonly Queue<byte[]> _ring = new();
    private int _dropped;

    /// <summary>Gets the channel listened to; 0 when it does not listen.</summary>
    public int Channel { get; private set; }

    /// <summary>Gets a value indicating whether it listens.</summary>
    public bool IsListening => Channel != 0;

    /// <summary>Gets or sets a value indicating whether Wi-Fi refuses to start.</summary>
    public bool Refuses { get; set; }

    /// <summary>
    /// Gets or sets a value indicating whether the driver has gone deaf: it starts, and hears nothing until it is taken down.
    /// </summary>
    public bool IsDeaf { get; set; }

    /// <summary>Gets how often the driver was taken down.</summary>
    public int TearDowns { get; private set; }

    internal int Dropped
    {
        get
        {
            lock (_ring)
            {
                return _dropped;
            }
        }
    }

    /// <summary>The native filter has accepted a frame.</summary>
    /// <param name="record">16 bytes as in JamBox.Interop.ProbeSniffer.</param>
    /// <returns><c>false</c> when it does not listen or the ring is full.</returns>
    public bool Hear(ReadOnlySpan<byte> record)
    {
        lock (_ring)
        {
            if (!IsListening || IsDeaf)
            {
                return false;
            }

            if (_ring.Count == Capacity)
            {
                _dropped = (_dropped + 1) & int.MaxValue;
                return false;
            }

            _ring.Enqueue(record[..RecordSize].ToArray());
            return true;
        }
    }

    internal bool Start(int channel)
    {
        lock (_ring)
        {
            Channel = Refuses ? 0 : channel;
            return !Refuses;
        }
    }

    internal void TearDown()
    {
        lock (_ring)
        {
            Channel = 0;
            IsDeaf = false;
            TearDowns++;
        }
    }

    internal void Stop()
    {
        lock (_ring)
        {
            Channel = 0;
        }
    }

    internal int Drain(byte[] buffer)
    {
        lock (_ring)
        {
            int count = Math.Min(_ring.Count, buffer.Length / RecordSize);
            for (int i = 0; i < count; i++)
            {
                _ring.Dequeue().CopyTo(buffer, i * RecordSize);
            }

            return count;
        }
    }
}
