using System.Text;
using JamBox.Atoms3.Adapters;
using JamBox.Board;
using JamBox.Interop;
using JamBox.Ports;
using JamBox.Stock.Adapters;
using nanoFramework.Device.Bluetooth.Advertisement;

namespace JamBox.Twin.Tests.Board;

/// <summary>Tests of <see cref="SnifferRadio"/> and <see cref="AdvertRing"/>.</summary>
public sealed class SnifferRadioTests
{
    private static readonly byte[] s_plain = [2, 1, 6];
    private static readonly byte[] s_apple = [2, 1, 6, 5, 0xFF, 0x4C, 0x00, 0x12, 0x10];
    private static readonly byte[] s_inUse = [2, 1, 6, 5, 0xFF, 0x4C, 0x00, 0x10, 0x05];
    private static readonly byte[] s_appleAlone = [3, 0xFF, 0x4C, 0x00];
    private static readonly byte[] s_twoMakers = [4, 0xFF, 0x4D, 0x00, 0x10, 4, 0xFF, 0x4C, 0x00, 0x0C];
    private static readonly byte[] s_other = [4, 0xFF, 0x4D, 0x00, 0x4C];

    [Fact]
    public void HasOneRadioForBoth()
    {
        using BoardHost board = BoardFixture.Start();
        SnifferRadio radio = Radio(board, out _);
        Assert.False(board.Sniffer.IsListening);
        for (int i = 0; i < 3; i++)
        {
            radio.ListenWifi(1);
            radio.ListenWifi(6);
            Assert.Equal(6, board.Sniffer.Channel);
            Assert.False(board.Ble.IsScanning);
            radio.ListenBle();
            Assert.False(board.Sniffer.IsListening);
            Assert.True(board.Ble.IsScanning);
        }

        radio.ListenWifi(11);
        Assert.Equal(0, board.RadioConflicts);
        Assert.Equal((3, 3), (board.Ble.Starts, board.Ble.TearDowns));
    }

    [Fact]
    public void TakesRandomAddressesOnlyAndKnowsApple()
    {
        using BoardHost board = BoardFixture.Start();
        SnifferRadio radio = Radio(board, out BoardClock clock);
        radio.ListenBle();
        board.Ble.Receive(0xC1_22_33_44_55_66, true, BluetoothLEAdvertisementType.ConnectableUndirected, -60, s_apple);
        board.Ble.Receive(0x00_22_33_44_55_66, false, BluetoothLEAdvertisementType.ConnectableUndirected, -60, s_apple);
        board.Ble.Receive(0x41_22_33_44_55_66, true, BluetoothLEAdvertisementType.ScanResponse, -128, s_other);
        board.Ble.Receive(0x7F_FF_FF_FF_FF_FE, true, BluetoothLEAdvertisementType.NonConnectableUndirected, 20, s_plain);
        byte[] records = new byte[3 * RadioRecord.Size];
        byte[] one = new byte[RadioRecord.Size];
        for (int i = 0; i < 3; i++)
        {
            BoardFixture.Until(() => radio.DrainAdverts(one) == 1);
            one.CopyTo(records, i * RadioRecord.Size);
        }

        Assert.Equal("C12233445566", Address(records, 0));
        Assert.Equal("412233445566", Address(records, 1));
        Assert.Equal("7FFFFFFFFFFE", Address(records, 2));
        Assert.Equal([-60, -127, 0], Enumerable.Range(0, 3).Select(i => (int)(sbyte)records[(i * 16) + RadioRecord.RssiDbm]));
        Assert.Equal(
            [RadioRecord.FlagRandomAddress | RadioRecord.FlagApple, RadioRecord.FlagRandomAddress | RadioRecord.FlagScanResponse,
                RadioRecord.FlagRandomAddress],
            Enumerable.Range(0, 3).Select(i => (int)records[(i * 16) + RadioRecord.Flags]));
        Assert.InRange(BitConverter.ToUInt32(records, RadioRecord.TimeMs), 0u, (uint)clock.UptimeMs);
        Assert.Equal(0, radio.DroppedRecords);
    }

    [Fact]
    public void TellsAppleDevicesInUseFromOthers()
    {
        using BoardHost board = BoardFixture.Start();
        SnifferRadio radio = Radio(board, out _);
        radio.ListenBle();
        byte[] one = new byte[RadioRecord.Size];
        List<int> flags = [];
        foreach (byte[] payload in new[] { s_apple, s_inUse, s_appleAlone, s_twoMakers, s_other })
        {
            board.Ble.Receive(0xC1_22_33_44_55_66, true, BluetoothLEAdvertisementType.ConnectableUndirected, -60, payload);
            BoardFixture.Until(() => radio.DrainAdverts(one) == 1);
            flags.Add(one[RadioRecord.Flags] - RadioRecord.FlagRandomAddress);
        }

        const int InUse = RadioRecord.FlagApple | RadioRecord.FlagAppleInUse;
        Assert.Equal([RadioRecord.FlagApple, InUse, RadioRecord.FlagApple, InUse, 0], flags);
    }

