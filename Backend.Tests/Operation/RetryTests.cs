using System.Net;
using System.Net.Sockets;
using System.Text;
using System.Text.Json;

using JamBox.Backend.Operation;
using JamBox.Backend.Storage;
using JamBox.Backend.Tests.Hosting;

using Microsoft.Extensions.DependencyInjection;

namespace JamBox.Backend.Tests.Operation;

/// <summary>Work that depends on somebody else: whatever goes wrong there, it is tried again, later, and not for ever.</summary>
public abstract class RetryTests(BackendHost shared) : HostedTest(shared)
{
    /// <summary>What a provider may come up with; the place is in none of it.</summary>
    public static TheoryData<string> Junk =>
        ["""{"location":null}""", """{"location":[]}""", """{"location":{"lat":null,"lng":1}}""", """{"location":{"lat":"1","lng":1}}""",
            """{"location":{"lat":91,"lng":1}}""", "{}"];

    [Theory]
    [MemberData(nameof(Junk))]
    public async Task AnAnswerWithoutAPlaceIsAnAnswer(string answer)
    {
        using FakeServer provider = new(answer);
        await using BackendHost host = Host.Another("--Geolocation:Key=k", $"--Geolocation:Endpoint={provider.Address}");
        await host.StartAsync();
        await LocateAsync(await host.RegisterAsync(), "error");
        await PassAsync(host, TimeSpan.FromDays(1), steps: 50);
        Assert.Single(provider.Requests);
        Assert.Empty(await host.ListAsync("/api/dead-letters"));
    }

    [Theory]
    [InlineData(500, "{}")]
    [InlineData(200, "[1]")]
    [InlineData(200, "<html>")]
    public async Task WhatFailsIsTriedSixTimesAndThenAnOperatorSeesIt(int status, string answer)
    {
        using FakeServer provider = new(answer) { Status = status };
        await using BackendHost host = Host.Another("--Geolocation:Key=k", $"--Geolocation:Endpoint={provider.Address}");
        await host.StartAsync();
        TestDevice device = await host.RegisterAsync();
        await LocateAsync(device, "error");
        await PassAsync(host, TimeSpan.FromDays(1), steps: 200);
        Assert.Equal(6, provider.Requests.Count);
        JsonElement letter = Assert.Single(await host.ListAsync("/api/dead-letters?queue=geolocation"));
        Assert.Equal(
            $"geolocation {device.Id} {device.Id} 6",
            $"{letter.GetProperty("queue")} {letter.GetProperty("item")} {letter.GetProperty("device_id")} {letter.GetProperty("attempts")}");
        Assert.Contains("the geolocation provider answered", letter.GetProperty("error").GetString(), StringComparison.Ordinal);
        Assert.Contains(
            "jambox_dead_letters{queue=\"geolocation\"} 1\n", await host.Http.GetStringAsync("/metrics"), StringComparison.Ordinal);

        // What the box heard is not kept any longer: it is told to listen again.
        Assert.Empty(host.Services.GetRequiredService<Store>().Read(0, Waiting));
        string path = $"/api/dead-letters/{letter.GetProperty("id")}";
        Assert.Equal(204, (int)(await host.AdminAsync(HttpMethod.Post, path + "/retry")).StatusCode);
        Assert.Equal(404, (int)(await host.AdminAsync(HttpMethod.Post, path + "/retry")).StatusCode);
        Assert.Empty(await host.ListAsync("/api/dead-letters"));
        Assert.Contains(
            "\"command\":\"geolocate\"", (await device.PostAsync("/api/heartbeat", $$"""{"d":"{{device.Id}}"}""")).Body,
            StringComparison.Ordinal);
    }

    [Fact]
    public async Task ANewRequestTakesItsDeadLetterAway()
    {
        using FakeServer provider = new("""{"location":{"lat":52.5,"lng":13.4},"timeZoneId":"Europe/Berlin"}""") { Status = 500 };
        await using BackendHost host = Host.Another(
            "--Geolocation:Key=k", $"--Geolocation:Endpoint={provider.Address}", $"--Geolocation:TimeZoneEndpoint={provider.Address}");
        await host.StartAsync();
        TestDevice device = await host.RegisterAsync();
        await LocateAsync(device, "error");
        await PassAsync(host, TimeSpan.FromHours(3), steps: 100);
        Assert.Single(await host.ListAsync("/api/dead-letters"));
        provider.Status = 200;
        await LocateAsync(device, "ok");
        Assert.Empty(await host.ListAsync("/api/dead-letters"));
    }

