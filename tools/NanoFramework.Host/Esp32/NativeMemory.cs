using JamBox.Board;

namespace nanoFramework.Hardware.Esp32;

/// <summary>Stand-in of nanoFramework's NativeMemory.</summary>
public class NativeMemory
{
    public enum MemoryType
    {
        All = 0,
        Internal = 1,
        SpiRam = 2,
    }

    public static void GetMemoryInfo(MemoryType memType, out uint totalSize, out uint totalFreeSize, out uint largestFreeBlock)
    {
        if (memType != MemoryType.Internal)
        {
            throw new NotSupportedException($"NativeMemory.GetMemoryInfo({memType})");
        }

        totalSize = 320 * 1024;
        totalFreeSize = BoardHost.Current.NativeFreeBytes;
        largestFreeBlock = totalFreeSize / 2;
    }
}
