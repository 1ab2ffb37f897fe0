using System.CommandLine;
using System.Globalization;
using JamBox.Bench.CommandLine;
using JamBox.Bench.Server;
using JamBox.Ota.Signing;
using Spectre.Console;

namespace JamBox.Bench.Releases;

/// <summary><c>release key</c>: which keys of releases the fleet trusts.</summary>
internal static class KeyCommand
{
    private const int ShownBoxes = 20;

    /// <summary>Makes the group.</summary>
    /// <param name="terminal">The world around.</param>
    /// <returns>The group.</returns>
    public static Command Create(BenchTerminal terminal) =>
        new("key", "Which keys of releases the fleet trusts: add one, take one away, put a lost or stolen one right with the recovery key.")
        {
            Rotate(terminal),
            Revoke(terminal),
            Put(terminal),
            Status(terminal),
        };

    private static BenchCommand Rotate(BenchTerminal terminal)
    {
        var added = new Option<string>("--new")
        {
            Description = "Public key that is trusted from now on: 128 hex digits, or a file.", Required = true, HelpName = "PUB",
        };
        ChangeOptions change = new();
        var command = new BenchCommand(
            "rotate",
            "Make the fleet trust another key: beside the one that signs this, or with --recovery in the place of all. Boxes take it when they next ask.",
            "jambox release key rotate --new next.pub --key release.key") { added };
        change.AddTo(command);
        command.SetAction(async (parsed, stop) =>
        {
            PublicKey key = ParseKey("--new", parsed.GetRequiredValue(added));
            return await change.RunAsync(terminal, parsed, (keys, signer, isRecovery) =>
            {
                if (keys.Any(known => known.Hex == key.Hex) && !isRecovery)
                {
                    throw new BenchException($"{key.Fingerprint} is trusted already", ExitCode.Refused);
                }

                return isRecovery ? [key] : [signer, key];
            }, stop).ConfigureAwait(false);
        });
        return command;
    }

    private static BenchCommand Revoke(BenchTerminal terminal)
    {
        var gone = new Argument<string>("KEY")
        {
            Description = "The key that is not trusted any more: its name of four hex digits, its 128 hex digits, or a file.",
        };
        ChangeOptions change = new();
        var command = new BenchCommand(
            "revoke",
            "Make the fleet trust a key no longer. Sign it with the one that stays, or with --recovery. Roll-outs of releases that the key signed stop.",
            "jambox release key revoke 1a2b --key next.key") { gone };
        change.AddTo(command);
        command.SetAction(async (parsed, stop) =>
        {
            string text = parsed.GetRequiredValue(gone);
            string name = text.Length == 4 && !File.Exists(text) ? text.ToLowerInvariant() : ParseKey("KEY", text).Fingerprint;
            return await change.RunAsync(terminal, parsed, (keys, signer, isRecovery) =>
            {
                if (keys.All(known => known.Fingerprint != name))
                {
                    string trusted = string.Join(", ", keys.Select(static known => known.Fingerprint).DefaultIfEmpty("nothing"));
                    throw new BenchException($"{name} is not trusted; these are: {trusted}", ExitCode.Refused);
                }

                if (!isRecovery && signer.Fingerprint == name)
                {
                    throw new BenchException(
                        "sign it with the key that stays (--key): whoever has the one that goes could sign the opposite",
                        ExitCode.BadInput);
                }

                PublicKey[] left = [.. keys.Where(known => known.Fingerprint != name)];
                if (left.Length == 0 && !change.IsSure(parsed))
                {
                    terminal.Confirm("No key is left then: boxes take no release until the recovery key names one. Is it right?", "--yes");
                }

                return left;
            }, stop).ConfigureAwait(false);
        });
        return command;
    }

    private static BenchCommand Put(BenchTerminal terminal)
    {
        var file = new Argument<string>("RECORD") { Description = "File that 'release key rotate' or 'revoke' wrote with --out." };
        Option<string?> server = ServerOptions.Server();
        var command = new BenchCommand(
            "put", "Bring a record to the server that was signed where there is no network.", "jambox release key put change.rec")
        {
            file, server,
        };
        command.SetAction(async (parsed, stop) =>
        {
            var record = KeyChangeRecord.Parse(ReadFile(parsed.GetRequiredValue(file), KeyChangeRecord.Length));
            using BackendClient client = ServerOptions.Connect(terminal, parsed.GetValue(server));
            await SendAsync(terminal, client, record, stop).ConfigureAwait(false);
            return ExitCode.Done;
        });
        return command;
    }

