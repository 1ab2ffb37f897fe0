using JamBox.Ports;
using JamBox.Text;

namespace JamBox.Modem;

/// <summary>Link 0 of a SIM7028: its commands, and its three dialects of payload.</summary>
internal sealed class SimLink : AtLink
{
    private const int NetworkNotOpened = 2;

    public SimLink(AtChat chat, IClock clock, ILoop loop, ReceiveBuffer received, ModemCounters counters)
        : base(chat, clock, loop, received, counters)
    {
    }

    /// <inheritdoc/>
    public override bool IsNetworkLost => Code == NetworkNotOpened;

    /// <inheritdoc/>
    protected override AtResult AskOpen(byte[] host, int port, int timeoutMs)
    {
        ByteWriter request = Chat.Request(Sim7028.Texts.LinkOpen);
        request.Bytes(host);
        request.Text(Sim7028.Texts.All, Sim7028.Texts.LinkOpenPort);
        request.Number(port);
        return Chat.Run(Sim7028.Texts.LinkOpenRows, timeoutMs);
    }

    /// <inheritdoc/>
    protected override AtResult AskPrompt(int count, int timeoutMs)
    {
        Chat.Request(Sim7028.Texts.Send).Number(count);
        return Chat.RunToPrompt(timeoutMs);
    }

    /// <summary><c>+CIPSEND: 0,asked,taken</c>: the second number behind the pattern.</summary>
    protected override AtResult SendPayload(byte[] buffer, int offset, int count, int timeoutMs, out int taken)
    {
        AtResult result = Chat.RunPayload(buffer, offset, count, Sim7028.Texts.SentRows, timeoutMs);
        taken = Chat.Value(1);
        return result;
    }

    /// <summary><c>+CIPRXGET: 2,0,length,rest</c>; some firmware leaves the rest out.</summary>
    protected override AtResult AskFetch(int room, int timeoutMs, out bool hasMore)
    {
        Chat.Request(Sim7028.Texts.Fetch).Number(room);
        AtResult result = Chat.Run(Sim7028.Texts.FetchedRows, timeoutMs);
        int rest = Chat.Value(1);
        hasMore = rest > 0 || (rest < 0 && Chat.Value(0) > 0);
        return result;
    }

    /// <inheritdoc/>
    protected override AtResult AskClose(int timeoutMs)
    {
        Chat.Request(Sim7028.Texts.LinkClose);
        return Chat.Run(Sim7028.Texts.LinkCloseRows, timeoutMs);
    }

    /// <inheritdoc/>
    protected override bool IsWorthRetry(int code)
    {
        // Network failure, network not opened, wrong parameter, time-out, DNS: the same again would give the same again.
        return code != 1 && code != NetworkNotOpened && code != 3 && code != 10 && code != 11;
    }
}
