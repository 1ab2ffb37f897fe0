using System;
using JamBox.Ports;
using JamBox.Text;

namespace JamBox.Modem;

/// <summary>How a command ended.</summary>
public enum AtResult
{
    /// <summary>Done, or as good as done.</summary>
    Ok,

    /// <summary>The prompt is there: the modem waits for payload.</summary>
    Prompt,

    /// <summary>The modem refused.</summary>
    Error,

    /// <summary>No final answer in time.</summary>
    Timeout,

    /// <summary>Given up from outside: the modem restarted, or the network is gone.</summary>
    Aborted,
}

/// <summary>What <see cref="AtChat"/> is doing.</summary>
public enum AtChatState
{
    /// <summary>No command waits.</summary>
    Idle,

    /// <summary>A command waits for the prompt.</summary>
    AwaitsPrompt,

    /// <summary>A command waits for its result and its final line.</summary>
    AwaitsReply,

    /// <summary>How the command ended is known; its final line is given a moment to come.</summary>
    Settles,
}

/// <summary>Takes a report wherever it arrives, in the middle of a reply too. It must not start a command.</summary>
/// <param name="report">Its meaning, from the table of reports.</param>
/// <param name="line">Buffer of the line; valid during the call only.</param>
/// <param name="valueOffset">First index behind the pattern that matched, blanks skipped.</param>
/// <param name="length">Bytes of the line.</param>
public delegate void AtReportHandler(int report, byte[] line, int valueOffset, int length);

/// <summary>
/// One command at a time with the modem. A line goes first to the table of reports, whatever the command that waits, and then to the
/// command's own table and the table of final lines: so no report is eaten by a wait.
/// </summary>
/// <remarks>
/// Everything that waits does so in <see cref="Wait"/> or <see cref="Pause"/>, and both end by themselves whatever the modem says or does
/// not say: at their own time-out, or at the end of the operation that they are part of (<see cref="BeginOperation"/>), whichever is
/// first. Behind that end no command is sent any more, so that loops around commands run out at once.
/// </remarks>
public sealed class AtChat
{
    /// <summary>Longest command, bytes: AT+CIPOPEN with a host name of 100.</summary>
    public const int RequestCapacity = 160;

    /// <summary>Longest line of result that is kept, bytes: AT+CGDCONT? with APN and two addresses.</summary>
    public const int ResultCapacity = 96;

    /// <summary>Numbers kept of a result line; AT+CIPRXGET=2 has four.</summary>
    public const int MaxValues = 4;

    /// <summary>Bytes of the buffers, the parser's line not counted.</summary>
    public const int BufferBytes = RequestCapacity + ResultCapacity + ChunkCapacity + ResponsesCapacity + (MaxValues * 4);

    private const int ChunkCapacity = 64;

    // The longest block takes 1.5 s of the line; one that drips for ever would hide every line behind it.
    private const int MaxBlockMs = 15000;

    // Characters of the longest table of responses and of the final lines.
    private const int ResponsesCapacity = 128;

    // 512 bytes are 45 ms of the line at 115200 baud, thus more than arrives between two rounds of the loop.
    private const int MaxBytesAPoll = 512;

    // A block of payload comes at the speed of the line; a pause like this means that the rest will never come.
    private const int DataSilenceMs = 3000;

    // For the final line after one that already tells how the command ended.
    private const int SettleMs = 500;

    // 4 KB: twice what the serial driver stores. What a modem pours out beyond that meets the next command, and fails it.
    private const int MaxPollsADrain = 8;

    private readonly IModemLink _link;
    private readonly IClock _clock;
    private readonly ILoop _loop;
    private readonly string _texts;
    private readonly int _finals;
    private readonly AtTable _reports;
    private readonly AtReportHandler _onReport;
    private readonly ReceiveBuffer _received;
    private readonly ModemCounters _counters;
    private readonly AtParser _parser;
    private readonly AtTable _responses = new AtTable(ResponsesCapacity);
    private readonly ByteWriter _request = new ByteWriter(new byte[RequestCapacity]);
    private readonly byte[] _chunk = new byte[ChunkCapacity];
    private readonly byte[] _result = new byte[ResultCapacity];
    private readonly int[] _values = new int[MaxValues];

    private AtChatState _state;
    private AtResult _outcome;
    private bool _needsResult;
    private bool _isAccepted;
    private bool _isRefused;
    private bool _keepsBlock;
    private long _operationEndMs = long.MaxValue;
    private long _deadlineMs;
    private long _lastByteMs;
    private long _blockBeginMs;

