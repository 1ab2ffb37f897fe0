using Microsoft.Extensions.Hosting;
using Microsoft.Extensions.Hosting.Systemd;

namespace JamBox.Edge.Service;

/// <summary>
/// Tells systemd that the agent lives, for as long as its loops turn. One that hangs is killed and started again: nobody comes by.
/// </summary>
/// <param name="notifier">To systemd.</param>
/// <param name="isAlive">Looks whether the loops turn.</param>
/// <param name="clock">Says when.</param>
internal sealed class Watchdog(ISystemdNotifier notifier, Func<bool> isAlive, TimeProvider clock) : BackgroundService
{
    private const string Variable = "WATCHDOG_USEC";
    private const double MicrosecondsPerMillisecond = 1000;

    /// <summary>How often it is told, half of what systemd waits; <c>null</c> = it does not want to know.</summary>
    public static TimeSpan? Round { get; } =
        long.TryParse(Environment.GetEnvironmentVariable(Variable), out long limit) && limit > 0
            ? TimeSpan.FromMilliseconds(limit / MicrosecondsPerMillisecond / 2)
            : null;

    /// <inheritdoc/>
    protected override async Task ExecuteAsync(CancellationToken stoppingToken)
    {
        if (Round is not { } round || !notifier.IsEnabled)
        {
            return;
        }

        using PeriodicTimer timer = new(round, clock);
        do
        {
            if (isAlive())
            {
                notifier.Notify(new ServiceState("WATCHDOG=1"));
            }
        }
        while (await timer.WaitForNextTickAsync(stoppingToken).ConfigureAwait(false));
    }
}
