namespace JamBox.Things.Ports;

/// <summary>What the thing can do: the pins, relays or lamps behind <c>v0</c> to <c>v4</c>.</summary>
public interface IOutputs
{
    /// <summary>Sets an output.</summary>
    /// <param name="channel">0 to 4: the digit behind the <c>v</c>.</param>
    /// <param name="value">0 = off; what other values mean is the board's affair (a pin: on).</param>
    /// <returns>The value that it has now, which is what is reported.</returns>
    int Set(int channel, int value);

    /// <summary>Reads an output back.</summary>
    /// <param name="channel">0 to 4.</param>
    /// <returns>Its value.</returns>
    int Get(int channel);
}
