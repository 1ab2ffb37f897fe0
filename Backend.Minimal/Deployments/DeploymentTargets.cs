using System.Globalization;
using System.Security.Cryptography;
using System.Text;
using System.Text.Json;

using JamBox.Backend.Demo;
using JamBox.Backend.Places;
using JamBox.Backend.Storage;

namespace JamBox.Backend.Deployments;

/// <summary>Where a deployment is to go: to all gateways, some, or those at some places; at once, or by stages.</summary>
internal sealed class DeploymentTargets
{
    /// <summary>Bytes of the text at most.</summary>
    public const int MaxBytes = 64 * 1024;

    /// <summary>Gateways that are named, at most.</summary>
    public const int MaxGateways = 1000;

    /// <summary>Places that are named, at most.</summary>
    public const int MaxPlaces = 100;

    /// <summary>Stages at most.</summary>
    public const int MaxStages = 20;

    /// <summary>Minutes between stages, unless said.</summary>
    private const int DefaultWaitMinutes = 60;

    private const int MaxWaitMinutes = 30 * 24 * 60;
    private const int MaxMaxFailures = 1_000_000;

    private const string Shape =
        "targets: must be {\"all\":true}, {\"gateways\":[…]} or {\"places\":[…]}, each with "
        + "\"stages\":[{\"percent\":10},{\"percent\":100}], \"waitMinutes\" and \"maxFailures\" if you like";

    /// <summary>Nowhere: it is only stored.</summary>
    public static readonly DeploymentTargets None = new() { IsNone = true };

    /// <summary>All gateways, at once: what those who say nothing mean.</summary>
    public static readonly DeploymentTargets All = new();

    /// <summary>Whether it goes nowhere.</summary>
    public bool IsNone { get; private init; }

    /// <summary>The gateways; empty = not by name.</summary>
    public IReadOnlyList<string> Gateways { get; private init; } = [];

    /// <summary>The places; empty = not by place.</summary>
    public IReadOnlyList<long> Places { get; private init; } = [];

    /// <summary>The stages, per cent, rising to 100; empty = at once.</summary>
    public IReadOnlyList<int> Percents { get; private init; } = [];

    /// <summary>How long a stage is looked at before the next, min.</summary>
    public int WaitMinutes { get; private init; }

    /// <summary>Failures that are borne; one more stops it. Null = any number.</summary>
    public int? MaxFailures { get; private init; }

    /// <summary>Whether it is for all gateways.</summary>
    public bool IsAll => !IsNone && Gateways.Count == 0 && Places.Count == 0;

    /// <summary>Reads them.</summary>
    /// <param name="json">As somebody has sent it; null or empty = all gateways at once, <c>"none"</c> or <c>none</c> = nowhere.</param>
    /// <param name="fault">What is wrong, and what would be right.</param>
    /// <returns>Null when something is wrong.</returns>
    public static DeploymentTargets? Parse(string? json, out string? fault)
    {
        fault = null;
        if (string.IsNullOrWhiteSpace(json))
        {
            return All;
        }

        if (json.Trim() is "none" or "\"none\"")
        {
            return None;
        }

        if (Encoding.UTF8.GetByteCount(json) > MaxBytes)
        {
            fault = "targets: must have at most 64 KB";
            return null;
        }

        try
        {
            using JsonDocument document = JsonDocument.Parse(json, new JsonDocumentOptions { MaxDepth = 8 });
            return Parse(document.RootElement, out fault);
        }
        catch (Exception broken) when (broken is JsonException or InvalidOperationException or ArgumentException)
        {
            // The others: half of a surrogate pair.
            fault = Shape;
            return null;
        }
    }

    /// <summary>Reads them.</summary>
    /// <param name="json">The object.</param>
    /// <param name="fault">What is wrong, and what would be right.</param>
    /// <returns>Null when something is wrong.</returns>
    public static DeploymentTargets? Parse(JsonElement json, out string? fault)
    {
        fault = Shape;
        if (json.ValueKind == JsonValueKind.String && json.GetString() == "none")
        {
            fault = null;
            return None;
        }

        if (json.ValueKind != JsonValueKind.Object)
        {
            return null;
        }

        Draft draft = new();
        HashSet<string> names = new(StringComparer.Ordinal);
        foreach (JsonProperty member in json.EnumerateObject())
        {
            fault = names.Add(member.Name) ? draft.Take(member.Name, member.Value) : "targets: says something twice";
            if (fault is not null)
            {
                return null;
            }
        }

        int ways = (draft.IsAll ? 1 : 0) + (draft.Gateways is null ? 0 : 1) + (draft.Places is null ? 0 : 1);
        fault = ways > 1 ? "targets: all, gateways and places exclude each other: say one of them"
            : ways == 0 && draft.Percents is null ? Shape
            : null;
        return fault is not null ? null : new DeploymentTargets
        {
            Gateways = draft.Gateways ?? [],
            Places = draft.Places ?? [],
            Percents = draft.Percents ?? [],
            WaitMinutes = draft.Percents is null ? 0 : draft.WaitMinutes ?? DefaultWaitMinutes,
            MaxFailures = draft.MaxFailures ?? (draft.Percents is null ? null : 1),
        };
    }

