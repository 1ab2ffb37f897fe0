namespace JamBox.Edge.Engine;

/// <summary>
/// What runs before each start of the agent (<c>ExecStartPre</c> of its unit): puts the previous agent back when a new one does not come
/// up.
/// </summary>
public static class GuardCommand
{
    /// <summary>Runs the command. Whatever happens, the agent is started after it: it never fails.</summary>
    /// <param name="folder">The agent's folder, a whole path.</param>
    /// <param name="output">Takes a line on what was done.</param>
    /// <returns>Exit code 0.</returns>
    public static int Run(string folder, TextWriter output)
    {
        try
        {
            if (new AgentUpdates(new DiskFiles(), new AgentFolder(Path.GetFullPath(folder))).Guard() is { } done)
            {
                output.WriteLine(done);
            }
        }
        catch (Exception e) when (e is IOException or UnauthorizedAccessException)
        {
            output.WriteLine($"The new agent's starts could not be counted: {e.Message}");
        }

        return 0;
    }
}
