namespace JamBox.Backend.Firmware;

/// <summary>Knows by their first bytes what people upload by mistake.</summary>
internal static class OtherFiles
{
    /// <summary>What it is and what to do.</summary>
    /// <param name="start">The first 16 bytes, or as many as there are.</param>
    /// <returns>Null when it may be an image.</returns>
    public static string? Name(ReadOnlySpan<byte> start) =>
        start.StartsWith((ReadOnlySpan<byte>)[0x1F, 0x8B]) ? "it is packed with gzip: upload the .bin that is in it (gunzip FILE.bin.gz)"
        : start.StartsWith("PK"u8) ? "it is a zip archive: upload the .bin that is in it"
        : start.StartsWith("\u007fELF"u8) ? "it is an ELF file: upload the .bin that is made of it (esptool elf2image)"
        : start.StartsWith("UF2\n"u8) ? "it is a UF2 file, for drag and drop onto a bootloader: upload the .bin"
        : start.StartsWith("NFMRK"u8)
        ? "it is a deployment image of nanoFramework: boxes get those as patches, POST /api/ota/firmware (jambox release publish)"
        : start.StartsWith(":"u8) ? "it is an Intel HEX file: upload the .bin"
        : start.StartsWith("<"u8) ? "it is a page or XML, not an image: was a download's page saved instead of its file?"
        : start.StartsWith("{"u8) ? "it is JSON, not an image"
        : start.StartsWith("version https://git-lfs"u8[..16]) ? "it is a pointer of Git LFS: fetch the file itself (git lfs pull)"
        : null;
}
