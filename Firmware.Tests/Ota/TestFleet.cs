using System;
using JamBox.Ota;
using JamBox.Storage;

namespace JamBox.Tests.Ota;

/// <summary>Key-change records and floors as a bench makes them, with the signatures of <see cref="FakeCrypto"/>.</summary>
internal static class TestFleet
{
    /// <summary>A key that is unlike any other number's.</summary>
    public static byte[] Key(int number)
    {
        var key = new byte[64];
        for (int i = 0; i < key.Length; i++)
        {
            key[i] = (byte)((i * 13) + (number * 31) + 5);
        }

        return key;
    }

    /// <summary>A key-change record.</summary>
    public static byte[] Change(int epoch, int number, byte[] first, byte[] second, bool isRecovery, byte[] signer)
    {
        var bytes = new byte[KeyChange.Size];
        Begin(bytes, "JBKR", epoch);
        ByteOrder.WriteInt(bytes, 8, number);
        Put(bytes, 12, first);
        Put(bytes, 76, second);
        bytes[140] = (byte)(isRecovery ? 1 : 0);
        Sign(bytes, KeyChange.SignedSize, signer);
        return bytes;
    }

    /// <summary>A floor.</summary>
    public static byte[] Floor(int epoch, int number, int minimum, int expires, byte[] signer, string hardware = TestRelease.Hardware)
    {
        var bytes = new byte[FleetFloor.Size];
        Begin(bytes, "JBFL", epoch);
        Put(bytes, 8, JamBox.Text.Ascii.Bytes(hardware));
        ByteOrder.WriteInt(bytes, 24, number);
        ByteOrder.WriteInt(bytes, 28, minimum);
        ByteOrder.WriteInt(bytes, 32, 1);
        ByteOrder.WriteInt(bytes, 36, expires);
        Sign(bytes, 40, signer);
        return bytes;
    }

    /// <summary>Signs what a record says by now.</summary>
    public static void Sign(byte[] bytes, int size, byte[] signer)
    {
        byte[] hash = FakeCrypto.HashOf(bytes, 0, size);
        for (int i = 0; i < 64; i++)
        {
            bytes[size + i] = (byte)(hash[i % 32] ^ signer[i]);
        }
    }

    private static void Begin(byte[] bytes, string magic, int epoch)
    {
        Put(bytes, 0, JamBox.Text.Ascii.Bytes(magic));
        bytes[4] = 1;
        bytes[6] = (byte)epoch;
        bytes[7] = (byte)(epoch >> 8);
    }

    private static void Put(byte[] bytes, int at, byte[] value)
    {
        if (value != null)
        {
            Array.Copy(value, 0, bytes, at, value.Length);
        }
    }
}
