using System.CommandLine;
using System.Globalization;
using JamBox.Bench.CommandLine;
using JamBox.Bench.Releases;
using JamBox.Bench.Server;

namespace JamBox.Bench.Rollouts;

/// <summary><c>release rollout create</c>.</summary>
internal static class CreateCommand
{
    /// <summary>Makes the command.</summary>
    /// <param name="terminal">The world around.</param>
    /// <returns>The command.</returns>
    public static Command Create(BenchTerminal terminal)
    {
        Argument<string> release = RolloutOptions.Release();
        Option<string> hardware = ReleaseOptions.Hardware();
        var canary = new Option<string?>("--canary")
        {
            Description = "First stage: these boxes, separated by commas.",
            HelpName = "JBNB0001,JBNB0002",
        };
        var stages = new Option<string>("--stages")
        {
            Description =
                "The stages (after the canary), separated by commas: a share of all boxes in per cent, the stages before included, or boxes joined with +.",
            DefaultValueFactory = _ => "100",
            HelpName = "25,50,100",
        };
        var window = new Option<string?>("--window")
        {
            Description = "Serve boxes only at this time of the day, UTC unless --time-zone says otherwise.",
            HelpName = "22:00-05:00",
        };
        var zone = new Option<string?>("--time-zone") { Description = "Time zone of --window, such as Europe/Berlin." };
        var startAt = new Option<DateTimeOffset?>("--start-at")
        {
            Description = "Not before this time, UTC unless it says otherwise: 2026-12-01T22:00.",
            HelpName = "TIME",
        };
        var maxFailures = new Option<int?>("--max-failures")
        {
            Description = "Failures that are borne; one more stops the roll-out. The server's default: 2.",
            HelpName = "2",
        };
        var maxPercent = new Option<int?>("--max-failure-percent")
        {
            Description = "Share of failures that is borne. The server's default: 10.",
            HelpName = "10",
        };
        var soak = new Option<int?>("--soak-minutes")
        {
            Description = "Minutes to watch before the next stage. The server's default: 60.",
            HelpName = "60",
        };
        var manual = new Option<bool>("--no-auto-advance")
        {
            Description = "Do not go on to the next stage by itself: 'rollout advance' does.",
        };
        var sample = new Option<int?>("--min-sample")
        {
            Description = "Boxes that must have ended before a share can stop it. The server's default: 10.",
            HelpName = "10",
        };
        var silentHours = new Option<int?>("--silent-hours")
        {
            Description = "Hours of silence after which a box with the old image is not waited for. The server's default: 24.",
            HelpName = "24",
        };
        var silentIntervals = new Option<int?>("--silent-intervals")
        {
            Description = "Report intervals of silence after which a box with the new image has failed. The server's default: 24.",
            HelpName = "24",
        };
        var proved = new Option<int?>("--min-proved-percent")
        {
            Description = "Share of the boxes that must have proved it before the next stage. The server's default: 50.",
            HelpName = "50",
        };
        var health = new Option<string[]>("--health")
        {
            Description =
                "A limit of the health gate, as often as you like: max_unhealthy_percent, min_readings, min_readings_percent, min_heap_percent, max_resets, max_send_failures, min_counts_percent, min_counts, proof_hours (docs/ota.md).",
            HelpName = "NAME=VALUE",
        };
        var noCanary = new Option<bool>("--no-canary") { Description = "Start without a canary, and do not ask." };
        var place = new Option<string?>("--place")
        {
            Description = "Only boxes that stand at one of these places (ids, separated by commas), and those that are named.",
            HelpName = "3,7",
        };
        var tag = new Option<string?>("--tag")
        {
            Description = "Only boxes with one of these tags, separated by commas, and those that are named.",
            HelpName = "pilot",
        };
        var exclude = new Option<string?>("--exclude")
        {
            Description = "Boxes that are not to have it, separated by commas.",
            HelpName = "JBNB0009",
        };
        var notes = new Option<string?>("--notes") { Description = "For people, at most 64 characters.", HelpName = "TEXT" };
        var start = new Option<bool>("--start") { Description = "Start it at once." };
        Option<string?> server = ServerOptions.Server();
        Option<bool> json = ReleaseOptions.Json();
        var command = new BenchCommand(
            "create",
            "Make a roll-out. It stays a draft until it is started.",
            "jambox release rollout create 6.1.0 --canary JBNB0001,JBNB0002 --stages 25,50,100 --window 22:00-05:00 --start")
        {
            release, hardware, canary, noCanary, stages, window, zone, startAt, maxFailures, maxPercent, sample, soak, silentHours,
            silentIntervals, proved, health, manual, place, tag, exclude, notes, start, server, json,
        };
        command.SetAction(async (parsed, stop) =>
        {
            object[] ordered = [.. Canary(parsed.GetValue(canary)), .. Stages(parsed.GetRequiredValue(stages))];
            Dictionary<string, int>? gate = Gate(parsed.GetValue(health) ?? []);
            object? hours = Window(parsed.GetValue(window), parsed.GetValue(zone));
            using BackendClient client = ServerOptions.Connect(terminal, parsed.GetValue(server));
            BuildRow firmware = await RolloutOptions.FindReleaseAsync(
                client, parsed.GetRequiredValue(release), parsed.GetRequiredValue(hardware), stop).ConfigureAwait(false);
            TargetRow? target = Target(parsed.GetValue(place), parsed.GetValue(tag));
            await StartAdvice.WarnAsync(terminal, client, BackendClient.Path($"firmware={firmware.Id}"), target, stop).ConfigureAwait(false);
            bool hasCanary = parsed.GetValue(canary) is not null || char.IsAsciiLetter(
                parsed.GetRequiredValue(stages).TrimStart().FirstOrDefault());
            if (parsed.GetValue(start))
            {
                await StartAdvice.WarnOfEndsAsync(terminal, client, firmware.Hw, firmware.Seq, null, stop).ConfigureAwait(false);
                if (!hasCanary && !parsed.GetValue(noCanary))
                {
                    StartAdvice.ConfirmNoCanary(
                        terminal, firmware.Version, parsed.GetRequiredValue(stages).Split(',')[0], target,
                        "--canary JBNB0001,JBNB0002 or --no-canary");
                }
            }

            var body = new Dictionary<string, object?>
            {
                ["firmware_id"] = firmware.Id,
                ["stages"] = ordered,
                ["window"] = hours,
                ["start_at"] = parsed.GetValue(startAt)?.UtcDateTime,
                ["max_failures"] = parsed.GetValue(maxFailures),
                ["max_failure_percent"] = parsed.GetValue(maxPercent),
                ["min_sample"] = parsed.GetValue(sample),
                ["soak_minutes"] = parsed.GetValue(soak),
                ["silent_hours"] = parsed.GetValue(silentHours),
                ["silent_intervals"] = parsed.GetValue(silentIntervals),
                ["min_proved_percent"] = parsed.GetValue(proved),
                ["health_gate"] = gate,
                ["auto_advance"] = parsed.GetValue(manual) ? false : null,
                ["target"] = Body(target),
                ["exclude"] = parsed.GetValue(exclude) is { } out_ ? Ids("--exclude", out_, ',') : null,
                ["notes"] = parsed.GetValue(notes),
            };
            RolloutRow row = await client.PostAsync<RolloutRow>(
                "api/ota/rollouts", body.Where(static field => field.Value is not null).ToDictionary(), stop).ConfigureAwait(false);
            if (parsed.GetValue(start))
            {
                row = await StartAsync(client, row.Id, stop).ConfigureAwait(false);
            }

            return Report(terminal, row, parsed.GetValue(json));
        });
        return command;
    }

