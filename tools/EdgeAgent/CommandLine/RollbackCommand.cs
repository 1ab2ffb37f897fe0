using System.CommandLine;

using JamBox.Edge.Configuration;
using JamBox.Edge.Engine;
using JamBox.Edge.Link;

namespace JamBox.Edge.CommandLine;

/// <summary>Goes back to the release before. It lies here still, so that neither server nor line is needed.</summary>
internal static class RollbackCommand
{
    /// <summary>Its name.</summary>
    public const string Name = "rollback";

    /// <summary>Makes the command.</summary>
    /// <param name="terminal">The world around.</param>
    public static Command Create(AgentTerminal terminal)
    {
        Option<string?> config = CommandLineInterface.ConfigOption();
        Option<bool> json = CommandLineInterface.JsonOption();
        Command command =
            new(Name, "Goes back to the release before: its deploy.sh is run again, and it is checked.") { config, json };
        command.SetAction(async (parsed, stop) =>
        {
            string file = AgentPaths.ConfigOf(terminal, parsed.GetValue(config));
            AgentSettings settings = LiveSettings.Load(file, terminal.Environment);
            LocalWork work = new(terminal, file, settings);
            LocalRequests.Create(work.Requests);
            return await work.RunAsync(NoticeOf(work, new AgentFolder(settings.Folder)), parsed.GetValue(json), stop).ConfigureAwait(false);
        });
        return command;
    }

    private static byte[] NoticeOf(LocalWork work, AgentFolder folder)
    {
        ReleaseRecord previous = work.State?.Previous
            ?? throw new AgentException("there is no release before this one on this computer", ExitCode.Refused);
        ReleaseFolders folders = new(new DiskFiles(), folder);
        return folders.FindMissing(previous.Id) is { } missing
            ? throw new AgentException(
                $"of the release before, {previous.Version}, {missing} is gone from this computer: deploy it from the server",
                ExitCode.Refused)
            : LocalDownloads.NoticeOf(folders.Find(previous.Id)!, work.NextTimestamp());
    }
}
