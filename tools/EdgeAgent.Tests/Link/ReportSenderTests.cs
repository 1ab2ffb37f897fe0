using System.Collections.Concurrent;
using System.Text.Json;

using JamBox.Edge.Engine;
using JamBox.Edge.Link;

using Microsoft.AspNetCore.Http;
using Microsoft.Extensions.Logging.Abstractions;

namespace JamBox.Edge.Tests.Link;

public sealed class ReportSenderTests : IDisposable
{
    private readonly TemporaryFolder _folder = new();
    private readonly CancellationTokenSource _stop = new();

    public void Dispose()
    {
        _stop.Dispose();
        _folder.Dispose();
    }

    [Fact]
    public async Task What_waited_while_the_server_was_away_comes_in_order_when_it_is_back()
    {
        int refusals = 0;
        await using FaultyServer server = await FaultyServer.StartAsync(http =>
        {
            // Each sort of trouble once, and cut in the middle as well.
            int trouble = Interlocked.Increment(ref refusals);
            switch (trouble)
            {
                case 1:
                    http.Response.StatusCode = 503;
                    break;
                case 2:
                    http.Response.StatusCode = 429;
                    http.Response.Headers.RetryAfter = "3";
                    break;
                case 3:
                    http.Response.StatusCode = 500;
                    break;
                case 4:
                    http.Abort();
                    break;
                case 5:
                    // The page of a proxy.
                    http.Response.StatusCode = 404;
                    http.Response.ContentType = "text/html";
                    break;
                case 6:
                    http.Response.StatusCode = 401;
                    break;
            }

            return Task.CompletedTask;
        });
        ReportQueue queue = Queue();
        for (long seq = 1; seq <= 5; seq++)
        {
            queue.Report(LinkWorld.Report(seq, seq == 5 ? DeploymentStatus.Completed : (DeploymentStatus)(seq - 1)));
        }

        using ServerClient client = new(() => LinkWorld.Settings(server.Address));
        Task loop = Sender(queue, client, null).RunAsync(_stop.Token);
        await LinkWorld.UntilAsync(() => queue.Count == 0, "all reports were sent");
        await LinkWorld.EndAsync(_stop, loop);
        Assert.Equal([1, 1, 1, 1, 1, 1, 1, 2, 3, 4, 5], server.Requests.Select(SeqOf));
        Assert.All(server.Requests, static request => Assert.Equal(("POST", "/" + ReportSender.Path), (request.Method, request.Path)));
    }

    [Theory]
    [InlineData(400)]
    [InlineData(413)]
    [InlineData(422)]
    public async Task What_the_server_will_never_take_does_not_hold_up_the_rest(int status)
    {
        int asked = 0;
        await using FaultyServer server = await FaultyServer.StartAsync(http =>
        {
            http.Response.StatusCode = Interlocked.Increment(ref asked) == 1 ? status : 200;
            return Task.CompletedTask;
        });
        ReportQueue queue = Queue();
        queue.Report(LinkWorld.Report(1, DeploymentStatus.Downloading));
        queue.Report(LinkWorld.Report(2, DeploymentStatus.Completed));
        using ServerClient client = new(() => LinkWorld.Settings(server.Address));
        Task loop = Sender(queue, client, null).RunAsync(_stop.Token);
        await LinkWorld.UntilAsync(() => queue.Count == 0, "all reports are gone");
        await LinkWorld.EndAsync(_stop, loop);
        Assert.Equal([1, 2], server.Requests.Select(SeqOf));
    }

    [Fact]
    public async Task A_deployment_that_the_server_does_not_know_is_given_up_after_some_tries()
    {
        await using FaultyServer server = await FaultyServer.StartAsync(static async http =>
        {
            http.Response.StatusCode = 404;
            http.Response.ContentType = "application/json";
            await http.Response.WriteAsync("""{"error":"there is no such deployment"}""");
        });
        ReportQueue queue = Queue();
        queue.Report(LinkWorld.Report(1, DeploymentStatus.Completed));
        using ServerClient client = new(() => LinkWorld.Settings(server.Address));
        ReportSender sender = Sender(queue, client, null);
        int delivered = 0;
        sender.Delivered += () => delivered++;
        Task loop = sender.RunAsync(_stop.Token);
        await LinkWorld.UntilAsync(() => queue.Count == 0, "it is given up");
        await LinkWorld.EndAsync(_stop, loop);
        Assert.Equal(5, server.Requests.Count);

        // The server was reached all the same: that is what a new agent has to show.
        Assert.Equal(1, delivered);
    }

    [Fact]
    public async Task Where_the_server_cannot_be_reached_the_broker_takes_them()
    {
        Channel other = new();
        ReportQueue queue = Queue();
        queue.Report(LinkWorld.Report(1, DeploymentStatus.Downloading));
        queue.Report(LinkWorld.Report(2, DeploymentStatus.Completed));
        using ServerClient client = new(() => LinkWorld.Settings(new Uri("http://127.0.0.1:1/")));
        Task loop = Sender(queue, client, other).RunAsync(_stop.Token);
        await LinkWorld.UntilAsync(() => queue.Count == 0, "the broker has them");
        await LinkWorld.EndAsync(_stop, loop);
        Assert.Equal([1, 2], other.Sent);
    }

    [Fact]
    public async Task A_server_that_refuses_the_token_is_not_got_round_by_the_broker()
    {
        await using FaultyServer server = await FaultyServer.StartAsync(static http =>
        {
            http.Response.StatusCode = 403;
            return Task.CompletedTask;
        });
        Channel other = new();
        ReportQueue queue = Queue();
        queue.Report(LinkWorld.Report(1, DeploymentStatus.Completed));
        using ServerClient client = new(() => LinkWorld.Settings(server.Address));
        ReportSender sender = Sender(queue, client, other);
        Task loop = sender.RunAsync(_stop.Token);
        await LinkWorld.UntilAsync(() => server.Requests.Count >= 3, "it is tried again");
        await LinkWorld.EndAsync(_stop, loop);
        Assert.Empty(other.Sent);
        Assert.Equal(1, queue.Count);
    }

    private static long SeqOf(SeenRequest request)
    {
        using JsonDocument json = JsonDocument.Parse(request.Body);
        return json.RootElement.GetProperty("seq").GetInt64();
    }

    private ReportQueue Queue() => new(new DiskFiles(), _folder.File("queue"), static () => 500, NullLogger.Instance);

    private static ReportSender Sender(ReportQueue queue, ServerClient client, IReportChannel? other) =>
        new(queue, client, other, new FastClock(), new Random(1), NullLogger<ReportSender>.Instance);

    private sealed class Channel : IReportChannel
    {
        public ConcurrentQueue<long> Sent { get; } = new();

        public Task<bool> TrySendAsync(ReadOnlyMemory<byte> json, CancellationToken cancel)
        {
            using JsonDocument document = JsonDocument.Parse(json);
            Sent.Enqueue(document.RootElement.GetProperty("seq").GetInt64());
            return Task.FromResult(true);
        }
    }
}
