using System.CommandLine;
using System.Globalization;
using JamBox.Bench.CommandLine;
using JamBox.Bench.Server;
using JamBox.Ota.Signing;

namespace JamBox.Bench.Releases;

/// <summary><c>release floor</c>: below which sequence no release is taken any more.</summary>
internal static class FloorCommand
{
    private const int MaxDays = 3660;

    /// <summary>Makes the group.</summary>
    /// <param name="terminal">The world around.</param>
    /// <returns>The group.</returns>
    public static Command Create(BenchTerminal terminal) =>
        new("floor", "The floor of the fleet: below its sequence no release is taken any more, for ever.")
        {
            Set(terminal),
            Status(terminal),
        };

    private static BenchCommand Set(BenchTerminal terminal)
    {
        var minimum = new Option<long>("--min-sequence")
        {
            Description = "The lowest sequence that is taken. It can be raised, never lowered.", Required = true, HelpName = "60100",
        };
        var days = new Option<int>("--expires")
        {
            Description =
                "Days until another floor should have followed: boxes that have none by then say so, because somebody may keep it from them.",
            Required = true,
            HelpName = "DAYS",
        };
        Option<string> hardware = ReleaseOptions.Hardware();
        Option<string> key = ReleaseOptions.Key();
        Option<string?> server = ServerOptions.Server();
        var yes = new Option<bool>("--yes") { Description = "Raise it above what boxes run without being asked." };
        var command = new BenchCommand(
            "set", "Sign a floor and bring it to the server. Roll-outs of releases below it stop.",
            "jambox release floor set --min-sequence 60100 --expires 90 --key release.key")
        {
            minimum, days, hardware, key, server, yes,
        };
        command.SetAction(async (parsed, stop) =>
        {
            int until = parsed.GetRequiredValue(days);
            if (until is < 1 or > MaxDays)
            {
                throw new BenchException($"--expires {until}: must be 1 to {MaxDays} days", ExitCode.BadInput);
            }

            long sequence = parsed.GetRequiredValue(minimum);
            string board = parsed.GetRequiredValue(hardware);
            using BackendClient client = ServerOptions.Connect(terminal, parsed.GetValue(server));
            TrustRow trust = await client.GetAsync<TrustRow>("api/ota/trust", stop).ConfigureAwait(false);
            if (!parsed.GetValue(yes))
            {
                await WarnAsync(terminal, client, board, sequence, stop).ConfigureAwait(false);
            }

            using ReleaseKey signer = ReleaseOptions.LoadKey(terminal, parsed.GetRequiredValue(key));
            FloorRecord floor = Next(trust, board, sequence, DateTimeOffset.UtcNow, until).Sign(signer);
            TrustChangeRow change = await client.PostBytesAsync<TrustChangeRow>("api/ota/trust/floor", floor.ToBytes(), stop)
                .ConfigureAwait(false);
            terminal.Line(string.Create(
                CultureInfo.InvariantCulture,
                $"Floor {change.Name} of {board}: nothing below {sequence} is taken, to be followed within {until} days; boxes take it when they next ask"));
            foreach (long rollout in change.Stopped)
            {
                terminal.Warn($"roll-out {rollout} has stopped: its release is below the floor");
            }

            return ExitCode.Done;
        });
        return command;
    }

    private static BenchCommand Status(BenchTerminal terminal)
    {
        Option<string?> server = ServerOptions.Server();
        Option<bool> json = ReleaseOptions.Json();
        var command = new BenchCommand(
            "status", "Show the floors, how many boxes have them, and whose time is over.", "jambox release floor status") { server, json };
        command.SetAction(async (parsed, stop) =>
        {
            using BackendClient client = ServerOptions.Connect(terminal, parsed.GetValue(server));
            TrustRow trust = await client.GetAsync<TrustRow>("api/ota/trust", stop).ConfigureAwait(false);
            if (parsed.GetValue(json))
            {
                terminal.Json(trust.Floors.Select(static floor => new
                {
                    hw = floor.Hw, name = floor.Name, minimum_sequence = floor.MinimumSequence, expires_at = floor.ExpiresAt,
                    is_expired = floor.IsExpired, is_trusted = floor.IsTrusted, boxes = floor.Boxes, behind = floor.Behind,
                    expired = floor.Expired,
                }));
                return ExitCode.Done;
            }

            if (trust.Floors.Length == 0)
            {
                terminal.Line("There is no floor: boxes take any signed release that is newer than their own");
            }

            foreach (FloorRow floor in trust.Floors)
            {
                string over = floor.IsExpired ? ", OVER: set another" : string.Empty;
                terminal.Line(string.Create(
                    CultureInfo.InvariantCulture,
                    $"{floor.Hw}: nothing below {floor.MinimumSequence} (floor {floor.Name}, until {floor.ExpiresAt:yyyy-MM-dd}{over})"));
                terminal.Line(string.Create(
                    CultureInfo.InvariantCulture,
                    $"  {floor.Boxes} boxes have it, {floor.Behind} do not yet, {floor.Expired} say that theirs is over"));
                if (!floor.IsTrusted)
                {
                    terminal.Warn(
                        $"no key that is trusted now signed the floor of {floor.Hw}: a box that has none could not take it; set it again");
                }
            }

            return ExitCode.Done;
        });
        return command;
    }

    private static async Task WarnAsync(BenchTerminal terminal, BackendClient client, string board, long sequence, CancellationToken stop)
    {
        List<BuildRow> builds = await client.ListFirmwareAsync(board, stop).ConfigureAwait(false);
        if (builds.All(build => build.Seq < sequence))
        {
            terminal.Confirm(
                string.Create(
                    CultureInfo.InvariantCulture,
                    $"No release for {board} has sequence {sequence} or more: boxes would take nothing that there is, and a floor cannot be lowered. Is it right?"),
                "--yes");
        }
    }

    private static FloorRecord Next(TrustRow trust, string board, long sequence, DateTimeOffset now, int days)
    {
        if (!KeyChangeRecord.TryParseName(trust.Name, out int epoch, out _))
        {
            throw new BenchException($"the server names its keys {trust.Name}: a newer server needs a newer bench tool", ExitCode.NoServer);
        }

        FloorRow? last = Array.Find(trust.Floors, floor => floor.Hw == board);
        bool isSameEpoch = KeyChangeRecord.TryParseName(last?.Name ?? string.Empty, out int lastEpoch, out int lastNumber)
            && lastEpoch == epoch;
        int number = isSameEpoch ? lastNumber : 0;
        try
        {
            return FloorRecord.Of(board, epoch, number + 1, sequence, now, now.AddDays(days));
        }
        catch (FleetRecordException e)
        {
            throw new BenchException($"--min-sequence, --hw: {e.Message}", ExitCode.BadInput);
        }
    }
}
