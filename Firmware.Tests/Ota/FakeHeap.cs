using System;
using JamBox.Ports;

namespace JamBox.Tests.Ota;

/// <summary>A heap that is full when it is told to be.</summary>
internal sealed class FakeHeap : IHeap
{
    /// <summary>Blocks asked for until now.</summary>
    public int Blocks { get; private set; }

    /// <summary>Their bytes.</summary>
    public int Bytes { get; private set; }

    /// <summary>The block, counted from 1, that there is no room for; 0 for none.</summary>
    public int FailsAt { get; set; }

    /// <summary>How many blocks from that one on, or for good.</summary>
    public int Failures { get; set; } = 1;

    public void Reserve(int bytes)
    {
        Blocks++;
        if (FailsAt > 0 && Blocks >= FailsAt && Blocks < FailsAt + Failures)
        {
            throw new OutOfMemoryException();
        }

        Bytes += bytes;
    }
}
