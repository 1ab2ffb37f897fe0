using System.Net;
using System.Net.Sockets;
using System.Text;
using System.Text.Json;

using JamBox.Backend.Operation;
using JamBox.Backend.Tests.Hosting;

using Microsoft.Extensions.DependencyInjection;

namespace JamBox.Backend.Tests.Notifications;

/// <summary>
/// What raises an alert, and how it goes out. Offline, recovered and retry are in PortalFaultTests (36), bursts in ServerFaultTests (14,
/// 15).
/// </summary>
public abstract class AlertTests(BackendHost shared) : HostedTest(shared)
{
    [Fact]
    public async Task DegradedIsRaisedOnceADayAndClearedWhenItIsOver()
    {
        for (int n = 0; n < 6; n++)
        {
            await ReadingAsync(n, n % 2 == 0 ? ",\"of\":5" : "");
            await MinuteAsync(Host);
        }

        JsonElement alert = Assert.Single(await Host.ListAsync("/api/alerts"));
        Assert.Equal("degraded", alert.GetProperty("alert_type").GetString());
        Assert.Equal(JsonValueKind.String, alert.GetProperty("cleared_at").ValueKind);
        Assert.Single(await Host.ListAsync($"/api/alerts?device_id={Device.Id}"));
        Assert.Empty(await Host.ListAsync($"/api/alerts?device_id={(await Host.RegisterAsync()).Id}"));
        Assert.Equal(404, (await AdminAsync(HttpMethod.Get, "/api/alerts?device_id=JBNB9999")).Status);
        Assert.Contains("is DEGRADED", Host.Log.Text, StringComparison.Ordinal);
        Assert.Equal(204, (await AdminAsync(HttpMethod.Post, $"/api/alerts/{alert.GetProperty("id")}/acknowledge")).Status);
        Assert.Equal(404, (await AdminAsync(HttpMethod.Post, $"/api/alerts/{alert.GetProperty("id")}/acknowledge")).Status);
    }

    [Fact]
    public async Task AnInactiveDeviceAndOneNeverSeenRaiseNothing()
    {
        await Host.RegisterAsync();
        await HeartbeatAsync();
        await AdminAsync(HttpMethod.Put, $"/api/device/{Device.Id}/status", """{"status":"maintenance"}""");
        Host.Clock.Advance(TimeSpan.FromDays(3));
        await MinuteAsync(Host);
        Assert.Empty(await Host.ListAsync("/api/alerts"));
    }

    [Fact]
    public async Task AlertsGoOutByMail()
    {
        using TcpListener listener = new(IPAddress.Loopback, 0);
        listener.Start();
        Task<string> mail = ReceiveMailAsync(listener);
        await using BackendHost host = Host.Another(
            "--Alerts:SmtpHost=127.0.0.1", $"--Alerts:SmtpPort={((IPEndPoint)listener.LocalEndpoint).Port}", "--Alerts:SmtpTls=false",
            "--Alerts:MailFrom=box@example.org", "--Alerts:MailTo=shop@example.org");
        await host.StartAsync();
        TestDevice device = await host.RegisterAsync();
        await device.PostAsync("/api/heartbeat", $$"""{"d":"{{device.Id}}"}""");
        host.Clock.Advance(TimeSpan.FromHours(25));
        await MinuteAsync(host);
        string text = await mail.WaitAsync(TimeSpan.FromSeconds(120));
        Assert.Contains($"Subject: JamBox offline raised: {device.Id}", text, StringComparison.Ordinal);
        Assert.Contains("Message-ID: <jambox-", text, StringComparison.OrdinalIgnoreCase);
    }

    private static async Task MinuteAsync(BackendHost host)
    {
        foreach (int seconds in new[] { 60, 10 })
        {
            host.Clock.Advance(TimeSpan.FromSeconds(seconds));
            await host.Services.GetRequiredService<JobRunner>().IdleAsync();
        }
    }

    /// <summary>As much of a mail server as a mail needs.</summary>
    private static async Task<string> ReceiveMailAsync(TcpListener listener)
    {
        using TcpClient client = await listener.AcceptTcpClientAsync();
        using StreamReader reader = new(client.GetStream());
        await using StreamWriter writer = new(client.GetStream()) { AutoFlush = true, NewLine = "\r\n" };
        await writer.WriteLineAsync("220 test");
        StringBuilder text = new();
        bool data = false;
        while (await reader.ReadLineAsync() is { } line)
        {
            text.AppendLine(line);
            if (data && line != ".")
            {
                continue;
            }

            string answer = line.StartsWith("DATA", StringComparison.Ordinal) ? "354 go on" : line
                .StartsWith("QUIT", StringComparison.Ordinal) ? "221 bye" : "250 ok";
            data = line.StartsWith("DATA", StringComparison.Ordinal);
            await writer.WriteLineAsync(answer);
            if (line == ".")
            {
                break;
            }
        }

        return text.ToString();
    }
}
