namespace JamBox.Board;

/// <summary>
/// The internal drive <c>I:</c>, which outlives a boot. Each of its changes is one operation, and power may fail in any of them: a write
/// then leaves a piece of the file, a removal or a move all or nothing.
/// </summary>
public sealed class BoardDrive
{
    private readonly Dictionary<string, byte[]> _files = [];

    /// <summary>Gets or sets the operations until power fails; negative for never.</summary>
    public int FailAfter { get; set; } = -1;

    /// <summary>Gets or sets a value indicating whether nothing can be written any more.</summary>
    public bool IsFull { get; set; }

    /// <summary>Gets how many operations there were.</summary>
    public int Operations { get; private set; }

    /// <summary>Tells whether there is a file.</summary>
    /// <param name="path">Its path.</param>
    /// <returns>Whether.</returns>
    public bool Exists(string path) => _files.ContainsKey(Check(path));

    /// <summary>Reads a file.</summary>
    /// <param name="path">Its path.</param>
    /// <returns>Its bytes.</returns>
    public byte[] Read(string path) => _files.TryGetValue(Check(path), out byte[]? bytes) ? [.. bytes] : throw new IOException(path);

    /// <summary>Writes a file.</summary>
    /// <param name="path">Its path.</param>
    /// <param name="bytes">Its bytes.</param>
    public void Write(string path, byte[] bytes)
    {
        if (IsFull)
        {
            throw new IOException("full");
        }

        if (IsCut())
        {
            _files[Check(path)] = bytes[..(bytes.Length / 2)];
            throw new BoardPowerLossException();
        }

        _files[Check(path)] = [.. bytes];
    }

    /// <summary>Removes a file.</summary>
    /// <param name="path">Its path.</param>
    public void Delete(string path)
    {
        if (IsCut())
        {
            throw new BoardPowerLossException();
        }

        _files.Remove(Check(path));
    }

    /// <summary>Renames a file.</summary>
    /// <param name="from">Its path.</param>
    /// <param name="to">Its new path, which no file has.</param>
    public void Move(string from, string to)
    {
        if (!_files.ContainsKey(Check(from)) || _files.ContainsKey(Check(to)))
        {
            throw new IOException(from);
        }

        if (IsCut())
        {
            throw new BoardPowerLossException();
        }

        _files.Remove(from, out byte[]? bytes);
        _files[to] = bytes!;
    }

    private static string Check(string path) =>
        path.StartsWith("I:\\", StringComparison.Ordinal) && path.Length <= 60 ? path : throw new ArgumentException(path);

    private bool IsCut()
    {
        Operations++;
        return FailAfter >= 0 && FailAfter-- == 0;
    }
}

/// <summary>Power is gone in the middle of an operation.</summary>
public sealed class BoardPowerLossException : Exception
{
}
