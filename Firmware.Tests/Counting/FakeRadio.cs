using System;
using JamBox.Ports;

namespace JamBox.Tests.Counting;

/// <summary>A radio whose rings are filled by hand.</summary>
internal sealed class FakeRadio : IRadio
{
    private readonly byte[] _probes;
    private readonly byte[] _adverts = new byte[32 * RadioRecord.Size];
    private int _probeCount;
    private int _advertCount;

    /// <param name="probes">Probe requests that its ring holds at most.</param>
    public FakeRadio(int probes = 64)
    {
        _probes = new byte[probes * RadioRecord.Size];
    }

    public int DroppedRecords { get; set; }

    public bool HasWifi { get; set; } = true;

    /// <summary>Channel that is listened to; 0 = Bluetooth, −1 = nothing yet.</summary>
    public int Listening { get; private set; } = -1;

    public int Switches { get; private set; }

    /// <summary>Whether every drain of probe requests brings as many as fit, all heard at <see cref="EndlessMs"/>.</summary>
    public bool IsEndless { get; set; }

    public long EndlessMs { get; set; }

    /// <summary>Whether Wi-Fi or Bluetooth refuses to listen.</summary>
    public bool RefusesWifi { get; set; }

    public bool RefusesBle { get; set; }

    public int WifiRestarts { get; private set; }

    public int BleRestarts { get; private set; }

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
        if (IsEndless)
        {
            int all = records.Length / RadioRecord.Size;
            for (int i = 0; i < all; i++)
            {
                Records.Write(records, i, i, (uint)EndlessMs, -60, 0);
            }

            return all;
        }

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
        Listening = RefusesWifi ? -1 : channel;
        Switches++;
        return !RefusesWifi;
    }

    public bool ListenBle()
    {
        Listening = RefusesBle ? -1 : 0;
        Switches++;
        return !RefusesBle;
    }

    public void RestartBle()
    {
        Listening = -1;
        BleRestarts++;
    }

    public void RestartWifi()
    {
        Listening = -1;
        WifiRestarts++;
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
