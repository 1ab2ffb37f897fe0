using System.Text;
using JamBox.Readings;
using JamBox.Storage;
using JamBox.Tests.App;
using JamBox.Text;
using JamBox.Uplink;
using nanoFramework.TestFramework;
using Ascii = JamBox.Text.Ascii;

namespace JamBox.Tests.Uplink;

/// <summary>Tests of <see cref="CompactWriter"/>: its bytes against those that docs/wire.md gives by hand.</summary>
[TestClass]
public class CompactWriterTests
{
    /// <summary>A reading with every field, and the one behind it, which says only what is its own.</summary>
    [TestMethod]
    public void WritesReadings()
    {
        CompactWriter writer = Begin(out ByteWriter body, false);
        int[] row = Row();
        var state = new SendState { CellRssiDbm = -89, Depth = 2, Failures = 1, AgeSeconds = 307, Dropped = 3, AckId = 9, AckResult = "failed" };
        Assert.IsTrue(writer.TryAddReading(row, state));
        row[ReadingField.Number]++;
        row[ReadingField.ClosedUtcSeconds] += 300;
        row[ReadingField.Zone + 3] += 2;
        state.Depth = 1;
        state.AgeSeconds = 7;
        Assert.IsTrue(writer.TryAddReading(row, state));
        writer.End();
        Assert.AreEqual(
            // Version 1, no nonce, two records; the first: 38 values, a reading, number 12, 2026-01-29T10:04:59Z.
            "84 01 F6 98 26 00 0C 1A 697B30CB 1A FFFFFFFF " +
            // i 1000, u 37; mean -74, strongest -32, weakest -97, cell -89; stays 6 7 8 9; zones 10 11 12, and 4 of the 37 are left.
            "19 03E8 18 25 38 49 18 2A 17 38 58 06 07 08 09 0A 0B 0C F6 " +
            // Bluetooth: 300 adverts, 15 device-minutes, 5 of Apple, 2 in use, the other 10; mean -68; listened for 291 of 300 s.
            "19 012C 0F 05 02 F6 38 43 09 F6 " +
            // Version, configuration 3, age 307, dated, 2 behind it, 1 failure, 3 lost, overflows 19 and 20, 21 lost in the ring; 9 failed.
            "65 362E302E30 03 19 0133 F6 02 01 03 13 14 15 09 01 " +
            "98 24 00 F6 F6 F6 19 03E8 18 25 38 49 18 2A 17 F6 06 07 08 09 0A 0B 0C 02 19 012C 0F 05 02 F6 38 43 09 F6 F6 F6 F6 F6 F6 F6 F6 " +
            "13 14 15 ",
            Hex(body));
    }

    /// <summary>A quiet reading ends with what it says last.</summary>
    [TestMethod]
    public void LeavesOutDefaults()
    {
        CompactWriter writer = Begin(out ByteWriter body, true);
        var row = new int[ReadingField.Count];
        row[ReadingField.Number] = 1;
        row[ReadingField.IntervalSeconds] = 300;
        row[ReadingField.ListenSeconds] = 300;
        row[ReadingField.BleAppleInUse] = ReadingField.NotKnown;
        row[ReadingField.ClosedUptimeSeconds] = 300;
        Assert.IsTrue(writer.TryAddReading(row, new SendState()));
        writer.End();
        Assert.AreEqual(
            "83 01 48 0000000000000000 98 1E 00 01 19 012B 00 " + Times("F6 ", 20) + "00 F6 65 362E302E30 00 F6 00 ", Hex(body));
    }

    /// <summary>A heartbeat with all there is, and a reading behind it that need not say it again.</summary>
    [TestMethod]
    public void WritesAHeartbeat()
    {
        CompactWriter writer = Begin(out ByteWriter body, false, out Health health);
        health.Count(Health.WifiRestarts);
        var update = new ByteWriter(new byte[40]);
        update.Text("idle");
        var state = new SendState { CellRssiDbm = -89, Update = update, AckId = 300, AckResult = "ok" };
        writer.AddHeartbeat(70000, 3, new FakeBoard { BoardFault = "i2c" }, state);
        int[] row = Row();
        row[ReadingField.BootId] = 17;
        Assert.IsTrue(writer.TryAddReading(row, state));
        writer.End();
        string hex = Hex(body);
        Assert.StartsWith(
            "84 01 F6 98 0D 01 11 1A 00011170 38 58 03 1A 00014000 65 362E302E30 66 61746F6D7333 65 706F776572 00 63 693263 " +
            "A1 62 7772 01 19 012C 98 24 00 0C 1A 697B30CB F6 ",
            hex);
        Assert.IsTrue(hex.IndexOf("362E302E30", 100) < 0, "the version is said once");
    }

