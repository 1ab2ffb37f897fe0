namespace JamBox.Http;

/// <summary>What stands for a status when an exchange failed. All are negative; no status of a server is.</summary>
public static class HttpError
{
    /// <summary>Nothing failed.</summary>
    public const int None = 0;

    /// <summary>The modem has no connection; nothing was sent.</summary>
    public const int NotConnected = -1;

    /// <summary>The server could not be reached; nothing was sent.</summary>
    public const int OpenFailed = -2;

    /// <summary>The request did not go out completely, as far as the modem knows.</summary>
    public const int SendFailed = -3;

    /// <summary>No answer, or no end of it, in time.</summary>
    public const int Timeout = -4;

    /// <summary>The connection ended before the answer did.</summary>
    public const int Closed = -5;

    /// <summary>The answer is not HTTP/1.1 as we understand it.</summary>
    public const int BadResponse = -6;

    /// <summary>The request is larger than its buffer, and was not sent; or the answer is larger than its buffer.</summary>
    public const int TooLarge = -7;
}
