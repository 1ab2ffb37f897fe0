using JamBox.Ports;
using JamBox.Twin.Radio;
using JamBox.Twin.Time;

namespace JamBox.Twin.Run;

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
