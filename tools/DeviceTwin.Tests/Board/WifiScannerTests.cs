using JamBox.Atoms3.Adapters;
using JamBox.Board;
using JamBox.Ports;

namespace JamBox.Twin.Tests.Board;

/// <summary>Tests of <see cref="WifiScanner"/>.</summary>
public sealed class WifiScannerTests
{
    private readonly byte[] _records = new byte[AccessPointRecord.MaxCount * AccessPointRecord.Size];

    [Fact]
    public void GivesTheTenStrongestAndTheRadioBack()
    {
        using BoardHost board = Start(out SnifferRadio radio, out WifiScanner scanner);
        int[] order = [7, 2, 12, 0, 9, 4, 14, 1, 11, 6, 3, 13, 8, 5, 10];
        foreach (int i in order)
        {
            board.Wifi.AccessPoints.Add(($"AA-BB-CC-DD-EE-{i:X2}", "net", (sbyte)(-40 - i)));
        }

        radio.ListenWifi(6);
        Assert.Equal(0, scanner.TakeResult(_records));
        Assert.True(scanner.Start());
        Assert.False(scanner.Start());
        Assert.False(board.Sniffer.IsListening);
        radio.ListenWifi(11);
        radio.ListenBle();
        radio.ListenWifi(1);
        Assert.Equal(-1, scanner.TakeResult(_records));
        int count = -1;
        BoardFixture.Until(() => (count = scanner.TakeResult(_records)) >= 0);
        Assert.Equal(10, count);
        for (int i = 0; i < 10; i++)
        {
            Assert.Equal($"AABBCCDDEE{i:X2}", Convert.ToHexString(_records, i * AccessPointRecord.Size, 6));
            Assert.Equal(-40 - i, (sbyte)_records[(i * AccessPointRecord.Size) + AccessPointRecord.RssiDbm]);
        }

        Assert.Equal(1, board.Sniffer.Channel);
        Assert.Equal(0, board.RadioConflicts);

        // Once more, with fewer.
        board.Wifi.AccessPoints.RemoveRange(1, 14);
        radio.ListenBle();
        Assert.True(scanner.Start());
        BoardFixture.Until(() => (count = scanner.TakeResult(_records)) >= 0);
        Assert.Equal(1, count);
        Assert.Equal("AABBCCDDEE07", Convert.ToHexString(_records, 0, 6));
        Assert.True(board.Ble.IsScanning);
        Assert.Equal(0, scanner.TakeResult(_records));
    }

    [Fact]
    public void ASecondScanTooSoonIsRefused()
    {
        using BoardHost board = Start(out SnifferRadio radio, out WifiScanner scanner);
        board.Wifi.ScanMs = 300;
        radio.ListenWifi(6);
        Assert.True(scanner.Start());
        scanner.Cancel();
        Assert.Equal(6, board.Sniffer.Channel);
        Assert.False(scanner.Start());
        Assert.Equal(6, board.Sniffer.Channel);
        Assert.Equal(0, scanner.TakeResult(_records));

        // The end of the scan that was given up does not end the next.
        board.Wifi.AccessPoints.Add(("01-02-03-04-05-06", "late", -50));
        BoardFixture.Until(scanner.Start);
        Assert.Equal(-1, scanner.TakeResult(_records));
        BoardFixture.Until(() => scanner.TakeResult(_records) == 1);
    }

    [Fact]
    public void WithoutAnInterfaceThereIsNoScan()
    {
        using BoardHost board = Start(out SnifferRadio radio, out WifiScanner scanner);
        board.Wifi.HasInterface = false;
        radio.ListenBle();
        Assert.False(scanner.Start());
        Assert.True(board.Ble.IsScanning);
    }

    private static BoardHost Start(out SnifferRadio radio, out WifiScanner scanner)
    {
        BoardHost board = BoardFixture.Start();
        board.Wifi.ScanMs = 50;
        BoardSystem system = new(new NvsStore());
        BoardClock clock = new();
        radio = new SnifferRadio(clock, system);
        scanner = new WifiScanner(clock, radio, system);
        return board;
    }
}
