using System.Text.Json;

using JamBox.Backend.Tests.Hosting;
using JamBox.Backend.Traffic;

using Microsoft.Extensions.DependencyInjection;

namespace JamBox.Backend.Tests.Readings;

/// <summary>The compact wire: docs/wire.md. What it says by position is stored as what JSON says by name.</summary>
public abstract class CompactTests(BackendHost shared) : HostedTest(shared, "--RateLimits:DevicePerHour=3")
{
    private const string Time = "2026-01-29T09:59:59Z";

    private static readonly DateTimeOffset s_time = DateTimeOffset.Parse(Time, System.Globalization.CultureInfo.InvariantCulture);

    /// <summary>Every value of a reading, in positions from 4 on; sums beside differences are those of <see cref="AllInJson"/>.</summary>
    private static readonly object?[] s_all =
    [
        1000, 37, -74, 42, 23, -89, 6, 7, 8, 9, 10, 11, 12, 2, 300, 15, 5, 2, 3, -68, 9, 600, "6.1.0", 3, 307, null, 2, 1, 3, 19, 20, 21, 9,
        1,
    ];

    private const string AllInJson = $$"""
        {"t":"{{Time}}","ts":1,"b":7,"n":12,"i":1000,"u":37,"probe_rssi_avg":-74,"probe_rssi_min":-32,"probe_rssi_max":-97,"cell_rssi":-89,
        "dwell_0_1":6,"dwell_1_5":7,"dwell_5_10":8,"dwell_10plus":9,"rssi_immediate":10,"rssi_near":11,"rssi_far":12,"rssi_remote":6,
        "ble_i":300,"ble_u":15,"ble_apple":5,"baa":2,"ble_other":13,"ble_rssi_avg":-68,"ls":591,"iv":600,"v":"6.1.0","cv":3,"age":307,
        "cd":2,"sf":1,"dr":3,"of":19,"do":20,"rl":21,"ack":9,"ar":"failed"
        """;

    [Fact]
    public async Task AReadingIsStoredAsInJson()
    {
        TestDevice json = await Host.RegisterAsync();
        Assert.Equal(201, (await json.PostAsync("/api/reading", AllInJson + $$""","d":"{{json.Id}}"}""")).Status);
        (await Device.RecordsAsync(CompactCall.Reading(12, s_time, s_all))).Says(0);
        Assert.Equal(Columns(Assert.Single(await json.StoredAsync())), Columns(Assert.Single(await Device.StoredAsync())));
    }

    [Fact]
    public async Task TheYesIsThisToTheByte()
    {
        CompactReply reply = await Device.RecordsAsync(CompactCall.Reading(12, s_time));
        Assert.Equal("HTTP/1.1 201 OK\r\nContent-Length: 9\r\nDate: Thu, 29 Jan 2026 10:00:00 GMT\r\n\r\n", reply.Head);
        Assert.Equal("831A697B2FA0018100", Convert.ToHexString(reply.Body));
    }

    [Fact]
    public async Task WhatIsLeftOutIsAsBefore()
    {
        object?[] first =
        [
            0, 5, s_time.ToUnixTimeSeconds() - 600, 7, 20, 10, null, null, null, -80, null, null, null, null, null, null, null, null, null,
            null, null, null, null, null, null, null, "6.0.0", 4, 900, null, 2, 1, 3,
        ];
        object?[] second = [0, null, null, null, 30, 12];
        object?[] third = [0, 9, 299, 8, 40, 14, null, null, null, -70, null, null, null, null, null, null, null, null, null, null, null,
            null, null, null, null, null, null, null, 1];
        (await Device.RecordsAsync(first, second, third)).Says(0, 0, 0);
        JsonElement[] rows = await Device.StoredAsync();
        Assert.Equal(
            new[]
            {
                "9 8 40 14 2026-01-29T09:59:58Z -70 6.0.0 4 1 0 1 3", "6 7 30 12 2026-01-29T09:54:59Z -80 6.0.0 4 600 1 1 3",
                "5 7 20 10 2026-01-29T09:49:59Z -80 6.0.0 4 900 2 1 3",
            },
            rows.Select(static row => string.Join(
                ' ', new[]
                {
                    "n", "b", "impressions", "unique_count", "t", "cell_rssi", "firmware_version", "cv", "age_seconds", "cache_depth",
                    "send_failures", "dr",
                }.Select(name => row.GetProperty(name).ToString()))));
    }

