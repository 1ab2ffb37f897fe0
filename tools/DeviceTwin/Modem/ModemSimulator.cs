using System.Text;
using JamBox.Ports;
using JamBox.Twin.Time;

namespace JamBox.Twin.Modem;

/// <summary>
/// A SIM7028 on the level of bytes (docs/modem.md): what it is told and what it says go over a serial line that takes its time; it knows
/// nothing of the firmware. This type is the serial end: power, lines, echo, prompt, replies. What the commands do is in
/// <see cref="GeneralCommands"/>, <see cref="ModemNetwork"/> and <see cref="TcpCommands"/>.
/// </summary>
internal sealed class ModemSimulator : IModemLink
{
    private const int MaxLineBytes = 600;
    private const int MaxWaitingBytes = 4_096;

    private readonly UartLine _toBox = new();
    private readonly UartLine _toModem = new();
    private readonly Queue<int> _writes = new();
    private readonly Action _takeWrite;
    private readonly Transcript? _transcript;
    private readonly Dictionary<string, Action<CommandLine>> _commands = [];
    private readonly StringBuilder _line = new();
    private readonly Queue<byte> _waiting = new();
    private readonly PowerSaving _power;
    private byte[] _payload = [];
    private int _payloadCount;
    private int _restartAtPayloadByte = -1;
    private Action<byte[]> _payloadDone = static _ => { };
    private int _epoch;
    private bool _isFeeding;

    /// <summary>Without power.</summary>
    /// <param name="clock">The clock of the world around it.</param>
    /// <param name="bridge">The network behind it.</param>
    /// <param name="seed">For its times and moods.</param>
    /// <param name="options">How it behaves; <c>null</c> = strictly.</param>
    /// <param name="transcript">Where its conversation is written; or <c>null</c>.</param>
    public ModemSimulator(VirtualClock clock, INetworkBridge bridge, long seed, ModemOptions? options = null, Transcript? transcript = null)
    {
        Clock = clock;
        Options = options ?? new ModemOptions();
        Random = SeededRandom.For(seed, "modem");
        _transcript = transcript;
        _takeWrite = TakeWrite;
        General = new GeneralCommands(this);
        _power = new PowerSaving(this);
        Network = new ModemNetwork(this);
        Tcp = new TcpCommands(this, bridge);
    }

    /// <summary>Gets how it behaves; may be changed at any time.</summary>
    public ModemOptions Options { get; }

    /// <summary>Gets what shall go wrong next; may be changed at any time.</summary>
    public ModemFaults Faults { get; } = new();

    /// <summary>Gets what it is doing.</summary>
    public ModemState State { get; private set; }

    /// <summary>Gets the registration, attachment and data network.</summary>
    public ModemNetwork Network { get; }

    /// <summary>Gets the TCP side.</summary>
    public TcpCommands Tcp { get; }

    /// <summary>Gets how many commands were answered with an error because they were unknown or malformed.</summary>
    public int RefusedCommands { get; private set; }

    /// <summary>Gets how many times the box's input was flushed because it was not read in time.</summary>
    public int HostOverflows { get; private set; }

    /// <summary>Gets how many times it has started.</summary>
    public int Boots { get; private set; }

    /// <summary>Gets the clock.</summary>
    internal VirtualClock Clock { get; }

    /// <summary>Gets where its chance comes from.</summary>
    internal SeededRandom Random { get; }

    /// <summary>Gets the commands that ask for facts.</summary>
    internal GeneralCommands General { get; }

    /// <summary>Gets or sets a value indicating whether it echoes commands.</summary>
    internal bool IsEchoing { get; set; }

    private bool IsSilent => Faults.IsSilentUntilReset || Clock.NowMs < Faults.SilentUntilMs;

    /// <summary>Gives it power. It begins to start.</summary>
    public void PowerOn()
    {
        StartUp(isSoft: false, isOkLast: false);
    }

