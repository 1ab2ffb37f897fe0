using JamBox.Readings;
using JamBox.Storage;
using JamBox.Tests.App;
using JamBox.Tests.Storage;
using nanoFramework.TestFramework;

namespace JamBox.Tests.Readings;

/// <summary>
/// A ring with a log on a small flash, which can lose its power: sectors of four slots, as many as wished. Readings are told apart by
/// their number; each field of one follows from it.
/// </summary>
internal sealed class LogBench
{
    public const int SectorSize = 4 * ReadingLog.SlotSize;
    public const int BootId = 77;

    private readonly FakeStore _store = new FakeStore();
    private readonly int[] _row = new int[ReadingField.Count];

    public LogBench(int sectors = 4)
        : this(new SimFlash(sectors, SectorSize))
    {
    }

    public LogBench(SimFlash flash)
    {
        Flash = flash;
        Boot();
    }

    public SimFlash Flash { get; }

    public ReadingRing Ring { get; private set; }

    public int Slots => Flash.Length / ReadingLog.SlotSize;

    /// <summary>Power goes and comes.</summary>
    public void Boot()
    {
        Ring = new ReadingRing(new ReadingLog(Flash), new BootTime(_store));
    }

    public void Close(int number)
    {
        Fill(Ring.Add(), number);
        Ring.Keep();
    }

    /// <summary>The backend takes the oldest, and with it what it says of losses.</summary>
    public void Send()
    {
        Assert.IsTrue(Ring.ReadOldest() != null);
        Ring.ConfirmDropped(Ring.Dropped);
        Ring.RemoveOldest();
    }

    /// <summary>Gives the numbers that wait, oldest first, each with a comma behind it; checks that they are what was closed.</summary>
    /// <returns>Such as <c>3,4,5,</c>.</returns>
    public string Waiting()
    {
        string numbers = string.Empty;
        for (int i = 0; i < Ring.Count; i++)
        {
            numbers += Number(i).ToString() + ",";
        }

        return numbers;
    }

    public int Number(int index)
    {
        Assert.IsTrue(Ring.Read(index, _row));
        int number = _row[ReadingField.Number];
        Assert.IsTrue(IsAsClosed(_row), "reading " + number.ToString() + " is not what was closed");
        return number;
    }

    /// <summary>Writes a record as the firmware before layout 1 did: 28 ints.</summary>
    /// <param name="slot">Where to.</param>
    /// <param name="sequence">Its sequence number.</param>
    /// <param name="number">Number of the reading.</param>
    /// <param name="isDone">Whether it is marked.</param>
    public void PutOld(int slot, int sequence, int number, bool isDone = false)
    {
        byte[] bytes = Flash.Content;
        int at = slot * ReadingLog.SlotSize;
        var row = new int[ReadingField.Count];
        Fill(row, number);
        ByteOrder.WriteInt(bytes, at, sequence);
        for (int field = 0; field < 28; field++)
        {
            ByteOrder.WriteInt(bytes, at + 4 + (field * 4), row[field]);
        }

        ByteOrder.WriteInt(bytes, at + 116, (int)(long)Crc32.Compute(bytes, at, 116));
        ByteOrder.WriteInt(bytes, at + 120, -1);
        ByteOrder.WriteInt(bytes, at + 124, isDone ? 0 : -1);
    }

    /// <summary>Makes a record that is on flash one of the first release, which had 28 fields.</summary>
    /// <param name="slot">Which.</param>
    public void Shorten(int slot)
    {
        const int BodyAt = 20;
        const int Body = 72;
        byte[] bytes = Flash.Content;
        int at = slot * ReadingLog.SlotSize;
        bytes[at + 1] = Body;
        bytes[at + BodyAt + Body - 1] &= 0x0F;
        ByteOrder.WriteInt(bytes, at + BodyAt + Body, (int)(long)Crc32.Compute(bytes, at, BodyAt + Body));
        for (int i = BodyAt + Body + 4; i < ReadingLog.SlotSize; i++)
        {
            bytes[at + i] = 0xFF;
        }
    }

    /// <summary>Changes a record that is on flash, and makes its check sum right again.</summary>
    /// <param name="slot">Which.</param>
    /// <param name="layout">Its layout number.</param>
    /// <param name="length">Bytes of its body; of those that are new the last is not 0.</param>
    public void Relabel(int slot, int layout, int length)
    {
        byte[] bytes = Flash.Content;
        int at = slot * ReadingLog.SlotSize;
        bytes[at] = (byte)layout;
        for (int i = PackedReading.Size; i < length + 4; i++)
        {
            bytes[at + 20 + i] = (byte)(i < length ? i : 0xFF);
        }

        bytes[at + 1] = (byte)length;
        ByteOrder.WriteInt(bytes, at + 20 + length, (int)(long)Crc32.Compute(bytes, at, 20 + length));
    }

    public static void Fill(int[] row, int number)
    {
        for (int field = 0; field < row.Length; field++)
        {
            int bits = ReadingField.Bits(field);
            row[field] = bits == ReadingField.LevelBits ? -1 - (number % 100) : number * (field + 1);
        }

        row[ReadingField.Number] = number;
        row[ReadingField.BootId] = BootId;
    }

    private static bool IsAsClosed(int[] row)
    {
        var expected = new int[ReadingField.Count];
        Fill(expected, row[ReadingField.Number]);
        if (row[ReadingField.BleAppleInUse] == ReadingField.NotKnown)
        {
            // Of a record that was put there as an older firmware wrote it.
            expected[ReadingField.BleAppleInUse] = ReadingField.NotKnown;
        }

        for (int field = 0; field < row.Length; field++)
        {
            if (row[field] != expected[field])
            {
                return false;
            }
        }

        return true;
    }
}
