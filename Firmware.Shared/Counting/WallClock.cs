namespace JamBox.Counting;

/// <summary>
/// UTC, as the server tells it with its answers. Until the first answer there is only uptime. Small errors are ignored (the server
/// sends whole seconds), middle ones are slewed by at most a second a minute, large ones are taken over at once.
/// </summary>
public sealed class WallClock
{
    /// <summary>
    /// Below this nothing is corrected, ms: half a second of rounding at either end, and half a second of uneven transit.
    /// </summary>
    public const int IgnoredErrorMs = 1500;

    /// <summary>Up to this the clock is slewed, above it is set, ms.</summary>
    public const int SlewedErrorMs = 60000;

    /// <summary>The largest correction of one minute, ms.</summary>
    public const int SlewPerMinuteMs = 1000;

    private long _targetOffsetMs;

    /// <summary>Gets a value indicating whether UTC is known.</summary>
    public bool IsSet { get; private set; }

    /// <summary>Gets UTC minus uptime, in ms since 1970; 0 while UTC is not known.</summary>
    public long OffsetMs { get; private set; }

    /// <summary>Tells the clock what the server said.</summary>
    /// <param name="utcMs">The server's UTC, ms since 1970.</param>
    /// <param name="uptimeMs">Uptime at which it was that late: half-way between request and answer.</param>
    /// <returns><c>true</c> when UTC jumped: the caller then ends the minute that is open.</returns>
    public bool Observe(long utcMs, long uptimeMs)
    {
        long offset = utcMs - uptimeMs;
        long error = offset - OffsetMs;
        if (IsSet && error <= SlewedErrorMs && error >= -SlewedErrorMs)
        {
            _targetOffsetMs = error > IgnoredErrorMs || error < -IgnoredErrorMs ? offset : OffsetMs;
            return false;
        }

        IsSet = true;
        OffsetMs = offset;
        _targetOffsetMs = offset;
        return true;
    }

    /// <summary>Tells whether what the server said does not contradict the clock, since the answer was that long under way.</summary>
    /// <param name="utcMs">The server's UTC, ms since 1970.</param>
    /// <param name="uptimeMs">Uptime half-way between request and answer.</param>
    /// <param name="halfTripMs">Half the time between them: how far off that may be, ms.</param>
    /// <returns><c>false</c> while UTC is not known.</returns>
    public bool Agrees(long utcMs, long uptimeMs, long halfTripMs)
    {
        long error = utcMs - uptimeMs - OffsetMs;
        return IsSet && error <= halfTripMs && error >= -halfTripMs;
    }

    /// <summary>Moves the clock towards what the server said. To be called between two minutes, so that none of them tears.</summary>
    public void Slew()
    {
        long rest = _targetOffsetMs - OffsetMs;
        if (rest > SlewPerMinuteMs)
        {
            rest = SlewPerMinuteMs;
        }
        else if (rest < -SlewPerMinuteMs)
        {
            rest = -SlewPerMinuteMs;
        }

        OffsetMs += rest;
    }

    /// <summary>Gives the next multiple of a period: of UTC when it is known, of uptime before.</summary>
    /// <param name="uptimeMs">The uptime after which it lies, ms.</param>
    /// <param name="periodMs">The period, ms.</param>
    /// <returns>Uptime of the first multiple after <paramref name="uptimeMs"/>, ms.</returns>
    public long NextMultiple(long uptimeMs, int periodMs)
    {
        return ((((uptimeMs + OffsetMs) / periodMs) + 1) * periodMs) - OffsetMs;
    }
}
