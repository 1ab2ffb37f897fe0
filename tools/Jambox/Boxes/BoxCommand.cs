using System.CommandLine;
using JamBox.Bench.CommandLine;

namespace JamBox.Bench.Boxes;

/// <summary><c>box</c>.</summary>
internal static class BoxCommand
{
    /// <summary>Makes the group.</summary>
    /// <param name="terminal">The world around.</param>
    /// <returns>The group.</returns>
    public static Command Create(BenchTerminal terminal) => new("box", "Boxes at the bench: provision, flash, test, look after.")
    {
        ProvisionCommand.Create(terminal),
        FlashCommand.Create(terminal),
        EnrolCommand.Create(terminal),
        RegisterCommand.Create(terminal),
        FlashCommand.CreateAgain(terminal),
        TestCommand.Create(terminal),
        ListCommand.Create(terminal),
        ShowCommand.Create(terminal),
        CommandCommand.Create(terminal),
        ConfigCommand.Create(terminal),
        MonitorCommand.Create(terminal),
        LabelCommand.Create(terminal),
        IdentityCommand.Create(terminal),
        RetireCommand.Create(terminal),
    };
}
