using JamBox.Ports;
using nanoFramework.Hardware.Esp32;

namespace JamBox.Atoms3.Adapters;

/// <summary>Native memory, which the drivers and the radio stacks live in, beside the managed heap.</summary>
internal static class NativeRoom
{
    /// <summary>Tells whether there is so much.</summary>
    /// <param name="bytes">That must be free.</param>
    /// <param name="blockBytes">That must be free in one block.</param>
    /// <returns>Whether both are so.</returns>
    public static bool Has(int bytes, int blockBytes)
    {
        NativeMemory.GetMemoryInfo(NativeMemory.MemoryType.Internal, out _, out uint free, out uint largest);
        return free >= bytes && largest >= blockBytes;
    }

    /// <summary>Writes down how much there is: for the first day of a board (docs/board-bring-up.md), and for shortages.</summary>
    /// <param name="system">Its log.</param>
    /// <param name="what">What has just happened.</param>
    public static void Log(ISystem system, string what)
    {
        NativeMemory.GetMemoryInfo(NativeMemory.MemoryType.Internal, out _, out uint free, out uint largest);
        system.Log("radio: " + what + ", native memory has " + free.ToString() + " bytes, " + largest.ToString() + " in one block");
    }
}
