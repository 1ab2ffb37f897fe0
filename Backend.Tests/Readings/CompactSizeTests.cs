using System.Text.Json;

using JamBox.Backend.Tests.Hosting;

using Xunit.Abstractions;

namespace JamBox.Backend.Tests.Readings;

/// <summary>What the compact wire costs on the air, heads included, measured on the socket. The budgets are part of docs/wire.md.</summary>
public abstract class CompactSizeTests(BackendHost shared, ITestOutputHelper output) : HostedTest(shared)
{
    private const int MaxLive = 350;
    private const int MaxTogether = 160;
    private const int MaxHeartbeat = 300;
    private const int MaxTroubledHeartbeat = 380;

    /// <summary>What the answer to a box with a key has besides: the head of its MAC and eight bytes.</summary>
    private const int MacBytes = 9;

    private static readonly byte[] s_nonce = [1, 2, 3, 4, 5, 6, 7, 8];

    [Fact]
    public async Task ALiveReadingWithEveryFieldIsWithinItsBudget()
    {
        int bytes = await SendAsync(Reading(0, 1, isAlone: true));
        output.WriteLine($"a live reading with every field: {bytes} bytes");
        Assert.InRange(bytes, 1, MaxLive);
    }

    [Fact]
    public async Task EightTogetherAreWithinTheirs()
    {
        int bytes = await SendAsync([.. Enumerable.Range(0, 8).Select(index => Reading(index, 8, isAlone: false))]);
        output.WriteLine($"eight readings with every field: {bytes} bytes, {bytes / 8.0:0.0} each");
        Assert.InRange(bytes, 1, 8 * MaxTogether);
    }

    /// <summary>As a healthy box sends it at its start, the longest of a day: nothing is wrong, no command waits.</summary>
    [Fact]
    public async Task AHeartbeatAloneIsWithinIts()
    {
        object?[] heartbeat =
        [
            1, 3735928559L, 31_536_000, -113, 12, 81920, "6.12.3", 1, "watchdog", 7, null,
            new Dictionary<string, object?> { ["ub"] = 120 }, null, null, "1a2b", "0.12",
        ];
        byte[] request = CompactCall.Request(Device.Token, CompactCall.Body(s_nonce, [heartbeat]));
        CompactReply reply = await CompactCall.SendAsync(Host, request);
        int bytes = request.Length + reply.Length + (reply.Elements[^1] is byte[] ? 0 : MacBytes);
        output.WriteLine($"a heartbeat: {bytes} bytes");
        Assert.InRange(bytes, 1, MaxHeartbeat);
        JsonElement last = (await AdminAsync(HttpMethod.Get, $"/api/device/{Device.Id}")).Json.GetProperty("last_heartbeat");
        Assert.Equal(("atoms3-nb1", "confirmed"), (last.GetProperty("hw").GetString(), last.GetProperty("ob").GetString()));
    }

    [Fact]
    public async Task AHeartbeatWithAllThatCanBeIsLittleMore()
    {
        object?[] heartbeat =
        [
            1, 3735928559L, 31_536_000, -113, 12, 81920, "6.12.3", "atoms3-nb1", "no_answer", "rolled_back:no_send", "wifi_scan",
            new Dictionary<string, object?> { ["br"] = 12, ["lb"] = 3, ["lr"] = 4 }, 12345, 1, "1a2b,3c4d", "0.12!",
        ];
        int bytes = await SendAsync(heartbeat);
        output.WriteLine($"a heartbeat with every field: {bytes} bytes");
        Assert.InRange(bytes, 1, MaxTroubledHeartbeat);
    }

    private async Task<int> SendAsync(params object?[][] records)
    {
        // A command waits: the answer is as long as it can be.
        await AdminAsync(HttpMethod.Post, $"/api/device/{Device.Id}/command", """{"command":"set_interval","arg":3600000}""");
        byte[] request = CompactCall.Request(Device.Token, CompactCall.Body(s_nonce, records));
        CompactReply reply = await CompactCall.SendAsync(Host, request);
        Assert.All(reply.Results, static result => Assert.Equal(0, result));
        return request.Length + reply.Length + (reply.Elements[^1] is byte[] ? 0 : MacBytes);
    }

    /// <summary>A reading of a busy place: every count is there, and so is everything that a box says of itself.</summary>
    private object?[] Reading(int index, int all, bool isAlone)
    {
        long now = Host.Clock.GetUtcNow().ToUnixTimeSeconds() - 1;
        bool isFirst = index == 0;
        object?[] reading =
        [
            0, isFirst ? 71234 : null, isFirst ? now - (300 * (all - 1)) : null, isFirst ? 3735928559L : null,
            4120 + index, 871, -74, 42, 23, isFirst ? -113 : null, 312, 95, 41, 66, 88, 301, 402, 3, 9120, 1311, 640, 322, 2, -68, 9,
            null, isFirst ? "6.12.3" : null, isFirst ? 12 : null, isFirst && !isAlone ? 2101 : null, null, isFirst && !isAlone ? 7 : null,
            isFirst ? 3 : null, isFirst ? 25 : null, 14, 33, 129, isFirst ? 12345 : null, isFirst ? 1 : null,
        ];
        return reading;
    }
}
