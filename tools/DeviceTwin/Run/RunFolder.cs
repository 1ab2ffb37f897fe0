namespace JamBox.Twin.Run;

/// <summary>Where the databases of a run go.</summary>
internal static class RunFolder
{
    // The databases live for seconds: where there is a file system in RAM their commits need not wait for a disk.
    private const string InRam = "/dev/shm";

    /// <summary>Makes the folder.</summary>
    /// <param name="keep">Where somebody wants to look at it later; <c>null</c> = nobody does.</param>
    /// <param name="name">What its name begins with else.</param>
    /// <returns>Its path.</returns>
    /// <exception cref="BadInputException">It cannot be made.</exception>
    public static string Make(string? keep, string name)
    {
        if (keep is null)
        {
            return Directory.Exists(InRam)
                ? Directory.CreateDirectory(Path.Combine(InRam, $"{name}-{Environment.ProcessId}-{Guid.NewGuid():N}")).FullName
                : Directory.CreateTempSubdirectory(name).FullName;
        }

        try
        {
            return Directory.CreateDirectory(keep).FullName;
        }
        catch (Exception e) when (e is IOException or UnauthorizedAccessException)
        {
            throw new BadInputException($"--keep {keep}: {e.Message}");
        }
    }
}