    [Fact]
    public async Task WorkThatKillsTheProcessEachTimeDiesToo()
    {
        // As it stands in the storage after six attempts that had no end.
        using FakeServer provider = new("{}");
        await using BackendHost host = Host.Another("--Geolocation:Key=k", $"--Geolocation:Endpoint={provider.Address}");
        await host.StartAsync();
        TestDevice device = await host.RegisterAsync();
        await host.Services.GetRequiredService<Store>().WriteAsync(device.Id, static (session, id) => session.Execute(
            "INSERT INTO geolocation_jobs (device_id, body, asked_at, attempts, next_at) VALUES ($1, '[]', 0, 6, 0)", id));
        await PassAsync(host, TimeSpan.FromMinutes(1), steps: 6);
        Assert.Empty(provider.Requests);
        Assert.Single(await host.ListAsync("/api/dead-letters"));
    }

    [Fact]
    public async Task ADeadWebhookDelaysNoMailAndManyAlertsAreOneMail()
    {
        using FakeServer hook = new("{}") { Status = 500 };
        using MailServer mails = new();
        await using BackendHost host = Host.Another([$"--Alerts:WebhookUrl={hook.Address}", "--Alerts:WebhookSecret=hush", .. mails.Args]);
        await host.StartAsync();
        for (int n = 0; n < 12; n++)
        {
            await (await host.RegisterAsync()).PostAsync("/api/heartbeat", $$"""{"d":"JBNB{{n + 1:D4}}"}""");
        }

        host.Clock.Advance(TimeSpan.FromHours(25));
        await PassAsync(host, TimeSpan.FromSeconds(80), steps: 8);
        string mail = Assert.Single(mails.Received);
        Assert.Contains("Subject: JamBox: 12 alerts", mail, StringComparison.Ordinal);
        Assert.All(Enumerable.Range(1, 12), n => Assert.Contains($"offline raised: JBNB{n:D4}", mail, StringComparison.Ordinal));
        Assert.NotEmpty(hook.Requests);
    }

    [Fact]
    public async Task ALineFeedInANameIsNoHeaderAndNoErrorAMinute()
    {
        using MailServer mails = new();
        await using BackendHost host = Host.Another(mails.Args);
        await host.StartAsync();
        const string Body =
            "{\"alert_id\":1,\"device_id\":\"JBNB\\r\\nBcc: x@example.org\\n\",\"alert_type\":\"offline\",\"state\":\"raised\",\"message\":\"gone\"}";
        await host.Services.GetRequiredService<Store>().WriteAsync(Body, static (session, body) => session.Execute(
            "INSERT INTO outbox (alert_id, channel, body, created_at, next_at, attempts) VALUES (1, 'smtp', $1, 0, 0, 0)", body));
        await PassAsync(host, TimeSpan.FromHours(1), steps: 20);
        string mail = Assert.Single(mails.Received);
        Assert.Contains("Subject: JamBox offline raised: JBNB  Bcc: x@example.org", mail, StringComparison.Ordinal);
        Assert.DoesNotContain("\nBcc:", mail, StringComparison.Ordinal);
    }

    [Fact]
    public async Task MessagesDieAfterThreeDaysAndCanBeRetried()
    {
        using FakeServer hook = new("{}") { Status = 500 };
        await using BackendHost host = Host.Another($"--Alerts:WebhookUrl={hook.Address}", "--Alerts:WebhookSecret=hush");
        await host.StartAsync();
        TestDevice device = await host.RegisterAsync();
        await device.PostAsync("/api/heartbeat", $$"""{"d":"{{device.Id}}"}""");
        host.Clock.Advance(TimeSpan.FromHours(25));
        await PassAsync(host, TimeSpan.FromDays(4), steps: 300);
        Assert.Equal(78, hook.Requests.Count);

        // Three days of a dead receiver are one line, and its return another one.
        Assert.Single(host.Log.Text.Split('\n'), static line => line.StartsWith("Warning webhook ", StringComparison.Ordinal));
        JsonElement letter = Assert.Single(await host.ListAsync("/api/dead-letters"));
        Assert.Equal("webhook", letter.GetProperty("queue").GetString());
        Assert.Equal(device.Id, letter.GetProperty("device_id").GetString());

        hook.Status = 200;
        Assert.Equal(204, (int)(await host.AdminAsync(HttpMethod.Post, $"/api/dead-letters/{letter.GetProperty("id")}/retry")).StatusCode);
        await PassAsync(host, TimeSpan.FromSeconds(20), steps: 2);
        Assert.Equal(79, hook.Requests.Count);
        Assert.Contains("Information webhook works again; 78 attempts had failed", host.Log.Text, StringComparison.Ordinal);
        await PassAsync(host, TimeSpan.FromDays(1), steps: 20);
        Assert.Equal(79, hook.Requests.Count);
    }

