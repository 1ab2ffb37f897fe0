using System.Globalization;
using JamBox.Counting;
using JamBox.Ports;
using JamBox.Twin.Radio;
using JamBox.Twin.Time;

namespace JamBox.Twin.Run;

/// <summary>The chip: random numbers from the seed, the log into a file.</summary>
internal sealed class TwinSystem(IClock clock, SeededRandom random, TextWriter log, FirmwareMeter meter) : ISystem
{
    // What a board has left, as docs/memory.md plans it; a PC has no such limit, and nothing here depends on it.
    private const int HeapBytes = 90 * 1024;

    public string ResetReason { get; set; } = BoxDiedException.Power;

    public string? BoardFault => null;

    public int FreeHeapBytes => HeapBytes;

    public int LargestFreeBlockBytes => HeapBytes;

    /// <summary>Told of every line.</summary>
    public Action<string>? Logged { get; set; }

    /// <summary>The salt that the present boot drew for its counting tables.</summary>
    public byte[] Salt { get; private set; } = new byte[PeopleCounter.SaltLength];

    public void Random(byte[] buffer)
    {
        random.Fill(buffer);
        if (buffer.Length == PeopleCounter.SaltLength)
        {
            // Nothing else that the firmware draws is as long.
            Salt = [.. buffer];
        }
    }


    public void Reboot(string reason) => throw new BoxDiedException(reason, "the firmware restarts itself");

    public void Log(string line)
    {
        meter.Pause();
        Logged?.Invoke(line);
        if (log != TextWriter.Null)
        {
            log.WriteLine(
                string.Create(CultureInfo.InvariantCulture, $"{TimeSpan.FromMilliseconds(clock.UptimeMs):d\\.hh\\:mm\\:ss\\.fff} {line}"));
        }

        meter.Resume();
    }
}

/// <summary>The main button, which nobody presses unless told.</summary>
internal sealed class TwinButtons : IButtons
{
    public bool IsMainPressed { get; set; }
}

/// <summary>The LED: remembers what it shows.</summary>
internal sealed class TwinIndicator : IIndicator
{
    /// <summary>What it shows, 0xRRGGBB.</summary>
    public int Colour { get; private set; }

    public void Show(byte red, byte green, byte blue) => Colour = (red << 16) | (green << 8) | blue;
}

/// <summary>
/// A heap in which a large block may not be had, as on a board whose heap has gone to pieces: until the next boot, which finds it whole.
/// </summary>
internal sealed class TwinHeap : IHeap
{
    private int _left = int.MaxValue;

    /// <summary>Blocks that were not to be had, in all boots.</summary>
    public int Refusals { get; private set; }

    /// <summary>From now on there is room for so many more blocks.</summary>
    /// <param name="blocks">0 or more.</param>
    public void Fill(int blocks) => _left = blocks;

    /// <summary>A boot.</summary>
    public void Reset() => _left = int.MaxValue;

    /// <inheritdoc/>
    public void Reserve(int bytes)
    {
        if (_left == 0)
        {
            Refusals++;
            throw new OutOfMemoryException($"no block of {bytes} bytes");
        }

        if (_left != int.MaxValue)
        {
            _left--;
        }
    }
}

/// <summary>The scan of access points: takes the radio for some seconds and finds the shop's neighbours.</summary>
internal sealed class TwinScanner(VirtualClock clock, TwinRadio radio, SeededRandom random) : IWifiScanner
{
    private const int NeighbourCount = 6;

    private readonly byte[] _neighbours = Neighbours(random);
    private long _endsAtMs = -1;

    /// <summary>Scans begun so far.</summary>
    public int Scans { get; private set; }

    public bool Start()
    {
        if (_endsAtMs >= 0)
        {
            return false;
        }

        Scans++;
        radio.IsAway = true;
        _endsAtMs = clock.NowMs + random.Between(5_000, 9_000);
        return true;
    }

    public int TakeResult(byte[] records)
    {
        if (_endsAtMs < 0)
        {
            return 0;
        }

        if (clock.NowMs < _endsAtMs)
        {
            return -1;
        }

        Cancel();
        _neighbours.CopyTo(records, 0);
        return NeighbourCount;
    }

    public void Cancel()
    {
        radio.IsAway = false;
        _endsAtMs = -1;
    }

    private static byte[] Neighbours(SeededRandom random)
    {
        var records = new byte[NeighbourCount * AccessPointRecord.Size];
        for (int i = 0; i < NeighbourCount; i++)
        {
            Span<byte> record = records.AsSpan(i * AccessPointRecord.Size, AccessPointRecord.Size);
            random.Fill(record[..6]);

            // Access points have global addresses; those of phones that count never are.
            record[0] &= 0xFC;
            record[AccessPointRecord.RssiDbm] = unchecked((byte)(-45 - (7 * i)));
        }

        return records;
    }
}

/// <summary>The watchdog: notes the longest time that the loop stood still, and when it would bite.</summary>
internal sealed class TwinWatchdog(IClock clock) : IWatchdog
{
    private long _fedAtMs;
    private int _timeoutMs;

    /// <summary>The longest time between two feeds in any boot, virtual ms.</summary>
    public long LongestGapMs { get; private set; }

    /// <summary>The uptime at which it bites unless it is fed before; never before it was started.</summary>
    public long BitesAtMs => _timeoutMs == 0 ? long.MaxValue : _fedAtMs + _timeoutMs;

    public void Start(int timeoutMs)
    {
        _timeoutMs = timeoutMs;
        _fedAtMs = clock.UptimeMs;
    }

    public void Feed()
    {
        long now = clock.UptimeMs;
        LongestGapMs = Math.Max(LongestGapMs, now - _fedAtMs);
        _fedAtMs = now;
    }

    /// <summary>The box restarts: it is off until it is started.</summary>
    public void Reset() => _timeoutMs = 0;
}
