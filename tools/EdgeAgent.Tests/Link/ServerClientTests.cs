using System.Net;
using System.Net.Sockets;
using System.Security.Cryptography.X509Certificates;
using System.Text;

using JamBox.Edge.Configuration;
using JamBox.Edge.Link;

using Microsoft.AspNetCore.Http;

namespace JamBox.Edge.Tests.Link;

public sealed class ServerClientTests
{
    [Fact]
    public async Task A_certificate_that_nobody_here_trusts_is_refused()
    {
        using X509Certificate2 certificate = FaultyServer.SelfSigned();
        await using FaultyServer server = await FaultyServer.StartAsync(static _ => Task.CompletedTask, certificate);
        using ServerClient client = new(() => LinkWorld.Settings(server.Address));
        LinkException fault = await Assert.ThrowsAsync<LinkException>(() => client.GetAsync("x", null, CancellationToken.None));
        Assert.Equal(LinkFault.Unreachable, fault.Fault);
        Assert.Contains("serverRoot", fault.Message, StringComparison.Ordinal);
        Assert.Empty(server.Requests);
    }

    [Fact]
    public async Task A_root_of_ones_own_is_trusted_for_its_own_names_only()
    {
        using TemporaryFolder folder = new();
        using X509Certificate2 right = FaultyServer.SelfSigned();
        using X509Certificate2 elsewhere = FaultyServer.SelfSigned("10.9.8.7");
        string root = folder.Write("root.pem", right.ExportCertificatePem() + "\n" + elsewhere.ExportCertificatePem());
        await using FaultyServer server = await FaultyServer.StartAsync(static _ => Task.CompletedTask, right);
        await using FaultyServer other = await FaultyServer.StartAsync(static _ => Task.CompletedTask, elsewhere);
        using ServerClient client = new(() => LinkWorld.Settings(server.Address) with { ServerRoot = root });
        Assert.Equal(200, (await client.GetAsync("x", null, CancellationToken.None)).Status);
        using ServerClient wrong = new(() => LinkWorld.Settings(other.Address) with { ServerRoot = root });
        await Assert.ThrowsAsync<LinkException>(() => wrong.GetAsync("x", null, CancellationToken.None));
        Assert.Empty(other.Requests);
    }

    [Fact]
    public async Task A_root_that_comes_later_counts_without_a_restart()
    {
        using TemporaryFolder folder = new();
        using X509Certificate2 certificate = FaultyServer.SelfSigned();
        await using FaultyServer server = await FaultyServer.StartAsync(static _ => Task.CompletedTask, certificate);
        AgentSettings settings = LinkWorld.Settings(server.Address);
        using ServerClient client = new(() => settings);
        await Assert.ThrowsAsync<LinkException>(() => client.GetAsync("x", null, CancellationToken.None));
        settings = settings with { ServerRoot = folder.Write("root.pem", certificate.ExportCertificatePem()) };
        Assert.Equal(200, (await client.GetAsync("x", null, CancellationToken.None)).Status);
    }

    [Fact]
    public async Task The_token_is_the_one_of_now_and_what_is_known_is_not_sent_again()
    {
        await using FaultyServer server = await FaultyServer.StartAsync(static http =>
        {
            http.Response.Headers.ETag = "\"7\"";
            http.Response.StatusCode = http.Request.Headers.IfNoneMatch == "\"7\"" ? 304 : 200;
            return Task.CompletedTask;
        });
        AgentSettings settings = LinkWorld.Settings(server.Address);
        using ServerClient client = new(() => settings);
        ServerAnswer first = await client.GetAsync("x", null, CancellationToken.None);
        settings = settings with { Token = "another-token-of-it" };
        ServerAnswer second = await client.GetAsync("x", first.ETag, CancellationToken.None);
        Assert.Equal((200, 304), (first.Status, second.Status));
        Assert.Equal(["Bearer " + LinkWorld.Token, "Bearer another-token-of-it"], server.Requests.Select(static one => one.Authorization));
    }

    [Fact]
    public async Task An_answer_without_end_is_cut_off()
    {
        await using FaultyServer server = await FaultyServer.StartAsync(static async http =>
        {
            byte[] block = new byte[64 * 1024];
            while (!http.RequestAborted.IsCancellationRequested)
            {
                await http.Response.Body.WriteAsync(block);
            }
        });
        using ServerClient client = new(() => LinkWorld.Settings(server.Address));
        LinkException fault = await Assert.ThrowsAsync<LinkException>(() => client.GetAsync("x", null, CancellationToken.None));
        Assert.Equal(LinkFault.Unusable, fault.Fault);
    }

