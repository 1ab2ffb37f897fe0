using System.Text;
using JamBox.Modem;
using Ascii = JamBox.Text.Ascii;

namespace JamBox.Tests.Modem;

/// <summary>A driver on a <see cref="FakeModem"/>, and what most tests do with it.</summary>
internal sealed class ModemBench
{
    private static readonly byte[] s_apn = Ascii.Bytes("hologram");
    private static readonly byte[] s_host = Ascii.Bytes("10.0.0.1");

    public ModemBench()
    {
        Fake = new FakeModem(Clock);
        Modem = new Sim7028(Fake, Clock, Clock);
    }

    /// <summary>Gets the clock.</summary>
    public FakeClock Clock { get; } = new FakeClock();

    /// <summary>Gets the modem that is driven.</summary>
    public FakeModem Fake { get; }

    /// <summary>Gets the driver.</summary>
    public Sim7028 Modem { get; }

    /// <summary>Brings the modem up.</summary>
    /// <returns>Whether it is connected.</returns>
    public bool BringUp()
    {
        return Modem.BringUp(s_apn);
    }

    /// <summary>Opens a link.</summary>
    /// <returns>Whether it is open.</returns>
    public bool Open()
    {
        return Modem.Open(s_host, 5000);
    }

    /// <summary>Brings the modem up, opens a link, and forgets the commands so far.</summary>
    /// <returns>Whether it is open.</returns>
    public bool UpAndOpen()
    {
        bool isOpen = BringUp() && Open();
        Fake.ClearLog();
        return isOpen;
    }

    /// <summary>Sends text.</summary>
    /// <param name="text">The text.</param>
    /// <returns>Whether it was taken.</returns>
    public bool Send(string text)
    {
        byte[] bytes = Ascii.Bytes(text);
        return Modem.Send(bytes, 0, bytes.Length);
    }

    /// <summary>Receives until nothing comes for a time or nothing will come any more.</summary>
    /// <param name="timeoutMs">That time.</param>
    /// <returns>The text, with a bar at its end when nothing will come any more.</returns>
    public string Receive(int timeoutMs)
    {
        byte[] buffer = new byte[100];
        string text = string.Empty;
        while (true)
        {
            int count = Modem.Receive(buffer, 0, buffer.Length, timeoutMs);
            if (count <= 0)
            {
                return count < 0 ? text + "|" : text;
            }

            text += Encoding.UTF8.GetString(buffer, 0, count);
        }
    }

    /// <summary>Brings the modem up as a script, for provisioning.</summary>
    /// <param name="bands">The bands.</param>
    /// <returns>Whether all steps were done.</returns>
    public bool Provision(string bands)
    {
        return Modem.Provision(s_apn, Ascii.Bytes(bands));
    }
}
