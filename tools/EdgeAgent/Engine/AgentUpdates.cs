using System.Text.Json;

using JamBox.Deployments;

namespace JamBox.Edge.Engine;

/// <summary>A new agent that has not proved itself yet.</summary>
/// <param name="Executable">Its file.</param>
/// <param name="Previous">The file of the agent before it.</param>
/// <param name="Sha256">Of the new one.</param>
/// <param name="Starts">How often it was started.</param>
/// <param name="IsPutBack">It did not come up; the one before runs again.</param>
internal sealed record AgentUpdateNote(string Executable, string Previous, string Sha256, int Starts, bool IsPutBack);

/// <summary>Replaces the agent by one out of a package, and puts the one before back when the new one does not come up.</summary>
/// <param name="files">The disk.</param>
/// <param name="folder">The agent's.</param>
public sealed class AgentUpdates(IFiles files, AgentFolder folder)
{
    /// <summary>How often a new agent is started before the one before it is put back.</summary>
    public const int MaxStarts = 3;

    private const int MaxNote = 16 << 10;
    private const int MaxVersion = 256;

    /// <summary>The agent of a release that should take this one's place.</summary>
    /// <param name="release">The release's folder.</param>
    /// <param name="options">This agent.</param>
    /// <param name="sha256">Its SHA-256.</param>
    /// <returns>Its file; null when there is none, or it is this one.</returns>
    internal string? FindNewer(string release, DeployerOptions options, out string sha256)
    {
        sha256 = string.Empty;
        if (options.Executable is null)
        {
            return null;
        }

        string file = Path.Combine([release, .. PackageLayout.AgentPath(options.Target).Split('/')]);
        string version = Path.Combine([release, .. PackageLayout.AgentVersion.Split('/')]);
        if (!files.FileExists(file) || (files.Read(version, MaxVersion) is { } text
            && !IsNewer(System.Text.Encoding.UTF8.GetString(text).Trim(), options.AgentVersion)))
        {
            return null;
        }

        sha256 = files.Hash(file)!;
        return sha256 == files.Hash(options.Executable) ? null : file;
    }

    /// <summary>Whether the agent on the disk is the new one.</summary>
    /// <param name="executable">The agent's file.</param>
    /// <param name="sha256">Of the new one.</param>
    /// <returns>It is.</returns>
    internal bool IsInPlace(string executable, string sha256) => files.Hash(executable) == sha256;

    /// <summary>Copies the new agent beside this one, where it can be tried.</summary>
    /// <param name="from">In the release.</param>
    /// <param name="executable">This agent's file.</param>
    /// <returns>The copy.</returns>
    internal string Stage(string from, string executable)
    {
        string next = Staged(executable);
        files.Copy(from, next, executable: true);
        return next;
    }

    /// <summary>Puts the copy in this agent's place; this one is kept beside it.</summary>
    /// <param name="executable">This agent's file.</param>
    /// <param name="sha256">Of the new one.</param>
    internal void Swap(string executable, string sha256)
    {
        string previous = executable + ".previous";
        string beside = Path.GetDirectoryName(executable)!;
        files.Copy(executable, previous + ".new", executable: true);
        files.Rename(previous + ".new", previous);
        files.FlushFolder(beside);

        // Before the agent is another one: from then on its starts are counted.
        Write(new AgentUpdateNote(executable, previous, sha256, 0, IsPutBack: false));
        PutInPlace(Staged(executable), executable);
        files.FlushFolder(beside);
    }

    /// <summary>Whether a new agent was put back that is not forgotten yet.</summary>
    /// <returns>It was.</returns>
    internal bool IsPutBack() => Read() is { IsPutBack: true };

    /// <summary>Whether the agent before it was put back.</summary>
    /// <param name="sha256">Of the new one.</param>
    /// <returns>It was.</returns>
    internal bool IsPutBack(string sha256) => Read() is { IsPutBack: true } note && note.Sha256 == sha256;

    /// <summary>The new agent has proved itself, or was put back and that is known.</summary>
    internal void Forget()
    {
        if (files.FileExists(folder.AgentUpdate))
        {
            files.Delete(folder.AgentUpdate);
            files.FlushFolder(folder.Root);
        }
    }

    /// <summary>
    /// Runs before each start of the agent (<c>edge-agent.previous guard</c>): counts the starts of a new agent and puts the one before
    /// back
    /// when they are too many.
    /// </summary>
    /// <returns>A sentence on what was done; null when nothing was.</returns>
    /// <exception cref="IOException">The disk.</exception>
    public string? Guard()
    {
        if (Read() is not { IsPutBack: false } note || !IsInPlace(note.Executable, note.Sha256))
        {
            return null;
        }

        AgentUpdateNote counted = note with { Starts = note.Starts + 1 };
        if (counted.Starts <= MaxStarts)
        {
            Write(counted);
            return $"Start {counted.Starts} of {MaxStarts} of the new agent before the previous one is put back.";
        }

        // As a copy: it is this very file that may be running as the guard, and it stays for the next time.
        files.Copy(note.Previous, Staged(note.Executable), executable: true);
        PutInPlace(Staged(note.Executable), note.Executable);
        files.FlushFolder(Path.GetDirectoryName(note.Executable)!);
        Write(counted with { IsPutBack = true });
        return $"The new agent did not reach the server in {MaxStarts} starts: the previous one was put back.";
    }

    // A release of before that is gone back to brings the agent of before: it would have to read what the newer one has written. What is
    // no number of the usual form is taken when it is another.
    private static bool IsNewer(string version, string own) =>
        Number(version) is { } theirs && Number(own) is { } ours && theirs != ours ? theirs > ours : version != own;

    private static Version? Number(string version)
    {
        int end = version.AsSpan().IndexOfAny('-', '+');
        return Version.TryParse(end < 0 ? version : version[..end], out Version? number) ? number : null;
    }

    private static string Staged(string executable) => executable + ".new";

    private void PutInPlace(string staged, string executable)
    {
        if (OperatingSystem.IsWindows() && files.FileExists(executable))
        {
            // A file that runs can be renamed there, not replaced.
            string old = executable + ".old";
            files.Delete(old);
            files.Rename(executable, old);
        }

        files.Rename(staged, executable);
    }

    private AgentUpdateNote? Read()
    {
        try
        {
            AgentUpdateNote? note = files.Read(folder.AgentUpdate, MaxNote) is { } bytes
                ? JsonSerializer.Deserialize(bytes, JournalJson.Default.AgentUpdateNote) : null;
            return note is { Executable: not null, Previous: not null, Sha256: not null } ? note : null;
        }
        catch (JsonException)
        {
            return null;
        }
    }

    private void Write(AgentUpdateNote note) =>
        files.Replace(folder.AgentUpdate, JsonSerializer.SerializeToUtf8Bytes(note, JournalJson.Default.AgentUpdateNote));
}
