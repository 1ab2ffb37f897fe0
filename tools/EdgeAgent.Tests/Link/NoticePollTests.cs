using JamBox.Edge.Engine;
using JamBox.Edge.Link;

using Microsoft.AspNetCore.Http;
using Microsoft.Extensions.Logging.Abstractions;

namespace JamBox.Edge.Tests.Link;

public sealed class NoticePollTests : IAsyncLifetime, IDisposable
{
    private readonly TemporaryFolder _folder = new();
    private FaultyServer _server = null!;
    private ServerClient _client = null!;
    private NoticeInbox _inbox = null!;
    private NoticePoll _poll = null!;

    public async Task InitializeAsync()
    {
        _server = await FaultyServer.StartAsync(static _ => Task.CompletedTask);
        _client = new ServerClient(() => LinkWorld.Settings(_server.Address));
        FastClock clock = new();
        _inbox = new NoticeInbox(new DiskFiles(), _folder.File("notice.json"), clock, NullLogger.Instance);
        _poll = new NoticePoll(
            _client, _inbox, () => LinkWorld.Settings(_server.Address), clock, new Random(1), NullLogger<NoticePoll>.Instance);
    }

    public async Task DisposeAsync() => await _server.DisposeAsync();

    public void Dispose()
    {
        _client.Dispose();
        _folder.Dispose();
    }

    [Fact]
    public async Task A_notice_is_taken_and_asked_for_again_about_a_minute_later()
    {
        Answer(200, LinkWorld.NoticeJson("d-1", "2026-11-28T09:00:00.000Z"));
        List<double> waits = [];
        for (int i = 0; i < 50; i++)
        {
            waits.Add((await _poll.AskAsync(CancellationToken.None)).TotalSeconds);
        }

        Assert.Equal("d-1", _inbox.Newest!.Id);
        Assert.All(waits, static wait => Assert.InRange(wait, 48, 72));
        Assert.True(waits.Max() - waits.Min() > 12, "All gateways would come in the same second");
        Assert.NotNull(_poll.LastAnswer);
    }

    [Fact]
    public async Task Nothing_to_do_is_an_answer()
    {
        int reached = 0;
        _poll.Reached += () => reached++;
        Answer(204, []);
        Assert.InRange((await _poll.AskAsync(CancellationToken.None)).TotalSeconds, 48, 72);
        await _poll.AskAsync(CancellationToken.None);
        Assert.Null(_inbox.Newest);
        Assert.Equal(1, reached);
    }

    [Fact]
    public async Task A_server_of_old_is_asked_for_the_notice_for_all()
    {
        _server.Handler = async http =>
        {
            if (http.Request.Path == "/" + NoticePoll.OldPath)
            {
                await http.Response.Body.WriteAsync(LinkWorld.NoticeJson("d-7", "2026-11-28T09:00:00.000Z"));
            }
            else
            {
                http.Response.StatusCode = 404;
            }
        };
        await _poll.AskAsync(CancellationToken.None);
        Assert.Equal("d-7", _inbox.Newest!.Id);
    }

    [Theory]
    [InlineData(401, null, 300)]
    [InlineData(429, "600", 600)]
    [InlineData(429, "1", 48)]
    [InlineData(500, null, 48)]
    public async Task A_server_that_does_not_want_is_left_alone_for_a_while(int status, string? retryAfter, int least)
    {
        Answer(status, [], retryAfter);
        Assert.InRange((await _poll.AskAsync(CancellationToken.None)).TotalSeconds, least, 3600);
        Assert.Null(_poll.LastAnswer);
    }

    [Fact]
    public async Task Failures_are_asked_about_ever_more_slowly_up_to_a_limit()
    {
        Answer(500, []);
        double last = 0;
        for (int i = 0; i < 20; i++)
        {
            last = (await _poll.AskAsync(CancellationToken.None)).TotalSeconds;
        }

        Assert.InRange(last, 150, 300);
        Answer(204, []);
        Assert.InRange((await _poll.AskAsync(CancellationToken.None)).TotalSeconds, 48, 72);
    }

    [Fact]
    public async Task It_asks_at_once_when_it_is_woken()
    {
        using CancellationTokenSource stop = new();
        Answer(204, []);
        NoticePoll slow = new(
            _client, _inbox, () => LinkWorld.Settings(_server.Address) with { PollSeconds = 86_400 }, TimeProvider.System, new Random(1),
            NullLogger<NoticePoll>.Instance);
        Task loop = slow.RunAsync(stop.Token);
        await LinkWorld.UntilAsync(() => _server.Requests.Count == 1, "the first question");
        slow.Wake();
        await LinkWorld.UntilAsync(() => _server.Requests.Count == 2, "the second question");
        await LinkWorld.EndAsync(stop, loop);
    }

    private void Answer(int status, byte[] body, string? retryAfter = null) => _server.Handler = async http =>
    {
        http.Response.StatusCode = status;
        http.Response.Headers.RetryAfter = retryAfter;
        await http.Response.Body.WriteAsync(body);
    };
}
