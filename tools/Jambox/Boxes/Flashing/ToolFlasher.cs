using System.Globalization;
using System.Security.Cryptography;
using System.Text.RegularExpressions;
using JamBox.Bench.Boxes.Ports;
using JamBox.Bench.CommandLine;
using JamBox.Flashing;

namespace JamBox.Bench.Boxes.Flashing;

/// <summary>Flashes a box with esptool, or with nanoff and esptool, run as programs of their own.</summary>
/// <param name="terminal">Where it is shown.</param>
/// <param name="port">The box; closed while a tool has the port.</param>
/// <param name="tools">The tools.</param>
/// <param name="progress">Told of each step; <c>null</c> = it is shown on the terminal.</param>
internal sealed partial class ToolFlasher(BenchTerminal terminal, BoxPort port, FlashTools tools, Action<FlashProgress>? progress)
    : IBoxFlasher
{
    /// <summary>The part that is the identity: a secret.</summary>
    public const string Identity = "identity";

    /// <summary>The part that nanoff can write.</summary>
    private const string Deployment = "firmware";

    private static readonly ChildLimits s_asking = new(TimeSpan.FromSeconds(90), TimeSpan.FromSeconds(60));

    // Erasing a megabyte may take half a minute, in which nothing is said.
    private static readonly ChildLimits s_writing = new(TimeSpan.FromMinutes(15), TimeSpan.FromMinutes(3));

    private readonly FlashDisplay _display = new(terminal, progress);
    private readonly EsptoolArguments _arguments = new(tools.Esptool.Version, port.Line.Name, port.Line.ResetLines is not null);
    private CancellationToken _stop;

    /// <inheritdoc/>
    public ChipInfo Connect()
    {
        port.Line.Release();
        string about = AskAsync(_arguments.FlashId()).GetAwaiter().GetResult();
        string security = AskAsync(_arguments.SecurityInfo()).GetAwaiter().GetResult();
        if (CryptCount().Match(security) is not { Success: true } count)
        {
            throw new FlashException(
                FlashFault.Refused, "esptool does not say whether the chip encrypts its flash: leave --flasher away.");
        }

        uint bits = uint.Parse(count.Groups[1].Value, NumberStyles.AllowHexSpecifier, CultureInfo.InvariantCulture);
        if (System.Numerics.BitOperations.PopCount(bits) % 2 == 1)
        {
            throw new FlashException(
                FlashFault.Locked,
                $"the chip at {port.Line.Name} encrypts its flash: what is written in plain would not start. Take another box.");
        }

        Match mac = Mac().Match(about);
        Match size = FlashSize().Match(about);
        return mac.Success
            ? new ChipInfo(
                mac.Groups[1].Value.ToLowerInvariant(),
                size.Success ? long.Parse(size.Groups[1].Value, CultureInfo.InvariantCulture) * 1024 * 1024 : 0, 0, true)
            : throw new FlashException(FlashFault.NoAnswer, "esptool does not say the MAC address of the chip: leave --flasher away.");
    }

    /// <inheritdoc/>
    public Task WriteAsync(IReadOnlyList<FlashPart> parts, CancellationToken stop)
    {
        _stop = stop;
        return _display.RunAsync(() => Task.Run(() => WritePartsAsync(parts), CancellationToken.None));
    }

    /// <inheritdoc/>
    /// <remarks>Ours, as it listens at once to what the firmware says.</remarks>
    public byte[] Start()
    {
        port.Line.Reopen();
        return DownloadMode.Leave(DownloadMode.Enter(port.Line, port.Clock), isCompressedWriteOpen: false);
    }

    private async Task WritePartsAsync(IReadOnlyList<FlashPart> parts)
    {
        FlashPart[] byNanoff = tools.Nanoff is null ? [] : [.. parts.Where(static part => part.Name == Deployment)];
        FlashPart[] byEsptool = [.. parts.Except(byNanoff)];
        string folder = FolderFor(parts);
        try
        {
            if (byEsptool.Length > 0)
            {
                await WithEsptoolAsync(folder, byEsptool).ConfigureAwait(false);
            }

            foreach (FlashPart part in byNanoff)
            {
                await WithNanoffAsync(folder, part).ConfigureAwait(false);
            }
        }
        finally
        {
            Wipe(folder);
        }
    }

    private async Task WithEsptoolAsync(string folder, FlashPart[] parts)
    {
        List<(int Offset, string File)> files = [];
        foreach (FlashPart part in parts)
        {
            files.Add((part.Offset, FileOf(folder, part)));
            _display.Report(new FlashProgress(part, 0, 0, FlashState.Comparing));
        }

        HashSet<FlashPart> verified = [];
        FlashPart current = parts[0];
        void Hear(string line)
        {
            if (Writing().Match(line) is { Success: true } at)
            {
                uint address = uint.Parse(at.Groups[1].Value, NumberStyles.AllowHexSpecifier, CultureInfo.InvariantCulture);
                double percent = double.Parse(at.Groups[2].Value, CultureInfo.InvariantCulture);

                // At the end of a part v5 names the address behind it.
                current = parts.LastOrDefault(part => part.Offset < address || (part.Offset == address && percent < 100)) ?? current;
                _display.Report(new FlashProgress(current, (int)percent, 100, FlashState.Writing));
            }
            else if (line.Contains("Hash of data verified", StringComparison.Ordinal))
            {
                // In the order of the command line: which part it is of is not said.
                FlashPart next = parts[verified.Count % parts.Length];
                verified.Add(next);
                _display.Report(new FlashProgress(next, 0, 0, FlashState.Written));
            }
        }

        ToolResult result = await ChildTool.RunAsync(tools.Esptool.Path, _arguments.Write(files), Hear, s_writing, _stop)
            .ConfigureAwait(false);
        if (result.ExitCode != 0)
        {
            throw ToolFault.OfEsptool(result, port.Line.Name);
        }

        if (verified.Count != parts.Length)
        {
            throw new FlashException(
                FlashFault.Damaged,
                $"esptool ended well, and verified {verified.Count} of {parts.Length} parts: it is not a version that we know. Leave --flasher away.");
        }
    }

    private async Task WithNanoffAsync(string folder, FlashPart part)
    {
        _display.Report(new FlashProgress(part, 0, 0, FlashState.Writing));
        ToolResult result = await ChildTool.RunAsync(
            tools.Nanoff!.Path,
            [
                "--platform", "esp32", "--target", "AtomS3", "--serialport", port.Line.Name, "--suppressnanoffversioncheck", "--deploy",
                "--image", FileOf(folder, part), "--address", string.Create(CultureInfo.InvariantCulture, $"0x{part.Offset:X}"),
            ],
            static _ => { }, s_writing, _stop).ConfigureAwait(false);
        _display.Report(result.ExitCode == 0
            ? new FlashProgress(part, 0, 0, FlashState.Written)
            : throw ToolFault.OfNanoff(result, port.Line.Name));
    }

    private async Task<string> AskAsync(IReadOnlyList<string> arguments)
    {
        List<string> lines = [];
        ToolResult result = await ChildTool.RunAsync(tools.Esptool.Path, arguments, lines.Add, s_asking, _stop).ConfigureAwait(false);
        return result.ExitCode == 0 ? string.Join('\n', lines) : throw ToolFault.OfEsptool(result, port.Line.Name);
    }

    /// <summary>A folder of this user's alone: in memory where the identity is among the parts.</summary>
    private string FolderFor(IReadOnlyList<FlashPart> parts)
    {
        string root = parts.Any(static part => part.Name == Identity) ? tools.SecretFolder! : Path.GetTempPath();
        try
        {
            string folder = Path.Combine(root, $"jambox-{Path.GetRandomFileName()}");
            return OperatingSystem.IsWindows()
                ? Directory.CreateDirectory(folder).FullName
                : Directory.CreateDirectory(folder, UnixFileMode.UserRead | UnixFileMode.UserWrite | UnixFileMode.UserExecute).FullName;
        }
        catch (Exception e) when (e is IOException or UnauthorizedAccessException)
        {
            throw Unwritable(root, e);
        }
    }

    private static string FileOf(string folder, FlashPart part)
    {
        string file = Path.Combine(folder, string.Create(CultureInfo.InvariantCulture, $"{part.Offset:x}.bin"));
        byte[] bytes = part.ToFlash();
        try
        {
            File.WriteAllBytes(file, bytes);
            return file;
        }
        catch (Exception e) when (e is IOException or UnauthorizedAccessException)
        {
            throw Unwritable(folder, e);
        }
        finally
        {
            CryptographicOperations.ZeroMemory(bytes);
        }
    }

    private static BenchException Unwritable(string folder, Exception e) => new(
        $"the files for the tool cannot be written to {folder} ({e.Message.TrimEnd('.')}): make room there, or leave --flasher away",
        ExitCode.BadInput);

    private static void Wipe(string folder)
    {
        try
        {
            foreach (string file in Directory.GetFiles(folder))
            {
                File.WriteAllBytes(file, new byte[new FileInfo(file).Length]);
            }

            Directory.Delete(folder, recursive: true);
        }
        catch (Exception e) when (e is IOException or UnauthorizedAccessException)
        {
            throw new BenchException(
                $"{folder} cannot be deleted ({e.Message.TrimEnd('.')}): delete it yourself, an identity may be in it", ExitCode.Refused);
        }
    }

    [GeneratedRegex(@"^MAC:\s+([0-9A-Fa-f]{2}(:[0-9A-Fa-f]{2}){5})", RegexOptions.Multiline, matchTimeoutMilliseconds: 1000)]
    private static partial Regex Mac();

    [GeneratedRegex(@"^Detected flash size:\s+(\d{1,4})MB", RegexOptions.Multiline, matchTimeoutMilliseconds: 1000)]
    private static partial Regex FlashSize();

    // "Flash_Crypt_Cnt: 0x0" in 4.5, "SPI Boot Crypt Count (SPI_BOOT_CRYPT_CNT): 0x0" later.
    [GeneratedRegex(@"Crypt_?(?:Cnt|Count)[^:]*:\s+0x([0-9A-Fa-f]{1,8})", RegexOptions.IgnoreCase, matchTimeoutMilliseconds: 1000)]
    private static partial Regex CryptCount();

    // "Writing at 0x001bdc00... (87 %)" in 4, "Writing at 0x001bdc00 [====>  ]  85.9% 56320/65536 bytes..." in 5.
    [GeneratedRegex(@"Writing at 0x([0-9A-Fa-f]{1,8})[^%]*?(\d{1,3}(?:\.\d)?) ?%", RegexOptions.None, matchTimeoutMilliseconds: 1000)]
    private static partial Regex Writing();
}

