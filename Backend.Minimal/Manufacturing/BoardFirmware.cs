using JamBox.Backend.Builds;
using JamBox.Backend.Firmware;
using JamBox.Backend.Storage;
using JamBox.Backend.Wire;

namespace JamBox.Backend.Manufacturing;

/// <summary>What is written into the flash of a board: its release, of a box the build on top of it, and where what lies.</summary>
/// <param name="Board">The board.</param>
/// <param name="Release">Application, bootloader, partition table; of a box the nanoCLR's. Null = none is uploaded.</param>
/// <param name="Build">The deployment of a box; null = none is uploaded, or it is none.</param>
/// <param name="Partitions">What its partition table says; empty = nothing is known.</param>
internal sealed record BoardFlash(Board Board, Release? Release, Build? Build, IReadOnlyList<FlashPartition> Partitions)
{
    /// <summary>The build that sets the modem of a box up, flashed before its own; null = none is uploaded, or it needs none.</summary>
    public Build? Provisioning { get; init; }

    /// <summary>What people call its version: of a box the build's.</summary>
    public string Version => Build?.Version ?? Release!.Version.Text;

    /// <summary>Where its identity lies; null = nobody knows.</summary>
    public FlashPartition? Identity =>
        PartitionOf(Board.Partition) is { } known ? known with { Size = NvsBytes }
        : Board.IdentityAddress is { } address ? new FlashPartition(Board.Partition, address, NvsBytes)
        : null;

    /// <summary>Size of the partition with its identity, bytes.</summary>
    public int NvsBytes =>
        Board.NvsBytes ?? (PartitionOf(Board.Partition) is { Size: >= 0x3000 and <= 0x100_0000 } known && known.Size % 0x1000 == 0
            ? (int)known.Size
            : Board.DefaultNvsBytes);

    /// <summary>Its parts, in the order in which they lie in flash.</summary>
    public IEnumerable<BoardPart> Parts()
    {
        IEnumerable<BoardPart> parts = (Release?.Parts ?? []).Select(part => new BoardPart(
            part.Name, Release!.Version.Text, part.Address, part.Size, RoomAt(part.Address), part.Sha256));
        if (Build is { } build)
        {
            parts = parts.Append(PartOf(build, BoardPart.Deployment));
        }

        return parts.OrderBy(static part => part.Address);
    }

    /// <summary>What lies in the place of the deployment while the modem of a box is set up; null = there is none.</summary>
    public BoardPart? ProvisioningPart() => Provisioning is { } build ? PartOf(build, BoardPart.Provisioning) : null;

    private BoardPart PartOf(Build build, string name)
    {
        FlashPartition? partition = PartitionOf(Board.DeploymentPartition);
        return new BoardPart(
            name, build.Version, partition?.Address ?? Board.DeploymentAddress, build.Size, partition?.Size, build.Sha256);
    }

    private FlashPartition? PartitionOf(string name) => Partitions.FirstOrDefault(partition => partition.Name == name);

    private long? RoomAt(long address) => Partitions.FirstOrDefault(partition => partition.Address == address)?.Size;
}

/// <summary>Finds what is written into the flash of a board.</summary>
internal sealed class BoardFirmwareFinder
{
    private readonly Store _store;
    private readonly FileChunks _chunks;
    private readonly PlatformTable _platforms;

    /// <summary>Makes it.</summary>
    public BoardFirmwareFinder(Store store, FileChunks chunks, PlatformTable platforms)
    {
        _store = store;
        _chunks = chunks;
        _platforms = platforms;
    }

    /// <summary>Finds it.</summary>
    /// <param name="board">The board.</param>
    /// <param name="product">What its firmware is for; null = the board's own, or the only one that there is.</param>
    /// <param name="version">The version, of a box the build's; null = the newest.</param>
    /// <returns>The firmware, or why there is none.</returns>
    public async Task<(BoardFlash? Flash, Refusal? Refusal)> FindAsync(Board board, string? product, string? version)
    {
        Build? build = null;
        if (board.Hardware is { } hardware)
        {
            build = await _store.ReadAsync((hardware, version), BuildSql.Choose).ConfigureAwait(false);
            if (build is null && version is not null)
            {
                return (null, Refusal.NotFound($"There is no build {NearMiss.Shown(version)} for {hardware}"));
            }
        }

        (FirmwareWish? wish, string? fault) = FirmwareEndpoints.WishOf(
            _platforms, board.Platform, product ?? board.Product, null, board.Hardware is null ? version : null, null);
        if (wish is null)
        {
            return (null, new Refusal(StatusCodes.Status400BadRequest, fault!));
        }

        (Release? release, Refusal? refusal) = await _store.ReadAsync((wish, _platforms), FirmwareChoice.Decide).ConfigureAwait(false);
        return release is null && (build is null || refusal!.Status != StatusCodes.Status404NotFound)
            ? (null, refusal)
            : (new BoardFlash(board, release, build, await ReadTableAsync(release).ConfigureAwait(false))
            {
                Provisioning = await FindProvisioningAsync(board, null).ConfigureAwait(false),
            }, null);
    }

    /// <summary>Finds the build that sets the modem of a box up.</summary>
    /// <param name="board">The board.</param>
    /// <param name="version">Its version; null = the newest.</param>
    /// <returns>The build; null when there is none.</returns>
    public async Task<Build?> FindProvisioningAsync(Board board, string? version) => board.Provisioning is { } hardware
        ? await _store.ReadAsync((hardware, version), BuildSql.Choose).ConfigureAwait(false)
        : null;

    private async Task<IReadOnlyList<FlashPartition>> ReadTableAsync(Release? release)
    {
        if (release?.Part(ReleasePart.Partitions) is not { } part)
        {
            return [];
        }

        byte[] table = new byte[Math.Min(part.Size, PartitionTable.Bytes)];
        for (int done = 0; done < table.Length;)
        {
            long at = part.Start + done;
            if (await _chunks.GetAsync(part.FileId, (int)(at / FileSql.ChunkBytes)).ConfigureAwait(false) is not { } chunk
                || chunk.AsMemory((int)(at % FileSql.ChunkBytes)) is not { Length: > 0 } piece)
            {
                // It was removed meanwhile: as good as no table.
                return [];
            }

            int taken = Math.Min(piece.Length, table.Length - done);
            piece[..taken].CopyTo(table.AsMemory(done));
            done += taken;
        }

        return PartitionTable.Entries(table);
    }
}
