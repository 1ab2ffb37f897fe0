namespace JamBox.Ports;

/// <summary>Reboots the box when the loop stands still.</summary>
public interface IWatchdog
{
    /// <summary>Starts it; it cannot be stopped.</summary>
    /// <param name="timeoutMs">Reboot after so many ms without <see cref="Feed"/>.</param>
    void Start(int timeoutMs);

    /// <summary>Says that the loop is alive.</summary>
    void Feed();
}
