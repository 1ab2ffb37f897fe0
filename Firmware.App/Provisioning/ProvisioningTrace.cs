using System.Text;
using JamBox.Ports;
using Ascii = JamBox.Text.Ascii;

namespace JamBox.Provisioning;

/// <summary>
/// The modem's bytes on their way through, shown on the serial port line by line: at the bench that is the diagnosis. Provisioning sends
/// no token, so nothing in it is secret.
/// </summary>
internal sealed class ProvisioningTrace : IModemLink
{
    private const int LineCapacity = 128;

    private readonly IModemLink _link;
    private readonly ISystem _system;
    private readonly byte[] _request = new byte[LineCapacity];
    private readonly byte[] _answer = new byte[LineCapacity];
    private int _requestLength;
    private int _answerLength;

    /// <param name="link">The modem.</param>
    /// <param name="system">Its log is the serial port.</param>
    public ProvisioningTrace(IModemLink link, ISystem system)
    {
        _link = link;
        _system = system;
    }

    /// <summary>Gets the last command.</summary>
    public string LastRequest { get; private set; } = string.Empty;

    /// <summary>Gets the last line of the modem that followed it; empty when it said nothing.</summary>
    public string LastAnswer { get; private set; } = string.Empty;

    /// <summary>Gets a value indicating whether the search for a network has begun.</summary>
    public bool IsSearching { get; private set; }

    /// <summary>Forgets all.</summary>
    public void Clear()
    {
        _requestLength = 0;
        _answerLength = 0;
        LastRequest = string.Empty;
        LastAnswer = string.Empty;
        IsSearching = false;
    }

    /// <inheritdoc/>
    public int Read(byte[] buffer, int offset, int count)
    {
        int read = _link.Read(buffer, offset, count);
        for (int i = offset; i < offset + read; i++)
        {
            byte value = buffer[i];
            if (value == (byte)'\r' || value == (byte)'\n')
            {
                ShowAnswer();
            }
            else if (_answerLength < LineCapacity)
            {
                _answer[_answerLength++] = value >= (byte)' ' && value <= (byte)'~' ? value : (byte)'.';
            }
        }

        return read;
    }

    /// <inheritdoc/>
    public void Write(byte[] buffer, int offset, int count)
    {
        for (int i = offset; i < offset + count; i++)
        {
            if (buffer[i] == (byte)'\r')
            {
                ShowRequest();
            }
            else if (_requestLength < LineCapacity)
            {
                _request[_requestLength++] = buffer[i];
            }
        }

        _link.Write(buffer, offset, count);
    }

    /// <inheritdoc/>
    public bool HardwareReset()
    {
        return _link.HardwareReset();
    }

    private void ShowRequest()
    {
        if (_requestLength == 0)
        {
            return;
        }

        IsSearching |= Ascii.StartsWith(_request, 0, _requestLength, "AT+CEREG?");
        LastRequest = Encoding.UTF8.GetString(_request, 0, _requestLength);
        LastAnswer = string.Empty;
        _requestLength = 0;
        _system.Log("> " + LastRequest);
    }

    private void ShowAnswer()
    {
        if (_answerLength == 0)
        {
            return;
        }

        string answer = Encoding.UTF8.GetString(_answer, 0, _answerLength);
        _answerLength = 0;

        // After its restart the modem echoes again, and an echo is no answer.
        if (answer != LastRequest)
        {
            LastAnswer = answer;
            _system.Log("< " + answer);
        }
    }
}
