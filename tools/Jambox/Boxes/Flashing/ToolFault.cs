using JamBox.Bench.CommandLine;
using JamBox.Flashing;

namespace JamBox.Bench.Boxes.Flashing;

/// <summary>What a tool says when it fails, in words that say what to do.</summary>
internal static class ToolFault
{
    private const string Mute = "the chip does not answer. Check port and cable; then bring it into its loader: " + Button;
    private const string NotOurs = "it is not the ESP32-S3 of an AtomS3 Lite. Check that this is the box's port";
    private const string NotOpen = "the port is not there, or another program has it: 'jambox doctor' says which";
    private const string Gone = "the port has gone away. Check the cable and the plug, and start again: all is written anew";
    private const string Locked = "the chip is in secure download mode for good: it cannot be flashed here. Take another box";

    private const string Button = "hold its reset button for two seconds until the green light inside comes on, let go, and try again";

    private static readonly (string Said, FlashFault Fault, string Means)[] s_esptool =
    [
        ("Secure Download Mode", FlashFault.Locked, Locked),
        ("This chip is", FlashFault.WrongChip, NotOurs),
        ("Unexpected chip i", FlashFault.WrongChip, NotOurs),
        ("Permission denied", FlashFault.Port, "you may not use the port: 'jambox doctor' says what to do"),
        ("Access is denied", FlashFault.Port, "another program has the port: close serial monitors and Visual Studio's device explorer"),
        ("exclusively lock port", FlashFault.Port, "another program has the port: close serial monitors"),
        ("busy or doesn't exist", FlashFault.Port, NotOpen),
        ("port doesn't exist", FlashFault.Port, "the port is not there: plug the box in with a cable that carries data"),
        ("could not open port", FlashFault.Port, NotOpen),
        ("MD5 of file does not match", FlashFault.Damaged, "the flash does not keep what is written: it is worn out. Take another box"),
        ("Wrong boot mode", FlashFault.NotInLoader, $"the chip starts its firmware instead of its loader: {Button}"),
        ("Failed to connect", FlashFault.NoAnswer, Mute),
        ("No serial data received", FlashFault.NoAnswer, Mute),
        ("chip stopped responding", FlashFault.Port, "the chip has gone silent. Check the cable and the plug, and start again"),
        ("readiness to read but", FlashFault.Port, Gone),
        ("Lost connection", FlashFault.Port, Gone),
        ("could not configure port", FlashFault.Port, Gone),
        ("Write timeout", FlashFault.Port, "the port takes nothing. Check the cable and the plug, and start again"),
        ("SerialException", FlashFault.Port, Gone),
        ("serial port error", FlashFault.Port, Gone),
        ("No module named", FlashFault.Input, "it is not installed whole: pip install --upgrade esptool, or leave --flasher away"),
        ("No space left", FlashFault.Input, "the disk is full: make room, or leave --flasher away"),
    ];

    private static readonly (string Said, FlashFault Fault, string Means)[] s_nanoff =
    [
        ("E6000", FlashFault.Port, "it cannot open the port: close what else has it, and check the plug"),
        ("E6002", FlashFault.Port, "another nanoFramework tool has the port: close Visual Studio's device explorer"),
        ("E4005", FlashFault.Port, "it cannot open the port: close what else has it, and check the plug"),
        ("E4000", FlashFault.NoAnswer, $"the chip does not answer: {Button}"),
        ("E4001", FlashFault.WrongChip, "it is not the flash of an AtomS3 Lite. Check that this is the box's port"),
        ("E4002", FlashFault.Damaged, "the flash cannot be erased. Start again; if it repeats, take another box"),
        ("E4003", FlashFault.Damaged, "the flash cannot be written. Start again; if it repeats, take another box"),
        ("E9", FlashFault.Input, "it does not take what we ask of it: it is not a version that we know. Leave --flasher away"),
    ];

    /// <summary>Explains how esptool failed.</summary>
    /// <param name="result">How it ended.</param>
    /// <param name="port">The port.</param>
    /// <returns>What to throw.</returns>
    public static FlashException OfEsptool(ToolResult result, string port) => Of("esptool", result, port, s_esptool);

    /// <summary>Explains how nanoff failed.</summary>
    /// <param name="result">How it ended.</param>
    /// <param name="port">The port.</param>
    /// <returns>What to throw.</returns>
    public static FlashException OfNanoff(ToolResult result, string port) => Of("nanoff", result, port, s_nanoff);

    private static FlashException Of(
        string tool, ToolResult result, string port, IEnumerable<(string Said, FlashFault Fault, string Means)> known)
    {
        string last = LastWord(result.Output);
        if (result.ExitCode == ToolResult.NotInTime)
        {
            return new FlashException(
                FlashFault.NoAnswer,
                $"{tool} at {port} said nothing more and was ended (last: {last}). Unplug the box for 10 seconds, and start again.");
        }

        (string said, FlashFault fault, string means) = known.FirstOrDefault(
            one => result.Output.Contains(one.Said, StringComparison.OrdinalIgnoreCase));
        return said is not null
            ? new FlashException(fault, $"{tool} at {port}: {means} ({last}).")
            : new FlashException(
                FlashFault.Refused,
                $"{tool} at {port} failed with exit code {result.ExitCode}: {last}. Unplug the box for 10 seconds and try again, or leave --flasher away.");
    }

    /// <summary>The line that says it: the first one of an error, or the last of all.</summary>
    private static string LastWord(string output)
    {
        const string Introduction = " error occurred: ";
        string[] lines = output.Split('\n', StringSplitOptions.RemoveEmptyEntries);
        return lines.FirstOrDefault(static line => line.Contains(Introduction, StringComparison.Ordinal)) is { } error
            ? error[(error.IndexOf(Introduction, StringComparison.Ordinal) + Introduction.Length)..].TrimEnd('.')
            : lines.LastOrDefault(static line => !line.Contains("https://", StringComparison.Ordinal))?.TrimEnd('.')
                ?? "it printed nothing";
    }
}
