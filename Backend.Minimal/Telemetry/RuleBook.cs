using System.Globalization;

using JamBox.Backend.Notifications;
using JamBox.Backend.Storage;

namespace JamBox.Backend.Telemetry;

/// <summary>A rule: when people are told of a value.</summary>
/// <param name="Id">Its number.</param>
/// <param name="Name">What people call it.</param>
/// <param name="DeviceId">The device; null = not of one alone.</param>
/// <param name="Product">Of all devices of a product; null with <paramref name="DeviceId"/> null = of every device.</param>
/// <param name="Key">The key.</param>
/// <param name="Op">One of <see cref="Comparison"/>.</param>
/// <param name="Value">What is compared with.</param>
/// <param name="ForSeconds">How long it must be so before anybody is told.</param>
internal sealed record TelemetryRule(
    long Id, string Name, string? DeviceId, string? Product, string Key, string Op, double Value, int ForSeconds)
{
    /// <summary>The comparisons.</summary>
    public static readonly string[] Comparison = ["<", "<=", ">", ">=", "=", "!="];

    /// <summary>Whether a value is one to be told of.</summary>
    public bool Holds(double value) => Op switch
    {
        "<" => value < Value,
        "<=" => value <= Value,
        ">" => value > Value,
        ">=" => value >= Value,
        "=" => value.Equals(Value),
        _ => !value.Equals(Value),
    };

    /// <summary>What people are told.</summary>
    /// <param name="deviceId">The device.</param>
    /// <param name="value">Its value.</param>
    /// <param name="isRaised">Whether it has begun; else it is over.</param>
    /// <param name="at">Milliseconds since 1970.</param>
    public Notice ToNotice(string deviceId, double value, bool isRaised, long at)
    {
        string kind = Key.StartsWith("battery", StringComparison.OrdinalIgnoreCase) && Op[0] == '<'
            ? NoticeKind.LowBattery
            : NoticeKind.Threshold;
        string limit = string.Create(CultureInfo.InvariantCulture, $"{Op} {Value}{(ForSeconds > 0 ? $" for {ForSeconds} s" : "")}");
        string message = string.Create(
            CultureInfo.InvariantCulture,
            $"{deviceId}: {Key} is {value}{(isRaised ? $" ({Name}: {limit})" : $", as it should be ({Name}: no longer {limit})")}");
        return new Notice(kind, isRaised ? Notice.Raised : Notice.Recovered, deviceId, message, at)
        {
            AlertType = string.Create(CultureInfo.InvariantCulture, $"rule {Id}"),
        };
    }
}

/// <summary>Where telemetry goes too.</summary>
/// <param name="Id">Its number.</param>
/// <param name="DeviceId">The device; null = of a product.</param>
/// <param name="Product">The product; null with <paramref name="DeviceId"/> null = of every device.</param>
internal sealed record TelemetryHook(long Id, string? DeviceId, string? Product);

/// <summary>All rules that are on and all webhooks, as they were at a moment.</summary>
internal sealed class RuleBook
{
    /// <summary>None at all.</summary>
    public static readonly RuleBook Empty = new([], []);

    private readonly Dictionary<string, DeviceRules> _ofDevices = new(StringComparer.Ordinal);
    private readonly Dictionary<string, DeviceRules> _ofProducts = new(StringComparer.Ordinal);
    private readonly DeviceRules? _ofAll;

    /// <summary>Sorts them.</summary>
    public RuleBook(IReadOnlyList<TelemetryRule> rules, IReadOnlyList<TelemetryHook> hooks)
    {
        DeviceRules all = new();
        foreach (TelemetryRule rule in rules)
        {
            Of(rule.DeviceId, rule.Product, all).Add(rule);
        }

        foreach (TelemetryHook hook in hooks)
        {
            Of(hook.DeviceId, hook.Product, all).Add(hook);
        }

        _ofAll = all.IsEmpty ? null : all;
    }

    /// <summary>What holds for a device; null = nothing, as for most.</summary>
    public DeviceRules? For(string deviceId, string? product)
    {
        DeviceRules? own = _ofDevices.GetValueOrDefault(deviceId);
        DeviceRules? ofProduct = product is null ? null : _ofProducts.GetValueOrDefault(product);
        return own is null && ofProduct is null ? _ofAll : DeviceRules.Join(own, ofProduct, _ofAll);
    }

