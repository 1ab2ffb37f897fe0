using System;
using System.Text;
using JamBox.Ports;
using Ascii = JamBox.Text.Ascii;

namespace JamBox.Tests.Modem;

/// <summary>
/// A SIM7028 small enough for the board: it answers as docs/modem.md says, a few bytes per read, and fails as it is told. The full one,
/// with a switch for every variation, is that of the device twin.
/// </summary>
internal sealed class FakeModem : IModemLink
{
    /// <summary>What a modem says that starts.</summary>
    public const string Boot =
        "LoadVerifyImageHead read(len=272), Time(ms)->0.\r\ntest:VerifyImageHead skip\r\nVerifyImageBody sha256 skip\r\n\r\n*ATREADY: 1\r\nSIM Ready\r\n+CEREG: 2\r\n";

    private const int MaxReplies = 64;
    private const int MaxOverrides = 8;
    private const int SentCapacity = 2048;

    private readonly FakeClock _clock;
    private readonly byte[][] _replies = new byte[MaxReplies][];
    private readonly long[] _dueMs = new long[MaxReplies];
    private readonly string[] _overridden = new string[MaxOverrides];
    private readonly string[] _overrides = new string[MaxOverrides];
    private readonly int[] _overrideTimes = new int[MaxOverrides];
    private readonly byte[] _command = new byte[256];
    private readonly byte[] _payload = new byte[1500];
    private readonly byte[] _waiting = new byte[2048];
    private int _replyCount;
    private int _replyAt;
    private int _overrideCount;
    private int _commandLength;
    private int _owed;
    private int _announced;
    private int _waitingLength;
    private int _responseAt;
    private long _nextPieceMs;
    private long _awakeAtMs;
    private bool _isResponding;
    private bool _hasPaused;
    private uint _random = 12345;

    /// <param name="clock">The clock.</param>
    public FakeModem(FakeClock clock)
    {
        _clock = clock;
    }

    /// <summary>Gets or sets who answers each payload; commands and payload are not kept then, for a box lives long.</summary>
    public FakeServer Server { get; set; }

    /// <summary>Gets or sets a value indicating whether no link can be opened.</summary>
    public bool IsUnreachable { get; set; }

    /// <summary>Gets every command so far, each behind a bar.</summary>
    public string Commands { get; private set; } = string.Empty;

    /// <summary>Gets what the server has got, where there is no <see cref="Server"/> to take it.</summary>
    public byte[] Sent { get; private set; } = new byte[0];

    /// <summary>Gets the bytes in <see cref="Sent"/>.</summary>
    public int SentLength { get; private set; }

    /// <summary>Gets how often a link was opened.</summary>
    public int Opens { get; private set; }

    /// <summary>Gets how often the reset line was used.</summary>
    public int Resets { get; private set; }

    /// <summary>Gets or sets a value indicating whether a read gives up to 8 bytes and the next one nothing.</summary>
    public bool IsSlow { get; set; }

    /// <summary>Gets or sets a value indicating whether it echoes.</summary>
    public bool HasEcho { get; set; }

    /// <summary>Gets or sets a value indicating whether it says nothing.</summary>
    public bool IsSilent { get; set; }

    /// <summary>Gets or sets for how long it is deaf from the next byte on, ms: it sleeps. 0 when it does not.</summary>
    public int DeafMs { get; set; }

    /// <summary>Gets or sets a value indicating whether no blank follows a colon of what it says.</summary>
    public bool IsTerse { get; set; }

    /// <summary>Gets or sets a value indicating whether the board has a reset line.</summary>
    public bool HasResetLine { get; set; } = true;

    /// <summary>Gets or sets the state of the registration.</summary>
    public int Registration { get; set; } = 5;

    /// <summary>Gets or sets a value indicating whether the network is open.</summary>
    public bool IsNetworkOpen { get; set; }

    /// <summary>Gets or sets the address.</summary>
    public string Address { get; set; } = "10.148.0.17";

    /// <summary>Gets or sets the address in the context.</summary>
    public string ContextAddress { get; set; } = "10.148.0.17";

    /// <summary>Gets or sets how long what needs the network takes, ms.</summary>
    public int NetworkDelayMs { get; set; } = 100;

    /// <summary>Gets or sets how many prompts are not said, though the modem waits for payload.</summary>
    public int LostPrompts { get; set; }

    /// <summary>Gets or sets how many AT+CIPSEND are not heard at all.</summary>
    public int LostSends { get; set; }

    /// <summary>Gets or sets how many bytes of the next payload are not taken.</summary>
    public int ShortBy { get; set; }

