using System.CommandLine;
using JamBox.Bench.CommandLine;
using JamBox.Bench.Server;

namespace JamBox.Bench.Boxes;

/// <summary><c>box label</c>.</summary>
internal static class LabelCommand
{
    private static readonly string[] s_layouts = ["single", "roll", "sheet"];
    private static readonly string[] s_papers = ["A4", "Letter"];

    /// <summary>Makes the command.</summary>
    /// <param name="terminal">The world around.</param>
    /// <returns>The command.</returns>
    public static Command Create(BenchTerminal terminal)
    {
        Argument<string> box = BoxOptions.Box();
        var file = new Option<string?>("--out") { Description = "The file. Default: label-ID.pdf.", HelpName = "FILE" };
        var batch = new Option<bool>("--batch") { Description = "The labels of the whole batch that the box is of." };
        var noPin = new Option<bool>("--no-pin")
        {
            Description =
                "Without PINs, and none is changed. Without it each gets a new PIN, as none can be read back; of what is sold none is changed.",
        };
        var layout = new Option<string>("--layout")
        {
            Description = "single = 3 x 2.25 in, roll = 62 x 40 mm each, sheet = pages of them.",
            DefaultValueFactory = static _ => "single",
        };
        layout.AcceptOnlyFromAmong(s_layouts);
        var paper = new Option<string>("--paper") { Description = "The paper of sheets.", DefaultValueFactory = static _ => "A4" };
        paper.AcceptOnlyFromAmong(s_papers);
        Option<string?> server = ServerOptions.Server();
        var command = new BenchCommand(
            "label", "Make the label of a box as PDF: serial number, QR code of its activation, PIN.",
            "jambox box label JBNB0001 --out label.pdf") { box, file, batch, noPin, layout, paper, server };
        command.SetAction(async (parsed, stop) =>
        {
            string id = BoxOptions.Checked(parsed.GetRequiredValue(box));
            using BackendClient client = ServerOptions.Connect(terminal, parsed.GetValue(server));
            Manufacturing manufacturing = new(client);
            MadeRow device = (await manufacturing.GetAsync(id, stop).ConfigureAwait(false)).Device;
            string path = parsed.GetValue(file) ?? $"label-{device.DeviceId}.pdf";
            var wish = new LabelWish(
                parsed.GetValue(layout)!, parsed.GetValue(paper)!, parsed.GetValue(batch) ? null : device.Serial, !parsed.GetValue(noPin));
            BoxOptions.Write(path, await manufacturing.MakeLabelsAsync(device.Batch, wish, stop).ConfigureAwait(false));
            terminal.Line(path);
            return ExitCode.Done;
        });
        return command;
    }
}
