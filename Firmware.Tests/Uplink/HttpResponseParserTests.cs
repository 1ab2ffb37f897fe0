using System;
using System.Text;
using JamBox.Uplink;
using nanoFramework.TestFramework;
using Ascii = JamBox.Text.Ascii;

namespace JamBox.Tests.Uplink;

/// <summary>Tests of <see cref="HttpResponseParser"/>.</summary>
[TestClass]
public class HttpResponseParserTests
{
    private const int FuzzSeed = 1101;
    private const string Created =
        "HTTP/1.1 201 Created\r\nContent-Type: application/json\r\nCONTENT-LENGTH:  15 \r\nConnection: close\r\n\r\n{\"status\":\"ok\"}";

    /// <summary>An answer in pieces of every size; what is behind it is not taken.</summary>
    [TestMethod]
    public void ReadsAnAnswerInPieces()
    {
        byte[] bytes = Ascii.Bytes(Created + "HTTP/1.1 500");
        for (int size = 1; size <= bytes.Length; size++)
        {
            byte[] body = new byte[32];
            var parser = new HttpResponseParser(body);
            int taken = 0;
            for (int at = 0; at < bytes.Length; at += size)
            {
                taken += parser.Feed(bytes, at, at + size <= bytes.Length ? size : bytes.Length - at);
            }

            Assert.IsTrue(parser.State == HttpParserState.Done);
            Assert.AreEqual(Created.Length, taken);
            Assert.AreEqual(201, parser.Status);
            Assert.AreEqual("{\"status\":\"ok\"}", Encoding.UTF8.GetString(body, 0, parser.BodyLength));
            Assert.IsFalse(parser.KeepsAlive);
            Assert.AreEqual(-1, parser.RetryAfterSeconds);
        }
    }

    /// <summary>Digits and words in headers and body are not the status.</summary>
    [TestMethod]
    public void TakesTheStatusFromTheStatusLine()
    {
        HttpResponseParser parser = Parsed(
            "HTTP/1.1 429 Too Many\r\nX: 200\r\nRetry-After: 60\r\nContent-Length: 17\r\n\r\nERROR 200 OK\r\n201");
        Assert.AreEqual(429, parser.Status);
        Assert.AreEqual(60, parser.RetryAfterSeconds);
        Assert.IsTrue(parser.KeepsAlive);
        Assert.AreEqual(
            -1, Parsed("HTTP/1.1 429 x\r\nRetry-After: Wed, 21 Oct 2026 07:28:00 GMT\r\nContent-Length: 0\r\n\r\n").RetryAfterSeconds);
        Assert.AreEqual(0x1A2B, Parsed("HTTP/1.1 200 OK\r\nC: 1a2B\r\nContent-Length: 0\r\n\r\n").CheckSum);
        Assert.AreEqual(-1, Parsed("HTTP/1.1 200 OK\r\nC: 1a2\r\nCC: 1234\r\nContent-Length: 0\r\n\r\n").CheckSum);
    }

    /// <summary>Whether the connection bears another request.</summary>
    [TestMethod]
    public void KnowsWhetherTheConnectionStays()
    {
        Assert.IsTrue(Parsed("HTTP/1.1 204 No Content\r\n\r\n").KeepsAlive);
        Assert.IsTrue(Parsed("HTTP/1.0 200 OK\r\nConnection: Keep-Alive\r\nContent-Length: 0\r\n\r\n").KeepsAlive);
        Assert.IsFalse(Parsed("HTTP/1.0 200 OK\r\nContent-Length: 0\r\n\r\n").KeepsAlive);
        Assert.IsFalse(Parsed("HTTP/1.1 200 OK\r\nconnection: CLOSE\r\nContent-Length: 0\r\n\r\n").KeepsAlive);
        Assert.IsFalse(Parsed("HTTP/1.1 200 OK\r\nContent-Length: 1\r\n\r\n").KeepsAlive, "not complete yet");
    }