    private static BenchCommand Status(BenchTerminal terminal)
    {
        Option<string?> server = ServerOptions.Server();
        Option<bool> json = ReleaseOptions.Json();
        var command = new BenchCommand(
            "status", "Show which keys count, which box trusts which, and who is behind.", "jambox release key status") { server, json };
        command.SetAction(async (parsed, stop) =>
        {
            using BackendClient client = ServerOptions.Connect(terminal, parsed.GetValue(server));
            TrustRow trust = await client.GetAsync<TrustRow>("api/ota/trust", stop).ConfigureAwait(false);
            TrustBoxRow[] behind = await client.GetAsync<TrustBoxRow[]>(
                BackendClient.Path($"api/ota/trust/boxes?only=behind&limit={ShownBoxes}"), stop).ConfigureAwait(false);
            if (parsed.GetValue(json))
            {
                terminal.Json(new
                {
                    name = trust.Name,
                    keys = trust.Keys?.Select(static key => new { name = key.Name, public_key = key.PublicKey }),
                    recovery_key = trust.RecoveryKey,
                    groups = trust.Groups.Select(static group => new
                    {
                        keys = group.Keys, is_current = group.IsCurrent, boxes = group.Boxes,
                    }),
                    silent = trust.Silent,
                    behind = behind.Select(static box => new { device_id = box.DeviceId, keys = box.Keys, told_at = box.ToldAt }),
                });
                return ExitCode.Done;
            }

            Show(terminal, trust, behind);
            return ExitCode.Done;
        });
        return command;
    }

    private static void Show(BenchTerminal terminal, TrustRow trust, TrustBoxRow[] behind)
    {
        terminal.Line($"Keys {trust.Name}, recovery key {trust.RecoveryKey ?? "not known to the server"}");
        foreach (TrustKeyRow key in trust.Keys ?? [])
        {
            terminal.Line($"  {key.Name}  {key.PublicKey}");
        }

        if (trust.Keys is null)
        {
            terminal.Warn("the server does not know which keys boxes have: set Ota:PublicKey there");
        }

        Table table = new Table().AddColumns("keys", "boxes", "");
        foreach (TrustGroupRow group in trust.Groups)
        {
            table.AddRow(
                string.Join(' ', group.Keys.DefaultIfEmpty("none")), group.Boxes.ToString(CultureInfo.InvariantCulture),
                group.IsCurrent ? "as they should" : "behind");
        }

        if (trust.Silent > 0)
        {
            table.AddRow("never said", trust.Silent.ToString(CultureInfo.InvariantCulture), "older firmware, or never heard");
        }

        terminal.Out.Write(table);
        foreach (TrustBoxRow box in behind)
        {
            terminal.Line(string.Create(
                CultureInfo.InvariantCulture,
                $"behind: {box.DeviceId} trusts {string.Join(' ', box.Keys.DefaultIfEmpty("none"))}, said {box.ToldAt:yyyy-MM-dd HH:mm}"));
        }
    }

    private static async Task SendAsync(BenchTerminal terminal, BackendClient client, KeyChangeRecord record, CancellationToken stop)
    {
        TrustChangeRow change = await client.PostBytesAsync<TrustChangeRow>("api/ota/trust/keys", record.ToBytes(), stop)
            .ConfigureAwait(false);
        terminal.Line(
            $"Key-change record {change.Name}: {string.Join(' ', record.Keys.Select(static key => key.Fingerprint).DefaultIfEmpty("no key"))} trusted; boxes take it when they next ask ('release key status' shows who has)");
        foreach (long rollout in change.Stopped)
        {
            terminal.Warn($"roll-out {rollout} has stopped: no key that is trusted now signed its release");
        }
    }

    private static byte[] ReadFile(string path, int length)
    {
        try
        {
            var info = new FileInfo(path);
            return info.Exists && info.Length != length
                ? throw new BenchException($"{path}: a key-change record has {length} bytes, this file {info.Length}", ExitCode.BadInput)
                : File.ReadAllBytes(path);
        }
        catch (Exception e) when (e is IOException or UnauthorizedAccessException)
        {
            throw new BenchException($"{path}: {e.Message}", ExitCode.BadInput);
        }
    }

    private static PublicKey ParseKey(string option, string text)
    {
        try
        {
            return PublicKey.Parse(File.Exists(text) ? File.ReadAllText(text) : text);
        }
        catch (KeyException e)
        {
            throw new BenchException($"{option} {(File.Exists(text) ? text : string.Empty)}: {e.Message}", ExitCode.BadInput);
        }
        catch (Exception e) when (e is IOException or UnauthorizedAccessException)
        {
            throw new BenchException($"{option} {text}: {e.Message}", ExitCode.BadInput);
        }
    }

