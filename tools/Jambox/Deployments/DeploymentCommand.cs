using System.CommandLine;
using JamBox.Bench.CommandLine;

namespace JamBox.Bench.Deployments;

/// <summary><c>deployment</c>: packages for gateways and the modules behind them.</summary>
internal static class DeploymentCommand
{
    /// <summary>Makes the group.</summary>
    /// <param name="terminal">The world around.</param>
    /// <returns>The group.</returns>
    public static Command Create(BenchTerminal terminal) =>
        new("deployment", "Packages for gateways and the modules behind them: pack and sign, look into, publish.")
        {
            PackCommand.Create(terminal),
            InspectCommand.Create(terminal),
            PublishCommand.Create(terminal),
        };
}
