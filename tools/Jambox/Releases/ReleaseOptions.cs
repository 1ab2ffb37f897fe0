using System.CommandLine;
using System.Globalization;
using JamBox.Bench.CommandLine;
using JamBox.Bench.Images;
using JamBox.Ota.Images;
using JamBox.Ota.Signing;

namespace JamBox.Bench.Releases;

/// <summary>Arguments and options that several commands have. Each call makes a new one: a symbol belongs to one command.</summary>
internal static class ReleaseOptions
{
    /// <summary>The board of today.</summary>
    public const string DefaultHardwareId = "atoms3-nb1";

    private const int MinorsPerMajor = 100;

    private const UnixFileMode OthersMayRead = UnixFileMode.GroupRead | UnixFileMode.OtherRead;

    /// <summary>The deployment image.</summary>
    /// <returns>The argument.</returns>
    public static Argument<string> Image() => new("IMAGE") { Description = "Deployment image: the .bin that the build writes." };

    /// <summary>How the release is called.</summary>
    /// <returns>The option.</returns>
    public static Option<string> Version() => new("--version")
    {
        Description = "Version of the firmware, as FirmwareVersion.Text has it; at most 15 characters.",
        Required = true,
        HelpName = "6.1.0",
    };

    /// <summary>Its place among the releases.</summary>
    /// <returns>The option.</returns>
    public static Option<long?> Sequence() => new("--seq")
    {
        Description =
            "Its place among the releases for the board: boxes take only greater ones. Default for a version like 6.1.0: 60100, as FirmwareVersion.Sequence has it.",
        HelpName = "60100",
    };

    /// <summary>The board.</summary>
    /// <returns>The option.</returns>
    public static Option<string> Hardware() => new("--hw")
    {
        Description = "Hardware id of the board.",
        DefaultValueFactory = _ => DefaultHardwareId,
        HelpName = DefaultHardwareId,
    };

    /// <summary>The private key.</summary>
    /// <returns>The option.</returns>
    public static Option<string> Key() => new("--key")
    {
        Description =
            $"Private key of the releases (PEM). Its pass phrase is asked for, or taken from the environment variable {ReleaseKey.PassPhraseVariable}.",
        DefaultValueFactory = _ => KeygenCommand.DefaultFile,
        HelpName = "FILE",
    };

    /// <summary>Results for programs.</summary>
    /// <returns>The option.</returns>
    public static Option<bool> Json() => new("--json") { Description = "Write the result as JSON." };

    /// <summary>Makes the manifest that the options describe, not signed yet.</summary>
    /// <param name="terminal">Where doubts are said.</param>
    /// <param name="image">The image.</param>
    /// <param name="version">From the command line.</param>
    /// <param name="sequence">From the command line; <c>null</c> for the usual one.</param>
    /// <param name="hardwareId">From the command line.</param>
    /// <param name="otherVersion">The option that lets an image pass that does not bear that version; <c>null</c> = it is only
    /// said.</param>
    /// <returns>The manifest.</returns>
    /// <exception cref="BenchException">The options contradict themselves, or the image.</exception>
    public static ReleaseManifest Describe(
        BenchTerminal terminal, DeploymentImage image, string version, long? sequence, string hardwareId, string? otherVersion = null)
    {
        long place = sequence ?? UsualSequence(version);
        if (ReleaseManifest.FindFault(version, place, hardwareId) is { } fault)
        {
            throw new BenchException(fault, ExitCode.BadInput);
        }

        var manifest = ReleaseManifest.Of(image, version, place, hardwareId);
        if (image.TrailingBytes > 0)
        {
            terminal.Warn($"{image.TrailingBytes} bytes of filling after the last assembly are left away: boxes do not count them");
        }

        if (image.NativeChecksum == 0)
        {
            terminal.Warn($"{DeploymentImage.InteropName} is not in this image: only boxes without our native part would take it");
        }

        if (!image.Names(version))
        {
            string doubt =
                $"the text {version} is nowhere in this image: was it built with that FirmwareVersion.Text? A box that runs it would report another";
            if (otherVersion is not null)
            {
                throw new BenchException(
                    $"{doubt}, and no roll-out could tell that it runs it. If it is right all the same: {otherVersion}", ExitCode.Refused);
            }

            terminal.Warn(doubt);
        }

        return manifest;
    }

    /// <summary>Reads the private key, asking for its pass phrase if need be.</summary>
    /// <param name="terminal">Where to ask.</param>
    /// <param name="path">The file.</param>
    /// <returns>The key.</returns>
    public static ReleaseKey LoadKey(BenchTerminal terminal, string path)
    {
        if (!OperatingSystem.IsWindows() && File.Exists(path) && (File.GetUnixFileMode(path) & OthersMayRead) != 0)
        {
            terminal.Warn($"others on this machine may read {path}: chmod 600 it");
        }

        return ReleaseKey.Load(path, () => terminal.Secret(ReleaseKey.PassPhraseVariable, $"Pass phrase of {path}"));
    }

    /// <summary>Reads a public key.</summary>
    /// <param name="text">128 hex digits, or the name of a file that holds them or a PEM public key.</param>
    /// <returns>The key.</returns>
    public static PublicKey ParsePublicKey(string text)
    {
        try
        {
            return PublicKey.Parse(File.Exists(text) ? File.ReadAllText(text) : text);
        }
        catch (KeyException e)
        {
            throw new KeyException($"--public-key {(File.Exists(text) ? text : string.Empty)}: {e.Message}");
        }
        catch (Exception e) when (e is IOException or UnauthorizedAccessException)
        {
            throw new BenchException($"--public-key {text}: {e.Message}", ExitCode.BadInput);
        }
    }

    private static long UsualSequence(string version)
    {
        string[] parts = version.Split('.');
        var numbers = new int[3];
        for (int i = 0; i < numbers.Length; i++)
        {
            if (parts.Length != numbers.Length || !int.TryParse(parts[i], NumberStyles.None, CultureInfo.InvariantCulture, out numbers[i])
                || (i == 0 ? numbers[i] > MinorsPerMajor * MinorsPerMajor : numbers[i] >= MinorsPerMajor))
            {
                throw new BenchException($"--seq is needed: no usual one follows from the version {version}", ExitCode.BadInput);
            }
        }

        return (((numbers[0] * MinorsPerMajor) + numbers[1]) * MinorsPerMajor) + numbers[2];
    }
}
