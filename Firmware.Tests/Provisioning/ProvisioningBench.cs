using System;
using JamBox.App;
using JamBox.Modem;
using JamBox.Ports;
using JamBox.Provisioning;
using JamBox.Tests.Modem;

namespace JamBox.Tests.Provisioning;

/// <summary>A box with the provisioning firmware on a <see cref="FakeModem"/>, and all the other ports.</summary>
internal sealed class ProvisioningBench : IKeyValueStore, IIndicator, IButtons, IWatchdog, ISystem
{
    private const int MaxKeys = 6;

    private readonly string[] _keys = new string[MaxKeys];
    private readonly byte[][] _values = new byte[MaxKeys][];
    private long _fedAtMs;

    public ProvisioningBench()
    {
        Modem = new FakeModem(Clock);
        Box = new ProvisioningBox(Clock, Modem, new Sim7028Factory(), this, this, this, this, this);
    }

    public FakeClock Clock { get; } = new FakeClock();

    public FakeModem Modem { get; }

    public ProvisioningBox Box { get; }

    /// <summary>The last line that is neither a command nor an answer.</summary>
    public string Said { get; private set; } = string.Empty;

    /// <summary>Lines that begin with PROVISIONING.</summary>
    public int Results { get; private set; }

    /// <summary>The line that names the failed step.</summary>
    public string Diagnosis { get; private set; } = string.Empty;

    /// <summary>The line that says that the production firmware will not work.</summary>
    public string Warning { get; private set; } = string.Empty;

    public bool StoreRefuses { get; set; }

    /// <summary>The longest time without a meal for the watchdog, ms.</summary>
    public long LongestHungerMs { get; private set; }

    /// <summary>Uptime at which the button is let go.</summary>
    public long ReleasedAtMs { get; set; }

    public bool IsMainPressed => Clock.UptimeMs < ReleasedAtMs;

    public string ResetReason => "power";

    public string BoardFault => null;

    public int FreeHeapBytes => 0;

    public int LargestFreeBlockBytes => 0;

    /// <summary>The flag, as the production firmware sees it.</summary>
    public bool IsOk => BoxIdentity.ReadCellularOk(this);

    /// <summary>Starts it and runs it until it has ended.</summary>
    public ProvisioningResult Run()
    {
        Box.Start();
        return Again();
    }

    /// <summary>Runs it until it has ended.</summary>
    public ProvisioningResult Again()
    {
        for (int i = 0; i < 100 && Box.Result == ProvisioningResult.None; i++)
        {
            Box.RunOnce();
        }

        return Box.Result;
    }

    /// <summary>Runs it for a while.</summary>
    public void Wait(int milliseconds)
    {
        long end = Clock.UptimeMs + milliseconds;
        while (Clock.UptimeMs < end)
        {
            Box.RunOnce();
        }
    }

    public int Get(string key, byte[] buffer)
    {
        int i = Find(key);
        if (_values[i] == null || _values[i].Length > buffer.Length)
        {
            return -1;
        }

        Array.Copy(_values[i], buffer, _values[i].Length);
        return _values[i].Length;
    }

    public bool Set(string key, byte[] buffer, int count)
    {
        if (StoreRefuses)
        {
            return false;
        }

        int i = Find(key);
        _keys[i] = key;
        _values[i] = count == 0 ? null : new byte[count];
        if (count > 0)
        {
            Array.Copy(buffer, _values[i], count);
        }

        return true;
    }

    public void Show(byte red, byte green, byte blue)
    {
    }

    public void Start(int timeoutMs)
    {
        _fedAtMs = Clock.UptimeMs;
    }

    public void Feed()
    {
        long hunger = Clock.UptimeMs - _fedAtMs;
        LongestHungerMs = hunger > LongestHungerMs ? hunger : LongestHungerMs;
        _fedAtMs = Clock.UptimeMs;
    }

    public void Random(byte[] buffer)
    {
    }

    public void Reboot(string reason)
    {
    }

    public void Log(string line)
    {
        if (line.StartsWith("> ") || line.StartsWith("< "))
        {
            return;
        }

        Said = line;
        if (line.StartsWith("PROVISIONING"))
        {
            Results++;
        }

        if (line.StartsWith("the production firmware"))
        {
            Warning = line;
        }

        if (line.StartsWith("step "))
        {
            Diagnosis = line;
        }
    }

    private int Find(string key)
    {
        int i = 0;
        while (_keys[i] != null && _keys[i] != key)
        {
            i++;
        }

        return i;
    }
}
