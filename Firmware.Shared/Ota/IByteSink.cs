namespace JamBox.Ota;

/// <summary>Takes the new image from its first byte to its last: writes it into flash, and hashes it on the way.</summary>
public interface IByteSink
{
    /// <summary>Takes the next bytes: <see cref="PatchApplier.OutputSize"/> each time, and what is left the last time.</summary>
    /// <param name="buffer">Where from.</param>
    /// <param name="count">How many bytes, from index 0.</param>
    /// <returns><c>false</c> when the medium refused.</returns>
    bool Write(byte[] buffer, int count);
}
