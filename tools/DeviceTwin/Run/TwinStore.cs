using System.Text;
using JamBox.Ports;

namespace JamBox.Twin.Run;

/// <summary>The key-value store of a box, in memory.</summary>
internal sealed class TwinStore : IKeyValueStore
{
    private const int MaxKeyLength = 15;

    private readonly Dictionary<string, byte[]> _values = new(StringComparer.Ordinal);

    /// <summary>Stores a text, as provisioning does.</summary>
    public void Set(string key, string value)
    {
        byte[] bytes = Encoding.ASCII.GetBytes(value);
        Set(key, bytes, bytes.Length);
    }

    public int Get(string key, byte[] buffer)
    {
        if (!_values.TryGetValue(Checked(key), out byte[]? value) || value.Length > buffer.Length)
        {
            return -1;
        }

        value.CopyTo(buffer, 0);
        return value.Length;
    }

    public bool Set(string key, byte[] buffer, int count)
    {
        if (count == 0)
        {
            _values.Remove(Checked(key));
        }
        else
        {
            _values[Checked(key)] = buffer[..count];
        }

        return true;
    }

    private static string Checked(string key) =>
        key.Length is > 0 and <= MaxKeyLength ? key : throw new ArgumentException($"a key has 1…{MaxKeyLength} characters: '{key}'");
}
