using System.CommandLine;
using JamBox.Bench.CommandLine;
using JamBox.Bench.Releases;
using JamBox.Bench.Server;

namespace JamBox.Bench.Boxes;

/// <summary><c>box register</c>.</summary>
internal static class RegisterCommand
{
    private const int MaxCount = 1000;

    /// <summary>Makes the command.</summary>
    /// <param name="terminal">The world around.</param>
    /// <returns>The command.</returns>
    public static Command Create(BenchTerminal terminal)
    {
        Option<int> count = Count(1);
        Option<string> board = Board();
        Option<string> revision = Revision();
        Option<string?> note = Note();
        var labels = new Option<string?>("--labels")
        {
            Description = "Write their labels there, as PDF, a page of them.", HelpName = "FILE",
        };
        Option<string?> server = ServerOptions.Server();
        Option<bool> json = ReleaseOptions.Json();
        var command = new BenchCommand(
            "register",
            "Have the server make ids, serial numbers and PINs for new boxes, without flashing any. The PINs are shown this once.",
            "jambox box register --count 15 --labels carton.pdf") { count, board, revision, note, labels, server, json };
        command.SetAction(async (parsed, stop) =>
        {
            BatchRequest request = RequestOf(
                parsed.GetValue(count), parsed.GetValue(board)!, parsed.GetValue(revision)!, parsed.GetValue(note));
            using BackendClient client = ServerOptions.Connect(terminal, parsed.GetValue(server));
            Manufacturing manufacturing = new(client);
            NewBatch batch = await manufacturing.MakeBatchAsync(request, stop).ConfigureAwait(false);
            foreach (NewlyMade device in batch.Devices)
            {
                Tell(terminal, batch.Id, device, parsed.GetValue(json));
            }

            if (parsed.GetValue(labels) is { } path)
            {
                var wish = new LabelWish("sheet", Pins: [.. batch.Devices.Select(static device => $"{device.Serial} {device.Pin}")]);
                BoxOptions.Write(path, await manufacturing.MakeLabelsAsync(batch.Id, wish, stop).ConfigureAwait(false));
            }

            return ExitCode.Done;
        });
        return command;
    }

    /// <summary>How many.</summary>
    /// <param name="usual">When it is not said.</param>
    /// <returns>The option.</returns>
    public static Option<int> Count(int usual) => new("--count")
    {
        Description = "How many boxes, 1 to 1,000.", DefaultValueFactory = _ => usual, HelpName = "NUMBER",
    };

    /// <summary>The board.</summary>
    /// <returns>The option.</returns>
    public static Option<string> Board() => new("--board")
    {
        Description = "The board: two capital letters, as in the serial number.", DefaultValueFactory = static _ => "NB", HelpName = "NB",
    };

    /// <summary>Its revision.</summary>
    /// <returns>The option.</returns>
    public static Option<string> Revision() => new("--revision")
    {
        Description = "Its revision: two digits.", DefaultValueFactory = static _ => "02", HelpName = "02",
    };

    /// <summary>Anything.</summary>
    /// <returns>The option.</returns>
    public static Option<string?> Note() => new("--note")
    {
        Description = "Anything that the batch is to be found by, such as the carton.", HelpName = "TEXT",
    };

    /// <summary>Checks what was said.</summary>
    /// <param name="count">How many.</param>
    /// <param name="board">The board.</param>
    /// <param name="revision">Its revision.</param>
    /// <param name="note">Anything.</param>
    /// <returns>The request.</returns>
    /// <exception cref="BenchException">It cannot be.</exception>
    public static BatchRequest RequestOf(int count, string board, string revision, string? note) =>
        count is >= 1 and <= MaxCount
            ? new BatchRequest(board, revision, count, "jbnb", note)
            : throw new BenchException($"--count {count}: must be 1 to {MaxCount}", ExitCode.BadInput);

    private static void Tell(BenchTerminal terminal, long batch, NewlyMade device, bool isJson)
    {
        if (isJson)
        {
            terminal.Json(new { batch, device_id = device.DeviceId, serial = device.Serial, pin = device.Pin });
        }
        else
        {
            terminal.Line($"{device.DeviceId}  {device.Serial}  PIN {device.Pin}");
        }
    }
}