    /// <summary>The names of keys and floor stand at the end.</summary>
    [TestMethod]
    public void WritesKeysAndFloor()
    {
        CompactWriter writer = Begin(out ByteWriter body, false);
        writer.AddHeartbeat(5, 0, new FakeBoard(), new SendState { Fleet = new Names() });
        writer.End();
        string hex = Hex(body);
        Assert.StartsWith("83 01 F6 98 10 01 11 05 F6 00 1A 00014000 ", hex);
        Assert.EndsWith("65 706F776572 F6 F6 F6 F6 F6 69 316132622C33633464 64 302E3221 ", hex);
    }

    /// <summary>What does not fit is taken back: the request is as it was before.</summary>
    [TestMethod]
    public void StopsWhereNoMoreFits()
    {
        CompactWriter writer = Begin(out ByteWriter body, false);
        int[] row = Row();
        for (int field = 0; field < ReadingField.CountedFields; field++)
        {
            row[field] = ReadingField.Bits(field) == ReadingField.LevelBits ? -100 : ReadingField.CountLimit;
        }

        var state = new SendState { CellRssiDbm = -140, AgeSeconds = 31622400 };
        int added = 0;
        int length = body.Length;
        while (writer.TryAddReading(row, state))
        {
            added++;
            length = body.Length;
            row[ReadingField.Number] += 70000;
            row[ReadingField.BootId] -= 70000;
        }

        Assert.IsTrue(added >= 4 && added < CompactWriter.MaxRecords, added.ToString());
        Assert.AreEqual(added, writer.Records);
        Assert.AreEqual(length, body.Length);
        Assert.IsTrue(length <= CompactWriter.MaxLength);
        Assert.IsFalse(body.HasOverflowed);
    }

    private static int[] Row()
    {
        var row = new int[ReadingField.Count];
        for (int i = 0; i < row.Length; i++)
        {
            row[i] = i + 1;
        }

        row[ReadingField.Impressions] = 1000;
        row[ReadingField.Unique] = 37;
        row[ReadingField.Zone + 3] = 4;
        row[ReadingField.ProbeRssiAvg] = -74;
        row[ReadingField.ProbeRssiStrongest] = -32;
        row[ReadingField.ProbeRssiWeakest] = -97;
        row[ReadingField.BleImpressions] = 300;
        row[ReadingField.BleUnique] = 15;
        row[ReadingField.BleApple] = 5;
        row[ReadingField.BleAppleInUse] = 2;
        row[ReadingField.BleOther] = 10;
        row[ReadingField.BleRssiAvg] = -68;
        row[ReadingField.ListenSeconds] = 291;
        row[ReadingField.IntervalSeconds] = 300;
        row[ReadingField.ConfigVersion] = 3;
        row[ReadingField.BootId] = -1;
        row[ReadingField.Number] = 12;
        row[ReadingField.ClosedUtcSeconds] = 1769681100 - UtcTime.SecondsTo2000;
        return row;
    }

    private static CompactWriter Begin(out ByteWriter body, bool hasNonce)
    {
        return Begin(out body, hasNonce, out _);
    }

    private static CompactWriter Begin(out ByteWriter body, bool hasNonce, out Health health)
    {
        health = new Health();
        body = new ByteWriter(new byte[JamBox.App.Box.HttpCapacity]);
        var writer = new CompactWriter(Ascii.Bytes("6.0.0"), Ascii.Bytes("atoms3"), health, 17);
        writer.Begin(body, hasNonce);
        return writer;
    }

    private static string Times(string text, int count)
    {
        string all = string.Empty;
        for (int i = 0; i < count; i++)
        {
            all += text;
        }

        return all;
    }

    /// <summary>Heads of items, with a blank behind each; what belongs to one stands together.</summary>
    private static string Hex(ByteWriter body)
    {
        var text = new StringBuilder();
        int at = 0;
        while (at < body.Length)
        {
            int head = body.Buffer[at];
            int code = head & 0x1F;
            int width = code < 24 ? 0 : 1 << (code - 24);
            text.Append(head.ToString("X2") + " ");
            at++;
            width = head == Cbor.Null ? 0 : width;
            at = Append(text, body, at, width);
            int major = head >> 5;
            if (major == Cbor.Text || major == Cbor.Bytes)
            {
                at = Append(text, body, at, width == 0 ? code : 0);
            }
        }

        return text.ToString();
    }

    private sealed class Names : IFleetNames
    {
        public void WriteKeys(ByteWriter writer)
        {
            writer.Text("1a2b,3c4d");
        }

        public void WriteFloor(ByteWriter writer)
        {
            writer.Text("0.2!");
        }
    }

    private static int Append(StringBuilder text, ByteWriter body, int at, int count)
    {
        for (int i = 0; i < count; i++)
        {
            text.Append(body.Buffer[at++].ToString("X2"));
        }

        text.Append(count > 0 ? " " : string.Empty);
        return at;
    }
}
