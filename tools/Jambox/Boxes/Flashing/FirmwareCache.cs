using System.Security.Cryptography;
using JamBox.Bench.CommandLine;

namespace JamBox.Bench.Boxes.Flashing;

/// <summary>
/// Firmware that came from a server, by its SHA-256: a carton of boards fetches it once, and a line that is away keeps nobody from
/// flashing what is known. No secret is in it.
/// </summary>
/// <param name="terminal">Warned when it cannot be kept.</param>
/// <param name="folder">Where a bench keeps its files.</param>
internal sealed class FirmwareCache(BenchTerminal terminal, string folder)
{
    /// <summary>How many files are kept: some versions of all parts.</summary>
    public const int MaxFiles = 40;

    private readonly string _folder = Path.Combine(folder, "firmware");

    /// <summary>Gets a file.</summary>
    /// <param name="sha256">Its SHA-256, 64 hex digits.</param>
    /// <param name="fetch">Gets it where it is not here; what comes is right.</param>
    /// <returns>Its bytes.</returns>
    public async Task<byte[]> GetAsync(string sha256, Func<Task<byte[]>> fetch)
    {
        // It becomes the name of a file.
        if (sha256.Length != 64 || !sha256.All(char.IsAsciiHexDigitLower))
        {
            return await fetch().ConfigureAwait(false);
        }

        string file = Path.Combine(_folder, sha256 + ".bin");
        if (Read(file) is { } known && Convert.ToHexStringLower(SHA256.HashData(known)) == sha256)
        {
            return known;
        }

        byte[] bytes = await fetch().ConfigureAwait(false);
        Keep(file, bytes);
        return bytes;
    }

    private static byte[]? Read(string file)
    {
        try
        {
            return File.Exists(file) ? File.ReadAllBytes(file) : null;
        }
        catch (Exception e) when (e is IOException or UnauthorizedAccessException)
        {
            return null;
        }
    }

    private void Keep(string file, byte[] bytes)
    {
        try
        {
            Directory.CreateDirectory(_folder);
            string beside = $"{file}.{Path.GetRandomFileName()}";
            File.WriteAllBytes(beside, bytes);
            File.Move(beside, file, overwrite: true);
            foreach (FileInfo old in new DirectoryInfo(_folder).GetFiles().OrderByDescending(static one => one.LastWriteTimeUtc)
                .Skip(MaxFiles))
            {
                old.Delete();
            }
        }
        catch (Exception e) when (e is IOException or UnauthorizedAccessException)
        {
            terminal.Warn($"the firmware cannot be kept in {_folder} ({e.Message.TrimEnd('.')}): it is fetched anew the next time");
        }
    }
}