    private static TargetRow? Target(string? places, string? tags)
    {
        List<long> ids = [];
        foreach (string text in places?.Split(',', StringSplitOptions.TrimEntries) ?? [])
        {
            ids.Add(int.TryParse(text, NumberStyles.None, CultureInfo.InvariantCulture, out int id) && id > 0
                ? id
                : throw new BenchException($"--place {places}: must be ids of places, separated by commas, such as 3,7", ExitCode.BadInput));
        }

        string[] words = tags?.Split(',', StringSplitOptions.TrimEntries) ?? [];
        return Array.Exists(words, static word => word.Length == 0)
            ? throw new BenchException($"--tag {tags}: must be tags, separated by commas, such as pilot,window", ExitCode.BadInput)
            : ids.Count + words.Length == 0 ? null : new TargetRow([.. ids], words);
    }

    private static Dictionary<string, object>? Body(TargetRow? target)
    {
        if (target is null)
        {
            return null;
        }

        Dictionary<string, object> body = [];
        if (target.Places.Length > 0)
        {
            body["places"] = target.Places;
        }

        if (target.Tags.Length > 0)
        {
            body["tags"] = target.Tags;
        }

        return body;
    }

    private static Dictionary<string, int>? Gate(string[] limits)
    {
        Dictionary<string, int> gate = [];
        foreach (string limit in limits)
        {
            string[] parts = limit.Split('=');
            if (parts.Length != 2
                || !int.TryParse(parts[1], NumberStyles.None, CultureInfo.InvariantCulture, out int value)
                || !gate.TryAdd(parts[0], value))
            {
                throw new BenchException(
                    $"--health {limit}: must be a name and a whole number, each name once, such as min_counts_percent=20",
                    ExitCode.BadInput);
            }
        }

        return gate.Count == 0 ? null : gate;
    }

