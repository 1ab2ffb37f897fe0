using System.Text.Json;

using JamBox.Backend.Storage;
using JamBox.Backend.Tests.Hosting;
using JamBox.Backend.Tests.Places;

using Microsoft.Extensions.DependencyInjection;

namespace JamBox.Backend.Tests.Security;

/// <summary>Keys: their names, and that none is for more than it was meant.</summary>
public abstract class ApiKeyTests(BackendHost shared) : PlaceTest(shared)
{
    [Theory]
    [InlineData("""{"name":"x","role":"viewer","place":[1]}""", "place")]
    [InlineData("""{"name":"x","role":"viewer","Places":[1]}""", "Places")]
    [InlineData("""{"name":"x","role":"viewer","places":[]}""", "places: ")]
    [InlineData("""{"name":"x","role":"viewer","places":["1"]}""", "places: ")]
    [InlineData("""{"name":"x","role":"viewer","places":[99999]}""", "places: ")]
    [InlineData("""{"name":"x","role":"owner"}""", "places: ")]
    [InlineData("""{"name":"x","role":"uploader","places":[1]}""", "places: ")]
    [InlineData("""{"name":"x","role":"king"}""", "role: ")]
    [InlineData("""{"name":"x"}""", "name and role")]
    [InlineData("""{"role":"viewer"}""", "name and role")]
    [InlineData("""{"name":".","role":"viewer"}""", "name: ")]
    [InlineData("""{"name":"..","role":"viewer"}""", "name: ")]
    [InlineData("""{"name":" x","role":"viewer"}""", "name: ")]
    [InlineData("""{"name":"x\n","role":"viewer"}""", "name: ")]
    [InlineData("""{"name":"ä","role":"viewer"}""", "name: ")]
    [InlineData("""{"name":"a/b","role":"viewer"}""", "name: ")]
    [InlineData("""{"name":"anna@example.org","role":"viewer"}""", "name: ")]
    [InlineData("""{"name":"JBNB0001","role":"viewer"}""", "name: ")]
    [InlineData("""{"name":"device JBNB0001","role":"viewer"}""", "name: ")]
    [InlineData("""{"name":"PV-26A18-BC02R-X7KQA","role":"viewer"}""", "name: ")]
    [InlineData("""{"name":"12345678901234567890123456789012345678901","role":"viewer"}""", "name: ")]
    [InlineData("""{"name":"user 1","role":"viewer"}""", "name: ")]
    [InlineData("""{"name":"key a","role":"viewer"}""", "name: ")]
    [InlineData("""{"name":"pin of JBNB0001","role":"viewer"}""", "name: ")]
    [InlineData("""{"name":"Geolocation","role":"viewer"}""", "name: ")]
    [InlineData("""{"name":"migration","role":"viewer"}""", "name: ")]
    [InlineData("""{"name":"start","role":"viewer"}""", "name: ")]
    [InlineData("""{"name":"x","role":"viewer","places":null}""", "places: ")]
    [InlineData("""{"name":"x","role":"viewer","places":[1],"everywhere":true}""", "everywhere: ")]
    [InlineData("""{"name":"configured","role":"viewer"}""", "name: ")]
    [InlineData("""{"name":"first-start","role":"viewer"}""", "name: ")]
    public async Task NonsenseIsRefusedByNameAndMakesNoKey(string body, string error)
    {
        Assert.StartsWith(error, await RefusedAsync(400, HttpMethod.Post, "/api/keys", body), StringComparison.Ordinal);
        Assert.Empty(await Host.ListAsync("/api/keys"));
    }

    /// <summary>Older versions took any name; every one of them can be revoked.</summary>
    [Theory]
    [InlineData("..")]
    [InlineData(".")]
    [InlineData("a/b")]
    [InlineData("a%2Fb?c#d")]
    [InlineData("ä ö")]
    public async Task AKeyOfAnOldNameCanBeRevoked(string name)
    {
        await Host.Services.GetRequiredService<Store>().WriteAsync(name, static (session, name) =>
            session.Execute("INSERT INTO api_keys (name, key_hash, created_at) VALUES ($1, 'x', 1)", name));
        await DoAsync(HttpMethod.Delete, $"/api/keys?name={Uri.EscapeDataString(name)}");
        Assert.Empty(await Host.ListAsync("/api/keys"));
        await RefusedAsync(404, HttpMethod.Delete, $"/api/keys?name={Uri.EscapeDataString(name)}");
        Assert.StartsWith("name", await RefusedAsync(400, HttpMethod.Delete, "/api/keys"), StringComparison.Ordinal);
    }

