using System.Text.Json;
using System.Text.Json.Serialization;

namespace JamBox.Edge.Engine;

/// <summary>What a deployment is doing. Each is begun anew after a crash, so each must bear that.</summary>
[JsonConverter(typeof(LowerCaseConverter<JobStep>))]
public enum JobStep
{
    /// <summary>The package comes, or is here and looked into.</summary>
    Downloading,

    /// <summary>It is unpacked.</summary>
    Extracting,

    /// <summary><c>deploy.sh</c> runs.</summary>
    Deploying,

    /// <summary>It is asked whether it works.</summary>
    Checking,

    /// <summary>The link is turned to it: from here on there is no way back but a deployment of the one before.</summary>
    Switching,

    /// <summary>Modules are written.</summary>
    Modules,

    /// <summary>Whether a newer agent is in the package.</summary>
    Agent,

    /// <summary>A newer agent takes this one's place.</summary>
    Restarting,

    /// <summary>It failed after it had begun to run: the release before is deployed again.</summary>
    GoingBack,

    /// <summary>A try failed; the next comes later.</summary>
    Waiting,
}

/// <summary>A deployment that is being worked on.</summary>
public sealed record Job
{
    /// <summary>What for.</summary>
    public required Notice Notice { get; init; }

    /// <summary>What is being done.</summary>
    public JobStep Step { get; init; } = JobStep.Downloading;

    /// <summary>Where the next try begins, while it waits.</summary>
    public JobStep Next { get; init; } = JobStep.Downloading;

    /// <summary>Which try, from 1.</summary>
    public int Attempt { get; init; } = 1;

    /// <summary>How often the agent died in this step.</summary>
    public int Deaths { get; init; }

    /// <summary>The agent stopped in order; the death that follows is none.</summary>
    public bool Stopped { get; init; }

    /// <summary>Its <c>deploy.sh</c> has begun to run in this try.</summary>
    public bool HasBegun { get; init; }

    /// <summary>Of the script that runs, or ran when the agent died.</summary>
    public string? Token { get; init; }

    /// <summary>When it began.</summary>
    public required DateTimeOffset StartedAt { get; init; }

    /// <summary>When the next try is due.</summary>
    public DateTimeOffset? RetryAt { get; init; }

    /// <summary>Why the last try failed.</summary>
    public string? Error { get; init; }

    /// <summary>To try it again helps nothing.</summary>
    public bool IsHopeless { get; init; }

    /// <summary>The end of what the last script printed.</summary>
    public string? Tail { get; init; }

    /// <summary>Its modules, as far as they are.</summary>
    public IReadOnlyList<ModuleState>? Modules { get; init; }

    /// <summary>The SHA-256 of the agent that takes this one's place.</summary>
    public string? AgentSha256 { get; init; }
}

/// <summary>A release that runs or ran.</summary>
public sealed record ReleaseRecord
{
    /// <summary>Of the deployment.</summary>
    public required string Id { get; init; }

    /// <summary>Its version.</summary>
    public required string Version { get; init; }

    /// <summary>When it became what runs.</summary>
    public required DateTimeOffset At { get; init; }

    /// <summary>Modules that it has not been brought to are left.</summary>
    public bool HasOpenModules { get; init; }

    /// <summary>Its modules, as far as they came.</summary>
    public IReadOnlyList<ModuleState>? Modules { get; init; }

    /// <summary>A later one failed, and to go back to this one failed, too: it is not sure what runs.</summary>
    public bool IsDoubtful { get; init; }
}

/// <summary>A deployment that is over.</summary>
/// <param name="Id">Whose.</param>
/// <param name="NoticeTimestamp">Of the notice.</param>
/// <param name="Status">How it ended.</param>
/// <param name="Version">Its version.</param>
/// <param name="At">When.</param>
/// <param name="Error">What was wrong.</param>
public sealed record EndedDeployment(
    string Id, string NoticeTimestamp, DeploymentStatus Status, string? Version = null, DateTimeOffset? At = null, string? Error = null);

/// <summary>All that the agent must know after a crash: one file, replaced as a whole.</summary>
public sealed record AgentState
{
    /// <summary>Of the file.</summary>
    public int Format { get; init; } = 1;

    /// <summary>What runs; null on a new gateway.</summary>
    public ReleaseRecord? Current { get; init; }

    /// <summary>What ran before it.</summary>
    public ReleaseRecord? Previous { get; init; }

    /// <summary>Releases whose folders are kept, the one used last first.</summary>
    public IReadOnlyList<string> Releases { get; init; } = [];

