using System.Globalization;
using JamBox.Bench.Boxes.Flashing;
using JamBox.Bench.Boxes.Ports;
using JamBox.Bench.CommandLine;
using JamBox.Bench.Tests.Hosting;
using JamBox.ChipTwin;
using JamBox.Flashing;
using JamBox.Ota.Nvs;

namespace JamBox.Bench.Tests.Boxes;

/// <summary>
/// Flashing with tools of somebody else's. The tools are stand-ins that print what the real ones printed, note how they were called, and
/// keep the files that they were given; with JB_ESPTOOL the real esptool of that path flashes the simulated chip in the last test.
/// </summary>
public sealed class FlasherTests : BoxTest
{
    private const string Mac = "f4:12:fa:00:00:01";
    private const string About = $"MAC: {Mac}\nDetected flash size: 8MB\n";
    private const string Plain = "Flash_Crypt_Cnt: 0x0\n";

    private string Calls => File.ReadAllText(FileOf("calls"));

    public static TheoryData<string, int, string> Failures
    {
        get
        {
            const string Fatal = "A fatal error occurred: ";
            const string Port = "/dev/ttyACM0";
            return new TheoryData<string, int, string>
            {
                { $"{Fatal}Could not open {Port}, the port is busy or doesn't exist.", ExitCode.NoBox, "another program has it" },
                { $"{Fatal}Could not open {Port}, the port doesn't exist", ExitCode.NoBox, "plug the box in" },
                { $"could not open port {Port}: [Errno 13] Permission denied: '{Port}'", ExitCode.NoBox, "'jambox doctor' says" },
                { $"{Fatal}This chip is ESP32-C3 not ESP32-S3. Wrong --chip argument?", ExitCode.NoBox, "not the ESP32-S3 of an AtomS3" },
                { $"{Fatal}Failed to connect to ESP32-S3: No serial data received.", ExitCode.NoBox, "hold its reset button" },
                { $"{Fatal}Failed to connect to ESP32-S3: Wrong boot mode detected (0x8)!", ExitCode.NoBox, "starts its firmware" },
                { $"{Fatal}This command is not allowed in Secure Download Mode", ExitCode.NoBox, "Take another box" },
                { $"{Fatal}MD5 of file does not match data in flash!", ExitCode.NoBox, "worn out" },
                { "SerialException: device reports readiness to read but returned no data", ExitCode.NoBox, "has gone away" },
                {
                    "A serial exception error occurred: Could not configure port: (5, 'Input/output error')\nNote: see https://x.example",
                    ExitCode.NoBox, "has gone away"
                },
                { "ModuleNotFoundError: No module named 'serial'", ExitCode.BadInput, "pip install --upgrade esptool" },
                { "OSError: [Errno 28] No space left on device", ExitCode.BadInput, "make room" },
                { "Something that nobody has seen", ExitCode.NoBox, "exit code 2: Something that nobody has seen" },
            };
        }
    }

    [Theory]
    [InlineData("4.8.1", "--after no_reset --no-stub write_flash --flash_mode keep --flash_freq keep --flash_size keep 0x0 ")]
    [InlineData("5.0.2", "--after no-reset --no-stub write-flash --flash-mode keep --flash-freq keep --flash-size keep 0x0 ")]
    public async Task EsptoolIsCalledAsItsVersionWantsIt(string version, string expected)
    {
        if (OperatingSystem.IsWindows())
        {
            return;
        }

        Esptool(version);
        using ChipPort chip = Chip();
        string id = await RegisterAsync();
        string said = await RunAsync(
            "box", "flash", id, "--flasher", "esptool", "--port", chip.Path, "--firmware", "server", "--wait", "0");
        Assert.Contains($"ESP32-S3 {Mac}, 8 MB flash, becomes {id}", said, StringComparison.Ordinal);
        Assert.Contains("nanoCLR: written at 0x10000", said, StringComparison.Ordinal);
        Assert.Contains("identity: written at 0x694000", said, StringComparison.Ordinal);
        string dash = version[0] == '4' ? "_" : "-";
        Assert.Contains(
            $"--chip esp32s3 --port {chip.Path} --baud 921600 --before no{dash}reset --after no{dash}reset --no-stub flash{dash}id\n",
            Calls, StringComparison.Ordinal);
        Assert.Contains(expected, Calls, StringComparison.Ordinal);

        // What was given is what our own client would write, and nothing of it is left behind.
        UploadedFirmware firmware = new(Backend);
        Assert.Equal(firmware.Clr, Given(0x10000)[..firmware.Clr.Length]);
        byte[] deployment = Given(0x1B0000);
        Assert.Equal(0x140000, deployment.Length);
        Assert.Equal(firmware.Deployment, deployment[..firmware.Deployment.Length]);
        Assert.All(deployment[firmware.Deployment.Length..], static b => Assert.Equal(0xFF, b));
        Assert.Equal(id, NvsImage.Parse(Given(0x694000)).Find(IdentityImage.Namespace, "device_id")!.Text);
        Assert.Empty(FoldersOf(Calls));
        Assert.Equal("flashed", (await MadeAsync(id)).GetProperty("status").GetString());
    }

