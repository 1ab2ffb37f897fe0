using System.Text.Json;

using JamBox.Backend.Tests.Hosting;

namespace JamBox.Backend.Tests.Readings;

/// <summary>Names, aliases, types and ranges of the fields.</summary>
public abstract class ReadingFieldTests(BackendHost host)
{
    private const string Time = "\"t\":\"2026-01-29T09:59:59Z\",\"ts\":1";

    /// <summary>Wire name, column.</summary>
    public static TheoryData<string, string> Counts => new()
    {
        { "i", "impressions" }, { "impressions", "impressions" }, { "u", "unique_count" }, { "unique_count", "unique_count" },
        { "apple", "apple_count" }, { "android", "android_count" }, { "other", "other_count" }, { "other_count", "other_count" },
        { "dwell_0_1", "dwell_0_1" }, { "dwell_1_5", "dwell_1_5" }, { "dwell_5_10", "dwell_5_10" }, { "dwell_10plus", "dwell_10plus" },
        { "rssi_immediate", "rssi_immediate" }, { "rssi_near", "rssi_near" }, { "rssi_far", "rssi_far" }, { "rssi_remote", "rssi_remote" },
        { "ble_i", "ble_impressions" }, { "ble_impressions", "ble_impressions" }, { "ble_u", "ble_unique" }, { "ble_unique", "ble_unique" },
        { "ble_apple", "ble_apple" }, { "ble_android", "ble_android" }, { "ble_other", "ble_other" },
        { "of", "overflow_count" }, { "cd", "cache_depth" }, { "sf", "send_failures" },
        { "dr", "dr" }, { "do", "do" }, { "rl", "rl" }, { "baa", "baa" },
    };

    public static TheoryData<string, string> Levels => new()
    {
        { "cell_rssi", "cell_rssi" }, { "sig", "cell_rssi" }, { "signal_dbm", "signal_dbm" }, { "probe_rssi_avg", "probe_rssi_avg" },
        { "probe_rssi_min", "probe_rssi_min" }, { "probe_rssi_max", "probe_rssi_max" }, { "ble_rssi_avg", "ble_rssi_avg" },
    };

    [Theory]
    [MemberData(nameof(Counts))]
    public async Task ACountIsStoredInItsRangeAndRefusedOutside(string name, string column)
    {
        TestDevice device = await host.RegisterAsync();
        foreach (string bad in new[] { "-1", "1000001", "1e99", "1.5", "\"5\"", "true", "[]", "{}", "99999999999999999999999" })
        {
            await RefusesAsync(device, name, bad);
        }

        Assert.Equal(201, (await PostAsync(device, name, "1000000")).Status);
        Assert.Equal(1000000, Assert.Single(await device.StoredAsync()).GetProperty(column).GetInt32());
    }

    [Theory]
    [MemberData(nameof(Levels))]
    public async Task ALevelIsStoredInItsRangeAndUnknownIsNull(string name, string column)
    {
        TestDevice device = await host.RegisterAsync();
        foreach (string bad in new[] { "-151", "1", "-998", "\"-60\"", "-60.5" })
        {
            await RefusesAsync(device, name, bad);
        }

        Assert.Equal(201, (await PostAsync(device, name, "-150", ",\"b\":1,\"n\":1")).Status);
        Assert.Equal(201, (await PostAsync(device, name, "-999", ",\"b\":1,\"n\":2")).Status);
        Assert.Equal(201, (await PostAsync(device, name, "0", ",\"b\":1,\"n\":3")).Status);
        JsonElement[] rows = await device.StoredAsync();
        Assert.Equal(-150, rows[2].GetProperty(column).GetInt32());
        Assert.Equal(JsonValueKind.Null, rows[1].GetProperty(column).ValueKind);
        Assert.Equal(JsonValueKind.Null, rows[0].GetProperty(column).ValueKind);
    }

    [Theory]
    [InlineData("age", "-1")]
    [InlineData("age", "31622401")]
    [InlineData("bat", "101")]
    [InlineData("ts", "2")]
    [InlineData("b", "4294967296")]
    [InlineData("n", "-1")]
    [InlineData("ack", "2147483648")]
    [InlineData("ar", "\"maybe\"")]
    [InlineData("v", "\"12345678901234567890123456789012345678901234567890123456789012345\"")]
    [InlineData("v", "5")]
    [InlineData("v", "\"a\\u0000b\"")]
    [InlineData("iv", "-1")]
    [InlineData("iv", "3601")]
    [InlineData("ls", "3601")]
    [InlineData("cv", "-1")]
    [InlineData("t", "-1")]
    [InlineData("t", "253402300800")]
    [InlineData("t", "\"yesterday\"")]
    [InlineData("t", "\"1969-12-31T23:59:59Z\"")]
    [InlineData("timestamp", "true")]
    [InlineData("d", "7")]
    public async Task OtherFieldsHaveTheirRangesToo(string name, string bad)
    {
        await RefusesAsync(await host.RegisterAsync(), name, bad);
    }

    [Fact]
    public async Task TheShortNameWinsUnlessNull()
    {
        TestDevice device = await host.RegisterAsync();
        Assert.Equal(201, (await device.PostAsync("/api/reading",
            $$"""{"unique_count":7,"u":5,"impressions":9,"i":null,"signal_dbm":-70,"sig":0,"cell_rssi":-999,"other":0,"other_count":3,"device_id":"x","d":"{{device.Id}}",{{Time}}}""")).Status);
        JsonElement row = Assert.Single(await device.StoredAsync());
        Assert.Equal(5, row.GetProperty("unique_count").GetInt32());
        Assert.Equal(9, row.GetProperty("impressions").GetInt32());
        Assert.Equal(-70, row.GetProperty("cell_rssi").GetInt32());
        Assert.Equal(3, row.GetProperty("other_count").GetInt32());
    }

