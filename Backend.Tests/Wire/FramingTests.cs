using System.Text;

using JamBox.Backend.Tests.Hosting;

namespace JamBox.Backend.Tests.Wire;

/// <summary>
/// Where a request ends must be said in one way: what a proxy and we could read differently is refused and the connection closed, or a
/// second request could hide in the body of the first.
/// </summary>
public abstract class FramingTests(BackendHost host)
{
    private const string Hidden = "GET /hidden HTTP/1.1\r\nHost: x\r\n\r\n";

    [Theory]
    [InlineData("Content-Length: +{0}")]
    [InlineData("Content-Length: -{0}")]
    [InlineData("Content-Length: 0x{0}")]
    [InlineData("Content-Length: {0}.0")]
    [InlineData("Content-Length: {0}e0")]
    [InlineData("Content-Length: {0}, {0}")]
    [InlineData("Content-Length: {0} {0}")]
    [InlineData("Content-Length: {0};")]
    [InlineData("Content-Length: '{0}'")]
    [InlineData("Content-Length: \"{0}\"")]
    [InlineData("Content-Length: ")]
    [InlineData("Content-Length: 99999999999999999999")]
    [InlineData("Content-Length: 18446744073709551617")]
    [InlineData("Content-Length: {0}\r\nContent-Length: {0}")]
    [InlineData("Content-Length: {0}\r\nContent-Length: 0")]
    [InlineData("Content-Length: 0\r\nContent-Length: {0}")]
    [InlineData("Content-Length : {0}")]
    [InlineData(" Content-Length: {0}")]
    [InlineData("X: y\r\n Content-Length: {0}")]
    [InlineData("Content-Length: {0}\r\nTransfer-Encoding: chunked")]
    [InlineData("Transfer-Encoding: chunked\r\nContent-Length: {0}")]
    [InlineData("Transfer-Encoding: identity\r\nContent-Length: {0}")]
    [InlineData("Transfer-Encoding: xchunked")]
    [InlineData("Transfer-Encoding: chunked, identity")]
    [InlineData("Transfer-Encoding: identity, chunked")]
    [InlineData("Transfer-Encoding: gzip, chunked")]
    [InlineData("Transfer-Encoding: chunked, chunked")]
    [InlineData("Transfer-Encoding: chunked;q=1")]
    [InlineData("Transfer-Encoding: \"chunked\"")]
    [InlineData("Transfer-Encoding: chunked\r\nTransfer-Encoding: identity")]
    [InlineData("Transfer-Encoding: identity\r\nTransfer-Encoding: chunked")]
    [InlineData("Transfer-Encoding : chunked")]
    [InlineData("Transfer-Encoding: \vchunked")]
    [InlineData("Transfer_Encoding: chunked\r\nContent-Length: {0}\r\nContent-Length: 1")]
    [InlineData("Content-Length: {0}\nX: y")]
    [InlineData("Content-Length: {0}\rX: y")]
    [InlineData("X: a\0b\r\nContent-Length: {0}")]
    public async Task AnAmbiguousLengthIsRefused(string header)
    {
        string body = "5\r\nhello\r\n0\r\n\r\n";
        string request = $"POST /api/reading HTTP/1.1\r\nHost: x\r\n{string.Format(header, body.Length)}\r\n\r\n{body}{Hidden}";
        await AssertRefusedAsync(request);
    }

    [Theory]
    [InlineData("+5\r\nhello\r\n0\r\n\r\n")]
    [InlineData("-5\r\nhello\r\n0\r\n\r\n")]
    [InlineData("0x5\r\nhello\r\n0\r\n\r\n")]
    [InlineData("5\nhello\r\n0\r\n\r\n")]
    [InlineData("5\r\nhello0\r\n\r\n")]
    [InlineData("5\r\nhelloXX0\r\n\r\n")]
    [InlineData("\r\nhello\r\n0\r\n\r\n")]
    [InlineData("g\r\nhello\r\n0\r\n\r\n")]
    [InlineData("fffffffffffffffff\r\nhello\r\n0\r\n\r\n")]
    [InlineData("80000005\r\nhello\r\n0\r\n\r\n")]
    [InlineData("5;a\nb\r\nhello\r\n0\r\n\r\n")]
    public async Task ABrokenChunkIsRefused(string body)
    {
        TestDevice device = await host.RegisterAsync();
        await AssertRefusedAsync(
            $"{Start("/api/reading", device)}Transfer-Encoding: chunked\r\n\r\n{body}{Hidden}");
    }

    [Theory]
    [InlineData("Content-Length: {0}")]
    [InlineData("Content-Length: 00{0}")]
    [InlineData("content-length:{0}")]
    [InlineData("Content-Length: {0} ")]
    public async Task AnOrdinaryLengthIsTaken(string header)
    {
        TestDevice device = await host.RegisterAsync();
        string body = $$"""{"d":"{{device.Id}}"}""";
        RawAnswer answer = await host.RawAsync(
            $"{Start("/api/heartbeat", device)}{string.Format(header, body.Length)}\r\nConnection: close\r\n\r\n{body}");
        Assert.Equal(200, answer.Status);
    }

    [Fact]
    public async Task ChunksAreTaken()
    {
        TestDevice device = await host.RegisterAsync();
        string body = $$"""{"d":"{{device.Id}}"}""";
        RawAnswer answer = await host.RawAsync(
            $"{Start("/api/heartbeat", device)}Transfer-Encoding: chunked\r\nConnection: close\r\n\r\n"
            + $"{body.Length:x}\r\n{body}\r\n0\r\n\r\n");
        Assert.Equal(200, answer.Status);
    }

    private static string Start(string path, TestDevice device) =>
        $"POST {path} HTTP/1.1\r\nHost: x\r\nAuthorization: Bearer {device.Token}\r\n";

    private async Task AssertRefusedAsync(string request)
    {
        // It is over when the server closes: what is hidden behind is not answered.
        RawAnswer answer = await host.RawAsync(Encoding.Latin1.GetBytes(request)).WaitAsync(TimeSpan.FromSeconds(120));
        Assert.True(answer.Status is 400 or 413 or 431 or 501, answer.Text);
        Assert.Single(answer.Text.Split("HTTP/1.1 ", StringSplitOptions.RemoveEmptyEntries));
    }
}
