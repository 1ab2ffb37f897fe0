using System;
using System.Collections.Generic;
using System.Globalization;
using System.Linq;
using System.Text;
using JamBox.Ports;

namespace JamBox.Tests.Host;

/// <summary>A SIM7080 with a server behind it, as far as its manual has what a driver needs.</summary>
internal sealed class FakeSim7080 : IModemLink
{
    private readonly Queue<byte> _said = new Queue<byte>();
    private readonly StringBuilder _command = new StringBuilder();
    private readonly List<byte> _payload = [];
    private readonly Queue<byte> _waiting = new Queue<byte>();
    private int _owed;

    /// <summary>Gets the commands, each behind a bar.</summary>
    public string Commands { get; private set; } = string.Empty;

    /// <summary>Gets the last whole payload.</summary>
    public string Sent { get; private set; } = string.Empty;

    /// <summary>Gets or sets what the server answers to each payload.</summary>
    public string Response { get; set; } = string.Empty;

    /// <summary>Gets or sets a value indicating whether the server closes behind its answer.</summary>
    public bool ServerCloses { get; set; }

    /// <summary>Gets or sets how many prompts it forgets.</summary>
    public int LostPrompts { get; set; }

    /// <summary>Gets or sets a value indicating whether it says nothing.</summary>
    public bool IsSilent { get; set; }

    public bool IsNetworkOpen { get; private set; }

    public bool IsLinkOpen { get; private set; }

    /// <summary>It restarts by itself.</summary>
    public void Restart()
    {
        IsNetworkOpen = false;
        IsLinkOpen = false;
        _waiting.Clear();
        Say("\r\nRDY\r\n\r\n+CPIN: READY\r\n\r\nSMS Ready\r\n");
    }

    public bool HardwareReset() => false;

    public int Read(byte[] buffer, int offset, int count)
    {
        int read = 0;
        for (; read < Math.Min(count, 7) && _said.Count > 0; read++)
        {
            buffer[offset + read] = _said.Dequeue();
        }

        return read;
    }

    public void Write(byte[] buffer, int offset, int count)
    {
        foreach (byte value in buffer.AsSpan(offset, count))
        {
            if (_owed > 0)
            {
                _payload.Add(value);
                if (--_owed == 0)
                {
                    TakePayload();
                }
            }
            else if (value != (byte)'\r')
            {
                _command.Append((char)value);
            }
            else if (_command.Length > 0)
            {
                string command = _command.ToString();
                _command.Clear();
                Commands += "|" + command;
                Answer(command);
            }
        }
    }

    private void Answer(string command)
    {
        string name = command.Split('=')[0];
        switch (name)
        {
            case "AT+CPIN?":
                Ok("+CPIN: READY");
                break;
            case "AT+CEREG?":
                Ok("+CEREG: 0,5");
                break;
            case "AT+CSQ":
                Ok("+CSQ: 20,99");
                break;
            case "AT+CFUN":
                Ok(null);
                Restart();
                break;
            case "AT+CNACT":
                IsNetworkOpen = command.EndsWith(",1", StringComparison.Ordinal);
                Say("\r\nOK\r\n\r\n+APP PDP: 0," + (IsNetworkOpen ? "ACTIVE" : "DEACTIVE") + "\r\n");
                break;
            case "AT+CNACT?":
                Ok(IsNetworkOpen ? "+CNACT: 0,1,\"10.148.0.17\"" : "+CNACT: 0,0,\"0.0.0.0\"");
                break;
            case "AT+CAOPEN":
                IsLinkOpen = IsNetworkOpen;
                Ok("+CAOPEN: 0," + (IsLinkOpen ? "0" : "23"));
                break;
            case "AT+CASEND" when LostPrompts > 0:
                LostPrompts--;
                break;
            case "AT+CASEND":
                _owed = int.Parse(command.Split(',')[1], CultureInfo.InvariantCulture);
                Say("\r\n> ");
                break;
            case "AT+CARECV":
                HandOut(int.Parse(command.Split(',')[1], CultureInfo.InvariantCulture));
                break;
            case "AT+CACLOSE":
                Say(IsLinkOpen ? "\r\nOK\r\n" : "\r\nERROR\r\n");
                IsLinkOpen = false;
                break;
            default:
                Ok(null);
                break;
        }
    }

    private void TakePayload()
    {
        Sent = Encoding.ASCII.GetString(_payload.ToArray());
        _payload.Clear();
        Ok(null);
        foreach (byte value in Encoding.ASCII.GetBytes(Response))
        {
            _waiting.Enqueue(value);
        }

        Say("\r\n+CADATAIND: 0\r\n" + (ServerCloses ? "\r\n+CASTATE: 0,0\r\n" : string.Empty));
    }

    // Half of what waits at first, so that there is more.
    private void HandOut(int most)
    {
        int count = Math.Min(most, (_waiting.Count + 1) / 2);
        string block = string.Concat(Enumerable.Range(0, count).Select(_ => (char)_waiting.Dequeue()));
        Say(
            count == 0
                ? "\r\n+CARECV: 0\r\n\r\nOK\r\n"
                : "\r\n+CARECV: " + count.ToString(CultureInfo.InvariantCulture) + "," + block + "\r\nOK\r\n");
    }

    private void Ok(string line) => Say((line == null ? string.Empty : "\r\n" + line + "\r\n") + "\r\nOK\r\n");

    private void Say(string text)
    {
        foreach (char c in IsSilent ? string.Empty : text)
        {
            _said.Enqueue((byte)c);
        }
    }
}