    /// <summary>Gets or sets a value indicating whether it takes no byte of any payload.</summary>
    public bool TakesNothing { get; set; }

    /// <summary>Gets or sets how it hands over what it receives.</summary>
    public FakeDialect Dialect { get; set; }

    /// <summary>Gets or sets what the server answers to each complete payload.</summary>
    public byte[] Response { get; set; }

    /// <summary>Gets or sets the bytes of a piece of the answer; 0 for all at once.</summary>
    public int PieceBytes { get; set; }

    /// <summary>Gets or sets a value indicating whether the server closes the link behind its answer.</summary>
    public bool ServerCloses { get; set; }

    /// <summary>Gets or sets a value indicating whether that is reported before the last piece.</summary>
    public bool ClosesEarly { get; set; }

    /// <summary>Gets or sets the bytes of a fetched block after which the modem restarts; −1 for never.</summary>
    public int RestartsInData { get; set; } = -1;

    /// <summary>Answers a command otherwise.</summary>
    /// <param name="command">How it begins.</param>
    /// <param name="reply">The raw bytes; <c>null</c> for silence.</param>
    /// <param name="times">How often.</param>
    public void On(string command, string reply, int times = 1)
    {
        _overridden[_overrideCount] = command;
        _overrides[_overrideCount] = reply;
        _overrideTimes[_overrideCount] = times;
        _overrideCount++;
    }

    /// <summary>Says something.</summary>
    /// <param name="text">The raw bytes.</param>
    /// <param name="delayMs">In how many ms.</param>
    public void Say(string text, int delayMs = 20)
    {
        byte[] bytes = Nul.Bytes(text);
        Say(IsTerse ? WithoutBlanks(bytes) : bytes, delayMs);
    }

    /// <summary>Says something.</summary>
    /// <param name="bytes">The raw bytes.</param>
    /// <param name="delayMs">In how many ms.</param>
    public void Say(byte[] bytes, int delayMs)
    {
        if (_replyCount == MaxReplies || bytes.Length == 0)
        {
            return;
        }

        // In the order in which it is due; what is being read goes on first.
        long due = _clock.UptimeMs + delayMs;
        int first = _replyAt > 0 ? 1 : 0;
        int at = _replyCount;
        for (; at > first && _dueMs[at - 1] > due; at--)
        {
            _replies[at] = _replies[at - 1];
            _dueMs[at] = _dueMs[at - 1];
        }

        _replies[at] = bytes;
        _dueMs[at] = due;
        _replyCount++;
    }

    /// <summary>Gives what the server has got as text.</summary>
    /// <returns>The text.</returns>
    public string SentText()
    {
        return Encoding.UTF8.GetString(Sent, 0, SentLength);
    }

    /// <summary>Forgets commands and payload so far.</summary>
    public void ClearLog()
    {
        Commands = string.Empty;
        SentLength = 0;
    }

    /// <inheritdoc/>
    public int Read(byte[] buffer, int offset, int count)
    {
        Respond();
        if (IsSlow && !_hasPaused)
        {
            _hasPaused = true;
            return 0;
        }

        _hasPaused = false;
        if (_replyCount == 0 || _dueMs[0] > _clock.UptimeMs)
        {
            return 0;
        }

        byte[] reply = _replies[0];
        _random = (_random * 1664525) + 1013904223;
        int most = IsSlow ? 1 + (int)((_random >> 16) & 7) : count;
        int taken = reply.Length - _replyAt;
        taken = taken < most ? taken : most;
        taken = taken < count ? taken : count;
        Array.Copy(reply, _replyAt, buffer, offset, taken);
        _replyAt += taken;
        if (_replyAt == reply.Length)
        {
            _replyAt = 0;
            _replyCount--;
            Array.Copy(_replies, 1, _replies, 0, _replyCount);
            Array.Copy(_dueMs, 1, _dueMs, 0, _replyCount);
        }

        return taken;
    }

    /// <inheritdoc/>
    public void Write(byte[] buffer, int offset, int count)
    {
        if (IsDeaf() || IsSilent)
        {
            return;
        }

        int end = offset + count;
        for (int i = offset; i < end; i++)
        {
            if (_owed > 0)
            {
                int taken = _owed < end - i ? _owed : end - i;
                TakePayload(buffer, i, taken);
                i += taken - 1;
            }
            else if (buffer[i] == (byte)'\r')
            {
                string command = Encoding.UTF8.GetString(_command, 0, _commandLength);
                _commandLength = 0;
                if (command.Length > 0)
                {
                    Execute(command);
                }
            }
            else if (_commandLength < _command.Length)
            {
                _command[_commandLength++] = buffer[i];
            }
        }
    }

