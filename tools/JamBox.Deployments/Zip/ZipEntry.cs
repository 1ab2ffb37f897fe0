namespace JamBox.Deployments.Zip;

/// <summary>An entry of a zip, as its directory and its own header say alike.</summary>
/// <param name="Path">Its path; of a folder without the <c>/</c> at its end.</param>
/// <param name="IsFolder">It is a folder.</param>
/// <param name="IsDeflated">It is compressed; else its bytes lie there as they are.</param>
/// <param name="IsExecutable">Its mode says that it may be run.</param>
/// <param name="DataOffset">Where its bytes begin in the zip.</param>
/// <param name="CompressedSize">How many there are in the zip.</param>
/// <param name="Size">What they are said to become.</param>
/// <param name="Crc">The check sum that they are said to have then.</param>
internal sealed record ZipEntry(
    string Path, bool IsFolder, bool IsDeflated, bool IsExecutable, long DataOffset, long CompressedSize, long Size, uint Crc);
