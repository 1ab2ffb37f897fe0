using JamBox.Twin.Time;

namespace JamBox.Twin.Radio;

/// <summary>What is between the crowd and the box: makes real frames, gives them to the truth and to the radio.</summary>
internal sealed class CrowdAir
{
    /// <summary>Weaker frames reach no receiver: they are not on air as far as this place goes.</summary>
    private const int SensitivityDbm = -97;

    private const int SourceAddress = 10;
    private const int SequenceControl = 22;

    private static readonly byte[] s_header =
    [
        0x40, 0x00, 0x00, 0x00, 0xFF, 0xFF, 0xFF, 0xFF, 0xFF, 0xFF, 0, 0, 0, 0, 0, 0, 0xFF, 0xFF, 0xFF, 0xFF, 0xFF, 0xFF, 0, 0,
    ];

    private static readonly byte[] s_tags =
    [
        0x01, 0x08, 0x02, 0x04, 0x0B, 0x16, 0x0C, 0x12, 0x18, 0x24,
        0x32, 0x04, 0x30, 0x48, 0x60, 0x6C,
        0x03, 0x01, 0x00,
    ];

    private readonly VirtualClock _clock;
    private readonly TwinRadio _radio;
    private readonly GroundTruth? _truth;
    private readonly byte[] _anyNetwork = [.. s_header, 0, 0, .. s_tags];
    private readonly byte[] _namedNetwork = [.. s_header, 0, 8, .. "FreeWiFi"u8, .. s_tags];

    /// <param name="clock">The clock of the box.</param>
    /// <param name="radio">The radio of the box.</param>
    /// <param name="truth">Told of everything; or <c>null</c>.</param>
    public CrowdAir(VirtualClock clock, TwinRadio radio, GroundTruth? truth)
    {
        _clock = clock;
        _radio = radio;
        _truth = truth;
    }

    /// <summary>Gets the 802.11 frames sent so far.</summary>
    public long Frames { get; private set; }

    /// <summary>Gets the advertisements and scan responses sent so far.</summary>
    public long Adverts { get; private set; }

    /// <summary>Sends a probe request now.</summary>
    /// <param name="address">Source address, 48 bits.</param>
    /// <param name="sequence">Sequence number.</param>
    /// <param name="channel">Channel.</param>
    /// <param name="namesNetwork">It asks for one network by name.</param>
    /// <param name="rssiDbm">As it reaches the box.</param>
    public void SendProbe(ulong address, int sequence, int channel, bool namesNetwork, int rssiDbm)
    {
        if (rssiDbm < SensitivityDbm)
        {
            return;
        }

        byte[] frame = namesNetwork ? _namedNetwork : _anyNetwork;
        for (int i = 0; i < 6; i++)
        {
            frame[SourceAddress + i] = (byte)(address >> (40 - (8 * i)));
        }

        frame[SequenceControl] = (byte)(sequence << 4);
        frame[SequenceControl + 1] = (byte)(sequence >> 4);
        frame[^1] = (byte)channel;
        Frames++;
        _truth?.AddFrame(frame, rssiDbm, _clock.UtcNowMs);
        _radio.HearFrame(frame, frame.Length, rssiDbm, channel);
    }

    /// <summary>Sends an advertisement now.</summary>
    /// <param name="advert">What it says.</param>
    public void SendAdvert(in BleAdvert advert)
    {
        if (advert.RssiDbm < SensitivityDbm)
        {
            return;
        }

        Adverts++;
        _truth?.AddAdvert(advert, _clock.UtcNowMs);
        _radio.HearAdvert(advert);
    }
}

/// <summary>Something in the crowd that does something at a time of its own, again and again.</summary>
internal abstract class Emitter
{
    /// <summary>Does what is due at a time, and says when it wants to be called again.</summary>
    /// <param name="nowMs">World time.</param>
    /// <returns>The next time; <see cref="long.MaxValue"/> = never.</returns>
    public abstract long Act(long nowMs);
}
