using JamBox.Board;

namespace JamBox.Interop;

/// <summary>Stand-in of Firmware.Atoms3/Interop.</summary>
public static class ProbeSniffer
{
    public const int RecordSize = 16;

    public static int DroppedCount => BoardHost.Current.Sniffer.Dropped;

    public static bool Start(int channel)
    {
        Check(channel);
        BoardHost board = BoardHost.Current;
        bool isStarted = board.Sniffer.Start(channel);
        board.CheckRadio();
        return isStarted;
    }

    public static void Stop() => BoardHost.Current.Sniffer.Stop();

    public static void TearDown() => BoardHost.Current.Sniffer.TearDown();

    public static bool SetChannel(int channel)
    {
        Check(channel);
        BoardSniffer sniffer = BoardHost.Current.Sniffer;
        return sniffer.IsListening && sniffer.Start(channel);
    }

    public static int Drain(byte[] buffer)
    {
        ArgumentNullException.ThrowIfNull(buffer);
        return BoardHost.Current.Sniffer.Drain(buffer);
    }

    private static void Check(int channel)
    {
        if (channel is < 1 or > 13)
        {
            throw new ArgumentOutOfRangeException(nameof(channel));
        }
    }
}
