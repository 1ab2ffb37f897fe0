using System.Text;

using JamBox.Backend.Security;
using JamBox.Backend.Tests.Hosting;

using Xunit.Abstractions;

namespace JamBox.Backend.Tests.Wire;

/// <summary>
/// Nonsense at the device endpoints: never a 5xx, never the digits of success in a refusal. The seed is fixed; another one is
/// tried with JAMBOX_FUZZ_SEED, more rounds with JAMBOX_FUZZ_ROUNDS.
/// </summary>
public abstract class DeviceFuzzTests(BackendHost host, ITestOutputHelper output)
{
    private static readonly string[] s_names =
    [
        "d", "device_id", "t", "timestamp", "i", "u", "bat", "fw", "v", "other", "cell_rssi", "probe_rssi_avg", "dwell_0_1", "rssi_near",
        "ble_i", "ble_rssi_avg", "of", "cd", "sf", "age", "ts", "b", "n", "ack", "ar", "dr", "do", "rl", "ls", "iv", "cv", "baa", "uptime", "hf",
        "rr", "ob", "hw", "bf", "hc", "timezone", "project_name", "location_name", "", "\\u0069", "__proto__", "200",
    ];

    private static readonly string[] s_values =
    [
        "0", "1", "-1", "-0", "5", "200", "201", "-80", "1e5", "1E400", "-1e400", "0.1", "2147483648", "-2147483649", "9223372036854775808",
        "123456789012345678901234567890", "null", "true", "false", "[]", "{}", "{\"br\":1}", "{\"br\":201}", "[[[[]]]]", "{\"i\":{\"i\":1}}", "\"\"", "\"200\"", "\"5\"",
        "\"2026-01-29T10:00:00Z\"", "\"2026-13-99\"", "\"0000-00-00T00:00:00Z\"", "\"\\u0000\"", "\"\\ud800\"", "\"';DROP TABLE readings;--\"",
        "\"<script>alert(201)</script>\"", "\"\\uD83D\\uDE00\"", "01", "+1", ".5", "NaN", "'x'", "\"\\x\"", "\"unterminated", "tru",
    ];

    [Fact]
    public async Task NonsenseIsRefusedInOrder()
    {
        int seed = int.Parse(Environment.GetEnvironmentVariable("JAMBOX_FUZZ_SEED") ?? "20260129");
        int rounds = int.Parse(Environment.GetEnvironmentVariable("JAMBOX_FUZZ_ROUNDS") ?? "1500");
        TestDevice device = await host.RegisterAsync();
        Random random = new(seed);
        for (int round = 0; round < rounds; round++)
        {
            (string path, string token) = random.Next(10) switch
            {
                0 => ("/api/device/register", BackendHost.AdminKey),
                < 4 => ("/api/heartbeat", device.Token),
                _ => ("/api/reading", device.Token),
            };
            byte[] body = Body(random, device.Id);
            RawAnswer answer = await host.RawAsync(BackendHost.DeviceRequest(path, token, body));
            bool fine = answer.Status is 200 or 201 or (>= 400 and < 500);
            if (path != "/api/device/register" && answer.Status >= 400)
            {
                fine &= !answer.Text.Contains("200", StringComparison.Ordinal) && !answer.Text.Contains("201", StringComparison.Ordinal);
            }

            if (!fine)
            {
                output.WriteLine($"{path} {Convert.ToBase64String(body)}\n{answer.Text}");
                Assert.Fail($"Round {round} of seed {seed}. Again with:\nJAMBOX_FUZZ_SEED={seed} JAMBOX_FUZZ_ROUNDS={round + 1} "
                    + "dotnet test Backend.Tests --filter NonsenseIsRefusedInOrder");
            }
        }
    }

    private static byte[] Body(Random random, string deviceId)
    {
        switch (random.Next(8))
        {
            case 0:
                byte[] noise = new byte[random.Next(600)];
                random.NextBytes(noise);
                return noise;
            case 1:
                int depth = random.Next(1, 3000);
                string open = random.Next(2) == 0 ? "[" : "{\"a\":";
                return Encoding.ASCII.GetBytes($"{{\"d\":\"{deviceId}\",\"x\":{string.Concat(Enumerable.Repeat(open, depth))}");
            default:
                byte[] json = Encoding.UTF8.GetBytes(Json(random, deviceId));
                if (json.Length > 0 && random.Next(4) == 0)
                {
                    json[random.Next(json.Length)] = (byte)random.Next(256);
                }

                return random.Next(8) == 0 ? json[..random.Next(json.Length)] : json;
        }
    }

    private static string Json(Random random, string deviceId)
    {
        StringBuilder json = new($"{{\"d\":\"{deviceId}\",\"t\":1769680000,\"i\":1,\"u\":1");
        for (int fields = random.Next(6); fields > 0; fields--)
        {
            json.Append($",\"{s_names[random.Next(s_names.Length)]}\":{s_values[random.Next(s_values.Length)]}");
        }

        return json.Append('}').ToString();
    }
}
