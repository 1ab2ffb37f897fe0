using System.CommandLine;
using JamBox.Bench.CommandLine;
using JamBox.Ota.Signing;

namespace JamBox.Bench.Releases;

/// <summary><c>release public-key</c>.</summary>
internal static class PublicKeyCommand
{
    /// <summary>Makes the command.</summary>
    /// <param name="terminal">The world around.</param>
    /// <returns>The command.</returns>
    public static Command Create(BenchTerminal terminal)
    {
        Option<string> key = ReleaseOptions.Key();
        Option<bool> json = ReleaseOptions.Json();
        var command =
            new BenchCommand("public-key", "Show the public half of a key again, for Ota:PublicKey and ota_key.",
                "jambox release public-key --key release.key") { key, json };
        command.SetAction(parsed =>
        {
            using ReleaseKey pair = ReleaseOptions.LoadKey(terminal, parsed.GetRequiredValue(key));
            if (parsed.GetValue(json))
            {
                terminal.Json(new { public_key = pair.Public.Hex });
            }
            else
            {
                terminal.Line(pair.Public.Hex);
            }

            return ExitCode.Done;
        });
        return command;
    }
}
