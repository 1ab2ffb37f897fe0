using System.Text;
using JamBox.Ports;
using JamBox.Tests.Modem;
using JamBox.Uplink;
using nanoFramework.TestFramework;
using Ascii = JamBox.Text.Ascii;

namespace JamBox.Tests.Uplink;

/// <summary>Tests of <see cref="HttpExchange"/> over a <see cref="FakeModem"/>.</summary>
[TestClass]
public class HttpExchangeTests
{
    private const int Capacity = 512;
    private const string Created = "HTTP/1.1 201 Created\r\nContent-Length: 15\r\nConnection: close\r\n\r\n{\"status\":\"ok\"}";
    private const string Kept = "HTTP/1.1 201 Created\r\nContent-Length: 15\r\n\r\n{\"status\":\"ok\"}";

    private const string ReadingPath = "/api/reading";

    /// <summary>The text of a POST and of a GET, header by header as in docs/wire.md.</summary>
    [TestMethod]
    public void WritesTheRequests()
    {
        var bench = new ModemBench();
        HttpExchange http = Exchange(bench, Created);
        Assert.AreEqual(201, Post(http));
        string post =
            "POST /api/reading HTTP/1.1\r\nHost: 10.0.0.1:5000\r\nAuthorization: Bearer s3cret\r\nContent-Type: application/json\r\nContent-Length: 7\r\nConnection: close\r\n\r\n{\"i\":1}";
        Assert.AreEqual(post, bench.Fake.SentText());
        Assert.AreEqual(post.Length, http.BytesSent);
        Assert.AreEqual(Created.Length, http.BytesReceived);
        Assert.AreEqual("{\"status\":\"ok\"}", Encoding.UTF8.GetString(http.ResponseBody, 0, http.ResponseLength));
        Assert.IsTrue(http.ReceivedAtMs > http.SentAtMs && http.ReceivedAtMs - http.SentAtMs < 1000);

        bench.Fake.ClearLog();
        byte[] path = Ascii.Bytes("/api/config/JBNB0001/and more");
        Assert.AreEqual(201, http.Get(path, 20));
        Assert.AreEqual(
            "GET /api/config/JBNB0001 HTTP/1.1\r\nHost: 10.0.0.1:5000\r\nAuthorization: Bearer s3cret\r\nConnection: close\r\n\r\n",
            bench.Fake.SentText());
        Assert.IsTrue(bench.Modem.State == ModemState.Connected);
        Assert.AreEqual(2, bench.Fake.Opens);
        http.SetToken(null);
        bench.Fake.ClearLog();
        Assert.AreEqual(201, http.Get(path, 4));
        Assert.AreEqual("GET /api HTTP/1.1\r\nHost: 10.0.0.1:5000\r\nConnection: close\r\n\r\n", bench.Fake.SentText());
    }

    /// <summary>Head and body may fill the buffer to its last byte; a byte more, and nothing is sent.</summary>
    [TestMethod]
    public void FillsTheBuffer()
    {
        const string Head =
            "POST /api/reading HTTP/1.1\r\nHost: 10.0.0.1:5000\r\nAuthorization: Bearer s3cret\r\nContent-Type: application/json\r\nContent-Length: 359\r\nConnection: close\r\n\r\n";
        var bench = new ModemBench();
        HttpExchange http = Exchange(bench, Created);
        string body = "<" + new string('x', Capacity - Head.Length - 2) + ">";
        Assert.AreEqual(359, body.Length);
        http.Body.Clear();
        http.Body.Text(body);
        Assert.AreEqual(201, http.Post(ReadingPath));
        Assert.AreEqual(Head + body, bench.Fake.SentText());
        Assert.AreEqual("{\"status\":\"ok\"}", Encoding.UTF8.GetString(http.ResponseBody, 0, http.ResponseLength));
        bench.Fake.ClearLog();
        http.Body.Clear();
        http.Body.Text(body + "x");
        Assert.AreEqual(HttpError.TooLarge, http.Post(ReadingPath));
        Assert.AreEqual(string.Empty, bench.Fake.SentText());
    }

