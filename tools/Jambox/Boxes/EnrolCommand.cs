using System.CommandLine;
using System.Globalization;
using JamBox.Bench.Boxes.Flashing;
using JamBox.Bench.Boxes.Ports;
using JamBox.Bench.CommandLine;
using JamBox.Bench.Releases;
using JamBox.Bench.Server;

namespace JamBox.Bench.Boxes;

/// <summary><c>box enroll</c>.</summary>
internal static class EnrolCommand
{
    /// <summary>Makes the command.</summary>
    /// <param name="terminal">The world around.</param>
    /// <returns>The command.</returns>
    public static Command Create(BenchTerminal terminal)
    {
        Options options = new();
        var command = new BenchCommand(
            "enroll",
            "Make boxes out of a carton of boards: register them, flash one after the other, print their labels. Broken off, the same command goes on with the box that was begun.",
            "jambox box enroll --count 15 --labels carton.pdf");
        options.All.ForEach(command.Add);
        command.SetAction((parsed, stop) => RunAsync(terminal, options, parsed, stop));
        return command;
    }

    private static async Task<int> RunAsync(BenchTerminal terminal, Options options, ParseResult parsed, CancellationToken stop)
    {
        TimeSpan patience = BoxOptions.CheckedWait(parsed.GetValue(options.Wait));
        string? port = parsed.GetValue(options.Port);
        string? folder = parsed.GetValue(options.Firmware);
        bool isJson = parsed.GetValue(options.Json);
        FirmwareFiles? files = FlashCommand.FilesFor(terminal, port, folder);
        bool isPhase1 = parsed.GetValue(options.Provision);
        FirmwareFiles? provisioning = isPhase1 ? FlashCommand.FilesFor(terminal, port, folder, FirmwareKind.Provisioning) : null;
        FlashTools? tools = await FlashTools.FindAsync(
            terminal, parsed.GetValue(options.Flasher), port, parsed.GetValue(options.YesWriteSecret), stop).ConfigureAwait(false);
        tools?.RequireSecretFolder();
        using BackendClient client = ServerOptions.Connect(terminal, parsed.GetValue(options.Server));
        Manufacturing manufacturing = new(client);
        BenchLog log = new(terminal);
        long began = terminal.Time.GetTimestamp();

        // The same for all boxes, and so fetched once; before there is a batch, so that what is missing leaves nothing behind.
        ServerFirmware server = new(terminal, manufacturing);
        BoardName board = new(parsed.GetValue(options.Board)!, parsed.GetValue(options.Revision)!);
        files ??= await server.LoadAsync(board, FirmwareKind.Production, stop).ConfigureAwait(false);
        if (isPhase1)
        {
            provisioning ??= await server.LoadAsync(board, FirmwareKind.Provisioning, stop).ConfigureAwait(false);
        }

        (Enrolment enrolment, IReadOnlyList<NewlyMade>? made) = await BeginAsync(
            terminal, options, parsed, client, log.Folder, stop).ConfigureAwait(false);
        var job = new EnrolJob(terminal, client, enrolment)
        {
            Port = port, Files = files, Provisioning = provisioning, Patience = patience, IsJson = isJson, Tools = tools,
        };
        int exitCode = await job.RunAsync(stop).ConfigureAwait(false);
        string labels = parsed.GetValue(options.Labels) ?? BackendClient.Path($"labels-{enrolment.Batch}.pdf");
        await PrintAsync(manufacturing, enrolment, made, labels, stop).ConfigureAwait(false);
        if (enrolment.IsDone)
        {
            Enrolment.Forget(log.Folder);
        }

        Tell(terminal, enrolment, labels, terminal.Time.GetElapsedTime(began), isJson);
        return exitCode;
    }

