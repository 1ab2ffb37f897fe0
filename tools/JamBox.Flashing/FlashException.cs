namespace JamBox.Flashing;

/// <summary>What kept a chip from being flashed.</summary>
public enum FlashFault
{
    /// <summary>The port cannot be opened, or has gone away.</summary>
    Port,

    /// <summary>Nothing came back.</summary>
    NoAnswer,

    /// <summary>The chip runs its firmware: it did not start its loader.</summary>
    NotInLoader,

    /// <summary>It is another chip, or its flash is too small.</summary>
    WrongChip,

    /// <summary>Security settings of the chip forbid it.</summary>
    Locked,

    /// <summary>The loader refused a command.</summary>
    Refused,

    /// <summary>What was read back is not what was written.</summary>
    Damaged,

    /// <summary>What was to be written cannot be.</summary>
    Input,
}

/// <summary>A chip could not be flashed.</summary>
/// <param name="fault">Why.</param>
/// <param name="message">What happened, and what to do.</param>
public sealed class FlashException(FlashFault fault, string message) : Exception(message)
{
    /// <summary>Gets why.</summary>
    public FlashFault Fault { get; } = fault;
}
