using System;
using JamBox.Ports;
using JamBox.Tests.Counting;

namespace JamBox.Tests.App;

/// <summary>A radio whose rings are filled by hand.</summary>
internal sealed class FakeRadio : IRadio
{
    private readonly byte[] _probes = new byte[64 * RadioRecord.Size];
    private readonly byte[] _adverts = new byte[64 * RadioRecord.Size];
    private int _probeCount;
    private int _advertCount;

    public int DroppedRecords { get; set; }

    /// <summary>Channel that is listened to; 0 = Bluetooth, −1 = nothing yet.</summary>
    public int Listening { get; private set; } = -1;

    public int Switches { get; private set; }

    public void HearProbe(int device, long uptimeMs)
    {
        Records.Write(_probes, _probeCount++, device, (uint)uptimeMs, -60, 0);
    }

    public void HearAdvert(int device, long uptimeMs)
    {
        Records.Write(_adverts, _advertCount++, device, (uint)uptimeMs, -60, RadioRecord.FlagRandomAddress);
    }

    public int DrainProbes(byte[] records)
    {
        int count = Drain(_probes, _probeCount, records);
        _probeCount -= count;
        return count;
    }

    public int DrainAdverts(byte[] records)
    {
        int count = Drain(_adverts, _advertCount, records);
        _advertCount -= count;
        return count;
    }

    public bool ListenWifi(int channel)
    {
        Listening = channel;
        Switches++;
        return true;
    }

    public bool ListenBle()
    {
        Listening = 0;
        Switches++;
        return true;
    }

    public void RestartBle()
    {
        Listening = -1;
    }

    public void RestartWifi()
    {
        Listening = -1;
    }

    private static int Drain(byte[] ring, int waiting, byte[] records)
    {
        int count = records.Length / RadioRecord.Size;
        count = count < waiting ? count : waiting;
        Array.Copy(ring, 0, records, 0, count * RadioRecord.Size);
        Array.Copy(ring, count * RadioRecord.Size, ring, 0, (waiting - count) * RadioRecord.Size);
        return count;
    }
}
