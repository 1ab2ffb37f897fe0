using System.Security.Cryptography;
using JamBox.Bench.Boxes.Flashing;
using JamBox.Bench.Boxes.Ports;
using JamBox.Bench.Boxes.Serial;
using JamBox.Bench.CommandLine;
using JamBox.Bench.Server;
using JamBox.Flashing;
using JamBox.Ota.Nvs;

namespace JamBox.Bench.Boxes;

/// <summary>How flashing a box ended.</summary>
/// <param name="Device">The box, as the server has it now.</param>
/// <param name="Mac">MAC address of its chip.</param>
/// <param name="Version">What was flashed.</param>
/// <param name="IsHeard">Whether the server has heard it since.</param>
/// <param name="Trouble">What it said on its serial port that may be why not; <c>null</c> = nothing.</param>
/// <param name="Took">How long it took.</param>
internal sealed record FlashResult(MadeRow Device, string Mac, string Version, bool IsHeard, string? Trouble, TimeSpan Took);

/// <summary>
/// Flashes a box that a batch has made: firmware, then a fresh identity straight from the server into the chip; starts it, and waits until
/// the server has heard it. Each step may be taken again: what is in the chip already is left alone, and an identity that did not get
/// there leaves the one before good.
/// </summary>
/// <param name="terminal">The world around.</param>
/// <param name="manufacturing">The server.</param>
/// <param name="port">The box.</param>
internal sealed class FlashJob(BenchTerminal terminal, Manufacturing manufacturing, BoxPort port)
{
    private const string Identity = "ident";
    private const string Flashed = "flashed";

    // A box that talks without a pause keeps nobody from asking the server.
    private const int MaxLinesALook = 50;

    private static readonly TimeSpan s_look = TimeSpan.FromSeconds(2);

    private static readonly string[] s_troubles =
        ["not provisioned", "'cellular_ok' is missing", "no network", "did not take the heartbeat", "nothing to run", "invalid header"];

    /// <summary>Serial number or id of the box; <c>null</c> until <see cref="Choose"/> has said it.</summary>
    public string? Box { get; set; }

    /// <summary>Says which box the chip becomes, where that is not known before; nothing has been written by then.</summary>
    public Func<ChipInfo, string>? Choose { get; init; }

    /// <summary>What is flashed.</summary>
    public required FirmwareFiles Files { get; init; }

    /// <summary>Whether it gets a fresh identity; else it keeps its own.</summary>
    public bool NewIdentity { get; init; } = true;

    /// <summary>How long the first word is waited for; 0 = not at all.</summary>
    public required TimeSpan Patience { get; init; }

    /// <summary>Told how far flashing is; <c>null</c> = it is shown on the terminal.</summary>
    public Action<FlashProgress>? Progress { get; init; }

    /// <summary>Told of what is done, in words.</summary>
    public required Action<string> Say { get; init; }

    /// <summary>Does it.</summary>
    /// <param name="stop">Ends it between two parts.</param>
    /// <returns>How it ended; a box that was not heard is no exception.</returns>
    /// <exception cref="BenchException">The server refuses.</exception>
    /// <exception cref="FlashException">The chip cannot be flashed.</exception>
    public async Task<FlashResult> RunAsync(CancellationToken stop)
    {
        TimeSpan began = port.Clock.Now;
        MadeRow? known = Box is { } named ? await CheckAsync(named, stop).ConfigureAwait(false) : null;
        IBoxFlasher flasher = BoxFlasher.For(terminal, port, Progress);
        ChipInfo chip = await Task.Run(flasher.Connect, CancellationToken.None).ConfigureAwait(false);
        string box = Box ??= Choose!(chip);
        MadeRow device = known ?? await CheckAsync(box, stop).ConfigureAwait(false);
        Say(
            $"{port.Line.Name}: ESP32-S3 {chip.Mac}, {chip.FlashBytes / 1024 / 1024} MB flash, becomes {device.DeviceId} ({device.Serial})");
        await flasher.WriteAsync(Files.Parts(), stop).ConfigureAwait(false);
        if (NewIdentity)
        {
            await WriteIdentityAsync(flasher, Files.Partition(Identity), device, stop).ConfigureAwait(false);
        }

        // Before it starts: its first word takes it on from there.
        device = (await manufacturing.StepAsync(box, Flashed, $"bench, chip {chip.Mac}", stop).ConfigureAwait(false)).Device;
        SerialText text = new(port);
        text.Feed(flasher.Start());
        string? trouble = null;
        bool isHeard = false;
        if (Patience > TimeSpan.Zero)
        {
            Say("It starts. Waiting for its first heartbeat…");
            (isHeard, trouble) = await AwaitWordAsync(box, text, stop).ConfigureAwait(false);
            device = (await manufacturing.GetAsync(box, stop).ConfigureAwait(false)).Device;
        }

        return new FlashResult(device, chip.Mac, Files.Version, isHeard, trouble, port.Clock.Now - began);
    }