    [Fact]
    public async Task NanoffWritesTheFirmwareAndEsptoolTheRest()
    {
        if (OperatingSystem.IsWindows())
        {
            return;
        }

        Esptool("5.0.2");
        StandIn("nanoff", ".NET nanoFramework Firmware Flasher v2.5.130+f1a", "exit 0");
        using ChipPort chip = Chip();
        string id = await RegisterAsync();
        await RunAsync("box", "flash", id, "--flasher", "nanoff", "--port", chip.Path, "--firmware", "server", "--wait", "0");
        Assert.Contains(
            $"nanoff --platform esp32 --target AtomS3 --serialport {chip.Path} --suppressnanoffversioncheck --deploy --image ", Calls,
            StringComparison.Ordinal);
        Assert.Contains("1b0000.bin --address 0x1B0000\n", Calls, StringComparison.Ordinal);
        Assert.False(File.Exists(FileOf("1B0000")), "the firmware is nanoff's part");
        Assert.True(File.Exists(FileOf("694000")));

        StandIn("nanoff", ".NET nanoFramework Firmware Flasher v2.5.130+f1a", "echo Error E6002: no access; exit 1");
        await FailsAsync(
            ExitCode.NoBox, "another nanoFramework tool has the port", "box", "reflash", id, "--flasher", "nanoff", "--port", chip.Path,
            "--firmware", "server", "--wait", "0");
    }

    [Fact]
    public async Task AToolThatCannotDoItIsRefusedBeforeAnythingHappens()
    {
        if (OperatingSystem.IsWindows())
        {
            return;
        }

        string[] flash = ["box", "flash", "JBNB0001", "--port", "/dev/ttyACM0", "--firmware", "server", "--flasher"];
        await FailsAsync(ExitCode.BadInput, "esptool is not installed: pip install", [.. flash, "esptool"]);
        await FailsAsync(ExitCode.BadInput, "nanoff is not installed: dotnet tool install -g nanoff", [.. flash, "nanoff"]);
        StandIn("nanoff", "nanoff v2.5.130", "exit 0");
        await FailsAsync(ExitCode.BadInput, "it knows no identity, and would bring a partition table of its own", [.. flash, "nanoff"]);
        StandIn("nanoff", "nanoff v2.5.90", "exit 0");
        await FailsAsync(ExitCode.BadInput, "is 2.5.90, and 2.5.98 or later is needed", [.. flash, "nanoff"]);
        StandIn("esptool.py", "esptool.py v3.3.1", "exit 0");
        await FailsAsync(ExitCode.BadInput, "esptool.py is 3.3.1, and 4.5 or later is needed", [.. flash, "esptool"]);
        StandIn("esptool.py", "Traceback (most recent call last)", "exit 1");
        await FailsAsync(ExitCode.BadInput, "does not say its version (Traceback (most recent call last))", [.. flash, "esptool"]);
        await FailsAsync(ExitCode.BadInput, "Argument 'avrdude' not recognized", [.. flash, "avrdude"]);
        await FailsAsync(
            ExitCode.BadInput, "needs a port that another program can open", "box", "flash", "JBNB0001", "--port", "twin", "--flasher",
            "esptool");
    }

    [Theory]
    [MemberData(nameof(Failures))]
    public async Task WhatEsptoolSaysIsSaidInWordsThatHelp(string said, int exitCode, string advice)
    {
        if (OperatingSystem.IsWindows())
        {
            return;
        }

        StandIn("esptool", "esptool v5.0.2", $"cat <<'EOF'\nesptool v5.0.2\n{said}\nEOF\nexit 2");
        using ChipPort chip = Chip();
        string id = await RegisterAsync();
        await FailsAsync(
            exitCode, advice, "box", "flash", id, "--flasher", "esptool", "--port", chip.Path, "--firmware", "server", "--wait", "0");
        Assert.Equal(0, (await MadeAsync(id)).GetProperty("images").GetInt32());
    }

