using System.Text;
using JamBox.Things.Ports;
using JamBox.Things.Settings;
using JamBox.Things.Text;

namespace JamBox.Things.Wifi;

/// <summary>
/// The page of the set-up access point: one form for a network, the server, id and token. Everything that comes is bounded and checked;
/// nothing secret goes out; a form counts only with the word that this start's page carries, so that no other page can send one.
/// </summary>
public sealed class SetupPage
{
    /// <summary>Bytes of a request, head and form.</summary>
    public const int MaxRequestBytes = 2048;

    /// <summary>How long a browser may take for a request, ms.</summary>
    public const int MaxRequestMs = 3000;

    private readonly ThingSettings _settings;
    private readonly IClock _clock;
    private readonly string _word;
    private readonly byte[] _request = new byte[MaxRequestBytes];
    private readonly ByteWriter _answer = new ByteWriter(3072);

    /// <param name="settings">What is changed.</param>
    /// <param name="clock">For the deadline of a request.</param>
    /// <param name="word">A text that nobody can guess, hexadecimal digits.</param>
    public SetupPage(ThingSettings settings, IClock clock, string word)
    {
        _settings = settings;
        _clock = clock;
        _word = word;
    }

    /// <summary>Gets a value indicating whether a form was stored, so that the thing must start anew.</summary>
    public bool IsStored { get; private set; }

    /// <summary>Answers one request and closes.</summary>
    /// <param name="browser">Who asks.</param>
    public void Serve(IConnection browser)
    {
        long endMs = _clock.UptimeMs + MaxRequestMs;
        int count = 0;
        int length = -1;
        while (length < 0 && count < MaxRequestBytes)
        {
            int leftMs = (int)(endMs - _clock.UptimeMs);
            int got = leftMs <= 0 ? -1 : browser.Receive(_request, count, MaxRequestBytes - count, leftMs);
            if (got <= 0)
            {
                browser.Close();
                return;
            }

            count += got;
            length = RequestLength(_request, count);
        }

        Answer(_request, length < 0 ? -1 : length);
        browser.Send(_answer.Buffer, 0, _answer.Count);
        browser.Close();
    }

    /// <summary>Makes the answer to a request.</summary>
    /// <param name="request">The request.</param>
    /// <param name="count">Its bytes; −1 = it is too long.</param>
    /// <returns>The answer, which is good until the next call.</returns>
    public ByteWriter Answer(byte[] request, int count)
    {
        if (count < 0)
        {
            return Page(413, "The form is too long.");
        }

        int body = HeadLength(request, count);
        if (body < 0)
        {
            return Page(400, "That was no request.");
        }

        if (StartsWith(request, body, "GET / "))
        {
            return Page(200, null);
        }

        if (!StartsWith(request, body, "POST /save "))
        {
            return Page(404, "There is no such page.");
        }

        return Field(request, body, count, "word") == _word ? Save(request, body, count) : Page(403, "The page was too old: try again.");
    }

    /// <summary>Gives a field of a form, decoded.</summary>
    /// <param name="form">Where it is.</param>
    /// <param name="offset">First index.</param>
    /// <param name="end">Index behind the last.</param>
    /// <param name="name">Name of the field.</param>
    /// <returns>
    /// Empty when it is not there; characters that are not printable ASCII are <c>?</c>, as everywhere in the settings.
    /// </returns>
    public static string Field(byte[] form, int offset, int end, string name)
    {
        int at = offset;
        while (at < end)
        {
            int next = at;
            while (next < end && form[next] != '&')
            {
                next++;
            }

            int value = at + name.Length;
            if (value < next && form[value] == '=' && StartsWith(form, at, next, name))
            {
                return Decode(form, value + 1, next);
            }

            at = next + 1;
        }

        return "";
    }

    /// <summary>Finds the end of a request.</summary>
    /// <param name="request">What has come.</param>
    /// <param name="count">How much.</param>
    /// <returns>Its length; −1 = not there yet, or longer than <see cref="MaxRequestBytes"/>.</returns>
    public static int RequestLength(byte[] request, int count)
    {
        int head = HeadLength(request, count);
        if (head < 0)
        {
            return -1;
        }

        int body = HttpHead.Number(request, 0, head, "content-length", MaxRequestBytes);
        int length = head + (body < 0 ? 0 : body);
        return length <= count ? length : -1;
    }

