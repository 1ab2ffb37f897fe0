using System.Text;
using JamBox.Tests.Ota;
using JamBox.Tests.Uplink;
using JamBox.Text;
using Ascii = JamBox.Text.Ascii;

namespace JamBox.Tests.Modem;

/// <summary>A backend as small as can be: it answers as it is told, and keeps the last request of each kind.</summary>
internal sealed class FakeServer
{
    private static readonly byte[] s_end = Ascii.Bytes("\r\n\r\n");

    private readonly ByteWriter _answer = new ByteWriter(new byte[900]);
    private readonly ByteWriter _body = new ByteWriter(new byte[700]);
    private byte[] _replay;

    /// <summary>The box's clock.</summary>
    public FakeClock Clock { get; set; }

    /// <summary>UTC at the box's uptime 0, ms since 1970.</summary>
    public long UtcAtBootMs { get; set; } = 1769680800000L;

    /// <summary>A letter a request: h, r, c, g; capital when it was answered 2xx.</summary>
    public string Log { get; set; } = string.Empty;

    /// <summary>Numbers of the readings that were answered 2xx.</summary>
    public string Numbers { get; set; } = string.Empty;

    public int HeartbeatStatus { get; set; } = 200;

    public int ReadingStatus { get; set; } = 201;

    public int ConfigStatus { get; set; } = 200;

    public int GeolocationStatus { get; set; } = 200;

    public int RetryAfter { get; set; }

    public bool KeepsOpen { get; set; } = true;

    /// <summary>What answers to requests of the compact wire; <c>null</c> = they are to be sent to nobody.</summary>
    public CompactAnswering Compact { get; set; }

    /// <summary>Whether it says nothing at all.</summary>
    public bool IsSilent { get; set; }

    /// <summary>
    /// Part of the first line of the only requests that it serves; <c>null</c> for all. Others get <see cref="TroubleStatus"/>.
    /// </summary>
    public string OnlyServes { get; set; }

    /// <summary>What it answers to what it does not serve; 0 for nothing at all.</summary>
    public int TroubleStatus { get; set; }

    /// <summary>
    /// A box that hangs as soon as a request has gone out: it waits, and pumps its loop, for something that never comes; <c>null</c> for
    /// none.
    /// </summary>
    public JamBox.App.Box Hangs { get; set; }

    /// <summary>Requests that it did not serve.</summary>
    public int Troubles { get; private set; }

    /// <summary>Members of the answer to readings and heartbeats, such as <c>"command":"reboot","cid":5</c>.</summary>
    public string Extra { get; set; }

    /// <summary>Text of a request that makes it forget <see cref="Extra"/>: the acknowledgement.</summary>
    public string ForgetsExtraOn { get; set; }

    /// <summary>Whether it forgets <see cref="Extra"/> with the answer that bears it.</summary>
    public bool GivesOnce { get; set; }

    public string Config { get; set; } = "{}";

    /// <summary>The updates that it has; <c>null</c> for none.</summary>
    public FakeOtaServer Update { get; set; }

    /// <summary>What the heartbeats said about the update, in their order.</summary>
    public string UpdateStates { get; private set; } = string.Empty;

    /// <summary>The box's key: answers are authenticated with it; <c>null</c> for a server that has none.</summary>
    public byte[] MacKey { get; set; }

    /// <summary>What somebody on the line does to answers; <c>null</c> for nobody.</summary>
    public string Line { get; set; }

    /// <summary>The nonces that came, each followed by a comma.</summary>
    public string Nonces { get; private set; } = string.Empty;

    public string LastReading { get; private set; } = string.Empty;

    public string LastHeartbeat { get; private set; } = string.Empty;

    public string LastGeolocation { get; private set; } = string.Empty;

    /// <summary>The first line and the headers of the last request.</summary>
    public string LastHead { get; private set; } = string.Empty;

    /// <summary>Answers a request of the compact wire.</summary>
    /// <param name="request">The buffer.</param>
    /// <param name="bodyAt">Where its body begins.</param>
    /// <param name="length">The request's bytes, from index 0.</param>
    /// <returns>The answer, or <c>null</c>.</returns>
    public delegate byte[] CompactAnswering(byte[] request, int bodyAt, int length);