    [Fact]
    public async Task AChipThatEncryptsItsFlashIsRefused()
    {
        if (OperatingSystem.IsWindows())
        {
            return;
        }

        StandIn(
            "esptool", "esptool v5.0.2",
            $"case \"$*\" in *flash-id) printf '{About}';; *) echo 'SPI Boot Crypt Count (SPI_BOOT_CRYPT_CNT): 0x7';; esac");
        using ChipPort chip = Chip();
        string id = await RegisterAsync();
        await FailsAsync(
            ExitCode.NoBox, "encrypts its flash", "box", "flash", id, "--flasher", "esptool", "--port", chip.Path, "--firmware", "server");
    }

    [Fact]
    public async Task AToolThatHangsIsEndedAndSoIsOneThatIsNotWantedAnyMore()
    {
        if (OperatingSystem.IsWindows())
        {
            return;
        }

        StandIn("hangs", string.Empty, "echo begun; sleep 600");
        string path = Path.Combine(FileOf("bin"), "hangs");
        var limits = new ChildLimits(TimeSpan.FromMinutes(5), TimeSpan.FromMilliseconds(300));
        ToolResult result = await ChildTool.RunAsync(path, ["x"], static _ => { }, limits, CancellationToken.None);
        Assert.Equal((ToolResult.NotInTime, "begun"), (result.ExitCode, result.Output));
        FlashException explained = ToolFault.OfEsptool(result, "COM5");
        Assert.Contains("said nothing more and was ended (last: begun)", explained.Message, StringComparison.Ordinal);

        using var stop = new CancellationTokenSource();
        await Assert.ThrowsAnyAsync<OperationCanceledException>(() => ChildTool.RunAsync(
            path, ["x"], _ => stop.Cancel(), new ChildLimits(TimeSpan.FromMinutes(5), TimeSpan.FromMinutes(5)), stop.Token));
    }

    [Fact]
    public async Task AnyOutputIsTakenAsLinesWithoutColours()
    {
        if (OperatingSystem.IsWindows())
        {
            return;
        }

        const int Seed = 16;
        byte[] noise = new byte[200_000];
        new Random(Seed).NextBytes(noise);
        await File.WriteAllBytesAsync(FileOf("noise"), noise);
        StandIn(
            "noisy", string.Empty,
            $"printf '\\033[1;36mNote:\\033[0m x\\r\\033[KWriting at 0x10 [=>] 50.0%% 1/2\\r'; cat '{FileOf("noise")}'; echo >&2 last");
        List<string> lines = [];
        ToolResult result = await ChildTool.RunAsync(
            Path.Combine(FileOf("bin"), "noisy"), ["x"], lines.Add, new ChildLimits(TimeSpan.FromMinutes(1), TimeSpan.FromMinutes(1)),
            CancellationToken.None);
        Assert.Equal(0, result.ExitCode);
        Assert.Contains("Note: x", lines);
        Assert.Contains("Writing at 0x10 [=>] 50.0% 1/2", lines);
        Assert.All(lines, static line => Assert.DoesNotContain('\u001B', line));
        Assert.InRange(result.Output.Split('\n').Length, 1, 20);
    }

    [Fact]
    public void WithoutAFolderInMemoryAnIdentityIsNoFileUnlessThatIsMeant()
    {
        FlashTools tools = new(new FlashTool("esptool", new Version(5, 0)), null, null);
        BenchException refused = Assert.Throws<BenchException>(tools.RequireSecretFolder);
        Assert.Contains("--yes-write-secret", refused.Message, StringComparison.Ordinal);
        (tools with { SecretFolder = Path.GetTempPath() }).RequireSecretFolder();
    }

