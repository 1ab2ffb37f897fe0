using System.Buffers.Binary;
using System.Text;

namespace JamBox.Deployments.Zip;

/// <summary>Reads entries of a directory, and compares each with the header that lies before its bytes.</summary>
/// <param name="zip">The zip.</param>
/// <param name="directoryStart">Where its directory begins: no byte of an entry lies behind that.</param>
/// <param name="limits">How large things may be.</param>
internal sealed class ZipEntryReader(Stream zip, long directoryStart, PackageLimits limits)
{
    private const uint EntrySignature = 0x02014b50;
    private const uint HeaderSignature = 0x04034b50;
    private const int EntryLength = 46;
    private const int HeaderLength = 30;

    private const int Encrypted = 0x0001;
    private const int HasDescriptor = 0x0008;
    private const int PatchData = 0x0020;
    private const int StronglyEncrypted = 0x0040;
    private const int IsUtf8 = 0x0800;
    private const int Masked = 0x2000;

    private const int Stored = 0;
    private const int Deflated = 8;

    private const int FileTypeMask = 0xF000;
    private const int RegularFile = 0x8000;
    private const int Folder = 0x4000;
    private const int Link = 0xA000;
    private const int ExecuteBits = 0x49;

    private const int DosFolder = 0x10;
    private const int DosReparsePoint = 0x400;

    private const int Zip64Field = 0x0001;
    private const int UnicodePathField = 0x7075;

    /// <summary>Reads one entry.</summary>
    /// <param name="directory">The directory from its place on.</param>
    /// <returns>The entry, where its header begins, and bytes that it takes in the directory.</returns>
    /// <exception cref="PackageException">It is none, or may not be in a package.</exception>
    public (ZipEntry Entry, long Start, int Length) Read(ReadOnlySpan<byte> directory)
    {
        if (directory.Length < EntryLength || BinaryPrimitives.ReadUInt32LittleEndian(directory) != EntrySignature)
        {
            throw new PackageException("The zip's directory has other entries than it counts");
        }

        int nameLength = BinaryPrimitives.ReadUInt16LittleEndian(directory[28..]);
        int extraLength = BinaryPrimitives.ReadUInt16LittleEndian(directory[30..]);
        int length = EntryLength + nameLength + extraLength + BinaryPrimitives.ReadUInt16LittleEndian(directory[32..]);
        if (length > directory.Length)
        {
            throw new PackageException("The zip's directory ends within an entry");
        }

        int flags = BinaryPrimitives.ReadUInt16LittleEndian(directory[8..]);
        ReadOnlySpan<byte> nameBytes = directory.Slice(EntryLength, nameLength);
        string name = ReadName(nameBytes, flags);
        string shown = PackagePath.Shown(name);
        CheckFlags(flags, BinaryPrimitives.ReadUInt16LittleEndian(directory[34..]), shown);
        int method = BinaryPrimitives.ReadUInt16LittleEndian(directory[10..]);
        bool isFolder = CheckKind(name, shown, BinaryPrimitives.ReadUInt32LittleEndian(directory[38..]), out bool isExecutable);

        ReadOnlySpan<byte> extra = directory.Slice(EntryLength + nameLength, extraLength);
        long size = BinaryPrimitives.ReadUInt32LittleEndian(directory[24..]);
        long compressed = BinaryPrimitives.ReadUInt32LittleEndian(directory[20..]);
        long start = BinaryPrimitives.ReadUInt32LittleEndian(directory[42..]);
        ReadExtra(extra, nameBytes, shown, ref size, ref compressed, ref start);
        CheckSizes(shown, method, isFolder, size, compressed);

        uint crc = BinaryPrimitives.ReadUInt32LittleEndian(directory[16..]);
        long data = ReadHeader(start, shown, nameBytes, flags, method, size, compressed, crc);
        return (
            new ZipEntry(isFolder ? name[..^1] : name, isFolder, method == Deflated, isExecutable, data, compressed, size, crc),
            start, length);
    }

    private static string ReadName(ReadOnlySpan<byte> bytes, int flags)
    {
        try
        {
            return (flags & IsUtf8) != 0 || Ascii.IsValid(bytes)
                ? new UTF8Encoding(encoderShouldEmitUTF8Identifier: false, throwOnInvalidBytes: true).GetString(bytes)
                : throw new PackageException(
                    "The zip has a name in letters that are no ASCII and not marked as UTF-8, so that programs read it differently: "
                    + "pack it anew");
        }
        catch (DecoderFallbackException)
        {
            throw new PackageException("The zip has a name that is no UTF-8");
        }
    }

    private static void CheckFlags(int flags, int disk, string shown)
    {
        if ((flags & (Encrypted | StronglyEncrypted | Masked)) != 0)
        {
            throw new PackageException($"{shown} is encrypted: pack it without a password");
        }

        if ((flags & PatchData) != 0 || disk != 0)
        {
            throw new PackageException($"{shown} is a part of something else");
        }
    }