    /// <summary>Answers a request.</summary>
    /// <param name="request">The buffer.</param>
    /// <param name="length">Its bytes.</param>
    /// <returns>The answer, or <c>null</c>.</returns>
    public byte[] Answer(byte[] request, int length)
    {
        byte[] answer = AnswerPlain(request, length);
        int at = LastHead.IndexOf("\r\nN: ");
        if (at >= 0)
        {
            Nonces += LastHead.Substring(at + 5, 16) + ",";
        }

        if (answer != null && MacKey != null && at >= 0)
        {
            answer = MacFake.Sign(answer, MacKey, "JBNB0001", LastHead);
        }

        if (answer == null || Line == null)
        {
            return answer;
        }

        if (Line == "replay")
        {
            _replay ??= answer;
            return _replay;
        }

        // "end" takes only the answers to the end of an update.
        return Line == "end" && LastHead.IndexOf(" /api/ota/complete ") < 0 ? answer : MacFake.Forge(answer, Line);
    }

    private byte[] AnswerPlain(byte[] request, int length)
    {
        int end = Ascii.IndexOf(request, 0, length, s_end) + s_end.Length;
        LastHead = Encoding.UTF8.GetString(request, 0, end);
        if (Compact != null && LastHead.StartsWith("POST /r "))
        {
            return IsSilent ? null : Compact(request, end, length);
        }

        string body = Encoding.UTF8.GetString(request, end, length - end);
        while (Hangs != null && !Hangs.IsRebooting)
        {
            Hangs.Pump();
        }

        if (IsSilent)
        {
            return null;
        }

        if (OnlyServes != null && LastHead.IndexOf(OnlyServes) < 0)
        {
            Troubles++;
            return TroubleStatus == 0 ? null : Word(TroubleStatus, body);
        }

        if (Update != null && LastHead.IndexOf(" /api/ota/") > 0)
        {
            return Update.Answer(LastHead, body);
        }

        if (LastHead.StartsWith("POST /api/reading "))
        {
            LastReading = body;
            Note("r", ReadingStatus);
            if (ReadingStatus < 300)
            {
                Numbers += Number(body, "\"n\":") + ",";
            }

            return Word(ReadingStatus, body);
        }

        if (LastHead.StartsWith("POST /api/heartbeat "))
        {
            LastHeartbeat = body;
            int state = body.IndexOf("\"ob\":\"");
            if (state >= 0)
            {
                string rest = body.Substring(state + 6);
                UpdateStates += rest.Substring(0, rest.IndexOf("\"")) + " ";
            }

            Note("h", HeartbeatStatus);
            return Word(HeartbeatStatus, body);
        }

        _body.Clear();
        if (LastHead.StartsWith("GET /api/config/"))
        {
            Note("c", ConfigStatus);
            _body.Text(ConfigStatus == 200 ? Config : "{\"error\":\"no\"}");
            return Complete(ConfigStatus);
        }

        LastGeolocation = body;
        Note("g", GeolocationStatus);
        _body.Text("{\"status\":\"ok\"}");
        return Complete(GeolocationStatus);
    }

    /// <summary>Gives the number behind a name.</summary>
    /// <param name="body">JSON.</param>
    /// <param name="name">The name, with quotes and colon.</param>
    /// <returns>The number, or −1 when the name is not there.</returns>
    public static long Number(string body, string name)
    {
        int at = body.IndexOf(name);
        if (at < 0)
        {
            return -1;
        }

        var json = new JsonScanner();
        byte[] bytes = Ascii.Bytes(body);
        json.Set(bytes, 0, bytes.Length);
        return json.TryGetLong(name.Substring(1, name.Length - 3), out long value) ? value : -1;
    }

    private void Note(string letter, int status)
    {
        Log += status < 300 ? letter.ToUpper() : letter;
    }

    private byte[] Word(int status, string request)
    {
        if (ForgetsExtraOn != null && status < 300 && request.IndexOf(ForgetsExtraOn) >= 0)
        {
            Extra = null;
        }

        _body.Clear();
        if (status < 300)
        {
            _body.Text("{\"status\":\"ok\",\"server_time\":\"");
            UtcTime.Write(_body, (UtcAtBootMs + Clock.UptimeMs) / 1000);
            _body.Text(Extra == null ? "\"}" : "\"," + Extra + "}");
            Extra = GivesOnce ? null : Extra;
        }
        else
        {
            _body.Text("{\"error\":\"no\"}");
        }

        return Complete(status);
    }

    private byte[] Complete(int status)
    {
        _answer.Clear();
        _answer.Text("HTTP/1.1 " + status.ToString() + " X\r\nContent-Length: " + _body.Length.ToString() + "\r\n");
        _answer.Text(
            (RetryAfter > 0 ? "Retry-After: " + RetryAfter.ToString() + "\r\n" : string.Empty) + (
                KeepsOpen ? "\r\n" : "Connection: close\r\n\r\n"));
        _answer.Bytes(_body.Buffer, 0, _body.Length);
        var bytes = new byte[_answer.Length];
        System.Array.Copy(_answer.Buffer, bytes, bytes.Length);
        return bytes;
    }
}
