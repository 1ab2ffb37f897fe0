using System.CommandLine;
using JamBox.Bench.CommandLine;
using JamBox.Demo;

namespace JamBox.Bench.Demo;

/// <summary><c>demo</c>.</summary>
internal static class DemoCommand
{
    private const int UsualBoxes = 15;
    private const int MaxBoxes = 100;
    private const int UsualMinutes = 4;
    private const int MaxMinutes = 24 * 60;

    /// <summary>Makes the command.</summary>
    /// <param name="terminal">The world around.</param>
    /// <returns>The command.</returns>
    public static Command Create(BenchTerminal terminal)
    {
        var count = new Option<int>("--count")
        {
            Description = "How many boxes, 1 to 100.", DefaultValueFactory = static _ => UsualBoxes, HelpName = "NUMBER",
        };
        var minutes = new Option<int>("--minutes")
        {
            Description = "How long they count at most; it ends when each was heard to count. 0 = they are made only.",
            DefaultValueFactory = static _ => UsualMinutes, HelpName = "MINUTES",
        };
        var keep = new Option<string?>("--keep")
        {
            Description =
                "Folder for database, flashes, log and labels; it must be new. Default: one that is deleted in the end, but for the labels, which stay here.",
            HelpName = "FOLDER",
        };
        var serve = new Option<bool>("--serve") { Description = "Go on in the end until Ctrl+C, to look at the portal." };
        var command = new BenchCommand(
            "demo",
            "Everything without hardware: starts a backend and simulated boxes as processes of their own, makes a batch, provisions and flashes each box, shows them counting, and prints the labels.",
            "jambox demo") { count, minutes, keep, serve };
        command.SetAction(async (parsed, stop) =>
        {
            using var demo = new DemoRun(terminal)
            {
                Count = Checked("--count", parsed.GetValue(count), 1, MaxBoxes),
                Patience = TimeSpan.FromMinutes(Checked("--minutes", parsed.GetValue(minutes), 0, MaxMinutes)),
                Keep = parsed.GetValue(keep),
                Serves = parsed.GetValue(serve),
            };
            try
            {
                return await demo.RunAsync(stop).ConfigureAwait(false);
            }
            catch (DemoException fault)
            {
                throw new BenchException(fault.Message, ExitCode.NoServer);
            }
        });
        return command;
    }

    private static int Checked(string option, int value, int least, int most) => value >= least && value <= most
        ? value
        : throw new BenchException($"{option} {value}: must be {least} to {most}", ExitCode.BadInput);
}
