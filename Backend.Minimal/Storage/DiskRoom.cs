using System.Globalization;

namespace JamBox.Backend.Storage;

/// <summary>
/// The room on the disk of an SQLite file. A checkpoint may make the file longer by all that is in the log: that room is never given away,
/// so that a full disk can be mended while running. The writer asks before each transaction: whoever only looks now and then finds, on a
/// busy machine, that the log has eaten the reserve between two looks.
/// </summary>
internal sealed class DiskRoom(string path)
{
    /// <summary>What must stay free on the disk besides the size of the log: this, or an eighth of a small disk.</summary>
    private const long ReserveBytes = 32L * 1024 * 1024;

    private const int ReservePart = 8;

    private readonly FileInfo _log = new(path + "-wal");
    private readonly DriveInfo _disk = new(Path.GetDirectoryName(path)!);

    /// <summary>Size of the log now, bytes.</summary>
    public long LogBytes
    {
        get
        {
            _log.Refresh();
            return _log.Exists ? _log.Length : 0;
        }
    }

    /// <summary>Says what is missing; null = there is room. A few microseconds.</summary>
    public string? FindShortage()
    {
        try
        {
            long needed = LogBytes + Math.Min(ReserveBytes, _disk.TotalSize / ReservePart);
            long free = _disk.AvailableFreeSpace;
            return free >= needed ? null : string.Create(
                CultureInfo.InvariantCulture, $"the disk is full: {free / 1024:N0} KB are free, {needed / 1024:N0} KB are needed");
        }
        catch (Exception unknown) when (unknown is IOException or UnauthorizedAccessException)
        {
            // A file system that does not say how full it is: then a write will.
            return null;
        }
    }
}