    private ByteWriter Save(byte[] request, int body, int count)
    {
        string ssid = Field(request, body, count, "ssid");
        string fault = ssid.Length == 0 ? null : _settings.Remember(ssid, Field(request, body, count, "password"));
        fault = fault ?? ChangeIfGiven("server", Field(request, body, count, "server"));
        fault = fault ?? ChangeIfGiven("id", Field(request, body, count, "id"));
        fault = fault ?? ChangeIfGiven("token", Field(request, body, count, "token"));
        if (fault != null)
        {
            return Page(400, fault);
        }

        IsStored = true;
        return Page(200, "Stored. The thing starts anew.");
    }

    private string ChangeIfGiven(string name, string value)
    {
        return value.Length == 0 ? null : _settings.Change(name, value);
    }

    private ByteWriter Page(int status, string message)
    {
        _answer.Clear().Text("HTTP/1.1 ").Number(status).Text(status == 200 ? " OK" : " No");
        _answer.Text("\r\nContent-Type: text/html; charset=utf-8\r\nConnection: close\r\nCache-Control: no-store\r\n");
        _answer.Text("Content-Security-Policy: default-src 'none'; style-src 'unsafe-inline'; form-action 'self'; ");
        _answer.Text("frame-ancestors 'none'\r\n\r\n");
        _answer.Text("<!doctype html><html lang=en><meta name=viewport content='width=device-width'><title>Set-up</title>");
        _answer.Text("<style>body{font:18px sans-serif;max-width:26em;margin:1em auto;padding:0 1em}label{display:block;margin:.6em 0}");
        _answer.Text("input{font:inherit;width:100%;box-sizing:border-box}</style><h1>Set-up</h1>");
        if (message != null)
        {
            Escaped("<p role=status>", message, "</p>");
        }

        _answer.Text("<form method=post action=/save><input type=hidden name=word value=").Text(_word).Text(">");
        Input("ssid", "Wi-Fi network", null, "text");
        Input("password", "Password", null, "password");
        Input("server", "Server", _settings.Server, "text");
        Input("id", "Device id", _settings.DeviceId, "text");
        Input("token", _settings.Token == null ? "Token" : "Token (set; empty keeps it)", null, "password");
        return _answer.Text("<button>Store</button></form></html>");
    }

    private void Input(string name, string label, string value, string type)
    {
        _answer.Text("<label>").Text(label).Text("<input name=").Text(name).Text(" type=").Text(type);
        Escaped(" autocomplete=off value='", value ?? "", "'></label>");
    }

    private void Escaped(string before, string text, string after)
    {
        _answer.Text(before);
        for (int i = 0; i < text.Length; i++)
        {
            char c = text[i];
            switch (c)
            {
                case '<':
                    _answer.Text("&lt;");
                    break;
                case '&':
                    _answer.Text("&amp;");
                    break;
                case '\'':
                    _answer.Text("&#39;");
                    break;
                case '"':
                    _answer.Text("&quot;");
                    break;
                default:
                    _answer.Octet(c < ' ' || c > '~' ? '?' : c);
                    break;
            }
        }

        _answer.Text(after);
    }

    private static string Decode(byte[] form, int offset, int end)
    {
        var text = new StringBuilder();
        for (int i = offset; i < end; i++)
        {
            int c = form[i];
            if (c == '+')
            {
                c = ' ';
            }
            else if (c == '%')
            {
                int high = HexValue(form, i + 1, end);
                int low = HexValue(form, i + 2, end);
                c = high < 0 || low < 0 ? '?' : (high * 16) + low;
                i += high < 0 || low < 0 ? 0 : 2;
            }

            text.Append(c < ' ' || c > '~' ? '?' : (char)c);
        }

        return text.ToString();
    }

    private static int HexValue(byte[] form, int at, int end)
    {
        if (at >= end)
        {
            return -1;
        }

        int c = form[at];
        int letter = c | 0x20;
        return c >= '0' && c <= '9' ? c - '0' : letter >= 'a' && letter <= 'f' ? letter - 'a' + 10 : -1;
    }

    private static int HeadLength(byte[] request, int count)
    {
        for (int i = 3; i < count; i++)
        {
            if (request[i] == '\n' && request[i - 1] == '\r' && request[i - 2] == '\n' && request[i - 3] == '\r')
            {
                return i + 1;
            }
        }

        return -1;
    }

    private static bool StartsWith(byte[] bytes, int count, string text)
    {
        return StartsWith(bytes, 0, count, text);
    }

    private static bool StartsWith(byte[] bytes, int offset, int end, string text)
    {
        if (end - offset < text.Length)
        {
            return false;
        }

        for (int i = 0; i < text.Length; i++)
        {
            if (bytes[offset + i] != text[i])
            {
                return false;
            }
        }

        return true;
    }
}
