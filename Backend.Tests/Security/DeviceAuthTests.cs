using System.Text;

using JamBox.Backend.Readings;
using JamBox.Backend.Security;
using JamBox.Backend.Storage;
using JamBox.Backend.Tests.Hosting;
using JamBox.Backend.Tests.Wire;

using Microsoft.Extensions.DependencyInjection;

namespace JamBox.Backend.Tests.Security;

/// <summary>Who may speak as whom.</summary>
public abstract class DeviceAuthTests(BackendHost host)
{
    private const string Reading = "\"t\":\"2026-01-29T09:59:59Z\",\"ts\":1";

    [Theory]
    [InlineData("", """{"error":"Missing Authorization header"}""")]
    [InlineData("Authorization: Basic abc\r\n", """{"error":"Missing Authorization header"}""")]
    [InlineData("Authorization: Bearer\r\n", """{"error":"Missing Authorization header"}""")]
    [InlineData("Authorization: Bearer nonsense\r\n", """{"error":"Invalid token"}""")]
    [InlineData("Authorization: Bearer admin-key-of-the-tests\r\n", """{"error":"Invalid token"}""")]
    public async Task StrangersAreRefused(string header, string body)
    {
        RawAnswer answer = await host.RawAsync(
            $"POST /api/reading HTTP/1.1\r\nHost: x\r\n{header}Content-Length: 2\r\nConnection: close\r\n\r\n{{}}");
        DeviceResponseTests.Refused(401, answer);
        Assert.Equal(body, answer.Body);
    }

    [Fact]
    public async Task ADeviceWritesOnlyAsItself()
    {
        TestDevice device = await host.RegisterAsync();
        TestDevice other = await host.RegisterAsync();
        DeviceResponseTests.Refused(401, await (device with { Id = other.Id }).ReadingAsync(Reading));
        DeviceResponseTests.Refused(401, await (device with { Id = "JBNB9999" }).ReadingAsync(Reading));
        DeviceResponseTests.Refused(401, await (device with { Id = other.Id }).PostAsync("/api/heartbeat", $$"""{"d":"{{other.Id}}"}"""));
        Assert.Empty(await other.StoredAsync());
    }

    [Fact]
    public async Task TheIdMayStandInTheQuery()
    {
        TestDevice device = await host.RegisterAsync();
        Assert.Equal(201, (await device.PostAsync($"/api/reading?d={device.Id}", $$"""{"i":1,"u":1,{{Reading}}}""")).Status);
        DeviceResponseTests.Refused(400, await device.PostAsync("/api/reading", $$"""{"i":1,"u":1,{{Reading}}}"""));
    }

    [Fact]
    public async Task OnlyTheHashOfATokenIsKept()
    {
        TestDevice device = await host.RegisterAsync();
        Assert.Equal(43, device.Token.Length);
        Assert.Equal(64, host.Services.GetRequiredService<Store>().Read(device.Id, static (session, id) =>
        {
            using SqlStatement row = session.Query("SELECT token_hash FROM devices WHERE device_id = $1", id);
            return row.Read() ? row.Text(0).Length : 0;
        }));
        foreach (string file in Directory.GetFiles(Path.GetDirectoryName(host.DatabasePath)!))
        {
            if (file.EndsWith("-sums", StringComparison.Ordinal) || file.EndsWith(".lock", StringComparison.Ordinal))
            {
                // Held by the server: nobody else may open it. There is no room for a token in it.
                Assert.InRange(new FileInfo(file).Length, 0, device.Token.Length - 1);
                continue;
            }

            using FileStream stream = new(file, FileMode.Open, FileAccess.Read, FileShare.ReadWrite);
            using StreamReader reader = new(stream, Encoding.Latin1);
            string text = await reader.ReadToEndAsync();
            Assert.DoesNotContain(device.Token, text, StringComparison.Ordinal);
            Assert.DoesNotContain(BackendHost.AdminKey, text, StringComparison.Ordinal);
        }
    }

    [Theory]
    [InlineData("GET", "/api/readings")]
    [InlineData("GET", "/api/devices")]
    [InlineData("POST", "/api/device/register")]
    public async Task AdminEndpointsAskForTheKey(string method, string path)
    {
        TestDevice device = await host.RegisterAsync();
        foreach (string? key in new[] { null, "wrong", device.Token })
        {
            using HttpRequestMessage request = new(new HttpMethod(method), path);
            request.Headers.Authorization = key is null ? null : new("Bearer", key);
            using HttpResponseMessage answer = await host.Http.SendAsync(request);
            Assert.Equal(401, (int)answer.StatusCode);
            Assert.Equal("application/problem+json", answer.Content.Headers.ContentType?.MediaType);
            Assert.Equal("Bearer", answer.Headers.WwwAuthenticate.Single().Scheme);
        }
    }
}