    /// <summary>Whatever the dialect, the pieces, the splits and when the server closes: the same answer.</summary>
    [TestMethod]
    public void ReadsTheSameAnswerAlways()
    {
        for (int i = 0; i < 24; i++)
        {
            var bench = new ModemBench();
            bench.Fake.Dialect = (FakeDialect)(i % 3);
            bench.Fake.IsSlow = (i & 1) != 0;
            bench.Fake.PieceBytes = i % 4 < 2 ? 0 : 11;
            bench.Fake.ServerCloses = i >= 8;
            bench.Fake.ClosesEarly = i >= 16;
            HttpExchange http = Exchange(bench, i % 2 == 0 ? Created : "HTTP/1.1 201 Created\r\n\r\n{\"status\":\"ok\"}");
            bench.Fake.ServerCloses |= i % 2 == 1;
            Assert.AreEqual(201, Post(http), "case " + i.ToString());
            Assert.AreEqual(15, http.ResponseLength);
            Assert.AreEqual(201, Post(http), "again, case " + i.ToString());
        }
    }

    /// <summary>A body full of traps is a body.</summary>
    [TestMethod]
    public void TakesTheBodyForABody()
    {
        var bench = new ModemBench();
        HttpExchange http =
            Exchange(
                bench,
                "HTTP/1.1 400 Bad Request\r\nContent-Length: 66\r\n\r\n\r\nOK\r\n\r\nERROR\r\n200 201\r\n+IPCLOSE: 0,1\r\n*ATREADY: 1\r\n+CIPRXGET: 1,0\r\n");
        Assert.AreEqual(400, Post(http));
        Assert.AreEqual(66, http.ResponseLength);
        Assert.AreEqual(0, bench.Modem.Counters.Restarts);
    }

    /// <summary>An answer that comes late, and one that never comes.</summary>
    [TestMethod]
    public void WaitsForTheAnswer()
    {
        var bench = new ModemBench();
        HttpExchange http = Exchange(bench, Created);
        bench.Fake.NetworkDelayMs = 14000;
        Assert.AreEqual(201, Post(http));
        bench.Fake.Response = null;
        long start = bench.Clock.UptimeMs;
        Assert.AreEqual(HttpError.Timeout, Post(http));
        long took = bench.Clock.UptimeMs - start;
        Assert.IsTrue(took > 30000 && took < 70000);
        Assert.IsTrue(bench.Modem.State == ModemState.Connected, "closed");
    }

    /// <summary>A server that drips is left after two minutes.</summary>
    [TestMethod]
    public void LeavesAServerThatDrips()
    {
        var bench = new ModemBench();
        HttpExchange http = Exchange(bench, "HTTP/1.1 200 OK\r\nX: " + new string('x', 900));
        bench.Fake.PieceBytes = 1;
        bench.Clock.Stretch = 5;
        long start = bench.Clock.UptimeMs;
        Assert.AreEqual(HttpError.Timeout, Post(http));
        Assert.IsTrue(bench.Clock.UptimeMs - start < 160000);
    }

    /// <summary>Each failure has its name.</summary>
    [TestMethod]
    public void NamesFailures()
    {
        var bench = new ModemBench();
        HttpExchange http = Exchange(bench, Created);
        bench.Fake.On("AT+CIPOPEN", "\r\nOK\r\n\r\n+CIPOPEN: 0,10\r\n");
        Assert.AreEqual(HttpError.OpenFailed, Post(http));
        bench.Fake.On("AT+CIPSEND", "\r\n+CIPERROR: 1\r\n\r\nERROR\r\n");
        Assert.AreEqual(HttpError.SendFailed, Post(http));
        bench.Fake.Response = Ascii.Bytes("HTTP/1.1 200 OK\r\nContent-Length: 9\r\n\r\nshort");
        bench.Fake.ServerCloses = true;
        Assert.AreEqual(HttpError.Closed, Post(http));
        bench.Fake.Response = Ascii.Bytes("220 mail.example ESMTP\r\n");
        Assert.AreEqual(HttpError.BadResponse, Post(http));
        bench.Fake.Response = Ascii.Bytes("HTTP/1.1 200 OK\r\nContent-Length: 600\r\n\r\n" + new string('x', 600));
        Assert.AreEqual(HttpError.TooLarge, Post(http));
        http.Body.Clear();
        http.Body.Bytes(new byte[Capacity]);
        Assert.AreEqual(HttpError.TooLarge, http.Post(ReadingPath));
        http.Body.Byte(0);
        Assert.AreEqual(HttpError.TooLarge, http.Post(ReadingPath));
        bench.Fake.Response = Ascii.Bytes(Created);
        Assert.AreEqual(201, Post(http), "all is well again");
        bench.Fake.Say("\r\n*ATREADY: 1\r\n", 0);
        Assert.AreEqual(HttpError.NotConnected, Post(http));
    }