    [Fact]
    public async Task AnUndatedReadingStaysUndated()
    {
        object?[] undated = [0, 1, 299, 7, .. new object?[25], 0];
        (await Device.RecordsAsync(undated)).Says(0);
        JsonElement row = Assert.Single(await Device.StoredAsync());
        Assert.Equal("undated", row.GetProperty("time_source").GetString());
        Assert.Equal("1970-01-01T00:04:59Z", row.GetProperty("t").GetString());
    }

    [Fact]
    public async Task AHeartbeatIsStoredAsInJson()
    {
        TestDevice json = await Host.RegisterAsync();
        Assert.Equal(200, (await json.PostAsync("/api/heartbeat", $$$"""
            {"d":"{{{json.Id}}}","v":"6.1.0","uptime":70000,"cell_rssi":-89,"b":17,"cv":3,"hf":41200,"hw":"atoms3-nb1","rr":"power",
            "bf":"i2c","ob":"downloading:12/139","hc":{"br":2,"wr":1}}
            """)).Status);
        object?[] compact =
        [
            1, 17, 70000, -89, 3, 41200, "6.1.0", "atoms3-nb1", "power", "downloading:12/139", "i2c",
            new Dictionary<string, object?> { ["wr"] = 1, ["br"] = 2 },
        ];
        (await Device.RecordsAsync(compact)).Says(0);
        Assert.Equal(
            Columns(Assert.Single(await Host.ListAsync($"/api/heartbeats?device_id={json.Id}"))),
            Columns(Assert.Single(await Host.ListAsync($"/api/heartbeats?device_id={Device.Id}"))));
    }

    [Fact]
    public async Task AHeartbeatAndReadingsGoTogether()
    {
        object?[] heartbeat = [1, 7, 70000, -89, 3, 41200, "6.1.0"];
        object?[] reading = [0, 12, s_time.ToUnixTimeSeconds(), null, 20, 10];
        (await Device.RecordsAsync(heartbeat, reading, [0, 12, 0])).Says(0, 0, 1);
        JsonElement row = Assert.Single(await Device.StoredAsync());
        Assert.Equal("6.1.0", row.GetProperty("firmware_version").GetString());
        Assert.Equal(7, row.GetProperty("b").GetInt64());
        Assert.Equal(3, row.GetProperty("cv").GetInt32());
        Assert.Single(await Host.ListAsync($"/api/heartbeats?device_id={Device.Id}"));
    }

    [Fact]
    public async Task ARepeatIsSaidToBeOne()
    {
        object?[] reading = CompactCall.Reading(12, s_time, 10, 5);
        (await Device.RecordsAsync(reading, [0, 12, 0], [0])).Says(0, 1, 0);
        Host.Clock.Advance(TimeSpan.FromMinutes(7));
        (await Device.RecordsAsync(reading, [0, 14], [0, 12])).Says(1, 0, 1);
        Assert.Equal(201, (await ReadingAsync(20)).Status);
        Assert.Equal(4, (await Device.StoredAsync()).Length);
        // What JSON has brought is known here, and the other way round.
        (await Device.RecordsAsync([0, 20, s_time.ToUnixTimeSeconds(), 1])).Says(1);
        Assert.Contains("duplicate_ignored", (await Device.ReadingAsync($"\"t\":\"{Time}\",\"ts\":1,\"b\":7,\"n\":12")).Body);
    }

    /// <summary>A wrong value, and where it stands.</summary>
    public static TheoryData<int, object?> WrongValues => new()
    {
        { 1, null }, { 1, -1 }, { 1, "12" }, { 2, null }, { 2, -1 }, { 2, 1.5 }, { 3, null }, { 3, 4294967296L }, { 4, -1 }, { 4, 1000001 },
        { 5, "5" }, { 6, 1 }, { 6, -151 }, { 7, 80 }, { 8, 80 }, { 9, -200 }, { 10, ulong.MaxValue }, { 11, 1.0 }, { 12, true },
        { 13, new object?[] { 1 } }, { 14, double.NaN }, { 17, -6 }, { 18, new byte[] { 1 } }, { 21, -1 }, { 22, -11 }, { 24, 601 },
        { 25, 3601 },
        { 26, 5 }, { 26, new string('x', 65) }, { 26, "a\0b" }, { 27, 2147483648L }, { 28, 31622401 }, { 29, 2 }, { 30, -1 },
        { 31, 1000001 },
        { 32, "x" }, { 33, -1 }, { 36, -1 }, { 37, 3 }, { 4, DateTimeOffset.UnixEpoch },
    };