    /// <summary>Without a length the body ends with the connection; with one, that end is too early.</summary>
    [TestMethod]
    public void EndsWithTheConnection()
    {
        HttpResponseParser parser = Parsed("HTTP/1.1 200 OK\r\n\r\nabc");
        Assert.IsFalse(parser.IsFinished);
        parser.EndOfStream();
        Assert.IsTrue(parser.State == HttpParserState.Done);
        Assert.AreEqual(3, parser.BodyLength);
        Assert.IsFalse(parser.KeepsAlive);

        AssertClosed("HTTP/1.1 200 OK\r\nContent-Length: 4\r\n\r\nabc");
        AssertClosed("HTTP/1.1 200 OK\r\nContent-Length: 4\r\n");
        AssertClosed(string.Empty);

        parser = Parsed("HTTP/1.1 200 OK\r\n\r\nabc");
        parser.BreakOff();
        Assert.AreEqual(HttpError.Closed, parser.Error);
    }

    /// <summary>Chunks, with extensions and trailers, come out as the body alone.</summary>
    [TestMethod]
    public void ReadsChunks()
    {
        string chunked =
            "HTTP/1.1 200 OK\r\nTransfer-Encoding: Chunked\r\n\r\n4\r\nWiki\r\n00B ;x=y\r\npedia in \r\n\r\n0\r\nTrailer: 1\r\n\r\n";
        HttpResponseParser parser = Parsed(chunked);
        Assert.IsTrue(parser.State == HttpParserState.Done);
        Assert.AreEqual(15, parser.BodyLength);
        Assert.IsTrue(parser.KeepsAlive);
        AssertFails(HttpError.BadResponse, "HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\n\r\nx\r\n");
        AssertFails(HttpError.BadResponse, "HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\n\r\n\r\n");
        AssertFails(HttpError.BadResponse, "HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\n\r\n12345678\r\n");
        AssertFails(HttpError.BadResponse, "HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\n\r\n1\r\nabc\r\n");
        AssertFails(HttpError.BadResponse, "HTTP/1.1 200 OK\r\nTransfer-Encoding: gzip\r\n\r\n");
    }

    /// <summary>1xx answers come before the one that counts.</summary>
    [TestMethod]
    public void SkipsInterimAnswers()
    {
        HttpResponseParser parser = Parsed("HTTP/1.1 100 Continue\r\n\r\nHTTP/1.1 103 Hints\r\nContent-Length: 9\r\n\r\n" + Created);
        Assert.AreEqual(201, parser.Status);
        Assert.AreEqual(15, parser.BodyLength);
        string interims = string.Empty;
        for (int i = 0; i < 5; i++)
        {
            interims += "HTTP/1.1 100 Continue\r\n\r\n";
        }

        AssertFails(HttpError.BadResponse, interims);
    }

    /// <summary>What is not HTTP, or contradicts itself, or never ends.</summary>
    [TestMethod]
    public void RefusesNonsense()
    {
        AssertFails(HttpError.BadResponse, "<html>\r\n");
        AssertFails(HttpError.BadResponse, "\r\n");
        AssertFails(HttpError.BadResponse, "HTTP/1.1 20 OK\r\n");
        AssertFails(HttpError.BadResponse, "HTTP/1.1 2000 OK\r\n");
        AssertFails(HttpError.BadResponse, "HTTP/1.1 099 OK\r\n");
        AssertFails(HttpError.BadResponse, "HTTP/1.1 600 OK\r\n");
        AssertFails(HttpError.BadResponse, "HTTP/1.1 101 Switching\r\n\r\n");
        AssertFails(HttpError.BadResponse, "HTTP/2 200 OK\r\n");
        AssertFails(HttpError.BadResponse, "HTTP/1.1 200 OK\r\nContent-Length: -1\r\n");
        AssertFails(HttpError.BadResponse, "HTTP/1.1 200 OK\r\nContent-Length: 5x\r\n");
        AssertFails(HttpError.BadResponse, "HTTP/1.1 200 OK\r\nContent-Length: 99999999999\r\n");
        AssertFails(HttpError.BadResponse, "HTTP/1.1 200 OK\r\nContent-Length: 5\r\nContent-Length: 6\r\n");

        byte[] header = Ascii.Bytes("X: y\r\n");
        HttpResponseParser parser = Parsed("HTTP/1.1 200 OK\r\n");
        for (int i = 0; i < 1000 && !parser.IsFinished; i++)
        {
            parser.Feed(header, 0, header.Length);
        }

        Assert.AreEqual(HttpError.BadResponse, parser.Error);
    }

