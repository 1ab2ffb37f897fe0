using System;
using JamBox.Ota.Patch;

namespace JamBox.Tests.Ota.Patch;

/// <summary>Bytes in RAM; a read can be made to fail.</summary>
internal sealed class MemorySource : IByteSource
{
    private readonly byte[] _bytes;

    public MemorySource(byte[] bytes, int length)
    {
        _bytes = bytes;
        Length = length;
        FailsFrom = int.MaxValue;
    }

    public int Length { get; }

    /// <summary>Reads that end past this position fail.</summary>
    public int FailsFrom { get; set; }

    public bool Read(int position, byte[] buffer, int offset, int count)
    {
        if (position < 0 || count < 0 || position + count > Length)
        {
            throw new InvalidOperationException("read outside the source");
        }

        Array.Copy(_bytes, position, buffer, offset, count);
        return position + count <= FailsFrom;
    }
}
