using System.Text;

using JamBox.Backend.Tests.Hosting;

using Xunit.Abstractions;

namespace JamBox.Backend.Tests.Readings;

/// <summary>
/// Nonsense on the compact wire: never a 5xx, and a yes has a result for each record. The seed is fixed; another one is tried with
/// JAMBOX_FUZZ_SEED, more rounds with JAMBOX_FUZZ_ROUNDS.
/// </summary>
public abstract class CompactFuzzTests(BackendHost host, ITestOutputHelper output)
{
    private static readonly object?[] s_values =
    [
        null, 0, 1, -1, 5, -80, 23, 24, 255, 256, 65536, 1000000, 1000001, 2147483648L, -2147483649L, long.MaxValue, long.MinValue,
        ulong.MaxValue, "", "6.0.0", "\0", "\u202e<script>", new string('x', 64), new string('x', 65), true, 0.5, double.NaN,
        double.PositiveInfinity, new byte[] { 1, 2 }, Array.Empty<object?>(), new object?[] { new object?[] { 1 } },
        DateTimeOffset.UnixEpoch,
        new Dictionary<string, object?> { ["br"] = 2 }, new Dictionary<string, object?> { ["BR!"] = -1, [""] = "x" },
        new Dictionary<string, object?> { ["a"] = new object?[] { 1 } },
    ];

    [Fact]
    public async Task NonsenseOnTheCompactWireIsRefusedInOrder()
    {
        int seed = int.Parse(Environment.GetEnvironmentVariable("JAMBOX_FUZZ_SEED") ?? "20260129");
        int rounds = int.Parse(Environment.GetEnvironmentVariable("JAMBOX_FUZZ_ROUNDS") ?? "1500");
        TestDevice device = await host.RegisterAsync();
        Random random = new(seed);
        for (int round = 0; round < rounds; round++)
        {
            byte[] body = Body(random, host.Clock.GetUtcNow().ToUnixTimeSeconds());
            CompactReply reply = await device.CompactAsync(body);
            string text = reply.Head + Encoding.Latin1.GetString(reply.Body);
            bool isFine = reply.Status == 201
                ? reply.Results is { Length: > 0 and <= 64 } results && results.All(static result => result is <= 2 and >= -40)
                : reply.Status is 400 or 413 && !text.Contains("200", StringComparison.Ordinal) && !text.Contains(
                    "201", StringComparison.Ordinal);
            if (!isFine)
            {
                output.WriteLine($"{Convert.ToHexString(body)}\n{text}");
                Assert.Fail($"Round {round} of seed {seed}. Again with:\nJAMBOX_FUZZ_SEED={seed} JAMBOX_FUZZ_ROUNDS={round + 1} "
                    + "dotnet test Backend.Tests --filter NonsenseOnTheCompactWireIsRefusedInOrder");
            }
        }
    }

    private static byte[] Body(Random random, long now)
    {
        if (random.Next(10) == 0)
        {
            byte[] noise = new byte[random.Next(300)];
            random.NextBytes(noise);
            return noise;
        }

        object?[][] records = [.. Enumerable.Range(0, random.Next(1, 6)).Select(_ => Record(random, now))];
        byte[] body = CompactCall.Body(random.Next(4) == 0 ? new byte[8] : null, records);
        for (int changes = random.Next(3) == 0 ? random.Next(1, 6) : 0; changes > 0; changes--)
        {
            body[random.Next(body.Length)] = (byte)random.Next(256);
        }

        return random.Next(8) == 0 ? body[..random.Next(body.Length)] : body;
    }

    private static object?[] Record(Random random, long now)
    {
        object?[] record = random.Next(4) == 0
            ? [1, 7, 70000, -89, 3, 41200, "6.1.0", "atoms3-nb1", "power", "idle", null, null, null, null, "1a2b", "0.1", null]
            : [0, random.Next(1, 100000), random.Next(2) == 0 ? now - random.Next(1000) : random.Next(600), 7, .. new object?[35]];
        for (int values = random.Next(8); values > 0; values--)
        {
            record[random.Next(record.Length)] = s_values[random.Next(s_values.Length)];
        }

        return record[..random.Next(random.Next(3) == 0 ? 0 : record.Length - 1, record.Length)];
    }
}
