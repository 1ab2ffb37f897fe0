using System;
using System.Text;
using JamBox.Readings;
using JamBox.Text;
using nanoFramework.TestFramework;
using Ascii = JamBox.Text.Ascii;

namespace JamBox.Tests.Readings;

/// <summary>Tests of <see cref="ReadingWriter"/>.</summary>
[TestClass]
public class ReadingWriterTests
{
    /// <summary>The whole reading, byte for byte as docs/wire.md has it.</summary>
    [TestMethod]
    public void WritesTheReadingOfTheWire()
    {
        var rows = new int[ReadingField.Count];
        for (int i = 0; i < ReadingField.Count; i++)
        {
            rows[i] = i + 1;
        }

        rows[ReadingField.ProbeRssiAvg] = -74;
        rows[ReadingField.ProbeRssiStrongest] = -32;
        rows[ReadingField.ProbeRssiWeakest] = -97;
        rows[ReadingField.BleRssiAvg] = -68;
        rows[ReadingField.BootId] = -1;
        rows[ReadingField.Number] = 12;
        rows[ReadingField.ClosedUtcSeconds] = 1769681100 - UtcTime.SecondsTo2000;
        var state = new SendState { CellRssiDbm = -89, Depth = 2, Failures = 1, AgeSeconds = 7, BootUtcSeconds = 1769680000, Dropped = 3 };
        Assert.AreEqual(
            "{\"d\":\"JBNB0001\",\"t\":\"2026-01-29T10:04:59Z\",\"i\":1,\"u\":2,\"probe_rssi_avg\":-74,\"probe_rssi_min\":-32,\"probe_rssi_max\":-97," +
            "\"cell_rssi\":-89,\"dwell_0_1\":6,\"dwell_1_5\":7,\"dwell_5_10\":8,\"dwell_10plus\":9," +
            "\"rssi_immediate\":10,\"rssi_near\":11,\"rssi_far\":12,\"rssi_remote\":13," +
            "\"ble_i\":14,\"ble_u\":15,\"ble_apple\":16,\"ble_other\":17,\"ble_rssi_avg\":-68," +
            "\"of\":19,\"cd\":2,\"sf\":1,\"age\":7,\"ts\":1,\"bt\":1769680000," +
            "\"b\":4294967295,\"n\":12,\"v\":\"6.0.0\",\"dr\":3,\"do\":20,\"rl\":21,\"ls\":22,\"iv\":23,\"cv\":24,\"baa\":29}",
            Written(rows, state));
    }

    /// <summary>What the firmware that took the reading did not count is left out, and 0 is not.</summary>
    [TestMethod]
    public void LeavesOutWhatIsNotKnown()
    {
        var rows = new int[ReadingField.Count];
        Assert.Contains("\"cv\":0,\"baa\":0}", Written(rows, new SendState()));
        rows[ReadingField.BleAppleInUse] = ReadingField.NotKnown;
        Assert.Contains("\"cv\":0}", Written(rows, new SendState()));
    }

    /// <summary>A reading that could not be dated bears its uptime counted from 1970, and ts = 0.</summary>
    [TestMethod]
    public void WritesAnUndatedReading()
    {
        var rows = new int[ReadingField.Count];
        rows[ReadingField.ClosedUptimeSeconds] = 300;
        string text = Written(rows, new SendState());
        Assert.Contains("\"t\":\"1970-01-01T00:04:59Z\"", text);
        Assert.Contains("\"ts\":0,\"bt\":0,", text);
        Assert.Contains("\"cell_rssi\":-999,", text);
    }

    /// <summary>The largest values there are fit into the buffer that is kept for a reading.</summary>
    [TestMethod]
    public void TheLongestReadingFits()
    {
        var rows = new int[ReadingField.Count];
        for (int i = 0; i < ReadingField.Count; i++)
        {
            rows[i] = ReadingField.CountLimit;
        }

        rows[ReadingField.BootId] = -1;
        var state = new SendState
        {
            Depth = 95, Failures = 1000000, AgeSeconds = 31622400, BootUtcSeconds = 3092601599, Dropped = 1000000, AckId = 2147483647,
            AckResult = "unknown",
        };
        var writer = new ByteWriter(new byte[ReadingWriter.MaxLength]);
        new ReadingWriter(Ascii.Bytes("JBNB9999"), Ascii.Bytes("123.456.789-abc")).Write(writer, rows, state);
        Assert.IsFalse(writer.HasOverflowed);
    }

    /// <summary>What one reading costs, on the runtime that runs this: the whole way from fields to bytes.</summary>
    [TestMethod]
    public void BenchmarkOfReadings()
    {
        const int Rounds = 50;
        var rows = new int[ReadingField.Count];
        for (int i = 0; i < ReadingField.Count; i++)
        {
            rows[i] = i * 37;
        }

        var state = new SendState { CellRssiDbm = -89, BootUtcSeconds = 1769680000 };
        var body = new ByteWriter(new byte[ReadingWriter.MaxLength]);
        var writer = new ReadingWriter(Ascii.Bytes("JBNB0001"), Ascii.Bytes("6.0.0"));
        long start = DateTime.UtcNow.Ticks;
        for (int i = 0; i < Rounds; i++)
        {
            body.Clear();
            writer.Write(body, rows, state);
        }

        long ms = (DateTime.UtcNow.Ticks - start) / TimeSpan.TicksPerMillisecond;
        Assert.IsTrue(body.Length > 350 && !body.HasOverflowed);
        OutputHelper.WriteLine(Rounds.ToString() + " readings to " + body.Length.ToString() + " bytes each: " + ms.ToString() + " ms");
    }

    private static string Written(int[] rows, SendState state)
    {
        var writer = new ByteWriter(new byte[ReadingWriter.MaxLength]);
        new ReadingWriter(Ascii.Bytes("JBNB0001"), Ascii.Bytes("6.0.0")).Write(writer, rows, state);
        Assert.IsFalse(writer.HasOverflowed);
        return Encoding.UTF8.GetString(writer.Buffer, 0, writer.Length);
    }
}
