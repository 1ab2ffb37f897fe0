using System;
using JamBox.Readings;
using JamBox.Storage;
using nanoFramework.TestFramework;

namespace JamBox.Tests.Readings;

/// <summary>
/// A log with readings that wait, of which a part of the flash is then damaged, and what must be true of the next start. A world is made
/// from its kind and its seed: a failure names both.
/// </summary>
internal static class LogDamage
{
    /// <summary>How many kinds of damage there are.</summary>
    public const int Kinds = 7;

    private const int Garbage = 0;
    private const int ForeignRecords = 1;
    private const int ForeignLayout = 2;
    private const int HalfErased = 3;
    private const int BitRot = 4;
    private const int OldRecords = 5;

    private const int Slot = ReadingLog.SlotSize;

    /// <summary>Makes a world and judges it.</summary>
    /// <param name="kind">Which damage.</param>
    /// <param name="seed">Which world.</param>
    /// <param name="sectors">How large the flash is.</param>
    /// <returns>How many readings were found.</returns>
    public static int Run(int kind, int seed, int sectors)
    {
        string where = "LogDamage.Run(" + kind.ToString() + ", " + seed.ToString() + ", " + sectors.ToString() + ")";
        var random = new Random((kind * 100000) + seed);
        LogBench bench = Filled(random, sectors, out int closed);
        string before = "," + bench.Waiting();
        byte[] whole = Copy(bench.Flash.Content);
        Damage(bench, kind, random);
        byte[] damaged = Copy(bench.Flash.Content);
        int reads = bench.Flash.Reads;
        bench.Boot();
        reads = bench.Flash.Reads - reads;
        Assert.IsTrue(reads <= (3 * bench.Slots) + 64, where + ": " + reads.ToString() + " reads");
        string found = "," + bench.Waiting();
        for (int number = 1; number <= closed; number++)
        {
            string name = "," + number.ToString() + ",";
            bool isThere = found.IndexOf(name) >= 0;
            bool waited = before.IndexOf(name) >= 0;
            Assert.IsTrue(waited || !isThere, where + ": " + number.ToString() + " came back");
            Assert.IsTrue(isThere || !waited || IsTouched(whole, damaged, number), where + ": " + number.ToString() + " is gone");
        }

        Assert.AreEqual(bench.Ring.Count, Known(found, closed), where + ": invented " + found);
        int count = bench.Ring.Count;
        GoesOn(bench, closed, where);
        return count;
    }

    // A log that has been in use for a while: some sectors full of what is done, some readings that wait, the rest erased.
    private static LogBench Filled(Random random, int sectors, out int closed)
    {
        var bench = new LogBench(sectors);
        if (random.Next(2) == 0)
        {
            // The numbers wrap soon.
            bench.PutOld(bench.Slots - 1, int.MaxValue - random.Next(10), 500, true);
            bench.Boot();
        }

        int waiting = 1 + random.Next(bench.Ring.Capacity);
        closed = waiting + random.Next(2 * bench.Slots);
        for (int number = 1; number <= closed; number++)
        {
            bench.Close(number);
            while (bench.Ring.Count > waiting)
            {
                bench.Send();
            }

            if (random.Next(5) == 0)
            {
                bench.Boot();
            }
        }

        return bench;
    }

    private static void Damage(LogBench bench, int kind, Random random)
    {
        byte[] bytes = bench.Flash.Content;
        int slots = bench.Slots;
        switch (kind)
        {
            case BitRot:
                Rot(bytes, random.Next(slots / 4) * 4 * Slot, 4 * Slot, random);
                return;
            case HalfErased:
                HalfErase(bytes, random.Next(slots / 4) * 4 * Slot, 4 * Slot, random);
                return;
        }

        // Whatever does not wait is written over.
        for (int slot = 0; slot < slots; slot++)
        {
            if (random.Next(3) > 0 && !Waits(bytes, slot))
            {
                Put(bench, kind, slot, random);
            }
        }
    }