    [Fact]
    public async Task AKeyOfPlacesThatAreGoneSeesNothing()
    {
        long place = await PlaceAsync("Gone"), kept = await PlaceAsync("Kept");
        string key = await KeyAsync("viewer", place);
        await MoveAsync(Device.Id, kept);
        await DoAsync(HttpMethod.Post, $"/api/places/{place}/merge", $$"""{"into":{{kept}}}""");
        foreach (string path in new[] { "/api/devices", "/api/readings", "/api/places", "/api/stats" })
        {
            await RefusedAsync(403, HttpMethod.Get, path, key: key);
        }

        Assert.Equal("none", (await Host.ListAsync("/api/keys"))[0].GetProperty("role").GetString());
    }

    [Theory]
    [InlineData("viewer", "This key is a viewer's: it may not do that")]
    [InlineData("owner", "This key is an owner's: it may not do that")]
    [InlineData("operator", "This key is an operator's: it may not do that")]
    public async Task ARefusalSaysWhoseTheKeyIs(string role, string error) =>
        Assert.Equal(
            error, await RefusedAsync(403, HttpMethod.Get, "/api/keys", key: await KeyAsync(role, await PlaceAsync("Shop"))));

    [Fact]
    public async Task TheFirstKeyOnceRevokedDoesNotComeBack()
    {
        await using BackendHost host = Host.Another("--Admin:Key=");
        await host.StartAsync();
        Store store = host.Services.GetRequiredService<Store>();
        Assert.Equal(1, store.Read(0, Count));
        await store.WriteAsync(("first-start", "test", 1L), JamBox.Backend.Security.ApiKeySql.Remove);
        await host.RestartAsync();
        Assert.Equal(0, host.Services.GetRequiredService<Store>().Read(0, Count));
    }

    /// <summary>To ten minutes, so that looking writes nothing most of the time.</summary>
    [Fact]
    public async Task AKeySaysWhenItWasLastUsed()
    {
        string key = await KeyAsync("viewer", await PlaceAsync("Shop"));
        Assert.Equal(JsonValueKind.Null, (await UsedAsync()).ValueKind);
        DateTime first = await UseAsync(key);
        Host.Clock.Advance(TimeSpan.FromMinutes(5));
        Assert.Equal(first, await UseAsync(key));
        Host.Clock.Advance(TimeSpan.FromMinutes(6));
        Assert.Equal(first.AddMinutes(11), await UseAsync(key));
    }

    [Fact]
    public async Task TheAuditLogIsFilteredByWhoWhatWhomAndWhen()
    {
        long place = await PlaceAsync("Shop");
        DateTimeOffset start = Host.Clock.GetUtcNow();
        string admin = await KeyAsync("admin");
        Host.Clock.Advance(TimeSpan.FromHours(1));
        await DoAsync(HttpMethod.Put, $"/api/device/{Device.Id}/status", """{"status":"maintenance"}""", admin);
        Host.Clock.Advance(TimeSpan.FromHours(1));
        await DoAsync(HttpMethod.Put, $"/api/places/{place}", """{"name":"=HYPERLINK(\"x\")"}""");

        Assert.Equal(["device.status"], await ActionsAsync("who=test%201"));
        Assert.Equal(["place.change"], await ActionsAsync("action=place.change"));
        Assert.Equal("key.create", (await ActionsAsync("action=key"))[0]);
        Assert.Empty(await ActionsAsync("action=plac"));
        Assert.Equal(["place.change"], await ActionsAsync($"from={Time(start.AddHours(2))}"));
        Assert.Equal(["device.status"], await ActionsAsync($"from={Time(start.AddHours(1))}&until={Time(start.AddHours(2))}"));
        Assert.Equal(["device.status"], await ActionsAsync($"target={Device.Id}&action=device.status"));
        await RefusedAsync(400, HttpMethod.Get, "/api/audit?from=yesterday");
        await RefusedAsync(400, HttpMethod.Get, "/api/audit.csv?subject=x");

        using HttpResponseMessage answer = await Host.AdminAsync(HttpMethod.Get, "/api/audit.csv?action=place.change");
        Assert.Equal("text/csv", answer.Content.Headers.ContentType?.MediaType);
        string[] lines = (await answer.Content.ReadAsStringAsync()).Split("\r\n", StringSplitOptions.RemoveEmptyEntries);
        Assert.Equal(2, lines.Length);
        Assert.Equal("id,at,until,times,who,address,action,target,before,after", lines[0]);

        // A spreadsheet would take a cell that begins with = for a formula; here it stands within a longer text, quoted.
        Assert.Contains(",\"configured\",\"127.0.0.1\",place.change,", lines[1], StringComparison.Ordinal);
        Assert.DoesNotContain(",\"=", lines[1], StringComparison.Ordinal);
        Assert.Contains("HYPERLINK(\"\"x\"\")", lines[1], StringComparison.Ordinal);

        async Task<string[]> ActionsAsync(string query) =>
            [.. (await Host.ListAsync($"/api/audit?{query}")).Select(static line => line.GetProperty("action").GetString()!)];

        static string Time(DateTimeOffset at) => Uri.EscapeDataString(at.ToString("O", System.Globalization.CultureInfo.InvariantCulture));
    }