    /// <param name="link">The modem.</param>
    /// <param name="clock">Source of time.</param>
    /// <param name="loop">Called while waiting.</param>
    /// <param name="dialect">What the modem says.</param>
    /// <param name="onReport">Takes reports.</param>
    /// <param name="received">Takes the payload.</param>
    /// <param name="counters">Counts what goes wrong.</param>
    public AtChat(
        IModemLink link,
        IClock clock,
        ILoop loop,
        AtDialect dialect,
        AtReportHandler onReport,
        ReceiveBuffer received,
        ModemCounters counters)
    {
        _link = link;
        _clock = clock;
        _loop = loop;
        _texts = dialect.Texts;
        _finals = dialect.Finals;
        _reports = dialect.Reports;
        _parser = new AtParser(new byte[AtParser.LineCapacity], dialect.Headers);
        _onReport = onReport;
        _received = received;
        _counters = counters;
    }

    /// <summary>Gets what the chat is doing.</summary>
    public AtChatState State => _state;

    /// <summary>Gets a value indicating whether the last command's result line came.</summary>
    public bool HasResult { get; private set; }

    /// <summary>Gets a value indicating whether the last command's final <c>OK</c> came.</summary>
    public bool HasOk { get; private set; }

    /// <summary>Gets the last command's result or error line.</summary>
    public byte[] Result => _result;

    /// <summary>Gets the bytes in <see cref="Result"/>.</summary>
    public int ResultLength { get; private set; }

    /// <summary>Gets how many numbers the result or error line had behind its pattern, up to <see cref="MaxValues"/>.</summary>
    public int ValueCount { get; private set; }

    /// <summary>Gets the prompts since the start, late and unasked ones too.</summary>
    public int Prompts { get; private set; }

    /// <summary>Gets or sets a value indicating whether pushed payload of link 0 is kept; otherwise it is dropped and counted.</summary>
    public bool KeepsPushed { get; set; }

    /// <summary>Gets or sets a value indicating whether fetched payload of link 0 is kept; otherwise it is dropped and counted.</summary>
    public bool KeepsFetched { get; set; }

    /// <summary>Gets or sets a value indicating whether payload of the link was lost, so that its stream has a hole.</summary>
    public bool HasLostData { get; set; }

    /// <summary>Gets a value indicating whether the time of the operation is over: no command is sent any more.</summary>
    public bool IsOperationOver => _clock.UptimeMs >= _operationEndMs;

    /// <summary>Gets the time since the modem said anything, ms.</summary>
    public long QuietMs => _clock.UptimeMs - _lastByteMs;

    /// <summary>Gets a number of the result or error line.</summary>
    /// <param name="index">0…<see cref="ValueCount"/> − 1.</param>
    /// <returns>The number, or −1 when there is none.</returns>
    public int Value(int index)
    {
        return index < ValueCount ? _values[index] : -1;
    }

    /// <summary>Begins what its caller waits for: all commands and pauses to come end by its end at the latest.</summary>
    /// <param name="limitMs">How long it may take, ms.</param>
    public void BeginOperation(int limitMs)
    {
        _operationEndMs = _clock.UptimeMs + limitMs;
    }

    /// <summary>Begins a new command.</summary>
    /// <param name="piece">Its text, or the first part of it: a piece of the dialect's texts.</param>
    /// <returns>Where the rest can be written, without the end of the line.</returns>
    public ByteWriter Request(int piece)
    {
        _request.Clear();
        _request.Text(_texts, piece);
        return _request;
    }

    /// <summary>Asks for a sign of life: <c>AT</c> and nothing else, which every modem answers.</summary>
    /// <param name="timeoutMs">How long at most.</param>
    /// <returns>How it ended.</returns>
    public AtResult RunAttention(int timeoutMs)
    {
        _request.Clear();
        _request.Byte((byte)'A');
        _request.Byte((byte)'T');
        return Run(0, timeoutMs);
    }

    /// <summary>Sends the command begun with <see cref="Request"/> and waits for its end.</summary>
    /// <param name="responses">Its table, a piece of the dialect's texts; 0 when <c>OK</c> is all that it answers.</param>
    /// <param name="timeoutMs">How long at most.</param>
    /// <returns>How it ended.</returns>
    public AtResult Run(int responses, int timeoutMs)
    {
        return SendRequest(AtChatState.AwaitsReply, responses, timeoutMs);
    }

    /// <summary>Sends the command begun with <see cref="Request"/> and waits for the prompt.</summary>
    /// <param name="timeoutMs">How long at most.</param>
    /// <returns><see cref="AtResult.Prompt"/>, or how it failed.</returns>
    public AtResult RunToPrompt(int timeoutMs)
    {
        return SendRequest(AtChatState.AwaitsPrompt, 0, timeoutMs);
    }