    /// <summary>What both changes have in common: who signs, after which record, and where it goes.</summary>
    private sealed class ChangeOptions
    {
        private readonly Option<string> _key = ReleaseOptions.Key();
        private readonly Option<bool> _recovery = new("--recovery")
        {
            Description = "The recovery key signs: --key is its file. It begins a new epoch, and wins against whoever has the others.",
        };

        private readonly Option<string?> _after = new("--after")
        {
            Description =
                "With --out, where there is no network: the newest record, as 'release key status' names it. Only with --recovery.",
            HelpName = "0.3",
        };

        private readonly Option<string?> _out = new("--out")
        {
            Description = "Write the record to this file and bring it to no server: 'release key put' does that.", HelpName = "FILE",
        };

        private readonly Option<bool> _yes = new("--yes") { Description = "Leave no key without being asked." };
        private readonly Option<string?> _server = ServerOptions.Server();

        public void AddTo(Command command)
        {
            foreach (Option option in new Option[] { _key, _recovery, _after, _out, _yes, _server })
            {
                command.Add(option);
            }
        }

        public bool IsSure(ParseResult parsed) => parsed.GetValue(_yes);

        public async Task<int> RunAsync(
            BenchTerminal terminal, ParseResult parsed, Func<IReadOnlyList<PublicKey>, PublicKey, bool, PublicKey[]> choose,
            CancellationToken stop)
        {
            bool isRecovery = parsed.GetValue(_recovery);
            string? path = parsed.GetValue(_out);
            KeyTrust trust;
            if (parsed.GetValue(_after) is { } after)
            {
                trust = path is not null && isRecovery && KeyChangeRecord.TryParseName(after, out int epoch, out int number)
                    ? new KeyTrust(epoch, number, [])
                    : throw new BenchException(
                        $"--after {after}: must be epoch.number, such as 0.3, and goes with --recovery and --out", ExitCode.BadInput);
            }
            else
            {
                using BackendClient asked = ServerOptions.Connect(terminal, parsed.GetValue(_server));
                trust = await TrustOfAsync(asked, stop).ConfigureAwait(false);
            }

            using ReleaseKey signer = ReleaseOptions.LoadKey(terminal, parsed.GetRequiredValue(_key));
            if (!isRecovery && trust.Keys.All(key => key.Hex != signer.Public.Hex))
            {
                throw new BenchException(
                    $"{parsed.GetRequiredValue(_key)} is {signer.Public.Fingerprint}, which is not trusted: sign with one that is, or with the recovery key and --recovery",
                    ExitCode.Refused);
            }

            PublicKey[] keys = choose(trust.Keys, signer.Public, isRecovery);
            KeyChangeRecord record = KeyChangeRecord
                .Of(isRecovery ? trust.Epoch + 1 : trust.Epoch, isRecovery ? 1 : trust.Number + 1, keys, isRecovery)
                .Sign(signer);
            if (path is not null)
            {
                Write(path, record.ToBytes());
                terminal.Line($"Key-change record {record.Name} written to {path}: 'release key put {path}' brings it to the server");
                return ExitCode.Done;
            }

            using BackendClient client = ServerOptions.Connect(terminal, parsed.GetValue(_server));
            await SendAsync(terminal, client, record, stop).ConfigureAwait(false);
            if (isRecovery)
            {
                terminal.Line("The floor is of the epoch before: 'release floor set' makes one that boxes of this epoch take");
            }

            return ExitCode.Done;
        }

        private static async Task<KeyTrust> TrustOfAsync(BackendClient client, CancellationToken stop)
        {
            TrustRow row = await client.GetAsync<TrustRow>("api/ota/trust", stop).ConfigureAwait(false);
            return KeyChangeRecord.TryParseName(row.Name, out int epoch, out int number)
                ? new KeyTrust(epoch, number, [.. (row.Keys ?? []).Select(static key => PublicKey.Parse(key.PublicKey))])
                : throw new BenchException(
                    $"{client.Address} names its keys {row.Name}: a newer server needs a newer bench tool", ExitCode.NoServer);
        }

        private static void Write(string path, byte[] bytes)
        {
            try
            {
                File.WriteAllBytes(path, bytes);
            }
            catch (Exception e) when (e is IOException or UnauthorizedAccessException)
            {
                throw new BenchException($"--out {path}: {e.Message}", ExitCode.BadInput);
            }
        }
    }
}
