using JamBox.Edge.Configuration;
using JamBox.Edge.Engine;
using JamBox.Edge.Link;

using Microsoft.AspNetCore.Http;
using Microsoft.Extensions.Logging.Abstractions;

namespace JamBox.Edge.Tests.Link;

/// <summary>Downloads from a real server that does one thing wrong each time.</summary>
public sealed class HttpDownloadsTests : IAsyncLifetime, IDisposable
{
    private const int Size = 300_000;
    private const string Tag = "\"0123\"";

    private readonly byte[] _package = Package(1);
    private readonly Notice _notice;
    private FaultyServer _server = null!;
    private ServerClient _client = null!;
    private HttpDownloads _downloads = null!;
    private AgentSettings _settings = null!;

    public HttpDownloadsTests()
    {
        _notice = LinkWorld.NoticeOf(_package);
    }

    public async Task InitializeAsync()
    {
        _server = await FaultyServer.StartAsync(WholeAsync);
        _settings = LinkWorld.Settings(_server.Address);
        _client = new ServerClient(() => _settings) { Patience = TimeSpan.FromSeconds(2) };
        _downloads = new HttpDownloads(_client, () => _settings, NullLogger<HttpDownloads>.Instance);
    }

    public async Task DisposeAsync() => await _server.DisposeAsync();

    public void Dispose() => _client.Dispose();

    [Fact]
    public async Task All_of_it_comes_with_the_token()
    {
        using Download download = await OpenAsync(0, null);
        Assert.Equal((0L, Tag), (download.From, download.ETag));
        Assert.Equal(_package, await ReadAsync(download));
        SeenRequest request = Assert.Single(_server.Requests);
        Assert.Equal(("/api/deployment-download/d-1", "Bearer " + LinkWorld.Token), (request.Path, request.Authorization));
        Assert.Null(request.Range);
    }

    [Fact]
    public async Task The_rest_is_asked_for_with_the_tag_that_it_came_with()
    {
        _server.Handler = http => PartAsync(http, 100_000, _package, Tag);
        using Download download = await OpenAsync(100_000, Tag);
        Assert.Equal((100_000L, Tag), (download.From, download.ETag));
        Assert.Equal(_package[100_000..], await ReadAsync(download));
        SeenRequest request = Assert.Single(_server.Requests);
        Assert.Equal(("bytes=100000-", Tag), (request.Range, request.IfRange));
    }

    [Fact]
    public async Task A_server_that_has_another_file_now_gives_all_of_it()
    {
        using Download download = await OpenAsync(100_000, "\"old\"");
        Assert.Equal(0, download.From);
        Assert.Equal(_package, await ReadAsync(download));
        Assert.Single(_server.Requests);
    }

    [Theory]
    [InlineData(100_000, "\"other\"", 0)]
    [InlineData(100_000, null, 0)]
    [InlineData(100_001, Tag, 0)]
    [InlineData(99_999, Tag, 0)]
    [InlineData(100_000, Tag, 1)]
    public async Task A_part_of_another_file_or_from_elsewhere_is_thrown_away(int from, string? tag, int longer)
    {
        _server.Handler = http => http.Request.Headers.Range.Count > 0
            ? PartAsync(http, from, longer == 0 ? _package : [.. _package, 7], tag)
            : WholeAsync(http);
        using Download download = await OpenAsync(100_000, Tag);
        Assert.Equal(0, download.From);
        Assert.Equal(_package, await ReadAsync(download));
        Assert.Equal([Tag, null], _server.Requests.Select(static request => request.IfRange));
    }

    [Theory]
    [InlineData(null)]
    [InlineData("W/\"0123\"")]
    [InlineData("no tag at all")]
    public async Task Without_a_strong_tag_no_part_is_asked_for(string? etag)
    {
        using Download download = await OpenAsync(100_000, etag);
        Assert.Equal(0, download.From);
        Assert.Null(Assert.Single(_server.Requests).Range);
    }

    [Fact]
    public async Task A_part_that_nobody_asked_for_is_refused()
    {
        _server.Handler = http => PartAsync(http, 1000, _package, Tag);
        await RefusedAsync(0, null, "a part of it that nobody asked for");
    }

    [Fact]
    public async Task A_range_that_is_not_there_is_asked_for_as_a_whole()
    {
        _server.Handler = http =>
        {
            if (http.Request.Headers.Range.Count == 0)
            {
                return WholeAsync(http);
            }

            http.Response.StatusCode = 416;
            return Task.CompletedTask;
        };
        using Download download = await OpenAsync(100_000, Tag);
        Assert.Equal(_package, await ReadAsync(download));
    }

