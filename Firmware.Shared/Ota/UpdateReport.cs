using JamBox.Http;
using JamBox.Ports;
using JamBox.Reporting;
using JamBox.Text;

namespace JamBox.Ota;

/// <summary>Tells the backend how an update ended, until it says yes, over reboots too. Repeats are harmless.</summary>
public sealed class UpdateReport
{
    private const int SeedBits = 0x1B873593;

    private static readonly byte[] s_path = Ascii.Bytes("/api/ota/complete");
    private static readonly byte[] s_device = Ascii.Bytes("{\"d\":\"");
    private static readonly byte[] s_version = Ascii.Bytes("\",\"v\":\"");
    private static readonly byte[] s_id = Ascii.Bytes("\",\"id\":");
    private static readonly byte[] s_status = Ascii.Bytes(",\"status\":\"");
    private static readonly byte[] s_why = Ascii.Bytes("\",\"why\":\"");
    private static readonly byte[] s_end = Ascii.Bytes("\"}");

    private readonly UpdateState _state;
    private readonly byte[] _deviceId;
    private readonly IClock _clock;
    private readonly ISystem _system;
    private readonly RetryTimer _retry;

    /// <summary>Initializes a new instance of the <see cref="UpdateReport"/> class.</summary>
    /// <param name="state">Knows what is to be told.</param>
    /// <param name="deviceId">Who the box is, ASCII.</param>
    /// <param name="clock">Uptime.</param>
    /// <param name="system">Log.</param>
    /// <param name="seed">Random number for the jitter.</param>
    public UpdateReport(UpdateState state, byte[] deviceId, IClock clock, ISystem system, int seed)
    {
        _state = state;
        _deviceId = deviceId;
        _clock = clock;
        _system = system;
        _retry = new RetryTimer(seed ^ SeedBits);
    }

    /// <summary>Tells whether there is something to tell now.</summary>
    /// <param name="nowMs">Uptime, ms.</param>
    /// <returns><c>true</c> when <see cref="Post"/> is to be called.</returns>
    public bool IsDue(long nowMs)
    {
        return _state.Report != OtaResult.None && _retry.IsDue(nowMs);
    }

    /// <summary>Tells it.</summary>
    /// <param name="http">Requests.</param>
    /// <returns>The status, or one of <see cref="HttpError"/>.</returns>
    public int Post(HttpExchange http)
    {
        http.Body.Clear();
        Write(http.Body);
        int status = http.Post(s_path);
        if (HttpStatus.IsSuccess(status) || HttpStatus.IsFinalRefusal(status))
        {
            // A backend that refuses it for good has nothing to learn from it.
            _retry.Reset();
            _state.EndReport();
        }
        else
        {
            _retry.Fail(_clock.UptimeMs, UpdateCheck.PauseStatus(status), http.RetryAfterSeconds);
        }

        if (!HttpStatus.IsSuccess(status))
        {
            _system.Log("update: its end was not taken: " + status.ToString());
        }

        return status;
    }

    private void Write(ByteWriter body)
    {
        body.Bytes(s_device);
        body.Bytes(_deviceId);
        body.Bytes(s_version);
        _state.WriteVersion(body);
        body.Bytes(s_id);
        body.Number(_state.Id);
        body.Bytes(s_status);
        body.Bytes(OtaWords.Of(_state.Report));
        if (_state.Why != OtaWhy.None)
        {
            body.Bytes(s_why);
            body.Bytes(OtaWords.Of(_state.Why));
        }

        body.Bytes(s_end);
    }
}
