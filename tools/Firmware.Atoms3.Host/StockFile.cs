using System.IO;
using JamBox.Board;

namespace JamBox.Stock;

/// <summary>Stand-in of nanoFramework's File: the internal drive of the board. Found before System.IO's, because it is nearer.</summary>
internal static class File
{
    /// <summary>Tells whether there is a file.</summary>
    /// <param name="path">Its path.</param>
    /// <returns>Whether.</returns>
    public static bool Exists(string path)
    {
        return Drive.Exists(path);
    }

    /// <summary>Reads a file.</summary>
    /// <param name="path">Its path.</param>
    /// <returns>Its bytes.</returns>
    /// <exception cref="IOException">There is none.</exception>
    public static byte[] ReadAllBytes(string path)
    {
        return Drive.Read(path);
    }

    /// <summary>Reads a file of UTF-8.</summary>
    /// <param name="path">Its path.</param>
    /// <returns>Its text.</returns>
    /// <exception cref="IOException">There is none.</exception>
    public static string ReadAllText(string path)
    {
        return System.Text.Encoding.UTF8.GetString(Drive.Read(path));
    }

    /// <summary>Writes a file, anew or over the old one.</summary>
    /// <param name="path">Its path.</param>
    /// <param name="bytes">Its bytes.</param>
    /// <exception cref="IOException">The drive is full.</exception>
    public static void WriteAllBytes(string path, byte[] bytes)
    {
        Drive.Write(path, bytes);
    }

    /// <summary>Removes a file.</summary>
    /// <param name="path">Its path.</param>
    public static void Delete(string path)
    {
        Drive.Delete(path);
    }

    /// <summary>Renames a file.</summary>
    /// <param name="sourceFileName">Its path.</param>
    /// <param name="destFileName">Its new path.</param>
    /// <exception cref="IOException">There is none, or another one has the new path.</exception>
    public static void Move(string sourceFileName, string destFileName)
    {
        Drive.Move(sourceFileName, destFileName);
    }

    private static BoardDrive Drive => BoardHost.Current.Drive;
}