    [Fact]
    public async Task TheCsvOfTheAuditLogHasEveryLineOfTheList()
    {
        Store store = Host.Services.GetRequiredService<Store>();
        await store.WriteAsync(0, static (session, _) =>
        {
            for (int n = 0; n < 2500; n++)
            {
                JamBox.Backend.Security.Audit.Note(session, "test", "test.many", "x", null, null, n);
            }

            return 1;
        });
        using HttpResponseMessage answer = await Host.AdminAsync(HttpMethod.Get, "/api/audit.csv?action=test.many");
        string[] lines = (await answer.Content.ReadAsStringAsync()).Split("\r\n", StringSplitOptions.RemoveEmptyEntries);
        Assert.Equal(2501, lines.Length);
        Assert.Equal(2500, lines.Skip(1).Select(static line => line.Split(',')[0]).Distinct().Count());
    }

    [Fact]
    public async Task AChangeIsNotedWithWhatWasAndFromWhere()
    {
        long place = await PlaceAsync("Shop");
        await KeyAsync("operator", place);
        await DoAsync(HttpMethod.Delete, "/api/keys/test%201");
        JsonElement[] lines = await Host.ListAsync("/api/audit?target=test%201");
        Assert.Equal(
            [$"key.revoke 127.0.0.1 'operator {place}' ''", $"key.create 127.0.0.1 '' 'operator {place}'"],
            lines.Select(static line => $"{line.GetProperty("action")} {line.GetProperty("address")} '{line.GetProperty("before")}' '{line.GetProperty("after")}'"));
    }

    [Theory]
    [InlineData("PUT", "/api/config/{0}", """{"rssi_near_threshold":-70}""", "device.config")]
    [InlineData("POST", "/api/device/{0}/command", """{"command":"reboot"}""", "device.command")]
    [InlineData("PUT", "/api/device/{0}/status", """{"status":"maintenance"}""", "device.status")]
    public async Task AnAddressIsNotedWhateverThePath(string method, string path, string body, string action)
    {
        await DoAsync(new HttpMethod(method), string.Format(System.Globalization.CultureInfo.InvariantCulture, path, Device.Id), body);
        JsonElement line = (await Host.ListAsync($"/api/audit?target={Device.Id}"))[0];
        Assert.Equal($"{action} 127.0.0.1", $"{line.GetProperty("action")} {line.GetProperty("address")}");
    }

    [Fact]
    public async Task StrangersCannotFillTheAuditLog()
    {
        Store store = Host.Services.GetRequiredService<Store>();
        await store.WriteAsync(0, static (session, _) =>
        {
            for (int n = 0; n < 1500; n++)
            {
                JamBox.Backend.Security.Audit.NoteFailure(session, "pin.wrong", $"box {n}", 1_000_000_000_000 + n);
            }

            return 0;
        });
        JsonElement rest = Assert.Single(await Host.ListAsync("/api/audit?target=others"));
        Assert.Equal("500 failures", $"{rest.GetProperty("times")} {rest.GetProperty("action")}");
        Assert.Equal(1001, store.Read(0, static (session, _) =>
        {
            using SqlStatement row = session.Query("SELECT count(*) FROM audit WHERE action IN ('pin.wrong', 'failures')");
            row.Read();
            return row.Int32(0);
        }));
    }

    private static int Count(SqlSession session, int unused)
    {
        using SqlStatement row = session.Query("SELECT count(*) FROM api_keys");
        row.Read();
        return row.Int32(0);
    }

    private async Task<JsonElement> UsedAsync() => (await Host.ListAsync("/api/keys"))[0].GetProperty("last_used_at");

    /// <summary>Uses a key. Nobody who uses one waits until that is noted; what is written after it comes after it.</summary>
    private async Task<DateTime> UseAsync(string key)
    {
        await DoAsync(HttpMethod.Get, "/api/places", key: key);
        await Host.Services.GetRequiredService<Store>().WriteAsync(0, static (_, _) => 1);
        return (await UsedAsync()).GetDateTime();
    }
}