    private async Task<MadeRow> CheckAsync(string box, CancellationToken stop)
    {
        MadeDetail detail = await manufacturing.GetAsync(box, stop).ConfigureAwait(false);
        MadeRow device = detail.Device;
        if (device.Kind != "box")
        {
            throw new BenchException(
                $"{device.DeviceId} is a {device.Kind}, not a box: it is flashed from the portal", ExitCode.BadInput);
        }

        if (!NewIdentity && device.Images == 0)
        {
            throw new BenchException(
                $"{device.DeviceId} has no identity yet that it could keep: jambox box flash {device.DeviceId}", ExitCode.Refused);
        }

        return detail.Next.Contains(Flashed) ? device : throw new BenchException(
            $"{device.DeviceId} is {device.Status} and cannot be flashed with this key: "
            + (device.Status == "scrapped" ? "that is its end" : "take it back first (in the portal, or POST …/status returned)"),
            ExitCode.Refused);
    }

    /// <summary>The one moment in which a token is in this process.</summary>
    private async Task WriteIdentityAsync(IBoxFlasher flasher, FlashPartition partition, MadeRow device, CancellationToken stop)
    {
        byte[] image = await manufacturing.MakeIdentityAsync(device.Serial, stop).ConfigureAwait(false);
        try
        {
            if (image.Length != partition.Length)
            {
                throw new BenchException(
                    $"the server makes identities of {image.Length} bytes, and '{Identity}' of this firmware has {partition.Length}: set Manufacturing:Boards:{device.HwType}:NvsBytes",
                    ExitCode.Refused);
            }

            string? id = NvsImage.Parse(image).Find(IdentityImage.Namespace, "device_id")?.Text;
            if (id != device.DeviceId)
            {
                throw new BenchException(
                    $"the server made the identity of another box than {device.DeviceId}: nothing was written", ExitCode.Refused);
            }

            await flasher.WriteAsync([new FlashPart(ToolFlasher.Identity, partition.Offset, image)], stop).ConfigureAwait(false);
        }
        finally
        {
            CryptographicOperations.ZeroMemory(image);
        }
    }

    private async Task<(bool IsHeard, string? Trouble)> AwaitWordAsync(string box, SerialText text, CancellationToken stop)
    {
        TimeSpan end = port.Clock.Now + Patience;
        string? trouble = null;
        while (true)
        {
            stop.ThrowIfCancellationRequested();
            MadeDetail detail = await manufacturing.GetAsync(box, stop).ConfigureAwait(false);
            if (detail.Device.Status != Flashed)
            {
                return (true, trouble);
            }

            bool isOver = port.Clock.Now >= end;
            trouble = await Task.Run(() => Listen(text), CancellationToken.None).ConfigureAwait(false) ?? trouble;
            if (isOver)
            {
                return (false, trouble);
            }
        }
    }

    /// <summary>Hears what the box says for a moment, and keeps what sounds like trouble.</summary>
    private string? Listen(SerialText text)
    {
        string? trouble = null;
        for (int i = 0; i < MaxLinesALook && text.Read(s_look) is { } line; i++)
        {
            if (s_troubles.Any(word => line.Contains(word, StringComparison.Ordinal)))
            {
                trouble = line;
                Say($"The box says: {line}");
            }
        }

        return trouble;
    }
}
