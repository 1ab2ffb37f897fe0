using System.Text;

namespace JamBox.Edge.Engine;

/// <summary>
/// What a script prints: its end in memory for reports, and all of it in a log, up to a bound. Whatever goes wrong with the log, the script
/// goes on.
/// </summary>
internal sealed class ScriptOutput : IDisposable
{
    /// <summary>Bytes of the end that are kept.</summary>
    public const int TailBytes = 16 << 10;

    /// <summary>Bytes of a log.</summary>
    public const long MaxLog = 1 << 20;

    private readonly byte[] _tail = new byte[TailBytes];
    private readonly Lock _gate = new();
    private FileStream? _log;
    private long _count;

    /// <summary>Begins.</summary>
    /// <param name="log">The log, on which is written; null for none.</param>
    public ScriptOutput(string? log)
    {
        if (log is null)
        {
            return;
        }

        try
        {
            Directory.CreateDirectory(Path.GetDirectoryName(log)!);
            FileStreamOptions options = new()
            {
                Mode = FileMode.Append, Access = FileAccess.Write, Share = FileShare.ReadWrite | FileShare.Delete,
            };
            if (!OperatingSystem.IsWindows())
            {
                // Scripts print what not every user of the computer is to read.
                options.UnixCreateMode = UnixFileMode.UserRead | UnixFileMode.UserWrite;
            }

            _log = new FileStream(log, options);
        }
        catch (Exception e) when (e is IOException or UnauthorizedAccessException)
        {
            _log = null;
        }
    }

    /// <summary>Bytes that were printed in all.</summary>
    public long Count
    {
        get
        {
            lock (_gate)
            {
                return _count;
            }
        }
    }

    /// <summary>Takes what was printed, from any thread.</summary>
    /// <param name="bytes">What comes next.</param>
    public void Add(ReadOnlySpan<byte> bytes)
    {
        lock (_gate)
        {
            foreach (byte b in bytes.Length > TailBytes ? bytes[^TailBytes..] : bytes)
            {
                _tail[_count++ % TailBytes] = b;
            }

            WriteLog(bytes);
        }
    }

    /// <summary>Takes a line of the agent's own.</summary>
    /// <param name="line">Without its end.</param>
    public void AddLine(string line) => Add(Encoding.UTF8.GetBytes(line + "\n"));

    /// <summary>The end of what was printed, without what moves a terminal's cursor.</summary>
    /// <returns>Text of at most <see cref="TailBytes"/> bytes of UTF-8.</returns>
    public string Tail()
    {
        lock (_gate)
        {
            int length = (int)Math.Min(_count, TailBytes);
            byte[] bytes = new byte[length];
            for (int i = 0; i < length; i++)
            {
                bytes[i] = _tail[(_count - length + i) % TailBytes];
            }

            return Clean(Encoding.UTF8.GetString(bytes));
        }
    }

    /// <inheritdoc/>
    public void Dispose()
    {
        lock (_gate)
        {
            CloseLog();
        }
    }

    /// <summary>Takes out what is no text, and cuts to what a report takes.</summary>
    /// <param name="text">Anything.</param>
    /// <returns>At most <see cref="TailBytes"/> bytes of UTF-8.</returns>
    internal static string Clean(string text)
    {
        StringBuilder clean = new(text.Length);
        foreach (char c in text)
        {
            if (c is '\n' or '\t' || !char.IsControl(c))
            {
                clean.Append(c);
            }
        }

        // What was no UTF-8 became a character of three bytes each.
        while (clean.Length > 0 && Encoding.UTF8.GetByteCount(clean.ToString()) > TailBytes)
        {
            clean.Remove(0, Math.Max(1, (Encoding.UTF8.GetByteCount(clean.ToString()) - TailBytes) / 3));
        }

        return clean.ToString();
    }

    private void WriteLog(ReadOnlySpan<byte> bytes)
    {
        if (_log is null)
        {
            return;
        }

        try
        {
            long room = Math.Max(0, MaxLog - _log.Length);
            _log.Write(bytes[..(int)Math.Min(room, bytes.Length)]);
            _log.Flush();
        }
        catch (IOException)
        {
            CloseLog();
        }
    }

    private void CloseLog()
    {
        try
        {
            _log?.Dispose();
        }
        catch (IOException)
        {
            // The disk is full: the log ends here.
        }

        _log = null;
    }
}