    /// <summary>What is being worked on.</summary>
    public Job? Job { get; init; }

    /// <summary>The timestamp of the newest notice that was taken up.</summary>
    public DateTimeOffset? NewestNotice { get; init; }

    /// <summary>The number of the next report.</summary>
    public required long NextSeq { get; init; }

    /// <summary>Reports that may not have reached the queue yet: written together with what they report.</summary>
    public IReadOnlyList<StatusReport> Outbox { get; init; } = [];

    /// <summary>The last deployments that are over, the newest last.</summary>
    public IReadOnlyList<EndedDeployment> Ended { get; init; } = [];

    /// <summary>SHA-256 of agents that did not come up here: they are not tried again.</summary>
    public IReadOnlyList<string> RefusedAgents { get; init; } = [];
}

/// <summary>Reads and writes the journal.</summary>
/// <param name="files">The disk.</param>
/// <param name="folder">The agent's.</param>
public sealed class Journal(IFiles files, AgentFolder folder)
{
    private const int MaxBytes = 8 << 20;

    /// <summary>Reads the journal.</summary>
    /// <param name="fault">What was wrong with the file that is there; null when nothing was.</param>
    /// <returns>What it says; null when there is none, or none that can be read (it is put aside then).</returns>
    public AgentState? Load(out string? fault)
    {
        fault = null;
        bool isTooLong = files.Length(folder.State) > MaxBytes;
        byte[]? bytes = isTooLong ? [] : files.Read(folder.State, MaxBytes);
        if (bytes is null)
        {
            return null;
        }

        try
        {
            AgentState? state = JsonSerializer.Deserialize(bytes, JournalJson.Default.AgentState);
            if (state is { Format: 1 } && IsWhole(state))
            {
                return state;
            }

            fault = state is null ? "is empty" : state.Format == 1 ? "lacks parts" : $"has format {state.Format}, which is not known here";
        }
        catch (JsonException e)
        {
            fault = isTooLong ? $"has more than {MaxBytes >> 20} MB" : $"cannot be read: {e.Message}";
        }

        string aside = folder.State + ".bad";
        aside = files.FolderExists(aside) ? aside + ".file" : aside;
        files.Rename(folder.State, aside);
        fault = $"{folder.State} {fault}; it was put aside as {aside}";
        return null;
    }

    /// <summary>Writes the journal.</summary>
    /// <param name="state">What it is to say.</param>
    /// <exception cref="JournalException">It could not be written; the one before is what counts.</exception>
    public void Save(AgentState state)
    {
        try
        {
            files.Replace(folder.State, JsonSerializer.SerializeToUtf8Bytes(state, JournalJson.Default.AgentState), secret: true);
        }
        catch (Exception e) when (e is IOException or UnauthorizedAccessException)
        {
            throw new JournalException($"The journal could not be written: {e.Message}", e);
        }
    }

    // A null in JSON gets past "required".
    internal static bool IsWhole(AgentState state) =>
        state is { Releases: not null, Outbox: not null, Ended: not null, RefusedAgents: not null }
        && (state.Job is null || (state.Job.Notice is { } notice && notice.Id is { } id && Notice.IsId(id) && notice.Version is not null
            && notice.Sha256 is not null && notice.Timestamp is not null && notice.DownloadUrl is not null))
        && IsWhole(state.Current) && IsWhole(state.Previous)
        && state.Releases.All(static release => release is not null && Notice.IsId(release))
        && state.Outbox.All(static report => report?.DeploymentId is not null) && state.Ended.All(static ended => ended?.Id is not null);

    private static bool IsWhole(ReleaseRecord? release) =>
        release is null || (release.Id is not null && Notice.IsId(release.Id) && release.Version is not null);
}

/// <summary>The journal could not be written.</summary>
/// <param name="message">Why.</param>
/// <param name="inner">What the disk said.</param>
public sealed class JournalException(string message, Exception inner) : Exception(message, inner);

[JsonSourceGenerationOptions(
    PropertyNamingPolicy = JsonKnownNamingPolicy.CamelCase, DefaultIgnoreCondition = JsonIgnoreCondition.WhenWritingNull, MaxDepth = 16)]
[JsonSerializable(typeof(AgentState))]
[JsonSerializable(typeof(CompleteNote))]
[JsonSerializable(typeof(PartNote))]
[JsonSerializable(typeof(AgentUpdateNote))]
internal sealed partial class JournalJson : JsonSerializerContext;
