using System;
using System.Text;
using JamBox.Text;
using nanoFramework.TestFramework;
using Ascii = JamBox.Text.Ascii;

namespace JamBox.Tests.Text;

/// <summary>Tests of <see cref="JsonScanner"/>.</summary>
[TestClass]
public class JsonScannerTests
{
    private const int FuzzSeed = 2911;
    private const string Answer =
        "{\"status\":\"ok\",\"server_time\":\"2026-01-29T10:00:00Z\",\"config_version\":3,\"command\":\"reboot\",\"cid\":2147483647}";

    /// <summary>The members of docs/wire.md's answer to a reading.</summary>
    [TestMethod]
    public void ReadsAnAnswer()
    {
        JsonScanner scanner = Scanner(Answer);
        Assert.AreEqual("ok", Text(scanner, "status"));
        Assert.AreEqual("2026-01-29T10:00:00Z", Text(scanner, "server_time"));
        Assert.AreEqual(3, Int(scanner, "config_version"));
        Assert.IsTrue(scanner.TryGetInt("cid|config_version|", 0x04_0E, out int version) && version == 3, "a piece of a text");
        Assert.AreEqual(2147483647, Int(scanner, "cid"));
        Assert.AreEqual("reboot", Text(scanner, "command"));
        Assert.IsFalse(scanner.Has("arg"));
    }

    /// <summary>Blanks anywhere, and members of nested objects and texts that look like the one that is wanted.</summary>
    [TestMethod]
    public void LooksAtTheTopOnly()
    {
        JsonScanner scanner = Scanner(
            " {\r\n \"a\" : { \"arg\" : 1, \"x\":[{\"arg\":2},\"}\"] } ,\t\"b\":\"\\\",\\\"arg\\\":3\", \"c\":[], \"d\":{}, \"e\":\"\\\\\" , \"arg\" : 60000 , \"on\":true,\"off\" :false, \"none\":null } ");
        Assert.AreEqual(60000, Int(scanner, "arg"));
        Assert.IsTrue(scanner.TryGetBool("on", out bool value) && value);
        Assert.IsTrue(scanner.TryGetBool("off", out value) && !value);
        Assert.IsFalse(scanner.TryGetBool("none", out value));
        Assert.IsTrue(scanner.Has("none"));
        Assert.AreEqual("<none>", Text(scanner, "b"));
        Assert.AreEqual("<none>", Text(scanner, "arg"));
        Assert.IsFalse(scanner.Has("x"));
    }

    /// <summary>Whole numbers only; a text of digits is none.</summary>
    [TestMethod]
    public void ReadsWholeNumbers()
    {
        JsonScanner scanner = Scanner(
            "{\"a\":-50,\"b\":1.5,\"c\":1e3,\"d\":\"7\",\"e\":2147483648,\"f\":1234567890123456789,\"g\":-,\"h\":\"\",\"i\":0,\"j\":-2147483648}");
        Assert.AreEqual(-50, Int(scanner, "a"));
        string none = "bcdefgh";
        for (int i = 0; i < none.Length; i++)
        {
            Assert.AreEqual(-1, Int(scanner, none.Substring(i, 1)), none.Substring(i, 1));
        }

        Assert.AreEqual(0, Int(scanner, "i"));
        Assert.AreEqual(int.MinValue, Int(scanner, "j"));
        Assert.IsTrue(scanner.TryGetLong("e", out long value));
        Assert.AreEqual(2147483648L, value);
        Assert.AreEqual(string.Empty, Text(scanner, "h"));
    }

    /// <summary>An answer cut anywhere gives whole values or none: never a number that was longer.</summary>
    [TestMethod]
    public void RefusesCutAnswers()
    {
        byte[] bytes = Ascii.Bytes(Answer);
        var scanner = new JsonScanner();
        for (int length = 0; length < bytes.Length; length++)
        {
            scanner.Set(bytes, 0, length);
            int version = Int(scanner, "config_version");
            Assert.IsTrue(version == 3 || version == -1);
            Assert.AreEqual(-1, Int(scanner, "cid"));
            string time = Text(scanner, "server_time");
            Assert.IsTrue(time == "2026-01-29T10:00:00Z" || time == "<none>");
        }
    }

    /// <summary>What is no object, or nested too deeply, or muddled.</summary>
    [TestMethod]
    public void RefusesOtherThings()
    {
        Assert.IsFalse(new JsonScanner().Has("a"));
        string[] bad =
            { string.Empty, "[]", "{}", "\"a\":1", "{\"a\"}", "{\"a\":}", "{a:1}", "{\"a\":1]", "{\"b\":[},\"a\":1}", "{\"b\":{],\"a\":1}",
                "{,\"a\":1}", "<html>\"a\":1", "{\"b\":[[[[[[[[[[[[[[[[[1]]]]]]]]]]]]]]]]],\"a\":1}" };
        for (int i = 0; i < bad.Length; i++)
        {
            Assert.IsFalse(Scanner(bad[i]).Has("a"), bad[i]);
        }

        Assert.IsTrue(Scanner("{\"b\":[[[[[[[[[[[[[[[[1]]]]]]]]]]]]]]]],\"a\":1}").Has("a"));
    }

    /// <summary>
    /// Random bytes and mutated answers, in the middle of a larger buffer: no exception, nothing read beyond the part given.
    /// </summary>
    [TestMethod]
    public void SurvivesFuzz()
    {
        string message = "seed " + FuzzSeed.ToString();
        byte[] good = Ascii.Bytes("{\"a\":{\"b\":[1,\"x\\\"\"]},\"cid\":12,\"t\":\"text\",\"on\":true}");
        byte[] data = new byte[good.Length + 8];
        var random = new Random(FuzzSeed);
        var scanner = new JsonScanner();
        for (int round = 0; round < 300; round++)
        {
            // Around the part given: what would be accepted if it were read.
            for (int i = 0; i < data.Length; i++)
            {
                data[i] = (byte)'"';
            }

            Array.Copy(good, 0, data, 4, good.Length);
            int changes = round % 5 == 0 ? good.Length : 1 + random.Next(4);
            for (int i = 0; i < changes; i++)
            {
                data[4 + random.Next(good.Length)] = (byte)random.Next(256);
            }

            int length = random.Next(good.Length + 1);
            scanner.Set(data, 4, length);
            scanner.TryGetInt("cid", out int number);
            scanner.TryGetBool("on", out bool value);
            if (scanner.TryGetText("t", out int offset, out int count))
            {
                Assert.IsTrue(offset > 4 && count >= 0 && offset + count < 4 + length, message + " round " + round.ToString());
            }

            if (scanner.Has("t"))
            {
                Assert.IsTrue(scanner.ValueOffset + scanner.ValueLength <= 4 + length, message + " round " + round.ToString());
            }
        }
    }

    private static JsonScanner Scanner(string json)
    {
        byte[] bytes = Ascii.Bytes(json);
        var scanner = new JsonScanner();
        scanner.Set(bytes, 0, bytes.Length);
        return scanner;
    }

    private static int Int(JsonScanner scanner, string name)
    {
        return scanner.TryGetInt(name, out int value) ? value : -1;
    }

    private static string Text(JsonScanner scanner, string name)
    {
        return scanner.TryGetText(name, out int offset, out int length)
            ? Encoding.UTF8.GetString(scanner.Buffer, offset, length)
            : "<none>";
    }
}
