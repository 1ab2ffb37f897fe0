namespace JamBox.Boot;

/// <summary>How a call of the boot copies ended; the numbers are those of <c>jb_boot.h</c>.</summary>
public enum BootResult
{
    /// <summary>Done.</summary>
    Ok = 0,

    /// <summary>The flash refused, or did not keep what was written.</summary>
    Flash = -1,

    /// <summary>Not in this state.</summary>
    State = -2,

    /// <summary>A length or the geometry is impossible.</summary>
    Argument = -3,
}
