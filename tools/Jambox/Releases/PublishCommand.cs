using System.CommandLine;
using JamBox.Bench.CommandLine;
using JamBox.Bench.Images;
using JamBox.Bench.Server;
using JamBox.Ota.Signing;

namespace JamBox.Bench.Releases;

/// <summary><c>release publish</c>.</summary>
internal static class PublishCommand
{
    /// <summary>Makes the command.</summary>
    /// <param name="terminal">The world around.</param>
    /// <returns>The command.</returns>
    public static Command Create(BenchTerminal terminal)
    {
        Argument<string> path = ReleaseOptions.Image();
        Option<string> version = ReleaseOptions.Version();
        Option<long?> sequence = ReleaseOptions.Sequence();
        Option<string> hardware = ReleaseOptions.Hardware();
        Option<string> key = ReleaseOptions.Key();
        Option<string?> server = ServerOptions.Server();
        var notes = new Option<string?>("--notes") { Description = "What is new, for operators.", HelpName = "TEXT" };
        var again = new Option<bool>("--sign-again")
        {
            Description = "Replace the manifest that the server has: it was signed with another key.",
        };
        var otherVersion = new Option<bool>("--other-version")
        {
            Description = "Take an image in which the text of --version is nowhere to be found.",
        };
        var jump = new Option<bool>("--sequence-jump")
        {
            Description =
                "Take a sequence that is more than 1,000 above the newest one, and do not ask: boxes never take a lower one again.",
        };
        var noWait = new Option<bool>("--no-wait") { Description = "Do not wait until the server has made its patches." };
        Option<bool> json = ReleaseOptions.Json();
        var command = new BenchCommand(
            "publish",
            "Sign an image, upload it with its manifest, and wait until the server has made the patches. No box gets it before a roll-out starts. Running it again does what is left to do. Publish the image that boxes were flashed with as well: only from images that the server has can it make patches.",
            "jambox release publish Firmware.Atoms3.bin --version 6.1.0 --key release.key --server https://jambox.example --notes \"Counts faster\"")
        {
            path, version, sequence, hardware, key, server, notes, again, otherVersion, jump, noWait, json,
        };
        command.SetAction(async (parsed, stop) =>
        {
            var image = ImageFile.Load(parsed.GetRequiredValue(path));
            ReleaseManifest manifest = ReleaseOptions.Describe(
                terminal, image, parsed.GetRequiredValue(version), parsed.GetValue(sequence), parsed.GetRequiredValue(hardware),
                parsed.GetValue(otherVersion) ? null : "--other-version");
            string publicKey;
            using (ReleaseKey signer = ReleaseOptions.LoadKey(terminal, parsed.GetRequiredValue(key)))
            {
                manifest = manifest.Sign(signer);
                publicKey = signer.Public.Hex;
            }

            using BackendClient client = ServerOptions.Connect(terminal, parsed.GetValue(server));
            var publication = new Publication(terminal, client, manifest, image)
            {
                Notes = parsed.GetValue(notes),
                PublicKey = publicKey,
                TakesJump = parsed.GetValue(jump),
                SignAgain = parsed.GetValue(again),
                Wait = !parsed.GetValue(noWait),
                IsJson = parsed.GetValue(json),
            };
            return await publication.RunAsync(stop).ConfigureAwait(false);
        });
        return command;
    }
}