    [Fact]
    public async Task An_answer_that_trickles_is_cut_off()
    {
        await using FaultyServer server = await FaultyServer.StartAsync(static async http =>
        {
            while (!http.RequestAborted.IsCancellationRequested)
            {
                await http.Response.WriteAsync("x");
                await http.Response.Body.FlushAsync();
                await Task.Delay(50);
            }
        });
        using ServerClient client = new(() => LinkWorld.Settings(server.Address)) { Patience = TimeSpan.FromSeconds(1) };
        LinkException fault = await Assert.ThrowsAsync<LinkException>(() => client.GetAsync("x", null, CancellationToken.None));
        Assert.Equal(LinkFault.Unreachable, fault.Fault);
    }

    [Fact]
    public async Task A_connection_that_is_reset_within_an_answer_is_the_lines_fault_and_nobody_elses()
    {
        using TcpListener listener = new(IPAddress.Loopback, 0);
        listener.Start();
        using ServerClient client = new(
            () => LinkWorld.Settings(new Uri($"http://127.0.0.1:{((IPEndPoint)listener.LocalEndpoint).Port}/")));
        Task<ServerAnswer> asking = client.GetAsync("x", null, CancellationToken.None);
        using (Socket socket = await listener.AcceptSocketAsync())
        {
            await socket.ReceiveAsync(new byte[4096]);
            await socket.SendAsync("HTTP/1.1 200 OK\r\nContent-Length: 1000\r\n\r\nonly the beginning"u8.ToArray());

            // So that it reads the body by then; if it does not, it hears of the reset a little earlier.
            await Task.Delay(50);
            socket.LingerState = new LingerOption(true, 0);
        }

        Assert.Equal(LinkFault.Unreachable, (await Assert.ThrowsAsync<LinkException>(() => asking)).Fault);
    }

    [Theory]
    [InlineData(false)]
    [InlineData(true)]
    public async Task An_answer_that_breaks_off_is_the_lines_fault_and_nobody_elses(bool isSecure)
    {
        using X509Certificate2 certificate = FaultyServer.SelfSigned();
        await using FaultyServer server = await FaultyServer.StartAsync(
            static async http =>
            {
                http.Response.ContentLength = 1000;
                await http.Response.WriteAsync("only the beginning");
                await http.Response.Body.FlushAsync();
                http.Abort();
            },
            isSecure ? certificate : null);
        using TemporaryFolder folder = new();
        folder.Write("root.pem", certificate.ExportCertificatePem());
        using ServerClient client = new(
            () => LinkWorld.Settings(server.Address) with { ServerRoot = isSecure ? folder.File("root.pem") : null });
        for (int i = 0; i < 20; i++)
        {
            // Whichever way the system tells it: by chance it is an end, a reset, or half a record.
            LinkException fault = await Assert.ThrowsAsync<LinkException>(() => client.GetAsync("x", null, CancellationToken.None));
            Assert.Equal(LinkFault.Unreachable, fault.Fault);
        }
    }

    [Theory]
    [InlineData("""{"error":"the gateway is retired"}""", "application/json", "the gateway is retired")]
    [InlineData("""{"title":"Conflict","detail":"it is\u0007 running"}""", "application/problem+json", "it is running")]
    [InlineData("<html>proxy</html>", "text/html", "HTTP 409")]
    [InlineData("""{"error":7""", "application/json", "HTTP 409")]
    [InlineData("[]", "application/json", "HTTP 409")]
    public async Task What_the_server_says_is_told(string body, string type, string expected)
    {
        await using FaultyServer server = await FaultyServer.StartAsync(async http =>
        {
            http.Response.StatusCode = 409;
            http.Response.ContentType = type;
            await http.Response.Body.WriteAsync(Encoding.UTF8.GetBytes(body));
        });
        using ServerClient client = new(() => LinkWorld.Settings(server.Address));
        ServerAnswer answer = await client.PostAsync("x", "{}"u8.ToArray(), CancellationToken.None);
        LinkException fault = answer.ToException("It");
        Assert.Contains(expected, fault.Message, StringComparison.Ordinal);
        Assert.DoesNotContain('\u0007', fault.Message);
    }

    [Fact]
    public async Task What_is_sent_is_not_turned_into_a_question_by_a_redirect()
    {
        await using FaultyServer server = await FaultyServer.StartAsync(static http =>
        {
            http.Response.StatusCode = 302;
            http.Response.Headers.Location = "/login";
            return Task.CompletedTask;
        });
        using ServerClient client = new(() => LinkWorld.Settings(server.Address));
        await Assert.ThrowsAsync<LinkException>(() => client.PostAsync("x", "{}"u8.ToArray(), CancellationToken.None));
        Assert.Single(server.Requests);
    }

    [Fact]
    public async Task Nobody_there_is_said_so()
    {
        using ServerClient client = new(() => LinkWorld.Settings(new Uri("http://127.0.0.1:1/")));
        LinkException fault = await Assert.ThrowsAsync<LinkException>(() => client.GetAsync("x", null, CancellationToken.None));
        Assert.Equal(LinkFault.Unreachable, fault.Fault);
        Assert.Contains("127.0.0.1:1 cannot be reached", fault.Message, StringComparison.Ordinal);
    }
}