    [Theory]
    [InlineData(0)]
    [InlineData(1)]
    [InlineData(65_536)]
    [InlineData(Size - 1)]
    public async Task A_download_that_is_cut_says_so_after_giving_what_came(int cut)
    {
        _server.Handler = async http =>
        {
            Head(http, Size);
            await http.Response.Body.WriteAsync(_package.AsMemory(0, cut));
            await http.Response.Body.FlushAsync();
            http.Abort();
        };
        try
        {
            using Download download = await OpenAsync(0, null);
            (byte[] came, IOException fault) = await ReadUntilFaultAsync(download);

            // The last bytes before an abrupt end may be lost, but never other ones come.
            Assert.Equal(_package[..came.Length], came);
            Assert.InRange(came.Length, 0, cut);
            Assert.Contains("broke off", fault.Message, StringComparison.Ordinal);
        }
        catch (LinkException early)
        {
            Assert.Equal(LinkFault.Unreachable, early.Fault);
        }
    }

    [Fact]
    public async Task A_download_that_falls_silent_is_given_up()
    {
        TaskCompletionSource end = new();
        _server.Handler = async http =>
        {
            Head(http, Size);
            await http.Response.Body.WriteAsync(_package.AsMemory(0, 1000));
            await http.Response.Body.FlushAsync();
            await end.Task;
        };
        using Download download = await OpenAsync(0, null);
        (byte[] came, IOException fault) = await ReadUntilFaultAsync(download);
        end.SetResult();
        Assert.Equal(_package[..1000], came);
        Assert.Contains("nothing came for 1 s", fault.Message, StringComparison.Ordinal);
    }

    [Fact]
    public async Task A_slow_download_that_goes_on_is_not_given_up()
    {
        // Longer than the longest silence altogether, and never silent that long.
        _server.Handler = async http =>
        {
            Head(http, Size);
            for (int at = 0; at < Size; at += Size / 6)
            {
                await http.Response.Body.WriteAsync(_package.AsMemory(at, Size / 6));
                await http.Response.Body.FlushAsync();
                await Task.Delay(250);
            }
        };
        using Download download = await OpenAsync(0, null);
        Assert.Equal(_package, await ReadAsync(download));
    }

    [Fact]
    public async Task A_server_that_does_not_answer_is_given_up()
    {
        TaskCompletionSource end = new();
        _server.Handler = _ => end.Task;
        LinkException fault = await Assert.ThrowsAsync<LinkException>(() => OpenAsync(0, null));
        end.SetResult();
        Assert.Equal(LinkFault.Unreachable, fault.Fault);
        Assert.Contains("does not answer within 2 s", fault.Message, StringComparison.Ordinal);
    }

    [Theory]
    [InlineData(Size - 1)]
    [InlineData(Size + 1)]
    public async Task Another_length_is_refused_before_a_byte_is_read(int length)
    {
        _server.Handler = async http =>
        {
            Head(http, length);
            await http.Response.Body.WriteAsync(new byte[length]);
        };
        await RefusedAsync(0, null, $"offers {length} bytes, and the notice says {Size}");
    }

    [Fact]
    public async Task More_than_was_announced_is_not_taken_without_a_length_either()
    {
        _server.Handler = async http =>
        {
            http.Response.Headers.ETag = Tag;
            await http.Response.Body.WriteAsync(_package);
            await http.Response.Body.FlushAsync();
            await http.Response.Body.WriteAsync(new byte[100]);
        };
        using Download download = await OpenAsync(0, null);
        (byte[] came, IOException fault) = await ReadUntilFaultAsync(download);
        Assert.True(came.Length <= Size);
        Assert.Contains("sends more than the package has", fault.Message, StringComparison.Ordinal);
    }

    [Fact]
    public async Task Less_than_was_announced_is_a_fault_without_a_length_either()
    {
        _server.Handler = async http => await http.Response.Body.WriteAsync(_package.AsMemory(0, 1000));
        using Download download = await OpenAsync(0, null);
        (byte[] came, IOException fault) = await ReadUntilFaultAsync(download);
        Assert.Equal(1000, came.Length);
        Assert.Contains("ended too early", fault.Message, StringComparison.Ordinal);
    }

    [Fact]
    public async Task What_was_packed_on_the_way_is_refused()
    {
        _server.Handler = async http =>
        {
            http.Response.Headers.ContentEncoding = "gzip";
            await http.Response.Body.WriteAsync(new byte[100]);
        };
        await RefusedAsync(0, null, "packed it once more");
    }

    [Theory]
    [InlineData(404, "it is not there")]
    [InlineData(410, "it is not there")]
    [InlineData(400, "refuses it")]
    public async Task A_no_is_said_in_words(int status, string expected)
    {
        Answer(status);
        await RefusedAsync(0, null, expected);
    }

    // A token that was changed, a proxy or a portal on the way: it says nothing of the package, and is asked again for days.
    [Theory]
    [InlineData(401, "token")]
    [InlineData(403, "does not allow it")]
    public async Task A_no_to_the_gateway_is_as_a_broken_line(int status, string expected)
    {
        Answer(status);
        LinkException fault = await Assert.ThrowsAsync<LinkException>(() => OpenAsync(0, null));
        Assert.Contains(expected, fault.Message, StringComparison.Ordinal);
    }

