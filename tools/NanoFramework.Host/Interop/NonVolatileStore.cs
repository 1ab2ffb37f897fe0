using System.Text;
using JamBox.Board;

namespace JamBox.Interop;

/// <summary>Stand-in of Firmware.Atoms3/Interop.</summary>
public sealed class NonVolatileStore
{
    public const int MaxNameLength = 15;

    public const int MaxValueLength = 1984;

    private readonly string _partition;
    private readonly string _name;

    public NonVolatileStore(string partition, string name)
    {
        ArgumentNullException.ThrowIfNull(partition);
        ArgumentNullException.ThrowIfNull(name);
        if (partition.Length == 0 || !IsName(name))
        {
            throw new ArgumentException("a name is empty or too long");
        }

        BoardHost.Current.Nvs.Open(partition);
        _partition = partition;
        _name = name;
    }

    public int Get(string key, byte[] buffer)
    {
        ArgumentNullException.ThrowIfNull(key);
        ArgumentNullException.ThrowIfNull(buffer);
        string path = BoardNvs.Path(_partition, _name, key);
        byte[]? value = BoardHost.Current.Nvs.Get(path);
        if (value is null || BoardHost.Current.Nvs.RoomFor(path, value) > buffer.Length)
        {
            return -1;
        }

        value.CopyTo(buffer, 0);
        return value.Length;
    }

    public bool Set(string key, byte[] buffer, int count)
    {
        ArgumentNullException.ThrowIfNull(key);
        ArgumentNullException.ThrowIfNull(buffer);
        if (count < 0 || count > MaxValueLength || count > buffer.Length)
        {
            throw new ArgumentOutOfRangeException(nameof(count));
        }

        return IsName(key) && BoardHost.Current.Nvs.Set(BoardNvs.Path(_partition, _name, key), count == 0 ? null : buffer[..count]);
    }

    public bool Commit() => BoardHost.Current.Nvs.Commit();

    private static bool IsName(string name) => name.Length is > 0 and <= MaxNameLength && Ascii.IsValid(name);
}
