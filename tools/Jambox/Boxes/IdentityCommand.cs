using System.CommandLine;
using System.Security.Cryptography;
using JamBox.Bench.CommandLine;
using JamBox.Bench.Server;

namespace JamBox.Bench.Boxes;

/// <summary><c>box identity</c>.</summary>
internal static class IdentityCommand
{
    private const string Consent = "--yes-write-secret";

    /// <summary>Makes the command.</summary>
    /// <param name="terminal">The world around.</param>
    /// <returns>The command.</returns>
    public static Command Create(BenchTerminal terminal)
    {
        Argument<string> box = BoxOptions.Box();
        var file = new Option<string>("--out") { Description = "The file.", Required = true, HelpName = "FILE" };
        var consent = new Option<bool>(Consent)
        {
            Description = "Say that you know: the file holds the box's token. Whoever reads it is that box.",
        };
        Option<string?> server = ServerOptions.Server();
        var command = new BenchCommand(
            "identity",
            "Write the identity of a box (partition 'ident', with a fresh token) to a file, for flashing by other means. 'flash' needs no file, and leaves none.",
            "jambox box identity JBNB0001 --out ident.bin --yes-write-secret") { box, file, consent, server };
        command.SetAction(async (parsed, stop) =>
        {
            string id = BoxOptions.Checked(parsed.GetRequiredValue(box));
            string path = parsed.GetRequiredValue(file);
            if (!parsed.GetValue(consent))
            {
                throw new BenchException(
                    $"{path} would hold the token of {id}, readable to whoever gets the file: say {Consent} if that is meant ('jambox box flash' needs no file)",
                    ExitCode.BadInput);
            }

            using BackendClient client = ServerOptions.Connect(terminal, parsed.GetValue(server));
            byte[] image = await new Manufacturing(client).MakeIdentityAsync(id, stop).ConfigureAwait(false);
            try
            {
                Write(path, image);
            }
            finally
            {
                CryptographicOperations.ZeroMemory(image);
            }

            terminal.Line($"{path}: flash it to 'ident' (0x694000 on our board), then delete it");
            return ExitCode.Done;
        });
        return command;
    }

    /// <summary>A new file that only its owner may read, from its first byte on.</summary>
    private static void Write(string path, byte[] image)
    {
        try
        {
            FileStreamOptions options = new() { Mode = FileMode.CreateNew, Access = FileAccess.Write };
            if (!OperatingSystem.IsWindows())
            {
                options.UnixCreateMode = UnixFileMode.UserRead | UnixFileMode.UserWrite;
            }

            using FileStream file = new(path, options);
            file.Write(image);
        }
        catch (Exception e) when (e is IOException or UnauthorizedAccessException or ArgumentException)
        {
            throw new BenchException($"{path} cannot be written: {e.Message}", ExitCode.BadInput);
        }
    }
}
