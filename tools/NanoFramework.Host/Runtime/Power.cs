using JamBox.Board;
using JamBox.Interop;

namespace nanoFramework.Runtime.Native;

/// <summary>Stand-in of nanoFramework's Power.</summary>
public class Power
{
    /// <summary>The board resets. The calling thread stops here, and the others at their next call of a stand-in.</summary>
    public static void RebootDevice(RebootOption rebootOption = RebootOption.NormalReboot)
    {
        BoardHost.Current.SwitchOff(ResetCause.Software);
        BoardHost.Park();
    }
}

/// <summary>Stand-in.</summary>
public enum RebootOption
{
    NormalReboot = 0,
    EnterNanoBooter = 1,
    ClrOnly = 2,
    EnterProprietaryBooter = 8,
}

/// <summary>Stand-in of nanoFramework's GC.</summary>
public static class GC
{
    public static uint Run(bool compactHeap) => BoardHost.Current.FreeHeapBytes;
}
