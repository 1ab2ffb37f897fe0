using JamBox.Flashing;

namespace JamBox.Bench.Boxes.Flashing;

/// <summary>What writes to the chip at a port: our own client of its loader, or a tool of somebody else's.</summary>
internal interface IBoxFlasher
{
    /// <summary>Brings the chip into its loader, and looks whether it is the one of a box. Nothing is written.</summary>
    /// <returns>The chip.</returns>
    /// <exception cref="FlashException">It does not answer, or is another.</exception>
    ChipInfo Connect();

    /// <summary>Writes parts; each is verified in the chip.</summary>
    /// <param name="parts">What goes where.</param>
    /// <param name="stop">Ends it.</param>
    /// <returns>Done.</returns>
    /// <exception cref="FlashException">A part cannot be written, or does not stay.</exception>
    Task WriteAsync(IReadOnlyList<FlashPart> parts, CancellationToken stop);

    /// <summary>Starts the firmware.</summary>
    /// <returns>The beginning of what it says.</returns>
    /// <exception cref="FlashException">The chip does not.</exception>
    byte[] Start();
}
