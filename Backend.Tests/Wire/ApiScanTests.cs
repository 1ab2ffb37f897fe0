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
        "'; DROP TABLE readings; --", "\" OR 1=1", "<script>alert(1)</script>", "<img src=x onerror=alert(1)>", "%00", "\\u0000", "\\ud800",
        "../../../etc/passwd",
        "JBNB0001", "2026-01-29", "9999-12-31", "0001-01-01", "Europe/Berlin", "1", "-1", "0", "9223372036854775808", "1e999", "NaN",
        "true", "null", "", "ä😀", "active", "5.6",
    ];

    private static readonly string[] s_json =
    [
        "null", "true", "0", "-1", "1e400", "123456789012345678901234567890", "0.5", "[]", "{}", "[[[[[[]]]]]]", "{\"a\":{\"a\":{}}}",
        "[1,2,3]", "[\"x\"]",
        "[{\"bssid\":\"AA:BB:CC:DD:EE:FF\",\"rssi\":-5,\"ch\":1}]", "60000", "\"4711\"", "\"reboot\"", "\"viewer\"",
    ];

    [Fact]
    public async Task NothingBreaksTheApi()
    {
        int seed = int.Parse(Environment.GetEnvironmentVariable("JAMBOX_SCAN_SEED") ?? "20260129");
        int rounds = int.Parse(Environment.GetEnvironmentVariable("JAMBOX_SCAN_ROUNDS") ?? "1500");
        using JsonDocument document = JsonDocument.Parse(await host.Http.GetStringAsync("/openapi/v1.json"));
        Scanned[] operations = [.. document.RootElement.GetProperty("paths").EnumerateObject()
            .Where(static path => !s_skipped.Contains(path.Name))
            .SelectMany(path => path.Value.EnumerateObject().Select(method => Scanned.Of(path.Name, method, document.RootElement)))];
        string[] queries = [.. operations.SelectMany(static operation => operation.Queries).Append("nonsense").Distinct()];
        string[] fields = [.. document.RootElement.GetProperty("components").GetProperty("schemas").EnumerateObject()
            .SelectMany(static schema => Names(schema.Value)).Distinct()];
        TestDevice device = await host.RegisterAsync();
        Random random = new(seed);
        for (int round = 0; round < rounds; round++)
        {
            Scanned operation = operations[random.Next(operations.Length)];
            string method = operation.Method;
            using HttpRequestMessage request = new(
                new HttpMethod(method), Fill(random, operation.Path, device.Id, Known(random, operation.Queries, queries)));
            request.Headers.TryAddWithoutValidation(
                "Authorization", $"Bearer {(random.Next(3) == 0 ? device.Token : BackendHost.AdminKey)}");
            request.Content = method == "get"
                ? null
                : new ByteArrayContent(Body(random, Known(random, operation.Fields, fields), device.Id));
            using HttpResponseMessage answer = await host.Http.SendAsync(request);
            string text = await answer.Content.ReadAsStringAsync();
            if ((int)answer.StatusCode >= 500
                || (answer.Content.Headers.ContentType?.MediaType != "text/csv" && text.Contains("<script", StringComparison.Ordinal)))
            {
                output.WriteLine($"{method} {request.RequestUri}: {(int)answer.StatusCode} {text}");
                Assert.Fail($"Round {round} of seed {seed}: {method} {request.RequestUri} {(int)answer.StatusCode}. Again with:\n"
                    + $"JAMBOX_SCAN_SEED={seed} "
                    + $"JAMBOX_SCAN_ROUNDS={round + 1} dotnet test Backend.Tests --filter NothingBreaksTheApi");
            }
        }
    }

    /// <summary>Mostly what the operation knows: what it does not know is refused before anything else is looked at.</summary>
    private static string[] Known(Random random, string[] own, string[] all) => own.Length == 0 || random.Next(5) == 0 ? all : own;

    private static IEnumerable<string> Names(JsonElement schema) =>
        schema.TryGetProperty("properties", out JsonElement properties)
            ? properties.EnumerateObject().Select(static property => property.Name)
            : [];

    private static string Fill(Random random, string path, string id, string[] names)
    {
        StringBuilder text = new(path.Replace("{device_id}", random.Next(3) == 0 ? Text(random) : id, StringComparison.Ordinal));
        for (
            int open = text.ToString().IndexOf('{', StringComparison.Ordinal); open >= 0; open = text.ToString().IndexOf(
                '{', StringComparison.Ordinal))
        {
            // Whatever it is called: the number of something, or nonsense.
            text.Replace(
                text.ToString()[open..(text.ToString().IndexOf('}', StringComparison.Ordinal) + 1)],
                random.Next(2) == 0 ? "1" : Text(random).Replace("{", "", StringComparison.Ordinal));
        }

        for (int i = random.Next(4); i > 0; i--)
        {
            text.Append(
                $"{(text.ToString().Contains('?', StringComparison.Ordinal) ? '&' : '?')}"
                + $"{names[random.Next(names.Length)]}={Text(random)}");
        }

        return text.ToString();
    }

    private static string Text(Random random) =>
        Uri.EscapeDataString(s_texts[random.Next(s_texts.Length)]) is { Length: > 0 } text
            ? text.Replace("%2500", "%00", StringComparison.Ordinal)
            : "x";

    private static byte[] Body(Random random, string[] fields, string id)
    {
        if (random.Next(10) == 0)
        {
            byte[] noise = new byte[random.Next(2000)];
            random.NextBytes(noise);
            return noise;
        }

        StringBuilder json = new(fields.Contains("d") ? $"{{\"d\":\"{id}\"" : random.Next(5) == 0 ? "{\"x\":1" : "{");
        for (int i = random.Next(8); i > 0; i--)
        {
            string value = random.Next(2) == 0
                ? s_json[random.Next(s_json.Length)]
                : $"\"{s_texts[random.Next(s_texts.Length)].Replace("\" OR", "\\\" OR", StringComparison.Ordinal)}\"";
            json.Append($"{(json.Length > 1 ? "," : "")}\"{fields[random.Next(fields.Length)]}\":{value}");
        }

        return Encoding.UTF8.GetBytes(json.Append('}').ToString());
    }

    /// <summary>An operation, the names of its query, and those of its body.</summary>
    private sealed record Scanned(string Path, string Method, string[] Queries, string[] Fields)
    {
        public static Scanned Of(string path, JsonProperty method, JsonElement document)
        {
            string[] queries = method.Value.TryGetProperty("parameters", out JsonElement parameters)
                ? [.. parameters.EnumerateArray().Where(static p => p.GetProperty("in").GetString() == "query")
                    .Select(static p => p.GetProperty("name").GetString()!)]
                : [];
            string? schema = method.Value.TryGetProperty("requestBody", out JsonElement body) && body.GetProperty("content").TryGetProperty(
                "application/json", out JsonElement json)
                ? json.GetProperty("schema").GetProperty("$ref").GetString()!.Split('/')[^1]
                : null;
            return new Scanned(
                path, method.Name, queries, schema is null
                    ? []
                    : [.. Names(document.GetProperty("components").GetProperty("schemas").GetProperty(schema))]);
        }
    }
}
