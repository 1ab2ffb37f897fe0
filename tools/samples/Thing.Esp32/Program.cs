using System;
using System.Threading;
using JamBox.Things.App;
using JamBox.Things.Esp32.Adapters;
using JamBox.Things.Uplink;

namespace JamBox.Things.Esp32;

/// <summary>Wires the board and runs the thing. Change the pins and the sensors here; nothing else knows them.</summary>
public static class Program
{
    /// <summary>The version, as the server is told.</summary>
    public const string Version = "v1.0.0";

    private const int RestartAfterMs = 5000;

    /// <summary>Never returns: whatever is thrown ends in a restart.</summary>
    public static void Main()
    {
        var device = new BoardDevice();
        try
        {
            Run(device);
        }
        catch (Exception e)
        {
            // An exception that leaves Main leaves the runtime waiting for a debugger.
            device.Log("the thing failed: " + e.GetType().Name + ": " + e.Message);
            Thread.Sleep(RestartAfterMs);
            device.Restart("failed");
        }
    }

    private static void Run(BoardDevice device)
    {
        var parts = new ThingParts
        {
            Clock = new TickClock(),
            Device = device,
            Store = new FileSettings(device),
            Serial = new SerialConsole(),
            Wifi = new BoardWifi(device),
            AccessPoint = new BoardAccessPoint(device),
            Network = new BoardNetwork(device),
            Outputs = new GpioOutputs(new[] { 2, 4, 5, 6, 7 }),
            Sensors = new ChipSensors(device),
            Slot = new NoSlot(),
        };
        var thing = new Thing(parts, new ThingIdentity("sample", "esp32s3", Version));
        while (true)
        {
            thing.RunOnce();
        }
    }
}
