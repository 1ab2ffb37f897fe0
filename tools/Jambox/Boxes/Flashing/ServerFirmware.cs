using JamBox.Bench.CommandLine;
using JamBox.Bench.Server;

namespace JamBox.Bench.Boxes.Flashing;

/// <summary>The production firmware as the server has it, for boards that a batch has made.</summary>
internal static class ServerFirmware
{
    private static readonly string[] s_parts = ["bootloader", "partitions", "app", "deployment"];

    /// <summary>Gets it.</summary>
    /// <param name="manufacturing">The server.</param>
    /// <param name="device">A device with that board.</param>
    /// <param name="stop">Ends it.</param>
    /// <returns>It, checked.</returns>
    /// <exception cref="BenchException">The server does not have all of it.</exception>
    public static async Task<FirmwareFiles> LoadAsync(Manufacturing manufacturing, MadeRow device, CancellationToken stop)
    {
        BoardFirmware firmware = await manufacturing.FindFirmwareAsync(device, stop).ConfigureAwait(false);
        List<byte[]> files = [];
        foreach (string name in s_parts)
        {
            BoardPart part = firmware.Parts.FirstOrDefault(part => part.Part == name) ?? throw Missing(device, firmware);
            files.Add(await manufacturing.GetPartAsync(device.Serial, part, stop).ConfigureAwait(false));
        }

        string version = firmware.Parts.First(static part => part.Part == "deployment").Version ?? firmware.Version ?? "?";
        return new FirmwareFiles(files[0], files[1], files[2], files[3], version).Checked(FirmwareKind.Production);
    }

    private static BenchException Missing(MadeRow device, BoardFirmware firmware)
    {
        string missing = string.Join(", no ", s_parts.Except(firmware.Parts.Select(static part => part.Part)));
        return new BenchException(
            $"the server has no {missing} for the board {device.HwType}{device.HwVersion}: upload it (docs/manufacturing.md), or take files of yours with --firmware",
            ExitCode.Refused);
    }
}