    [RealEsptoolFact]
    public async Task TheRealEsptoolFlashesTheChip()
    {
        Directory.CreateDirectory(FileOf("bin"));
        File.CreateSymbolicLink(Path.Combine(FileOf("bin"), "esptool"), RealEsptoolFactAttribute.Path!);
        Terminal.Environment["PATH"] = FileOf("bin");
        UploadedFirmware firmware = new(Backend);
        await firmware.UploadAsync();
        using ChipPort chip = Chip(new ChipOptions { StartsInLoader = true });
        string id = await RegisterAsync();
        await RunAsync("box", "flash", id, "--flasher", "esptool", "--port", chip.Path, "--firmware", "server", "--wait", "0");
        byte[] flash = chip.Look(static one => one.Flash.Read(0, one.Flash.Length).ToArray());
        Assert.Equal(firmware.Bootloader, flash[..firmware.Bootloader.Length]);
        Assert.Equal(firmware.Clr, flash[0x10000..(0x10000 + firmware.Clr.Length)]);
        Assert.Equal(firmware.Deployment, flash[0x1B0000..(0x1B0000 + firmware.Deployment.Length)]);
        Assert.Equal(id, NvsImage.Parse(flash[0x694000..0x69A000]).Find(IdentityImage.Namespace, "device_id")!.Text);
        Assert.Equal(ChipState.Firmware, chip.Look(static one => one.State));
    }

    /// <summary>A chip behind a port that any program can open.</summary>
    private ChipPort Chip(ChipOptions? options = null)
    {
        ChipPort chip = new(new SimulatedChip(options ?? new ChipOptions { StartsInLoader = true }));
        chip.Start();
        Terminal.Serial = BoxPort.OpenSerial;
        if (options is null)
        {
            new UploadedFirmware(Backend).UploadAsync().GetAwaiter().GetResult();
        }

        return chip;
    }

    /// <summary>An esptool that answers as the real one of that version, and keeps what it is to write by its offset.</summary>
    private void Esptool(string version)
    {
        string name = version[0] == '4' ? "esptool.py" : "esptool";
        string progress = version[0] == '4'
            ? "printf 'Writing at 0x00010400... (50 %%)\\rWriting at 0x00010800... (100 %%)\\nHash of data verified.\\n'"
            : "printf '\\033[KWriting at 0x00010400 [==> ]  50.0%% 1024/2048 bytes... \\r\\nHash of data verified.\\n'";
        string folder = Path.GetDirectoryName(FileOf("x"))!;
        StandIn(
            name, $"{name} v{version}",
            $$"""
            case "$*" in
              *flash?id) printf '{{About}}';;
              *get?security?info) printf '{{Plain}}';;
              *write?flash*)
                while [ "$1" != 0x0 ] && [ "$1" != 0x694000 ]; do shift; done
                while [ $# -gt 1 ]; do cp "$2" "{{folder}}/${1#0x}"; {{progress}}; shift 2; done;;
              *) exit 2;;
            esac
            """);
    }

    private byte[] Given(int offset) => File.ReadAllBytes(FileOf(string.Create(CultureInfo.InvariantCulture, $"{offset:X}")));

    /// <summary>A program of that name on the PATH.</summary>
    private void StandIn(string name, string version, string script)
    {
        string folder = Directory.CreateDirectory(FileOf("bin")).FullName;
        string path = Path.Combine(folder, name);
        File.WriteAllText(
            path,
            $"""
            #!/bin/sh
            case "$1" in version|--help) echo '{version}'; exit 0;; esac
            echo "{name} $*" >> '{FileOf("calls")}'
            {script}
            """.ReplaceLineEndings("\n"));
#pragma warning disable CA1416 // The tests that come here have looked.
        File.SetUnixFileMode(path, UnixFileMode.UserRead | UnixFileMode.UserWrite | UnixFileMode.UserExecute);
#pragma warning restore CA1416
        Terminal.Environment["PATH"] = folder;
    }

    /// <summary>The folders of the files that tools were given, as far as they are still there.</summary>
    private static IEnumerable<string> FoldersOf(string calls) => calls.Split(' ', '\n')
        .Where(static word => word.EndsWith(".bin", StringComparison.Ordinal)).Select(static file => Path.GetDirectoryName(file)!)
        .Distinct().Where(Directory.Exists);
}

/// <summary>Runs where JB_ESPTOOL names the real esptool: no registry that builds reach has it.</summary>
[AttributeUsage(AttributeTargets.Method)]
internal sealed class RealEsptoolFactAttribute : FactAttribute
{
    public RealEsptoolFactAttribute()
    {
        if (Path is null)
        {
            Skip = "JB_ESPTOOL names no esptool";
        }
    }

    public static string? Path { get; } = Environment.GetEnvironmentVariable("JB_ESPTOOL");
}
