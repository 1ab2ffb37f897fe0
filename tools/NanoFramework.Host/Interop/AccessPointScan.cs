using JamBox.Board;

namespace JamBox.Interop;

/// <summary>Stand-in of Firmware.Atoms3/Interop.</summary>
public static class AccessPointScan
{
    public const int RecordSize = 8;

    public const int MaxRecords = 10;

    public static bool Start()
    {
        BoardHost board = BoardHost.Current;
        bool isStarted = !board.Sniffer.IsListening && board.Wifi.Start();
        board.CheckRadio();
        return isStarted;
    }

    public static int Read(byte[] records)
    {
        ArgumentNullException.ThrowIfNull(records);
        return BoardHost.Current.Wifi.Read(records);
    }

    public static void Stop() => BoardHost.Current.Wifi.Stop();
}
