using System;
using JamBox.Text;
using JamBox.Uplink;
using nanoFramework.TestFramework;

namespace JamBox.Tests.Uplink;

/// <summary>Tests of <see cref="CompactAnswer"/> and of <see cref="Cbor"/>: whatever a server says.</summary>
[TestClass]
public class CompactAnswerTests
{
    private const int FuzzSeed = 1818;

    /// <summary>The whole answer of docs/wire.md.</summary>
    [TestMethod]
    public void ReadsAnAnswer()
    {
        CompactAnswer answer = Read("87 1A697B2FD0 03 84 00 01 02 26 06 1A7FFFFFFF 1A00036EE8 48 0102030405060708");
        Assert.AreEqual(1769680848L, answer.TimeSeconds);
        Assert.AreEqual(4, answer.Results);
        Assert.AreEqual(CompactAnswer.Stored, answer.Result(0));
        Assert.AreEqual(CompactAnswer.Known, answer.Result(1));
        Assert.AreEqual(CompactAnswer.Later, answer.Result(2));
        Assert.AreEqual(-7, answer.Result(3));
        Assert.AreEqual(CompactAnswer.Later, answer.Result(4));
        Assert.IsTrue(answer.TryGetConfigVersion(out int version) && version == 3);
        Assert.IsTrue(answer.TryGetCommand(out int command) && command == 6);
        Assert.IsTrue(answer.TryGetCommandId(out int id) && id == 2147483647);
        Assert.IsTrue(answer.TryGetArgument(out int argument) && argument == 225000);
    }

    /// <summary>The shortest, and one of a newer server that says more.</summary>
    [TestMethod]
    public void ReadsTheShortestAndANewerOne()
    {
        CompactAnswer answer = Read("83 1A697B2FD0 F6 81 00");
        Assert.AreEqual(1, answer.Results);
        Assert.IsFalse(answer.TryGetConfigVersion(out _));
        Assert.IsFalse(answer.TryGetCommand(out _));
        answer = Read("89 1A697B2FD0 01 81 00 F6 F6 F6 82 61 61 A1 61 62 01 20 43 010203");
        Assert.AreEqual(1, answer.Results);
        Assert.IsFalse(answer.TryGetCommand(out _));
        Assert.IsFalse(answer.TryGetArgument(out _));
    }

    /// <summary>What is no such answer says nothing at all.</summary>
    [TestMethod]
    public void RefusesWhatIsNone()
    {
        string[] none =
        [
            "", "83", "82 1A697B2FD0 01", "83 1A697B2FD0 01 00", "83 F6 01 81 00", "83 1A697B2FD0 01 81", "83 1A697B2FD0 01 81 00 00",
            "9F 1A697B2FD0 01 81 00 FF", "83 1A697B2FD0 01 9A FFFFFFFF 00", "9A FFFFFFFF 1A697B2FD0 01 81 00", "83 1A697B2FD0 01 9F 00 FF",
            "83 FB 3FF0000000000000 01 81 00", "83 C1 1A697B2FD0 01 81 00", "84 1A697B2FD0 01 81 00 81 81 81 81 81 81 00", "A1 01 02",
            "83 1B 00000000697B2FD0 01 81 00", "84 1A697B2FD0 01 81 00 5A 7FFFFFFF 00", "84 1A697B2FD0 01 81 00 BA 80000000 00",
        ];
        for (int i = 0; i < none.Length; i++)
        {
            byte[] bytes = Bytes(none[i]);
            var answer = new CompactAnswer();
            Assert.IsFalse(answer.Set(bytes, bytes.Length), none[i]);
            Assert.AreEqual(0, answer.Results, none[i]);
            Assert.AreEqual(CompactAnswer.Later, answer.Result(0), none[i]);
            Assert.AreEqual(0L, answer.TimeSeconds, none[i]);
            Assert.IsFalse(answer.TryGetCommand(out _), none[i]);
        }
    }

    /// <summary>Where the MAC stands.</summary>
    [TestMethod]
    public void FindsTheMac()
    {
        byte[] bytes = Bytes("84 1A697B2FD0 01 81 00 48 0102030405060708");
        Assert.AreEqual(bytes.Length - 8, CompactAnswer.MacAt(bytes, bytes.Length));
        Assert.AreEqual(-1, CompactAnswer.MacAt(bytes, bytes.Length - 1));
        Assert.AreEqual(-1, CompactAnswer.MacAt(bytes, 8));
        Assert.AreEqual(-1, CompactAnswer.MacAt(bytes, 0));
    }

    /// <summary>Damaged answers and noise: never beyond the end, and nothing out of its range.</summary>
    [TestMethod]
    public void SurvivesFuzz()
    {
        byte[] good = Bytes("88 1A697B2FD0 03 84 00 01 02 26 06 1A7FFFFFFF 1A00036EE8 A1 61 62 01 48 0102030405060708");
        var random = new Random(FuzzSeed);
        var answer = new CompactAnswer();
        for (int round = 0; round < 2000; round++)
        {
            int length = random.Next(good.Length + 1);
            var bytes = new byte[good.Length];
            Array.Copy(good, bytes, bytes.Length);
            length = random.Next(2) == 0 ? bytes.Length : length;
            for (int changes = random.Next(5); changes > 0; changes--)
            {
                bytes[random.Next(bytes.Length)] = (byte)random.Next(256);
            }

            // Exactly as long as the data: whoever reads beyond the end ends here.
            var data = new byte[length];
            Array.Copy(bytes, data, length);
            string where = "seed " + FuzzSeed.ToString() + " round " + round.ToString();
            bool isAnswer = answer.Set(data, length);
            Assert.IsTrue(isAnswer || answer.Results == 0, where);
            Assert.IsTrue(answer.Results >= 0 && answer.Results <= length, where);
            for (int record = 0; record <= answer.Results; record++)
            {
                Assert.IsTrue(answer.Result(record) <= CompactAnswer.Later, where);
            }

            Assert.IsTrue(!answer.TryGetCommandId(out int id) || id >= 0, where);
            Assert.IsTrue(!answer.TryGetArgument(out int argument) || argument >= 0, where);
            Assert.IsTrue(answer.TimeSeconds >= 0, where);
        }
    }

    private static CompactAnswer Read(string hex)
    {
        byte[] bytes = Bytes(hex);
        var answer = new CompactAnswer();
        Assert.IsTrue(answer.Set(bytes, bytes.Length), hex);
        return answer;
    }

    private static byte[] Bytes(string hex)
    {
        var bytes = new byte[hex.Length];
        int count = 0;
        for (int i = 0; i < hex.Length; i++)
        {
            if (hex[i] != ' ')
            {
                bytes[count++] = (byte)((Ascii.HexValue((byte)(hex[i] | 0x20)) * 16) + Ascii.HexValue((byte)(hex[i + 1] | 0x20)));
                i++;
            }
        }

        var exact = new byte[count];
        Array.Copy(bytes, exact, count);
        return exact;
    }
}
