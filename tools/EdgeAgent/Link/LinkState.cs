using System.Buffers;
using System.Globalization;
using System.Text.Json;

using JamBox.Edge.Engine;

namespace JamBox.Edge.Link;

/// <summary>How the running agent stands with the server, as a file for "status" and "doctor".</summary>
/// <param name="WrittenAt">When it was written: an agent that runs writes it every 30 s, and what is new within 2 s.</param>
/// <param name="StartedAt">When the agent was started.</param>
/// <param name="Version">Its version.</param>
/// <param name="ServerAnsweredAt">When the server last answered; <c>null</c> = not since the start.</param>
/// <param name="IsBrokerConnected">Whether there is a connection to the broker.</param>
/// <param name="WaitingReports">How many reports wait for the server.</param>
/// <param name="ConfigFault">Why the configuration as it is now is not used; <c>null</c> = it is.</param>
/// <param name="ServerFault">Why the server's last answer was none, or a refusal; <c>null</c> = it was right.</param>
/// <param name="HasEnded">The agent has ended in order: these are its last words.</param>
internal sealed record LinkState(
    DateTimeOffset WrittenAt, DateTimeOffset StartedAt, string Version, DateTimeOffset? ServerAnsweredAt, bool IsBrokerConnected,
    int WaitingReports, string? ConfigFault, string? ServerFault, bool HasEnded)
{
    private const int MaxBytes = 16 * 1024;

    /// <summary>An agent that runs writes four times as often.</summary>
    private static readonly TimeSpan s_silent = TimeSpan.FromMinutes(2);

    /// <summary>Where it lies.</summary>
    /// <param name="folder">The agent's folder.</param>
    public static string PathIn(string folder) => Path.Combine(folder, "link.json");

    /// <summary>Reads it.</summary>
    /// <param name="files">The disk.</param>
    /// <param name="folder">The agent's folder.</param>
    /// <returns><c>null</c> = there is none, or it is damaged.</returns>
    public static LinkState? Read(IFiles files, string folder)
    {
        try
        {
            if (files.Read(PathIn(folder), MaxBytes) is not { } json)
            {
                return null;
            }

            using JsonDocument document = JsonDocument.Parse(json);
            JsonElement root = document.RootElement;
            return new LinkState(
                root.GetProperty("writtenAt").GetDateTimeOffset(), root.GetProperty("startedAt").GetDateTimeOffset(),
                root.GetProperty("version").GetString() ?? "?",
                root.GetProperty("serverAnsweredAt") is { ValueKind: JsonValueKind.String } answered ? answered.GetDateTimeOffset() : null,
                root.GetProperty("isBrokerConnected").GetBoolean(), root.GetProperty("waitingReports").GetInt32(),
                root.GetProperty("configFault").GetString(),
                root.TryGetProperty("serverFault", out JsonElement fault) ? fault.GetString() : null,
                root.TryGetProperty("hasEnded", out JsonElement ended) && ended.GetBoolean());
        }
        catch (Exception damaged) when (damaged is JsonException or InvalidOperationException or KeyNotFoundException or FormatException
            or IOException or UnauthorizedAccessException)
        {
            return null;
        }
    }

    /// <summary>Writes it. It is news only: a loss of power may take it.</summary>
    /// <param name="files">The disk.</param>
    /// <param name="folder">The agent's folder.</param>
    /// <exception cref="IOException">It cannot be written.</exception>
    public void Write(IFiles files, string folder)
    {
        ArrayBufferWriter<byte> json = new();
        using (Utf8JsonWriter writer = new(json))
        {
            writer.WriteStartObject();
            writer.WriteString("writtenAt", WrittenAt);
            writer.WriteString("startedAt", StartedAt);
            writer.WriteString("version", Version);
            if (ServerAnsweredAt is { } answered)
            {
                writer.WriteString("serverAnsweredAt", answered);
            }
            else
            {
                writer.WriteNull("serverAnsweredAt");
            }

            writer.WriteBoolean("isBrokerConnected", IsBrokerConnected);
            writer.WriteNumber("waitingReports", WaitingReports);
            writer.WriteString("configFault", ConfigFault);
            writer.WriteString("serverFault", ServerFault);
            writer.WriteBoolean("hasEnded", HasEnded);
            writer.WriteEndObject();
        }

        string path = PathIn(folder);
        using (IFileWriter file = files.Create(path + ".new"))
        {
            file.Write(json.WrittenSpan);
        }

        files.Rename(path + ".new", path);
    }

    /// <summary>Whether the agent runs.</summary>
    /// <param name="now">The time.</param>
    public bool IsRunning(DateTimeOffset now) => !HasEnded && now - WrittenAt < s_silent;

    /// <summary>Whether there is news in it, compared with another one.</summary>
    /// <param name="before">The other one; <c>null</c> = none.</param>
    public bool IsNews(LinkState? before) =>
        before is null || this with { WrittenAt = before.WrittenAt, ServerAnsweredAt = before.ServerAnsweredAt } != before
        || (ServerAnsweredAt is null) != (before.ServerAnsweredAt is null);

    /// <summary>How long ago something was, for people.</summary>
    /// <param name="span">The time since.</param>
    public static string Ago(TimeSpan span) => span switch
    {
        { TotalMinutes: < 2 } => string.Create(CultureInfo.InvariantCulture, $"{Math.Max(0, span.TotalSeconds):0} s ago"),
        { TotalHours: < 2 } => string.Create(CultureInfo.InvariantCulture, $"{span.TotalMinutes:0} min ago"),
        { TotalDays: < 2 } => string.Create(CultureInfo.InvariantCulture, $"{span.TotalHours:0} h ago"),
        _ => string.Create(CultureInfo.InvariantCulture, $"{span.TotalDays:0} days ago"),
    };
}
