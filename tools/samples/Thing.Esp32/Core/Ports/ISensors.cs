namespace JamBox.Things.Ports;

/// <summary>What the thing measures.</summary>
public interface ISensors
{
    /// <summary>Gets how many values there are, 0 to 16.</summary>
    int Count { get; }

    /// <summary>Gets the key under which a value is reported.</summary>
    /// <param name="index">Which, from 0.</param>
    /// <returns>1 to 40 of <c>A-Z a-z 0-9 _ . -</c>.</returns>
    string KeyOf(int index);

    /// <summary>Measures.</summary>
    /// <param name="index">Which, from 0.</param>
    /// <param name="value">The value, in the unit that its key implies.</param>
    /// <returns><c>false</c> when it cannot be measured now: then it is left out.</returns>
    bool TryRead(int index, out double value);
}
