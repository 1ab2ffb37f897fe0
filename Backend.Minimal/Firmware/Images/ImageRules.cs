namespace JamBox.Backend.Firmware;

/// <summary>Whether what was found in a file is what a platform takes.</summary>
internal static class ImageRules
{
    /// <summary>What is wrong with a file as the firmware of a platform.</summary>
    /// <returns>Null when it is right: an application, a merged image, or the image of an ESP8266.</returns>
    public static string? FindAppFault(ImageFinding found, Platform platform) =>
        found.Kind == ImageKind.Bootloader
        ? "it is a bootloader (an image without an application's description): upload the application as file, the bootloader as bootloader"
        : found.Kind == ImageKind.Table ? "it is a partition table: upload the application as file, the table as partitions"
        : FindChipFault(found.ChipId, platform);

    /// <summary>What is wrong with a file as the bootloader of a platform.</summary>
    /// <returns>Null when it is right.</returns>
    public static string? FindBootloaderFault(ImageFinding found, Platform platform) =>
        platform.IsEsp8266 ? "an ESP8266 has its boot code in the image: leave it out"
        : found.Kind != ImageKind.Bootloader ? $"it is {Name(found.Kind)}, not a bootloader"
        : FindChipFault(found.ChipId, platform);

    /// <summary>What is wrong with a file as the partition table of a platform.</summary>
    /// <returns>Null when it is right.</returns>
    public static string? FindTableFault(ImageFinding found, Platform platform) =>
        platform.IsEsp8266 ? "an ESP8266 has no partition table: leave it out"
        : found.Kind != ImageKind.Table ? $"it is {Name(found.Kind)}, not a partition table (which begins with 0xAA 0x50)"
        : found.App.Size is < 32 or > 0x1000 ? "a partition table has 32 to 4,096 bytes"
        : null;

    private static string? FindChipFault(int? chip, Platform platform) =>
        chip == platform.ChipId ? null : $"it is for {EspChip.Name(chip)}, but {platform.Name} is {EspChip.Name(platform.ChipId)}";

    private static string Name(ImageKind kind) => kind switch
    {
        ImageKind.App => "an application",
        ImageKind.Merged => "a merged image",
        ImageKind.Bootloader => "a bootloader",
        ImageKind.Table => "a partition table",
        _ => "an image for ESP8266",
    };
}
