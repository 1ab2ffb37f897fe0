using System.Globalization;
using JamBox.App;
using JamBox.Ports;

namespace JamBox.Twin.Ota;

/// <summary>What is wrong with a twin image.</summary>
internal enum TwinBehaviour
{
    /// <summary>Nothing.</summary>
    Sound,

    /// <summary>It hangs soon after each boot, until the watchdog bites.</summary>
    Hangs,

    /// <summary>It counts, but not a byte of it gets to the modem.</summary>
    CannotSend,

    /// <summary>It reports as ever, and hears nobody: nothing that it could notice itself.</summary>
    CountsNothing,
}

/// <summary>
/// What a twin image says of itself. It is a text in the string table of the assembly <c>Firmware.Shared</c>, such as
/// <c>twin-image version=6.1.0 sequence=60100 behaviour=Sound</c>: there the constants of a real build stand too.
/// </summary>
/// <param name="Version">As in <see cref="FirmwareInfo.Version"/>.</param>
/// <param name="Sequence">As in <see cref="FirmwareInfo.Sequence"/>.</param>
/// <param name="Behaviour">What is wrong with it.</param>
internal sealed record TwinFirmware(string Version, int Sequence, TwinBehaviour Behaviour = TwinBehaviour.Sound)
{
    /// <summary>The assembly that has the text.</summary>
    public const string Assembly = "Firmware.Shared";

    private const string Lead = "twin-image ";

    /// <summary>Makes the text.</summary>
    /// <returns>The text.</returns>
    public string ToText() => string.Create(CultureInfo.InvariantCulture, $"{Lead}version={Version} sequence={Sequence} behaviour={Behaviour}");

    /// <summary>Reads the text.</summary>
    /// <param name="text">A text of a string table.</param>
    /// <returns>What it says; <c>null</c> when it is another text.</returns>
    public static TwinFirmware? Parse(string text)
    {
        if (!text.StartsWith(Lead, StringComparison.Ordinal))
        {
            return null;
        }

        Dictionary<string, string> words = text[Lead.Length..].Split(' ').Select(word => word.Split('=', 2)).ToDictionary(pair => pair[0], pair => pair[1], StringComparer.Ordinal);
        return new TwinFirmware(words["version"], int.Parse(words["sequence"], CultureInfo.InvariantCulture), Enum.Parse<TwinBehaviour>(words["behaviour"]));
    }
}
