namespace JamBox.Boot;

/// <summary>Regions of the flash as the boot copies see them; the numbers are those of <c>jb_boot.h</c>.</summary>
public enum BootRegion
{
    /// <summary>What runs.</summary>
    Deploy = 0,

    /// <summary>What is to run.</summary>
    Stage = 1,

    /// <summary>What ran before.</summary>
    Previous = 2,

    /// <summary>Records and journals.</summary>
    Boot = 3,
}
