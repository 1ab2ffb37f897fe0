using System;
using System.Text;
using JamBox.Interop;
using JamBox.Ports;
using nanoFramework.Hardware.Esp32;

namespace JamBox.Atoms3.Adapters;

/// <summary>The chip: heap, random numbers, why it started, restart, debug output.</summary>
internal sealed class BoardSystem : ISystem, IFaultReport
{
    /// <summary>A reason that the last boot left is taken, once.</summary>
    /// <param name="store">Where <see cref="Fault"/> left it. A partition that could not be opened is reported.</param>
    public BoardSystem(NvsStore store)
    {
        if (store.BrokenPartition != null)
        {
            Report(store.BrokenPartition, null);
        }

        ResetCause cause = Watchdog.LastReset;
        ResetReason = Word(cause);
        var reason = new byte[Fault.MaxReasonLength];
        int length = store.Get(Fault.ReasonKey, reason);
        if (length <= 0)
        {
            return;
        }

        store.Set(Fault.ReasonKey, reason, 0);

        // A reset that software did not ask for came before the reboot that was to follow the reason.
        if (cause == ResetCause.Software || cause == ResetCause.Unknown)
        {
            ResetReason = Encoding.UTF8.GetString(reason, 0, length);
        }
    }

    /// <inheritdoc/>
    public string ResetReason { get; }

    /// <inheritdoc/>
    public string BoardFault { get; private set; }

    /// <inheritdoc/>
    public int FreeHeapBytes
    {
        get
        {
            // A full collection, some 10 ms: for once a minute.
            uint free = nanoFramework.Runtime.Native.GC.Run(false);
            int bytes = (int)free;
            return bytes;
        }
    }

    /// <inheritdoc/>
    public int LargestFreeBlockBytes
    {
        get
        {
            NativeMemory.GetMemoryInfo(NativeMemory.MemoryType.Internal, out _, out _, out uint largest);
            int bytes = (int)largest;
            return bytes;
        }
    }

    /// <inheritdoc/>
    public void Report(string part, Exception exception)
    {
        BoardFault ??= part;
        Log("board: " + part + " does not work: " + (exception == null ? "no answer" : exception.GetType().Name));
    }

    /// <inheritdoc/>
    public void RebootFor(string where, Exception exception)
    {
        Fault.Reboot(where, exception);
    }

    /// <inheritdoc/>
    public void Random(byte[] buffer)
    {
        HardwareRandom.Fill(buffer);
    }

    /// <inheritdoc/>
    public void Reboot(string reason)
    {
        Fault.Reboot(reason);
    }

    /// <inheritdoc/>
    public void Log(string line)
    {
        // Not Debug.WriteLine, of which nothing is left in a release build.
        Console.WriteLine(line);
    }

    private static string Word(ResetCause cause)
    {
        switch (cause)
        {
            case ResetCause.Power:
                return "power";
            case ResetCause.Software:
                return "software";
            case ResetCause.Watchdog:
                return "watchdog";
            case ResetCause.Crash:
                return "crash";
            case ResetCause.BrownOut:
                return "brownout";
            case ResetCause.Wake:
                return "wake";
            default:
                return "unknown";
        }
    }
}
