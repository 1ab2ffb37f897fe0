using JamBox.Edge.Engine;

namespace JamBox.Edge.Tests.Engine;

/// <summary>What becomes of the disk when the agent ends at a call.</summary>
public enum Death
{
    /// <summary>The call is not done; all before it is.</summary>
    Clean,

    /// <summary>Of what is written half is there.</summary>
    Torn,

    /// <summary>Power is lost: what was not flushed is gone, and files and names are as they were at the last flush.</summary>
    PowerLost,

    /// <summary>Power is lost: names are as they were made, but what was not flushed of the files behind them is rubbish.</summary>
    PowerLostRubbish,
}

/// <summary>The agent died, at a call that a test chose.</summary>
public sealed class KilledException() : Exception("killed");

/// <summary>
/// The real disk, with an end: at a chosen call that changes something the agent "dies". From then on nothing is changed any more,
/// whatever the
/// dying code tries. For the loss of power it keeps account of what was not flushed, as strictly as POSIX lets a disk be.
/// </summary>
public sealed class KillingFiles(string graveyard) : IFiles
{
    private readonly DiskFiles _disk = new();
    private readonly Dictionary<string, long> _flushed = new(StringComparer.Ordinal);
    private readonly List<Undo> _undo = [];
    private int _graves;

    /// <summary>Calls that change something, so far.</summary>
    public int Calls { get; private set; }

    /// <summary>At which call the agent dies; 0 for none.</summary>
    public int KillAt { get; init; }

    /// <summary>What becomes of the disk.</summary>
    public Death Death { get; init; }

    /// <summary>Calls from this one on fail for want of room, until <see cref="FullUntil"/>; 0 for none.</summary>
    public int FullFrom { get; init; }

    /// <summary>The last call that fails for want of room.</summary>
    public int FullUntil { get; init; } = int.MaxValue;

    /// <summary>The agent died.</summary>
    public bool IsDead { get; private set; }

    /// <summary>What the call was at which it died.</summary>
    public string Last { get; private set; } = string.Empty;

    /// <summary>Why it could not make of the disk what the loss of power would have; null = it could.</summary>
    public Exception? Fault { get; private set; }

    /// <summary>One step that is no call of the disk (a report into the queue, a script).</summary>
    /// <param name="what">For messages.</param>
    public void Step(string what) => Before(what);

    public bool FileExists(string path) => _disk.FileExists(path);

    public bool FolderExists(string path) => _disk.FolderExists(path);

    public long Length(string path) => _disk.Length(path);

    public byte[]? Read(string path, int maximum) => _disk.Read(path, maximum);

    public Stream OpenRead(string path) => _disk.OpenRead(path);

    public IReadOnlyList<string> List(string folder) => _disk.List(folder);

    public string? ReadLink(string path) => _disk.ReadLink(path);

    public long FreeSpace(string folder) => _disk.FreeSpace(folder);

    public void CreateFolder(string path)
    {
        if (_disk.FolderExists(path))
        {
            return;
        }

        Before($"folder {path}", needsRoom: true);
        _disk.CreateFolder(path);

        // What was brought to the disk within it is lost with its name.
        Remember(path, () => Directory.Delete(path, recursive: true));
    }

    public IFileWriter Create(string path, bool executable = false, bool secret = false)
    {
        Before($"create {path}", needsRoom: true);
        string? old = Bury(path);
        IFileWriter writer = _disk.Create(path, executable, secret);
        _flushed[path] = 0;
        Remember(path, () =>
        {
            File.Delete(path);
            Raise(old, path);
        });
        return new Writer(this, path, writer);
    }

    public IFileWriter Append(string path, long length)
    {
        Before($"append {path}", needsRoom: true);
        bool isNew = !_disk.FileExists(path);
        IFileWriter writer = _disk.Append(path, length);
        if (isNew)
        {
            _flushed[path] = 0;
            Remember(path, () => File.Delete(path));
        }
        else
        {
            _flushed[path] = Math.Min(_flushed.GetValueOrDefault(path, _disk.Length(path)), _disk.Length(path));
        }

        return new Writer(this, path, writer);
    }

    public void Rename(string from, string to)
    {
        Before($"rename {from} -> {to}");
        string? old = Bury(to);
        _disk.Rename(from, to);
        Move(from, to);
        Remember(to, () =>
        {
            _disk.Rename(to, from);
            Move(to, from);
            Raise(old, to);
        });
    }

    public void Delete(string path)
    {
        if (!_disk.FileExists(path) && _disk.ReadLink(path) is null)
        {
            return;
        }

        Before($"delete {path}");
        string? old = Bury(path);
        Remember(path, () => Raise(old, path));
    }

    public void DeleteFolder(string path)
    {
        if (_disk.FolderExists(path))
        {
            Before($"delete folder {path}");
            _disk.DeleteFolder(path);
            _undo.Add(new Undo(Path.GetDirectoryName(path)!, () => _disk.CreateFolder(path)) { Gone = path });
        }
    }

