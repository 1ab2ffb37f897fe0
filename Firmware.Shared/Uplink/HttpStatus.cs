namespace JamBox.Uplink;

/// <summary>The statuses that the firmware tells apart (docs/wire.md).</summary>
public static class HttpStatus
{
    /// <summary>The server refuses what was sent.</summary>
    public const int BadRequest = 400;

    /// <summary>The token is wrong, or the device is not active.</summary>
    public const int Unauthorized = 401;

    /// <summary>The device may not do this.</summary>
    public const int Forbidden = 403;

    /// <summary>The server waited too long for the request.</summary>
    public const int RequestTimeout = 408;

    /// <summary>Too often; Retry-After says when.</summary>
    public const int TooManyRequests = 429;

    private const int Conflict = 409;
    private const int TooLarge = 413;
    private const int Unprocessable = 422;

    /// <summary>Gives the words for a status, for the log.</summary>
    /// <param name="status">A status or one of <see cref="HttpError"/>.</param>
    /// <returns>A clause with subject and verb, ASCII.</returns>
    public static string Text(int status)
    {
        switch (status)
        {
            case HttpError.None:
                return "nothing failed";
            case HttpError.NotConnected:
                return "there is no connection";
            case HttpError.OpenFailed:
                return "the server is not reached";
            case HttpError.SendFailed:
                return "the request did not go out";
            case HttpError.Timeout:
                return "no answer came in time";
            case HttpError.Closed:
                return "the connection ended before the answer";
            case HttpError.BadResponse:
                return "the answer is no HTTP/1.1";
            case HttpError.TooLarge:
                return "request or answer exceeds its buffer";
            case HttpError.NotAuthentic:
                return "the answer does not prove who wrote it";
            default:
                return "the server answered " + status.ToString();
        }
    }

    /// <summary>Tells whether the server said yes.</summary>
    /// <param name="status">A status or one of <see cref="HttpError"/>.</param>
    /// <returns><c>true</c> for 2xx.</returns>
    public static bool IsSuccess(int status)
    {
        return status >= 200 && status <= 299;
    }

    /// <summary>Tells whether the server was not reached, or did not answer to the end: the connection may be to blame.</summary>
    /// <param name="status">A status or one of <see cref="HttpError"/>.</param>
    /// <returns>
    /// <c>false</c> for every answer, those that are no HTTP, too large or not authentic included.
    /// </returns>
    public static bool IsConnectionFailure(int status)
    {
        return status < 0 && status > HttpError.BadResponse;
    }

    /// <summary>Tells whether not even the request got through: no request is to blame, the connection is.</summary>
    /// <param name="status">A status or one of <see cref="HttpError"/>.</param>
    /// <returns><c>true</c> when there was no connection, or the request did not go out.</returns>
    public static bool IsNothingSent(int status)
    {
        return status == HttpError.NotConnected || status == HttpError.OpenFailed || status == HttpError.SendFailed;
    }

    /// <summary>Tells whether the server refuses what is in this body, and will refuse it whenever it is sent again.</summary>
    /// <param name="status">A status or one of <see cref="HttpError"/>.</param>
    /// <returns><c>true</c> for 400, 409, 413 and 422.</returns>
    public static bool IsBodyRefused(int status)
    {
        return status == BadRequest || status == Conflict || status == TooLarge || status == Unprocessable;
    }

    /// <summary>Tells whether asking again soon is of no use: the server does not have it, or does not take it.</summary>
    /// <param name="status">A status or one of <see cref="HttpError"/>.</param>
    /// <returns><c>true</c> for all of 4xx but 401, 403, 408 and 429.</returns>
    public static bool IsFinalRefusal(int status)
    {
        return status >= 400 && status <= 499
            && status != Unauthorized && status != Forbidden && status != RequestTimeout && status != TooManyRequests;
    }
}

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

    /// <summary>There is an answer, but it does not prove that the backend wrote it, and the box has a key for that.</summary>
    public const int NotAuthentic = -8;
}