    [Theory]
    [MemberData(nameof(WrongValues))]
    public async Task ARecordIsRefusedByItsPositionAndTheOthersAreKept(int position, object? value)
    {
        object?[] bad = [.. CompactCall.Reading(2, s_time, s_all)];
        bad[position] = value;
        object?[] good = CompactCall.Reading(3, s_time, s_all);
        good[2] = 0;
        // Without a time the next one has none either: it is told by the difference.
        int behind = position == 2 ? -3 : 0;
        (await Device.RecordsAsync(CompactCall.Reading(1, s_time, s_all), WithOwn(bad, position), good)).Says(0, -1 - position, behind);
        Assert.Equal(
            position == 2 ? "1" : "3 1",
            string.Join(' ', (await Device.StoredAsync()).Select(static row => row.GetProperty("n").GetInt32())));
    }

    [Fact]
    public async Task WhatIsNoRecordIsRefusedAsOne()
    {
        object?[] reading = CompactCall.Reading(1, s_time, 10, 5);
        byte[] body = CompactCall.Encode([1, null, 5, "x", Array.Empty<object?>(), new object?[] { 9, 1 }, new object?[] { "0" }, reading]);
        (await Device.CompactAsync(body)).Says(-1, -1, -1, -1, -1, 0);
        (await Device.RecordsAsync([1, 7], [1, 7])).Says(0, -1);
        (await Device.RecordsAsync([4])).Says(-1);
        Assert.Single(await Device.StoredAsync());
        Assert.Single(await Host.ListAsync($"/api/heartbeats?device_id={Device.Id}"));
    }

    /// <summary>Bodies that are no request at all, in hex.</summary>
    public static TheoryData<string> NoRequests =>
    [
        "", "00", "80", "82 01 F6", "83 02 F6 81 00", "83 01 00 81 00", "83 01 47 00000000000000 81 00", "9F 01 F6 81 00 FF", "83 01 F6",
        "83 01 F6 81 00 00", "83 01 F6 98", "83 01 F6 9B FFFFFFFFFFFFFFFF", "9A 7FFFFFFF 01 F6 81 00", "83 01 F6 81 62 C3 28",
        "83 01 F6 81 7B FFFFFFFFFFFFFFFF", "83 01 F6 81 BF 61 61 01", "83 01 F6 82 00 A2 61 61 01 61 61 02", "A1 01 02",
        "C1 83 01 F6 81 00", "FF", "F6", "83 01 F6 81 1C",
        "7B226422 3A 22 4A 22 7D",
    ];

    [Theory]
    [MemberData(nameof(NoRequests))]
    public async Task WhatIsNoRequestIsRefusedAsAWhole(string hex)
    {
        CompactReply reply = await Device.CompactAsync(Convert.FromHexString(hex.Replace(" ", "", StringComparison.Ordinal)));
        Assert.Equal(400, reply.Status);
        Assert.Empty(await Device.StoredAsync());
    }

    [Fact]
    public async Task TooMuchOfAnythingIsRefused()
    {
        object?[][] records = [.. Enumerable.Range(1, 65).Select(static n => CompactCall.Reading(n, s_time, 10, 5))];
        Assert.Equal(400, (await Device.RecordsAsync(records)).Status);
        (await Device.RecordsAsync(records[..64])).Says(new long[64]);
        byte[] deep = [0x83, 0x01, 0xF6, 0x82, 0x00, .. Enumerable.Repeat((byte)0x81, 16_000), 0x00];
        (await Device.CompactAsync(deep)).Says(-2);
        Assert.Equal(413, (await Device.CompactAsync(new byte[16 * 1024 + 1])).Status);
        Assert.Equal(64, (await Device.StoredAsync()).Length);
    }

    [Fact]
    public async Task LengthsThatAreNotSaidAreRefused()
    {
        byte[] arrays = [0x84, 0x01, 0xF6, 0x9F, 0x00, 0x01, 0xFF, 0x82, 0x00, 0x9F, 0xFF];
        (await Device.CompactAsync(arrays)).Says(-1, -2);
        byte[] text = [0x83, 0x01, 0xF6, 0x85, 0x00, 0x01, 0x01, 0x01, 0x7F, 0x61, 0x61, 0xFF];
        (await Device.CompactAsync(text)).Says(-5);
    }

