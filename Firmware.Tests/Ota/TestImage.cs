using System;
using JamBox.Storage;

namespace JamBox.Tests.Ota;

/// <summary>Deployment images as small as can be: headers that nanoCLR would take, noise behind them.</summary>
internal static class TestImage
{
    /// <summary>Bytes of a header.</summary>
    public const int HeaderSize = 124;

    /// <summary>Where the first assembly has its sequence, which no assembly of nanoFramework has.</summary>
    public const int SequenceAt = HeaderSize;

    private const int StringsAt = HeaderSize + 4;
    private const int NoiseSize = 64;

    /// <summary>Makes an image of two assemblies, the second of which is JamBox.Interop.</summary>
    /// <param name="sequence">The release that it is; the noise too comes from it.</param>
    /// <param name="size">Bytes, a multiple of 4, 400 or more.</param>
    /// <param name="native">Native checksum.</param>
    /// <returns>The image.</returns>
    public static byte[] Make(int sequence, int size, int native)
    {
        var image = new byte[size];
        uint random = (uint)sequence;
        for (int i = 0; i < NoiseSize; i++)
        {
            random = (random * 1664525) + 1013904223;
            // Few values, so that images have something in common.
            image[i] = (byte)((random >> 24) & 0x11);
        }

        for (int done = NoiseSize; done < size; done *= 2)
        {
            Array.Copy(image, 0, image, done, done < size - done ? done : size - done);
        }

        int first = size - 200;
        Write(image, 0, first, 0x1111, "Firmware");
        ByteOrder.WriteInt(image, SequenceAt, sequence);
        Write(image, first, 200, native, "JamBox.Interop");
        return image;
    }

    /// <summary>Writes the header of an assembly, and its name.</summary>
    public static void Write(byte[] image, int at, int size, int native, string name)
    {
        Array.Clear(image, at, HeaderSize);
        byte[] marker = JamBox.Text.Ascii.Bytes("NFMRK1");
        Array.Copy(marker, 0, image, at, marker.Length);
        ByteOrder.WriteInt(image, at + 20, native);
        image[at + 38] = 1;
        ByteOrder.WriteInt(image, at + 84, StringsAt);
        ByteOrder.WriteInt(image, at + 100, size);
        byte[] text = JamBox.Text.Ascii.Bytes(name);
        Array.Copy(text, 0, image, at + StringsAt, text.Length);
        image[at + StringsAt + text.Length] = 0;
        Seal(image, at);
    }

    /// <summary>Writes the CRC of a header, bit by bit: another way than the firmware's.</summary>
    public static void Seal(byte[] image, int at)
    {
        ByteOrder.WriteInt(image, at + 8, 0);
        uint crc = 0;
        for (int i = 0; i < HeaderSize; i++)
        {
            crc ^= (uint)image[at + i] << 24;
            for (int bit = 0; bit < 8; bit++)
            {
                crc = (crc << 1) ^ ((crc >> 31) * 0x04C11DB7u);
            }
        }

        image[at + 8] = (byte)crc;
        image[at + 9] = (byte)(crc >> 8);
        image[at + 10] = (byte)(crc >> 16);
        image[at + 11] = (byte)(crc >> 24);
    }
}
