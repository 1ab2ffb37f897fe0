using System.Net;
using System.Text.Json;

using JamBox.Backend.Events;
using JamBox.Backend.Tests.Hosting;

namespace JamBox.Backend.Tests.Events;

/// <summary>Listening, and going on after the line was cut.</summary>
public abstract class EventTests(BackendHost shared) : HostedTest(shared)
{
    [Fact]
    public async Task ListenersHearWhatWasStored()
    {
        using Listener listener = await Listener.OpenAsync(Host, "/api/events");
        Assert.Equal("listening", (await listener.NextAsync()).Kind);
        await ReadingAsync(7);
        await HeartbeatAsync();
        Assert.Equal(["reading", "heartbeat", "device"], [.. (await listener.TakeAsync(3)).Select(static e => e.Kind)]);
    }

    [Theory]
    [InlineData(true)]
    [InlineData(false)]
    public async Task WhoWasCutOffGoesOnWhereItWas(bool byHeader)
    {
        string id;
        using (Listener first = await Listener.OpenAsync(Host, "/api/events"))
        {
            await first.NextAsync();
            await ReadingAsync(1);
            (string kind, string data, id) = await first.NextAsync();
            Assert.Equal("reading", kind);
            Assert.Contains("\"n\":1,", data, StringComparison.Ordinal);
        }

        await ReadingAsync(2);
        await HeartbeatAsync();
        await ReadingAsync(3);
        using Listener second = byHeader
            ? await Listener.OpenAsync(Host, "/api/events", id) : await Listener.OpenAsync(Host, $"/api/events?after={id}");
        Assert.Equal("listening", (await second.NextAsync()).Kind);
        (string Kind, string Data, string Id)[] heard = await second.TakeAsync(4);

        // The state of every device is told anew: what it was in between is not kept.
        Assert.Equal(["reading", "reading", "heartbeat", "device"], [.. heard.Select(static e => e.Kind)]);
        Assert.Contains("\"n\":2,", heard[0].Data, StringComparison.Ordinal);
        Assert.Contains("\"n\":3,", heard[1].Data, StringComparison.Ordinal);
        Assert.Equal(heard[2].Id, heard[3].Id);
    }

    [Fact]
    public async Task SilenceIsBrokenByAPing()
    {
        using Listener listener = await Listener.OpenAsync(Host, "/api/events");
        await listener.NextAsync();
        Assert.Equal("ping", (await listener.NextAsync()).Kind);
    }

    [Theory]
    [InlineData("x")]
    [InlineData("1-2")]
    [InlineData("1-2-3-4")]
    [InlineData("-1-2-3")]
    [InlineData("1-2-99999999999999999999")]
    public async Task AnIdThatIsNoneIsRefused(string after)
    {
        (int status, JsonElement json) = await AdminAsync(HttpMethod.Get, $"/api/events?after={after}");
        Assert.Equal((int)HttpStatusCode.BadRequest, status);
        Assert.StartsWith("after: ", json.GetProperty("error").GetString(), StringComparison.Ordinal);
    }

    [Fact]
    public async Task AnIdOfAnotherDatabaseIsTheNewestHere()
    {
        using Listener listener = await Listener.OpenAsync(Host, "/api/events?after=1000-1000-1000");
        Assert.Equal("0-0-0", (await listener.NextAsync()).Id);
        await ReadingAsync(1);
        Assert.Equal(
            ["reading", "device"], [.. (await listener.TakeAsync(2)).Select(static e => e.Kind).Order(StringComparer.Ordinal).Reverse()]);
    }

    [Fact]
    public async Task AKeyForOnePlaceHearsOfItsBoxesAlone()
    {
        (_, System.Text.Json.JsonElement shop) = await AdminAsync(
            HttpMethod.Put, $"/api/device/{Device.Id}/location", """{"location_name":"Shop"}""");
        TestDevice other = await Host.RegisterAsync();
        string key = await KeyAsync("shop", $"\"viewer\",\"places\":[{shop.GetProperty("place_id")}]");
        using Listener listener = await Listener.OpenAsync(Host, "/api/events", key: key);
        await listener.NextAsync();
        await ReadingAsync(1, device: other);
        await ReadingAsync(2);
        (string kind, string data, _) = await listener.NextAsync();
        Assert.Equal("reading", kind);
        Assert.Contains($"\"device_id\":\"{Device.Id}\"", data, StringComparison.Ordinal);
        Assert.Equal("device", (await listener.NextAsync()).Kind);
        Assert.Equal("ping", (await listener.NextAsync()).Kind);
    }

    [Fact]
    public async Task ManyListenersHearEverythingOnceAndInOrder()
    {
        List<Listener> listeners = [];
        for (int k = 0; k < 4; k++)
        {
            string key = await KeyAsync($"k{k}", "\"viewer\"");
            for (int n = 0; n < ListenerSlots.PerCaller; n++)
            {
                listeners.Add(await Listener.OpenAsync(Host, "/api/events", key: key));
                await listeners[^1].NextAsync();
            }
        }

        for (int n = 0; n < 40; n++)
        {
            await ReadingAsync(n);
        }

        foreach (Listener listener in listeners)
        {
            (string Kind, string Data, string Id)[] heard = [.. (await listener.TakeAsync(41)).Where(static e => e.Kind == "reading")];
            Assert.Equal(
                Enumerable.Range(0, 40).Select(static n => $"\"n\":{n},"),
                heard.Select(static e => System.Text.RegularExpressions.Regex.Match(e.Data, "\"n\":[0-9]+,").Value));
            listener.Dispose();
        }
    }

    [Fact]
    public async Task AKeyHasItsPlacesAndAnAdminIsNeverLockedOut()
    {
        string viewer = await KeyAsync("screen", "\"viewer\"");
        List<Listener> listeners = [];
        for (int n = 0; n < ListenerSlots.PerCaller; n++)
        {
            listeners.Add(await Listener.OpenAsync(Host, "/api/events", key: viewer));
        }

        Assert.Equal((int)HttpStatusCode.ServiceUnavailable, (await AdminAsync(HttpMethod.Get, "/api/events", key: viewer)).Status);
        for (int n = 0; n <= ListenerSlots.PerCaller; n++)
        {
            listeners.Add(await Listener.OpenAsync(Host, "/api/events"));
            await listeners[^1].NextAsync();
        }

        // The oldest of the admin's made room; the viewer's are as they were.
        await listeners[ListenerSlots.PerCaller].EndAsync();
        await ReadingAsync(1);
        await listeners[0].NextAsync();
        Assert.Equal("reading", (await listeners[0].NextAsync()).Kind);
        listeners.ForEach(static listener => listener.Dispose());
    }

    [Fact]
    public async Task ARevokedKeyHearsNoMore()
    {
        string key = await KeyAsync("former", "\"viewer\"");
        using Listener listener = await Listener.OpenAsync(Host, "/api/events", key: key);
        await listener.NextAsync();
        Assert.Equal(204, (await AdminAsync(HttpMethod.Delete, "/api/keys/former")).Status);
        await listener.EndAsync();
    }

    private async Task<string> KeyAsync(string name, string role)
    {
        (int status, JsonElement json) =
            await AdminAsync(HttpMethod.Post, "/api/keys", $$"""{"name":"{{name}}","role":{{role}}}""");
        Assert.Equal(201, status);
        return json.GetProperty("key").GetString()!;
    }
}
