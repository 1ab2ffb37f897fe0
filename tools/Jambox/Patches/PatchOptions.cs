using System.CommandLine;
using System.Security.Cryptography;
using JamBox.Bench.CommandLine;
using JamBox.Ota.Patching;

namespace JamBox.Bench.Patches;

/// <summary>Arguments that the patch commands share, and files.</summary>
internal static class PatchOptions
{
    private const string NoBase = "-";
    private const long MaxFileBytes = 64 * 1024 * 1024;

    /// <summary>The base.</summary>
    /// <returns>The argument.</returns>
    public static Argument<string> From() => new("FROM") { Description = $"Base image, any file; {NoBase} for none: the full image." };

    /// <summary>The new image.</summary>
    /// <returns>The argument.</returns>
    public static Argument<string> To() => new("TO") { Description = "New image, any file." };

    /// <summary>The patch.</summary>
    /// <returns>The argument.</returns>
    public static Argument<string> Patch() => new("PATCH") { Description = "Patch file." };

    /// <summary>Reads an image.</summary>
    /// <param name="path">From the command line.</param>
    /// <returns>Its bytes; none for no base.</returns>
    public static byte[] Image(string path) => path == NoBase ? [] : Read(path);

    /// <summary>Reads a file.</summary>
    /// <param name="path">The file.</param>
    /// <returns>Its bytes.</returns>
    /// <exception cref="BenchException">It cannot be read.</exception>
    public static byte[] Read(string path)
    {
        try
        {
            return new FileInfo(path) is { Exists: true, Length: > MaxFileBytes } file
                ? throw new BenchException($"{path}: {file.Length} bytes are no firmware", ExitCode.BadInput)
                : File.ReadAllBytes(path);
        }
        catch (Exception e) when (e is IOException or UnauthorizedAccessException)
        {
            throw new BenchException($"{path}: {e.Message}", ExitCode.BadInput);
        }
    }

    /// <summary>Writes a file.</summary>
    /// <param name="path">The file.</param>
    /// <param name="bytes">Its bytes.</param>
    /// <exception cref="BenchException">It cannot be written.</exception>
    public static void Write(string path, byte[] bytes)
    {
        try
        {
            File.WriteAllBytes(path, bytes);
        }
        catch (Exception e) when (e is IOException or UnauthorizedAccessException)
        {
            throw new BenchException($"{path}: {e.Message}", ExitCode.BadInput);
        }
    }

    /// <summary>SHA-256 as text.</summary>
    /// <param name="bytes">The bytes.</param>
    /// <returns>64 hex digits.</returns>
    public static string Hash(byte[] bytes) => Convert.ToHexStringLower(SHA256.HashData(bytes));

    /// <summary>Makes a patch.</summary>
    /// <param name="from">The base.</param>
    /// <param name="to">The new image.</param>
    /// <param name="profile">The profile.</param>
    /// <param name="stop">Ends it.</param>
    /// <returns>The patch.</returns>
    public static Task<byte[]> MakeAsync(byte[] from, byte[] to, PatchProfile profile, CancellationToken stop) =>
        Task.Run(() => PatchMaker.Make(from, to, profile, stop), stop);
}
