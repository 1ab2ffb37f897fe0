using Microsoft.Extensions.Logging;

namespace JamBox.Edge.Engine;

/// <summary>Lets the engine work as long as the agent runs: at once on a notice, and again after trouble with the disk.</summary>
/// <param name="deployer">The engine.</param>
/// <param name="clock">Of the wait after trouble.</param>
/// <param name="log">For people.</param>
public sealed class DeploymentLoop(Deployer deployer, TimeProvider clock, ILogger log)
{
    private static readonly TimeSpan s_afterTrouble = TimeSpan.FromMinutes(1);

    private readonly SemaphoreSlim _offered = new(0);

    /// <summary>Takes a notice, from any thread.</summary>
    /// <param name="notice">What the server says.</param>
    public void Offer(Notice notice)
    {
        deployer.Offer(notice);
        _offered.Release();
    }

    /// <summary>Works until it is to stop.</summary>
    /// <param name="stop">Ends it between steps.</param>
    /// <returns>Whether the agent is to end with <see cref="RunResult.RestartExitCode"/>, because a newer one is in its place.</returns>
    public async Task<bool> RunAsync(CancellationToken stop)
    {
        Task? offered = null;
        while (true)
        {
            RunResult result = await deployer.RunAsync(stop).ConfigureAwait(false);
            switch (result.End)
            {
                case RunEnd.Restart:
                    return true;
                case RunEnd.Stopped:
                    return false;
            }

            try
            {
                if (result.End == RunEnd.Trouble)
                {
                    log.LogWarning("It goes on in {Seconds} s", s_afterTrouble.TotalSeconds);
                    await Task.Delay(s_afterTrouble, clock, stop).ConfigureAwait(false);
                }
                else
                {
                    offered ??= _offered.WaitAsync(stop);

                    // What the queue had no room for is offered to it again.
                    Task first = deployer.Undelivered == 0
                        ? offered : await Task.WhenAny(offered, Task.Delay(s_afterTrouble, clock, stop)).ConfigureAwait(false);
                    await first.ConfigureAwait(false);
                    offered = offered.IsCompleted ? null : offered;
                }
            }
            catch (OperationCanceledException)
            {
                return false;
            }
        }
    }
}
