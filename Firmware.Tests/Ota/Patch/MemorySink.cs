using System;
using JamBox.Ota.Patch;

namespace JamBox.Tests.Ota.Patch;

/// <summary>An image in RAM; a write can be made to fail.</summary>
internal sealed class MemorySink : IByteSink
{
    public MemorySink(int capacity)
    {
        Image = new byte[capacity];
        FailsFrom = int.MaxValue;
    }

    public byte[] Image { get; }

    public int Count { get; private set; }

    /// <summary>Writes that end past this position fail.</summary>
    public int FailsFrom { get; set; }

    public bool Write(byte[] buffer, int count)
    {
        Array.Copy(buffer, 0, Image, Count, count);
        Count += count;
        return Count <= FailsFrom;
    }
}