    private static void Put(LogBench bench, int kind, int slot, Random random)
    {
        byte[] bytes = bench.Flash.Content;
        int at = slot * Slot;
        var piece = new byte[Slot];
        random.NextBytes(piece);
        Array.Copy(piece, 0, bytes, at, Slot);
        switch (kind)
        {
            case Garbage:
                return;
            case OldRecords:
                int newest = NewestSequence(bytes);
                int behind = random.Next(20);
                bench.PutOld(slot, newest > behind ? newest - behind : (newest > 0 ? 1 : int.MaxValue - behind), 600, true);
                return;
            case ForeignRecords:
                // Looks like one of ours from the outside, in the present layout or in the one before.
                ByteOrder.WriteInt(
                    bytes, at, random.Next(2) == 0 ? 1 + random.Next(1000000) : unchecked((int)0xB5010001) | (PackedReading.Size << 8));
                ByteOrder.WriteInt(bytes, at + 120, -1);
                ByteOrder.WriteInt(bytes, at + 124, -1);
                return;
            case ForeignLayout:
                bytes[at + 1] = (byte)(random.Next(25) * 4);
                bytes[at + 2] = (byte)random.Next(4);
                bytes[at + 3] = 0xB5;
                int layout = 2 + random.Next(200);
                int length = bytes[at + 1];
                bytes[at] = (byte)layout;
                ByteOrder.WriteInt(bytes, at + 4, NewestSequence(bytes) - random.Next(20));
                ByteOrder.WriteInt(bytes, at + 20 + length, (int)(long)Crc32.Compute(bytes, at, 20 + length));
                ByteOrder.WriteInt(bytes, at + 124, -1);
                return;
            default:
                // The other half of a sector that was not erased long enough.
                for (int i = random.Next(Slot); i < Slot; i++)
                {
                    bytes[at + i] = 0xFF;
                }

                return;
        }
    }

    private static void Rot(byte[] bytes, int at, int length, Random random)
    {
        for (int i = 0; i < 12; i++)
        {
            int index = at + random.Next(length);
            bytes[index] = (byte)(bytes[index] ^ (1 << random.Next(8)));
        }
    }

    private static void HalfErase(byte[] bytes, int at, int length, Random random)
    {
        for (int i = 0; i < length; i++)
        {
            bytes[at + i] = (byte)(bytes[at + i] | random.Next(256));
        }
    }

    private static bool Waits(byte[] bytes, int slot)
    {
        int at = slot * Slot;
        return bytes[at + 2] == ReadingLog.KindReading && bytes[at + 3] == 0xB5 && ByteOrder.ReadInt(bytes, at + 124) == -1;
    }

    // A firmware with another layout went on where ours ended, or ours where it ended.
    private static int NewestSequence(byte[] bytes)
    {
        for (int slot = 0; slot < bytes.Length / Slot; slot++)
        {
            if (Waits(bytes, slot))
            {
                return ByteOrder.ReadInt(bytes, (slot * Slot) + 4);
            }
        }

        return 1;
    }

    // By its number, which is unpacked: of a slot that was damaged nothing is expected.
    private static bool IsTouched(byte[] whole, byte[] damaged, int number)
    {
        var row = new int[ReadingField.Count];
        for (int at = 0; at < whole.Length; at += Slot)
        {
            if (!Waits(whole, at / Slot))
            {
                continue;
            }

            PackedReading.Unpack(whole, at + 20, PackedReading.Size, row);
            for (int i = 0; row[ReadingField.Number] == number && i < Slot; i++)
            {
                if (whole[at + i] != damaged[at + i])
                {
                    return true;
                }
            }
        }

        return false;
    }

    private static int Known(string found, int closed)
    {
        int known = 0;
        for (int number = 1; number <= closed; number++)
        {
            known += found.IndexOf("," + number.ToString() + ",") >= 0 ? 1 : 0;
        }

        return known;
    }

    private static void GoesOn(LogBench bench, int closed, string where)
    {
        int dropped = bench.Ring.Dropped;
        bench.Boot();
        Assert.IsTrue(
            bench.Ring.Dropped == dropped,
            where + ": " + dropped.ToString() + " were lost, " + bench.Ring.Dropped.ToString() + " after another start");
        for (int i = 1; i <= 3 && bench.Ring.Count < bench.Ring.Capacity; i++)
        {
            bench.Close(closed + i);
            bench.Boot();
            Assert.AreEqual(closed + i, bench.Number(bench.Ring.Count - 1), where);
        }
    }

    private static byte[] Copy(byte[] bytes)
    {
        var copy = new byte[bytes.Length];
        Array.Copy(bytes, copy, bytes.Length);
        return copy;
    }
}