    private static bool CheckKind(string name, string shown, uint attributes, out bool isExecutable)
    {
        bool isFolder = name.EndsWith('/');
        int mode = (int)(attributes >> 16);
        int type = mode & FileTypeMask;
        isExecutable = !isFolder && (mode & ExecuteBits) != 0;
        if (type == Link || (attributes & DosReparsePoint) != 0)
        {
            throw new PackageException($"{shown} is a link: a package has files only");
        }

        bool isExpected = isFolder ? type is 0 or Folder : type is 0 or RegularFile && (attributes & DosFolder) == 0;
        return isExpected ? isFolder : throw new PackageException($"{shown} is neither a file nor a folder");
    }

    private static void ReadExtra(
        ReadOnlySpan<byte> extra, ReadOnlySpan<byte> name, string shown, ref long size, ref long compressed, ref long start)
    {
        bool needs64 = size == uint.MaxValue || compressed == uint.MaxValue || start == uint.MaxValue;
        bool has64 = false;
        while (extra.Length >= 4)
        {
            int id = BinaryPrimitives.ReadUInt16LittleEndian(extra);
            int length = BinaryPrimitives.ReadUInt16LittleEndian(extra[2..]);
            if (length > extra.Length - 4)
            {
                throw new PackageException($"{shown} has an extra field that ends too early");
            }

            ReadOnlySpan<byte> field = extra.Slice(4, length);
            if (id == Zip64Field)
            {
                if (has64)
                {
                    throw new PackageException($"{shown} has its long sizes (zip64) twice");
                }

                has64 = true;
                Take64(ref field, ref size, shown);
                Take64(ref field, ref compressed, shown);
                Take64(ref field, ref start, shown);
            }
            else if (id == UnicodePathField && (field.Length < 5 || !field[5..].SequenceEqual(name)))
            {
                throw new PackageException($"{shown} has another name besides: programs would unpack it differently");
            }

            extra = extra[(4 + length)..];
        }

        if (needs64 && !has64)
        {
            throw new PackageException($"{shown} speaks of long sizes (zip64) that are not there");
        }
    }

    private static void Take64(ref ReadOnlySpan<byte> field, ref long value, string shown)
    {
        if (value != uint.MaxValue)
        {
            return;
        }

        if (field.Length < 8)
        {
            throw new PackageException($"{shown} speaks of long sizes (zip64) that are not there");
        }

        value = BinaryPrimitives.ReadInt64LittleEndian(field);
        field = field[8..];
    }

    private void CheckSizes(string shown, int method, bool isFolder, long size, long compressed)
    {
        if (method is not (Stored or Deflated))
        {
            throw new PackageException($"{shown} is compressed by method {method}: only deflate (8) and stored (0) are taken");
        }

        if (size < 0 || compressed < 0 || (method == Stored && size != compressed) || (isFolder && size != 0))
        {
            throw new PackageException($"{shown} has a size that cannot be");
        }

        if (size > limits.UnpackedBytes)
        {
            throw new PackageException($"{shown} unpacks to more than {limits.UnpackedBytes} bytes");
        }

        if (size > limits.RatioFromBytes && size / limits.Ratio > compressed)
        {
            throw new PackageException(
                $"{shown} unpacks to more than {limits.Ratio} times its size, as bombs do: store it uncompressed if it is meant so");
        }
    }

    /// <summary>Reads the header before the bytes of an entry.</summary>
    /// <returns>Where the bytes begin.</returns>
    private long ReadHeader(
        long start, string shown, ReadOnlySpan<byte> name, int flags, int method, long size, long compressed, uint crc)
    {
        if (start < 0 || start > directoryStart - HeaderLength - name.Length)
        {
            throw new PackageException($"{shown} points outside of the zip's entries");
        }

        ReadOnlySpan<byte> header = ZipDirectory.ReadAt(zip, start, HeaderLength + name.Length);
        int extraLength = BinaryPrimitives.ReadUInt16LittleEndian(header[28..]);
        long data = start + HeaderLength + name.Length + extraLength;
        if (data > directoryStart || compressed > directoryStart - data)
        {
            throw new PackageException($"{shown} points outside of the zip's entries");
        }

        int headerFlags = BinaryPrimitives.ReadUInt16LittleEndian(header[6..]);
        bool isSame = BinaryPrimitives.ReadUInt32LittleEndian(header) == HeaderSignature
            && headerFlags == flags
            && BinaryPrimitives.ReadUInt16LittleEndian(header[8..]) == method
            && BinaryPrimitives.ReadUInt16LittleEndian(header[26..]) == name.Length
            && header[HeaderLength..].SequenceEqual(name);
        uint headerCrc = BinaryPrimitives.ReadUInt32LittleEndian(header[14..]);
        uint headerCompressed = BinaryPrimitives.ReadUInt32LittleEndian(header[18..]);
        uint headerSize = BinaryPrimitives.ReadUInt32LittleEndian(header[22..]);
        bool isLater = (flags & HasDescriptor) != 0;
        isSame = isSame && (headerCrc == crc || (isLater && headerCrc == 0))
            && (headerSize == size || headerSize == uint.MaxValue || (isLater && headerSize == 0))
            && (headerCompressed == compressed || headerCompressed == uint.MaxValue || (isLater && headerCompressed == 0));
        return isSame ? data : throw new PackageException($"{shown} is described differently in the zip's directory and before its bytes");
    }
}
