using System;
using JamBox.Ports;
using JamBox.Tests.Modem;
using Ascii = JamBox.Text.Ascii;

namespace JamBox.Tests.Host;

/// <summary>What a <see cref="HostileModem"/> does instead of obeying.</summary>
public enum Hostility
{
    /// <summary>It is silent.</summary>
    Silence,

    /// <summary>Random bytes without end.</summary>
    Garbage,

    /// <summary>Ends of lines without end.</summary>
    BlankLines,

    /// <summary>A line without end.</summary>
    EndlessLine,

    /// <summary>A byte a second.</summary>
    OneByteASecond,

    /// <summary>A block of payload is announced, and comes at a byte a second.</summary>
    DrippingBlock,

    /// <summary>Reports of data without end.</summary>
    DataReports,

    /// <summary>Reports of registration without end, in and out.</summary>
    RegistrationReports,

    /// <summary>The prompt without end.</summary>
    Prompts,

    /// <summary><c>OK</c> without end.</summary>
    Oks,

    /// <summary><c>ERROR</c> without end.</summary>
    Errors,

    /// <summary>It starts without end.</summary>
    Boots,

    /// <summary>It obeys, but says that data wait and gives none.</summary>
    WaitingNothing,

    /// <summary>It obeys, but says that there are no data and at once reports the next.</summary>
    ReportedNothing,

    /// <summary>Everything is answered with <c>OK</c>, 9.9 s later.</summary>
    LateOks,

    /// <summary>Of each payload one byte is taken, 5 s later.</summary>
    TakesOneByte,
}

/// <summary>A <see cref="FakeModem"/> that obeys until it is told to be hostile.</summary>
internal sealed class HostileModem : IModemLink
{
    private const string NothingWaits = "\r\n+CIPRXGET: 2,0,0,5\r\n\r\nOK\r\n";
    private const string NothingReported = "\r\n+CIPRXGET: 1,0\r\n\r\n+IP ERROR: No data\r\n\r\nERROR\r\n";

    private readonly FakeClock _clock;
    private readonly Random _random;
    private Hostility? _hostility;
    private byte[] _stream = [];
    private int _at;
    private long _nextByteMs;

    public HostileModem(FakeClock clock, int seed)
    {
        _clock = clock;
        _random = new Random(seed);
        Obedient = new FakeModem(clock);
    }

    /// <summary>What it is until then.</summary>
    public FakeModem Obedient { get; }

    private bool Obeys =>
        _hostility is null or Hostility.WaitingNothing or Hostility.ReportedNothing or Hostility.LateOks or Hostility.TakesOneByte;

    public void Become(Hostility hostility)
    {
        _hostility = hostility;
        _at = 0;
        _stream = Ascii.Bytes(hostility switch
        {
            Hostility.BlankLines => "\r\n",
            Hostility.EndlessLine => "+CSQ: ",
            Hostility.OneByteASecond => "O",
            Hostility.DrippingBlock => "\r\n+CIPRXGET: 2,0,16384,0\r\n",
            Hostility.DataReports => "\r\n+CIPRXGET: 1,0\r\n",
            Hostility.RegistrationReports => "\r\n+CEREG: 2\r\n\r\n+CEREG: 1\r\n\r\n+CEREG: 0\r\n",
            Hostility.Prompts => "> ",
            Hostility.Oks => "\r\nOK\r\n",
            Hostility.Errors => "\r\nERROR\r\n",
            Hostility.Boots => FakeModem.Boot,
            _ => string.Empty,
        });
        switch (hostility)
        {
            case Hostility.WaitingNothing:
                Obedient.On("AT+CIPRXGET=2", NothingWaits, int.MaxValue);
                Obedient.Say("\r\n+CIPRXGET: 1,0\r\n");
                break;
            case Hostility.ReportedNothing:
                Obedient.On("AT+CIPRXGET=2", NothingReported, int.MaxValue);
                Obedient.Say("\r\n+CIPRXGET: 1,0\r\n");
                break;
            case Hostility.LateOks:
                Obedient.On("AT", null, int.MaxValue);
                break;
            case Hostility.TakesOneByte:
                Obedient.NetworkDelayMs = 5_000;
                break;
        }
    }

    public int Read(byte[] buffer, int offset, int count)
    {
        if (Obeys)
        {
            return Obedient.Read(buffer, offset, count);
        }

        switch (_hostility)
        {
            case Hostility.Silence:
                return 0;
            case Hostility.Garbage:
                _random.NextBytes(buffer.AsSpan(offset, count));
                return count;
            case Hostility.OneByteASecond:
            case Hostility.DrippingBlock when _at >= _stream.Length:
                return Drip(buffer, offset);
            default:
                return Pour(buffer, offset, count);
        }
    }

    public void Write(byte[] buffer, int offset, int count)
    {
        if (_hostility == Hostility.TakesOneByte)
        {
            Obedient.ShortBy = Math.Max(count - 1, 0);
        }

        if (Obeys)
        {
            Obedient.Write(buffer, offset, count);
        }

        if (_hostility == Hostility.LateOks)
        {
            Obedient.Say("\r\nOK\r\n", 9_900);
        }
    }

    public bool HardwareReset() => true;

    private int Drip(byte[] buffer, int offset)
    {
        if (_clock.UptimeMs < _nextByteMs)
        {
            return 0;
        }

        _nextByteMs = _clock.UptimeMs + 1_000;
        buffer[offset] = (byte)'O';
        return 1;
    }

    private int Pour(byte[] buffer, int offset, int count)
    {
        for (int i = 0; i < count; i++)
        {
            if (_at == _stream.Length)
            {
                if (_hostility == Hostility.DrippingBlock)
                {
                    return i;
                }

                _at = 0;
            }

            buffer[offset + i] = _stream[_at++];
        }

        return count;
    }
}
