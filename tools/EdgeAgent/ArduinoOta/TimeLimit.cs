namespace JamBox.Edge.ArduinoOta;

/// <summary>A deadline beside somebody else's wish to end.</summary>
internal readonly struct TimeLimit : IDisposable
{
    private readonly CancellationTokenSource _time;
    private readonly CancellationTokenSource _both;

    /// <summary>Begins one.</summary>
    /// <param name="limit">How long from now.</param>
    /// <param name="time">The clock.</param>
    /// <param name="cancel">What else ends it.</param>
    public TimeLimit(TimeSpan limit, TimeProvider time, CancellationToken cancel)
    {
        _time = new CancellationTokenSource(limit, time);
        _both = CancellationTokenSource.CreateLinkedTokenSource(_time.Token, cancel);
    }

    /// <summary>Ends with the deadline, or before it.</summary>
    public CancellationToken Token => _both.Token;

    /// <inheritdoc/>
    public void Dispose()
    {
        _both.Dispose();
        _time.Dispose();
    }
}
