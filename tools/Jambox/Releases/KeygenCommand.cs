using System.CommandLine;
using JamBox.Bench.CommandLine;
using JamBox.Ota.Signing;

namespace JamBox.Bench.Releases;

/// <summary><c>release keygen</c>.</summary>
internal static class KeygenCommand
{
    /// <summary>Where the key lies if nothing else is said.</summary>
    public const string DefaultFile = "release.key";

    /// <summary>Where the recovery key lies if nothing else is said.</summary>
    public const string DefaultRecoveryFile = "recovery.key";

    private const int MinPassPhrase = 8;

    /// <summary>Makes the command.</summary>
    /// <param name="terminal">The world around.</param>
    /// <returns>The command.</returns>
    public static Command Create(BenchTerminal terminal)
    {
        var file = new Option<string?>("--out")
        {
            Description = $"File of the private key; it must not exist yet. Default: {DefaultFile}, or {DefaultRecoveryFile}.",
            HelpName = "FILE",
        };
        var recovery = new Option<bool>("--recovery")
        {
            Description =
                "Make the recovery key: it signs no release, but changes of keys when the others are lost or stolen. Keep it where no network is.",
        };
        var plain = new Option<bool>("--no-pass-phrase")
        {
            Description = "Do not encrypt the file: whoever can read it can then sign firmware for every box.",
        };
        Option<bool> json = ReleaseOptions.Json();
        var command = new BenchCommand(
            "keygen",
            $"Make the pair of keys of the releases (ECDSA P-256). The private key is encrypted with a pass phrase, asked for or taken from {ReleaseKey.PassPhraseVariable}. Keep a copy in a safe place: without it no box takes a release any more.",
            "jambox release keygen --out release.key")
        {
            file, recovery, plain, json,
        };
        command.SetAction(parsed => Run(
            terminal, parsed.GetValue(file) ?? (parsed.GetValue(recovery) ? DefaultRecoveryFile : DefaultFile), parsed.GetValue(recovery),
            parsed.GetValue(plain), parsed.GetValue(json)));
        return command;
    }

    private static int Run(BenchTerminal terminal, string path, bool isRecovery, bool isPlain, bool isJson)
    {
        string? passPhrase = isPlain ? null : NewPassPhrase(terminal, path);
        using var key = ReleaseKey.Create();
        key.Save(path, passPhrase);
        if (isJson)
        {
            terminal.Json(new { key = path, encrypted = !isPlain, public_key = key.Public.Hex, name = key.Public.Fingerprint });
            return ExitCode.Done;
        }

        terminal.Line(
            $"Private key  {path} ({(isPlain ? "NOT encrypted" : "encrypted")}, readable by you only): keep a copy in a safe place, and never on the server");
        terminal.Line($"Public key   {key.Public.Hex} (named {key.Public.Fingerprint})");
        terminal.Line(
            isRecovery
            ? "It goes to the server as Manufacturing:RecoveryKey (environment Manufacturing__RecoveryKey), and onto every box as recovery_key when it is provisioned: later it cannot be put there over the air."
            : "It goes to the server as Ota:PublicKey (environment Ota__PublicKey), and onto every box as ota_key when it is provisioned.");
        return ExitCode.Done;
    }

    private static string NewPassPhrase(BenchTerminal terminal, string path)
    {
        if (File.Exists(path))
        {
            throw new BenchException(
                $"{path}: is there already, and a key that is lost cannot be had again: choose another --out, or move it away yourself",
                ExitCode.BadInput);
        }

        string passPhrase = terminal.Secret(ReleaseKey.PassPhraseVariable, $"New pass phrase for {path}");
        if (passPhrase.Length < MinPassPhrase)
        {
            throw new BenchException($"the pass phrase must have at least {MinPassPhrase} characters", ExitCode.BadInput);
        }

        // What comes from the environment has not been typed blindly.
        bool isTyped = terminal.Environment(ReleaseKey.PassPhraseVariable) is not { Length: > 0 };
        return !isTyped || terminal.AskSecret("The same again") == passPhrase
            ? passPhrase
            : throw new BenchException("the two pass phrases differ: nothing was written", ExitCode.BadInput);
    }
}
