using System.Globalization;

namespace JamBox.BackendBenchmark;

/// <summary>What to measure; every number is bounded.</summary>
internal sealed record Options
{
    private static readonly Dictionary<string, Func<Options, string, Options>> s_all = new(StringComparer.Ordinal)
    {
        ["--storage"] = static (o, v) => o with { Storage = Word(v, "sqlite", "postgres", "both") },
        ["--mode"] = static (o, v) => o with { Mode = Word(v, "keep-alive", "close", "both") },
        ["--server"] = static (o, v) => o with { Server = Build(v) },
        ["--against"] = static (o, v) => o with { Against = Build(v) },
        ["--rounds"] = static (o, v) => o with { Rounds = Number(v, 1, 20) },
        ["--warm-up"] = static (o, v) => o with { WarmUp = Number(v, 1, 120) },
        ["--seconds"] = static (o, v) => o with { Seconds = Number(v, 1, 120) },
        ["--connections"] = static (o, v) => o with { Connections = Number(v, 1, 512) },
        ["--devices"] = static (o, v) => o with { Devices = Number(v, 1, 9999) },
        ["--kills"] = static (o, v) => o with { Kills = Number(v, 0, 100) },
        ["--summary-rows"] = static (o, v) => o with { SummaryRows = Number(v, 0, 20_000_000) },
        ["--figure-years"] = static (o, v) => o with { FigureYears = Number(v, 0, 5) },
        ["--figure-places"] = static (o, v) => o with { FigurePlaces = Number(v, 1, 200) },
        ["--fill"] = static (o, v) => o with { Fill = v },
        ["--crowd"] = static (o, v) => o with { Crowd = Number(v, 100, 9999) },
        ["--only"] = static (o, v) => o with { Only = Word(v, "crowd", "rate", "slow", "restart", "kills") },
        ["--downloads"] = static (o, v) => o with { Downloads = Number(v, 0, 5000) },
        ["--ws"] = static (o, v) => o with { Listeners = Number(v, 0, 120) },
    };

    /// <summary>What is said about a wrong one.</summary>
    public static string Usage =>
        "use --storage sqlite|postgres|both, --mode keep-alive|close|both (--close = --mode close), --server FOLDER and --against FOLDER "
        + "(published backends), "
        + "--rounds 1…20, --warm-up 1…120, --seconds 1…120, --connections 1…512, --devices 1…9999, --kills 0…100, --summary-rows 0…20000000, "
        + "--figure-years 0…5, --figure-places 1…200, --fill EMPTY-FOLDER (with --figure-years: only fill a database, which stays there), "
        + "--downloads 0…5000, --ws 0…120 (listeners of the WebSocket, 1,000 messages a second), "
        + "--telemetry (messages of things with four keys instead of readings), "
        + "--mqtt [--tls] [--crowd 100…9999] "
        + "[--only PART] (by MQTT; parts: crowd, rate, slow, restart, kills), --broker (through mosquitto), "
        + "--mqtt-auth (only what a broker outside asks for each message)";

    /// <summary>Options without a value.</summary>
    private static readonly Dictionary<string, Func<Options, Options>> s_flags = new(StringComparer.Ordinal)
    {
        ["--close"] = static o => o with { Mode = "close" },
        ["--telemetry"] = static o => o with { IsTelemetry = true },
        ["--mqtt"] = static o => o with { IsMqtt = true },
        ["--tls"] = static o => o with { UsesTls = true },
        ["--mqtt-auth"] = static o => o with { IsMqttAuth = true },
        ["--broker"] = static o => o with { UsesBroker = true },
    };

    /// <summary><c>sqlite</c>, <c>postgres</c> or <c>both</c>.</summary>
    public string Storage { get; init; } = "sqlite";

    /// <summary><c>keep-alive</c>, <c>close</c> (a connection for each request, as devices send) or <c>both</c>.</summary>
    public string Mode { get; init; } = "keep-alive";

    /// <summary>Folder of the published backend; its own unless said.</summary>
    public string Server { get; init; } = AppContext.BaseDirectory;

    /// <summary>Folder of another one, which takes turns with the first; null = there is none.</summary>
    public string? Against { get; init; }

