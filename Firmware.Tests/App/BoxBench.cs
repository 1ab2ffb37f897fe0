using JamBox.App;
using JamBox.Modem;
using JamBox.Ports;
using JamBox.Tests.Counting;
using JamBox.Tests.Modem;
using JamBox.Tests.Ota;
using JamBox.Tests.Storage;

namespace JamBox.Tests.App;

/// <summary>
/// A box with everything around it. What outlives a loss of power is made once; box, modem and clock are new at every boot.
/// </summary>
internal sealed class BoxBench
{
    private const int MinuteMs = 60000;

    public BoxBench(bool hasLog = false)
    {
        Store.Set(BoxIdentity.DeviceIdKey, "JBNB0001");
        Store.Set(BoxIdentity.TokenKey, "s3cret");
        Store.Set(BoxIdentity.HostKey, "10.0.0.1");
        Store.Set(BoxIdentity.CellularOkKey, "\u0001");
        Flash = hasLog ? new SimFlash(8, 512) : null;
    }

    public FakeStore Store { get; } = new FakeStore();

    public FakeServer Server { get; } = new FakeServer();

    public FakeBoard Board { get; } = new FakeBoard();

    /// <summary>Where readings are kept; <c>null</c> for nowhere. Set before <see cref="Boot"/>.</summary>
    public SimFlash Flash { get; set; }

    /// <summary>Set before <see cref="Boot"/>; <c>null</c> for none.</summary>
    public FakeScanner Scanner { get; set; }

    /// <summary>Set before <see cref="Boot"/>; <c>null</c> for a box without OTA.</summary>
    public FakeSlots Slots { get; set; }

    /// <summary>Set before <see cref="Boot"/>; <c>null</c> for one that always has room.</summary>
    public FakeHeap Heap { get; set; }

    public FakeClock Clock { get; private set; }

    public FakeCrypto Crypto { get; } = new FakeCrypto();

    /// <summary>Whether a box without OTA can check answers. Set before <see cref="Boot"/>.</summary>
    public bool HasCrypto { get; set; }

    public FakeModem Modem { get; private set; }

    public FakeRadio Radio { get; private set; }

    public Box Box { get; private set; }

    /// <summary>Makes a box without a log that has been on for 5 s: its first heartbeat is sent.</summary>
    /// <returns>The bench.</returns>
    public static BoxBench Running()
    {
        var bench = new BoxBench();
        bench.Boot();
        bench.Run(5000);
        return bench;
    }

    /// <summary>Power goes, if it was there, and comes.</summary>
    /// <param name="startMs">Uptime at which the box's life begins.</param>
    /// <param name="start">Whether the box is started.</param>
    public void Boot(long startMs = 0, bool start = true)
    {
        if (Clock != null)
        {
            Server.UtcAtBootMs += Clock.UptimeMs - startMs;
        }

        // The old box is garbage before the new one is made: two do not fit the board.
        Box = null;
        Clock = new FakeClock { UptimeMs = startMs, Stretch = 10 };
        Server.Clock = Clock;
        Modem = new FakeModem(Clock) { Server = Server };
        Radio = new FakeRadio();
        if (Slots != null)
        {
            Slots.PowerOn();
        }

        Box = Slots == null
            ? new Box(Clock, Modem, new Sim7028Factory(), Radio, Store, Board, Board, Board, Board, NewFirmware(), Flash, Scanner, null,
                HasCrypto ? Crypto : null)
            : new Box(
                Clock, Modem, new Sim7028Factory(), Radio, Store, Board, Board, Board, Board, Slots.Firmware, Flash, Scanner, Slots,
                Crypto, Heap);
        if (Server.Compact == null)
        {
            Box.Compact.TurnOff();
        }

        if (start)
        {
            Box.Start();
        }
    }

    private static FirmwareInfo NewFirmware()
    {
        return new FirmwareInfo(FirmwareVersion.Text, FirmwareVersion.Sequence, TestRelease.Hardware);
    }

    /// <summary>Lets the box live.</summary>
    /// <param name="ms">How long, ms.</param>
    public void Run(long ms)
    {
        long end = Clock.UptimeMs + ms;
        while (Clock.UptimeMs < end && !Box.IsRebooting)
        {
            Box.RunOnce();
        }
    }

    /// <summary>Lets time pass in which the loop stands still, and then the box live a little: many intervals for little work.</summary>
    /// <param name="ms">How long, ms.</param>
    public void Skip(long ms)
    {
        Clock.UptimeMs += ms;
        Run(10000);
    }

    /// <summary>Lets the box live for hours: a second in 20 minutes, in one at the end.</summary>
    /// <param name="uptimeMs">Until when, ms of uptime; or until it reboots.</param>
    public void LiveUntil(long uptimeMs)
    {
        while (Clock.UptimeMs < uptimeMs && !Box.IsRebooting)
        {
            Clock.UptimeMs += uptimeMs - Clock.UptimeMs > 25 * MinuteMs ? 20 * MinuteMs : MinuteMs;
            Run(1000);
        }
    }

    /// <summary>Lets the back-off pass, and the box try again.</summary>
    public void Retry()
    {
        long connectionMs = Box.Uplink.RetryAtMs;
        long readingMs = Box.Readings.RetryAtMs;
        long at = connectionMs > readingMs ? connectionMs : readingMs;
        if (at > Clock.UptimeMs)
        {
            Clock.UptimeMs = at;
        }

        Box.RunOnce();
    }

    /// <summary>Gives a number of the last reading.</summary>
    /// <param name="name">Its name.</param>
    /// <returns>The number; −1 when it is not there.</returns>
    public int Field(string name)
    {
        return (int)FakeServer.Number(Server.LastReading, "\"" + name + "\":");
    }
}
