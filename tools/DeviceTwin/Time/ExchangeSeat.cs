namespace JamBox.Twin.Time;

/// <summary>One device's place in <see cref="ExchangeOrder"/>. Used by that device's thread only.</summary>
internal sealed class ExchangeSeat
{
    private readonly ExchangeOrder _order;
    private long _publishedUtcMs;

    internal ExchangeSeat(ExchangeOrder order, int index, long utcMs)
    {
        _order = order;
        Index = index;
        _publishedUtcMs = utcMs;
    }

    /// <summary>Gets the device's number, which breaks ties.</summary>
    public int Index { get; }

    /// <summary>Gets the time before which this device will ask for no exchange any more.</summary>
    internal long PublishedUtcMs => Volatile.Read(ref _publishedUtcMs);

    /// <summary>Gets or sets a value indicating whether the device waits for its turn. Guarded by the order's gate.</summary>
    internal bool IsWaiting { get; set; }

    /// <summary>Gets or sets a value indicating whether the device has gone for good. Guarded by the order's gate.</summary>
    internal bool HasLeft { get; set; }

    /// <summary>Gets what is released when it is this device's turn.</summary>
    internal SemaphoreSlim Turn { get; } = new(0);

    /// <summary>Tells how far the device's clock is.</summary>
    /// <param name="utcMs">True UTC in ms; never less than before.</param>
    public void Publish(long utcMs)
    {
        long before = _publishedUtcMs;

        // A full fence: either the one who waits sees this time, or we see that it waits (both would be possible without it to miss).
        Interlocked.Exchange(ref _publishedUtcMs, utcMs);
        long wanted = _order.WantedUtcMs;
        if (before <= wanted && wanted <= utcMs)
        {
            _order.Reconsider();
        }
    }

    /// <summary>Does an exchange with the backend when it is its turn in the order of the world.</summary>
    /// <param name="utcMs">True UTC of the exchange in ms.</param>
    /// <param name="exchange">What to do; nobody else exchanges meanwhile.</param>
    public void Exchange(long utcMs, Action exchange)
    {
        _order.Run(this, utcMs, exchange);
    }

    /// <summary>Says that this device will exchange no more. Without this word the others wait for it.</summary>
    public void Leave()
    {
        _order.Leave(this);
    }
}
