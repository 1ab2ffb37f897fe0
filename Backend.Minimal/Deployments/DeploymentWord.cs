using System.Globalization;
using System.Text;
using System.Text.Json;

using JamBox.Backend.Wire;
using JamBox.Deployments;

namespace JamBox.Backend.Deployments;

/// <summary>
/// What a gateway says of a deployment. Members that are not known are skipped: newer agents may say more, and old watchers say less.
/// </summary>
internal sealed class DeploymentWord
{
    /// <summary>Bytes of a word at most.</summary>
    public const int MaxBytes = 512 * 1024;

    /// <summary>Characters of a log that are kept: its end.</summary>
    public const int MaxLogChars = 16 * 1024;

    /// <summary>Characters of an error that are kept.</summary>
    public const int MaxErrorChars = 2000;

    /// <summary>Modules at most.</summary>
    public const int MaxModules = 500;

    private const int MaxTextChars = 64;
    private const long MaxSeq = 1L << 53;
    private const int MaxAttempt = 1000;

    /// <summary>Numbers below are seconds, those above milliseconds, since 1970.</summary>
    private const long SecondsBelow = 100_000_000_000;

    private static readonly string s_moduleRule =
        $"must have a hostname of its own (letters, digits and hyphens), a status of {string.Join(", ", ModuleStatus.All)}, "
        + "and percent and ms as numbers where they are there";

    private const string NotOneObject = "Body must be one JSON object";

    /// <summary>The deployment.</summary>
    public string DeploymentId { get; private set; } = "";

    /// <summary>One of <see cref="DeploymentStatus.All"/>.</summary>
    public string Status { get; private set; } = "";

    /// <summary>The version that the gateway takes it for.</summary>
    public string? Version { get; private set; }

    /// <summary>Of the step, per cent.</summary>
    public int? Progress { get; private set; }

    /// <summary>When it was so, by the gateway's clock, milliseconds since 1970.</summary>
    public long? SaidAt { get; private set; }

    /// <summary>What went wrong.</summary>
    public string? Error { get; private set; }

    /// <summary>The gateway, where it is named.</summary>
    public string? Gateway { get; private set; }

    /// <summary>Which try it is, from 1.</summary>
    public int? Attempt { get; private set; }

    /// <summary>The timestamp of the notice that began it, milliseconds since 1970.</summary>
    public long? NoticeAt { get; private set; }

    /// <summary>The version of the agent.</summary>
    public string? AgentVersion { get; private set; }

    /// <summary>The end of what its scripts have printed.</summary>
    public string? Log { get; private set; }

    /// <summary>The deployment that runs there now.</summary>
    public string? Current { get; private set; }

    /// <summary>The one that ran before.</summary>
    public string? Previous { get; private set; }

    /// <summary>The modules; null = it says nothing of them.</summary>
    public IReadOnlyList<ModuleWord>? Modules { get; private set; }

    /// <summary>Its number, rising from word to word of a gateway; null = it does not count.</summary>
    public long? Seq { get; private set; }

    /// <summary>Reads a word.</summary>
    /// <param name="utf8">Its bytes.</param>
    /// <param name="fault">What is wrong, in plain words that echo nothing but names of ours.</param>
    /// <returns>Null when something is wrong.</returns>
    public static DeploymentWord? Parse(ReadOnlyMemory<byte> utf8, out string? fault)
    {
        try
        {
            using JsonDocument document = JsonDocument.Parse(utf8, new JsonDocumentOptions { MaxDepth = 16 });
            DeploymentWord word = new();
            fault = document.RootElement.ValueKind == JsonValueKind.Object ? word.Take(document.RootElement) : NotOneObject;
            return fault is null ? word : null;
        }
        catch (Exception broken) when (broken is JsonException or InvalidOperationException)
        {
            // The latter: text that is no UTF-8, or half a surrogate.
            fault = NotOneObject;
            return null;
        }
    }

    /// <returns>What is wrong; null = nothing.</returns>
    private string? Take(JsonElement json)
    {
        string? id = Text(json, "deploymentId", 64)?.ToLowerInvariant();
        if (!GatewayText.IsDeploymentId(id))
        {
            return "deploymentId: must be the id of the notice";
        }

        DeploymentId = id!;
        Status = Text(json, "status", MaxTextChars) ?? "";
        if (!DeploymentStatus.All.Contains(Status))
        {
            return $"status: must be {string.Join(", ", DeploymentStatus.All[..^1])} or {DeploymentStatus.All[^1]}";
        }

        if (!TryNumber(json, "progress", 0, 100, isWhole: false, out long? progress))
        {
            return "progress: must be a number from 0 to 100";
        }

        if (!TryMoment(json, "timestamp", out long? said) || !TryMoment(json, "noticeTimestamp", out long? noticed))
        {
            return "timestamp and noticeTimestamp: must be times such as 2026-11-28T18:00:00.000Z";
        }

        if (!TryNumber(json, "seq", 0, MaxSeq, isWhole: true, out long? seq)
            || !TryNumber(json, "attempt", 1, MaxAttempt, isWhole: true, out long? attempt))
        {
            return "seq and attempt: must be whole numbers, seq from 0, attempt from 1 to 1000";
        }

        (Progress, SaidAt, NoticeAt, Seq, Attempt) = ((int?)progress, said, noticed, seq, (int?)attempt);
        Version = Text(json, "version", MaxTextChars);
        Error = Text(json, "error", MaxErrorChars);
        Gateway = Text(json, "gateway", MaxTextChars) ?? Text(json, "device_id", MaxTextChars);
        AgentVersion = Text(json, "agentVersion", MaxTextChars);
        Log = Raw(json, "log") is { } log
            ? GatewayText.Clean(log.ReplaceLineEndings("\n"), MaxLogChars, isTail: true, hasLines: true)
            : null;
        Current = Id(json, "current");
        Previous = Id(json, "previous");
        return TakeModules(json);
    }

