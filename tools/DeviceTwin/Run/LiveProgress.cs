using System.Diagnostics;
using System.Globalization;

namespace JamBox.Twin.Run;

/// <summary>
/// Tells how far the run is: one line that is written over on a terminal, a line every few seconds elsewhere. It only looks; real
/// time is nowhere else in the twin.
/// </summary>
internal sealed class LiveProgress(IReadOnlyList<DeviceRun> devices, DateTimeOffset start)
{
    private const int TerminalMs = 200;
    private const int LogMs = 2000;

    private readonly Stopwatch _real = Stopwatch.StartNew();

    /// <summary>Real time since the start.</summary>
    public TimeSpan Elapsed => _real.Elapsed;

    /// <summary>Tells, until the run is over.</summary>
    /// <param name="run">The run.</param>
    public async Task WatchAsync(Task run)
    {
        int pauseMs = Console.IsOutputRedirected ? LogMs : TerminalMs;
        while (await Task.WhenAny(run, Task.Delay(pauseMs)).ConfigureAwait(false) != run)
        {
            Show(Console.IsOutputRedirected ? "\n" : string.Empty);
        }

        Show("\n");
        await run.ConfigureAwait(false);
    }

    private void Show(string end)
    {
        long virtualMs = devices.Min(d => d.VirtualMs);
        DeviceRun first = devices[0];
        long impressions = devices.Sum(d => (long)(d.Counted[0] ?? 0));
        long unique = devices.Sum(d => (long)(d.Counted[1] ?? 0));
        string line = string.Create(
            CultureInfo.InvariantCulture,
            $"{start.AddMilliseconds(virtualMs):yyyy-MM-dd HH:mm:ss} virtual  ×{virtualMs / Math.Max(1, _real.ElapsedMilliseconds):N0}  i {impressions:N0}  u {unique:N0}  " +
            $"modem {first.Box.Modem.State}  LED {first.Box.Led.State}  sent {devices.Sum(d => d.SentReadings)}/{devices.Sum(d => d.Closed.Count)}");
        Console.Write(Console.IsOutputRedirected ? line + end : "\r" + line.PadRight(Math.Max(1, Console.WindowWidth - 1))[..Math.Max(1, Console.WindowWidth - 1)] + end);
    }
}
