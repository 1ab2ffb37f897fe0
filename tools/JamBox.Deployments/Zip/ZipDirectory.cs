using System.Buffers.Binary;

namespace JamBox.Deployments.Zip;

/// <summary>
/// Reads the directory of a zip strictly: where two programs could read one zip differently it is refused. So nothing may lie before the
/// first entry's header or behind the end but a comment, entries may not share bytes, and what the directory says of an entry its own
/// header must say too.
/// </summary>
internal static class ZipDirectory
{
    private const uint EndSignature = 0x06054b50;
    private const uint End64Signature = 0x06064b50;
    private const uint Locator64Signature = 0x07064b50;
    private const int EndLength = 22;
    private const int End64Length = 56;
    private const int Locator64Length = 20;
    private const int MaxCommentLength = ushort.MaxValue;

    /// <summary>Reads the directory.</summary>
    /// <param name="zip">A stream that can seek.</param>
    /// <param name="limits">How large it may be.</param>
    /// <returns>Entries in the order of the directory; none without bytes is among the files.</returns>
    /// <exception cref="PackageException">It is no zip, or none that may be a package.</exception>
    public static List<ZipEntry> Read(Stream zip, PackageLimits limits)
    {
        if (zip.Length > limits.PackageBytes)
        {
            throw new PackageException($"The package is larger than {limits.PackageBytes} bytes");
        }

        (long start, long length, int count) = FindDirectory(zip, limits);
        byte[] directory = ReadAt(zip, start, (int)length);
        List<ZipEntry> entries = new(Math.Min(count, limits.Entries));
        List<(long Start, long End)> ranges = new(entries.Capacity);
        ZipEntryReader reader = new(zip, start, limits);
        int at = 0;
        for (int number = 0; number < count; number++)
        {
            (ZipEntry entry, long entryStart, int entryLength) = reader.Read(directory.AsSpan(at));
            entries.Add(entry);
            ranges.Add((entryStart, entry.DataOffset + entry.CompressedSize));
            at += entryLength;
        }

        if (at != directory.Length)
        {
            throw new PackageException($"The zip's directory has other entries than the {count} that it counts");
        }

        CheckRanges(ranges);
        return entries;
    }

    /// <summary>Reads bytes of a zip.</summary>
    /// <param name="zip">The zip.</param>
    /// <param name="offset">Where they begin.</param>
    /// <param name="length">How many; the caller has bounded it.</param>
    /// <returns>The bytes.</returns>
    /// <exception cref="PackageException">There are not so many.</exception>
    public static byte[] ReadAt(Stream zip, long offset, int length)
    {
        if (offset < 0 || length < 0 || offset > zip.Length - length)
        {
            throw new PackageException("The zip ends too early, or points outside of itself: it was cut off or changed");
        }

        byte[] bytes = new byte[length];
        zip.Position = offset;
        zip.ReadExactly(bytes);
        return bytes;
    }

    private static (long Start, long Length, int Count) FindDirectory(Stream zip, PackageLimits limits)
    {
        int tailLength = (int)Math.Min(zip.Length, EndLength + MaxCommentLength);
        long tailStart = zip.Length - tailLength;
        byte[] tail = ReadAt(zip, tailStart, tailLength);
        int at = FindEnd(tail);
        ReadOnlySpan<byte> end = tail.AsSpan(at);
        if (end.Length != EndLength + BinaryPrimitives.ReadUInt16LittleEndian(end[20..]))
        {
            throw new PackageException("The zip has bytes behind its end, or was cut off there");
        }

        long endStart = tailStart + at;
        long disks = BinaryPrimitives.ReadUInt32LittleEndian(end[4..]);
        long onDisk = BinaryPrimitives.ReadUInt16LittleEndian(end[8..]);
        long count = BinaryPrimitives.ReadUInt16LittleEndian(end[10..]);
        long length = BinaryPrimitives.ReadUInt32LittleEndian(end[12..]);
        long start = BinaryPrimitives.ReadUInt32LittleEndian(end[16..]);
        if (count == ushort.MaxValue || length == uint.MaxValue || start == uint.MaxValue)
        {
            (endStart, disks, onDisk, count, length, start) = ReadEnd64(zip, endStart);
        }

        if (disks != 0 || onDisk != count)
        {
            throw new PackageException("The zip is a part of one that is split over several files");
        }

        if (count < 0 || count > limits.Entries)
        {
            throw new PackageException($"The zip has more than {limits.Entries} entries");
        }

        if (length < 0 || length > limits.DirectoryBytes)
        {
            throw new PackageException($"The zip's directory is larger than {limits.DirectoryBytes} bytes");
        }

        return start >= 0 && start == endStart - length
            ? (start, length, (int)count)
            : throw new PackageException("The zip's directory does not lie where its end says: something was put before it or cut out");
    }

    private static int FindEnd(ReadOnlySpan<byte> tail)
    {
        for (int at = tail.Length - EndLength; at >= 0; at--)
        {
            if (BinaryPrimitives.ReadUInt32LittleEndian(tail[at..]) == EndSignature)
            {
                return at;
            }
        }

        throw new PackageException("The file is no zip (it has no directory at its end): it was cut off, or is something else");
    }

    private static (long EndStart, long Disks, long OnDisk, long Count, long Length, long Start) ReadEnd64(Stream zip, long endStart)
    {
        byte[] locator = ReadAt(zip, endStart - Locator64Length, Locator64Length);
        long at = BinaryPrimitives.ReadInt64LittleEndian(locator.AsSpan(8));
        long end64Start = endStart - Locator64Length - End64Length;
        if (BinaryPrimitives.ReadUInt32LittleEndian(locator) != Locator64Signature
            || BinaryPrimitives.ReadUInt32LittleEndian(locator.AsSpan(4)) != 0 || at != end64Start)
        {
            throw new PackageException("The zip's end speaks of a longer one (zip64) that is not there");
        }

        ReadOnlySpan<byte> end = ReadAt(zip, end64Start, End64Length);
        return BinaryPrimitives.ReadUInt32LittleEndian(end) == End64Signature
            && BinaryPrimitives.ReadInt64LittleEndian(end[4..]) == End64Length - 12
            ? (end64Start, BinaryPrimitives.ReadInt64LittleEndian(end[16..]), BinaryPrimitives.ReadInt64LittleEndian(end[24..]),
                BinaryPrimitives.ReadInt64LittleEndian(end[32..]), BinaryPrimitives.ReadInt64LittleEndian(end[40..]),
                BinaryPrimitives.ReadInt64LittleEndian(end[48..]))
            : throw new PackageException("The zip's longer end (zip64) is none, or has something in it that is not known");
    }

    /// <summary>Bytes that are unpacked for several entries make little into much.</summary>
    private static void CheckRanges(List<(long Start, long End)> ranges)
    {
        ranges.Sort();
        for (int i = 1; i < ranges.Count; i++)
        {
            if (ranges[i].Start < ranges[i - 1].End)
            {
                throw new PackageException("The zip has entries that share bytes");
            }
        }

        if (ranges.Count > 0 && ranges[0].Start != 0)
        {
            throw new PackageException("The zip has something before its first entry");
        }
    }
}