    private DeviceRules Of(string? deviceId, string? product, DeviceRules all)
    {
        if (deviceId is null && product is null)
        {
            return all;
        }

        (Dictionary<string, DeviceRules> those, string name) = deviceId is not null ? (_ofDevices, deviceId) : (_ofProducts, product!);
        if (!those.TryGetValue(name, out DeviceRules? rules))
        {
            rules = new DeviceRules();
            those.Add(name, rules);
        }

        return rules;
    }
}

/// <summary>The rules and webhooks of a device.</summary>
internal sealed class DeviceRules
{
    private readonly List<TelemetryRule> _rules = [];
    private readonly List<TelemetryHook> _hooks = [];

    /// <summary>Whether there are none.</summary>
    public bool IsEmpty => _rules.Count == 0 && _hooks.Count == 0;

    /// <summary>Puts together what holds for one device for several reasons.</summary>
    public static DeviceRules Join(params ReadOnlySpan<DeviceRules?> some)
    {
        DeviceRules all = new();
        foreach (DeviceRules? one in some)
        {
            all._rules.AddRange(one?._rules ?? []);
            all._hooks.AddRange(one?._hooks ?? []);
        }

        return all;
    }

    /// <summary>Adds a rule.</summary>
    public void Add(TelemetryRule rule) => _rules.Add(rule);

    /// <summary>Adds a webhook.</summary>
    public void Add(TelemetryHook hook) => _hooks.Add(hook);

    /// <summary>Looks whether a device's news begin or end anything, in the transaction that stores them.</summary>
    public void Evaluate(SqlSession session, HeardDevice device)
    {
        foreach (TelemetryRule rule in _rules)
        {
            RuleState? state = null;
            foreach ((long at, TelemetryPoint point) in device.News)
            {
                if (point.Key == rule.Key && point.Value.Kind is not TelemetryKind.Text)
                {
                    state ??= RuleSql.StateOf(session, rule.Id, device.DeviceId);
                    RuleSql.Follow(session, rule, device.DeviceId, state, point.Value, at);
                }
            }
        }
    }

    /// <summary>Puts a device's news into the queues of its webhooks.</summary>
    public void Deliver(SqlSession session, HeardDevice device)
    {
        if (_hooks.Count > 0 && device.News.Count > 0)
        {
            HookSql.Queue(session, _hooks, device);
        }
    }
}

/// <summary>How it stands with a rule and a device.</summary>
internal sealed class RuleState
{
    /// <summary>Since when it is so, milliseconds since 1970; null = it is not.</summary>
    public long? Since { get; set; }

    /// <summary>When people were told; null = not yet.</summary>
    public long? RaisedAt { get; set; }
}

/// <summary>Keeps what rules and webhooks there are at hand: a message costs no look into the storage for them.</summary>
internal sealed class TelemetryRules(Store store, TimeProvider clock)
{
    /// <summary>What another process has changed is seen within this time, ms.</summary>
    private const long FreshMs = 5_000;

    private RuleBook? _book;
    private long _readAt;
    private int _isReading;

    /// <summary>The rules.</summary>
    public ValueTask<RuleBook> BookAsync()
    {
        long now = clock.GetUtcNow().ToUnixTimeMilliseconds();
        RuleBook? book = Volatile.Read(ref _book);
        bool isFresh = Math.Abs(now - Volatile.Read(ref _readAt)) < FreshMs;

        // While one message looks, the others go by what was known.
        return book is not null && (isFresh || Interlocked.Exchange(ref _isReading, 1) == 1)
            ? new ValueTask<RuleBook>(book)
            : new ValueTask<RuleBook>(ReadAsync(now));
    }

    /// <summary>Makes the next look fresh.</summary>
    public void Invalidate() => Volatile.Write(ref _book, null);

    private async Task<RuleBook> ReadAsync(long now)
    {
        try
        {
            RuleBook book = await store.ReadAsync(0, RuleSql.Book, settled: false).ConfigureAwait(false);
            Volatile.Write(ref _readAt, now);
            Volatile.Write(ref _book, book);
            return book;
        }
        finally
        {
            Volatile.Write(ref _isReading, 0);
        }
    }
}
