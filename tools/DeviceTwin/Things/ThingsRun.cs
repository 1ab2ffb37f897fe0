using System.Globalization;
using System.Net;
using System.Text.Json.Nodes;
using JamBox.Demo;
using JamBox.Twin.Run;
using JamBox.Twin.Time;

namespace JamBox.Twin.Things;

/// <summary>What was asked for.</summary>
internal sealed record ThingsOptions
{
    /// <summary>The fewest and the most things that run side by side.</summary>
    public const int Fewest = 1;

    /// <summary>The most.</summary>
    public const int Most = 200;

    /// <summary>How long, virtual hours.</summary>
    public double Hours { get; init; } = 2;

    /// <summary>What everything random follows from.</summary>
    public long Seed { get; init; } = 1;

    /// <summary>How many things.</summary>
    public int Things { get; init; } = 20;

    /// <summary>Where the database is kept.</summary>
    public string? Keep { get; init; }

    /// <summary>Whether they talk MQTT, and not HTTP.</summary>
    public bool UsesMqtt { get; init; }

    /// <summary>The broker, besides the backend, that they talk through; <c>null</c> = the one inside the backend.</summary>
    public DnsEndPoint? Broker { get; init; }

    /// <summary>Whether the things live on in real time after that, until Ctrl+C.</summary>
    public bool Serve { get; init; }
}

/// <summary>Things at the backend: a shop's sensors, clocks and bells, and a gateway.</summary>
internal sealed class ThingsRun(ThingsOptions options, TextWriter output) : IDisposable
{
    private const int WishAfterMs = 5 * 60_000;

    // A Monday morning, as in every run of the twin.
    private static readonly DateTimeOffset s_start = new(2026, 3, 2, 8, 0, 0, TimeSpan.Zero);

    private readonly List<ThingLife> _lives = [];
    private readonly Lock _paceGate = new();
    private RunFolder? _folder;
    private Pacer? _pacer;

    /// <summary>Gets the things.</summary>
    public IReadOnlyList<ThingLife> Lives => _lives;

    /// <summary>Gets the database.</summary>
    public string DatabasePath { get; private set; } = string.Empty;

    /// <summary>Runs it.</summary>
    /// <param name="stop">Ends it early.</param>
    /// <returns>What went wrong, in a line each; none = all is well.</returns>
    public async Task<IReadOnlyList<string>> RunAsync(CancellationToken stop)
    {
        long lengthMs = (long)(options.Hours * 3_600_000);
        long startMs = options.Serve
            ? DateTimeOffset.UtcNow.ToUnixTimeSeconds() * 1_000 - lengthMs
            : s_start.ToUnixTimeMilliseconds();
        _folder = RunFolder.Lasting(options.Keep, "jambox-things");
        var time = new VirtualTimeProvider(startMs);
        DnsEndPoint? broker = options.UsesMqtt ? options.Broker ?? new DnsEndPoint("127.0.0.1", LoopbackPort.Pick()) : null;

        // The broker counts messages by the time of its connections, which is the real one: a minute of it has hours of the things'.
        string[] settings = broker is null ? [] : [SettingOf(broker), "--Mqtt:MessagesPerMinute=1000000"];
        BackendHost backend = await BackendHost.StartAsync(_folder.Path, time, options.Seed, more: settings).ConfigureAwait(false);
        await using (backend.ConfigureAwait(false))
        {
            DatabasePath = backend.DatabasePath;
            await output.WriteLineAsync($"The backend of this run: {backend.PageLink}").ConfigureAwait(false);
            await RegisterAsync(backend, broker, new ExchangeOrder(time), startMs, lengthMs).ConfigureAwait(false);
            await LiveAsync(lengthMs, stop).ConfigureAwait(false);
            return await ReportAsync(backend, stop).ConfigureAwait(false);
        }
    }

    public void Dispose() => _folder?.Dispose();