    [Fact]
    public void CountsWhatFullRingsLose()
    {
        using BoardHost board = BoardFixture.Start();
        SnifferRadio radio = Radio(board, out _);
        radio.ListenBle();
        for (int i = 0; i < AdvertRing.Capacity + 10; i++)
        {
            board.Ble.Receive((ulong)i, true, BluetoothLEAdvertisementType.ConnectableUndirected, -60, s_plain);
            SpinWait.SpinUntil(() => false, 1);
        }

        BoardFixture.Until(() => radio.DroppedRecords + board.Ble.Lost == 10);
        radio.ListenWifi(1);
        int lost = radio.DroppedRecords;
        for (int i = 0; i < BoardSniffer.Capacity + 5; i++)
        {
            board.Sniffer.Hear(new byte[16]);
        }

        Assert.Equal(lost + 5, radio.DroppedRecords);
        byte[] records = new byte[200 * RadioRecord.Size];
        Assert.Equal(AdvertRing.Capacity, radio.DrainAdverts(records));
        Assert.Equal("000000000000", Address(records, 0));
        Assert.Equal(200, radio.DrainProbes(records));
        Assert.Equal(200, radio.DrainProbes(records));
        Assert.Equal(112, radio.DrainProbes(records));
    }

    [Fact]
    public void ARefusalIsLoggedAndTriedAgain()
    {
        using BoardHost board = BoardFixture.Start();
        List<string> log = [];
        board.Log = log.Add;
        SnifferRadio radio = Radio(board, out _);
        board.Sniffer.Refuses = true;
        board.Ble.Refuses = true;
        Assert.False(radio.ListenWifi(1));
        Assert.False(radio.ListenWifi(6));
        Assert.False(radio.ListenBle());
        Assert.Equal(["board: wifi does not work: no answer", "board: ble does not work: InvalidOperationException"], log);
        board.Sniffer.Refuses = false;
        board.Ble.Refuses = false;
        radio.ListenWifi(6);
        Assert.Equal(6, board.Sniffer.Channel);
        radio.ListenBle();
        Assert.True(board.Ble.IsScanning);
        Assert.Equal(4, log.Count);
    }

    /// <summary>
    /// A fault of the library that no adapter can catch: the stand-in has it too. What can be done is to start the thread again.
    /// </summary>
    [Fact]
    public void AMalformedAdvertisementMakesTheLibraryDeafUntilItIsRestarted()
    {
        using BoardHost board = BoardFixture.Start();
        SnifferRadio radio = Radio(board, out _);
        byte[] one = new byte[RadioRecord.Size];
        radio.ListenBle();
        board.Ble.Receive(1, true, BluetoothLEAdvertisementType.ConnectableUndirected, -60, [2, 1, 6, 1]);
        BoardFixture.Until(() => board.Ble.DiedOf is IndexOutOfRangeException);
        for (int i = 0; i < 3; i++)
        {
            Assert.True(radio.ListenWifi(1));
            Assert.True(radio.ListenBle());
            board.Ble.Receive(2, true, BluetoothLEAdvertisementType.ConnectableUndirected, -60, s_plain);
        }

        Assert.Equal(0, radio.DrainAdverts(one));
        radio.RestartBle();
        Assert.False(board.Ble.IsScanning);
        Assert.True(radio.ListenBle());
        board.Ble.Receive(3, true, BluetoothLEAdvertisementType.ConnectableUndirected, -60, s_plain);
        BoardFixture.Until(() => radio.DrainAdverts(one) == 1);
        Assert.Equal("000000000003", Address(one, 0));
        Assert.Null(board.Ble.DiedOf);
    }

    /// <summary>Where the thread lives, a second one would race it: the stand-in throws then.</summary>
    [Fact]
    public void ARestartLeavesALiveThreadAlone()
    {
        using BoardHost board = BoardFixture.Start();
        BoardSystem system = new(new NvsStore());
        SnifferRadio radio = new(new BoardClock(), system);
        radio.ListenBle();
        board.Ble.Receive(1, true, BluetoothLEAdvertisementType.ConnectableUndirected, -60, s_plain);
        byte[] one = new byte[RadioRecord.Size];
        BoardFixture.Until(() => radio.DrainAdverts(one) == 1);
        radio.RestartBle();
        radio.RestartBle();
        Assert.Null(system.BoardFault);
        Assert.True(radio.ListenBle());
    }

    [Fact]
    public void WithoutNativeRoomASliceIsLeftOut()
    {
        using BoardHost board = BoardFixture.Start();
        List<string> log = [];
        board.Log = log.Add;
        SnifferRadio radio = Radio(board, out _);
        Assert.True(radio.ListenWifi(6));
        board.NativeFreeBytes = BleScanner.RoomBytes - 1;
        Assert.False(radio.ListenBle());
        Assert.False(radio.ListenBle());
        Assert.Equal(6, board.Sniffer.Channel);
        Assert.Equal(0, board.Ble.Starts);
        Assert.Equal(
            ["radio: Wi-Fi is up, native memory has 98304 bytes, 49152 in one block",
                "radio: no room for Bluetooth, native memory has 45055 bytes, 22527 in one block"], log);
        board.NativeFreeBytes = BleScanner.RoomBytes;
        Assert.True(radio.ListenBle());
        Assert.True(radio.ListenWifi(6));
        board.NativeFreeBytes = 0;
        Assert.False(radio.ListenBle());
        Assert.Equal(4, log.Count);
    }