/// <summary>Command lines of esptool: version 4 has underscores, 5 has dashes, in commands, options and their values.</summary>
/// <param name="version">The version.</param>
/// <param name="port">The port.</param>
/// <param name="hasLines">Whether the port has lines that reset the chip; else it must be in its loader already.</param>
internal sealed class EsptoolArguments(Version version, string port, bool hasLines)
{
    // What the chip's own USB port takes, and a USB chip too.
    private const string BaudRate = "921600";

    /// <summary>Asks for MAC address and flash.</summary>
    /// <returns>The arguments.</returns>
    public IReadOnlyList<string> FlashId() => [.. Common(), Word("flash_id")];

    /// <summary>Asks what the fuses forbid.</summary>
    /// <returns>The arguments.</returns>
    public IReadOnlyList<string> SecurityInfo() => [.. Common(), Word("get_security_info")];

    /// <summary>Writes files as they are: nothing in a header is changed.</summary>
    /// <param name="files">What goes where.</param>
    /// <returns>The arguments.</returns>
    public IReadOnlyList<string> Write(IEnumerable<(int Offset, string File)> files) =>
    [
        .. Common(), Word("write_flash"), Word("--flash_mode"), "keep", Word("--flash_freq"), "keep", Word("--flash_size"), "keep",
        .. files.SelectMany(static file => (string[])[string.Create(CultureInfo.InvariantCulture, $"0x{file.Offset:X}"), file.File]),
    ];

    // The firmware is started by us. Without lines the program that esptool sends could not be left again: the ROM itself writes.
    private string[] Common() =>
    [
        "--chip", "esp32s3", "--port", port, "--baud", BaudRate, "--before", Word(hasLines ? "default_reset" : "no_reset"), "--after",
        Word("no_reset"), .. (string[])(hasLines ? [] : ["--no-stub"]),
    ];

    private string Word(string word) => version.Major >= 5 ? word.Replace('_', '-') : word;
}
