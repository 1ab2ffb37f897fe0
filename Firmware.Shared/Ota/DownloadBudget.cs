namespace JamBox.Ota;

/// <summary>What fetching an update may cost in an hour, so that it does not eat a SIM's tariff nor the air that readings need.</summary>
public sealed class DownloadBudget
{
    /// <summary>Bytes of HTTP an hour, both ways.</summary>
    public const int DefaultBytes = 65536;

    /// <summary>Time on the network an hour, ms.</summary>
    public const int DefaultMs = 600000;

    private const int HourMs = 3600000;

    private readonly int _maxBytes;
    private readonly int _maxMs;
    private long _hourEndMs;
    private int _bytes;
    private int _ms;

    /// <summary>Initializes a new instance of the <see cref="DownloadBudget"/> class.</summary>
    /// <param name="maxBytes">Bytes an hour.</param>
    /// <param name="maxMs">Time on the network an hour, ms.</param>
    public DownloadBudget(int maxBytes, int maxMs)
    {
        _maxBytes = maxBytes;
        _maxMs = maxMs;
    }

    /// <summary>Tells whether nothing more may be fetched now.</summary>
    /// <param name="nowMs">Uptime, ms.</param>
    /// <returns><c>true</c> until the hour is over that began with the first byte.</returns>
    public bool IsSpent(long nowMs)
    {
        return nowMs < _hourEndMs && (_bytes >= _maxBytes || _ms >= _maxMs);
    }

    /// <summary>Books an exchange.</summary>
    /// <param name="nowMs">Uptime at its end, ms.</param>
    /// <param name="bytes">Bytes both ways.</param>
    /// <param name="durationMs">How long it took, ms.</param>
    public void Spend(long nowMs, int bytes, int durationMs)
    {
        if (nowMs >= _hourEndMs)
        {
            _hourEndMs = nowMs + HourMs;
            _bytes = 0;
            _ms = 0;
        }

        _bytes += bytes;
        _ms += durationMs;
    }
}