    public void Link(string path, string target)
    {
        Before($"link {path}", needsRoom: true);
        _disk.Link(path, target);
        Remember(path, () => File.Delete(path));
    }

    public void FlushFolder(string folder)
    {
        Before($"flush folder {folder}");
        _disk.FlushFolder(folder);

        // What was removed in a folder before that folder itself was is gone as surely as that.
        Undo[] gone = [.. _undo.Where(undo => undo.Folder == folder && undo.Gone is not null)];
        HashSet<Undo> sure = [.. gone.SelectMany(one => _undo.TakeWhile(undo => undo != one).Where(undo => IsIn(undo.Folder, one.Gone!)))];
        _undo.RemoveAll(undo => undo.Folder == folder || sure.Contains(undo));
    }

    public void FlushTree(string folder)
    {
        Before($"flush tree {folder}");
        string below = folder + Path.DirectorySeparatorChar;
        _undo.RemoveAll(undo => undo.Folder == folder || undo.Folder.StartsWith(below, StringComparison.Ordinal));
        foreach (string path in _flushed.Keys.Where(path => path.StartsWith(below, StringComparison.Ordinal)).ToArray())
        {
            _flushed.Remove(path);
        }
    }

    private void Before(string what, bool needsRoom = false)
    {
        if (IsDead)
        {
            throw new KilledException();
        }

        Calls++;
        if (Calls == KillAt && Death != Death.Torn)
        {
            Die(what);
        }

        if (needsRoom && FullFrom > 0 && Calls >= FullFrom && Calls <= FullUntil)
        {
            Last = what;
            throw new IOException("No space left on device", 28);
        }
    }

    private void Die(string what)
    {
        IsDead = true;
        Last = what;
        if (Death is Death.PowerLost or Death.PowerLostRubbish)
        {
            try
            {
                LosePower();
            }
            catch (Exception e) when (e is IOException or UnauthorizedAccessException)
            {
                // A fault of this shim: the agent must not take it for one of the disk.
                Fault = e;
            }
        }

        throw new KilledException();
    }

    private void LosePower()
    {
        foreach ((string path, long length) in _flushed)
        {
            if (!File.Exists(path))
            {
                continue;
            }

            using FileStream file = new(path, FileMode.Open, FileAccess.ReadWrite, FileShare.ReadWrite | FileShare.Delete);
            long size = file.Length;
            file.SetLength(Math.Min(size, length));
            if (Death == Death.PowerLostRubbish && size > length)
            {
                file.Position = length;
                file.Write(Enumerable.Repeat((byte)0xA5, (int)(size - length)).ToArray());
            }
        }

        for (int i = _undo.Count - 1; i >= 0 && Death == Death.PowerLost; i--)
        {
            _undo[i].Action();
        }
    }

    private void Remember(string path, Action action) => _undo.Add(new Undo(Path.GetDirectoryName(path)!, action));

    private string? Bury(string path)
    {
        if (!File.Exists(path) && _disk.ReadLink(path) is null)
        {
            return null;
        }

        string grave = Path.Combine(graveyard, (++_graves).ToString(System.Globalization.CultureInfo.InvariantCulture));
        _disk.Rename(path, grave);
        Move(path, grave);
        return grave;
    }

    private void Raise(string? grave, string path)
    {
        if (grave is not null)
        {
            _disk.Rename(grave, path);
            Move(grave, path);
        }
    }

    private void Move(string from, string to)
    {
        string below = from + Path.DirectorySeparatorChar;
        _flushed.Remove(to);
        foreach (string path in _flushed.Keys.Where(
            path => path == from || path.StartsWith(below, StringComparison.Ordinal)).ToArray())
        {
            _flushed[to + path[from.Length..]] = _flushed[path];
            _flushed.Remove(path);
        }
    }

    private static bool IsIn(string folder, string other) =>
        folder == other || folder.StartsWith(other + Path.DirectorySeparatorChar, StringComparison.Ordinal);

    private sealed class Undo(string folder, Action action)
    {
        public string Folder { get; } = folder;

        public Action Action { get; } = action;

        /// <summary>The folder that was removed; null when it was something else.</summary>
        public string? Gone { get; init; }
    }

    private sealed class Writer(KillingFiles files, string path, IFileWriter writer) : IFileWriter
    {
        public void Write(ReadOnlySpan<byte> bytes)
        {
            files.Before($"write {path}", needsRoom: true);
            if (files.Calls == files.KillAt)
            {
                writer.Write(bytes[..(bytes.Length / 2)]);
                files.Die($"write {path}");
            }

            writer.Write(bytes);
        }

        public void Flush()
        {
            files.Before($"flush {path}");
            writer.Flush();
            files._flushed.Remove(path);
        }

        public void Dispose() => writer.Dispose();
    }
}
