using System.Globalization;
using JamBox.App;
using JamBox.Ota;
using JamBox.Ports;
using JamBox.Twin.Modem;
using JamBox.Twin.Run;
using JamBox.Twin.Soak;
using JamBox.Twin.Storage;

namespace JamBox.Twin.Ota;

/// <summary>How an attack on updates is to be.</summary>
internal sealed record UpdateAttackOptions
{
    /// <summary>Longest attack, virtual days.</summary>
    public const int MostDays = 365;

    /// <summary>What everything follows from.</summary>
    public long Seed { get; init; } = 1;

    /// <summary>How long it goes on, virtual days.</summary>
    public int Days { get; init; } = 30;

    /// <summary>Where databases and logs are kept; <c>null</c> = nowhere.</summary>
    public string? Keep { get; init; }
}

/// <summary>What an attack cost one box.</summary>
internal sealed record UpdateAttackResult
{
    /// <summary>What does not hold; empty = all does.</summary>
    public required IReadOnlyList<string> Problems { get; init; }

    /// <summary>Bytes of HTTP for manifests and chunks.</summary>
    public required long FetchedBytes { get; init; }

    /// <summary>The most of them in a day of the calendar.</summary>
    public required long MostFetchedADay { get; init; }

    /// <summary>Erases of the sector that was erased most: patch, stage, previous, deploy.</summary>
    public required IReadOnlyList<int> MostErases { get; init; }

    /// <summary>Writes of the record of limits.</summary>
    public required int LimitWrites { get; init; }

    /// <summary>Writes of the whole store, and the bytes in them.</summary>
    public required (int Writes, long Bytes) Store { get; init; }

    /// <summary>Readings that the backend took.</summary>
    public required int Readings { get; init; }
}

/// <summary>
/// Weeks of somebody on the line of a box, who lets it fetch, erase and reboot as much as it ever will: once a box that has a key for
/// answers, once one of before. What he costs stays within the limits of a day, readings go on, and when he has left the box takes the true
/// release.
/// </summary>
internal sealed class UpdateAttack(UpdateAttackOptions options, TextWriter output)
{
    private const int ImageBytes = 20 * 1024;
    private const double Churn = 18;
    private const long DayMs = 86_400_000;
    private const long MinuteMs = 60_000;

    // Nothing happens to a box with a key: a shorter time will do.
    private const int DaysADayWithKey = 10;

    // Boxes have a key three times in four: the first has one, the fourth has none.
    private const int Boxes = 4;

    // After three updates without a good end heartbeats bring a check once a day only.
    private const int PatienceDays = 4;
    private const int Endurance = 100_000;

    // The exchange that comes over the limit, and what may be asked again because of a reboot.
    private const int MostBytesADay = UpdateLimits.MaxBytes + (64 * 1024);
    private const int MostLimitWritesADay = 250;
    private const int ReadingMs = 5 * 60_000;
    private const double LeastReadings = 0.9;

    private static readonly DateTimeOffset s_start = new(2026, 3, 2, 8, 0, 0, TimeSpan.Zero);
    private static readonly string[] s_partitions = ["patch", "stage", "previous", "deploy"];

    /// <summary>Lets it happen, twice.</summary>
    /// <param name="stop">Ends it early.</param>
    /// <returns>Of the box with a key, and of that without.</returns>
    public async Task<(UpdateAttackResult WithKey, UpdateAttackResult Without)> RunAsync(CancellationToken stop)
    {
        using RunFolder runFolder = RunFolder.Passing(options.Keep, "jambox-ota-attack");
        UpdateAttackResult withKey = await LiveAsync(
            0, Math.Max(options.Days / DaysADayWithKey, 1), Path.Combine(runFolder.Path, "key"), stop).ConfigureAwait(false);
        UpdateAttackResult without = await LiveAsync(
            Boxes - 1, options.Days, Path.Combine(runFolder.Path, "none"), stop).ConfigureAwait(false);
        output.WriteLine(withKey.Problems.Count + without.Problems.Count == 0 ? "All of it holds." : "It does not hold.");
        return (withKey, without);
    }

