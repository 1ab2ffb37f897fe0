using System.Globalization;
using System.Text;

using JamBox.Edge.Engine;

using Microsoft.Extensions.Logging;

namespace JamBox.Edge.Link;

/// <summary>
/// Reports that the server has not got yet, a file each. There is a bound: progress that is overtaken goes first, then the oldest
/// progress; how a deployment ended is never thrown away.
/// </summary>
internal sealed class ReportQueue : IReports
{
    /// <summary>Bytes of a report at most; a longer one loses its log, then its modules.</summary>
    public const int MaxBytes = 256 * 1024;

    private const string Mark = "mark";
    private const string Fresh = ".new";
    private const int MaxMarkBytes = 32;

    private readonly IFiles _files;
    private readonly string _folder;
    private readonly Func<int> _kept;
    private readonly ILogger _logger;
    private readonly Lock _lock = new();
    private readonly SortedDictionary<long, Entry> _entries = [];
    private long _greatest;
    private long _marked;
    private TaskCompletionSource _arrived = New();

    /// <summary>Reads what waits.</summary>
    /// <param name="files">The disk.</param>
    /// <param name="folder">Where reports lie; made when it is not there.</param>
    /// <param name="kept">How many are kept at most.</param>
    /// <param name="logger">Where it is said that reports were dropped.</param>
    public ReportQueue(IFiles files, string folder, Func<int> kept, ILogger logger)
    {
        _files = files;
        _folder = folder;
        _kept = kept;
        _logger = logger;
        MakeFolder();
        foreach (string name in files.List(folder))
        {
            if (name.EndsWith(Fresh, StringComparison.Ordinal))
            {
                // Never became whole.
                files.Delete(Path.Combine(folder, name));
            }
            else if (Entry.Parse(name) is { } entry)
            {
                _entries[entry.Seq] = entry;
            }
        }

        byte[]? mark = files.Read(Path.Combine(folder, Mark), MaxMarkBytes);
        _marked = mark is not null
            && long.TryParse(Encoding.ASCII.GetString(mark).Trim(), NumberStyles.None, CultureInfo.InvariantCulture, out long marked)
                ? marked : 0;
        _greatest = Math.Max(_marked, _entries.Count > 0 ? _entries.Keys.Last() : 0);
    }

    /// <summary>How many wait.</summary>
    public int Count
    {
        get
        {
            lock (_lock)
            {
                return _entries.Count;
            }
        }
    }

    /// <inheritdoc/>
    public long Newest
    {
        get
        {
            lock (_lock)
            {
                return _greatest;
            }
        }
    }

    /// <inheritdoc/>
    /// <exception cref="IOException">It cannot be kept.</exception>
    public void Report(StatusReport report)
    {
        lock (_lock)
        {
            // What was applied here from a file is no deployment of the server's.
            if (report.Seq <= _greatest || report.DeploymentId.StartsWith(LocalDownloads.IdPrefix, StringComparison.Ordinal))
            {
                return;
            }

            Entry entry = Entry.Of(report);
            Write(entry.Name, Short(report));
            _entries.Add(entry.Seq, entry);
            _greatest = entry.Seq;
            DropOvertaken(entry);
            DropOldest();
            _arrived.TrySetResult();
        }
    }

    /// <summary>The oldest that waits.</summary>
    /// <returns>Its number and its bytes; <c>null</c> = none waits.</returns>
    public (long Seq, byte[] Json)? Peek()
    {
        lock (_lock)
        {
            while (_entries.Count > 0)
            {
                Entry first = _entries.Values.First();
                byte[]? json = Read(first);
                if (json is { Length: > 0 })
                {
                    return (first.Seq, json);
                }

                _logger.LogWarning("The report {Name} is damaged and was thrown away", first.Name);
                Drop(first);
            }

            return null;
        }
    }

    /// <summary>The server has it, or will never take it.</summary>
    /// <param name="seq">Its number.</param>
    public void Remove(long seq)
    {
        lock (_lock)
        {
            if (_entries.TryGetValue(seq, out Entry? entry))
            {
                Drop(entry);
            }
        }
    }

    /// <summary>Waits until a report is there.</summary>
    public Task WaitAsync(CancellationToken cancel)
    {
        lock (_lock)
        {
            if (_entries.Count > 0)
            {
                return Task.CompletedTask;
            }

            if (_arrived.Task.IsCompleted)
            {
                _arrived = New();
            }

            return _arrived.Task.WaitAsync(cancel);
        }
    }