    /// <summary>Takes the power away.</summary>
    public void PowerOff()
    {
        StopEverything();
        Faults.IsSilentUntilReset = false;
        State = ModemState.Off;
    }

    /// <summary>A fault: it restarts by itself.</summary>
    public void Restart()
    {
        if (State == ModemState.Off)
        {
            return;
        }

        Faults.Note("modem restart");
        int lastWordsMs = 0;
        if (Options.AnnouncesPowerDown)
        {
            Emit(Line("NORMAL POWER DOWN"));
            lastWordsMs = 10;
        }

        After(lastWordsMs, () => StartUp(isSoft: false, isOkLast: false));
    }

    /// <summary>A fault: random bytes come out of it, at the speed of the line.</summary>
    /// <param name="count">How many.</param>
    public void EmitGarbage(int count)
    {
        Faults.Note("garbage");
        byte[] bytes = new byte[count];
        Random.Fill(bytes);
        Emit(Encoding.Latin1.GetString(bytes));
    }

    /// <summary>A line comes out of it unasked.</summary>
    /// <param name="line">The line, without its frame.</param>
    public void EmitLine(string line)
    {
        Emit(Line(line));
    }

    /// <inheritdoc/>
    public int Read(byte[] buffer, int offset, int count)
    {
        if (_toBox.Count == 0)
        {
            return 0;
        }

        int arrived = _toBox.Arrived(Clock.NowMs);
        if (Options.HostBufferBytes > 0 && arrived > Options.HostBufferBytes)
        {
            _toBox.Take(new byte[arrived]);
            HostOverflows++;
            return 0;
        }

        int most = Options.ReadBytes.Max > 0 ? Math.Max(Options.ReadBytes.Draw(Random), 1) : int.MaxValue;
        int taken = Math.Min(Math.Min(arrived, count), most);
        _toBox.Take(buffer.AsSpan(offset, taken));
        return taken;
    }

    /// <inheritdoc/>
    public void Write(byte[] buffer, int offset, int count)
    {
        if (count > 0)
        {
            _writes.Enqueue(count);
            Clock.At(_toModem.Send(buffer.AsSpan(offset, count), Clock.NowMs), _takeWrite);
        }
    }

    /// <inheritdoc/>
    public bool HardwareReset()
    {
        if (!Options.HasResetLine)
        {
            return false;
        }

        Faults.IsSilentUntilReset = false;
        Faults.SilentUntilMs = 0;
        StartUp(isSoft: false, isOkLast: false);
        return true;
    }

    /// <summary>Frames a line.</summary>
    /// <param name="text">The line, with a blank behind each colon.</param>
    /// <returns>With CR LF before and behind it, in the manner of this modem.</returns>
    internal string Line(string text)
    {
        return "\r\n" + (Options.HasBlanks ? text : text.Replace(": ", ":", StringComparison.Ordinal)) + "\r\n";
    }

    /// <summary>Enters a command.</summary>
    /// <param name="name">As in <see cref="CommandLine.Name"/>.</param>
    /// <param name="handler">Must end in <see cref="Reply"/>, <see cref="Error"/> or <see cref="Prompt"/>, once.</param>
    internal void Register(string name, Action<CommandLine> handler)
    {
        _commands.Add(name, handler);
    }

    /// <summary>Answers a command; the modem is busy until then.</summary>
    /// <param name="delay">How long that takes.</param>
    /// <param name="parts">What it says, framed; a report may be put between two parts.</param>
    internal void Reply(MsRange delay, params string[] parts)
    {
        After(delay.Draw(Random) + Faults.ExtraReplyMs, () =>
        {
            EmitReply(parts);
            BecomeReady();
        });
    }

    /// <summary>Answers a command with its lines and <c>OK</c>.</summary>
    /// <param name="lines">The lines before <c>OK</c>, not framed.</param>
    internal void Ok(params string[] lines)
    {
        Reply(Options.Timings.Command, [.. lines.Select(Line), Line("OK")]);
    }

