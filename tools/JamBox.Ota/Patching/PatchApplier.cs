using System.Security.Cryptography;

namespace JamBox.Ota.Patching;

/// <summary>
/// Applies patches on the server, to see that what was made gives the image again before anybody is offered it. Written to be read:
/// it refuses exactly what a device must refuse.
/// </summary>
public static class PatchApplier
{
    /// <summary>Applies a patch.</summary>
    /// <param name="from">The base image.</param>
    /// <param name="patch">The patch, of any profile.</param>
    /// <param name="maxSize">The largest image to accept.</param>
    /// <param name="to">The image; what there is of it when the patch is refused.</param>
    /// <returns><see cref="PatchError.None"/>, or why the patch was refused.</returns>
    public static PatchError Apply(ReadOnlySpan<byte> from, ReadOnlySpan<byte> patch, int maxSize, out byte[] to)
    {
        to = [];
        PatchError error = ReadEspHeader(from, patch, out int start);
        if (error != PatchError.None)
        {
            return error;
        }

        byte[] input = patch.ToArray();
        var header = new PlainDecoder(input, start);
        int kind = header.Read();
        if (kind != PatchFormat.SequentialLzma && kind != PatchFormat.SequentialHeatshrink && kind != PatchFormat.MappedLzma)
        {
            return kind < 0 ? PatchError.Truncated : PatchError.UnknownFormat;
        }

        error = PatchVarint.Read(header, out int size);
        if (error != PatchError.None || size < 0 || size > maxSize)
        {
            return error != PatchError.None ? error : size < 0 ? PatchError.BadLength : PatchError.TooLarge;
        }

        to = new byte[size];
        if (size == 0)
        {
            return header.Finish();
        }

        PatchDecoder? decoder = Open(kind, input, header.Position, out error);
        if (decoder == null || kind != PatchFormat.MappedLzma)
        {
            return decoder == null ? error : ApplyRecords(from, decoder, to);
        }

        error = ReferenceMap.Read(decoder, out ReferenceMap map);
        byte[] image = from.ToArray();
        return error != PatchError.None ? error : ApplyRecords(map.Map(image, ReferenceFinder.Find(image)), decoder, to);
    }

    private static PatchError ReadEspHeader(ReadOnlySpan<byte> from, ReadOnlySpan<byte> patch, out int size)
    {
        size = 0;
        if (patch.IsEmpty || patch[0] != PatchFormat.EspMagic[0])
        {
            return PatchError.None;
        }

        size = PatchFormat.EspHeaderSize;
        if (patch.Length < size)
        {
            return PatchError.Truncated;
        }

        int rest = PatchFormat.EspMagic.Length + SHA256.HashSizeInBytes;
        if (!patch.StartsWith(PatchFormat.EspMagic) || patch[rest..size].ContainsAnyExcept((byte)0))
        {
            return PatchError.UnknownFormat;
        }

        bool isBase = patch[PatchFormat.EspMagic.Length..rest].SequenceEqual(SHA256.HashData(from));
        return isBase ? PatchError.None : PatchError.WrongBase;
    }

    private static PatchDecoder? Open(int kind, byte[] input, int position, out PatchError error)
    {
        error = PatchError.None;
        if (kind != PatchFormat.SequentialHeatshrink)
        {
            var lzma = new LzmaDecoder(input, position);
            error = lzma.Error;
            return error == PatchError.None ? lzma : null;
        }

        if (position >= input.Length)
        {
            error = PatchError.Truncated;
            return null;
        }

        int windowBits = (input[position] >> 4) + 4;
        int lookaheadBits = (input[position] & 15) + 3;
        if (windowBits > PatchFormat.MaxWindowBits || lookaheadBits >= windowBits)
        {
            error = PatchError.UnknownFormat;
            return null;
        }

        return new HeatshrinkDecoder(input, position + 1, windowBits, lookaheadBits);
    }

    private static PatchError ApplyRecords(ReadOnlySpan<byte> from, PatchDecoder decoder, byte[] to)
    {
        PatchError error = PatchVarint.Read(decoder, out int dataFormat);
        if (error != PatchError.None || dataFormat != 0)
        {
            return error != PatchError.None ? error : PatchError.DataFormat;
        }

        long position = 0;
        int done = 0;
        int emptyRecords = 0;
        while (done < to.Length)
        {
            int before = done;
            error = ApplyDiff(from, decoder, to, ref done, ref position);
            error = error != PatchError.None ? error : ApplyExtra(decoder, to, ref done);
            emptyRecords = done == before ? emptyRecords + 1 : 0;
            if (error != PatchError.None || emptyRecords > PatchFormat.MaxEmptyRecords)
            {
                return error != PatchError.None ? error : PatchError.NoProgress;
            }

            error = PatchVarint.Read(decoder, out int adjustment);
            if (error != PatchError.None)
            {
                return error;
            }

            // The last one leads nowhere and is not looked at; any other must lead into the base, or where nothing is read from.
            position += adjustment;
        }

        return decoder.Finish();
    }

    private static PatchError ApplyDiff(ReadOnlySpan<byte> from, PatchDecoder decoder, byte[] to, ref int done, ref long position)
    {
        PatchError error = ReadLength(decoder, to.Length - done, out int length);
        if (error != PatchError.None)
        {
            return error;
        }

        if (length > 0 && (position < 0 || position + length > from.Length))
        {
            return PatchError.OutsideBase;
        }

        for (int i = 0; i < length; i++)
        {
            int value = decoder.Read();
            if (value < 0)
            {
                return decoder.Error;
            }

            to[done++] = (byte)(value + from[(int)position++]);
        }

        return PatchError.None;
    }

    private static PatchError ApplyExtra(PatchDecoder decoder, byte[] to, ref int done)
    {
        PatchError error = ReadLength(decoder, to.Length - done, out int length);
        for (int i = 0; i < length && error == PatchError.None; i++)
        {
            int value = decoder.Read();
            if (value < 0)
            {
                return decoder.Error;
            }

            to[done++] = (byte)value;
        }

        return error;
    }

    private static PatchError ReadLength(PatchDecoder decoder, int left, out int length)
    {
        PatchError error = PatchVarint.Read(decoder, out length);
        if (error == PatchError.None && (length < 0 || length > left))
        {
            length = 0;
            error = PatchError.BadLength;
        }

        return error;
    }
}