    private string SettingOf(DnsEndPoint broker) => string.Create(
        CultureInfo.InvariantCulture, $"--Mqtt:{(options.Broker is null ? "Listen=" : "Broker=mqtt://")}{broker.Host}:{broker.Port}");

    private async Task RegisterAsync(BackendHost backend, DnsEndPoint? broker, ExchangeOrder order, long startMs, long lengthMs)
    {
        JsonNode place = (await backend.CreateAsync("/api/places", new JsonObject { ["name"] = "Virtual shop", ["timezone"] = "UTC" })
            .ConfigureAwait(false))!;
        for (int index = 0; index < options.Things; index++)
        {
            ThingRole role = ThingCast.Of(index, options.Things);
            JsonNode registered = (await backend.CreateAsync("/api/device/register", new JsonObject
            {
                ["device_id"] = role.DeviceId,
                ["kind"] = role.Kind,
                ["product"] = role.Product,
                ["platform"] = role.Platform,
                ["place"] = place["id"]!.GetValue<long>(),
            }).ConfigureAwait(false))!;
            var clock = new VirtualClock(startMs) { Seat = order.Join(index, startMs) };
            if (options.Serve)
            {
                clock.Pace = ms => Pace(ms, lengthMs);
            }

            var life = new ThingLife(
                role, index, clock, options.Seed, registered["token"]!.GetValue<string>(), backend.Address, broker);
            if (role.Product == "bell")
            {
                life.At(WishAfterMs, () => Wish(backend, role.DeviceId));
            }

            _lives.Add(life);
        }
    }

    // An operator switches a bell on.
    private static void Wish(BackendHost backend, string deviceId)
    {
        backend.SendAsync(HttpMethod.Put, $"/api/devices/{deviceId}/state", new JsonObject { ["v0"] = 1 }).GetAwaiter().GetResult();
    }

    // As fast as it goes up to the end, and then as fast as time goes.
    private void Pace(long worldMs, long endMs)
    {
        if (worldMs < endMs)
        {
            return;
        }

        lock (_paceGate)
        {
            _pacer ??= new Pacer(1, CancellationToken.None);
        }

        _pacer.Pace(worldMs - endMs);
    }

    private async Task LiveAsync(long lengthMs, CancellationToken stop)
    {
        long started = Environment.TickCount64;
        Task[] lives =
        [
            .. _lives.Select(life => Task.Factory.StartNew(
                () => life.Run(EndOf(life, lengthMs), stop), stop, TaskCreationOptions.LongRunning, TaskScheduler.Default)),
        ];
        await Task.WhenAll(lives).ConfigureAwait(false);
        double seconds = (Environment.TickCount64 - started) / 1000.0;
        await output.WriteLineAsync(string.Create(
            CultureInfo.InvariantCulture,
            $"{options.Hours:0.##} hours of {_lives.Count} things{(options.UsesMqtt ? " by MQTT" : "")} in {seconds:N1} s: {_lives.Sum(l => l.Taken)} messages taken, "
            + $"{_lives.Sum(l => l.Lost)} lost, {_lives.Sum(l => l.Fulfilled)} wishes fulfilled.")).ConfigureAwait(false);
    }

    private long EndOf(ThingLife life, long lengthMs) =>
        life.Role.Life < 1 ? (long)(lengthMs * life.Role.Life) : options.Serve ? long.MaxValue : lengthMs;

    private async Task<IReadOnlyList<string>> ReportAsync(BackendHost backend, CancellationToken stop)
    {
        List<string> problems =
            [.. _lives.Where(life => life.Taken == 0).Select(life => $"{life.Role.DeviceId}: the backend took nothing")];
        problems.AddRange(_lives.Where(life => life.Lost > 0).Select(life => $"{life.Role.DeviceId}: {life.Lost} messages were lost"));
        problems.AddRange(_lives.Where(life => life.Failure is not null)
            .Select(life => $"{life.Role.DeviceId}: the way to the backend failed: {life.Failure!.Message}"));
        if (stop.IsCancellationRequested && !options.Serve)
        {
            problems.Add("the run was stopped before its end");
        }

        foreach (string problem in problems)
        {
            await output.WriteLineAsync(problem).ConfigureAwait(false);
        }

        TwinRun.ShowWhereToLook(backend.DatabasePath, backend.AdminKey);
        return problems;
    }
}
