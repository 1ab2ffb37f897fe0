using System.Diagnostics;
using System.Globalization;
using System.Text.Json.Nodes;
using JamBox.App;
using JamBox.Ota.Signing;
using JamBox.Twin.Run;
using JamBox.Twin.Time;
using Spectre.Console;

namespace JamBox.Twin.Ota.Demo;

/// <summary>How the demonstration of an update is to be.</summary>
internal sealed record DemoOptions
{
    /// <summary>Fewest boxes: the canary, the two with whom something is wrong, and one more.</summary>
    public const int FewestBoxes = CanaryBoxes + 3;

    /// <summary>Most boxes.</summary>
    public const int MostBoxes = 100;

    /// <summary>Boxes of the canary.</summary>
    public const int CanaryBoxes = 3;

    /// <summary>What everything else follows from.</summary>
    public long Seed { get; init; } = 1;

    /// <summary>How many boxes.</summary>
    public int Boxes { get; init; } = 33;

    /// <summary>About how long an image is, bytes.</summary>
    public int ImageBytes { get; init; } = 300 * 1024;

    /// <summary>How much of the new image is new: 1 as from release to release, 10 a lot.</summary>
    public double Churn { get; init; } = 3;

    /// <summary>Where database and logs are kept; <c>null</c> = the database in the folder for temporary files, no logs.</summary>
    public string? Keep { get; init; }

    /// <summary>Meddles with the database before it is checked, so that the checks themselves can be tested.</summary>
    public Action<string>? Ended { get; init; }
}

/// <summary>
/// A whole update live: release, patch, canary, rest, done. One box has a bad power supply, on one the new image hangs and rolls back.
/// One backend, boxes with the real firmware, everything in virtual time and from one seed.
/// </summary>
internal sealed class OtaDemo(DemoOptions options, IAnsiConsole console, bool isLive) : IDisposable
{
    private const int HeartbeatMs = 3_600_000;

    // A Monday morning.
    private static readonly DateTimeOffset s_start = new(2026, 3, 2, 8, 0, 0, TimeSpan.Zero);

    private readonly List<TextWriter> _logs = [];
    private readonly ReleaseKey _key = ReleaseKey.Create();

    /// <summary>Lets it happen.</summary>
    /// <param name="stop">Ends it early.</param>
    /// <returns>How it ended.</returns>
    public async Task<DemoResult> RunAsync(CancellationToken stop)
    {
        var real = Stopwatch.StartNew();
        using RunFolder runFolder = RunFolder.Lasting(options.Keep, "jambox-ota");
        string folder = runFolder.Path;
        var time = new VirtualTimeProvider(s_start.ToUnixTimeMilliseconds());
        BackendHost backend = await BackendHost.StartAsync(folder, time, options.Seed, _key.Public.ToBytes()).ConfigureAwait(false);
        await using (backend.ConfigureAwait(false))
        {
            DemoWorld world = NewWorld(backend, time);
            using var release = new ReleaseDesk(backend.Address, backend.AdminKey);
            await release.UploadAsync(world.OldImage, world.First, world.Key).ConfigureAwait(false);
            List<DemoBox> boxes = await MakeBoxesAsync(world, release, folder, stop).ConfigureAwait(false);
            DemoDesk desk = await LiveAsync(world, boxes, release, stop).ConfigureAwait(false);
            options.Ended?.Invoke(backend.DatabasePath);
            var standings = await StandingsAsync(release, desk.RolloutId).ConfigureAwait(false);
            var result = new DemoResult
            {
                Problems = new DemoJudge(world, standings).Judge(desk.State, boxes),
                Boxes = boxes,
                Standings = standings,
                PatchBytes = desk.PatchBytes,
                VirtualSeconds = desk.VirtualMs / 1_000.0,
                RealSeconds = real.Elapsed.TotalSeconds,
                DatabasePath = backend.DatabasePath,
                AdminKey = backend.AdminKey,
            };
            DemoReport.Print(console, result);
            return result;
        }
    }

    public void Dispose()
    {
        _logs.ForEach(log => log.Dispose());
        _key.Dispose();
    }

