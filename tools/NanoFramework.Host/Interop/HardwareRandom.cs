using JamBox.Board;

namespace JamBox.Interop;

/// <summary>Stand-in of Firmware.Atoms3/Interop.</summary>
public static class HardwareRandom
{
    public static void Fill(byte[] buffer)
    {
        ArgumentNullException.ThrowIfNull(buffer);
        BoardHost.Current.FillRandom(buffer);
    }
}