    /// <summary>Answers a command with an error.</summary>
    /// <param name="lines">The lines before <c>ERROR</c>, not framed.</param>
    internal void Error(params string[] lines)
    {
        Reply(Options.Timings.Command, [.. lines.Select(Line), Line("ERROR")]);
    }

    /// <summary>Refuses a command that is unknown, malformed or out of range.</summary>
    internal void Refuse()
    {
        RefusedCommands++;
        Error();
    }

    /// <summary>Asks for the payload of a command.</summary>
    /// <param name="count">How many bytes.</param>
    /// <param name="done">Called with them; must end in <see cref="Reply"/>.</param>
    internal void Prompt(int count, Action<byte[]> done)
    {
        After(Options.Timings.Command.Draw(Random) + Faults.ExtraReplyMs, () =>
        {
            (Faults.MissedPrompts, bool isMissed) = Faults.Take(Faults.MissedPrompts, "missed prompt");
            if (!isMissed)
            {
                Emit(Options.PromptPrefix + ">" + Options.PromptSuffix);
            }

            _payload = new byte[count];
            _payloadCount = 0;
            _payloadDone = done;
            (Faults.RestartsInSend, bool isRestarting) = Faults.Take(Faults.RestartsInSend, "restart in send");
            _restartAtPayloadByte = isRestarting ? Random.Between(0, count - 1) : -1;
            State = ModemState.Payload;
            FeedWaiting();
        });
    }

    /// <summary>Says something unasked.</summary>
    /// <param name="delayMs">In how many ms.</param>
    /// <param name="lines">The lines, not framed.</param>
    internal void Report(int delayMs, params string[] lines)
    {
        After(delayMs, () => Emit(string.Concat(lines.Select(Line))));
    }

    /// <summary>Does something later, unless the modem restarts before.</summary>
    /// <param name="delayMs">In how many ms.</param>
    /// <param name="action">What.</param>
    internal void After(int delayMs, Action action)
    {
        int epoch = _epoch;
        Clock.After(delayMs, () =>
        {
            if (epoch == _epoch)
            {
                action();
            }
        });
    }

    /// <summary>Puts bytes on the line to the box, unless the modem is silent.</summary>
    /// <param name="text">The bytes as Latin-1.</param>
    internal void Emit(string text)
    {
        if (text.Length > 0 && !IsSilent)
        {
            byte[] bytes = Encoding.Latin1.GetBytes(text);
            _transcript?.Write(Clock.NowMs, TranscriptKind.Answer, bytes);
            _power.Act();
            _toBox.Send(bytes, Clock.NowMs);
        }
    }

    /// <summary>Starts anew.</summary>
    /// <param name="isSoft">By <c>AT+CFUN=1,1</c>: without the lines of the boot loader.</param>
    /// <param name="isOkLast"><c>OK</c> follows registration.</param>
    internal void StartUp(bool isSoft, bool isOkLast)
    {
        StopEverything();
        Boots++;
        State = ModemState.Booting;
        int bootMs = Options.Timings.Boot.Draw(Random);
        if (!isSoft)
        {
            After(bootMs / 4, () =>
            {
                SayGarbage(Options.BootGarbageBytes);
                Emit(General.BootLoaderLines());
            });
        }

        After(bootMs, () =>
        {
            State = ModemState.Commands;
            Emit(General.ReadyLines(isSoft));
            Network.StartSearch(isOkLast);
        });
    }

    private void StopEverything()
    {
        _epoch++;
        _power.WakeUp();
        _toBox.Cut(Clock.NowMs);
        LoseHalfCommand();
        IsEchoing = Options.EchoAtBoot;
        Tcp.Reset();
        Network.Reset();
    }

    private void LoseHalfCommand()
    {
        Show(TranscriptKind.Lost, Encoding.Latin1.GetBytes(_line.ToString()));
        Show(TranscriptKind.Payload, _payload.AsSpan(0, _payloadCount));
        Show(TranscriptKind.Lost, _waiting.ToArray());
        _line.Clear();
        _waiting.Clear();
        _payload = [];
        _payloadCount = 0;
    }

