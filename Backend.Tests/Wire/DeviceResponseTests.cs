using System.Text;

using JamBox.Backend.Security;
using JamBox.Backend.Storage;
using JamBox.Backend.Tests.Hosting;

using Microsoft.Extensions.DependencyInjection;
using Xunit.Abstractions;

namespace JamBox.Backend.Tests.Wire;

/// <summary>What devices get, measured on the socket.</summary>
public abstract class DeviceResponseTests(BackendHost shared, ITestOutputHelper output) : IAsyncLifetime
{
    private const int MaxAnswerBytes = 300;

    private readonly BackendHost _host = shared.Another();
    private TestDevice _device = null!;

    public async Task InitializeAsync()
    {
        await _host.InitializeAsync();
        _device = await _host.RegisterAsync();
    }

    public Task DisposeAsync() => _host.DisposeAsync();

    [Fact]
    public async Task TheYesToAReadingIsThisToTheByte()
    {
        RawAnswer answer = await _device.ReadingAsync("""
            "t":"2026-01-29T09:59:59Z","ts":1
            """);
        Assert.Equal(
            "HTTP/1.1 201 Created\r\nContent-Length: 71\r\nConnection: close\r\nContent-Type: application/json\r\n"
            + "Date: Thu, 29 Jan 2026 10:00:00 GMT\r\n\r\n"
            + """{"status":"ok","server_time":"2026-01-29T10:00:00Z","config_version":1}""",
            answer.Text);
    }

    [Fact]
    public async Task AnswersStayWithin300Bytes()
    {
        string reading = """
            "t":"2026-01-29T09:59:59Z","ts":1
            """;
        RawAnswer first = await _device.ReadingAsync(reading);
        RawAnswer again = await _device.ReadingAsync(reading);
        RawAnswer heartbeat = await _device.PostAsync("/api/heartbeat", $$"""{"d":"{{_device.Id}}"}""");
        Assert.Equal(
            "HTTP/1.1 200 OK\r\nContent-Length: 71\r\nConnection: close\r\nContent-Type: application/json\r\n"
            + "Date: Thu, 29 Jan 2026 10:00:00 GMT\r\n\r\n"
            + """{"status":"ok","server_time":"2026-01-29T10:00:00Z","config_version":1}""",
            heartbeat.Text);
        await _host.Services.GetRequiredService<Store>().WriteAsync(
            int.MaxValue, static (session, version) => session.Execute("UPDATE devices SET config_version = $1", version));
        RawAnswer longest = await _device.ReadingAsync(reading);
        Assert.Contains("2147483647,\"note\":", longest.Body, StringComparison.Ordinal);
        output.WriteLine($"reading {first.Length}, repeat {again.Length}, longest {longest.Length}, heartbeat {heartbeat.Length}");
        Assert.All([first, again, heartbeat, longest], static answer => Assert.InRange(answer.Length, 1, MaxAnswerBytes));
    }

    [Fact]
    public async Task TheConnectionStaysOpenUnlessToldOtherwise()
    {
        byte[] body = Encoding.ASCII.GetBytes($$"""{"d":"{{_device.Id}}"}""");
        string closing = Encoding.ASCII.GetString(BackendHost.DeviceRequest("/api/heartbeat", _device.Token, body));
        string keeping = closing.Replace("Connection: close\r\n", "", StringComparison.Ordinal);
        RawAnswer answers = await _host.RawAsync(keeping + closing);
        Assert.Equal(2, answers.Text.Split("HTTP/1.1 200 OK").Length - 1);
        Assert.Equal(1, answers.Text.Split("Connection: close").Length - 1);
    }

    [Theory]
    [InlineData("")]
    [InlineData("{")]
    [InlineData("[]")]
    [InlineData("null")]
    [InlineData("7")]
    [InlineData("\"text\"")]
    [InlineData("{}x")]
    [InlineData("{\"d\":\"\\ud800\"}")]
    [InlineData("{\"\\ud800\":1}")]
    [InlineData("not json")]
    public async Task ABodyThatIsNoObjectIsRefused(string body)
    {
        foreach (string path in new[] { "/api/reading", "/api/heartbeat" })
        {
            RawAnswer answer = await _device.PostAsync(path, body);
            Assert.Equal(400, answer.Status);
            Assert.Equal("""{"error":"Body must be one JSON object"}""", answer.Body);
        }
    }

    [Fact]
    public async Task TheBodyMayHave16KbAndNoMore()
    {
        string start = $$"""{"d":"{{_device.Id}}","x":"{{new string('x', 16_000)}}"}""";
        string fitting = start.PadRight(16 * 1024);
        Assert.Equal(200, (await _device.PostAsync("/api/heartbeat", fitting)).Status);
        Refused(413, await _device.PostAsync("/api/heartbeat", fitting + " "));

        string chunked = Encoding.ASCII.GetString(BackendHost.DeviceRequest("/api/heartbeat", _device.Token, []))
            .Replace("Content-Length: 0", "Transfer-Encoding: chunked", StringComparison.Ordinal);
        Refused(413, await _host.RawAsync($"{chunked}5000\r\n{new string(' ', 0x5000)}\r\n0\r\n\r\n"));
    }

    [Fact]
    public async Task RefusalsNeverLookLikeSuccess()
    {
        // In 2001 and 2010 the Date header itself would be taken for success; 20:01 and 2:01 are harmless.
        foreach (string time in new[] { "2026-01-20T20:01:20Z", "2001-02-01T20:01:20Z", "2010-12-20T12:00:12Z" })
        {
            _host.Clock.Set(DateTimeOffset.Parse(time));
            Refused(401, await _host.RawAsync(BackendHost.DeviceRequest("/api/reading", null, "{}"u8.ToArray())));
            Refused(401, await _host.RawAsync(BackendHost.DeviceRequest("/api/reading", "201-200", "{}"u8.ToArray())));
            Refused(400, await _device.PostAsync("/api/reading", "{}"));
            Refused(400, await _device.PostAsync("/api/reading", "{\"i\":201200}"));
            Refused(400, await _device.PostAsync("/api/reading", "{\"i\":\"200\"}"));
            Refused(404, await _device.PostAsync("/api/ota/201", "200"));
            Refused(405, await _host.RawAsync("GET /api/reading?200 HTTP/1.1\r\nHost: 200\r\nConnection: close\r\n\r\n"));
        }
    }

    internal static void Refused(int status, RawAnswer answer)
    {
        Assert.Equal(status, answer.Status);
        Assert.DoesNotContain("200", answer.Text, StringComparison.Ordinal);
        Assert.DoesNotContain("201", answer.Text, StringComparison.Ordinal);
        Assert.StartsWith("{\"error\":\"", answer.Body, StringComparison.Ordinal);
        Assert.Contains($"Content-Length: {answer.Body.Length}\r\n", answer.Head + "\r\n", StringComparison.Ordinal);
        Assert.Contains("Content-Type: application/json\r\n", answer.Head + "\r\n", StringComparison.Ordinal);
        Assert.DoesNotContain("Server:", answer.Head, StringComparison.OrdinalIgnoreCase);
        Assert.InRange(answer.Length, 1, MaxAnswerBytes);
    }
}
