using JamBox.Ports;

namespace JamBox.Uplink;

/// <summary>
/// A request of the compact wire with its answer, and whether there are to be any: a backend that does not know them, or a proxy before
/// it, gets JSON for a day.
/// </summary>
/// <remarks>
/// Nothing is set aside because such a request is refused as a whole: what is wrong with a reading says the backend of that reading. A
/// backend that fails again and again may fail because of what is sent: after <see cref="MaxFailures"/> in a row one request goes as
/// JSON, and when it is taken the others follow it.
/// </remarks>
public sealed class CompactReport
{
    /// <summary>How long JSON is sent instead, ms.</summary>
    public const int JsonMs = 86400000;

    /// <summary>Failures in a row before JSON is tried.</summary>
    public const int MaxFailures = 12;

    private static readonly string s_path = "/r";

    private readonly IClock _clock;
    private readonly ISystem _system;
    private long _jsonUntilMs;
    private int _failures;

    /// <param name="writer">Writes the records.</param>
    /// <param name="clock">Uptime.</param>
    /// <param name="system">Log.</param>
    public CompactReport(CompactWriter writer, IClock clock, ISystem system)
    {
        Writer = writer;
        _clock = clock;
        _system = system;
    }

    /// <summary>Gets what writes the records.</summary>
    public CompactWriter Writer { get; }

    /// <summary>Gets the last answer; good until the next request is written.</summary>
    public CompactAnswer Answer { get; } = new CompactAnswer();

    /// <summary>Gets a value indicating whether the next request is to be such a one, and not JSON.</summary>
    public bool IsOn => _failures < MaxFailures && _clock.UptimeMs >= _jsonUntilMs;

    /// <summary>Lets the box send JSON in this boot.</summary>
    public void TurnOff()
    {
        _jsonUntilMs = long.MaxValue;
    }

    /// <summary>Begins a request.</summary>
    /// <param name="http">Requests.</param>
    public void Begin(HttpExchange http)
    {
        Writer.Begin(http.Body, http.HasMac);
    }

    /// <summary>Sends the request.</summary>
    /// <param name="http">Requests.</param>
    /// <returns>The status, or one of <see cref="HttpError"/>. 2xx only when <see cref="Answer"/> has a result for each record.</returns>
    public int Post(HttpExchange http)
    {
        Writer.End();
        int status = http.PostBare(s_path);
        bool isUnderstood = Answer.Set(http.ResponseBody, HttpStatus.IsSuccess(status) ? http.ResponseLength : 0)
            && Answer.Results == Writer.Records;
        if (HttpStatus.IsSuccess(status))
        {
            if (isUnderstood)
            {
                _failures = 0;
                return status;
            }

            status = HttpError.BadResponse;
            GoBack("an answer that is none");
        }
        else if (HttpStatus.IsFinalRefusal(status) || status == HttpStatus.Forbidden)
        {
            GoBack(status.ToString());
        }
        else if (!HttpStatus.IsNothingSent(status) && status != HttpStatus.Unauthorized && status != HttpStatus.TooManyRequests)
        {
            _failures++;
        }

        return status;
    }

    /// <summary>Hears what became of a request in JSON.</summary>
    /// <param name="status">The status, or one of <see cref="HttpError"/>.</param>
    public void HearOfJson(int status)
    {
        if (_failures >= MaxFailures && !HttpStatus.IsNothingSent(status))
        {
            _failures = 0;
            if (HttpStatus.IsSuccess(status))
            {
                GoBack("nothing");
            }
        }
    }

    private void GoBack(string answer)
    {
        _failures = 0;
        if (_jsonUntilMs != long.MaxValue)
        {
            _jsonUntilMs = _clock.UptimeMs + JsonMs;
        }

        _system.Log("the backend answered compact readings with " + answer + ": the box sends JSON for a day");
    }
}