    [Fact]
    public async Task UnknownFieldsAndEscapedNamesAreFine()
    {
        TestDevice device = await host.RegisterAsync();
        RawAnswer answer = await device.PostAsync("/api/reading",
            $$"""{"future":{"deep":[1,{"a":2}]},"bt":"whatever","\u0064":"{{device.Id}}","i":1,"u":1,{{Time}}}""");
        Assert.Equal(201, answer.Status);
    }

    [Theory]
    [InlineData("t")]
    [InlineData("i")]
    [InlineData("u")]
    public async Task RequiredFieldsAreRequired(string name)
    {
        RawAnswer answer = await PostAsync(await host.RegisterAsync(), name, "null");
        Assert.Equal(400, answer.Status);
        Assert.Equal("""{"error":"Missing required fields: t, i, u"}""", answer.Body);
    }

    [Fact]
    public async Task ABootWithoutNumberIsRefused()
    {
        TestDevice device = await host.RegisterAsync();
        RawAnswer answer = await device.ReadingAsync(Time + ",\"b\":1");
        Assert.Equal(400, answer.Status);
        Assert.Contains("\"n:", answer.Body, StringComparison.Ordinal);
    }

    /// <summary>A reading that contradicts itself is kept: what is part of another number is brought down to it.</summary>
    [Theory]
    [InlineData("\"iv\":60,\"ls\":3600", "ls", 60, "ls_iv")]
    [InlineData("\"ls\":3600", "ls", 300, "ls_iv")]
    [InlineData("\"iv\":300,\"ls\":300", "ls", 300, null)]
    [InlineData("\"ls\":299", "ls", 299, null)]
    [InlineData("\"ble_apple\":7,\"baa\":8", "baa", 7, "baa_ble_apple")]
    [InlineData("\"ble_apple\":7,\"baa\":7", "baa", 7, null)]
    [InlineData("\"i\":3,\"u\":5", "unique_count", 5, "u_i")]
    [InlineData("\"ble_i\":3,\"ble_u\":5", "ble_unique", 5, "u_i")]
    public async Task NumbersAreBoundedTogetherAndNoReadingIsLost(string fields, string column, int stored, string? told)
    {
        TestDevice device = await host.RegisterAsync();
        Dictionary<string, long> before = await ContradictionsAsync();
        string counts = fields.Contains("\"i\"", StringComparison.Ordinal) ? "" : ",\"i\":1,\"u\":1";
        Assert.Equal(201, (await device.PostAsync("/api/reading", $$"""{"d":"{{device.Id}}",{{Time}},{{fields}}{{counts}}}""")).Status);
        Assert.Equal(stored, Assert.Single(await device.StoredAsync()).GetProperty(column).GetInt32());
        Dictionary<string, long> after = await ContradictionsAsync();
        Assert.Equal(["baa_ble_apple", "ls_iv", "u_i"], after.Keys.Order());
        Assert.Equal(told is null ? [] : [told], after.Keys.Where(name => after[name] - before[name] == 1));
    }

    private async Task<Dictionary<string, long>> ContradictionsAsync()
    {
        const string Start = "jambox_reading_contradictions_total{numbers=\"";
        return (await host.Http.GetStringAsync("/metrics")).Split('\n')
            .Where(static line => line.StartsWith(Start, StringComparison.Ordinal))
            .Select(static line => line[Start.Length..].Split("\"} "))
            .ToDictionary(static parts => parts[0], static parts => long.Parse(parts[1]));
    }

    [Fact]
    public async Task WhatADeviceDoesNotSayIsNotForgotten()
    {
        TestDevice device = await host.RegisterAsync();
        await device.ReadingAsync(Time + ",\"cell_rssi\":-80,\"bat\":90,\"v\":\"6.0.0\",\"b\":9,\"n\":1,\"cv\":4");
        await device.ReadingAsync(Time + ",\"cell_rssi\":-999,\"b\":9,\"n\":2");
        JsonElement row = (await host.ListAsync("/api/devices?limit=1000")).Single(
            row => row.GetProperty("device_id").GetString() == device.Id);
        Assert.Equal(-80, row.GetProperty("last_signal_dbm").GetInt32());
        Assert.Equal(90, row.GetProperty("last_battery_pct").GetInt32());
        Assert.Equal("6.0.0", row.GetProperty("firmware_version").GetString());
        Assert.Equal(4, row.GetProperty("cv").GetInt32());
        Assert.Equal("2026-01-29T10:00:00Z", row.GetProperty("last_seen_at").GetString());
    }

    private static Task<RawAnswer> PostAsync(TestDevice device, string name, string value, string more = "")
    {
        // A long name is looked at when the short one is not there.
        string i = name is "i" or "impressions" ? "" : "\"i\":1,";
        string u = name is "u" or "unique_count" ? "" : "\"u\":1,";
        string apple = name == "baa" ? "\"ble_apple\":1000000," : "";
        string time = name is "t" or "timestamp" ? "\"ts\":1" : Time;
        return device.PostAsync("/api/reading", $$"""{"d":"{{device.Id}}",{{i}}{{u}}{{apple}}{{time}}{{more}},"{{name}}":{{value}}}""");
    }

    private static async Task RefusesAsync(TestDevice device, string name, string bad)
    {
        RawAnswer answer = await PostAsync(device, name, bad);
        Assert.Equal(400, answer.Status);
        Assert.StartsWith($$"""{"error":"{{name}}: must be """, answer.Body, StringComparison.Ordinal);
    }
}
