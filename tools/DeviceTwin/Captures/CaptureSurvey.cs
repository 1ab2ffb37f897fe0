using System.Globalization;

namespace JamBox.Twin.Captures;

/// <summary>
/// Some capture files, read once before they are replayed: so that one that cannot be used ends the run before it began, and to know how
/// they lie in time. Any number of replays can be made of it.
/// </summary>
internal sealed class CaptureSurvey
{
    // Captures are now and then out of order by a few packets; so many are sorted as they are read. Only a file that is more out of order
    // than that (its clock was set back) is sorted in memory.
    private const int SortWindow = 1_024;

    private readonly List<string> _paths = [];
    private readonly HashSet<string> _disordered = [];
    private readonly SortedSet<long> _hours = [];
    private readonly SortedDictionary<int, long> _skipped = [];
    private readonly List<string> _notes = [];
    private readonly CaptureCalendar _calendar;
    private long _firstMs = long.MaxValue;
    private long _lastMs = long.MinValue;

    /// <summary>Reads the files.</summary>
    /// <param name="paths">The files.</param>
    /// <exception cref="CaptureFormatException">One of them is no capture, or there is no packet in any that was on air.</exception>
    public CaptureSurvey(IReadOnlyList<string> paths)
    {
        foreach (string path in paths)
        {
            Read(path);
        }

        string names = string.Join(", ", paths.Select(Path.GetFileName));
        if (Packets == 0)
        {
            throw new CaptureFormatException($"{names} has nothing to replay: {(_skipped.Count > 0 ? Skipped() : "no packet in it")}");
        }

        if (_skipped.Count > 0)
        {
            _notes.Add($"{names}: {Skipped()}, skipped");
        }

        _calendar = new CaptureCalendar(_hours);
        Describe(names);
    }

    /// <summary>Gets what the user should know of the files, a line each.</summary>
    public IReadOnlyList<string> Notes => _notes;

    /// <summary>Gets the packets that were on air, damaged ones included.</summary>
    public long Packets { get; private set; }

    /// <summary>Gets the time of the first packet in the run, ms since 1970.</summary>
    public long FirstUtcMs => _calendar.ToRun(_firstMs);

    /// <summary>Gets the time of the last packet in the run, ms since 1970.</summary>
    public long LastUtcMs => _calendar.ToRun(_lastMs);

    /// <summary>Reads what was on air in all files, in order of time.</summary>
    /// <returns>Frames and advertisements, at the time of the run.</returns>
    public IEnumerable<AirEvent> Events()
    {
        PriorityQueue<IEnumerator<AirEvent>, (long UtcMs, int File)> files = new();
        for (int i = 0; i < _paths.Count; i++)
        {
            IEnumerator<AirEvent> file = Sorted(_paths[i]).GetEnumerator();
            if (file.MoveNext())
            {
                files.Enqueue(file, (file.Current.UtcMs, i));
            }
        }

        while (files.TryDequeue(out IEnumerator<AirEvent>? file, out (long UtcMs, int File) key))
        {
            yield return file.Current with { UtcMs = _calendar.ToRun(key.UtcMs) };
            if (file.MoveNext())
            {
                files.Enqueue(file, (file.Current.UtcMs, key.File));
            }
        }
    }

    private void Read(string path)
    {
        PriorityQueue<long, long> window = new();
        long lastMs = long.MinValue;
        foreach (CapturedPacket packet in PcapReader.ReadFile(path, _notes.Add))
        {
            if (!LinkTypes.IsRadio(packet.LinkType))
            {
                _skipped[packet.LinkType] = _skipped.GetValueOrDefault(packet.LinkType) + 1;
                continue;
            }

            long utcMs = AirDecoder.UtcMs(packet);
            Packets++;
            _hours.Add(CaptureCalendar.HourOf(utcMs));
            _firstMs = Math.Min(_firstMs, utcMs);
            _lastMs = Math.Max(_lastMs, utcMs);
            if (utcMs < lastMs)
            {
                _disordered.Add(path);
            }

            window.Enqueue(utcMs, utcMs);
            if (window.Count > SortWindow)
            {
                lastMs = window.Dequeue();
            }
        }

        _paths.Add(path);
    }

    private IEnumerable<AirEvent> Sorted(string path)
    {
        int most = _disordered.Contains(path) ? int.MaxValue : SortWindow;
        PriorityQueue<AirEvent, (long UtcMs, long Sequence)> window = new();
        long sequence = 0;
        foreach (CapturedPacket packet in PcapReader.ReadFile(path))
        {
            if (AirDecoder.TryDecode(packet, out AirEvent heard))
            {
                window.Enqueue(heard, (heard.UtcMs, sequence++));
                if (window.Count > most)
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

    private string Skipped()
    {
        return string.Join(", ", _skipped.Select(type => $"{type.Value} packets of link type {type.Key}")) + ", which is no radio";
    }

    private void Describe(string names)
    {
        if (_calendar.ShiftedWeeks != 0)
        {
            string began = DateTimeOffset.FromUnixTimeMilliseconds(_firstMs).ToString("yyyy-MM-dd HH:mm", CultureInfo.InvariantCulture);
            string begins = DateTimeOffset.FromUnixTimeMilliseconds(FirstUtcMs).ToString("yyyy-MM-dd HH:mm", CultureInfo.InvariantCulture);
            _notes.Add(
                $"{names}: begins at {began}, a date that a box does not take for real; replayed as if it began at {begins}, whole weeks away");
        }

        if (_calendar.ShortenedGaps > 0)
        {
            _notes.Add($"{names}: {_calendar.ShortenedGaps} gaps of more than a week without a packet, shortened to a day or so");
        }
    }
}