    [Fact]
    public async Task TheTypeMayBeLeftOutButNotBeAnother()
    {
        byte[] body = CompactCall.Body(CompactCall.Reading(1, s_time, 10, 5));
        CompactReply other = await Device.CompactAsync(body, "application/json");
        Assert.Equal(415, other.Status);
        Assert.DoesNotContain("200", other.Head, StringComparison.Ordinal);
        (await Device.CompactAsync(body, "application/cbor")).Says(0);
        (await Device.CompactAsync(body, "Application/CBOR; x=y")).Says(1);
        Assert.Equal(401, (await CompactCall.SendAsync(Host, CompactCall.Request("nobody", body))).Status);
        Assert.Equal(405, (await DeviceGetAsync("/r")).Status);
    }

    [Fact]
    public async Task ACommandComesWithItsNumberUntilItIsAcknowledged()
    {
        (int status, JsonElement queued) = await AdminAsync(
            HttpMethod.Post, $"/api/device/{Device.Id}/command", """{"command":"set_interval","arg":120000}""");
        Assert.InRange(status, 200, 202);
        long id = (await Host.ListAsync($"/api/device/{Device.Id}/commands"))[0].GetProperty("id").GetInt64();
        object?[] elements = (await Device.RecordsAsync(CompactCall.Reading(1, s_time, 10, 5))).Elements;
        Assert.Equal(new object?[] { 6L, id, 120000L }, elements[3..]);
        elements = (await Device.RecordsAsync([1, 7], CompactCall.Reading(2, s_time, 10, 5))).Elements;
        Assert.Equal(new object?[] { 6L, id, 120000L }, elements[3..]);
        object?[] acknowledging = [0, 3, s_time.ToUnixTimeSeconds(), 7, .. new object?[32], id, 0];
        Assert.Equal(3, (await Device.RecordsAsync(acknowledging)).Elements.Length);
        JsonElement command = (await Host.ListAsync($"/api/device/{Device.Id}/commands"))[0];
        Assert.Equal("done", command.GetProperty("state").GetString());
        Assert.Equal("ok", command.GetProperty("result").GetString());
        Assert.True(queued.ValueKind != JsonValueKind.Undefined);
    }

    [Fact]
    public async Task AHeartbeatTooOftenKeepsNoReadingOut()
    {
        for (int i = 0; i < 3; i++)
        {
            (await Device.RecordsAsync([1, 7])).Says(0);
        }

        CompactReply alone = await Device.RecordsAsync([1, 7]);
        Assert.Equal(429, alone.Status);
        Assert.Contains("Retry-After: ", alone.Head, StringComparison.Ordinal);
        CompactReply together = await Device.RecordsAsync([1, 7], CompactCall.Reading(1, s_time, 10, 5));
        together.Says(2, 0);
        Assert.DoesNotContain("Retry-After", together.Head, StringComparison.Ordinal);
        Assert.Equal(3, (await Host.ListAsync($"/api/heartbeats?device_id={Device.Id}")).Length);
        Assert.Single(await Device.StoredAsync());
    }

    [Fact]
    public async Task BytesAreCountedForTheDevice()
    {
        byte[] request = CompactCall.Request(Device.Token, CompactCall.Body(CompactCall.Reading(1, s_time, 10, 5)));
        CompactReply reply = await CompactCall.SendAsync(Host, request);
        TrafficCount count = Assert.Single(Host.Services.GetRequiredService<DeviceTraffic>().Take()).Value;
        Assert.Equal((1, request.Length, reply.Length), ((int)count.Requests, (int)count.Received, (int)count.Sent));
    }

    /// <summary>Those that are derived from others in the second record stay right when one of them is replaced.</summary>
    private static object?[] WithOwn(object?[] record, int position)
    {
        // The time of a reading that follows another one is said in seconds after that; and what is missing there is as before.
        if (position == 2)
        {
            record[2] = record[2] is null ? "no time" : record[2] is int and < 0 ? -2_000_000_000_000L : record[2];
        }
        else
        {
            record[2] = 0;
            if (record[position] is null)
            {
                record[position] = "nothing";
            }
        }

        return record;
    }

    private static string Columns(JsonElement row) => string.Join(
        '\n',
        row.EnumerateObject().Where(static column => column.Name is not ("id" or "device_id")).Select(static column => column.ToString()));
}