    [Theory]
    [InlineData(429, "17", 17)]
    [InlineData(503, null, null)]
    [InlineData(500, "99999999", 3600)]
    public async Task A_busy_server_is_worth_another_try_when_it_says(int status, string? retryAfter, int? seconds)
    {
        _server.Handler = http =>
        {
            http.Response.StatusCode = status;
            http.Response.Headers.RetryAfter = retryAfter;
            return Task.CompletedTask;
        };
        IOException fault = await Assert.ThrowsAnyAsync<IOException>(() => OpenAsync(0, null));
        Assert.Equal(seconds, (int?)(fault as DownloadBusyException)?.Wait.TotalSeconds);
        Assert.Equal(seconds is null, fault is LinkException { Fault: LinkFault.Busy });
    }

    [Theory]
    [InlineData(301)]
    [InlineData(302)]
    [InlineData(307)]
    [InlineData(308)]
    public async Task A_redirect_to_another_server_is_refused_and_shows_it_no_token(int status)
    {
        await using FaultyServer other = await FaultyServer.StartAsync(WholeAsync);
        _server.Handler = http =>
        {
            http.Response.StatusCode = status;
            http.Response.Headers.Location = new Uri(other.Address, "package.zip").AbsoluteUri;
            return Task.CompletedTask;
        };
        await RefusedAsync(0, null, "another one");
        Assert.Empty(other.Requests);
    }

    [Fact]
    public async Task A_redirect_within_the_server_is_followed_but_not_in_circles()
    {
        _server.Handler = http =>
        {
            if (http.Request.Path == "/moved")
            {
                return WholeAsync(http);
            }

            http.Response.StatusCode = 307;
            http.Response.Headers.Location = "/moved";
            return Task.CompletedTask;
        };
        using (Download download = await OpenAsync(0, null))
        {
            Assert.Equal(_package, await ReadAsync(download));
        }

        _server.Requests.Clear();
        _server.Handler = http =>
        {
            http.Response.StatusCode = 307;
            http.Response.Headers.Location = "/round";
            return Task.CompletedTask;
        };
        LinkException fault = await Assert.ThrowsAsync<LinkException>(() => OpenAsync(0, null));
        Assert.Contains("in circles", fault.Message, StringComparison.Ordinal);
        Assert.Equal(4, _server.Requests.Count);
    }

    [Fact]
    public async Task A_notice_that_names_another_server_is_refused_and_nobody_is_asked()
    {
        await using FaultyServer other = await FaultyServer.StartAsync(WholeAsync);
        Notice notice = LinkWorld.NoticeOf(_package, new Uri(other.Address, "package.zip").AbsoluteUri);
        DownloadRefusedException fault = await Assert.ThrowsAsync<DownloadRefusedException>(
            () => _downloads.OpenAsync(notice, 0, null, CancellationToken.None));
        Assert.Contains("another server", fault.Message, StringComparison.Ordinal);
        Assert.Empty(other.Requests);
        Assert.Empty(_server.Requests);
    }

    private static byte[] Package(int seed)
    {
        byte[] bytes = new byte[Size];
        new Random(seed).NextBytes(bytes);
        return bytes;
    }

    private static void Head(HttpContext http, long length)
    {
        http.Response.Headers.ETag = Tag;
        http.Response.ContentLength = length;
    }

    private static async Task PartAsync(HttpContext http, int from, byte[] file, string? tag)
    {
        http.Response.StatusCode = 206;
        http.Response.Headers.ContentRange = $"bytes {from}-{file.Length - 1}/{file.Length}";
        http.Response.Headers.ETag = tag;
        http.Response.ContentLength = file.Length - from;
        await http.Response.Body.WriteAsync(file.AsMemory(from));
    }

    private static async Task<byte[]> ReadAsync(Download download)
    {
        using MemoryStream all = new();
        await download.Content.CopyToAsync(all).WaitAsync(LinkWorld.Deadline);
        return all.ToArray();
    }

    private static async Task<(byte[] Came, IOException Fault)> ReadUntilFaultAsync(Download download)
    {
        using MemoryStream all = new();
        byte[] block = new byte[8192];
        while (true)
        {
            try
            {
                int read = await download.Content.ReadAsync(block).AsTask().WaitAsync(LinkWorld.Deadline);
                Assert.True(read > 0, "The download ended without a word");
                all.Write(block, 0, read);
            }
            catch (IOException fault)
            {
                return (all.ToArray(), fault);
            }
        }
    }

    private async Task WholeAsync(HttpContext http)
    {
        Head(http, Size);
        await http.Response.Body.WriteAsync(_package);
    }

    private void Answer(int status) => _server.Handler = http =>
    {
        http.Response.StatusCode = status;
        return Task.CompletedTask;
    };

    private Task<Download> OpenAsync(long from, string? etag) => _downloads.OpenAsync(_notice, from, etag, CancellationToken.None);

    private async Task RefusedAsync(long from, string? etag, string expected)
    {
        DownloadRefusedException fault = await Assert.ThrowsAsync<DownloadRefusedException>(() => OpenAsync(from, etag));
        Assert.Contains(expected, fault.Message, StringComparison.Ordinal);
    }
}
