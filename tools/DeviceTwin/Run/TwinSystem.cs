using JamBox.Ports;
using JamBox.Twin.Time;

namespace JamBox.Twin.Run;

/// <summary>The chip: random numbers from the seed, the log into a file.</summary>
internal sealed class TwinSystem(IClock clock, SeededRandom random, TextWriter log) : ISystem
{
    // What a board has left, as ARCHITECTURE.md plans it; a PC has no such limit, and nothing here depends on it.
    private const int HeapBytes = 90 * 1024;

    public string ResetReason => "power";

    public int FreeHeapBytes => HeapBytes;

    public int LargestFreeBlockBytes => HeapBytes;

    public void Random(byte[] buffer) => random.Fill(buffer);

    public void Reboot(string reason) => throw new NotSupportedException("the twin cannot reboot a box yet");

    public void Log(string line) =>
        log.WriteLine($"{TimeSpan.FromMilliseconds(clock.UptimeMs):d\\.hh\\:mm\\:ss\\.fff} {line}");
}