    /// <summary>A restart in mid-transfer is no answer, whatever of it had come.</summary>
    [TestMethod]
    public void TakesARestartForAFailure()
    {
        var bench = new ModemBench();
        HttpExchange http = Exchange(bench, "HTTP/1.1 200 OK\r\n\r\n{\"status\":\"ok\"}");
        bench.Fake.RestartsInData = 25;
        Assert.AreEqual(HttpError.Closed, Post(http));
        Assert.AreEqual(0, http.ResponseLength);
        bench.Fake.Response = Ascii.Bytes(Created);
        Assert.IsTrue(bench.BringUp() || bench.Modem.Recover());
        Assert.AreEqual(201, Post(http));
    }

    /// <summary>Retry-After of this answer, not of the last.</summary>
    [TestMethod]
    public void ReadsRetryAfter()
    {
        var bench = new ModemBench();
        HttpExchange http = Exchange(bench, "HTTP/1.1 429 Too Many Requests\r\nRetry-After: 17\r\nContent-Length: 0\r\n\r\n");
        Assert.AreEqual(429, Post(http));
        Assert.AreEqual(17, http.RetryAfterSeconds);
        bench.Fake.Response = Ascii.Bytes(Created);
        Assert.AreEqual(201, Post(http));
        Assert.AreEqual(-1, http.RetryAfterSeconds);
    }

    /// <summary>Several requests on one connection, until the server closes it, with a word or without.</summary>
    [TestMethod]
    public void KeepsTheConnection()
    {
        var bench = new ModemBench();
        HttpExchange http = Exchange(bench, Kept);
        http.KeepOpen = true;
        Assert.AreEqual(201, Post(http));
        Assert.Contains("\r\nConnection: keep-alive\r\n\r\n", bench.Fake.SentText());
        Assert.AreEqual(201, Post(http));
        Assert.AreEqual(1, bench.Fake.Opens);
        Assert.IsTrue(bench.Modem.IsLinkOpen);

        bench.Fake.Response = Ascii.Bytes(Created);
        Assert.AreEqual(201, Post(http));
        Assert.AreEqual(1, bench.Fake.Opens);
        Assert.IsFalse(bench.Modem.IsLinkOpen, "the server said close");

        bench.Fake.Response = Ascii.Bytes(Kept);
        Assert.AreEqual(201, Post(http));
        bench.Fake.Say("\r\n+IPCLOSE: 0,1\r\n", 0);
        Assert.AreEqual(201, Post(http));
        Assert.AreEqual(3, bench.Fake.Opens);

        bench.Fake.On("AT+CIPSEND", "\r\n+CIPERROR: 2\r\n\r\nERROR\r\n");
        Assert.AreEqual(201, Post(http), "again on a fresh connection");
        Assert.AreEqual(4, bench.Fake.Opens);
        http.Close();
        Assert.IsTrue(bench.Modem.State == ModemState.Connected);
    }

    /// <summary>A short write and a prompt that was not heard do not reach the caller.</summary>
    [TestMethod]
    public void HidesWhatTheModemRepairs()
    {
        var bench = new ModemBench();
        HttpExchange http = Exchange(bench, Created);
        bench.Fake.ShortBy = 100;
        bench.Fake.LostSends = 1;
        Assert.AreEqual(201, Post(http));
        Assert.EndsWith("\r\n\r\n{\"i\":1}", bench.Fake.SentText());
        Assert.AreEqual(1, bench.Modem.Counters.ShortWrites);
        Assert.AreEqual(1, bench.Modem.Counters.MissedPrompts);
    }

    private static HttpExchange Exchange(ModemBench bench, string response)
    {
        var http = new HttpExchange(bench.Modem, bench.Clock, Capacity);
        http.SetServer(Ascii.Bytes("10.0.0.1"), 5000);
        http.SetToken(Ascii.Bytes("s3cret"));
        Assert.AreEqual(HttpError.NotConnected, Post(http));
        Assert.IsTrue(bench.BringUp());
        bench.Fake.Response = Ascii.Bytes(response);
        return http;
    }

    private static int Post(HttpExchange http)
    {
        http.Body.Clear();
        http.Body.Text("{\"i\":1}");
        return http.Post(ReadingPath);
    }
}
