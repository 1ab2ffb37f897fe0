using System.Globalization;
using JamBox.Counting;
using JamBox.Ports;
using JamBox.Twin.Time;

namespace JamBox.Twin.Run;

/// <summary>The chip: random numbers from the seed, the log into a file.</summary>
internal sealed class TwinSystem(IClock clock, SeededRandom random, TextWriter log, FirmwareMeter meter) : ISystem
{
    // What a board has left, as docs/memory.md plans it; a PC has no such limit, and nothing here depends on it.
    private const int HeapBytes = 90 * 1024;

    public string ResetReason { get; set; } = BoxDiedException.Power;

    public string? BoardFault => null;

    public int FreeHeapBytes => HeapBytes;

    public int LargestFreeBlockBytes => HeapBytes;

    /// <summary>Told of every line.</summary>
    public Action<string>? Logged { get; set; }

    /// <summary>The salt that the present boot drew for its counting tables.</summary>
    public byte[] Salt { get; private set; } = new byte[PeopleCounter.SaltLength];

    public void Random(byte[] buffer)
    {
        random.Fill(buffer);
        if (buffer.Length == PeopleCounter.SaltLength)
        {
            // Nothing else that the firmware draws is as long.
            Salt = [.. buffer];
        }
    }


    public void Reboot(string reason) => throw new BoxDiedException(reason, "the firmware restarts itself");

    public void Log(string line)
    {
        meter.Pause();
        Logged?.Invoke(line);
        if (log != TextWriter.Null)
        {
            log.WriteLine(string.Create(CultureInfo.InvariantCulture, $"{TimeSpan.FromMilliseconds(clock.UptimeMs):d\\.hh\\:mm\\:ss\\.fff} {line}"));
        }

        meter.Resume();
    }
}
