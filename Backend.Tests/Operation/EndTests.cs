using System.Diagnostics;
using System.Net.Sockets;
using System.Text;
using System.Text.Json;

using JamBox.Backend.Tests.Hosting;

using Microsoft.Data.Sqlite;

using Xunit.Abstractions;

namespace JamBox.Backend.Tests.Operation;

/// <summary>SIGTERM: who is in mid-request holds nobody up, and what was acknowledged is there.</summary>
public sealed class EndTests(ITestOutputHelper output) : IDisposable
{
    private const string AdminKey = "admin-key-of-the-end-test";

    private readonly string _folder = Directory.CreateTempSubdirectory("jambox-end-").FullName;

    public void Dispose() => Directory.Delete(_folder, recursive: true);

    [Fact]
    public async Task ASlowSenderAndAListenerDoNotHoldUpTheEnd()
    {
        (ServerProcess server, Uri address) = await ServerProcess.StartAsync(
            _folder, "--Urls=http://127.0.0.1:0", $"--Admin:Key={AdminKey}");
        using (server)
        {
            string token = await RegisterAsync(address);
            using TcpClient slow = await ConnectAsync(
                address, $"POST /api/reading HTTP/1.1\r\nHost: x\r\nAuthorization: Bearer {token}\r\nContent-Length: 400\r\n\r\n{{\"d\":");
            using TcpClient listener = await ConnectAsync(
                address, $"GET /api/events HTTP/1.1\r\nHost: x\r\nAuthorization: Bearer {AdminKey}\r\n\r\n");
            using TcpClient form = await ConnectAsync(
                address,
                $"POST /signin HTTP/1.1\r\nHost: x\r\nSec-Fetch-Site: same-origin\r\nOrigin: {address.GetLeftPart(UriPartial.Authority)}\r\n"
                    + "Content-Type: application/x-www-form-urlencoded\r\nContent-Length: 400\r\n\r\nemail=");
            using TcpClient admin = await ConnectAsync(
                address,
                $"POST /api/places HTTP/1.1\r\nHost: x\r\nAuthorization: Bearer {AdminKey}\r\nContent-Length: 40\r\n\r\n{{\"name\":");
            using TcpClient uploader = await ConnectAsync(
                address,
                $"POST /api/ota/firmware?version=6.1.0&hw=atoms3-nb1 HTTP/1.1\r\nHost: x\r\nAuthorization: Bearer {AdminKey}\r\n"
                    + "Content-Type: application/octet-stream\r\nContent-Length: 400000\r\n\r\nabc");
            byte[] some = new byte[100];
            Assert.True(await listener.GetStream().ReadAsync(some) > 0);

            int acknowledged = 0;
            using CancellationTokenSource over = new();
            Task[] senders = [.. Enumerable.Range(0, 4).Select(sender => Task.Run(async () =>
            {
                using HttpClient http = new() { BaseAddress = address };
                for (int n = 0; !over.IsCancellationRequested && await SendAsync(http, token, sender, n); n++)
                {
                    Interlocked.Increment(ref acknowledged);
                }
            }))];
            while (Volatile.Read(ref acknowledged) < 20)
            {
                await Task.Delay(10);
            }

            long start = Stopwatch.GetTimestamp();
            Assert.Equal(0, await server.TerminateAsync());
            TimeSpan took = Stopwatch.GetElapsedTime(start);
            output.WriteLine(server.Output);
            output.WriteLine($"ended after {took.TotalSeconds:F1} s; {acknowledged} readings acknowledged");

            // Whoever was cut off is no fault of ours, and neither is a disk that stands still for a second under other tests.
            string said = server.Output.Replace(
                "fail: JamBox.Backend.Storage.Store[0]\n      The storage does not answer", "", StringComparison.Ordinal);
            Assert.DoesNotContain("   at ", said, StringComparison.Ordinal);
            Assert.DoesNotContain("fail: ", said, StringComparison.Ordinal);

            // 5 s are promised for the requests; the rest is for a machine that is busy with other tests. It was 30 s.
            Assert.True(took < TimeSpan.FromSeconds(20), $"{took}");
            await over.CancelAsync();
            await Task.WhenAll(senders).WaitAsync(TimeSpan.FromSeconds(120));
            Assert.True(CountReadings() >= acknowledged, $"{CountReadings()} of {acknowledged} readings");
        }
    }

    private static async Task<bool> SendAsync(HttpClient http, string token, int sender, int number)
    {
        try
        {
            using HttpRequestMessage request = new(HttpMethod.Post, "/api/reading")
            {
                Content =
                    new StringContent(
                        $$"""{"d":"JBNB0001","t":1769680000,"ts":1,"i":10,"u":5,"b":{{sender + 1}},"n":{{number}}}""", Encoding.UTF8,
                        "application/json"),
            };
            request.Headers.Authorization = new("Bearer", token);
            using HttpResponseMessage answer = await http.SendAsync(request);
            return (int)answer.StatusCode == 201;
        }
        catch (Exception e) when (e is HttpRequestException or TaskCanceledException)
        {
            return false;
        }
    }

    private static async Task<TcpClient> ConnectAsync(Uri address, string request)
    {
        TcpClient client = new();
        await client.ConnectAsync(address.Host, address.Port);
        await client.GetStream().WriteAsync(Encoding.ASCII.GetBytes(request));
        return client;
    }

    private static async Task<string> RegisterAsync(Uri address)
    {
        using HttpClient http = new() { BaseAddress = address };
        http.DefaultRequestHeaders.Authorization = new("Bearer", AdminKey);
        using HttpResponseMessage answer = await http.PostAsync(
            new Uri("/api/device/register", UriKind.Relative), new StringContent("""{"device_id":"JBNB0001"}"""));
        using JsonDocument json = JsonDocument.Parse(await answer.Content.ReadAsStringAsync());
        return json.RootElement.GetProperty("token").GetString()!;
    }

    private long CountReadings()
    {
        using SqliteConnection file = new($"Data Source={Path.Combine(_folder, "data", "jambox.db")};Pooling=false");
        file.Open();
        using SqliteCommand count = file.CreateCommand();
        count.CommandText = "SELECT count(*) FROM readings";
        return (long)count.ExecuteScalar()!;
    }
}
