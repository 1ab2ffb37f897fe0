using JamBox.Ports;

namespace JamBox.Tests.App;

/// <summary>A scan that ends when it is asked often enough.</summary>
internal sealed class FakeScanner : IWifiScanner
{
    private int _asked;

    /// <summary>Access points that the next scan finds; −1: it never ends.</summary>
    public int Finds { get; set; } = 3;

    /// <summary>How often the result is asked for before it is there.</summary>
    public int Duration { get; set; } = 4;

    public bool IsBusy { get; set; }

    public int Starts { get; private set; }

    public int Cancels { get; private set; }

    public bool Start()
    {
        if (IsBusy)
        {
            return false;
        }

        Starts++;
        _asked = 0;
        return true;
    }

    public int TakeResult(byte[] records)
    {
        if (Finds < 0 || ++_asked < Duration)
        {
            return -1;
        }

        for (int i = 0; i < Finds; i++)
        {
            int offset = i * AccessPointRecord.Size;
            for (int b = 0; b < 6; b++)
            {
                records[offset + b] = (byte)(0xA0 + (i * 16) + b);
            }

            records[offset + AccessPointRecord.RssiDbm] = (byte)(256 - 40 - i);
        }

        return Finds;
    }

    public void Cancel()
    {
        Cancels++;
    }
}
