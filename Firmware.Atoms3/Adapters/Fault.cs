using System;
using System.Threading;
using JamBox.Interop;
using JamBox.Text;
using nanoFramework.Runtime.Native;

namespace JamBox.Atoms3.Adapters;

/// <summary>
/// The end of every exception that nobody caught: a short reason in NVS, then a reboot. Left alone, nanoCLR would wait for a debugger
/// (<c>Main</c>), or end the thread of the events without a word. It depends on no other adapter, because any of them may be what
/// failed, and may be called on any thread.
/// </summary>
internal static class Fault
{
    /// <summary>Key under which the reason waits for the next boot.</summary>
    public const string ReasonKey = "reset_reason";

    /// <summary>Longest reason, ASCII characters.</summary>
    public const int MaxReasonLength = 48;

    // For the last lines of the debug output, and so that a box that fails at every boot does not wear its flash out.
    private const int DrainMs = 1000;

    /// <summary>Stores <c>where:type</c>, as in <c>main:OutOfMemoryException</c>, and reboots. Does not return.</summary>
    /// <param name="where">A word for the place.</param>
    /// <param name="exception">What was thrown.</param>
    public static void Reboot(string where, Exception exception)
    {
        string reason = where + ":";
        try
        {
            reason += exception.GetType().Name;
            Console.WriteLine("fault " + reason + ": " + exception.Message);
            Console.WriteLine(exception.StackTrace);
            if (exception is NotSupportedException)
            {
                Console.WriteLine("a native part is missing in this nanoCLR: flash the one of this firmware (docs/board-bring-up.md)");
            }
        }
        catch (Exception)
        {
            // Out of memory, as likely as not. The reason that there is will do.
        }

        Reboot(reason);
    }

    /// <summary>Stores a reason and reboots. Does not return.</summary>
    /// <param name="reason">ASCII; what is longer than <see cref="MaxReasonLength"/> is cut off.</param>
    public static void Reboot(string reason)
    {
        try
        {
            byte[] bytes = Ascii.Bytes(reason);
            int length = bytes.Length < MaxReasonLength ? bytes.Length : MaxReasonLength;
            var store = new NonVolatileStore(NvsStore.SettingsPartition, NvsStore.Namespace);
            store.Set(ReasonKey, bytes, length);
            store.Commit();
        }
        catch (Exception)
        {
            // A reboot without a reason is better than none.
        }

        try
        {
            Thread.Sleep(DrainMs);
            Power.RebootDevice();
        }
        catch (Exception)
        {
            // The watchdog, which nobody feeds any more, does it then.
        }

        // The CLR reboots when it next looks, which may be after this call has returned.
        while (true)
        {
            Thread.Sleep(DrainMs);
        }
    }
}
