using System.CommandLine;
using JamBox.Bench.Boxes.Ports;
using JamBox.Bench.CommandLine;
using JamBox.Bench.Server;
using JamBox.Flashing;
using JamBox.Twin.Chip;

namespace JamBox.Bench.Demo;

/// <summary>
/// <c>twins</c>: boxes that were made at the bench with <c>--port twin:FILE</c>, on the wall: each boots out of its flash and counts, until
/// the input of the program ends.
/// </summary>
internal static class TwinBoxesCommand
{
    /// <summary>The word on the command line.</summary>
    public const string Name = "twins";

    /// <summary>The ending of a flash.</summary>
    public const string FlashEnding = ".flash";

    private static readonly TimeSpan s_look = TimeSpan.FromMilliseconds(200);

    /// <summary>Makes the command.</summary>
    /// <param name="terminal">The world around.</param>
    /// <returns>The command.</returns>
    public static Command Create(BenchTerminal terminal)
    {
        var folder = new Argument<DirectoryInfo>("FOLDER") { Description = $"Where their flashes are: files that end in {FlashEnding}." };
        folder.AcceptExistingOnly();
        Option<string?> server = ServerOptions.Server();
        var command = new BenchCommand(
            Name, "Let simulated boxes run that were made with --port twin:FILE, all of a folder, until the end of the input.",
            "jambox twins boxes --server http://localhost:5000") { folder, server };
        command.SetAction(async (parsed, stop) =>
        {
            Uri address = ServerOptions.AddressOf(terminal, parsed.GetValue(server));
            string[] files = [.. parsed.GetRequiredValue(folder).GetFiles("*" + FlashEnding).Select(static file => file.FullName).Order()];
            if (files.Length == 0)
            {
                throw new BenchException($"no file there ends in {FlashEnding}", ExitCode.BadInput);
            }

            await LiveAsync(terminal, files, address, stop).ConfigureAwait(false);
            return ExitCode.Done;
        });
        return command;
    }

    private static async Task LiveAsync(BenchTerminal terminal, string[] files, Uri address, CancellationToken stop)
    {
        List<TwinLine> boxes = [];
        try
        {
            foreach ((int index, string file) in files.Index())
            {
                boxes.Add(new TwinLine(file, new ChipFirmwareOptions { Backend = address, Seed = index + 1 }));
            }

            terminal.Line($"{boxes.Count} boxes run");
            using var end = CancellationTokenSource.CreateLinkedTokenSource(stop);
            Task input = Task.Run(terminal.AwaitEndOfInput, CancellationToken.None).ContinueWith(
                _ => end.CancelAsync(), CancellationToken.None, TaskContinuationOptions.None, TaskScheduler.Default);
            await Task.WhenAny(input, Task.Run(() => Drain(boxes, end.Token), CancellationToken.None)).ConfigureAwait(false);
        }
        finally
        {
            boxes.ForEach(static box => box.Dispose());
        }
    }

    /// <summary>Takes what they say off their ports, where nobody reads it.</summary>
    private static void Drain(List<TwinLine> boxes, CancellationToken stop)
    {
        while (!stop.WaitHandle.WaitOne(s_look))
        {
            boxes.ForEach(static box => box.DiscardInput());
            if (boxes.Find(static box => box.Firmware.Failure is not null)?.Firmware.Failure is { } failure)
            {
                throw new FlashException(FlashFault.Port, $"a simulated box broke down: {failure.Message}");
            }
        }
    }
}
