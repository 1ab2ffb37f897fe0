namespace JamBox.Things.Ports;

/// <summary>The only source of time. On a PC it is virtual: <see cref="Sleep"/> moves it.</summary>
public interface IClock
{
    /// <summary>Gets the milliseconds since the thing booted. Monotonic, 64 bit, never wraps.</summary>
    long UptimeMs { get; }

    /// <summary>Lets time pass. The grain of nanoCLR is 10 ms; shorter waits last 10 ms there.</summary>
    /// <param name="milliseconds">How long, 1 or more.</param>
    void Sleep(int milliseconds);
}
