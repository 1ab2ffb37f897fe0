using System.CommandLine;
using System.Globalization;
using JamBox.Bench.Boxes.Flashing;
using JamBox.Bench.Boxes.Ports;
using JamBox.Bench.CommandLine;
using JamBox.Bench.Releases;
using JamBox.Bench.Server;
using JamBox.Flashing;

namespace JamBox.Bench.Boxes;

/// <summary><c>box flash</c> and <c>box reflash</c>: the same, with a fresh identity or with the one that the box has.</summary>
internal static class FlashCommand
{
    /// <summary>Makes <c>flash</c>.</summary>
    /// <param name="terminal">The world around.</param>
    /// <returns>The command.</returns>
    public static Command Create(BenchTerminal terminal) => Create(
        terminal, isNew: true, new BenchCommand(
            "flash",
            "Phase 2: make the box that the server knows by this id out of the board at the port. Checks the chip, flashes nanoCLR, partition table and firmware, then a fresh identity from the server; waits for its first heartbeat, and makes its label. What provisioning found out stays. Running it again goes on where it broke off.",
            "jambox box flash JBNB0001 --port COM5 --label JBNB0001.pdf"));

    /// <summary>Makes <c>reflash</c>.</summary>
    /// <param name="terminal">The world around.</param>
    /// <returns>The command.</returns>
    public static Command CreateAgain(BenchTerminal terminal) => Create(
        terminal, isNew: false, new BenchCommand(
            "reflash",
            "Flash the firmware of a box again. It stays who it is: identity, token and what provisioning found out are left alone. --new-identity replaces the identity too.",
            "jambox box reflash JBNB0001 --port COM5"));

    private static BenchCommand Create(BenchTerminal terminal, bool isNew, BenchCommand command)
    {
        Argument<string> box = BoxOptions.Box();
        Option<string?> port = PortOptions.Port();
        Option<string?> firmware = FirmwareFolder.Option();
        Option<string?> flasher = FlashTools.Option();
        Option<bool> yesSecret = FlashTools.YesWriteSecret();
        Option<int> wait = BoxOptions.Wait();
        var label = new Option<string?>("--label")
        {
            Description = "Write its label there, as PDF, with a new PIN: the one before is good no longer.",
            HelpName = "FILE",
        };
        var identity = new Option<bool>("--new-identity") { Description = "A fresh identity too: of a box whose token was seen." };
        Option<string?> server = ServerOptions.Server();
        Option<bool> json = ReleaseOptions.Json();
        foreach (Option option in (Option[])[port, firmware, flasher, yesSecret, wait, label, server, json])
        {
            command.Add(option);
        }

        command.Add(box);
        if (!isNew)
        {
            command.Add(identity);
        }

        command.SetAction(async (parsed, stop) =>
        {
            string id = BoxOptions.Checked(parsed.GetRequiredValue(box));
            TimeSpan patience = BoxOptions.CheckedWait(parsed.GetValue(wait));
            string? name = parsed.GetValue(port);
            bool isJson = parsed.GetValue(json);
            FlashTools? tools = await FlashTools.FindAsync(
                terminal, parsed.GetValue(flasher), name, parsed.GetValue(yesSecret), stop).ConfigureAwait(false);
            FirmwareFiles? files = FilesFor(terminal, name, parsed.GetValue(firmware));
            using BackendClient client = ServerOptions.Connect(terminal, parsed.GetValue(server));
            Manufacturing manufacturing = new(client);
            files ??= await new ServerFirmware(terminal, manufacturing).LoadAsync(
                BoardName.Of((await manufacturing.GetAsync(id, stop).ConfigureAwait(false)).Device), FirmwareKind.Production, stop)
                .ConfigureAwait(false);
            if (isNew || parsed.GetValue(identity))
            {
                tools?.RequireSecretFolder();
            }

            using BoxPort opened = PortOptions.Open(terminal, name, client.Address);
            opened.Tools = tools;
            var job = new FlashJob(terminal, manufacturing, opened)
            {
                Box = id,
                Files = files,
                NewIdentity = isNew || parsed.GetValue(identity),
                Patience = patience,
                Progress = isJson ? static _ => { } : null,
                Say = isJson ? static _ => { } : terminal.Line,
            };
            FlashResult result = await RunAsync(terminal, job, isNew ? "flash" : "reflash", stop).ConfigureAwait(false);
            string? written = parsed.GetValue(label);
            if (written is not null)
            {
                await LabelAsync(manufacturing, result, written, stop).ConfigureAwait(false);
            }

            return Tell(terminal, result, patience, written, isJson);
        });
        return command;
    }

