using System.CommandLine;
using System.Globalization;
using JamBox.Bench.CommandLine;
using JamBox.Bench.Releases;
using JamBox.Deployments;
using JamBox.Ota.Signing;
using Spectre.Console;

namespace JamBox.Bench.Deployments;

/// <summary><c>deployment inspect</c>.</summary>
internal static class InspectCommand
{
    private const int ShownFiles = 200;

    /// <summary>Makes the command.</summary>
    /// <param name="terminal">The world around.</param>
    /// <returns>The command.</returns>
    public static Command Create(BenchTerminal terminal)
    {
        Argument<string> path = LocalPackage.Argument();
        var publicKey = new Option<string?>("--public-key")
        {
            Description = "Check that this key signed it: 128 hex digits, or a file ('release public-key' shows yours).", HelpName = "PUB",
        };
        Option<bool> json = ReleaseOptions.Json();
        var command = new BenchCommand(
            "inspect",
            "Look into a package: its files with size and SHA-256, its version, who signed it. Every check sum is checked, as server and gateway do.",
            "jambox deployment inspect package.zip --public-key release.pub")
        {
            path, publicKey, json,
        };
        command.SetAction(async (parsed, stop) =>
        {
            PublicKey? key = parsed.GetValue(publicKey) is { } text ? ReleaseOptions.ParsePublicKey(text) : null;
            string name = parsed.GetRequiredValue(path);
            await using FileStream file = LocalPackage.Open(name);
            LocalPackage package = await LocalPackage.ReadAsync(terminal, name, file, parsed.GetValue(json), stop).ConfigureAwait(false);
            PackageTrust trust = package.Contents.FindTrust(key is null ? [] : [key]);
            if (parsed.GetValue(json))
            {
                ShowJson(terminal, package, key, trust);
            }
            else
            {
                Show(terminal, package, key, trust);
            }

            return key is null || trust == PackageTrust.Release ? ExitCode.Done : throw new BenchException(
                trust == PackageTrust.None
                    ? $"{name} is not signed"
                    : $"{name} is signed by {package.Contents.Signature!.KeyId}, not by {PackageSignature.IdOf(key)}",
                ExitCode.Refused);
        });
        return command;
    }

    private static void ShowJson(BenchTerminal terminal, LocalPackage package, PublicKey? key, PackageTrust trust) => terminal.Json(new
    {
        version = package.Contents.Manifest?.Version,
        made = package.Contents.Manifest?.Made.UtcDateTime,
        size = package.Size,
        sha256 = package.Sha256,
        unpacked = package.Contents.UnpackedBytes,
        key_id = package.Contents.Signature?.KeyId,
        is_right = key is null ? (bool?)null : trust == PackageTrust.Release,
        files = package.Contents.Files.Select(static file => new
        {
            path = file.Path, size = file.Size, sha256 = file.Sha256, executable = file.IsExecutable,
        }),
    });

    private static void Show(BenchTerminal terminal, LocalPackage package, PublicKey? key, PackageTrust trust)
    {
        PackageContents contents = package.Contents;
        Table table = new Table().Border(TableBorder.Simple).AddColumns("File", "Run", "SHA-256");
        table.AddColumn(new TableColumn("Bytes").RightAligned());
        foreach (PackageFile file in contents.Files.Take(ShownFiles))
        {
            table.AddRow(
                Markup.Escape(PackagePath.Shown(file.Path)), file.IsExecutable ? "yes" : string.Empty, file.Sha256[..16] + "…",
                file.Size.ToString("N0", CultureInfo.InvariantCulture));
        }

        terminal.Out.Write(table);
        if (contents.Files.Count > ShownFiles)
        {
            terminal.Line($"and {contents.Files.Count - ShownFiles} more (--json names all)");
        }

        terminal.Line(string.Create(
            CultureInfo.InvariantCulture, $"{contents.Files.Count} files, {contents.UnpackedBytes:N0} bytes, packed {package.Size:N0}"));
        terminal.Line(contents.Manifest is { } manifest
            ? string.Create(
                CultureInfo.InvariantCulture, $"Version    {manifest.Version}, made {manifest.Made.UtcDateTime:yyyy-MM-dd HH:mm} UTC")
            : "Version    it does not say: a package of the old system");
        terminal.Line($"SHA-256    {package.Sha256}");
        string verdict = key is null ? ", not checked (--public-key)" : trust == PackageTrust.Release ? ": right" : string.Empty;
        terminal.Line(contents.Signature is { } signature
            ? $"Signature  by {signature.KeyId}{verdict}"
            : "Signature  none: gateways refuse it, unless their own file allows it");
    }
}
