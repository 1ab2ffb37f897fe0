using System.Text.Json;

using JamBox.Backend.Storage;
using JamBox.Backend.Tests.Hosting;

using Microsoft.Extensions.DependencyInjection;

namespace JamBox.Backend.Tests.Places;

/// <summary>Tags, and what is done to many boxes at once.</summary>
public abstract class FleetTests(BackendHost shared) : PlaceTest(shared)
{
    [Fact]
    public async Task CommandsAndConfigurationsGoToAPlaceOrATagAndTheAnswerSaysWhatBecameOfEach()
    {
        long place = await PlaceAsync("Shop");
        TestDevice second = await Host.RegisterAsync(), third = await Host.RegisterAsync();
        await MoveAsync(Device.Id, place);
        await MoveAsync(second.Id, place);
        await DoAsync(HttpMethod.Put, $"/api/device/{third.Id}/tags", """{"tags":["pilot"]}""");
        await DoAsync(HttpMethod.Put, $"/api/device/{second.Id}/tags", """{"tags":["pilot","door"]}""");
        for (int i = 0; i < 50; i++)
        {
            await DoAsync(HttpMethod.Post, $"/api/device/{second.Id}/command", """{"command":"send_now"}""");
        }

        JsonElement[] rows =
            [.. (await DoAsync(HttpMethod.Post, $"/api/devices/command?place={place}", """{"command":"reboot"}""")).EnumerateArray()];
        Assert.Equal(
            [$"{Device.Id} True", $"{second.Id} False"],
            rows.Select(static row => $"{row.GetProperty("device_id")} {row.GetProperty("done")}"));
        Assert.StartsWith("Too many commands", rows[1].GetProperty("error").GetString(), StringComparison.Ordinal);
        Assert.Equal("reboot", (await Host.ListAsync($"/api/device/{Device.Id}/commands"))[0].GetProperty("command").GetString());

        await DoAsync(HttpMethod.Put, $"/api/device/{third.Id}/config", """{"rssi_far_threshold":-68}""");
        rows = [.. (await DoAsync(HttpMethod.Put, "/api/devices/config?tag=pilot", """{"rssi_near_threshold":-70}""")).EnumerateArray()];
        Assert.Equal(
            [$"{second.Id} True 2", $"{third.Id} False "],
            rows.Select(static row => $"{row.GetProperty("device_id")} {row.GetProperty("done")} {row.GetProperty("id")}"));
        Assert.StartsWith("rssi_far_threshold: ", rows[1].GetProperty("error").GetString(), StringComparison.Ordinal);
        Assert.Equal(
            [second.Id],
            (await Host.ListAsync($"/api/devices?place={place}&tag=pilot")).Select(static row => row.GetProperty("device_id").GetString()));
        Assert.Empty((await DoAsync(HttpMethod.Post, "/api/devices/command?tag=nobody", """{"command":"reboot"}""")).EnumerateArray());
    }