    /// <summary>The radio of the stock build: Bluetooth in its slices, and never Wi-Fi.</summary>
    [Fact]
    public void ARadioWithoutASnifferHearsBluetoothOnly()
    {
        using BoardHost board = BoardFixture.Start();
        BleRadio radio = new(new BoardClock(), new StockSystem());
        byte[] one = new byte[RadioRecord.Size];
        Assert.False(radio.ListenWifi(6));
        Assert.True(radio.ListenBle());
        board.Ble.Receive(5, true, BluetoothLEAdvertisementType.ConnectableUndirected, -60, s_plain);
        BoardFixture.Until(() => radio.DrainAdverts(one) == 1);
        Assert.False(radio.ListenWifi(6));
        Assert.False(board.Ble.IsScanning);
        Assert.Equal(0, radio.DrainProbes(one));
        board.NativeFreeBytes = 0;
        Assert.False(radio.ListenBle());
        Assert.Equal((0, 0), (radio.DroppedRecords, board.RadioConflicts));
    }

    [Fact]
    public void ADeafWifiHearsAgainAfterARestart()
    {
        using BoardHost board = BoardFixture.Start();
        SnifferRadio radio = Radio(board, out _);
        board.Sniffer.IsDeaf = true;
        Assert.True(radio.ListenWifi(1));
        Assert.False(board.Sniffer.Hear(new byte[16]));
        radio.RestartWifi();
        Assert.Equal(1, board.Sniffer.TearDowns);
        Assert.False(board.Sniffer.IsListening);
        Assert.True(radio.ListenWifi(1));
        Assert.True(board.Sniffer.Hear(new byte[16]));
    }

    /// <summary>What our own handler throws on the library's thread neither ends that thread nor is lost.</summary>
    [Fact]
    public async Task AFaultInTheHandlerLeavesAReasonAndReboots()
    {
        using BoardHost board = BoardFixture.Start();
        SnifferRadio radio = new(new BrokenClock(), new BoardSystem(new NvsStore()));
        radio.ListenBle();
        board.Ble.Receive(1, true, BluetoothLEAdvertisementType.ConnectableUndirected, -60, s_plain);
        Assert.Equal(ResetCause.Software, await board.Reset.WaitAsync(TimeSpan.FromSeconds(120)));
        Assert.Equal("ble:InvalidTimeZoneException", Encoding.ASCII.GetString(board.Nvs.Find("nvs", "jambox", "reset_reason")!));
        Assert.Null(board.Ble.DiedOf);
    }

    /// <summary>A million records by way of two threads: none torn, none twice, every loss counted.</summary>
    [Fact]
    public void TheRingHasOneProducerAndOneConsumer()
    {
        const int Records = 1_000_000;
        AdvertRing ring = new();
        bool isDone = false;
        Thread producer = new(() =>
        {
            for (int i = 1; i <= Records; i++)
            {
                ring.Put((ulong)i * 0x10001, -(i % 100) - 1, i, (byte)i);
            }

            Volatile.Write(ref isDone, true);
        });
        producer.Start();
        byte[] records = new byte[32 * RadioRecord.Size];
        int taken = 0;
        int last = 0;
        while (true)
        {
            bool wasDone = Volatile.Read(ref isDone);
            int count = ring.Drain(records);
            for (int i = 0; i < count; i++)
            {
                int at = i * RadioRecord.Size;
                int number = BitConverter.ToInt32(records, at + RadioRecord.TimeMs);
                Assert.True(number > last);
                Assert.Equal((byte)number, records[at + RadioRecord.Flags]);
                Assert.Equal(-(number % 100) - 1, (sbyte)records[at + RadioRecord.RssiDbm]);
                Assert.Equal(((ulong)number * 0x10001).ToString("X12"), Address(records, i));
                last = number;
            }

            taken += count;
            if (count == 0 && wasDone)
            {
                break;
            }
        }

        producer.Join();
        Assert.Equal(Records, taken + ring.Dropped);
    }

    private static SnifferRadio Radio(BoardHost board, out BoardClock clock)
    {
        _ = board;
        clock = new BoardClock();
        return new SnifferRadio(clock, new BoardSystem(new NvsStore()));
    }

    private static string Address(byte[] records, int index) => Convert.ToHexString(records, index * RadioRecord.Size, 6);

    private sealed class BrokenClock : IClock
    {
        public long UptimeMs => throw new InvalidTimeZoneException();

        public void Sleep(int milliseconds) => throw new InvalidTimeZoneException();
    }
}