    private string? TakeModules(JsonElement json)
    {
        if (!json.TryGetProperty("modules", out JsonElement list) || list.ValueKind == JsonValueKind.Null)
        {
            return null;
        }

        if (list.ValueKind != JsonValueKind.Array || list.GetArrayLength() > MaxModules)
        {
            return "modules: must be a list of at most 500 modules";
        }

        List<ModuleWord> modules = [];
        HashSet<string> hostnames = new(StringComparer.OrdinalIgnoreCase);
        foreach (JsonElement one in list.EnumerateArray())
        {
            string? hostname = one.ValueKind == JsonValueKind.Object ? Text(one, "hostname", MaxTextChars) : null;
            string? status = hostname is null ? null : Text(one, "status", MaxTextChars);
            if (!ModuleName.IsHostname(hostname) || !hostnames.Add(hostname!) || !ModuleStatus.All.Contains(status)
                || !TryNumber(one, "percent", 0, 100, isWhole: false, out long? percent)
                || !TryNumber(one, "ms", 0, MaxSeq, isWhole: false, out long? ms))
            {
                return string.Create(
                    CultureInfo.InvariantCulture,
                    $"modules[{modules.Count}]: {s_moduleRule}");
            }

            modules.Add(new ModuleWord(
                hostname!, Text(one, "type", MaxTextChars), Text(one, "name", MaxTextChars), status!, Text(one, "before", MaxTextChars),
                Text(one, "after", MaxTextChars), Text(one, "expected", MaxTextChars), (int?)percent,
                Text(one, "error", MaxErrorChars / 4), ms));
        }

        Modules = modules;
        return null;
    }

    private static string? Raw(JsonElement json, string name) =>
        json.TryGetProperty(name, out JsonElement value) && value.ValueKind == JsonValueKind.String ? value.GetString() : null;

    private static string? Text(JsonElement json, string name, int maxChars) =>
        Raw(json, name) is { Length: > 0 } text && GatewayText.Clean(text, maxChars) is { Length: > 0 } clean ? clean : null;

    private static string? Id(JsonElement json, string name) =>
        Raw(json, name)?.ToLowerInvariant() is { } id && GatewayText.IsDeploymentId(id) ? id : null;

    private static bool TryNumber(JsonElement json, string name, long least, long most, bool isWhole, out long? number)
    {
        number = null;
        if (!json.TryGetProperty(name, out JsonElement value) || value.ValueKind == JsonValueKind.Null)
        {
            return true;
        }

        if (value.ValueKind != JsonValueKind.Number || !value.TryGetDouble(out double real) || !(real >= least && real <= most)
            || (isWhole && !value.TryGetInt64(out _)))
        {
            return false;
        }

        number = (long)real;
        return true;
    }

    /// <summary>ISO 8601, with or without a zone (then it is UTC), or seconds or milliseconds since 1970: old scripts say either.</summary>
    private static bool TryMoment(JsonElement json, string name, out long? ms)
    {
        ms = null;
        if (!json.TryGetProperty(name, out JsonElement value) || value.ValueKind == JsonValueKind.Null)
        {
            return true;
        }

        if (value.ValueKind == JsonValueKind.Number && value.TryGetDouble(out double number) && number is > 0 and < 100_000_000_000_000)
        {
            ms = (long)(number < SecondsBelow ? number * 1000 : number);
            return true;
        }

        if (value.ValueKind != JsonValueKind.String || value.GetString() is not { Length: > 0 and <= 64 } text
            || !DateTimeOffset.TryParse(
                text, CultureInfo.InvariantCulture, DateTimeStyles.AssumeUniversal | DateTimeStyles.AdjustToUniversal,
                out DateTimeOffset at)
            || at < DateTimeOffset.UnixEpoch || at.Year > 9000)
        {
            return false;
        }

        ms = at.ToUnixTimeMilliseconds();
        return true;
    }
}

/// <summary>What a gateway says of a module.</summary>
internal sealed record ModuleWord(
    string Hostname, string? Type, string? Name, string Status, string? Before, string? After, string? Expected, int? Percent,
    string? Error, long? Ms);