    /// <summary>How often each is loaded; medians are shown.</summary>
    public int Rounds { get; init; } = 1;

    /// <summary>
    /// Seconds of load before it is measured: a server runs for months, and its code is compiled in its first seconds under load. On a machine
    /// that is busy otherwise it takes longer.
    /// </summary>
    public int WarmUp { get; init; } = 8;

    /// <summary>Seconds of load that are measured.</summary>
    public int Seconds { get; init; } = 10;

    /// <summary>Connections.</summary>
    public int Connections { get; init; } = 64;

    /// <summary>Devices that the readings come from.</summary>
    public int Devices { get; init; } = 1000;

    /// <summary>Kills in mid-run, for each storage.</summary>
    public int Kills { get; init; } = 20;

    /// <summary>Readings that are stored for measuring summaries (SQLite).</summary>
    public int SummaryRows { get; init; } = 10_000_000;

    /// <summary>Places over which figures of people are measured, a box each.</summary>
    public int FigurePlaces { get; init; } = 100;

    /// <summary>Where a database is to be filled and kept, and nothing measured; null = measure.</summary>
    public string? Fill { get; init; }

    /// <summary>
    /// Years of <see cref="FigurePlaces"/> over which figures of people are measured, and nothing else (SQLite); 0 = all else.
    /// </summary>
    public int FigureYears { get; init; }

    /// <summary>Devices that download firmware of 1 MB at once, and nothing else is measured; 0 = all else.</summary>
    public int Downloads { get; init; }

    /// <summary>Listeners of the WebSocket, while a thousand messages a second come, and nothing else is measured; 0 = all else.</summary>
    public int Listeners { get; init; }

    /// <summary>Messages of telemetry instead of readings.</summary>
    public bool IsTelemetry { get; init; }

    /// <summary>MQTT: the broker in the backend, and nothing else.</summary>
    public bool IsMqtt { get; init; }

    /// <summary>Devices that are connected by MQTT at once.</summary>
    public int Crowd { get; init; } = 5000;

    /// <summary>Whether devices talk MQTT through TLS.</summary>
    public bool UsesTls { get; init; }

    /// <summary>A part of what is measured of MQTT; null = all of them.</summary>
    public string? Only { get; init; }

    /// <summary>MQTT: the backend as a client of mosquitto, which is stopped and killed, and nothing else.</summary>
    public bool UsesBroker { get; init; }

    /// <summary>Questions of a broker instead of everything else.</summary>
    public bool IsMqttAuth { get; init; }

    /// <summary>The storages that are measured; true = PostgreSQL.</summary>
    public IEnumerable<bool> Storages => Storage == "both" ? [false, true] : [Storage == "postgres"];

    /// <summary>The ways of connecting that are measured; true = a connection for each request.</summary>
    public IEnumerable<bool> Modes => Mode == "both" ? [false, true] : [Mode == "close"];

    /// <summary>Reads the command line.</summary>
    /// <exception cref="ArgumentException">An option is unknown or out of range.</exception>
    public static Options Parse(string[] args)
    {
        Options options = new();
        for (int i = 0; i < args.Length; i++)
        {
            if (s_flags.TryGetValue(args[i], out Func<Options, Options>? flag))
            {
                options = flag(options);
                continue;
            }

            if (!s_all.TryGetValue(args[i], out Func<Options, string, Options>? option))
            {
                throw new ArgumentException($"{args[i]} is unknown; {Usage}.");
            }

            string name = args[i++];
            try
            {
                options = option(options, i < args.Length ? args[i] : "");
            }
            catch (ArgumentException e)
            {
                throw new ArgumentException($"{name} {e.Message}.");
            }
        }

        return options;
    }

    private static string Word(string text, params string[] words) =>
        words.Contains(text) ? text : throw new ArgumentException("must be " + string.Join(" or ", words));

    private static string Build(string text) =>
        Backend.FileOf(text) is not null ? Path.GetFullPath(text) : throw new ArgumentException($"must be a folder with {Backend.FileName}");

    private static int Number(string text, int min, int max) =>
        int.TryParse(text, NumberStyles.None, CultureInfo.InvariantCulture, out int number) && number >= min && number <= max
            ? number
            : throw new ArgumentException($"must be {min} to {max}");
}