    [Fact]
    public async Task DelaysGrowToTheirLimit()
    {
        RetryRule rule = new(FirstMs: 30_000, MaxMs: 3_600_000, MaxAttempts: 78);
        Assert.Equal([30_000, 60_000, 120_000], ((int[])[1, 2, 3]).Select(rule.DelayMs));
        Assert.Equal(3_600_000, rule.DelayMs(8));
        Assert.Equal(3_600_000, rule.DelayMs(int.MaxValue));
        Assert.Equal(30_000, rule.DelayMs(0));
        (int status, _) = await AdminAsync(HttpMethod.Get, "/api/dead-letters?limit=0");
        Assert.Equal(400, status);
        Assert.Equal(404, (await AdminAsync(HttpMethod.Delete, "/api/dead-letters/77")).Status);
    }

    private static async Task LocateAsync(TestDevice device, string status)
    {
        RawAnswer answer = await device.PostAsync(
            "/api/geolocation", $$"""{"d":"{{device.Id}}","wifi":[{"bssid":"AA:BB:CC:00:11:22","rssi":-50,"ch":6}]}""");
        Assert.Equal(200, answer.Status);
        Assert.StartsWith($$"""{"status":"{{status}}",""", answer.Body, StringComparison.Ordinal);
    }

    /// <summary>Lets time pass, and the jobs do what is due at each step.</summary>
    private static async Task PassAsync(BackendHost host, TimeSpan time, int steps)
    {
        for (int step = 0; step < steps; step++)
        {
            host.Clock.Advance(time / steps);
            await host.Services.GetRequiredService<JobRunner>().IdleAsync();
        }
    }

    private static List<string> Waiting(SqlSession session, int unused)
    {
        using SqlStatement row = session.Query("SELECT body FROM geolocation_jobs");
        List<string> bodies = [];
        while (row.Read())
        {
            bodies.Add(row.Text(0));
        }

        return bodies;
    }

    /// <summary>As much of a mail server as mails need.</summary>
    private sealed class MailServer : IDisposable
    {
        private readonly TcpListener _listener = new(IPAddress.Loopback, 0);
        private readonly List<string> _received = [];

        public MailServer()
        {
            _listener.Start();
            _ = AcceptAsync();
        }

        public string[] Args =>
        [
            "--Alerts:SmtpHost=127.0.0.1", $"--Alerts:SmtpPort={((IPEndPoint)_listener.LocalEndpoint).Port}", "--Alerts:SmtpTls=false",
            "--Alerts:MailFrom=box@example.org", "--Alerts:MailTo=shop@example.org",
        ];

        public string[] Received
        {
            get
            {
                lock (_received)
                {
                    return [.. _received];
                }
            }
        }

        public void Dispose() => _listener.Stop();

        private async Task AcceptAsync()
        {
            try
            {
                while (true)
                {
                    using TcpClient client = await _listener.AcceptTcpClientAsync();
                    await TalkAsync(client.GetStream());
                }
            }
            catch (Exception e) when (e is SocketException or ObjectDisposedException or IOException)
            {
                // The test is over.
            }
        }

        private async Task TalkAsync(NetworkStream stream)
        {
            using StreamReader reader = new(stream);
            await using StreamWriter writer = new(stream) { AutoFlush = true, NewLine = "\r\n" };
            await writer.WriteLineAsync("220 test");
            StringBuilder? data = null;
            while (await reader.ReadLineAsync() is { } line)
            {
                if (data is not null && line != ".")
                {
                    data.AppendLine(line);
                    continue;
                }

                if (data is not null)
                {
                    lock (_received)
                    {
                        _received.Add(data.ToString());
                    }
                }

                data = line.StartsWith("DATA", StringComparison.Ordinal) ? new StringBuilder() : null;
                await writer.WriteLineAsync(
                    data is not null ? "354 go on" : line.StartsWith("QUIT", StringComparison.Ordinal) ? "221 bye" : "250 ok");
            }
        }
    }
}