    [Fact]
    public async Task AListOfBoxesIsTakenInsteadAndWhatMayNotIsRefusedBoxByBox()
    {
        long mine = await PlaceAsync("Mine"), theirs = await PlaceAsync("Theirs");
        TestDevice second = await Host.RegisterAsync(), other = await Host.RegisterAsync(), retired = await Host.RegisterAsync();
        foreach (string id in new[] { Device.Id, second.Id, retired.Id })
        {
            await MoveAsync(id, mine);
        }

        await MoveAsync(other.Id, theirs);
        await DoAsync(HttpMethod.Post, $"/api/device/{retired.Id}/retire", "{}");
        string key = await KeyAsync("operator", mine);
        string[] ids = [second.Id, other.Id, retired.Id, "JBNB9876", second.Id];
        string devices = $"\"devices\":[{string.Join(',', ids.Select(static id => $"\"{id}\""))}]";

        foreach ((HttpMethod method, string path, string body) in new[]
        {
            (HttpMethod.Post, "/api/devices/command", $$"""{"command":"reboot",{{devices}}}"""),
            (HttpMethod.Put, "/api/devices/config", $$"""{"rssi_near_threshold":-70,{{devices}}}"""),
            (HttpMethod.Put, "/api/devices/tags", $$"""{"add":["pilot"],{{devices}}}"""),
        })
        {
            JsonElement[] rows = [.. (await DoAsync(method, path, body, key)).EnumerateArray()];
            Assert.Equal(
                [$"{second.Id} True", $"{other.Id} False", $"{retired.Id} False", "JBNB9876 False"],
                rows.Select(static row => $"{row.GetProperty("device_id")} {row.GetProperty("done")}"));
            Assert.Equal("Device not found", rows[1].GetProperty("error").GetString());
            await RefusedAsync(400, method, $"{path}?tag=pilot", body, key);
            // To a key of a place, what is retired stands nowhere any more; to one of all it is there, and not worked on.
            Assert.Equal("Device not found", rows[2].GetProperty("error").GetString());
            Assert.Equal(
                "This box is retired",
                (await DoAsync(method, path, body.Replace(other.Id, retired.Id, StringComparison.Ordinal)))[1].GetProperty("error")
                    .GetString());
        }

        Assert.Equal(2, (await Host.ListAsync($"/api/device/{second.Id}/commands")).Count());
        Assert.Empty(await Host.ListAsync($"/api/device/{Device.Id}/commands"));
        Assert.Empty(await Host.ListAsync($"/api/device/{other.Id}/commands"));
        Assert.Equal(
            [second.Id], (await Host.ListAsync("/api/devices?tag=pilot")).Select(static row => row.GetProperty("device_id").GetString()));
    }

    [Fact]
    public async Task TagsOfManyArePutOnAndTakenOffAndTheOthersStay()
    {
        TestDevice full = await Host.RegisterAsync();
        await DoAsync(HttpMethod.Put, $"/api/device/{Device.Id}/tags", """{"tags":["door","old"]}""");
        await DoAsync(
            HttpMethod.Put, $"/api/device/{full.Id}/tags",
            $$"""{"tags":[{{string.Join(',', Enumerable.Range(0, 20).Select(static n => $"\"t{n}\""))}}]}""");
        JsonElement[] rows =
        [
            .. (await DoAsync(
                HttpMethod.Put, "/api/devices/tags",
                $$"""{"devices":["{{Device.Id}}","{{full.Id}}"],"add":["pilot"],"remove":["old","never"]}""")).EnumerateArray(),
        ];
        Assert.Equal([true, false], rows.Select(static row => row.GetProperty("done").GetBoolean()));
        Assert.Equal("add: 21 tags, 20 at most", rows[1].GetProperty("error").GetString());
        Assert.Equal(
            ["door", "pilot"],
            (await Host.ListAsync("/api/devices?tag=pilot"))[0].GetProperty("tags").EnumerateArray().Select(static tag => tag.GetString()));
        await DoAsync(HttpMethod.Put, "/api/devices/tags?tag=pilot", """{"remove":["pilot"]}""");
        Assert.Empty(await Host.ListAsync("/api/devices?tag=pilot"));
        foreach (string body in new[] { "{}", """{"add":["ä"]}""", """{"add":["a"],"remove":["a"]}""", """{"add":["a"],"tags":["b"]}""" })
        {
            await RefusedAsync(400, HttpMethod.Put, "/api/devices/tags?tag=door", body);
        }

        await RefusedAsync(400, HttpMethod.Put, "/api/devices/tags", """{"add":["a"]}""");
    }

    /// <summary>A version that says nothing new is none: not by one request, not by many, not by a command, not by a replacement.</summary>
    [Theory]
    [InlineData("{}")]
    [InlineData("""{"report_interval_ms":null}""")]
    [InlineData("""{"device_id":"x","config_version":7,"updated_at":"2026-01-01"}""")]
    [InlineData("""{"rssi_near_threshold":-70,"wifi_channels":[1,6]}""")]
    public async Task WhatChangesNothingIsNoVersion(string body)
    {
        long place = await PlaceAsync("Shop");
        TestDevice next = await Host.RegisterAsync();
        await MoveAsync(Device.Id, place);
        string path = $"/api/device/{Device.Id}/config";
        await DoAsync(HttpMethod.Put, path, """{"rssi_near_threshold":-70,"wifi_channels":[1,6]}""");
        await DoAsync(HttpMethod.Put, $"/api/device/{next.Id}/config", """{"rssi_near_threshold":-70,"wifi_channels":[1,6]}""");
        int lines = (await Host.ListAsync("/api/audit")).Count(IsConfig);
        Assert.Equal(2, (await DoAsync(HttpMethod.Put, path, body)).GetProperty("config_version").GetInt32());
        Assert.Equal(
            2, (await DoAsync(HttpMethod.Put, $"/api/devices/config?place={place}", body))[0].GetProperty("id").GetInt32());
        await DoAsync(HttpMethod.Post, $"/api/device/{Device.Id}/command", """{"command":"set_interval","arg":300000}""");
        await DoAsync(HttpMethod.Post, $"/api/places/{place}/replace", $$"""{"device_id":"{{Device.Id}}","by":"{{next.Id}}"}""");
        Assert.Equal(2, (await GetAsync($"/api/device/{next.Id}/config")).GetProperty("wanted").GetProperty("config_version").GetInt32());
        Assert.Equal(lines, (await Host.ListAsync("/api/audit")).Count(IsConfig));

        static bool IsConfig(JsonElement line) => line.GetProperty("action").GetString() == "device.config";
    }

    [Fact]
    public async Task NeverTheWholeFleetByMistakeNorBoxesOfOthers()
    {
        long mine = await PlaceAsync("Mine"), theirs = await PlaceAsync("Theirs");
        TestDevice other = await Host.RegisterAsync();
        await MoveAsync(Device.Id, mine);
        await MoveAsync(other.Id, theirs);
        foreach (string id in new[] { Device.Id, other.Id })
        {
            await DoAsync(HttpMethod.Put, $"/api/device/{id}/tags", """{"tags":["all"]}""");
        }

        await RefusedAsync(400, HttpMethod.Post, "/api/devices/command", """{"command":"reboot"}""");
        await RefusedAsync(400, HttpMethod.Put, "/api/devices/config?place=&tag=", """{"rssi_near_threshold":-70}""");
        string key = await KeyAsync("operator", mine);
        await RefusedAsync(404, HttpMethod.Post, $"/api/devices/command?place={theirs}", """{"command":"reboot"}""", key);
        Assert.Equal(
            Device.Id,
            (await DoAsync(HttpMethod.Post, "/api/devices/command?tag=all", """{"command":"reboot"}""", key)).EnumerateArray().Single()
                .GetProperty("device_id").GetString());
        Assert.Empty(await Host.ListAsync($"/api/device/{other.Id}/commands"));
        await RefusedAsync(403, HttpMethod.Post, "/api/devices/command?tag=all", """{"command":"reboot"}""", await KeyAsync("viewer"));
    }

    [Fact]
    public async Task MoreThanAThousandBoxesAreTooMany()
    {
        await Host.Services.GetRequiredService<Store>().WriteAsync(0, static (session, _) =>
        {
            for (int n = 1000; n <= 2000; n++)
            {
                session.Execute("INSERT INTO devices (device_id, token_hash, registered_at) VALUES ($1, $1, 0)", $"JBNB{n}");
                session.Execute("INSERT INTO device_tags (device_id, tag) VALUES ($1, 'many')", $"JBNB{n}");
            }

            return 0;
        });
        Assert.StartsWith(
            "More than 1000", await RefusedAsync(400, HttpMethod.Post, "/api/devices/command?tag=many", """{"command":"reboot"}"""),
            StringComparison.Ordinal);
    }

    [Theory]
    [InlineData("{}")]
    [InlineData("""{"tags":["a,b"]}""")]
    [InlineData("""{"tags":[" a"]}""")]
    [InlineData("""{"tags":["ä"]}""")]
    [InlineData("""{"tags":"a"}""")]
    public async Task TagsAreWords(string body) => await RefusedAsync(400, HttpMethod.Put, $"/api/device/{Device.Id}/tags", body);
}