    /// <summary>What was made is there, whether it starts or not: whoever tried again would make another one.</summary>
    private static async Task<RolloutRow> StartAsync(BackendClient client, long id, CancellationToken stop)
    {
        try
        {
            return await client.PostAsync<RolloutRow>(BackendClient.Path($"api/ota/rollouts/{id}/start"), null, stop).ConfigureAwait(false);
        }
        catch (BenchException e)
        {
            throw new BenchException(string.Create(
                CultureInfo.InvariantCulture,
                $"{e.Message}. Roll-out {id} is made and not started: 'release rollout start {id}', or 'abort {id}' to drop it"), e.ExitCode);
        }
    }

    private static int Report(BenchTerminal terminal, RolloutRow row, bool isJson)
    {
        if (isJson)
        {
            terminal.Json(RolloutText.Object(row));
            return ExitCode.Done;
        }

        terminal.Line(
            string.Create(
                CultureInfo.InvariantCulture,
                $"roll-out {row.Id} of {row.Version} for {row.Hw}: {row.StateText}, stages {string.Join(" → ", row.Stages.Select(static stage => stage.Text))}"));
        terminal.Line(row.State == "draft"
            ? string.Create(CultureInfo.InvariantCulture, $"Next: jambox release rollout start {row.Id}")
            : string.Create(CultureInfo.InvariantCulture, $"Next: jambox release watch {row.Id}"));
        return ExitCode.Done;
    }

    private static object[] Canary(string? text) => text is null ? [] : [new { devices = Ids("--canary", text, ',') }];

    private static IEnumerable<object> Stages(string text)
    {
        int last = 0;
        foreach (string stage in text.Split(',', StringSplitOptions.TrimEntries))
        {
            if (stage.Length > 0 && !char.IsAsciiDigit(stage[0]))
            {
                yield return new { devices = Ids("--stages", stage, '+') };
            }
            else if (int.TryParse(stage.TrimEnd('%', ' '), NumberStyles.None, CultureInfo.InvariantCulture, out int percent)
                && percent > last
                && percent <= 100)
            {
                last = percent;
                yield return new { percent };
            }
            else
            {
                throw new BenchException(
                    $"--stages {text}: must be rising percentages from 1 to 100, or boxes joined with +, separated by commas, "
                    + "such as 25,50,100", ExitCode.BadInput);
            }
        }
    }

    private static string[] Ids(string option, string text, char separator)
    {
        string[] ids = text.Split(separator, StringSplitOptions.TrimEntries);
        return Array.TrueForAll(ids, static id => id.Length > 0)
            ? ids
            : throw new BenchException($"{option} {text}: must be ids of boxes such as JBNB0001{separator}JBNB0002", ExitCode.BadInput);
    }

    private static object? Window(string? text, string? zone)
    {
        if (text is null)
        {
            return zone is null ? null : throw new BenchException("--time-zone goes with --window only", ExitCode.BadInput);
        }

        string[] times = text.Split('-', StringSplitOptions.TrimEntries);
        if (times.Length != 2
            || times[0] == times[1]
            || !Array.TrueForAll(
                times, static time => TimeOnly.TryParseExact(time, "HH:mm", CultureInfo.InvariantCulture, DateTimeStyles.None, out _)))
        {
            throw new BenchException($"--window {text}: must be two times of the day, such as 22:00-05:00", ExitCode.BadInput);
        }

        return zone is null ? new { from = times[0], to = times[1] } : new { from = times[0], to = times[1], timezone = zone };
    }
}
