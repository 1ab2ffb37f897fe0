using System;
using System.Text;
using System.Threading;
using JamBox.Atoms3.Adapters;
using JamBox.Ports;
using nanoFramework.Hardware.Esp32;
using nanoFramework.Runtime.Native;

namespace JamBox.Stock.Adapters;

/// <summary>
/// The chip, as far as the stock image shows it: heap, random numbers, restart, debug output. Why the chip started nobody tells; what
/// is known is the reason that this firmware left before a reboot of its own.
/// </summary>
internal sealed class StockSystem : ISystem, IFaultReport
{
    /// <summary>Key under which the reason waits for the next boot.</summary>
    public const string ReasonKey = "reset_reason";

    /// <summary>Longest reason, ASCII characters.</summary>
    public const int MaxReasonLength = 48;

    // For the last lines of the debug output, and so that a box that fails at every boot does not wear its flash out.
    private const int DrainMs = 1000;

    // The runtime takes each of its bytes from the chip's generator: on ESP32 a seed is ignored.
    private readonly Random _random = new Random();
    private FileStore _store;

    /// <inheritdoc/>
    public string ResetReason { get; private set; } = "unknown";

    /// <inheritdoc/>
    public string BoardFault { get; private set; }

    /// <inheritdoc/>
    public int FreeHeapBytes
    {
        get
        {
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

    /// <summary>Takes the reason that the last boot left, once.</summary>
    /// <param name="store">Where it is, and where the next will be.</param>
    public void TakeReason(FileStore store)
    {
        _store = store;
        var reason = new byte[MaxReasonLength];
        int length = store.Get(ReasonKey, reason);
        if (length > 0)
        {
            store.Set(ReasonKey, reason, 0);
            ResetReason = Encoding.UTF8.GetString(reason, 0, length);
        }
    }

    /// <inheritdoc/>
    public void Random(byte[] buffer)
    {
        _random.NextBytes(buffer);
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
        string reason = where + ":";
        try
        {
            reason += exception.GetType().Name;
            Log("fault " + reason + ": " + exception.Message);
            Log(exception.StackTrace);
        }
        catch (Exception)
        {
            // Out of memory, as likely as not. The reason that there is will do.
        }

        Reboot(reason);
    }

    /// <inheritdoc/>
    public void Reboot(string reason)
    {
        try
        {
            byte[] bytes = Encoding.UTF8.GetBytes(reason);
            _store.Set(ReasonKey, bytes, bytes.Length < MaxReasonLength ? bytes.Length : MaxReasonLength);
        }
        catch (Exception)
        {
            // A reboot without a reason is better than none.
        }

        // The CLR reboots when it next looks, which may be after this call has returned. Until it does, it is asked again.
        while (true)
        {
            Thread.Sleep(DrainMs);
            try
            {
                Power.RebootDevice();
            }
            catch (Exception)
            {
                // There is no other way to reboot.
            }
        }
    }

    /// <inheritdoc/>
    public void Log(string line)
    {
        Console.WriteLine(line);
    }
}