    /// <summary>A header longer than the line buffer is skipped, and a length in it not believed.</summary>
    [TestMethod]
    public void SkipsLongHeaders()
    {
        string longValue = new string('1', 300);
        HttpResponseParser parser = Parsed("HTTP/1.1 200 " + longValue + "\r\nX: " + longValue + "\r\nContent-Length: 2\r\n\r\nab");
        Assert.AreEqual(200, parser.Status);
        Assert.AreEqual(2, parser.BodyLength);
        AssertFails(HttpError.BadResponse, "HTTP/1.1 200 OK\r\nContent-Length: " + longValue + "\r\n");
    }

    /// <summary>A body larger than its buffer is read to its end, up to a limit, and refused.</summary>
    [TestMethod]
    public void DrainsLargeBodies()
    {
        byte[] block = new byte[100];
        HttpResponseParser parser = Parsed("HTTP/1.1 200 OK\r\nContent-Length: 1000\r\n\r\n");
        for (int i = 0; i < 10; i++)
        {
            Assert.IsFalse(parser.IsFinished);
            Assert.AreEqual(100, parser.Feed(block, 0, 100));
        }

        Assert.AreEqual(HttpError.TooLarge, parser.Error);
        Assert.AreEqual(64, parser.BodyLength);
        AssertFails(HttpError.TooLarge, "HTTP/1.1 200 OK\r\nContent-Length: 16385\r\n\r\n");

        parser = Parsed("HTTP/1.1 200 OK\r\n\r\n");
        for (int i = 0; i < 200 && !parser.IsFinished; i++)
        {
            parser.Feed(block, 0, 100);
        }

        Assert.AreEqual(HttpError.TooLarge, parser.Error);
        AssertFits(64);
    }

    /// <summary>Random bytes and mutated answers: no exception, no overrun, and the next answer is read.</summary>
    [TestMethod]
    public void SurvivesFuzz()
    {
        byte[] good = Ascii.Bytes(
            "HTTP/1.1 100 C\r\n\r\nHTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\nC: 1234\r\n\r\n5\r\nabcde\r\n3\r\nxyz\r\n0\r\n\r\n");
        byte[] created = Ascii.Bytes(Created);
        byte[] data = new byte[good.Length];
        byte[] body = new byte[16];
        var random = new Random(FuzzSeed);
        var parser = new HttpResponseParser(body);
        int rounds = Effort.Rounds(3000, 60);
        for (int round = 0; round < rounds; round++)
        {
            string message = "seed " + FuzzSeed.ToString() + " round " + round.ToString();
            Array.Copy(round % 2 == 0 ? good : created, data, good.Length < created.Length ? good.Length : created.Length);
            int changes = round % 7 == 0 ? data.Length : random.Next(6);
            for (int i = 0; i < changes; i++)
            {
                data[random.Next(data.Length)] = (byte)random.Next(256);
            }

            parser.Reset();
            int at = 0;
            while (at < data.Length && !parser.IsFinished)
            {
                int count = 1 + random.Next(data.Length - at);
                int taken = parser.Feed(data, at, count);
                Assert.IsTrue(taken > 0 && taken <= count && parser.BodyLength <= body.Length, message);
                at += taken;
            }

            parser.EndOfStream();
            Assert.IsTrue(parser.IsFinished, message);
            parser.Reset();
            parser.Feed(created, 0, created.Length);
            Assert.AreEqual(201, parser.Status, message);
        }
    }

    private static HttpResponseParser Parsed(string answer)
    {
        byte[] bytes = Ascii.Bytes(answer);
        var parser = new HttpResponseParser(new byte[64]);
        parser.Feed(bytes, 0, bytes.Length);
        return parser;
    }

    private static void AssertFails(int error, string answer)
    {
        HttpResponseParser parser = Parsed(answer);
        Assert.IsTrue(parser.State == HttpParserState.Failed, answer);
        Assert.AreEqual(error, parser.Error, answer);
    }

    private static void AssertClosed(string answer)
    {
        HttpResponseParser parser = Parsed(answer);
        parser.EndOfStream();
        Assert.AreEqual(HttpError.Closed, parser.Error, answer);
    }

    private static void AssertFits(int length)
    {
        HttpResponseParser parser = Parsed(
            "HTTP/1.1 200 OK\r\nContent-Length: " + length.ToString() + "\r\n\r\n" + new string('x', length));
        Assert.IsTrue(parser.State == HttpParserState.Done);
        Assert.AreEqual(length, parser.BodyLength);
    }
}
