using System.CommandLine;
using System.Globalization;
using JamBox.Bench.CommandLine;
using JamBox.Bench.Rollouts;
using JamBox.Bench.Server;
using Spectre.Console;

namespace JamBox.Bench.Releases;

/// <summary><c>release status</c>.</summary>
internal static class StatusCommand
{
    private const int ShownAttempts = 20;

    /// <summary>Makes the command.</summary>
    /// <param name="terminal">The world around.</param>
    /// <returns>The command.</returns>
    public static Command Create(BenchTerminal terminal)
    {
        Argument<string?> release = new("RELEASE")
        {
            Description = "Version of the release, or its id as id:3. Default: the newest for the board.",
            Arity = ArgumentArity.ZeroOrOne,
        };
        Option<string> hardware = ReleaseOptions.Hardware();
        Option<string?> server = ServerOptions.Server();
        Option<bool> json = ReleaseOptions.Json();
        var command = new BenchCommand(
            "status", "Show how a release stands: its patches, its roll-outs, and the latest attempts of boxes with the reasons.",
            "jambox release status 6.1.0")
        {
            release, hardware, server, json,
        };
        command.SetAction(async (parsed, stop) =>
        {
            using BackendClient client = ServerOptions.Connect(terminal, parsed.GetValue(server));
            string board = parsed.GetRequiredValue(hardware);
            string wanted = parsed.GetValue(release) ?? await NewestAsync(client, board, stop).ConfigureAwait(false);
            BuildRow row = await RolloutOptions.FindReleaseAsync(client, wanted, board, stop).ConfigureAwait(false);
            List<RolloutRow> rollouts = await client.ListAsync<RolloutRow>(
                $"api/ota/rollouts?hw={Uri.EscapeDataString(row.Hw)}", stop).ConfigureAwait(false);
            rollouts.RemoveAll(rollout => rollout.FirmwareId != row.Id);
            AttemptRow[] attempts = await client.GetAsync<AttemptRow[]>(
                BackendClient.Path($"api/ota/attempts?firmware_id={row.Id}&limit={ShownAttempts}"), stop).ConfigureAwait(false);
            if (parsed.GetValue(json))
            {
                terminal.Json(Object(row, rollouts, attempts));
            }
            else
            {
                Show(terminal, row, rollouts, attempts);
            }

            return ExitCode.Done;
        });
        return command;
    }

    private static async Task<string> NewestAsync(BackendClient client, string hardwareId, CancellationToken stop)
    {
        List<BuildRow> rows = await client.ListFirmwareAsync(hardwareId, stop).ConfigureAwait(false);
        return rows.MaxBy(static row => row.Seq)?.Version
            ?? throw new BenchException($"the server has no release for {hardwareId}: 'release publish' brings one", ExitCode.Refused);
    }

    private static void Show(BenchTerminal terminal, BuildRow row, List<RolloutRow> rollouts, AttemptRow[] attempts)
    {
        terminal.Line(string.Create(
            CultureInfo.InvariantCulture,
            $"{row.Version} (release {row.Id}, sequence {row.Seq}) for {row.Hw}: {row.Size:N0} bytes, {(row.IsSigned ? "signed" : "NOT signed: 'release publish' puts the manifest")}"));
        terminal.Line(
            $"SHA-256 {row.Sha256}, native checksum {row.NativeChecksum}{(row.Notes is null ? string.Empty : $", notes: {row.Notes}")}");
        if (row.Patches is { Length: > 0 } patches)
        {
            terminal.Out.Write(Patches(patches));
        }

        if (rollouts.Count > 0)
        {
            terminal.Out.Write(Rollouts.ListCommand.Table(rollouts));
        }

        if (attempts.Length > 0)
        {
            terminal.Out.Write(Attempts(attempts));
        }
    }

    private static Table Patches(IEnumerable<PatchRow> patches)
    {
        Table table = new Table().Border(TableBorder.Simple).AddColumns("Patch from", "Profile", "State");
        table.AddColumn(new TableColumn("Bytes").RightAligned()).AddColumn(new TableColumn("Chunks").RightAligned()).AddColumn("Why");
        foreach (PatchRow patch in patches)
        {
            string state = patch.State == "making"
                ? string.Create(CultureInfo.InvariantCulture, $"making, {patch.Percent:N0} %")
                : patch.State;
            table.AddRow(
                Markup.Escape(patch.Base), Markup.Escape(patch.Profile), Markup.Escape(state),
                patch.Size?.ToString("N0", CultureInfo.InvariantCulture) ?? string.Empty,
                patch.Chunks?.ToString(CultureInfo.InvariantCulture) ?? string.Empty,
                Markup.Escape(patch.Error ?? (patch.State == "useless" ? "not smaller than the full image" : string.Empty)));
        }

        return table;
    }

    private static Table Attempts(IEnumerable<AttemptRow> attempts)
    {
        Table table = new Table().Border(TableBorder.Simple).AddColumns("Box", "From", "State");
        table.AddColumn(new TableColumn("Chunks").RightAligned()).AddColumns("Last word (UTC)", "Took", "Why");
        foreach (AttemptRow attempt in attempts)
        {
            table.AddRow(
                Markup.Escape(attempt.DeviceId), Markup.Escape($"{attempt.BaseVersion ?? "full image"} ({attempt.Profile})"),
                Markup.Escape(attempt.State),
                string.Create(CultureInfo.InvariantCulture, $"{attempt.Chunks} of {attempt.ChunkCount}"),
                attempt.ChangedAt.UtcDateTime.ToString("yyyy-MM-dd HH:mm:ss", CultureInfo.InvariantCulture),
                attempt.Seconds is { } seconds
                    ? TimeSpan.FromSeconds((long)seconds).ToString("c", CultureInfo.InvariantCulture)
                    : string.Empty,
                Markup.Escape(attempt.Why ?? string.Empty));
        }

        return table;
    }

    private static object Object(BuildRow row, List<RolloutRow> rollouts, AttemptRow[] attempts) => new
    {
        id = row.Id,
        version = row.Version,
        hw = row.Hw,
        seq = row.Seq,
        size = row.Size,
        sha256 = row.Sha256,
        is_signed = row.IsSigned,
        patches = row.Patches?.Select(static p => new
        {
            id = p.Id, @base = p.Base, profile = p.Profile, state = p.State, percent = p.Percent, size = p.Size, chunks = p.Chunks,
            error = p.Error,
        }),
        rollouts = rollouts.Select(static rollout => RolloutText.Object(rollout)),
        attempts = attempts.Select(static a => new
        {
            device_id = a.DeviceId, rollout = a.RolloutId, state = a.State, why = a.Why, chunks = a.Chunks, chunk_count = a.ChunkCount,
            changed_at = a.ChangedAt, seconds = a.Seconds,
        }),
    };
}
