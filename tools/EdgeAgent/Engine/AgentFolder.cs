namespace JamBox.Edge.Engine;

/// <summary>Where things lie in the agent's folder.</summary>
/// <param name="Root">The folder, a whole path.</param>
public sealed record AgentFolder(string Root)
{
    /// <summary>The journal.</summary>
    public string State => Path.Combine(Root, "state.json");

    /// <summary>Held open by the agent that works here.</summary>
    public string Lock => Path.Combine(Root, "lock");

    /// <summary>Packages on their way.</summary>
    public string Downloads => Path.Combine(Root, "downloads");

    /// <summary>What was unpacked.</summary>
    public string Releases => Path.Combine(Root, "releases");

    /// <summary>What scripts printed.</summary>
    public string Logs => Path.Combine(Root, "logs");

    /// <summary>The link to the release that runs.</summary>
    public string Current => Path.Combine(Root, "current");

    /// <summary>The id of the release that runs, where links need rights that a service may not have (Windows).</summary>
    public string CurrentText => Path.Combine(Root, "current.txt");

    /// <summary>A new agent that has not proved itself yet.</summary>
    public string AgentUpdate => Path.Combine(Root, "agent-update.json");

    /// <summary>A release's folder.</summary>
    /// <param name="id">Of the deployment.</param>
    /// <returns>Its path.</returns>
    public string Release(string id) => Path.Combine(Releases, id);

    /// <summary>Says that a release's folder is whole, and what is in it; written last, removed first.</summary>
    /// <param name="id">Of the deployment.</param>
    /// <returns>Its path.</returns>
    public string Complete(string id) => Path.Combine(Releases, id + ".complete");

    /// <summary>A package, or as much of it as came.</summary>
    /// <param name="id">Of the deployment.</param>
    /// <returns>Its path.</returns>
    public string Part(string id) => Path.Combine(Downloads, id + ".part");

    /// <summary>How much of a package is surely on the disk.</summary>
    /// <param name="id">Of the deployment.</param>
    /// <returns>Its path.</returns>
    public string PartNote(string id) => Path.Combine(Downloads, id + ".json");

    /// <summary>What a deployment's scripts printed.</summary>
    /// <param name="id">Of the deployment.</param>
    /// <returns>Its path.</returns>
    public string Log(string id) => Path.Combine(Logs, id + ".log");
}
