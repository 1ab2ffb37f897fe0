using System;
using JamBox.Ports;
using JamBox.Tests.Ota;

namespace JamBox.Tests.App;

/// <summary>A key-value store in RAM, which outlives the box.</summary>
internal sealed class FakeStore : IKeyValueStore
{
    private const int MaxKeys = 24;

    private readonly string[] _keys = new string[MaxKeys];
    private readonly byte[][] _values = new byte[MaxKeys][];
    private int _count;

    /// <summary>Whether it refuses to store.</summary>
    public bool Refuses { get; set; }

    public int Writes { get; private set; }

    /// <summary>Can cut the power at a write; <c>null</c> for one that never does.</summary>
    public PowerCut Power { get; set; }

    public int Get(string key, byte[] buffer)
    {
        int at = IndexOf(key);
        if (at < 0 || _values[at].Length == 0 || _values[at].Length > buffer.Length)
        {
            return -1;
        }

        Array.Copy(_values[at], buffer, _values[at].Length);
        return _values[at].Length;
    }

    public bool Set(string key, byte[] buffer, int count)
    {
        if (Refuses)
        {
            return false;
        }

        if (Power != null && !Power.BeginAtomic())
        {
            Power.End();
        }

        int at = IndexOf(key);
        if (at < 0)
        {
            at = _count++;
            _keys[at] = key;
        }

        var value = new byte[count];
        Array.Copy(buffer, value, count);
        _values[at] = value;
        Writes++;
        if (Power != null)
        {
            Power.End();
        }

        return true;
    }

    public void Set(string key, string text)
    {
        byte[] value = JamBox.Text.Ascii.Bytes(text);
        Set(key, value, value.Length);
    }

    /// <summary>The value itself, to be damaged.</summary>
    public byte[] Value(string key)
    {
        int at = IndexOf(key);
        return at < 0 ? null : _values[at];
    }

    private int IndexOf(string key)
    {
        for (int i = 0; i < _count; i++)
        {
            if (_keys[i] == key)
            {
                return i;
            }
        }

        return -1;
    }
}
