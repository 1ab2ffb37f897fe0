using System.CommandLine;
using JamBox.Bench.CommandLine;
using JamBox.Bench.Rollouts;

namespace JamBox.Bench.Releases;

/// <summary><c>release</c>: from a build to confirmed boxes.</summary>
internal static class ReleaseCommand
{
    /// <summary>Makes the group.</summary>
    /// <param name="terminal">The world around.</param>
    /// <returns>The group.</returns>
    public static Command Create(BenchTerminal terminal) =>
        new("release", "From a build to confirmed boxes: sign, publish, roll out, watch.")
    {
        KeygenCommand.Create(terminal),
        PublicKeyCommand.Create(terminal),
        KeyCommand.Create(terminal),
        FloorCommand.Create(terminal),
        InspectCommand.Create(terminal),
        SignCommand.Create(terminal),
        VerifyCommand.Create(terminal),
        PublishCommand.Create(terminal),
        RolloutCommand.Create(terminal),
        WatchCommand.Create(terminal),
        ListCommand.Create(terminal),
        StatusCommand.Create(terminal),
        AllowCommand.Create(terminal),
    };
}
