using JamBox.Modem;
using JamBox.Ports;
using JamBox.Text;

namespace JamBox.Tests.Host.Sim7080;

/// <summary>Link 0 of a SIM7080: payload is always kept until it is fetched, and follows its header in the same line.</summary>
internal sealed class Sim7080Link : AtLink
{
    // AT+CARECV gives no more at once.
    private const int MaxFetchBytes = 1459;

    public Sim7080Link(AtChat chat, IClock clock, ILoop loop, ReceiveBuffer received, ModemCounters counters)
        : base(chat, clock, loop, received, counters)
    {
        IsBuffered = true;
    }

    protected override AtResult AskOpen(byte[] host, int port, int timeoutMs)
    {
        ByteWriter request = Chat.Request(Sim7080.Texts.LinkOpen);
        request.Bytes(host);
        request.Text(Sim7080.Texts.All, Sim7080.Texts.LinkOpenPort);
        request.Number(port);
        return Chat.Run(Sim7080.Texts.LinkOpenRows, timeoutMs);
    }

    protected override AtResult AskPrompt(int count, int timeoutMs)
    {
        Chat.Request(Sim7080.Texts.Send).Number(count);
        return Chat.RunToPrompt(timeoutMs);
    }

    /// <summary>All or nothing: it answers with <c>OK</c> alone.</summary>
    protected override AtResult SendPayload(byte[] buffer, int offset, int count, int timeoutMs, out int taken)
    {
        taken = count;
        return Chat.RunPayload(buffer, offset, count, 0, timeoutMs);
    }

    protected override AtResult AskFetch(int room, int timeoutMs, out bool hasMore)
    {
        int asked = room < MaxFetchBytes ? room : MaxFetchBytes;
        Chat.Request(Sim7080.Texts.Fetch).Number(asked);
        AtResult result = Chat.Run(Sim7080.Texts.FetchedRows, timeoutMs);

        // It does not say what is left: a block that is not empty may not be the last.
        hasMore = Chat.Value(0) > 0;
        return result;
    }

    protected override AtResult AskClose(int timeoutMs)
    {
        Chat.Request(Sim7080.Texts.LinkClose);
        return Chat.Run(0, timeoutMs);
    }

    protected override bool IsWorthRetry(int code)
    {
        return false;
    }
}
