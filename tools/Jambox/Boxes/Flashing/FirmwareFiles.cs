using JamBox.Bench.CommandLine;
using JamBox.Flashing;
using JamBox.Ota.Images;

namespace JamBox.Bench.Boxes.Flashing;

/// <summary>Which of the two firmwares of a box.</summary>
internal enum FirmwareKind
{
    /// <summary>The one that sets the modem up: phase 1.</summary>
    Provisioning,

    /// <summary>The one that counts: phase 2.</summary>
    Production,
}

/// <summary>Everything that is flashed into a box but its identity.</summary>
/// <param name="Bootloader">The second loader, at 0.</param>
/// <param name="Table">The partition table.</param>
/// <param name="Clr">nanoCLR with our native code.</param>
/// <param name="Deploy">The assemblies.</param>
/// <param name="Version">What it is, for people.</param>
internal sealed record FirmwareFiles(byte[] Bootloader, byte[] Table, byte[] Clr, byte[] Deploy, string Version)
{
    private const string TableName = "partition table";
    private const int BootloaderOffset = 0;
    private const byte ImageMagic = 0xE9;

    // What the chip can address.
    private const long MaxFlashBytes = 16 * 1024 * 1024;

    /// <summary>The assembly that an image of a kind has.</summary>
    /// <param name="kind">The kind.</param>
    /// <returns>Its name.</returns>
    public static string AssemblyOf(FirmwareKind kind) =>
        kind == FirmwareKind.Provisioning ? "Firmware.Provisioning" : "Firmware.Atoms3";

    /// <summary>Finds a partition of the table that is flashed along.</summary>
    /// <param name="name">Its name.</param>
    /// <returns>The partition.</returns>
    /// <exception cref="FlashException">There is none.</exception>
    public FlashPartition Partition(string name) => PartitionTable.Parse(Table, MaxFlashBytes).Require(name);

    /// <summary>
    /// What goes where. The settings in <c>nvs</c> are left alone, so that a box keeps what provisioning found out; the record of an
    /// update that was under way is erased, as it is about images that are there no more.
    /// </summary>
    /// <returns>The parts; whether they fit into the flash of a chip is for whoever flashes it to say.</returns>
    /// <exception cref="FlashException">A partition is missing.</exception>
    public IReadOnlyList<FlashPart> Parts()
    {
        var table = PartitionTable.Parse(Table, MaxFlashBytes);
        FlashPartition application = table.Application ?? table.Require("factory");
        FlashPartition deploy = table.Require("deploy");
        FlashPartition boot = table.Require("boot");
        return
        [
            new FlashPart("bootloader", BootloaderOffset, Bootloader),
            new FlashPart(TableName, PartitionTable.UsualOffset, Table),
            new FlashPart("nanoCLR", application.Offset, Clr, Padded(Clr.Length, application.Length)),
            new FlashPart("firmware", deploy.Offset, Deploy, deploy.Length),
            new FlashPart("boot record", boot.Offset, ReadOnlyMemory<byte>.Empty, boot.Length),
        ];
    }

    /// <summary>Looks whether it is what a box can start.</summary>
    /// <param name="kind">Which of the firmwares it must be.</param>
    /// <returns>Itself.</returns>
    /// <exception cref="BenchException">A part is none.</exception>
    /// <exception cref="FlashException">A partition is missing.</exception>
    public FirmwareFiles Checked(FirmwareKind kind)
    {
        CheckImage(Bootloader, "bootloader");
        CheckImage(Clr, "nanoCLR");

        // A table that lacks a partition is said before there is a chip.
        _ = Parts();
        if (kind == FirmwareKind.Production)
        {
            _ = Partition("ident");
        }

        string wanted = AssemblyOf(kind);
        DeploymentImage image;
        try
        {
            image = DeploymentImage.Read(Deploy);
        }
        catch (ImageException e)
        {
            throw new BenchException($"the firmware cannot be started by a box: {e.Message}", ExitCode.BadInput);
        }

        return image.Assemblies.Any(assembly => assembly.Name == wanted) ? this : throw new BenchException(
            $"the firmware is not {wanted}: its assemblies are {string.Join(", ", image.Assemblies.Select(static one => one.Name))}",
            ExitCode.BadInput);
    }

    private static void CheckImage(byte[] image, string name)
    {
        if (image.Length == 0 || image[0] != ImageMagic)
        {
            throw new BenchException(
                $"the {name} is no image for an ESP32-S3: it must begin with 0xE9. Was the right file taken?", ExitCode.BadInput);
        }
    }

    /// <summary>What does not fit is left as it is, and refused where it is flashed.</summary>
    private static int Padded(int length, int room) => length <= room ? Math.Min(room, (length + 4095) / 4096 * 4096) : room;
}
