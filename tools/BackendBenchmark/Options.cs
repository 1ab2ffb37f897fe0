using System.Globalization;

namespace JamBox.BackendBenchmark;

/// <summary>What to measure; every number is bounded.</summary>
internal sealed record Options
{
    /// <summary>Seconds of load, 1 to 120, after 2 s of warming up.</summary>
    public int Seconds { get; init; } = 10;

    /// <summary>Connections, 1 to 512.</summary>
    public int Connections { get; init; } = 64;

    /// <summary>Devices that the readings come from, 1 to 9,999.</summary>
    public int Devices { get; init; } = 1000;

    /// <summary>Kills in mid-run, 0 to 100.</summary>
    public int Kills { get; init; } = 20;

    /// <summary>Readings that are stored for measuring summaries, 0 to 20,000,000.</summary>
    public int SummaryRows { get; init; } = 10_000_000;

    /// <summary>Reads <c>--seconds 10 --connections 64 --devices 1000 --kills 20 --summary-rows 10000000</c>, any of them.</summary>
    public static Options Parse(string[] args)
    {
        Options options = new();
        for (int i = 0; i < args.Length; i += 2)
        {
            string text = i + 1 < args.Length ? args[i + 1] : "";
            options = args[i] switch
            {
                "--seconds" => options with { Seconds = Number(args[i], text, 1, 120) },
                "--connections" => options with { Connections = Number(args[i], text, 1, 512) },
                "--devices" => options with { Devices = Number(args[i], text, 1, 9999) },
                "--kills" => options with { Kills = Number(args[i], text, 0, 100) },
                "--summary-rows" => options with { SummaryRows = Number(args[i], text, 0, 20_000_000) },
                _ => throw new ArgumentException($"{args[i]} is unknown; use --seconds, --connections, --devices, --kills, --summary-rows."),
            };
        }

        return options;
    }

    private static int Number(string name, string text, int min, int max) =>
        int.TryParse(text, NumberStyles.None, CultureInfo.InvariantCulture, out int number) && number >= min && number <= max
            ? number
            : throw new ArgumentException($"{name} must be {min} to {max}.");
}
