using System.Text;
using JamBox.Things.Ports;

namespace JamBox.Things.Settings;

/// <summary>
/// The line protocol of the serial port: <c>set</c>, <c>wifi</c>, <c>forget</c>, <c>root</c>, <c>show</c>, <c>restart</c>, <c>help</c>.
/// Each line is
/// answered by <c>ok</c> or <c>error: …</c>. Tokens and passwords of networks go in and never come out.
/// </summary>
public sealed class Provisioning
{
    /// <summary>The longest line, bytes.</summary>
    public const int MaxLineBytes = 256;

    private readonly ISerialLine _serial;
    private readonly ThingSettings _settings;
    private readonly byte[] _chunk = new byte[64];
    private readonly byte[] _line = new byte[MaxLineBytes];
    private StringBuilder _certificate;
    private int _length;
    private bool _isTooLong;

    /// <param name="serial">The port.</param>
    /// <param name="settings">What is changed.</param>
    public Provisioning(ISerialLine serial, ThingSettings settings)
    {
        _serial = serial;
        _settings = settings;
    }

    /// <summary>Gets a value indicating whether somebody asked for a restart.</summary>
    public bool WantsRestart { get; private set; }

    /// <summary>Gets or sets what <c>show</c> ends with: how the thing is.</summary>
    public string Status { get; set; }

    /// <summary>Takes what has come.</summary>
    public void Step()
    {
        int count = _serial.Read(_chunk);
        for (int i = 0; i < count; i++)
        {
            Take(_chunk[i]);
        }
    }

    private void Take(byte c)
    {
        if (c == '\n' || c == '\r')
        {
            if (_isTooLong)
            {
                Answer("a line has at most 256 bytes");
            }
            else if (_length > 0)
            {
                Obey(Encoding.UTF8.GetString(_line, 0, _length));
            }

            _length = 0;
            _isTooLong = false;
        }
        else if (_length == MaxLineBytes)
        {
            _isTooLong = true;
        }
        else
        {
            // No control characters, and no half of a character: what is stored is what was typed.
            _line[_length++] = c < ' ' || c > '~' ? (byte)'?' : c;
        }
    }

    private void Obey(string line)
    {
        if (_certificate != null)
        {
            TakeCertificate(line);
            return;
        }

        string[] words = SplitWords(line);
        string fault;
        if (words == null)
        {
            fault = "a quote is not closed, or there are more than three words";
        }
        else
        {
            fault = Obey(words[0], words[1], words[2]);
        }

        Answer(fault);
    }

    // Words that are missing are elements of an array that nobody set: nanoCLR crashes when such a one is compared with a text.
    private string Obey(string verb, string first, string second)
    {
        switch (verb)
        {
            case "set":
                return first == null || second == null ? "set NAME VALUE" : _settings.Change(first, second);
            case "wifi":
                return _settings.Remember(first, second ?? "");
            case "forget":
                return first != null && _settings.Forget(first) ? null : "no network of that name";
            case "root":
                if (first != null && first == "none")
                {
                    return _settings.ChangeRoot(null);
                }

                _certificate = new StringBuilder();
                return null;
            case "show":
                Show();
                return null;
            case "restart":
                WantsRestart = true;
                return null;
            case "help":
                _serial.WriteLine("set id|token|server|transport|mqtt-port|prefix|environment|pin|setup-password VALUE");
                _serial.WriteLine("wifi NAME [PASSWORD]   forget NAME   root (then a PEM)   root none   show   restart");
                return null;
            default:
                return "no such word: help lists them";
        }
    }

    private void TakeCertificate(string line)
    {
        if (_certificate.Length + line.Length + 1 > ThingSettings.MaxCertificateChars)
        {
            _certificate = null;
            Answer("root: a certificate in PEM, at most 4096 characters");
            return;
        }

        _certificate.Append(line).Append("\n");
        if (line == "-----END CERTIFICATE-----")
        {
            string pem = _certificate.ToString();
            _certificate = null;
            Answer(_settings.ChangeRoot(pem));
        }
    }

    private void Show()
    {
        ThingSettings settings = _settings;
        _serial.WriteLine("id " + (settings.DeviceId ?? "not set"));
        _serial.WriteLine("token " + (settings.Token == null ? "not set" : "set"));
        _serial.WriteLine("server " + (settings.Server ?? "not set"));
        _serial.WriteLine("transport " + (settings.UsesMqtt ? "mqtt, port " + settings.MqttPort : "http"));
        _serial.WriteLine("topics " + settings.Prefix + ", " + settings.Environment);
        _serial.WriteLine("root " + (settings.RootCertificate == null ? "not set" : "set") + ", pin " + (settings.Pin ?? "not set"));
        for (int i = 0; i < ThingSettings.MaxNetworks && settings.NetworkName(i) != null; i++)
        {
            string kind = settings.NetworkPassword(i).Length == 0 ? " (open)" : " (with password)";
            _serial.WriteLine("wifi " + settings.NetworkName(i) + kind);
        }

        // Whoever holds the board in hand may set it up anyway.
        _serial.WriteLine("setup-password " + (settings.SetupPassword ?? "not set"));
        if (Status != null)
        {
            _serial.WriteLine(Status);
        }
    }

    private void Answer(string fault)
    {
        _serial.WriteLine(fault == null ? "ok" : "error: " + fault);
    }

    // Up to three words; a word with blanks stands in double quotes.
    private static string[] SplitWords(string line)
    {
        var words = new string[3];
        int count = 0;
        int at = 0;
        while (true)
        {
            while (at < line.Length && line[at] == ' ')
            {
                at++;
            }

            if (at == line.Length)
            {
                words[0] = words[0] ?? "";
                return words;
            }

            if (count == words.Length)
            {
                return null;
            }

            bool isQuoted = line[at] == '"';
            int first = isQuoted ? at + 1 : at;
            int end = first;
            while (end < line.Length && line[end] != (isQuoted ? '"' : ' '))
            {
                end++;
            }

            if (isQuoted && end == line.Length)
            {
                return null;
            }

            words[count++] = line.Substring(first, end - first);
            at = isQuoted ? end + 1 : end;
        }
    }
}
