using JamBox.Ports;
using JamBox.Twin.Storage;

namespace JamBox.Twin.Run;

/// <summary>The modem's line as the firmware sees it, with a look at every byte that the firmware sends.</summary>
internal sealed class WatchedModem(IModemLink modem, FirmwareMeter meter) : IModemLink
{
    /// <summary>Told of every piece that is sent.</summary>
    public LeakProbe? Sent { get; set; }

    /// <summary>Whether nothing that is sent gets to the modem: an image that cannot send.</summary>
    public bool IsMute { get; set; }

    public int Read(byte[] buffer, int offset, int count)
    {
        // Nothing in it allocates: a read every few milliseconds is not worth the pause.
        return modem.Read(buffer, offset, count);
    }

    public void Write(byte[] buffer, int offset, int count)
    {
        meter.Pause();
        Sent?.Invoke(buffer.AsSpan(offset, count));
        if (!IsMute)
        {
            modem.Write(buffer, offset, count);
        }

        meter.Resume();
    }

    public bool HardwareReset()
    {
        meter.Pause();
        bool isDone = modem.HardwareReset();
        meter.Resume();
        return isDone;
    }
}
