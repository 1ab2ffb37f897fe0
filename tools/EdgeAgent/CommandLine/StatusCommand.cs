using System.CommandLine;
using System.Globalization;
using System.Text.Json;

using JamBox.Edge.Configuration;
using JamBox.Edge.Engine;
using JamBox.Edge.Link;

namespace JamBox.Edge.CommandLine;

/// <summary>Shows what runs here, what is being deployed, and how the agent stands with the server. Reads files only.</summary>
internal static class StatusCommand
{
    private const int MaxJournal = 8 << 20;

    /// <summary>Makes the command.</summary>
    /// <param name="terminal">The world around.</param>
    public static Command Create(AgentTerminal terminal)
    {
        Option<string?> config = CommandLineInterface.ConfigOption();
        Option<bool> json = CommandLineInterface.JsonOption();
        Command command =
            new("status", "Shows what runs here, what is being deployed, and how the agent stands with the server.") { config, json };
        command.SetAction(parsed =>
        {
            string file = AgentPaths.ConfigOf(terminal, parsed.GetValue(config));
            AgentSettings? settings = TryLoad(terminal, file, out IReadOnlyList<string> faults);
            AgentFolder folder = new(settings?.Folder ?? LiveSettings.FindFolder(file, terminal.Environment));
            AgentState? state = Read(folder, out string? fault);
            LinkState? link = LinkState.Read(new DiskFiles(), folder.Root);
            bool isRunning = link?.IsRunning(terminal.Time.GetUtcNow()) == true;
            if (parsed.GetValue(json))
            {
                WriteJson(terminal, settings, faults, state, link, isRunning, fault);
            }
            else
            {
                Write(terminal, settings, folder, state, link, isRunning);
            }

            foreach (string wrong in fault is null ? faults : faults.Append(fault))
            {
                terminal.Error.WriteLine($"edge-agent: {wrong}");
            }

            return faults.Count > 0 ? ExitCode.BadInput : fault is null ? ExitCode.Done : ExitCode.Refused;
        });
        return command;
    }

    /// <summary>Reads the journal, and leaves it as it is: it is the agent's that runs.</summary>
    /// <param name="folder">The agent's folder.</param>
    /// <param name="fault">Why it cannot be read.</param>
    /// <returns><c>null</c> = there is none, or it cannot be read.</returns>
    internal static AgentState? Read(AgentFolder folder, out string? fault)
    {
        fault = null;
        try
        {
            if (new DiskFiles().Read(folder.State, MaxJournal) is not { } bytes)
            {
                return null;
            }

            if (JsonSerializer.Deserialize(bytes, JournalJson.Default.AgentState) is { } state && Journal.IsWhole(state))
            {
                return state;
            }

            fault = $"{folder.State} lacks parts: the agent puts it aside at its next start";
            return null;
        }
        catch (Exception broken) when (broken is JsonException or IOException or UnauthorizedAccessException)
        {
            fault = $"{folder.State} cannot be read: {broken.Message.TrimEnd('.')}";
            return null;
        }
    }

    /// <summary>What is being done, in words.</summary>
    internal static string Shown(Job job)
    {
        string what = job.Step switch
        {
            JobStep.Downloading => "is downloaded",
            JobStep.Extracting => "is unpacked",
            JobStep.Deploying => "is deployed (deploy.sh runs)",
            JobStep.Checking => "is checked",
            JobStep.Switching => "is switched to",
            JobStep.Modules => "is brought to the modules",
            JobStep.Agent or JobStep.Restarting => "renews the agent",
            JobStep.GoingBack => "failed, and the release before is deployed again",
            _ => "waits for its next try",
        };
        return string.Create(
            CultureInfo.InvariantCulture,
            $"{job.Notice.Version} ({job.Notice.Id}) {what}, try {job.Attempt}{(job.Error is { } error ? ": " + error : string.Empty)}");
    }

    /// <summary>Where all stands that the scripts of a deployment printed which did not end well.</summary>
    /// <returns><c>null</c> = it ended well, or none of them ran.</returns>
    internal static string? LogOf(AgentFolder folder, EndedDeployment ended) =>
        ended.Status == DeploymentStatus.Failed && File.Exists(folder.Log(ended.Id)) ? folder.Log(ended.Id) : null;

    /// <summary>An agent that runs goes by the configuration before a wrong one: what it does is to be seen all the same.</summary>
    private static AgentSettings? TryLoad(AgentTerminal terminal, string file, out IReadOnlyList<string> faults)
    {
        faults = [];
        try
        {
            return LiveSettings.Load(file, terminal.Environment);
        }
        catch (SettingsException wrong)
        {
            faults = wrong.Faults;
            return null;
        }
    }

