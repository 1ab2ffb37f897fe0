using JamBox.Twin.Time;

namespace JamBox.Twin.Radio;

/// <summary>
/// Plays capture files on their own time line. Every frame reaches the radio at the uptime at which the box's own idea of UTC is the
/// time in the file, so that the box sees the very minutes of the capture.
/// </summary>
internal sealed class CaptureReplay
{
    // Merged captures are now and then out of order by a few packets; this many are sorted as they are read.
    private const int SortWindow = 1_024;

    private readonly IReadOnlyList<string> _paths;
    private readonly Action _play;
    private IEnumerator<AirEvent>? _events;
    private VirtualClock? _clock;
    private TwinRadio? _radio;
    private GroundTruth? _truth;
    private Func<long>? _utcAtUptimeZeroMs;

    /// <summary>Initializes a new instance of the <see cref="CaptureReplay"/> class and reads all files once, so that a broken one
    /// ends the run before it began.</summary>
    /// <param name="paths">The files.</param>
    public CaptureReplay(IReadOnlyList<string> paths)
    {
        _paths = paths;
        _play = Play;
        FirstUtcMs = long.MaxValue;
        foreach (string path in paths)
        {
            Survey(path);
        }

        if (Packets == 0)
        {
            throw new CaptureFormatException($"{string.Join(", ", paths.Select(Path.GetFileName))}: no packet in it, nothing to replay.");
        }
    }

    /// <summary>Gets the time of the first packet, ms since 1970.</summary>
    public long FirstUtcMs { get; private set; }

    /// <summary>Gets the time of the last packet, ms since 1970.</summary>
    public long LastUtcMs { get; private set; }

    /// <summary>Gets the packets in all files.</summary>
    public long Packets { get; private set; }

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
        _events = Merged(_paths).GetEnumerator();
        IsFinished = !_events.MoveNext();
        long nowMs = clock.UptimeMs;
        if (!IsFinished && _events.Current.UtcMs - utcAtUptimeZeroMs() < nowMs)
        {
            PlayLate(nowMs);
        }

        clock.After(0, _play);
    }

    /// <summary>Reads what is on air in some files, in order of time.</summary>
    /// <param name="paths">The files.</param>
    /// <returns>Frames and advertisements of all files together.</returns>
    public static IEnumerable<AirEvent> Merged(IReadOnlyList<string> paths)
    {
        PriorityQueue<IEnumerator<AirEvent>, (long UtcMs, int File)> files = new();
        for (int i = 0; i < paths.Count; i++)
        {
            IEnumerator<AirEvent> file = Sorted(paths[i]).GetEnumerator();
            if (file.MoveNext())
            {
                files.Enqueue(file, (file.Current.UtcMs, i));
            }
        }

        while (files.TryDequeue(out IEnumerator<AirEvent>? file, out (long UtcMs, int File) key))
        {
            yield return file.Current;
            if (file.MoveNext())
            {
                files.Enqueue(file, (file.Current.UtcMs, key.File));
            }
        }
    }

    private static IEnumerable<AirEvent> Sorted(string path)
    {
        PriorityQueue<AirEvent, (long UtcMs, long Sequence)> window = new();
        long sequence = 0;
        foreach (CapturedPacket packet in PcapReader.ReadFile(path))
        {
            if (AirDecoder.TryDecode(packet, out AirEvent heard))
            {
                window.Enqueue(heard, (heard.UtcMs, sequence++));
                if (window.Count > SortWindow)
                {
                    yield return window.Dequeue();
                }
            }
        }

        while (window.Count > 0)
        {
            yield return window.Dequeue();
        }
    }

    private void Survey(string path)
    {
        foreach (CapturedPacket packet in PcapReader.ReadFile(path))
        {
            long utcMs = packet.UtcUs / 1_000;
            FirstUtcMs = Math.Min(FirstUtcMs, utcMs);
            LastUtcMs = Math.Max(LastUtcMs, utcMs);
            Packets++;
        }
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
                _clock.After(waitMs, _play);
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
