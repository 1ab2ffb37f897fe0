namespace JamBox.Twin.Time;

/// <summary>
/// Devices run in parallel, each on its own thread and clock; only their exchanges with the backend are put into one order, that of
/// (virtual UTC, device number), so that the backend sees the same world whatever the scheduling. Conservative: a device waits until
/// no other can still ask for an earlier exchange. Whoever is granted holds the others back by its published time, so exchanges never
/// overlap.
/// </summary>
internal sealed class ExchangeOrder
{
    private readonly Lock _gate = new();
    private readonly List<ExchangeSeat> _seats = [];
    private readonly VirtualTimeProvider? _time;
    private long _wantedUtcMs = long.MaxValue;
    private bool _isStopped;

    /// <param name="time">The backend's clock, which is moved to the time of each exchange; <c>null</c> when there is none to move.</param>
    public ExchangeOrder(VirtualTimeProvider? time = null)
    {
        _time = time;
    }

    /// <summary>Gets the earliest time somebody waits for.</summary>
    internal long WantedUtcMs => Volatile.Read(ref _wantedUtcMs);

    /// <summary>Takes a device in. All devices join before the first one starts.</summary>
    /// <param name="index">Its number, different for each.</param>
    /// <param name="utcMs">True UTC at which it starts.</param>
    /// <returns>Its seat, to be given to its clock.</returns>
    public ExchangeSeat Join(int index, long utcMs)
    {
        ExchangeSeat seat = new(this, index, utcMs);
        lock (_gate)
        {
            if (_seats.Exists(other => other.Index == index))
            {
                throw new ArgumentException($"Two devices of number {index}.", nameof(index));
            }

            _seats.Add(seat);
        }

        return seat;
    }

    /// <summary>Ends all waiting with an <see cref="OperationCanceledException"/>, for instance because one device failed.</summary>
    public void Stop()
    {
        lock (_gate)
        {
            _isStopped = true;
            foreach (ExchangeSeat seat in _seats)
            {
                if (seat.IsWaiting)
                {
                    seat.IsWaiting = false;
                    seat.Turn.Release();
                }
            }
        }
    }

    /// <summary>Somebody passed the time that somebody waits for.</summary>
    internal void Reconsider()
    {
        lock (_gate)
        {
            GrantNext();
        }
    }

    /// <summary>A device has gone.</summary>
    /// <param name="seat">Its seat.</param>
    internal void Leave(ExchangeSeat seat)
    {
        lock (_gate)
        {
            seat.HasLeft = true;
            GrantNext();
        }
    }

    /// <summary>Waits for the turn, exchanges, and lets the next one have its turn.</summary>
    /// <param name="seat">Who.</param>
    /// <param name="utcMs">When.</param>
    /// <param name="exchange">What.</param>
    internal void Run(ExchangeSeat seat, long utcMs, Action exchange)
    {
        seat.Publish(utcMs);
        lock (_gate)
        {
            seat.IsWaiting = !_isStopped;
            GrantNext();
        }

        if (!_isStopped)
        {
            seat.Turn.Wait();
        }

        if (_isStopped)
        {
            throw new OperationCanceledException("The simulation was stopped.");
        }

        _time?.AdvanceTo(utcMs);
        exchange();
    }

    private void GrantNext()
    {
        ExchangeSeat? first = null;
        foreach (ExchangeSeat seat in _seats)
        {
            if (seat.IsWaiting && (first is null || IsBefore(seat, first)))
            {
                first = seat;
            }
        }

        // The fence between saying what is wanted and looking at the clocks: see ExchangeSeat.Publish.
        Interlocked.Exchange(ref _wantedUtcMs, first?.PublishedUtcMs ?? long.MaxValue);
        if (first is not null && MayGo(first))
        {
            first.IsWaiting = false;
            first.Turn.Release();
        }
    }

    private bool MayGo(ExchangeSeat candidate)
    {
        foreach (ExchangeSeat other in _seats)
        {
            if (other != candidate && !other.HasLeft && !IsBefore(candidate, other))
            {
                return false;
            }
        }

        return true;
    }

    // A device that runs can still ask for (its published time, its number) at the earliest; one that waits asks for exactly that.
    private static bool IsBefore(ExchangeSeat a, ExchangeSeat b)
    {
        long utcA = a.PublishedUtcMs;
        long utcB = b.PublishedUtcMs;
        return utcA < utcB || (utcA == utcB && a.Index < b.Index);
    }
}

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
