using JamBox.App;
using JamBox.Tests.App;
using JamBox.Tests.Ota;
using JamBox.Uplink;
using nanoFramework.TestFramework;
using Ascii = JamBox.Text.Ascii;

namespace JamBox.Tests.Uplink;

/// <summary>Tests of <see cref="AnswerMac"/>, and of header M.</summary>
[TestClass]
public class AnswerMacTests
{
    private const string Target = "/api/ota/chunk?id=12&chunk=7";

    /// <summary>The backend's half, written apart, gives the same; whatever differs in the least is not good.</summary>
    [TestMethod]
    public void EveryPartCounts()
    {
        byte[] body = Ascii.Bytes("{\"status\":\"ok\"}");
        byte[] mac = null;
        for (int difference = 0; difference < 8; difference++)
        {
            var crypto = new FakeCrypto();
            byte[] key = MacFake.Key(3);
            var box = new AnswerMac(crypto, new FakeBoard(), Ascii.Bytes("JBNB0001"), key);
            byte[] target = Ascii.Bytes("GET " + Target);
            box.Begin(target, 4, target.Length - 4);
            key = MacFake.Key(difference == 1 ? 4 : 3);
            string device = difference == 2 ? "JBNB0002" : "JBNB0001";
            var nonce = new byte[AnswerMac.NonceSize];
            System.Array.Copy(box.Nonce, nonce, nonce.Length);
            nonce[5] ^= (byte)(difference == 3 ? 1 : 0);
            string other = difference == 4 ? Target + "0" : Target;
            string status = difference == 5 ? "201" : "200";
            mac = MacFake.MacOf(key, device, nonce, other, status, body, difference == 6 ? 1 : 0);
            mac[AnswerMac.Size - 1] ^= (byte)(difference == 7 ? 128 : 0);
            bool isGood = box.IsGood(200, body, body.Length, mac, 0);
            Assert.AreEqual(difference == 0, isGood, "difference " + difference.ToString());
        }
    }

    /// <summary>The nonce is new each time, and says which key the box has.</summary>
    [TestMethod]
    public void TheNonceNamesTheKey()
    {
        byte[] id = Ascii.Bytes("JBNB0001");
        byte[] target = Ascii.Bytes(Target);
        var board = new FakeBoard();
        byte[] hash = FakeCrypto.MacOf(MacFake.Key(3), id, 0, id.Length);
        var box = new AnswerMac(new FakeCrypto(), board, id, MacFake.Key(3));
        string before = string.Empty;
        for (int i = 0; i < 50; i++)
        {
            box.Begin(target, 0, target.Length);
            string nonce = MacFake.Hex(box.Nonce);
            Assert.AreEqual(MacFake.Hex(hash).Substring(0, 4), nonce.Substring(12));
            Assert.IsTrue(before.IndexOf(nonce.Substring(0, 12)) < 0, nonce);
            before += nonce + " ";
        }
    }

    /// <summary>Only sixteen hexadecimal digits are a MAC. To replay: case number and the seed below.</summary>
    [TestMethod]
    public void OnlyAMacIsOne()
    {
        var body = new byte[32];
        uint random = 20261128;
        for (int i = 0; i < 300; i++)
        {
            random = (random * 1664525) + 1013904223;
            int length = i < 40 ? i : (int)((random >> 24) % 20);
            var text = new byte[length];
            bool isHex = length == 2 * AnswerMac.Size;
            for (int at = 0; at < length; at++)
            {
                random = (random * 1664525) + 1013904223;
                int digit = (int)((random >> 20) & 15);
                text[at] = Ascii.HexDigit(digit, (i & 1) != 0);
                if (i >= 40 && (random >> 28) == 3)
                {
                    text[at] = (byte)(33 + ((random >> 10) % 94));
                    isHex &= Ascii.HexValue(text[at]) >= 0;
                }
            }

            string value = System.Text.Encoding.UTF8.GetString(text, 0, length);
            var parser = new HttpResponseParser(body);
            byte[] answer = Ascii.Bytes("HTTP/1.1 200 OK\r\nm:" + value + " \r\nContent-Length: 2\r\n\r\n{}");
            parser.Feed(answer, 0, answer.Length);
            Assert.AreEqual(200, parser.Status, value);
            Assert.IsTrue(parser.HasMac == isHex, "seed 20261128, case " + i.ToString() + ": " + value);
            if (isHex)
            {
                Assert.AreEqual(value.ToLower(), MacFake.Hex(parser.Mac));
            }

            parser.Reset();
            Assert.IsFalse(parser.HasMac, "of the answer before");
        }
    }

    /// <summary>A MAC of an answer before the final one is none of that one.</summary>
    [TestMethod]
    public void AnInterimAnswerGivesNoMac()
    {
        var parser = new HttpResponseParser(new byte[32]);
        byte[] answer = Ascii.Bytes("HTTP/1.1 100 Go\r\nM: 0011223344556677\r\n\r\nHTTP/1.1 200 OK\r\nContent-Length: 0\r\n\r\n");
        parser.Feed(answer, 0, answer.Length);
        Assert.AreEqual(200, parser.Status);
        Assert.IsFalse(parser.HasMac);
    }

    /// <summary>A key of another length is none, and the box says so.</summary>
    [TestMethod]
    public void ADamagedKeyIsSaid()
    {
        var bench = new BoxBench { HasCrypto = true };
        bench.Store.Set(BoxIdentity.MacKeyKey, MacFake.Key(3), 31);
        bench.Boot();
        Assert.IsTrue(bench.Board.HasLogged("'mac_key' is damaged"));
        bench.Run(5000);
        Assert.AreEqual("H", bench.Server.Log);
        Assert.DoesNotContains("N: ", bench.Server.LastHead);
    }
}