    private DemoWorld NewWorld(BackendHost backend, VirtualTimeProvider time)
    {
        var first = new TwinFirmware(FirmwareVersion.Text, FirmwareVersion.Sequence);
        var release = new TwinFirmware("6.1.0", FirmwareVersion.Sequence + 100);
        return new DemoWorld
        {
            Options = options,
            Start = s_start,
            Backend = backend,
            Order = new ExchangeOrder(time),
            Key = _key,
            First = first,
            Release = release,
            OldImage = TwinImage.Build(first, options.ImageBytes, options.Seed),
            NewImage = TwinImage.Build(release, options.ImageBytes, options.Seed, churn: options.Churn),
        };
    }

    private async Task<List<DemoBox>> MakeBoxesAsync(DemoWorld world, ReleaseDesk release, string folder, CancellationToken stop)
    {
        var boxes = new List<DemoBox>();
        for (int index = 0; index < options.Boxes; index++)
        {
            stop.ThrowIfCancellationRequested();
            string id = string.Create(CultureInfo.InvariantCulture, $"JBNB{index + 1:D4}");
            (string token, byte[]? macKey) = await world.Backend.AddAsync(id, index).ConfigureAwait(false);

            // A heartbeat an hour, as an operator sets it before a roll-out: with each a box asks whether there is an update.
            await release.PutAsync($"/api/device/{id}/config", new JsonObject
            {
                ["heartbeat_interval_ms"] = HeartbeatMs,
                ["geolocation_on_boot"] = false,
            }).ConfigureAwait(false);
            boxes.Add(new DemoBox(world, index, id, token, macKey, OpenLog(folder, id)));
        }

        return boxes;
    }

    private TextWriter OpenLog(string folder, string id)
    {
        if (options.Keep is null)
        {
            return TextWriter.Null;
        }

        var log = new StreamWriter(Path.Combine(folder, id + ".log")) { NewLine = "\n" };
        _logs.Add(log);
        return log;
    }

    private async Task<DemoDesk> LiveAsync(DemoWorld world, List<DemoBox> boxes, ReleaseDesk release, CancellationToken stop)
    {
        List<string> ids = [.. boxes.Select(box => box.Id)];
        DemoDesk? desk = null;
        if (isLive)
        {
            await LiveScreen.RunAsync(console, options.Boxes, screen => RunAsync(screen)).ConfigureAwait(false);
        }
        else
        {
            await RunAsync(new PlainScreen(console.Profile.Out.Writer.WriteLine)).ConfigureAwait(false);
        }

        return desk!;

        async Task RunAsync(IDemoScreen screen)
        {
            desk = new DemoDesk(world, ids, release, screen);
            Task[] lives = [Start(world, () => desk.Work(stop)), .. boxes.Select(box => Start(world, () => box.Live(stop)))];
            await AllAsync(lives).ConfigureAwait(false);
            stop.ThrowIfCancellationRequested();
            desk.ReadDiary(long.MaxValue);
        }
    }

    // Who fails must not keep the others waiting for their turn.
    private static Task Start(DemoWorld world, Action life) => Task.Factory.StartNew(
        () =>
        {
            try
            {
                life();
            }
            catch
            {
                world.Order.Stop();
                throw;
            }
        },
        CancellationToken.None, TaskCreationOptions.LongRunning, TaskScheduler.Default);

    // The first that really failed, not those that it stopped.
    private static async Task AllAsync(Task[] lives)
    {
        try
        {
            await Task.WhenAll(lives).ConfigureAwait(false);
        }
        catch (OperationCanceledException) when (
            Array.Find(lives, life => life.IsFaulted && life.Exception!.InnerException is not OperationCanceledException) is { } failed)
        {
            await failed.ConfigureAwait(false);
            throw;
        }
    }

    private static async Task<Dictionary<string, (string State, string Why)>> StandingsAsync(ReleaseDesk release, long rollout)
    {
        JsonNode rows = await release.GetAsync(
            string.Create(CultureInfo.InvariantCulture, $"/api/ota/rollouts/{rollout}/devices?limit=1000")).ConfigureAwait(false);
        return rows.AsArray().ToDictionary(
            row => row!["device_id"]!.GetValue<string>(),
            row => (row!["state"]!.GetValue<string>(), row["why"]?.GetValue<string>() ?? string.Empty), StringComparer.Ordinal);
    }
}
