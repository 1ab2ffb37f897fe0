using System.Text;
using JamBox.Twin.Modem;
using JamBox.Twin.Time;

namespace JamBox.Twin.Tests.Modem;

/// <summary>A modem on a bench: text in, text out, virtual time.</summary>
internal sealed class ModemRig
{
    private readonly byte[] _buffer = new byte[4_096];

    public ModemRig(ModemOptions? options = null, INetworkBridge? bridge = null, long seed = 1)
    {
        Bridge = bridge as FakeBridge ?? new FakeBridge(Clock);
        Modem = new ModemSimulator(Clock, bridge ?? Bridge, seed, options, new Transcript(TranscriptText, "sEcReT-tOkEn-0123456789"));
        Modem.PowerOn();
    }

    public VirtualClock Clock { get; } = new(1_700_000_000_000);

    public FakeBridge Bridge { get; }

    public ModemSimulator Modem { get; }

    public StringWriter TranscriptText { get; } = new();

    public ModemOptions Options => Modem.Options;

    /// <summary>Powered, registered, echo off; everything it said so far thrown away.</summary>
    public static ModemRig Ready(Action<ModemOptions>? change = null, INetworkBridge? bridge = null)
    {
        ModemOptions options = new();
        change?.Invoke(options);
        ModemRig rig = new(options, bridge);
        rig.Hear(25_000);
        rig.Ask("ATE0");
        return rig;
    }

    /// <summary>As <see cref="Ready"/>, and the network open.</summary>
    public static ModemRig Online(Action<ModemOptions>? change = null, INetworkBridge? bridge = null)
    {
        ModemRig rig = Ready(change, bridge);
        Assert.EndsWith("\r\nOK\r\n", rig.Ask("AT+CGDCONT=0,\"IP\",\"hologram\""));
        Assert.EndsWith("\r\nOK\r\n", rig.Ask("AT+CGATT=1", 4_000));
        Assert.Equal("\r\nOK\r\n\r\n+NETOPEN: 0\r\n", rig.Ask("AT+NETOPEN", 5_000));
        return rig;
    }

    /// <summary>As <see cref="Online"/>, and connection 0 open.</summary>
    public static ModemRig Connected(Action<ModemOptions>? change = null)
    {
        ModemRig rig = Online(change);
        rig.Ask("AT+CIPRXGET=1");
        Assert.Contains("+CIPOPEN: 0,0", rig.Ask("AT+CIPOPEN=0,\"TCP\",\"backend.jambox.test\",80", 3_000));
        return rig;
    }

    public string Ask(string command, int waitMs = 500)
    {
        Write(command + "\r");
        return Hear(waitMs);
    }

    public void Write(string text)
    {
        byte[] bytes = Encoding.Latin1.GetBytes(text);
        Modem.Write(bytes, 0, bytes.Length);
    }

    public string Hear(int waitMs)
    {
        StringBuilder heard = new();
        for (int ms = 0; ms < waitMs; ms += 10)
        {
            Clock.Sleep(10);
            for (int count; (count = Modem.Read(_buffer, 0, _buffer.Length)) > 0;)
            {
                heard.Append(Encoding.Latin1.GetString(_buffer, 0, count));
            }
        }

        return heard.ToString();
    }
}