    /// <summary>As they were kept.</summary>
    /// <param name="json">Whom they name, as <see cref="ToJson"/> has written it.</param>
    /// <param name="percents">The stages, with commas between.</param>
    /// <param name="waitMinutes">Between stages.</param>
    /// <param name="maxFailures">Failures that are borne.</param>
    public static DeploymentTargets Stored(string json, string percents, int waitMinutes, int? maxFailures)
    {
        DeploymentTargetsView view = JsonSerializer.Deserialize(json, GatewayJson.Default.DeploymentTargetsView)!;
        return new DeploymentTargets
        {
            Gateways = view.Gateways ?? [],
            Places = view.Places ?? [],
            Percents = percents.Length == 0
                ? []
                : [.. percents.Split(',').Select(static one => int.Parse(one, CultureInfo.InvariantCulture))],
            WaitMinutes = waitMinutes,
            MaxFailures = maxFailures,
        };
    }

    /// <summary>As it is kept, and shown.</summary>
    public string ToJson() => JsonSerializer.Serialize(ToView(), GatewayJson.Default.DeploymentTargetsView);

    /// <summary>Whom they name, as it is shown.</summary>
    public DeploymentTargetsView ToView() =>
        new(IsAll ? true : null, Gateways.Count == 0 ? null : Gateways, Places.Count == 0 ? null : Places);

    /// <summary>What is wrong with what it names; null = nothing.</summary>
    public string? FindFault(SqlSession session)
    {
        foreach (string gateway in Gateways)
        {
            using SqlStatement row = session.Query(
                "SELECT 1 FROM devices WHERE device_id = $1 AND kind = 'gateway' AND status = 'active' AND is_demo = 0", gateway);
            if (!row.Read())
            {
                return $"targets: there is no gateway {gateway} in use";
            }
        }

        foreach (long place in Places)
        {
            if (!PlaceSql.IsInUse(session, place) || DemoSql.IsDemo(session, place))
            {
                return string.Create(CultureInfo.InvariantCulture, $"targets: there is no place {place} in use");
            }
        }

        return null;
    }

    /// <summary>Whether all that it names is at places of somebody's; all gateways are nobody's but whose all places are.</summary>
    /// <param name="session">The connection.</param>
    /// <param name="scope">As <see cref="Security.Caller.Scope"/>; null = everywhere.</param>
    public bool IsWithin(SqlSession session, string? scope)
    {
        if (scope is null || IsNone)
        {
            return true;
        }

        foreach (string gateway in Gateways)
        {
            if (!Devices.DeviceSql.IsVisible(session, (gateway, scope)))
            {
                return false;
            }
        }

        foreach (long place in Places)
        {
            using SqlStatement row = session.Query("SELECT 1 FROM scopes WHERE scope = $1 AND place_id = $2", scope, place);
            if (!row.Read())
            {
                return false;
            }
        }

        return !IsAll;
    }

    /// <summary>The same of what was kept. Gateways that were retired since are left out: nothing is done with them any more.</summary>
    /// <param name="sight">What somebody sees; null = all.</param>
    public bool IsWithin(DeploymentSight? sight) =>
        sight is null || IsNone || (!IsAll && !Gateways.Any(sight.IsOfOthers) && Places.All(sight.Sees));

    /// <summary>Whether something that it names is at places of somebody's; what is for all is.</summary>
    /// <param name="sight">What somebody sees; null = all.</param>
    public bool Touches(DeploymentSight? sight) => sight is null || IsAll || Gateways.Any(sight.Sees) || Places.Any(sight.Sees);

    /// <summary>Whom they name, as somebody may see it.</summary>
    /// <param name="sight">What somebody sees; null = all.</param>
    public DeploymentTargetsView ToView(DeploymentSight? sight) => sight is null ? ToView() : new DeploymentTargetsView(
        IsAll ? true : null, Gateways.Count == 0 ? null : [.. Gateways.Where(sight.Sees)],
        Places.Count == 0 ? null : [.. Places.Where(sight.Sees)]);