    private void Show(TranscriptKind kind, ReadOnlySpan<byte> bytes)
    {
        if (bytes.Length > 0)
        {
            _transcript?.Write(Clock.NowMs, kind, bytes);
        }
    }

    private void EmitReply(string[] parts)
    {
        if (Random.Chance(Options.GarbageChance))
        {
            SayGarbage(Random.Between(1, 24));
        }

        int reportBefore = Random.Chance(Options.ReportInsideReplyChance) ? Random.Between(0, parts.Length - 1) : -1;
        StringBuilder text = new();
        for (int i = 0; i < parts.Length; i++)
        {
            if (i == reportBefore)
            {
                text.Append(Line(Options.ReportsInsideReplies[Random.Between(0, Options.ReportsInsideReplies.Length - 1)]));
            }

            text.Append(parts[i]);
        }

        Emit(text.ToString());
    }

    private void SayGarbage(int count)
    {
        byte[] bytes = new byte[count];
        Random.Fill(bytes);
        Emit(Encoding.Latin1.GetString(bytes));
    }

    private void TakeWrite()
    {
        byte[] bytes = new byte[_writes.Dequeue()];
        _toModem.Take(bytes);
        if (State is ModemState.Off or ModemState.Booting || IsSilent || !_power.Hears())
        {
            Show(TranscriptKind.Lost, bytes);
            return;
        }

        foreach (byte octet in bytes)
        {
            if (_waiting.Count < MaxWaitingBytes)
            {
                _waiting.Enqueue(octet);
            }
        }

        FeedWaiting();
    }

    private void BecomeReady()
    {
        State = ModemState.Commands;
        FeedWaiting();
    }

    // Not re-entered: what a byte leads to may end in here again (a payload that is complete, a reply without delay).
    private void FeedWaiting()
    {
        if (_isFeeding)
        {
            return;
        }

        _isFeeding = true;
        while (State is ModemState.Commands or ModemState.Payload && _waiting.TryDequeue(out byte octet))
        {
            if (State == ModemState.Payload)
            {
                FeedPayload(octet);
            }
            else
            {
                FeedCommand(octet);
            }
        }

        _isFeeding = false;
    }

    private void FeedPayload(byte octet)
    {
        if (_payloadCount == _restartAtPayloadByte)
        {
            _restartAtPayloadByte = -1;
            State = ModemState.Busy;
            Restart();
            return;
        }

        _payload[_payloadCount++] = octet;
        if (_payloadCount == _payload.Length)
        {
            byte[] payload = _payload;
            Show(TranscriptKind.Payload, payload);
            _payload = [];
            _payloadCount = 0;
            State = ModemState.Busy;
            _payloadDone(payload);
        }
    }

    private void FeedCommand(byte octet)
    {
        if (octet != '\r')
        {
            if (octet != '\n' && _line.Length <= MaxLineBytes)
            {
                _line.Append((char)octet);
            }

            return;
        }

        string line = _line.ToString();
        _line.Clear();
        Show(TranscriptKind.Command, Encoding.Latin1.GetBytes(line + "\r"));
        if (IsEchoing)
        {
            Emit(line + "\r");
        }

        if (CommandLine.TryParse(line, out CommandLine? command))
        {
            State = ModemState.Busy;
            Execute(line.Length > MaxLineBytes ? null : command);
        }
    }

    private void Execute(CommandLine? command)
    {
        (Faults.FailedCommands, bool fails) = Faults.Take(Faults.FailedCommands, "failed command");
        if (fails)
        {
            Error();
        }
        else if (command is not null && _commands.TryGetValue(command.Name, out Action<CommandLine>? handler))
        {
            handler(command);
        }
        else
        {
            Refuse();
        }
    }
}