    // Each has a backend of its own: a roll-out that was not for the other is not ended by it.
    private async Task<UpdateAttackResult> LiveAsync(int index, int days, string folder, CancellationToken stop)
    {
        UpdateFleet fleet = await UpdateFleet.StartAsync(
            options.Seed, s_start.ToUnixTimeMilliseconds(), Boxes, ImageBytes, new TwinFirmware("6.1.0", FirmwareVersion.Sequence + 100),
            Churn, Directory.CreateDirectory(folder).FullName, stop).ConfigureAwait(false);
        await using (fleet.ConfigureAwait(false))
        {
            await fleet.RollOutAsync([new System.Text.Json.Nodes.JsonObject { ["percent"] = 100 }], 1_000_000, 1).ConfigureAwait(false);
            return await LiveAsync(fleet, index, days, folder, stop).ConfigureAwait(false);
        }
    }

    private async Task<UpdateAttackResult> LiveAsync(UpdateFleet fleet, int index, int days, string folder, CancellationToken stop)
    {
        string id = fleet.DeviceIds[index];
        using TextWriter log = options.Keep is null ? TextWriter.Null : new StreamWriter(Path.Combine(folder, id + ".log")) { NewLine = "\n" };
        long attackMs = days * DayMs;
        var box = new UpdateBox(fleet, id, options.Seed, new UpdateBoxOptions
        {
            Sizes = FlashSizes.Board,
            ReportIntervalMs = ReadingMs,
            HeartbeatIntervalMs = (int)(60 * MinuteMs),
            PeopleAnHour = 1,
            PatienceMs = attackMs + (PatienceDays * DayMs),
            Log = log,
        });
        DeviceRun device = box.Device;
        var attacker = new LineAttacker(fleet, box, options.Seed);
        var cost = new AttackCost(box);
        UpdateAttackResult? atItsEnd = null;
        bool hasKey = fleet.MacKeyOf(id) is not null;
        device.Ends = () =>
        {
            if (atItsEnd is null && box.Clock.NowMs >= attackMs)
            {
                attacker.Leave();
                atItsEnd = cost.Judge(days, hasKey);
            }

            return box.Clock.NowMs >= attackMs + (PatienceDays * DayMs) || (atItsEnd is not null && IsUpdated(fleet, device));
        };
        device.Run(stop);
        stop.ThrowIfCancellationRequested();
        List<string> problems = [.. atItsEnd!.Problems];
        (string state, string why) = await fleet.LastAttemptAsync(id).ConfigureAwait(false);
        if (!IsUpdated(fleet, device) || state != "confirmed")
        {
            problems.Add($"the box runs {device.Firmware?.Version} afterwards, and the backend has its update as {state} {why}");
        }

        if (box.Bridge.Failure is { } failure)
        {
            problems.Add($"the way to the backend failed: {failure.Message}");
        }

        UpdateAttackResult result = atItsEnd with { Problems = problems };
        Print(result, days, attacker, hasKey, device, (box.Clock.NowMs - attackMs) / (double)DayMs);
        return result;
    }

    private static bool IsUpdated(UpdateFleet fleet, DeviceRun device) =>
        device.Firmware?.Version == fleet.Release.Version && device.Slots.State == SlotState.Confirmed && !device.Box.Updater.HasReport;