    /// <summary>What is flashed, when it is not the server's.</summary>
    /// <param name="terminal">The environment.</param>
    /// <param name="port">The port.</param>
    /// <param name="folder">From the command line.</param>
    /// <returns>It; <c>null</c> = the server's.</returns>
    public static FirmwareFiles? FilesFor(BenchTerminal terminal, string? port, string? folder) =>
        FilesFor(terminal, port, folder, FirmwareKind.Production);

    /// <summary>The same of either firmware.</summary>
    /// <param name="terminal">The environment.</param>
    /// <param name="port">The port.</param>
    /// <param name="folder">From the command line.</param>
    /// <param name="kind">Which one.</param>
    /// <returns>It; <c>null</c> = the server's.</returns>
    public static FirmwareFiles? FilesFor(BenchTerminal terminal, string? port, string? folder, FirmwareKind kind) =>
        folder == FirmwareFolder.Server ? null
        : FirmwareFolder.Said(terminal, folder) is { } said ? FirmwareFolder.Load(said, kind)
        : PortOptions.IsTwin(port) ? TwinFirmwareFiles.Make(kind)
        : null;

    private static async Task LabelAsync(Manufacturing manufacturing, FlashResult result, string path, CancellationToken stop)
    {
        try
        {
            await BoxOptions.LabelAsync(manufacturing, result.Device, path, stop).ConfigureAwait(false);
        }
        catch (BenchException e)
        {
            string id = result.Device.DeviceId;
            throw new BenchException(
                $"{id} is {result.Device.Status}, and its label was not made: {e.Message.TrimEnd('.')}. 'jambox box label {id}' makes it",
                e.ExitCode);
        }
    }

    /// <summary>Runs the job and notes in the bench's log how it ended.</summary>
    private static async Task<FlashResult> RunAsync(BenchTerminal terminal, FlashJob job, string word, CancellationToken stop)
    {
        BenchLog log = new(terminal);
        long began = terminal.Time.GetTimestamp();
        try
        {
            FlashResult result = await job.RunAsync(stop).ConfigureAwait(false);
            log.Note(result.Device.DeviceId, word, ResultOf(result), result.Took);
            return result;
        }
        catch (Exception e) when (e is BenchException or FlashException)
        {
            log.Note(job.Box!, word, e.Message, terminal.Time.GetElapsedTime(began));
            throw;
        }
    }

    /// <summary>The word for how it ended, as the log and programs have it.</summary>
    /// <param name="result">The result.</param>
    /// <returns>ok, or what is missing.</returns>
    public static string ResultOf(FlashResult result) => result.IsHeard ? "ok" : result.Device.Status;

    private static int Tell(BenchTerminal terminal, FlashResult result, TimeSpan patience, string? label, bool isJson)
    {
        bool isFailed = patience > TimeSpan.Zero && !result.IsHeard;
        if (isJson)
        {
            terminal.Json(new
            {
                device_id = result.Device.DeviceId,
                serial = result.Device.Serial,
                mac = result.Mac,
                firmware = result.Version,
                status = result.Device.Status,
                heard = result.IsHeard,
                trouble = result.Trouble,
                label,
                seconds = Math.Round(result.Took.TotalSeconds),
            });
            return isFailed ? ExitCode.BoxFailed : ExitCode.Done;
        }

        if (isFailed)
        {
            throw new BenchException(Silence(result, patience), ExitCode.BoxFailed);
        }

        string took = string.Create(CultureInfo.InvariantCulture, $"{result.Took.TotalSeconds:0} s");
        string made = label is null ? string.Empty : $" Its label is in {label}.";
        terminal.Line($"{result.Device.DeviceId} is {result.Device.Status}, after {took}.{made}");
        return ExitCode.Done;
    }

    /// <summary>Says why nothing was heard, and what to do.</summary>
    /// <param name="result">How it ended.</param>
    /// <param name="patience">How long was waited.</param>
    /// <returns>One line.</returns>
    public static string Silence(FlashResult result, TimeSpan patience)
    {
        string advice = result.Trouble switch
        {
            null =>
                "It said nothing that explains it: look with 'jambox box monitor'; SIM, antenna, and whether Manufacturing:Host is an address that the box reaches",
            { } line when line.Contains("cellular_ok", StringComparison.Ordinal) =>
                "Phase 1 was left out: 'jambox box provision' first, then this again",
            { } line when line.Contains("no network", StringComparison.Ordinal) =>
                $"It gets no connection ({line}): antenna and place; then the host and port of its identity, and the firewall before the backend",
            { } line when line.Contains("did not take", StringComparison.Ordinal) =>
                $"The backend refuses it ({line}): after 401 or 403 flash it again, it gets a fresh token",
            { } line => $"It says: {line}",
        };
        return $"{result.Device.DeviceId} is flashed, and nothing was heard of it for {patience.TotalMinutes:0} min. {advice}";
    }
}
