using JamBox.Ports;

namespace JamBox.Tests.App;

/// <summary>What is small of a board: LED, button, watchdog, chip.</summary>
internal sealed class FakeBoard : IIndicator, IButtons, IWatchdog, ISystem
{
    private const int LinesKept = 10;

    private readonly string[] _lines = new string[LinesKept];
    private int _lineCount;
    private uint _random = 99;

    public bool IsMainPressed { get; set; }

    public string ResetReason { get; set; } = "power";

    public string BoardFault { get; set; }

    public int FreeHeapBytes => 81920;

    public int LargestFreeBlockBytes => 40960;

    /// <summary>The reason of the last order to reboot.</summary>
    public string Rebooted { get; private set; }

    public int Reboots { get; private set; }

    public int WatchdogMs { get; private set; }

    public int Feeds { get; private set; }

    public void Show(byte red, byte green, byte blue)
    {
    }

    public void Start(int timeoutMs)
    {
        WatchdogMs = timeoutMs;
    }

    public void Feed()
    {
        Feeds++;
    }

    public void Random(byte[] buffer)
    {
        for (int i = 0; i < buffer.Length; i++)
        {
            _random = (_random * 1664525) + 1013904223;
            buffer[i] = (byte)(_random >> 24);
        }
    }

    public void Reboot(string reason)
    {
        Rebooted = reason;
        Reboots++;
    }

    public void Log(string line)
    {
        _lines[_lineCount % LinesKept] = line;
        _lineCount++;
    }

    /// <summary>Whether one of the last lines has a text.</summary>
    public bool HasLogged(string text)
    {
        for (int i = 0; i < LinesKept && i < _lineCount; i++)
        {
            if (_lines[i].IndexOf(text) >= 0)
            {
                return true;
            }
        }

        return false;
    }
}
