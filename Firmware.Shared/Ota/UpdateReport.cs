using JamBox.Http;
using JamBox.Ports;
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

    private readonly UpdateParts _parts;
    private readonly UpdateRetry _retry;

    /// <summary>Initializes a new instance of the <see cref="UpdateReport"/> class.</summary>
    /// <param name="parts">What the steps share.</param>
    /// <param name="seed">Random number for the jitter.</param>
    public UpdateReport(UpdateParts parts, int seed)
    {
        _parts = parts;
        _retry = new UpdateRetry(seed ^ SeedBits);
    }

    /// <summary>Tells whether there is something to tell now.</summary>
    /// <param name="nowMs">Uptime, ms.</param>
    /// <returns><c>true</c> when <see cref="Post"/> is to be called.</returns>
    public bool IsDue(long nowMs)
    {
        return _parts.State.Report != OtaResult.None && _retry.IsDue(nowMs);
    }

    /// <summary>Ends the pause: somebody waits for what comes after it.</summary>
    public void TryNow()
    {
        _retry.TryNow();
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
            _parts.State.EndReport();
        }
        else
        {
            _retry.FailPatiently(_parts.Clock.UptimeMs, status, http.RetryAfterSeconds);
        }

        if (!HttpStatus.IsSuccess(status))
        {
            _parts.Log("its end was not taken: " + status.ToString());
        }

        return status;
    }

    private void Write(ByteWriter body)
    {
        body.Bytes(s_device);
        body.Bytes(_parts.DeviceId);
        body.Bytes(s_version);
        _parts.State.WriteVersion(body);
        body.Bytes(s_id);
        body.Number(_parts.State.Id);
        body.Bytes(s_status);
        body.Bytes(OtaWords.Of(_parts.State.Report));
        if (_parts.State.Why != OtaWhy.None)
        {
            body.Bytes(s_why);
            body.Bytes(OtaWords.Of(_parts.State.Why));
        }

        body.Bytes(s_end);
    }
}