    /// <summary>The gateways that are meant now, each deployment in another order, and always in the same.</summary>
    /// <param name="session">The connection.</param>
    /// <param name="deploymentId">The deployment.</param>
    public List<string> Find(SqlSession session, string deploymentId)
    {
        HashSet<string> named = new(Gateways, StringComparer.Ordinal);
        HashSet<long> places = [.. Places];
        List<string> found = [];
        using (SqlStatement row = session.Query(
            "SELECT device_id, place_id FROM devices WHERE kind = 'gateway' AND status = 'active' AND is_demo = 0"))
        {
            while (row.Read())
            {
                if (IsAll || named.Contains(row.Text(0)) || (row.Int64OrNull(1) is { } place && places.Contains(place)))
                {
                    found.Add(row.Text(0));
                }
            }
        }

        return [.. found.OrderBy(gateway => Rank(deploymentId, gateway), StringComparer.Ordinal)];
    }

    /// <summary>Not the same ones first each time, and not by chance: another process, and a restart, must choose the same.</summary>
    private static string Rank(string deploymentId, string gateway) =>
        Convert.ToHexString(SHA256.HashData(Encoding.UTF8.GetBytes($"{deploymentId} {gateway}")));

    private sealed class Draft
    {
        public bool IsAll { get; private set; }

        public List<string>? Gateways { get; private set; }

        public List<long>? Places { get; private set; }

        public List<int>? Percents { get; private set; }

        public int? WaitMinutes { get; private set; }

        public int? MaxFailures { get; private set; }

        /// <returns>What is wrong; null = it is taken.</returns>
        public string? Take(string name, JsonElement value)
        {
            switch (name)
            {
                case "all":
                    IsAll = value.ValueKind == JsonValueKind.True;
                    return IsAll ? null : "targets.all: must be true; leave it away, and name gateways or places instead";
                case "gateways":
                    Gateways = Items(value, MaxGateways, static (JsonElement one, out string id) =>
                        (id = (one.ValueKind == JsonValueKind.String ? one.GetString() : null) ?? "").Length is > 0 and <= 40
                        && id.All(static c => char.IsAsciiLetterOrDigit(c) || c is '_' or '-'));
                    return Gateways is null ? "targets.gateways: must be 1 to 1000 ids of gateways, each once" : null;
                case "places":
                    Places = Items(value, MaxPlaces, static (JsonElement one, out long id) =>
                    {
                        id = 0;
                        return one.ValueKind == JsonValueKind.Number && one.TryGetInt64(out id) && id > 0;
                    });
                    return Places is null ? "targets.places: must be 1 to 100 ids of places, each once" : null;
                case "stages":
                    Percents = Items<int>(value, MaxStages, TryPercent);
                    return Percents?[^1] == 100 && Percents.Zip(Percents.Skip(1)).All(static two => two.First < two.Second)
                        ? null
                        : "targets.stages: must be 1 to 20 of {\"percent\":1…100}, rising, the last one 100";
                case "waitMinutes":
                    WaitMinutes = Number(value, MaxWaitMinutes);
                    return WaitMinutes is null ? "targets.waitMinutes: must be a whole number from 0 to 43200" : null;
                case "maxFailures":
                    MaxFailures = Number(value, MaxMaxFailures);
                    return MaxFailures is null ? "targets.maxFailures: must be a whole number from 0 to 1000000" : null;
                default:
                    return Shape;
            }
        }

        private static bool TryPercent(JsonElement one, out int percent)
        {
            percent = 0;
            return one.ValueKind == JsonValueKind.Object && one.EnumerateObject().Count() == 1
                && one.TryGetProperty("percent", out JsonElement value) && value.ValueKind == JsonValueKind.Number
                && value.TryGetInt32(out percent) && percent is > 0 and <= 100;
        }

        private static int? Number(JsonElement value, int most) =>
            value.ValueKind == JsonValueKind.Number && value.TryGetInt32(out int number) && number >= 0 && number <= most ? number : null;

        private delegate bool TryRead<T>(JsonElement one, out T item);

        private static List<T>? Items<T>(JsonElement value, int most, TryRead<T> read)
        {
            if (value.ValueKind != JsonValueKind.Array || value.GetArrayLength() is 0 || value.GetArrayLength() > most)
            {
                return null;
            }

            HashSet<T> items = [];
            foreach (JsonElement one in value.EnumerateArray())
            {
                if (!read(one, out T item) || !items.Add(item))
                {
                    return null;
                }
            }

            return [.. items];
        }
    }
}