    /// <inheritdoc/>
    public bool HardwareReset()
    {
        if (HasResetLine)
        {
            Resets++;
            IsSilent = false;
            Restart();
        }

        return HasResetLine;
    }

    /// <summary>Restarts by itself.</summary>
    public void Restart()
    {
        IsNetworkOpen = false;
        HasEcho = true;
        _isResponding = false;
        _waitingLength = 0;
        _owed = 0;
        Say(Boot, 20);
    }

    private static byte[] WithoutBlanks(byte[] text)
    {
        int length = 0;
        for (int i = 0; i < text.Length; i++)
        {
            if (text[i] != (byte)' ' || text[i - 1] != (byte)':')
            {
                text[length++] = text[i];
            }
        }

        byte[] kept = new byte[length];
        Array.Copy(text, 0, kept, 0, length);
        return kept;
    }

    private bool IsDeaf()
    {
        if (DeafMs == 0)
        {
            return false;
        }

        _awakeAtMs = _awakeAtMs == 0 ? _clock.UptimeMs + DeafMs : _awakeAtMs;
        if (_clock.UptimeMs < _awakeAtMs)
        {
            return true;
        }

        DeafMs = 0;
        _awakeAtMs = 0;
        return false;
    }

    private void TakePayload(byte[] buffer, int offset, int count)
    {
        Array.Copy(buffer, offset, _payload, _announced - _owed, count);
        _owed -= count;
        if (_owed > 0)
        {
            return;
        }

        int confirmed = TakesNothing ? 0 : _announced - ShortBy;
        ShortBy = 0;
        if (Server != null)
        {
            Response = Server.Answer(_payload, _announced);
            ServerCloses = !Server.KeepsOpen;
        }
        else
        {
            Sent = Sent.Length == 0 ? new byte[SentCapacity] : Sent;
            Array.Copy(_payload, 0, Sent, SentLength, confirmed);
            SentLength += confirmed;
        }

        Say("\r\nOK\r\n\r\n+CIPSEND: 0," + _announced.ToString() + "," + confirmed.ToString() + "\r\n", NetworkDelayMs);
        if (confirmed == _announced && Response != null)
        {
            _isResponding = true;
            _responseAt = 0;
            _nextPieceMs = _clock.UptimeMs + (2 * NetworkDelayMs);
        }
    }

    private void Execute(string command)
    {
        if (Server == null)
        {
            Commands += "|" + command;
        }

        if (HasEcho)
        {
            Say(command + "\r", 0);
        }

        for (int i = 0; i < _overrideCount; i++)
        {
            if (_overrideTimes[i] > 0 && command.StartsWith(_overridden[i]))
            {
                _overrideTimes[i]--;
                if (_overrides[i] != null)
                {
                    Say(_overrides[i]);
                }

                return;
            }
        }

        if (command.StartsWith("AT+CIP"))
        {
            ExecuteLink(command);
        }
        else
        {
            ExecuteBasic(command);
        }
    }

    private void ExecuteBasic(string command)
    {
        if (command == "AT+CPIN?")
        {
            Say("\r\n+CPIN: READY\r\n\r\nOK\r\n");
        }
        else if (command == "AT+CSQ")
        {
            Say("\r\n+CSQ: 20,99\r\n\r\nOK\r\n");
        }
        else if (command == "AT+CEREG?")
        {
            Say("\r\n+CEREG: 0," + Registration.ToString() + "\r\n\r\nOK\r\n");
        }
        else if (command == "AT+CFUN=1,1")
        {
            Restart();
            Say("Network Available\r\n+CEREG: 1\r\n\r\nOK\r\n", 8000);
        }
        else if (command == "AT+NETOPEN")
        {
            Say(
                IsNetworkOpen ? "\r\n+IP ERROR: Network is already opened\r\n\r\nERROR\r\n" : "\r\nOK\r\n\r\n+NETOPEN: 0\r\n",
                NetworkDelayMs);
            IsNetworkOpen = true;
        }
        else if (command == "AT+NETCLOSE")
        {
            Say(IsNetworkOpen ? "\r\nOK\r\n\r\n+NETCLOSE: 0\r\n" : "\r\n+NETCLOSE: 2\r\n\r\nERROR\r\n");
            IsNetworkOpen = false;
        }
        else if (command == "AT+IPADDR")
        {
            Say(IsNetworkOpen ? "\r\n+IPADDR: " + Address + "\r\n\r\nOK\r\n" : "\r\n+IPADDR: Network not opened\r\n\r\nERROR\r\n");
        }
        else if (command == "AT+CGDCONT?")
        {
            Say("\r\n+CGDCONT: 0,\"IP\",\"hologram\",\"" + ContextAddress + "\"\r\n+CGDCONT: 1,\"IP\",\"other\",\"9.9.9.9\"\r\n\r\nOK\r\n");
        }
        else
        {
            HasEcho &= command != "ATE0";
            Say("\r\nOK\r\n");
        }
    }

