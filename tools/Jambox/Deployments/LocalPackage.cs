using System.Security.Cryptography;
using JamBox.Bench.CommandLine;
using JamBox.Deployments;

namespace JamBox.Bench.Deployments;

/// <summary>A package that lies on this machine.</summary>
/// <param name="Contents">What is in it.</param>
/// <param name="Size">Bytes of the file.</param>
/// <param name="Sha256">Their SHA-256, 64 lower hex digits.</param>
internal sealed record LocalPackage(PackageContents Contents, long Size, string Sha256)
{
    /// <summary>The argument.</summary>
    /// <returns>A new one: a symbol belongs to one command.</returns>
    public static System.CommandLine.Argument<string> Argument() =>
        new("PACKAGE") { Description = "The package: a zip, as 'deployment pack' makes it." };

    /// <summary>Opens a package; while it is open nobody changes it.</summary>
    /// <param name="path">The file.</param>
    /// <returns>The open file.</returns>
    /// <exception cref="BenchException">It cannot be read.</exception>
    public static FileStream Open(string path)
    {
        try
        {
            return new FileStream(path, FileMode.Open, FileAccess.Read, FileShare.Read);
        }
        catch (Exception e) when (e is IOException or UnauthorizedAccessException)
        {
            throw new BenchException($"{path}: {e.Message} ('deployment pack' makes a package)", ExitCode.BadInput);
        }
    }

    /// <summary>Looks into a package as the server will.</summary>
    /// <param name="terminal">Where progress is shown.</param>
    /// <param name="path">Its name, for what is said.</param>
    /// <param name="file">The open file.</param>
    /// <param name="isQuiet">Whether nothing is shown.</param>
    /// <param name="stop">Ends it.</param>
    /// <returns>What was found.</returns>
    /// <exception cref="PackageException">It is none that may be published.</exception>
    public static async Task<LocalPackage> ReadAsync(
        BenchTerminal terminal, string path, FileStream file, bool isQuiet, CancellationToken stop)
    {
        try
        {
            string sha256 = Convert.ToHexStringLower(await SHA256.HashDataAsync(file, stop).ConfigureAwait(false));
            PackageContents contents = await LongWork.InBackgroundAsync(
                terminal, "check", isQuiet, null, progress => PackageInspector.Inspect(file, progress: progress, cancellation: stop))
                .ConfigureAwait(false);
            return new LocalPackage(contents, file.Length, sha256);
        }
        catch (PackageException e)
        {
            throw new PackageException($"{path}: {e.Message}");
        }
    }
}