    /// <summary>Goes on with what is under way, or makes a batch.</summary>
    private static async Task<(Enrolment Enrolment, IReadOnlyList<NewlyMade>? Made)> BeginAsync(
        BenchTerminal terminal, Options options, ParseResult parsed, BackendClient client, string folder, CancellationToken stop)
    {
        int? count = parsed.GetValue(options.Count);
        Enrolment? before = parsed.GetValue(options.New) ? null : Enrolment.Load(folder);
        if (before is not null)
        {
            int done = before.Boxes.Count(static box => box.State == EnrolState.Done);
            string what =
                $"an enrolment of {before.Boxes.Count} boxes (batch {before.Batch} at {before.Server}) is under way, {done} of them done";
            if (before.Server != client.Address || (count is not null && count != before.Boxes.Count))
            {
                throw new BenchException(
                    $"{what}: go on with it (--count {before.Boxes.Count}, --server {before.Server}), or say --new", ExitCode.BadInput);
            }

            terminal.Warn($"{what}: it goes on");
            return (before, null);
        }

        BatchRequest request = RegisterCommand.RequestOf(
            count ?? 1, parsed.GetValue(options.Board)!, parsed.GetValue(options.Revision)!, parsed.GetValue(options.Note));
        Enrolment.RequireRoom(folder, request.Quantity);
        NewBatch batch = await new Manufacturing(client).MakeBatchAsync(request, stop).ConfigureAwait(false);
        var enrolment = new Enrolment
        {
            Server = client.Address, Batch = batch.Id,
            Boxes = [.. batch.Devices.Select(static device => new EnrolledBox { Serial = device.Serial, DeviceId = device.DeviceId })],
        };
        enrolment.Save(folder);
        return (enrolment, batch.Devices);
    }

    /// <summary>Labels with the PINs of this run; after a break those are known to nobody, and new ones are made.</summary>
    private static async Task PrintAsync(
        Manufacturing manufacturing, Enrolment enrolment, IReadOnlyList<NewlyMade>? made, string path, CancellationToken stop)
    {
        LabelWish wish = made is null
            ? new LabelWish("sheet", NewPins: true)
            : new LabelWish("sheet", Pins: [.. made.Select(static device => $"{device.Serial} {device.Pin}")]);
        BoxOptions.Write(path, await manufacturing.MakeLabelsAsync(enrolment.Batch, wish, stop).ConfigureAwait(false));
    }

    private static void Tell(BenchTerminal terminal, Enrolment enrolment, string labels, TimeSpan took, bool isJson)
    {
        List<EnrolledBox> left = enrolment.Boxes.FindAll(static box => box.State != EnrolState.Done);
        if (isJson)
        {
            terminal.Json(new
            {
                batch = enrolment.Batch, boxes = enrolment.Boxes.Count, done = enrolment.Boxes.Count - left.Count,
                set_aside = left.Select(static box => new { device_id = box.DeviceId, why = box.Trouble }), labels,
                seconds = Math.Round(took.TotalSeconds),
            });
            return;
        }

        terminal.Line(string.Create(
            CultureInfo.InvariantCulture,
            $"{enrolment.Boxes.Count - left.Count} of {enrolment.Boxes.Count} boxes are done, in {took.TotalSeconds:0} s. Labels: {labels}"));
        foreach (EnrolledBox box in left)
        {
            terminal.Line($"{box.DeviceId} was set aside: {box.Trouble}. The same command takes it up again");
        }
    }

    /// <summary>The options of the command.</summary>
    private sealed class Options
    {
        public Option<int?> Count { get; } = new("--count")
        {
            Description = "How many boxes, 1 to 1,000. Default: 1.", HelpName = "NUMBER",
        };

        public Option<string> Board { get; } = RegisterCommand.Board();

        public Option<string> Revision { get; } = RegisterCommand.Revision();

        public Option<string?> Note { get; } = RegisterCommand.Note();

        public Option<string?> Port { get; } = PortOptions.Port();

        public Option<string?> Firmware { get; } = FirmwareFolder.Option();

        public Option<string?> Flasher { get; } = FlashTools.Option();

        public Option<bool> YesWriteSecret { get; } = FlashTools.YesWriteSecret();

        public Option<bool> Provision { get; } = new("--provision")
        {
            Description = "Phase 1 of each too: for boards fresh from the factory. SIM and antenna must be in place.",
        };

        public Option<int> Wait { get; } = BoxOptions.Wait();

        public Option<string?> Labels { get; } = new("--labels")
        {
            Description = "File for the labels, PDF. Default: labels-BATCH.pdf.", HelpName = "FILE",
        };

        public Option<bool> New { get; } = new("--new") { Description = "Begin another enrolment, although one is under way." };

        public Option<string?> Server { get; } = ServerOptions.Server();

        public Option<bool> Json { get; } = ReleaseOptions.Json();

        public List<Option> All => 
            [Count, Board, Revision, Note, Port, Firmware, Flasher, YesWriteSecret, Provision, Wait, Labels, New, Server, Json];
    }
}
