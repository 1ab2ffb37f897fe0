using System.Text;
using System.Text.Json;

using JamBox.Backend.Security;
using JamBox.Backend.Tests.Hosting;

using Xunit.Abstractions;

namespace JamBox.Backend.Tests.Wire;

/// <summary>
/// Every endpoint of the OpenAPI document, with nonsense in every place: path, query, body and each named field. Never a 5xx. The seed is
/// fixed; another one is tried with JAMBOX_SCAN_SEED, more rounds with JAMBOX_SCAN_ROUNDS.
/// </summary>
public abstract class ApiScanTests(BackendHost host, ITestOutputHelper output)
{
    private static readonly string[] s_skipped = ["/api/events", "/api/admin/backup"];

    private static readonly string[] s_texts =
    [
        "'; DROP TABLE readings; --", "\" OR 1=1", "<script>alert(1)</script>", "<img src=x onerror=alert(1)>", "%00", "\\u0000", "\\ud800", "../../../etc/passwd",
        "JBNB0001", "2026-01-29", "9999-12-31", "0001-01-01", "Europe/Berlin", "1", "-1", "0", "9223372036854775808", "1e999", "NaN", "true", "null", "", "ä😀", "active", "5.6",
    ];

    private static readonly string[] s_json =
    [
        "null", "true", "0", "-1", "1e400", "123456789012345678901234567890", "0.5", "[]", "{}", "[[[[[[]]]]]]", "{\"a\":{\"a\":{}}}", "[1,2,3]", "[\"x\"]",
        "[{\"bssid\":\"AA:BB:CC:DD:EE:FF\",\"rssi\":-5,\"ch\":1}]", "60000", "\"4711\"", "\"reboot\"", "\"viewer\"",
    ];

    [Fact]
    public async Task NothingBreaksTheApi()
    {
        int seed = int.Parse(Environment.GetEnvironmentVariable("JAMBOX_SCAN_SEED") ?? "20260129");
        int rounds = int.Parse(Environment.GetEnvironmentVariable("JAMBOX_SCAN_ROUNDS") ?? "1500");
        using JsonDocument document = JsonDocument.Parse(await host.Http.GetStringAsync("/openapi/v1.json"));
        (string Path, string Method)[] endpoints = [.. document.RootElement.GetProperty("paths").EnumerateObject()
            .Where(static path => !s_skipped.Contains(path.Name)).SelectMany(static path => path.Value.EnumerateObject().Select(method => (path.Name, method.Name)))];
        string[] fields = [.. document.RootElement.GetProperty("components").GetProperty("schemas").EnumerateObject()
            .Where(static schema => schema.Value.TryGetProperty("properties", out _))
            .SelectMany(static schema => schema.Value.GetProperty("properties").EnumerateObject().Select(static field => field.Name)).Distinct()];
        TestDevice device = await host.RegisterAsync();
        Random random = new(seed);
        for (int round = 0; round < rounds; round++)
        {
            (string path, string method) = endpoints[random.Next(endpoints.Length)];
            using HttpRequestMessage request = new(new HttpMethod(method), Fill(random, path, device.Id));
            request.Headers.TryAddWithoutValidation("Authorization", $"Bearer {(random.Next(3) == 0 ? device.Token : BackendHost.AdminKey)}");
            request.Content = method == "get" ? null : new ByteArrayContent(Body(random, fields, device.Id));
            using HttpResponseMessage answer = await host.Http.SendAsync(request);
            string text = await answer.Content.ReadAsStringAsync();
            if ((int)answer.StatusCode >= 500 || (answer.Content.Headers.ContentType?.MediaType != "text/csv" && text.Contains("<script", StringComparison.Ordinal)))
            {
                output.WriteLine($"{method} {request.RequestUri}: {(int)answer.StatusCode} {text}");
                Assert.Fail($"Round {round} of seed {seed}: {method} {request.RequestUri} {(int)answer.StatusCode}. Again with:\nJAMBOX_SCAN_SEED={seed} "
                    + $"JAMBOX_SCAN_ROUNDS={round + 1} dotnet test Backend.Tests --filter NothingBreaksTheApi");
            }
        }
    }

    private static string Fill(Random random, string path, string id)
    {
        StringBuilder text = new(path.Replace("{id}", random.Next(3) == 0 ? Text(random) : id, StringComparison.Ordinal).Replace("{name}", Text(random), StringComparison.Ordinal));
        string[] names = ["limit", "cursor", "device", "device_id", "d", "place", "day", "days", "from", "to", "until", "chunk", "version", "open", "target", "hw", "seq", "notes", "id", "rollout", "firmware"];
        for (int i = random.Next(4); i > 0; i--)
        {
            text.Append($"{(text.ToString().Contains('?', StringComparison.Ordinal) ? '&' : '?')}{names[random.Next(names.Length)]}={Text(random)}");
        }

        return text.ToString();
    }

    private static string Text(Random random) => Uri.EscapeDataString(s_texts[random.Next(s_texts.Length)]) is { Length: > 0 } text ? text.Replace("%2500", "%00", StringComparison.Ordinal) : "x";

    private static byte[] Body(Random random, string[] fields, string id)
    {
        if (random.Next(10) == 0)
        {
            byte[] noise = new byte[random.Next(2000)];
            random.NextBytes(noise);
            return noise;
        }

        StringBuilder json = new(random.Next(2) == 0 ? $"{{\"d\":\"{id}\"" : "{\"x\":1");
        for (int i = random.Next(8); i > 0; i--)
        {
            string value = random.Next(2) == 0 ? s_json[random.Next(s_json.Length)] : $"\"{s_texts[random.Next(s_texts.Length)].Replace("\" OR", "\\\" OR", StringComparison.Ordinal)}\"";
            json.Append($",\"{fields[random.Next(fields.Length)]}\":{value}");
        }

        return Encoding.UTF8.GetBytes(json.Append('}').ToString());
    }
}
