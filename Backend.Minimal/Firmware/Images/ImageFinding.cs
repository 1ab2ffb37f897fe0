namespace JamBox.Backend.Firmware;

/// <summary>What a file with an image turned out to be.</summary>
internal enum ImageKind
{
    /// <summary>An application, to be written to its partition.</summary>
    App,

    /// <summary>Bootloader, partition table and application in one file, as they lie in flash.</summary>
    Merged,

    /// <summary>A bootloader alone.</summary>
    Bootloader,

    /// <summary>A partition table alone.</summary>
    Table,

    /// <summary>The whole of an ESP8266, to be written to 0.</summary>
    Esp8266,
}

/// <summary>A part of a file.</summary>
/// <param name="Offset">Where it begins in the file, bytes.</param>
/// <param name="Size">Its bytes.</param>
/// <param name="Sha256">Its SHA-256, 64 lower hex digits.</param>
internal sealed record ImagePart(long Offset, long Size, string Sha256);

/// <summary>What was found in a file with an image.</summary>
/// <param name="Kind">What it is.</param>
/// <param name="ChipId">The chip that it is for; null = an ESP8266, or a table, which is for any.</param>
/// <param name="Description">What the application says of itself; null = nothing.</param>
/// <param name="App">The application, in the file; of a bootloader or table alone, that.</param>
/// <param name="Bootloader">The bootloader of a merged image.</param>
/// <param name="Table">The partition table of a merged image.</param>
internal sealed record ImageFinding(
    ImageKind Kind, int? ChipId, AppDescription? Description, ImagePart App, ImagePart? Bootloader = null, ImagePart? Table = null);
