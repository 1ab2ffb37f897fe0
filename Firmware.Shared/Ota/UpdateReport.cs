using JamBox.Http;
using JamBox.Ports;
using JamBox.Text;

namespace JamBox.Ota;

/// <summary>Tells the backend how an update ended, until it says yes, over reboots too. Repeats are harmless.</summary>
public sealed class UpdateReport
{
    private const int SeedBits = 0x1B873593;

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
        int status = http.Post("/api/ota/complete");
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
        body.Text("{\"d\":\"");
        body.Bytes(_parts.DeviceId);
        body.Text("\",\"v\":\"");
        _parts.State.WriteVersion(body);
        body.Text("\",\"id\":");
        body.Number(_parts.State.Id);
        body.Text(",\"status\":\"");
        body.Text(OtaWords.Of(_parts.State.Report));
        if (_parts.State.Why != OtaWhy.None)
        {
            body.Text("\",\"why\":\"");
            body.Text(OtaWords.Of(_parts.State.Why));
        }

        body.Text("\"}");
    }
}