    /// <summary>Sends the bytes that the prompt asked for and waits for the report of it.</summary>
    /// <param name="buffer">Where from.</param>
    /// <param name="offset">First index to send.</param>
    /// <param name="count">As many as announced.</param>
    /// <param name="responses">Table of the report, a piece of the dialect's texts.</param>
    /// <param name="timeoutMs">How long at most.</param>
    /// <returns>How it ended.</returns>
    public AtResult RunPayload(byte[] buffer, int offset, int count, int responses, int timeoutMs)
    {
        Begin(AtChatState.AwaitsReply, responses, timeoutMs);
        _link.Write(buffer, offset, count);
        return Wait();
    }

    /// <summary>
    /// Gives a modem that may still wait for payload the bytes that it is owed. They are carriage returns, because those that
    /// are too many are empty commands, which it does not answer.
    /// </summary>
    /// <param name="count">How many.</param>
    public void FeedOwed(int count)
    {
        while (count > 0 && !IsOperationOver)
        {
            int now = count < ChunkCapacity ? count : ChunkCapacity;
            for (int i = 0; i < now; i++)
            {
                _chunk[i] = (byte)'\r';
            }

            _link.Write(_chunk, 0, now);
            count -= now;
            _loop.Pump();
            Poll();
        }
    }

    /// <summary>Lets time pass, and hears reports meanwhile.</summary>
    /// <param name="milliseconds">How long.</param>
    public void Pause(int milliseconds)
    {
        long end = _clock.UptimeMs + milliseconds;
        end = end < _operationEndMs ? end : _operationEndMs;
        Poll();
        do
        {
            // At least once, so that time goes on in a loop of pauses too.
            _loop.Pump();
            Poll();
        }
        while (_clock.UptimeMs < end);
    }

    /// <summary>Ends the command that waits, if one does.</summary>
    public void Abort()
    {
        Finish(AtResult.Aborted);
    }

    /// <summary>Forgets the payload of a link that is no more. A block that still runs is counted to its end, but not kept.</summary>
    public void ForgetData()
    {
        _received.Clear();
        _keepsBlock = false;
        HasLostData = false;
    }

    /// <summary>Forgets the block that came last: the modem has not confirmed it, so the stream has a hole.</summary>
    public void LoseBlock()
    {
        _received.Discard();
        _keepsBlock = false;
        HasLostData = true;
    }

    /// <summary>Takes in what has arrived, at most 512 bytes, and acts on it. It never waits.</summary>
    /// <returns>How many bytes there were.</returns>
    public int Poll()
    {
        int total = 0;
        while (total < MaxBytesAPoll)
        {
            int count = _link.Read(_chunk, 0, ChunkCapacity);
            if (count <= 0)
            {
                break;
            }

            Check.That(count <= ChunkCapacity, "the link gives no more than was asked for");
            total += count;
            for (int i = 0; i < count; i++)
            {
                Take(_chunk[i]);
            }
        }

        long now = _clock.UptimeMs;
        if (total > 0)
        {
            _lastByteMs = now;
        }

        if (_parser.IsInData && (now - _lastByteMs > DataSilenceMs || now - _blockBeginMs > MaxBlockMs))
        {
            BreakBlock();
        }

        _counters.TruncatedLines = _parser.TruncatedLines;
        return total;
    }

    private AtResult SendRequest(AtChatState state, int responses, int timeoutMs)
    {
        _request.Byte((byte)'\r');
        if (_request.HasOverflowed)
        {
            return AtResult.Error;
        }

        if (IsOperationOver)
        {
            return AtResult.Timeout;
        }

        // What has come before belongs to no command any more: a late OK must not end this one.
        for (int i = 0; i < MaxPollsADrain && Poll() > 0; i++)
        {
        }

        Begin(state, responses, timeoutMs);
        _link.Write(_request.Buffer, 0, _request.Length);
        return Wait();
    }

    private void Begin(AtChatState state, int responses, int timeoutMs)
    {
        _state = state;
        _responses.Clear();
        _responses.Add(_texts, responses);
        _needsResult = _responses.Has((int)AtAction.Result);
        _responses.Add(_texts, _finals);
        HasResult = false;
        HasOk = false;
        ResultLength = 0;
        ValueCount = 0;
        _isAccepted = false;
        _isRefused = false;
        _deadlineMs = _clock.UptimeMs + timeoutMs;
        _deadlineMs = _deadlineMs < _operationEndMs ? _deadlineMs : _operationEndMs;
    }

