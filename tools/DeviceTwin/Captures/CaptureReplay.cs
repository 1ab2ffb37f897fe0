using JamBox.Twin.Radio;
using JamBox.Twin.Time;

namespace JamBox.Twin.Captures;

/// <summary>
/// Plays capture files on their own time line. Every frame reaches the radio at the uptime at which the box's own idea of UTC is the
/// time in the file, so that the box sees the very minutes of the capture.
/// </summary>
/// <param name="survey">The files.</param>
internal sealed class CaptureReplay(CaptureSurvey survey)
{
    private IEnumerator<AirEvent>? _events;
    private VirtualClock? _clock;
    private TwinRadio? _radio;
    private GroundTruth? _truth;
    private Func<long>? _utcAtUptimeZeroMs;

    /// <summary>Gets the frames and advertisements played so far.</summary>
    public long Played { get; private set; }

    /// <summary>Gets those of them that the box could not hear in time, because it was not ready.</summary>
    public long PlayedLate { get; private set; }

    /// <summary>Gets a value indicating whether everything has been played.</summary>
    public bool IsFinished { get; private set; }

    /// <summary>Begins; to be called when the box has set its clock.</summary>
    /// <param name="clock">The clock of the box.</param>
    /// <param name="radio">Its radio.</param>
    /// <param name="truth">Told of everything on air, at the file's times; or <c>null</c>.</param>
    /// <param name="utcAtUptimeZeroMs">What the box believes UTC was at uptime 0, ms since 1970; asked at every delivery.</param>
    public void Start(VirtualClock clock, TwinRadio radio, GroundTruth? truth, Func<long> utcAtUptimeZeroMs)
    {
        if (_events is not null)
        {
            throw new InvalidOperationException("The replay has begun already.");
        }

        _clock = clock;
        _radio = radio;
        _truth = truth;
        _utcAtUptimeZeroMs = utcAtUptimeZeroMs;
        _events = survey.Events().GetEnumerator();
        IsFinished = !_events.MoveNext();
        long nowMs = clock.UptimeMs;
        if (!IsFinished && _events.Current.UtcMs - utcAtUptimeZeroMs() < nowMs)
        {
            PlayLate(nowMs);
        }

        clock.After(0, Play);
    }

    private void PlayLate(long nowMs)
    {
        while (!IsFinished && _events!.Current.UtcMs - _utcAtUptimeZeroMs!() < nowMs)
        {
            PlayedLate++;
            DeliverAndMoveOn(_events.Current.UtcMs - _utcAtUptimeZeroMs());
        }
    }

    // The box may correct its clock between the time this event was entered for and now: hence the look at the offset at each delivery.
    private void Play()
    {
        while (!IsFinished)
        {
            long uptimeMs = _events!.Current.UtcMs - _utcAtUptimeZeroMs!();
            long waitMs = uptimeMs - _clock!.UptimeMs;
            if (waitMs > 0)
            {
                _clock.After(waitMs, Play);
                return;
            }

            DeliverAndMoveOn(uptimeMs);
        }
    }

    private void DeliverAndMoveOn(long uptimeMs)
    {
        AirEvent heard = _events!.Current;
        if (heard.Frame is { } frame)
        {
            _truth?.AddFrame(frame, heard.RssiDbm, heard.UtcMs);
            _radio!.HearFrameAt(frame, frame.Length, heard.RssiDbm, heard.Channel, uptimeMs, heard.UtcMs);
        }
        else
        {
            _truth?.AddAdvert(heard.Advert, heard.UtcMs);
            _radio!.HearAdvertAt(heard.Advert, uptimeMs, heard.UtcMs);
        }

        Played++;
        IsFinished = !_events.MoveNext();
    }
}
