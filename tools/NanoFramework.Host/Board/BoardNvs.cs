using System.Text;
using System.Text.Json;

namespace JamBox.Board;

/// <summary>The NVS partitions: they outlive boots, and processes when they are kept in a file.</summary>
public sealed class BoardNvs
{
    private static readonly string[] s_partitions = ["nvs", "ident"];

    private readonly object _lock = new();
    private readonly string? _file;
    private readonly Dictionary<string, byte[]> _committed = new(StringComparer.Ordinal);
    private readonly Dictionary<string, byte[]?> _uncommitted = new(StringComparer.Ordinal);
    private readonly HashSet<string> _texts = new(StringComparer.Ordinal);

    /// <summary>What was kept is read.</summary>
    /// <param name="file">Where it is kept; <c>null</c> in memory only.</param>
    public BoardNvs(string? file = null)
    {
        _file = file;
        if (file is not null && File.Exists(file))
        {
            foreach ((string key, byte[] value) in JsonSerializer.Deserialize<Dictionary<string, byte[]>>(File.ReadAllBytes(file)) ?? [])
            {
                _committed[key] = value;
            }
        }
    }

    /// <summary>Gets or sets a value indicating whether nothing can be written any more.</summary>
    public bool IsFull { get; set; }

    /// <summary>Gets the partitions that cannot be opened.</summary>
    public HashSet<string> Broken { get; } = [];

    /// <summary>Gets how often something was made durable.</summary>
    public int Commits { get; private set; }

    /// <summary>Stores a text, as the bench does over serial.</summary>
    /// <param name="partition"><c>nvs</c> or <c>ident</c>.</param>
    /// <param name="name">The namespace.</param>
    /// <param name="key">The key.</param>
    /// <param name="value">The text; <c>null</c> removes it.</param>
    public void Store(string partition, string name, string key, string? value)
    {
        Store(partition, name, key, value is null ? null : Encoding.ASCII.GetBytes(value));
        lock (_lock)
        {
            _texts.Add(Path(partition, name, key));
        }
    }

    /// <summary>Stores bytes, as an earlier boot did.</summary>
    /// <param name="partition"><c>nvs</c> or <c>ident</c>.</param>
    /// <param name="name">The namespace.</param>
    /// <param name="key">The key.</param>
    /// <param name="value">The bytes; <c>null</c> removes it.</param>
    public void Store(string partition, string name, string key, byte[]? value)
    {
        lock (_lock)
        {
            _texts.Remove(Path(partition, name, key));
            if (value is null)
            {
                _committed.Remove(Path(partition, name, key));
            }
            else
            {
                _committed[Path(partition, name, key)] = value;
            }

            Save();
        }
    }

    /// <summary>Finds what would be there after a loss of power.</summary>
    /// <param name="partition"><c>nvs</c> or <c>ident</c>.</param>
    /// <param name="name">The namespace.</param>
    /// <param name="key">The key.</param>
    /// <returns>The value, or <c>null</c>.</returns>
    public byte[]? Find(string partition, string name, string key)
    {
        lock (_lock)
        {
            return _committed.GetValueOrDefault(Path(partition, name, key));
        }
    }

    internal void Open(string partition)
    {
        if (!s_partitions.Contains(partition) || Broken.Contains(partition))
        {
            throw new InvalidOperationException();
        }
    }

    internal byte[]? Get(string path)
    {
        lock (_lock)
        {
            return _uncommitted.TryGetValue(path, out byte[]? value) ? value : _committed.GetValueOrDefault(path);
        }
    }

    /// <summary>Tells how many bytes a buffer must have that a value is read into: a text comes with its final zero.</summary>
    internal int RoomFor(string path, byte[] value)
    {
        lock (_lock)
        {
            return value.Length + (_texts.Contains(path) ? 1 : 0);
        }
    }

    internal bool Set(string path, byte[]? value)
    {
        lock (_lock)
        {
            if (!IsFull)
            {
                _uncommitted[path] = value;
                _texts.Remove(path);
            }

            return !IsFull;
        }
    }

    internal bool Commit()
    {
        lock (_lock)
        {
            if (IsFull)
            {
                return false;
            }

            foreach ((string path, byte[]? value) in _uncommitted)
            {
                if (value is null)
                {
                    _committed.Remove(path);
                }
                else
                {
                    _committed[path] = value;
                }
            }

            _uncommitted.Clear();
            Commits++;
            Save();
            return true;
        }
    }

    internal void LosePower()
    {
        lock (_lock)
        {
            _uncommitted.Clear();
        }
    }

    internal static string Path(string partition, string name, string key) => $"{partition}/{name}/{key}";

    private void Save()
    {
        if (_file is not null)
        {
            File.WriteAllBytes(_file + ".new", JsonSerializer.SerializeToUtf8Bytes(_committed));
            File.Move(_file + ".new", _file, overwrite: true);
        }
    }
}
