using System.CommandLine;
using System.Globalization;
using JamBox.Bench.CommandLine;
using JamBox.Bench.Images;
using JamBox.Ota.Images;
using Spectre.Console;

namespace JamBox.Bench.Releases;

/// <summary><c>release inspect</c>.</summary>
internal static class InspectCommand
{
    /// <summary>Makes the command.</summary>
    /// <param name="terminal">The world around.</param>
    /// <returns>The command.</returns>
    public static Command Create(BenchTerminal terminal)
    {
        Argument<string> path = ReleaseOptions.Image();
        Option<bool> json = ReleaseOptions.Json();
        var command = new BenchCommand(
            "inspect",
            "Look into a deployment image: its assemblies with version and native checksum, its length and SHA-256. Every checksum is checked as a box does at start-up.",
            "jambox release inspect Firmware.Atoms3.bin")
        {
            path, json,
        };
        command.SetAction(parsed => Run(terminal, parsed.GetRequiredValue(path), parsed.GetValue(json)));
        return command;
    }

    private static int Run(BenchTerminal terminal, string path, bool isJson)
    {
        var image = ImageFile.Load(path);
        if (isJson)
        {
            terminal.Json(new
            {
                length = image.Bytes.Length,
                sha256 = Convert.ToHexStringLower(image.Sha256),
                native_checksum = Hex(image.NativeChecksum),
                trailing_bytes = image.TrailingBytes,
                assemblies = image.Assemblies.Select(static a => new
                {
                    name = a.Name,
                    version = a.Version.ToString(),
                    native_checksum = Hex(a.NativeChecksum),
                    offset = a.Offset,
                    size = a.Size,
                }),
            });
            return ExitCode.Done;
        }

        Table table = new Table().Border(TableBorder.Simple).AddColumns("Assembly", "Version", "Native checksum");
        table.AddColumn(new TableColumn("At").RightAligned()).AddColumn(new TableColumn("Bytes").RightAligned());
        foreach (ImageAssembly assembly in image.Assemblies)
        {
            table.AddRow(
                Markup.Escape(assembly.Name), assembly.Version.ToString(), assembly.NativeChecksum == 0
                    ? "-"
                    : Hex(assembly.NativeChecksum), Number(assembly.Offset), Number(assembly.Size));
        }

        terminal.Out.Write(table);
        terminal.Line(
            $"{image.Assemblies.Count} assemblies, {Number(image.Bytes.Length)} bytes ({100L * image.Bytes.Length / DeploymentImage.MaxLength} % of the partition){(image.TrailingBytes > 0 ? $", and {image.TrailingBytes} of filling that do not count" : string.Empty)}");
        terminal.Line($"SHA-256          {Convert.ToHexStringLower(image.Sha256)}");
        terminal.Line(
            $"Native checksum  {Hex(image.NativeChecksum)}{(image.NativeChecksum == 0 ? $" ({DeploymentImage.InteropName} is not in it)" : string.Empty)}");
        return ExitCode.Done;
    }

    private static string Hex(uint checksum) => checksum.ToString("x8", CultureInfo.InvariantCulture);

    private static string Number(int number) => number.ToString("N0", CultureInfo.InvariantCulture);
}