    private AtResult Wait()
    {
        while (true)
        {
            Poll();
            long now = _clock.UptimeMs;
            bool isLate = now >= _deadlineMs;
            bool isQuiet = !_parser.IsInData && now - _lastByteMs >= SettleMs;
            if (_state == AtChatState.Settles && (isQuiet || isLate))
            {
                Finish(_isRefused ? AtResult.Error : AtResult.Ok);
            }
            else if (_state != AtChatState.Idle && isLate)
            {
                _counters.Timeouts++;
                Finish(AtResult.Timeout);
            }

            if (_state == AtChatState.Idle)
            {
                return _outcome;
            }

            _loop.Pump();
        }
    }

    private void Finish(AtResult outcome)
    {
        if (_state != AtChatState.Idle)
        {
            _state = AtChatState.Idle;
            _outcome = outcome;
        }
    }

    private void Take(byte value)
    {
        switch (_parser.Push(value))
        {
            case AtEvent.Line:
                TakeLine();
                break;
            case AtEvent.Data:
                TakeData(value);
                break;
            case AtEvent.Prompt:
                Prompts++;
                if (_state == AtChatState.AwaitsPrompt)
                {
                    Finish(AtResult.Prompt);
                }

                break;
            default:
                break;
        }
    }

    private void TakeData(byte value)
    {
        if (!_keepsBlock)
        {
            _counters.DroppedBytes++;
        }
        else if (HasLostData || !_received.Put(value))
        {
            // Behind a hole nothing is worth keeping: the stream could only be misread.
            HasLostData = true;
            _counters.DroppedBytes++;
        }

        if (_parser.DataRemaining == 0 && _parser.DataKind == AtDataKind.Pushed)
        {
            _received.Commit();
        }
    }

    private void BreakBlock()
    {
        _counters.BrokenBlocks++;
        _parser.Abandon();
        if (_keepsBlock)
        {
            LoseBlock();
        }
    }

    private void TakeLine()
    {
        if (_parser.DataKind != AtDataKind.None)
        {
            bool isWanted = _parser.DataKind == AtDataKind.Pushed ? KeepsPushed : KeepsFetched;
            _keepsBlock = isWanted && _parser.DataLink == 0;
            _blockBeginMs = _clock.UptimeMs;
        }

        byte[] line = _parser.Line;
        int length = _parser.Length;
        bool isTruncated = _parser.IsTruncated;
        int report = _reports.Find(line, length, isTruncated);
        if (report != 0)
        {
            _onReport(report, line, _reports.ValueOffset, length);
        }

        // The report may have ended the command.
        AtAction action = _state == AtChatState.Idle ? AtAction.None : (AtAction)_responses.Find(line, length, isTruncated);
        if (action != AtAction.None)
        {
            Act(action, line, length);
        }
        else if (report == 0 && _parser.DataKind == AtDataKind.None)
        {
            _counters.UnknownLines++;
        }
    }

    private void Act(AtAction action, byte[] line, int length)
    {
        switch (action)
        {
            case AtAction.Ok:
                ActOnOk();
                break;
            case AtAction.Result:
                ActOnResult(line, length);
                break;
            case AtAction.Accept:
                _isAccepted = true;
                _state = AtChatState.Settles;
                break;
            case AtAction.Refuse:
                Keep(line, length);
                _isRefused = true;
                _state = AtChatState.Settles;
                break;
            default:
                if (ResultLength == 0)
                {
                    Keep(line, length);
                }

                Finish(_isAccepted ? AtResult.Ok : AtResult.Error);
                break;
        }
    }

    private void ActOnOk()
    {
        HasOk = true;
        if (_isRefused)
        {
            Finish(AtResult.Error);
        }
        else if (_state == AtChatState.Settles || (_state == AtChatState.AwaitsReply && !_needsResult))
        {
            Finish(AtResult.Ok);
        }
    }

    private void ActOnResult(byte[] line, int length)
    {
        // The first one counts: AT+CGDCONT? has a line for each context.
        if (!HasResult)
        {
            HasResult = true;
            Keep(line, length);
        }

        if (HasOk)
        {
            Finish(AtResult.Ok);
        }
        else
        {
            _state = AtChatState.Settles;
        }
    }

    private void Keep(byte[] line, int length)
    {
        ResultLength = length < ResultCapacity ? length : ResultCapacity;
        Array.Copy(line, 0, _result, 0, ResultLength);
        int at = _responses.ValueOffset;
        ValueCount = 0;
        while (ValueCount < MaxValues && AtTable.TryReadNumber(_result, ref at, ResultLength, out int value))
        {
            _values[ValueCount++] = value;
        }
    }
}
