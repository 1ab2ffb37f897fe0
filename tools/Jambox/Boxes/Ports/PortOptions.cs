using System.CommandLine;
using JamBox.Bench.CommandLine;

namespace JamBox.Bench.Boxes.Ports;

/// <summary>Which port a box is at.</summary>
internal static class PortOptions
{
    /// <summary>The name that stands for a simulated box.</summary>
    public const string Twin = "twin";

    private const string TwinWithFile = Twin + ":";

    /// <summary>The port.</summary>
    /// <returns>The option.</returns>
    public static Option<string?> Port() => new("--port")
    {
        Description =
            "Serial port of the box, such as COM5 or /dev/ttyACM0. 'twin' is a simulated box without hardware, 'twin:FILE' one whose flash is kept in a file. Default: the only port that is there.",
        HelpName = "PORT",
    };

    /// <summary>Whether that is a simulated box.</summary>
    /// <param name="port">The name of a port.</param>
    /// <returns>It is.</returns>
    public static bool IsTwin(string? port) =>
        port == Twin || port?.StartsWith(TwinWithFile, StringComparison.Ordinal) == true;

    /// <summary>Opens the port that was named, or the only one that is there; asks when there are several.</summary>
    /// <param name="terminal">Who knows the ports, and whom to ask.</param>
    /// <param name="port">From the command line; <c>null</c> = find it.</param>
    /// <param name="backend">Whom a simulated box reaches; <c>null</c> = nobody.</param>
    /// <returns>The port.</returns>
    /// <exception cref="BenchException">No port is there, or nobody says which.</exception>
    public static BoxPort Open(BenchTerminal terminal, string? port, Uri? backend = null) =>
        IsTwin(port) ? terminal.OpenTwin(port!.Length > TwinWithFile.Length ? port[TwinWithFile.Length..] : null, backend)
        : terminal.OpenSerial(port ?? Choose(terminal));

    /// <summary>Picks those that a box can be at, in the order of their numbers.</summary>
    /// <param name="names">All ports of this machine.</param>
    /// <returns>Those with a USB device behind them, as far as the name tells.</returns>
    public static IReadOnlyList<string> Likely(IEnumerable<string> names) =>
    [
        .. names.Where(IsLikely).Distinct(StringComparer.Ordinal)
            .OrderBy(static name => name.Length).ThenBy(static name => name, StringComparer.Ordinal),
    ];

    private static bool IsLikely(string name)
    {
        string file = name[(name.LastIndexOf('/') + 1)..];
        return !name.StartsWith('/') || file.StartsWith("ttyACM", StringComparison.Ordinal)
            || file.StartsWith("ttyUSB", StringComparison.Ordinal) || file.StartsWith("cu.usb", StringComparison.Ordinal)
            || file.StartsWith("cu.wchusb", StringComparison.Ordinal) || file.StartsWith("cu.SLAB", StringComparison.Ordinal);
    }

    private static string Choose(BenchTerminal terminal)
    {
        IReadOnlyList<string> ports = Likely(terminal.PortNames());
        switch (ports.Count)
        {
            case 0:
                throw new BenchException(
                    "no box is plugged in: use a cable that carries data, and wait some seconds for its driver ('jambox doctor' looks into it; --port twin needs no hardware)",
                    ExitCode.NoBox);
            case 1:
                return ports[0];
            default:
                return terminal.AskChoice("Which port is the box at?", ports) is { } index ? ports[index] : throw new BenchException(
                    $"there are several ports: say --port {string.Join(" or --port ", ports)}", ExitCode.BadInput);
        }
    }
}