    private static TaskCompletionSource New() => new(TaskCreationOptions.RunContinuationsAsynchronously);

    private static byte[] Short(StatusReport report)
    {
        byte[] json = report.ToJson();
        json = json.Length > MaxBytes ? (report with { Log = null }).ToJson() : json;
        return json.Length > MaxBytes ? (report with { Log = null, Modules = null }).ToJson() : json;
    }

    private byte[]? Read(Entry entry)
    {
        try
        {
            return _files.Read(Path.Combine(_folder, entry.Name), MaxBytes);
        }
        catch (IOException)
        {
            return null;
        }
    }

    private void Write(string name, ReadOnlySpan<byte> content)
    {
        string path = Path.Combine(_folder, name);
        using (IFileWriter writer = Create(path + Fresh))
        {
            writer.Write(content);
            writer.Flush();
        }

        _files.Rename(path + Fresh, path);
        _files.FlushFolder(_folder);
    }

    /// <summary>Somebody may have cleared the folder away.</summary>
    private IFileWriter Create(string path)
    {
        try
        {
            return _files.Create(path, secret: true);
        }
        catch (DirectoryNotFoundException)
        {
            MakeFolder();
            return _files.Create(path, secret: true);
        }
    }

    /// <summary>A report that lies on the disk is lost all the same when the name of its folder is.</summary>
    private void MakeFolder()
    {
        if (!_files.FolderExists(_folder))
        {
            _files.CreateFolder(_folder);
            _files.FlushFolder(Path.GetDirectoryName(_folder)!);
        }
    }

    /// <summary>The step that was reported before this one, where it is the same step further on.</summary>
    private void DropOvertaken(Entry entry)
    {
        if (entry.IsFinal || _entries.Count < 2)
        {
            return;
        }

        Entry before = _entries.Values.ElementAt(_entries.Count - 2);

        // The first of a step stays, for it says when the step began.
        if (!before.IsFinal && before.Step == entry.Step && _entries.Count > 2
            && _entries.Values.ElementAt(_entries.Count - 3) is { IsFinal: false } first && first.Step == entry.Step)
        {
            Drop(before);
        }
    }

    private void DropOldest()
    {
        int dropped = 0;
        int kept = _kept();
        while (_entries.Count > kept && _entries.Values.FirstOrDefault(static entry => !entry.IsFinal) is { } oldest)
        {
            Drop(oldest);
            dropped++;
        }

        if (dropped > 0)
        {
            _logger.LogWarning("{Dropped} reports of progress were dropped: {Kept} wait for the server already", dropped, _entries.Count);
        }
    }

    private void Drop(Entry entry)
    {
        // Without its last file the folder no longer says how far the numbers have come.
        if (entry.Seq == _greatest && _marked < _greatest)
        {
            Write(Mark, Encoding.ASCII.GetBytes(_greatest.ToString(CultureInfo.InvariantCulture)));
            _marked = _greatest;
        }

        _files.Delete(Path.Combine(_folder, entry.Name));
        _entries.Remove(entry.Seq);
    }

    /// <summary>A file: its number, whether it says how a deployment ended, and which step of which deployment.</summary>
    private sealed record Entry(long Seq, bool IsFinal, string Step)
    {
        private const string Ending = ".json";
        private const int Digits = 19;

        public string Name => string.Create(CultureInfo.InvariantCulture, $"{Seq:D19}-{(IsFinal ? 'f' : 'p')}-{Step}{Ending}");

        public static Entry Of(StatusReport report) => new(
            report.Seq,
            report.Status is DeploymentStatus.Completed or DeploymentStatus.Failed or DeploymentStatus.Removed,
            $"{report.Status.ToString().ToLowerInvariant()}-{report.Attempt ?? 0}-{report.DeploymentId}");

        /// <returns><c>null</c> = a file that is none of ours.</returns>
        public static Entry? Parse(string name) =>
            name.Length > Digits + 3 + Ending.Length && name.EndsWith(Ending, StringComparison.Ordinal)
            && long.TryParse(name.AsSpan(0, Digits), NumberStyles.None, CultureInfo.InvariantCulture, out long seq)
            && name[Digits] == '-' && name[Digits + 1] is 'f' or 'p' && name[Digits + 2] == '-'
                ? new Entry(seq, name[Digits + 1] == 'f', name[(Digits + 3)..^Ending.Length])
                : null;
    }
}