    private void Print(
        UpdateAttackResult result, int days, LineAttacker attacker, bool hasKey, DeviceRun device, double daysAfter)
    {
        output.WriteLine(string.Create(
            CultureInfo.InvariantCulture,
            $"{(hasKey ? "a box with a key for answers" : "a box without a key")}, {days} days of attack: {attacker.Offers} offers, {attacker.Orders} orders, {attacker.Presses} presses of the button, {device.BootReasons.Count - 1} reboots"));
        output.WriteLine(string.Create(
            CultureInfo.InvariantCulture,
            $"  fetched {result.FetchedBytes / 1e6:N2} MB, at most {result.MostFetchedADay / 1024.0:N0} KB a day; readings taken: {result.Readings}"));
        output.WriteLine(string.Create(
            CultureInfo.InvariantCulture,
            $"  most erases of a sector: {string.Join(", ", s_partitions.Zip(result.MostErases, (name, most) => $"{name} {most}"))}; {result.Store.Writes} writes of the store with {result.Store.Bytes / 1024.0:N0} KB, {result.LimitWrites} of them of the record of limits"));
        int worst = result.MostErases.Max();
        output.WriteLine(worst == 0 ? "  flash is not worn" : string.Create(
            CultureInfo.InvariantCulture,
            $"  {Endurance:N0} erases of a sector would take {(double)Endurance * days / worst / 365:N1} years of it"));
        output.WriteLine(string.Create(
            CultureInfo.InvariantCulture, $"  {daysAfter:N1} days after its end the box runs {device.Firmware?.Version}"));
        foreach (string problem in result.Problems)
        {
            output.WriteLine("  DOES NOT HOLD: " + problem);
        }
    }

    /// <summary>Adds up what it costs, from outside the box.</summary>
    private sealed class AttackCost
    {
        private readonly UpdateBox _box;
        private readonly Dictionary<long, long> _bytes = [];
        private int _writes;
        private int _storeWrites;
        private long _storeBytes;

        public AttackCost(UpdateBox box)
        {
            _box = box;
            box.Bridge.Exchanged += See;
            box.Device.Parts.Store.Written += (key, value) =>
            {
                _writes += key == UpdateLimits.Key ? 1 : 0;
                _storeWrites++;
                _storeBytes += value.Length;
            };
        }

        public UpdateAttackResult Judge(int days, bool hasKey)
        {
            BoxFlash chip = _box.Device.Parts.Chip;
            int[] erases = [chip.Patch.MostErases, chip.Stage.MostErases, chip.Previous.MostErases, chip.Deploy.MostErases];
            long fetched = _bytes.Values.Sum();
            long most = _bytes.Values.DefaultIfEmpty().Max();
            int readings = _box.Device.SentReadings;
            var problems = new List<string>();
            Expect(fetched <= (days + 1L) * MostBytesADay, $"{fetched} bytes were fetched in {days} days");
            Expect(most <= 2L * MostBytesADay, $"{most} bytes were fetched within a day");
            Expect(erases[0] <= (days + 1) * UpdateLimits.MaxPasses, $"a sector of patch was erased {erases[0]} times");
            Expect(erases[1] <= (days + 1) * UpdateLimits.MaxApplies, $"a sector of stage was erased {erases[1]} times");
            Expect(erases[2] + erases[3] == 0, $"sectors of previous and deploy were erased {erases[2]} and {erases[3]} times");
            Expect(_writes <= (days + 1) * MostLimitWritesADay, $"the record of limits was written {_writes} times");
            Expect(readings >= LeastReadings * days * DayMs / ReadingMs, $"only {readings} readings were taken");
            if (hasKey)
            {
                Expect(erases[0] + erases[1] == 0, "a box that checks answers fetched what it was offered");
            }
            else
            {
                Expect(
                    erases[0] > 0 && (erases[1] > 0 || days < LineAttacker.Ways) && fetched > days * (long)UpdateLimits.MaxBytes / 8,
                    "the attack was none");
            }

            return new UpdateAttackResult
            {
                Problems = problems,
                FetchedBytes = fetched,
                MostFetchedADay = most,
                MostErases = erases,
                LimitWrites = _writes,
                Store = (_storeWrites, _storeBytes),
                Readings = readings,
            };

            void Expect(bool holds, string problem)
            {
                if (!holds)
                {
                    problems.Add(problem);
                }
            }
        }

        private void See(byte[] request, byte[]? response, bool isFromBackend)
        {
            string route = HttpText.Route(request);
            if (route is ChunkAnswer.Route or "GET /api/ota/manifest")
            {
                long day = _box.Clock.NowMs / DayMs;
                _bytes[day] = _bytes.GetValueOrDefault(day) + request.Length + (response?.Length ?? 0);
            }
        }
    }
}
