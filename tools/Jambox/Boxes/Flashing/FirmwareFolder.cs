using System.CommandLine;
using JamBox.Bench.CommandLine;
using JamBox.Flashing;

namespace JamBox.Bench.Boxes.Flashing;

/// <summary>Firmware in a folder of this machine, as the builds leave it (docs/board-bring-up.md).</summary>
internal static class FirmwareFolder
{
    /// <summary>Environment variable with the folder.</summary>
    public const string Variable = "JAMBOX_FIRMWARE";

    /// <summary>Said in the place of a folder: the server's.</summary>
    public const string Server = "server";

    private const long MaxFileBytes = 16 * 1024 * 1024;

    private static readonly string[] s_bootloaders = ["bootloader.bin"];
    private static readonly string[] s_clrs = ["nanoCLR.bin"];
    private static readonly string[] s_tables = ["partitions_jambox_8mb.bin", "partition-table.bin", "partitions.bin"];

    /// <summary>The folder.</summary>
    /// <returns>The option.</returns>
    public static Option<string?> Option() => new("--firmware")
    {
        Description =
            $"Folder with bootloader.bin, nanoCLR.bin, Firmware.Atoms3.bin, Firmware.Provisioning.bin and, if it is not the usual one, partitions.bin; '{Server}' = what the server has. Default: the environment variable {Variable}, else the server's; at --port twin what the simulation has.",
        HelpName = "FOLDER",
    };

    /// <summary>The folder that was said.</summary>
    /// <param name="terminal">The environment.</param>
    /// <param name="folder">From the command line.</param>
    /// <returns>The folder; <c>null</c> when none was.</returns>
    public static string? Said(BenchTerminal terminal, string? folder) =>
        folder ?? (terminal.Environment(Variable) is { Length: > 0 } set ? set : null);

    /// <summary>Reads the firmware.</summary>
    /// <param name="folder">The folder.</param>
    /// <param name="kind">Which one.</param>
    /// <returns>It, checked.</returns>
    /// <exception cref="BenchException">A file is missing, or none.</exception>
    public static FirmwareFiles Load(string folder, FirmwareKind kind)
    {
        if (!Directory.Exists(folder))
        {
            throw new BenchException($"--firmware {folder}: there is no such folder", ExitCode.BadInput);
        }

        string name = FirmwareFiles.AssemblyOf(kind) + ".bin";
        byte[] table = s_tables.Any(file => File.Exists(Path.Combine(folder, file)))
            ? Read(folder, s_tables)
            : PartitionCsv.OfBoard();
        return new FirmwareFiles(Read(folder, s_bootloaders), table, Read(folder, s_clrs), Read(folder, [name]), Path.Combine(folder, name))
            .Checked(kind);
    }

    private static byte[] Read(string folder, string[] names)
    {
        string? path = names.Select(name => Path.Combine(folder, name)).FirstOrDefault(File.Exists);
        if (path is null)
        {
            throw new BenchException(
                $"{names[0]} is not in {folder}: build it, or get it from who builds the firmware (docs/board-bring-up.md)",
                ExitCode.BadInput);
        }

        try
        {
            return new FileInfo(path).Length <= MaxFileBytes ? File.ReadAllBytes(path) : throw new BenchException(
                $"{path} is larger than any flash: it is not the file that is meant", ExitCode.BadInput);
        }
        catch (Exception e) when (e is IOException or UnauthorizedAccessException)
        {
            throw new BenchException($"{path}: {e.Message}", ExitCode.BadInput);
        }
    }
}
