using JamBox.Bench.CommandLine;
using JamBox.Bench.Server;

namespace JamBox.Bench.Boxes.Flashing;

/// <summary>Firmware as the server has it.</summary>
/// <param name="terminal">The bench, which keeps what it fetched.</param>
/// <param name="manufacturing">The server.</param>
internal sealed class ServerFirmware(BenchTerminal terminal, Manufacturing manufacturing)
{
    private const string Deployment = "deployment";
    private const string Provisioning = "provisioning";

    private static readonly string[] s_parts = ["bootloader", "partitions", "app"];

    private readonly FirmwareCache _cache = new(terminal, new BenchLog(terminal).Folder);

    /// <summary>Gets it.</summary>
    /// <param name="board">For which board.</param>
    /// <param name="kind">Which one.</param>
    /// <param name="stop">Ends it.</param>
    /// <returns>It, checked.</returns>
    /// <exception cref="BenchException">The server does not have all of it.</exception>
    public async Task<FirmwareFiles> LoadAsync(BoardName board, FirmwareKind kind, CancellationToken stop)
    {
        BoardFirmware firmware = await FindAsync(board, kind, stop).ConfigureAwait(false);
        string last = kind == FirmwareKind.Provisioning ? Provisioning : Deployment;
        Dictionary<string, BoardPart> parts = firmware.Parts.ToDictionary(static part => part.Part);
        if (firmware.Provisioning is { } provisioning)
        {
            parts[Provisioning] = provisioning;
        }

        string[] wanted = [.. s_parts, last];
        if (wanted.Where(name => !parts.ContainsKey(name)).ToArray() is { Length: > 0 } missing)
        {
            throw Missing(board, missing);
        }

        List<byte[]> files = [];
        foreach (BoardPart part in wanted.Select(name => parts[name]))
        {
            files.Add(await _cache.GetAsync(part.Sha256, () => manufacturing.GetPartAsync(board, part, stop)).ConfigureAwait(false));
        }

        return new FirmwareFiles(files[0], files[1], files[2], files[3], parts[last].Version ?? "?").Checked(kind);
    }

    private async Task<BoardFirmware> FindAsync(BoardName board, FirmwareKind kind, CancellationToken stop)
    {
        try
        {
            return await manufacturing.FindFirmwareAsync(board, stop).ConfigureAwait(false);
        }
        catch (BenchException e)
            when (e.ExitCode == ExitCode.Refused && !e.Message.Contains("no such board", StringComparison.Ordinal))
        {
            throw Missing(board, [.. s_parts, kind == FirmwareKind.Provisioning ? Provisioning : Deployment]);
        }
    }

    /// <summary>What people call a part of a box's firmware.</summary>
    /// <param name="part">The server's name.</param>
    /// <returns>Theirs.</returns>
    public static string WordOf(string part) => part switch
    {
        "partitions" => "partition table",
        "app" => "nanoCLR",
        Deployment => "firmware",
        Provisioning => "provisioning firmware",
        _ => part,
    };

    private static BenchException Missing(BoardName board, string[] missing) => new(
        $"the server has no {string.Join(", no ", missing.Select(WordOf))} for the board {board.Type}{board.Revision}: "
        + "upload it (docs/manufacturing.md, Set up), or take files of yours with --firmware FOLDER",
        ExitCode.Refused);
}