    private static void Write(
        AgentTerminal terminal, AgentSettings? settings, AgentFolder folder, AgentState? state, LinkState? link, bool isRunning)
    {
        DateTimeOffset now = terminal.Time.GetUtcNow();
        void Line(string name, string text) => terminal.Out.WriteLine($"{name,-10} {text}");
        Line("gateway", settings?.ToString() ?? "the configuration cannot be used");
        Line("agent", isRunning
            ? $"{link!.Version} runs since {LinkState.Ago(now - link.StartedAt)}"
            : link is null ? "has not run here yet" : $"does not run; it was last there {LinkState.Ago(now - link.WrittenAt)}");
        if (isRunning)
        {
            string answered = link!.ServerAnsweredAt is { } at ? $"answered {LinkState.Ago(now - at)}" : "has not answered yet";
            Line("server", link.ServerFault is { } why ? $"{answered}; {why}" : answered);
            Line("broker", link.IsBrokerConnected ? "connected"
                : settings is null ? "no connection, or none is configured"
                : settings.MqttBroker is null ? "none is configured" : "no connection");
            Line("reports", string.Create(CultureInfo.InvariantCulture, $"{link.WaitingReports} wait"));
            if (link.ConfigFault is { } wrong)
            {
                Line("config", $"the one before this one is used: {wrong}");
            }
        }

        Line("runs", Shown(state?.Current, now));
        Line("before", Shown(state?.Previous, now));
        Line("now", state?.Job is { } job ? Shown(job) : "nothing is being deployed");
        if (state?.Ended is [.., { } last])
        {
            Line("last",
                $"{last.Version} ({last.Id}) {last.Status.ToString().ToLowerInvariant()}"
                + (last.Error is { } error ? ": " + error : string.Empty));
            if (LogOf(folder, last) is { } log)
            {
                Line("log", log);
            }
        }
    }

    private static string Shown(ReleaseRecord? release, DateTimeOffset now) => release is null
        ? "nothing"
        : $"{release.Version} ({release.Id}), since {LinkState.Ago(now - release.At)}{(release.HasOpenModules ? "; modules are left" : string.Empty)}"
            + (release.IsDoubtful ? "; it is not sure that it runs" : string.Empty);

    private static void WriteJson(
        AgentTerminal terminal, AgentSettings? settings, IReadOnlyList<string> faults, AgentState? state, LinkState? link, bool isRunning,
        string? fault) => terminal.Json(writer =>
        {
            writer.WriteStartObject();
            writer.WriteString("gateway", settings?.Gateway);
            writer.WriteString("server", settings?.Server.AbsoluteUri);
            writer.WriteStartArray("configurationFaults");
            foreach (string wrong in faults)
            {
                writer.WriteStringValue(wrong);
            }

            writer.WriteEndArray();
            writer.WriteBoolean("running", isRunning);
            writer.WriteString("agentVersion", link?.Version);
            writer.WriteString("serverFault", link?.ServerFault);
            writer.WriteString("serverAnsweredAt", link?.ServerAnsweredAt?.UtcDateTime.ToString("O", CultureInfo.InvariantCulture));
            writer.WriteBoolean("brokerConnected", isRunning && link!.IsBrokerConnected);
            writer.WriteNumber("waitingReports", link?.WaitingReports ?? 0);
            writer.WriteString("configFault", link?.ConfigFault);
            Write(writer, "current", state?.Current);
            Write(writer, "previous", state?.Previous);
            writer.WriteStartObject("job");
            if (state?.Job is { } job)
            {
                writer.WriteString("id", job.Notice.Id);
                writer.WriteString("version", job.Notice.Version);
                writer.WriteString("step", job.Step.ToString().ToLowerInvariant());
                writer.WriteNumber("attempt", job.Attempt);
                writer.WriteString("error", job.Error);
            }

            writer.WriteEndObject();
            writer.WriteStartArray("ended");
            foreach (EndedDeployment ended in state?.Ended ?? [])
            {
                writer.WriteStartObject();
                writer.WriteString("id", ended.Id);
                writer.WriteString("version", ended.Version);
                writer.WriteString("status", ended.Status.ToString().ToLowerInvariant());
                writer.WriteString("noticeTimestamp", ended.NoticeTimestamp);
                writer.WriteString("error", ended.Error);
                writer.WriteEndObject();
            }

            writer.WriteEndArray();
            writer.WriteString("fault", fault);
            writer.WriteEndObject();
        });

    private static void Write(Utf8JsonWriter writer, string name, ReleaseRecord? release)
    {
        if (release is null)
        {
            writer.WriteNull(name);
            return;
        }

        writer.WriteStartObject(name);
        writer.WriteString("id", release.Id);
        writer.WriteString("version", release.Version);
        writer.WriteString("at", release.At);
        writer.WriteBoolean("openModules", release.HasOpenModules);
        writer.WriteEndObject();
    }
}
