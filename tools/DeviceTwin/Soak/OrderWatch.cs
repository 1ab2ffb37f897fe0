using System.Globalization;
using System.Text.Json.Nodes;
using JamBox.App;
using JamBox.Counting;
using JamBox.Twin.Run;
using JamBox.Twin.Time;

namespace JamBox.Twin.Soak;

/// <summary>Orders from afar: no command is carried out twice, and the configuration is one that was handed out, as a whole.</summary>
internal sealed class OrderWatch(VirtualClock clock, Desk? desk, Problems problems) : IBoxWatch
{
    private const string CommandLead = "command ";
    private const string IdLead = ", id ";

    private readonly Dictionary<int, int> _carriedOut = [];
    private Box? _box;
    private int _count;
    private int _named = -1;
    private KnownConfig? _inForce;

    /// <summary>Commands carried out, by id.</summary>
    public IReadOnlyDictionary<int, int> CarriedOut => _carriedOut;

    /// <summary>How often another configuration came into force.</summary>
    public int Changes { get; private set; }

    /// <summary>A line of the box's log: it names each command before it is carried out.</summary>
    /// <param name="line">The line.</param>
    public void Logged(string line)
    {
        int at = line.StartsWith(CommandLead, StringComparison.Ordinal) ? line.IndexOf(IdLead, StringComparison.Ordinal) : -1;
        if (at >= 0 && int.TryParse(line.AsSpan(at + IdLead.Length), NumberStyles.None, CultureInfo.InvariantCulture, out int id))
        {
            _named = id;
        }
    }

    /// <inheritdoc/>
    public void Booted(Box box)
    {
        _box = box;
        _count = 0;
        KnownConfig found = KnownConfig.Of(box.Config);
        if (_inForce is { } before && found != before && found.Version < before.Version)
        {
            problems.Add(clock.NowMs, $"after the reboot configuration {found.Version} is in force, before it was {before.Version}");
        }

        Check(found);
        _inForce = found;
    }

    /// <inheritdoc/>
    public void Closed(ReadOnlySpan<int> fields)
    {
    }

    /// <inheritdoc/>
    public void Look(bool isLast)
    {
        Box box = _box!;
        if (box.Commands.Count != _count)
        {
            _count = box.Commands.Count;
            int times = _carriedOut.GetValueOrDefault(_named) + 1;
            _carriedOut[_named] = times;
            if (times > 1)
            {
                problems.Add(clock.NowMs, $"command {_named} is carried out {times} times");
            }
        }

        if (!isLast && (box.Config.Version != _inForce!.Version || box.Config.ReportIntervalMs != _inForce.ReportIntervalMs))
        {
            Changes++;
            _inForce = KnownConfig.Of(box.Config);
            Check(_inForce);
        }
    }

    /// <inheritdoc/>
    public void Died(BoxDiedException death)
    {
    }

    /// <summary>The world ends: nothing was carried out that was not given.</summary>
    /// <param name="exchanges">What was given.</param>
    public void Finish(ExchangeWatch exchanges)
    {
        foreach (int id in _carriedOut.Keys)
        {
            if (!exchanges.GivenCommands.Contains(id))
            {
                problems.Add(clock.NowMs, $"command {id} is carried out but was never given");
            }
        }
    }

    private void Check(KnownConfig found)
    {
        if (desk is null || found.Version == 0)
        {
            var defaults = KnownConfig.Of(new BoxConfig());
            bool isDefault = found with { ReportIntervalMs = defaults.ReportIntervalMs } == defaults;
            if (desk is not null && !isDefault)
            {
                problems.Add(clock.NowMs, $"a configuration without a version that is not the default: {found}");
            }

            return;
        }

        bool isKnown = desk.Configs.TryGetValue(found.Version, out KnownConfig? handedOut);
        bool isWhole = isKnown && found.Rest == handedOut!.Rest
            && (found.ReportIntervalMs == handedOut.ReportIntervalMs || desk.OrderedIntervals.Contains(found.ReportIntervalMs));
        if (!isWhole)
        {
            problems.Add(clock.NowMs, $"the configuration in force was never handed out: {found}, handed out was {handedOut}");
        }
    }
}

/// <summary>A whole configuration: one that the backend handed out, or one that is in force.</summary>
/// <param name="Version">Its version.</param>
/// <param name="ReportIntervalMs">The interval.</param>
/// <param name="Rest">Everything else, in one text.</param>
internal sealed record KnownConfig(int Version, int ReportIntervalMs, string Rest)
{
    /// <summary>What is in force in a box.</summary>
    /// <param name="config">Its configuration.</param>
    /// <returns>The same.</returns>
    public static KnownConfig Of(BoxConfig config) => new(
        config.Version,
        config.ReportIntervalMs,
        FormattableString.Invariant($"{config.HeartbeatIntervalMs} {config.GeolocationOnBoot} {string.Join(',', config.WifiChannels)} ") +
        FormattableString.Invariant($"{config.Thresholds.ImmediateDbm} {config.Thresholds.NearDbm} {config.Thresholds.FarDbm} ") +
        FormattableString.Invariant($"{config.Thresholds.ShortMinutes} {config.Thresholds.MediumMinutes} {config.Thresholds.LongMinutes}"));

    /// <summary>What the backend shows.</summary>
    /// <param name="json">The configuration as it goes to the device.</param>
    /// <returns>The same.</returns>
    public static KnownConfig Of(JsonNode json) => new(
        json["config_version"]!.GetValue<int>(),
        json["report_interval_ms"]!.GetValue<int>(),
        $"{json["heartbeat_interval_ms"]} {(json["geolocation_on_boot"]!.GetValue<bool>() ? "True" : "False")} {string.Join(',', json["wifi_channels"]!.AsArray())} " +
        $"{json["rssi_immediate_threshold"]} {json["rssi_near_threshold"]} {json["rssi_far_threshold"]} " +
        $"{json["dwell_short_threshold"]} {json["dwell_medium_threshold"]} {json["dwell_long_threshold"]}");
}
