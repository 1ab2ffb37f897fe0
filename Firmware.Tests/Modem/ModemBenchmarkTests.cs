using System;
using JamBox.Modem;
using nanoFramework.TestFramework;

namespace JamBox.Tests.Modem;

/// <summary>What the modem costs, on the runtime that runs this.</summary>
[TestClass]
public class ModemBenchmarkTests
{
    /// <summary>
    /// AT+CSQ: request written, 25 bytes of answer parsed, result and final line matched. The fake modem's part is in it.
    /// </summary>
    [TestMethod]
    public void BenchmarkOfExchanges()
    {
        const int Rounds = 50;
        var bench = new ModemBench();
        Assert.IsTrue(bench.BringUp());
        bench.Fake.ClearLog();
        long start = DateTime.UtcNow.Ticks;
        for (int i = 0; i < Rounds; i++)
        {
            Assert.AreEqual(-73, bench.Modem.ReadSignalDbm());
        }

        long ms = (DateTime.UtcNow.Ticks - start) / TimeSpan.TicksPerMillisecond;
        OutputHelper.WriteLine(Rounds.ToString() + " AT exchanges, fake modem included: " + ms.ToString() + " ms");
    }

    /// <summary>The parser alone: the lines of one exchange.</summary>
    [TestMethod]
    public void BenchmarkOfParsing()
    {
        const int Rounds = 100;
        byte[] text = JamBox.Text.Ascii.Bytes("\r\n+CSQ: 20,99\r\n\r\nOK\r\n");
        var parser = new AtParser(new byte[AtParser.LineCapacity], new AtTable(1));
        int lines = 0;
        long start = DateTime.UtcNow.Ticks;
        for (int i = 0; i < Rounds; i++)
        {
            for (int at = 0; at < text.Length; at++)
            {
                lines += parser.Push(text[at]) == AtEvent.Line ? 1 : 0;
            }
        }

        long ms = (DateTime.UtcNow.Ticks - start) / TimeSpan.TicksPerMillisecond;
        Assert.AreEqual(2 * Rounds, lines);
        OutputHelper.WriteLine(Rounds.ToString() + " answers of " + text.Length.ToString() + " bytes parsed: " + ms.ToString() + " ms");
    }
}
