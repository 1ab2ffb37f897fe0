using System.Globalization;

namespace JamBox.Backend.Firmware;

/// <summary>What names of platforms, products and environments look like.</summary>
internal static class FirmwareText
{
    /// <summary>The environment of what says none.</summary>
    public const string Production = "prod";

    /// <summary>Why a product was refused.</summary>
    public const string ProductRule = "product: must be 1 to 40 of A-Z, a-z, 0-9, blank, dot, underscore and hyphen, not blank at an end";

    /// <summary>Why an environment was refused.</summary>
    public const string EnvironmentRule = "env: must be 1 to 20 small letters, digits and hyphens";

    /// <summary>Why a description was refused.</summary>
    public const string DescriptionRule = "description: must be at most 1000 characters, without control characters";

    /// <summary>Characters of a description at most.</summary>
    public const int MaxDescriptionChars = 1000;

    private const int MaxNameChars = 40;

    /// <summary>Whether it may be the name of a platform.</summary>
    public static bool IsName(string text) => text.Length is > 0 and <= MaxNameChars
        && text.All(static c => char.IsAsciiLetterLower(c) || char.IsAsciiDigit(c) || c is '-' or '_');

    /// <summary>Whether it may be the name of a product.</summary>
    public static bool IsProduct(string text) => text.Length is > 0 and <= MaxNameChars && text.Trim().Length == text.Length
        && text.All(static c => char.IsAsciiLetterOrDigit(c) || c is ' ' or '.' or '_' or '-');

    /// <summary>Whether it may be the name of an environment.</summary>
    public static bool IsEnvironment(string text) => text.Length is > 0 and <= 20
        && text.All(static c => char.IsAsciiLetterLower(c) || char.IsAsciiDigit(c) || c == '-');

    /// <summary>Whether it may be a description. Lines are taken.</summary>
    public static bool IsDescription(string text) =>
        text.Length <= MaxDescriptionChars && text.All(static c => !char.IsControl(c) || c is '\n' or '\r' or '\t');

    /// <summary>The name of a file with an image.</summary>
    public static string FileName(string product, string platform, string version, string part = "app") => string.Create(
        CultureInfo.InvariantCulture, $"{product.Replace(' ', '-')}_{platform}_{version}{(part == "app" ? "" : $"_{part}")}.bin");
}
