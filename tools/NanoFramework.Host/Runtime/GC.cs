using JamBox.Board;

namespace nanoFramework.Runtime.Native;

/// <summary>Stand-in of nanoFramework's GC.</summary>
public static class GC
{
    public static uint Run(bool compactHeap) => BoardHost.Current.FreeHeapBytes;
}
