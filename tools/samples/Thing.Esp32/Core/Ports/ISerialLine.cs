namespace JamBox.Things.Ports;

/// <summary>The serial port over which a person sets the thing up.</summary>
public interface ISerialLine
{
    /// <summary>Takes what has come, without waiting.</summary>
    /// <param name="buffer">Where it goes.</param>
    /// <returns>How many bytes, 0 = none.</returns>
    int Read(byte[] buffer);

    /// <summary>Writes a line.</summary>
    /// <param name="line">Without its end.</param>
    void WriteLine(string line);
}
