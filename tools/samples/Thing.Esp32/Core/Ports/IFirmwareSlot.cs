namespace JamBox.Things.Ports;

/// <summary>Where a new image goes, on boards that can replace theirs. Stock nanoCLR has no such call: its slot takes nothing.</summary>
public interface IFirmwareSlot
{
    /// <summary>Gets a value indicating whether the board can replace its own image.</summary>
    bool CanReplace { get; }

    /// <summary>Begins to write an image.</summary>
    /// <param name="sizeBytes">Its size.</param>
    /// <returns><c>false</c> when there is no room.</returns>
    bool Begin(int sizeBytes);

    /// <summary>Writes the next bytes.</summary>
    /// <param name="buffer">Where they are.</param>
    /// <param name="count">How many, from index 0.</param>
    /// <returns><c>false</c> when they could not be written.</returns>
    bool Write(byte[] buffer, int count);

    /// <summary>The image is whole and verified: it is what starts next.</summary>
    /// <returns><c>false</c> when the old image stays.</returns>
    bool Activate();
}