    private void ExecuteLink(string command)
    {
        if (command.StartsWith("AT+CIPOPEN"))
        {
            Opens++;
            string failure = IsNetworkOpen ? "\r\n+CIPOPEN: 0,1\r\n\r\nERROR\r\n" : "\r\n+CIPOPEN: 0,2\r\n\r\nERROR\r\n";
            Say(IsNetworkOpen && !IsUnreachable ? "\r\nOK\r\n\r\n+CIPOPEN: 0,0\r\n" : failure, NetworkDelayMs);
        }
        else if (command.StartsWith("AT+CIPSEND=0,"))
        {
            ExecuteSend(command);
        }
        else if (command.StartsWith("AT+CIPCLOSE"))
        {
            _isResponding = false;
            _waitingLength = 0;
            Say("\r\nOK\r\n\r\n+CIPCLOSE: 0,0\r\n");
        }
        else if (command == "AT+CIPRXGET=1")
        {
            Say(Dialect == FakeDialect.Buffered ? "\r\nOK\r\n" : "\r\nERROR\r\n");
        }
        else if (command.StartsWith("AT+CIPRXGET=2,0,"))
        {
            ExecuteFetch(command);
        }
        else
        {
            Say("\r\nERROR\r\n");
        }
    }

    private void ExecuteSend(string command)
    {
        if (LostSends > 0)
        {
            LostSends--;
            return;
        }

        byte[] bytes = Ascii.Bytes(command);
        int at = 13;
        Ascii.TryReadInt(bytes, ref at, bytes.Length, out _announced);
        _owed = _announced;
        if (LostPrompts > 0)
        {
            LostPrompts--;
        }
        else
        {
            Say("\r\n> ");
        }
    }

    private void ExecuteFetch(string command)
    {
        if (_waitingLength == 0)
        {
            Say("\r\n+IP ERROR: No data\r\n\r\nERROR\r\n");
            return;
        }

        byte[] bytes = Ascii.Bytes(command);
        int at = 16;
        Ascii.TryReadInt(bytes, ref at, bytes.Length, out int asked);
        int read = asked < _waitingLength ? asked : _waitingLength;
        int rest = _waitingLength - read;
        Say("\r\n+CIPRXGET: 2,0," + read.ToString() + "," + rest.ToString() + "\r\n");
        byte[] data = new byte[RestartsInData < 0 ? read : RestartsInData];
        Array.Copy(_waiting, 0, data, 0, data.Length);
        Say(data, 20);
        Array.Copy(_waiting, read, _waiting, 0, rest);
        _waitingLength = rest;
        if (RestartsInData < 0)
        {
            Say("\r\nOK\r\n");
        }
        else
        {
            RestartsInData = -1;
            Restart();
        }
    }

    private void Respond()
    {
        while (_isResponding && _clock.UptimeMs >= _nextPieceMs)
        {
            int left = Response.Length - _responseAt;
            int count = PieceBytes > 0 && PieceBytes < left ? PieceBytes : left;
            bool isLast = count == left;
            if (isLast && ServerCloses && ClosesEarly)
            {
                Say("\r\n+IPCLOSE: 0,1\r\n");
            }

            Deliver(count);
            _responseAt += count;
            _nextPieceMs += 200;
            if (isLast)
            {
                _isResponding = false;
                if (ServerCloses && !ClosesEarly)
                {
                    Say("\r\n+IPCLOSE: 0,1\r\n");
                }
            }
        }
    }

    private void Deliver(int count)
    {
        if (Dialect == FakeDialect.Buffered)
        {
            Array.Copy(Response, _responseAt, _waiting, _waitingLength, count);
            _waitingLength += count;
            Say("\r\n+CIPRXGET: 1,0\r\n");
            return;
        }

        Say(
            Dialect == FakeDialect.Ipd
                ? "\r\nRECV FROM:10.0.0.1:5000\r\n+IPD" + count.ToString() + "\r\n"
                : "\r\n+RECEIVE,0," + count.ToString() + ":\r\n");
        byte[] data = new byte[count];
        Array.Copy(Response, _responseAt, data, 0, count);
        Say(data, 20);
    }
}
