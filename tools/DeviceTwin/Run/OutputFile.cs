namespace JamBox.Twin.Run;

/// <summary>Files that the user asks for by an option.</summary>
internal static class OutputFile
{
    /// <summary>Opens one for writing: UTF-8 with plain line feeds, the same on every system.</summary>
    /// <param name="option">The option that named it.</param>
    /// <param name="path">Where.</param>
    /// <returns>The writer.</returns>
    /// <exception cref="BadInputException">It cannot be written.</exception>
    public static StreamWriter Open(string option, string path)
    {
        try
        {
            return new StreamWriter(path) { NewLine = "\n" };
        }
        catch (Exception e) when (e is IOException or UnauthorizedAccessException or ArgumentException or NotSupportedException)
        {
            throw new BadInputException($"{option} {path}: {e.Message}");
        }
    }

    /// <summary>Makes sure at the beginning of a run that its end can be written.</summary>
    /// <param name="option">The option that named the file.</param>
    /// <param name="path">Where; <c>null</c> = nothing is asked for.</param>
    /// <returns>The path.</returns>
    /// <exception cref="BadInputException">It cannot be written.</exception>
    public static string? Check(string option, string? path)
    {
        if (path != null)
        {
            Open(option, path).Dispose();
        }

        return path;
    }
}
