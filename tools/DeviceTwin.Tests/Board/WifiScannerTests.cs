using JamBox.Atoms3.Adapters;
using JamBox.Board;
using JamBox.Interop;
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
            board.Wifi.AccessPoints.Add(($"AA-BB-CC-DD-EE-{i:X2}", (sbyte)(-40 - i)));
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
    public void AScanThatIsGivenUpIsStopped()
    {
        using BoardHost board = Start(out SnifferRadio radio, out WifiScanner scanner);
        board.Wifi.ScanMs = 60_000;
        radio.ListenWifi(6);
        Assert.True(scanner.Start());
        scanner.Cancel();
        Assert.Equal(6, board.Sniffer.Channel);
        Assert.Equal(0, scanner.TakeResult(_records));
        Assert.Equal(0, board.RadioConflicts);

        // What it would have found does not turn up in the next.
        board.Wifi.ScanMs = 50;
        board.Wifi.AccessPoints.Add(("01-02-03-04-05-06", -50));
        Assert.True(scanner.Start());
        Assert.Equal(-1, scanner.TakeResult(_records));
        BoardFixture.Until(() => scanner.TakeResult(_records) == 1);
    }

    [Fact]
    public void TheEndOfTheLastScanIsWaitedFor()
    {
        using BoardHost board = Start(out SnifferRadio radio, out WifiScanner scanner);
        board.Wifi.StopMs = 100;
        radio.ListenWifi(6);
        Assert.True(scanner.Start());
        scanner.Cancel();
        Assert.False(scanner.Start());
        Assert.Equal(6, board.Sniffer.Channel);
        Assert.Equal(0, scanner.TakeResult(_records));
        BoardFixture.Until(scanner.Start);
        Assert.Equal(-1, scanner.TakeResult(_records));
    }

    [Fact]
    public void AShortBufferGetsTheStrongest()
    {
        using BoardHost board = Start(out SnifferRadio radio, out WifiScanner scanner);
        board.Wifi.AccessPoints.AddRange([("01-02-03-04-05-06", -80), ("11-12-13-14-15-16", -30), ("21-22-23-24-25-26", -55)]);
        byte[] records = new byte[(2 * AccessPointRecord.Size) + 1];
        radio.ListenWifi(6);
        Assert.True(scanner.Start());
        BoardFixture.Until(() => scanner.TakeResult(records) == 2);
        Assert.Equal("111213141516E200212223242526C90000", Convert.ToHexString(records));
    }

    [Fact]
    public void WhenWifiRefusesTheRadioStaysWhereItWas()
    {
        using BoardHost board = Start(out SnifferRadio radio, out WifiScanner scanner);
        board.Wifi.Refuses = true;
        radio.ListenBle();
        Assert.False(scanner.Start());
        Assert.True(board.Ble.IsScanning);
        Assert.Equal(0, scanner.TakeResult(_records));
        scanner.Cancel();
        Assert.True(board.Ble.IsScanning);
    }

    /// <summary>The port's layout is the native method's, which is copied as it is.</summary>
    [Fact]
    public void TheRecordIsTheNativeOne()
    {
        Assert.Equal(AccessPointScan.RecordSize, AccessPointRecord.Size);
        Assert.Equal(AccessPointScan.MaxRecords, AccessPointRecord.MaxCount);
    }

    private static BoardHost Start(out SnifferRadio radio, out WifiScanner scanner)
    {
        BoardHost board = BoardFixture.Start();
        board.Wifi.ScanMs = 50;
        BoardSystem system = new(new NvsStore());
        radio = new SnifferRadio(new BoardClock(), system);
        scanner = new WifiScanner(radio, system);
        return board;
    }
}
