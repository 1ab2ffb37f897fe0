using System.Text.Json;

using JamBox.Backend.Tests.Hosting;

namespace JamBox.Backend.Tests.People;

/// <summary>Users as admins see them, what streams they hear, and the pages without a script.</summary>
public abstract class UserTests(BackendHost shared) : PeopleTest(shared)
{
    [Fact]
    public async Task WithoutMailTheInvitationIsShownToWhoMadeItOnce()
    {
        JsonElement made = await DoAsync(
            HttpMethod.Post, "/api/users", """{"email":"ben@example.org","name":"Ben","role":"admin","platforms":["esp32c3","*"]}""");
        string link = made.GetProperty("link").GetString()!;
        Assert.StartsWith("/invite/", link, StringComparison.Ordinal);
        long id = made.GetProperty("user").GetProperty("id").GetInt64();
        JsonElement user = await GetAsync($"/api/users/{id}");
        Assert.Equal(
            "Ben invited 2", $"{user.GetProperty("name")} {user.GetProperty("state")} {user.GetProperty("platforms").GetArrayLength()}");
        Assert.DoesNotContain(
            link.Split('/')[2], (await GetAsync("/api/users")).GetRawText() + (await GetAsync("/api/audit")).GetRawText(),
            StringComparison.Ordinal);
    }

    [Theory]
    [InlineData("""{"role":"viewer"}""", 400, "email: ")]
    [InlineData("""{"email":"no address","role":"viewer"}""", 400, "email: ")]
    [InlineData("""{"email":"Ben <ben@example.org>","role":"viewer"}""", 400, "email: ")]
    [InlineData("""{"email":"ben@example.org"}""", 400, "role: ")]
    [InlineData("""{"email":"ben@example.org","role":"king"}""", 400, "role: ")]
    [InlineData("""{"email":"ben@example.org","role":"owner"}""", 400, "places: ")]
    [InlineData("""{"email":"ben@example.org","role":"viewer","places":[99999]}""", 400, "places: ")]
    [InlineData("""{"email":"ben@example.org","role":"viewer","places":[]}""", 400, "places: ")]
    [InlineData("""{"email":"ben@example.org","role":"viewer","places":null}""", 400, "places: ")]
    [InlineData("""{"email":"ben@example.org","role":"viewer","places":[1],"everywhere":true}""", 400, "everywhere: ")]
    [InlineData("""{"email":"ben@example.org","role":"owner","everywhere":true}""", 400, "places: ")]
    [InlineData("""{"email":"ben@example.org","role":"viewer","place":[1]}""", 400, "place")]
    [InlineData("""{"email":"ben@example.org","role":"maker","places":[1]}""", 400, "places: ")]
    [InlineData("""{"email":"ben@example.org","role":"viewer","password":"short"}""", 400, "password: ")]
    [InlineData("""{"email":"ben@example.org","role":"viewer","password":"passwordpassword"}""", 400, "password: ")]
    [InlineData("""{"email":"ben@example.org","role":"viewer","platforms":["ESP 32"]}""", 400, "platforms: ")]
    public async Task NonsenseIsRefusedByNameAndMakesNobody(string body, int status, string error)
    {
        Assert.StartsWith(error, await RefusedAsync(status, HttpMethod.Post, "/api/users", body), StringComparison.Ordinal);
        Assert.Empty(await Host.ListAsync("/api/users"));
    }

    [Fact]
    public async Task AnAddressIsOneUsersAndNobodyTakesTheirOwnRights()
    {
        await UserAsync("anna@example.org", "admin");
        await RefusedAsync(409, HttpMethod.Post, "/api/users", $$"""{"email":"ANNA@example.org","role":"viewer"}""");
        using Browser anna = await SignedInAsync("anna@example.org");
        long id = (await anna.SendAsync(HttpMethod.Get, "/api/session")).Json.GetProperty("user").GetProperty("id").GetInt64();
        Assert.Equal(409, await anna.StatusAsync(HttpMethod.Delete, $"/api/users/{id}"));
        Assert.Equal(409, await anna.StatusAsync(HttpMethod.Put, $"/api/users/{id}", new { role = "viewer" }));
        Assert.Equal(409, await anna.StatusAsync(HttpMethod.Put, $"/api/users/{id}", new { disabled = true }));
        Assert.Equal(200, await anna.StatusAsync(HttpMethod.Put, $"/api/users/{id}", new { name = "Anna" }));
        JsonElement line = (await Host.ListAsync("/api/audit?target=anna@example.org"))[0];
        Assert.Equal(
            "anna@example.org user.change 127.0.0.1", $"{line.GetProperty("who")} {line.GetProperty("action")} {line.GetProperty("address")}");
        Assert.Contains("'Anna'", line.GetProperty("after").GetString(), StringComparison.Ordinal);
    }

    /// <summary>Nobody gets more places than somebody has named.</summary>
    [Fact]
    public async Task ANewRoleIsHeldWhereTheOldOneWas()
    {
        long place = await PlaceAsync("Shop"), other = await PlaceAsync("Other");
        long id = await UserAsync("anna@example.org", "operator", place);
        Assert.Equal($"viewer {place}", await GrantsAsync(id, """{"role":"viewer"}"""));
        Assert.Equal($"owner {place}, owner {other}", await GrantsAsync(id, $$"""{"role":"owner","places":[{{place}},{{other}}]}"""));
        Assert.Equal($"operator {place}, operator {other}", await GrantsAsync(id, """{"role":"operator","everywhere":false}"""));
        foreach (string body in new[]
        {
            """{"role":"viewer","places":null}""", """{"everywhere":true}""", """{"places":[1]}""",
            """{"role":"viewer","places":[1],"everywhere":true}""", """{"role":"owner","everywhere":true}""",
        })
        {
            await RefusedAsync(400, HttpMethod.Put, $"/api/users/{id}", body);
        }

        Assert.Equal($"operator {place}, operator {other}", await GrantsAsync(id, """{"name":"Anna"}"""));
        Assert.Equal("viewer ", await GrantsAsync(id, """{"role":"viewer","everywhere":true}"""));
        Assert.Equal("operator ", await GrantsAsync(id, """{"role":"operator"}"""));
        await RefusedAsync(400, HttpMethod.Put, $"/api/users/{id}", """{"role":"owner"}""");

        // What a maker may is of no place: that is not everywhere.
        Assert.Equal("maker ", await GrantsAsync(id, """{"role":"maker"}"""));
        Assert.StartsWith(
            "places: ", await RefusedAsync(400, HttpMethod.Put, $"/api/users/{id}", """{"role":"viewer"}"""), StringComparison.Ordinal);
        Assert.Equal("uploader ", await GrantsAsync(id, """{"role":"uploader"}"""));
    }

    private async Task<string> GrantsAsync(long id, string change) => string.Join(", ",
        (await DoAsync(HttpMethod.Put, $"/api/users/{id}", change)).GetProperty("grants").EnumerateArray()
            .Select(static grant => $"{grant.GetProperty("role")} {grant.GetProperty("place_id")}"));

    [Fact]
    public async Task WhoIsSignedInAndHasThePinOwnsAPlaceThatNobodyOwns()
    {
        TestDevice device = await WithPinAsync();
        long nowhere = await PlaceAsync("Nowhere");
        await UserAsync("ben@example.org", "viewer", nowhere);
        using Browser ben = await SignedInAsync("ben@example.org");
        (int status, JsonElement json) = await ben.SendAsync(HttpMethod.Post, $"/api/activate/{device.Id}", new
        {
            pin = "4711",
            location_name = "Ben's",
        });
        Assert.Equal(200, status);
        long place = json.GetProperty("place_id").GetInt64();
        Assert.Equal(200, await ben.StatusAsync(HttpMethod.Put, $"/api/places/{place}", new { name = "Ben's bakery" }));
        Assert.Equal(
            403, await ben.StatusAsync(HttpMethod.Put, $"/api/places/{nowhere}", new { name = "x" }) is var own and not 404 ? own : 403);
        Assert.Equal(403, (await ActivateAsync(device.Id, new { pin = "4711", location_name = "Stolen" })).Status);
        Assert.Equal(200, await ben.StatusAsync(HttpMethod.Post, $"/api/activate/{device.Id}", new
        {
            pin = "4711",
            location_name = "Ben's again",
        }));

        // One box of several is not enough for all of them.
        TestDevice one = await WithPinAsync(), many = await WithPinAsync();
        long shared = await PlaceAsync("Shared");
        await MoveAsync(one.Id, shared);
        await MoveAsync(many.Id, shared);
        Assert.Equal(
            403, await ben.StatusAsync(HttpMethod.Post, $"/api/activate/{one.Id}", new { pin = "4711", location_name = "Shared" }));
        Assert.Equal(404, await ben.StatusAsync(HttpMethod.Get, $"/api/places/{shared}"));

        // Without the header the cookie does not count: another site cannot make anybody an owner.
        TestDevice second = await WithPinAsync();
        ben.Headers.Clear();
        long other =
            (await ben.SendAsync(HttpMethod.Post, $"/api/activate/{second.Id}", new { pin = "4711", location_name = "Anybody's" })).Json
                .GetProperty("place_id").GetInt64();
        Assert.Equal(404, await ben.StatusAsync(HttpMethod.Get, $"/api/places/{other}"));
    }

    [Theory]
    [InlineData("key")]
    [InlineData("sign out everywhere")]
    [InlineData("disabled")]
    [InlineData("narrowed")]
    [InlineData("removed")]
    public async Task AStreamEndsWithin5SecondsOfTheRightToHearIt(string how)
    {
        long place = await PlaceAsync("Shop"), other = await PlaceAsync("Other");
        long id = await UserAsync("anna@example.org", "viewer", place, other);
        using Browser anna = await SignedInAsync("anna@example.org");
        if (how == "key")
        {
            anna.Cookie = null;
            anna.Headers["Authorization"] = $"Bearer {await KeyAsync("viewer")}";
        }

        using HttpResponseMessage stream = await anna.OpenAsync("/api/events");
        using StreamReader lines = new(await stream.Content.ReadAsStreamAsync());
        Assert.Equal("event: listening", await lines.ReadLineAsync());
        (HttpMethod method, string path, string? body) = how switch
        {
            "key" => (HttpMethod.Delete, "/api/keys/test%201", (string?)null),
            "sign out everywhere" => (HttpMethod.Delete, $"/api/users/{id}/sessions", null),
            "disabled" => (HttpMethod.Put, $"/api/users/{id}", """{"disabled":true}"""),
            "narrowed" => (HttpMethod.Put, $"/api/users/{id}", $$"""{"role":"viewer","places":[{{place}}]}"""),
            _ => (HttpMethod.Delete, $"/api/users/{id}", null),
        };
        await DoAsync(method, path, body);
        Task<string> rest = lines.ReadToEndAsync();
        for (int second = 0; second < 5 && await Task.WhenAny(rest, Task.Delay(100)) != rest; second++)
        {
            Host.Clock.Advance(TimeSpan.FromSeconds(1));
        }

        await rest.WaitAsync(TimeSpan.FromSeconds(120));
    }

    [Fact]
    public async Task WhatOneIsToldOfIsOnesOwnChoice()
    {
        await UserAsync("anna@example.org", "viewer");
        using Browser anna = await SignedInAsync("anna@example.org");
        Assert.Equal(400, await anna.StatusAsync(HttpMethod.Put, "/api/notification-choice", new { mail = new[] { "gossip" } }));
        Assert.Equal(200, await anna.StatusAsync(HttpMethod.Put, "/api/notification-choice", new
        {
            list = new[] { "offline", "online" },
            mail = new[] { "offline" },
        }));
        Assert.Equal(
            """{"list":["offline","online"],"mail":["offline"]}""",
            (await anna.SendAsync(HttpMethod.Get, "/api/notification-choice")).Json.GetRawText());
        await RefusedAsync(403, HttpMethod.Get, "/api/notification-choice");
    }

    [Fact]
    public async Task ThePagesWorkWithoutAScript()
    {
        JsonElement made = await DoAsync(HttpMethod.Post, "/api/users", """{"email":"ben@example.org","role":"viewer"}""");
        string link = made.GetProperty("link").GetString()!;
        using Browser ben = new(Host);
        ben.Headers.Clear();
        ben.Headers["Sec-Fetch-Site"] = "same-origin";
        (int status, string text, string? type) = await ben.SendTextAsync(HttpMethod.Get, link);
        Assert.Equal((200, "text/html"), (status, type));
        Assert.Contains("ben@example.org", text, StringComparison.Ordinal);
        Assert.DoesNotContain("<script", text, StringComparison.OrdinalIgnoreCase);
        Assert.Equal(400, (await PostAsync(ben, link, ("password", "staple of another horse"), ("again", "another"))).Status);
        Assert.Equal(
            302, (await PostAsync(ben, link, ("password", "staple of another horse"), ("again", "staple of another horse"))).Status);
        Assert.Equal(404, (await ben.SendTextAsync(HttpMethod.Get, link)).Status);
        (status, text, _) = await PostAsync(ben, "/signin", ("email", "\"><script>alert(1)</script>"), ("password", "x"));
        Assert.Equal(401, status);
        Assert.DoesNotContain("<script", text, StringComparison.OrdinalIgnoreCase);
        Assert.Equal(302, (await PostAsync(ben, "/signin", ("email", "ben@example.org"), ("password", "staple of another horse"))).Status);
        Assert.Equal(200, await ben.StatusAsync(HttpMethod.Get, "/api/session"));
        Assert.Equal(200, (await PostAsync(ben, "/reset", ("email", "ben@example.org"))).Status);

        foreach (string? site in new[] { null, "cross-site" })
        {
            ben.Headers.Clear();
            if (site is not null)
            {
                ben.Headers["Sec-Fetch-Site"] = site;
            }

            Assert.Equal(
                403, (await PostAsync(ben, "/signin", ("email", "ben@example.org"), ("password", "staple of another horse"))).Status);
        }
    }

    /// <summary>Whatever the browser sends as its languages, a page comes, in the first of them that there is.</summary>
    [Theory]
    [InlineData(null, "en")]
    [InlineData("es", "es")]
    [InlineData("es-MX,es;q=0.9,en;q=0.8", "es")]
    [InlineData("de-DE,de;q=0.9,es;q=0.5,en;q=0.3", "es")]
    [InlineData("en;q=0.2, ES;q=0.8", "es")]
    [InlineData("es;q=0, en", "en")]
    [InlineData("fr", "en")]
    [InlineData("est", "en")]
    [InlineData("*", "en")]
    [InlineData("es;;q=x,,", "en")]
    public async Task ThePagesSpeakTheBrowsersLanguage(string? wanted, string language)
    {
        JsonElement made = await DoAsync(HttpMethod.Post, "/api/users", """{"email":"ben@example.org","role":"viewer"}""");
        string link = made.GetProperty("link").GetString()!;
        using Browser ben = new(Host);
        ben.Headers.Clear();
        ben.Headers["Sec-Fetch-Site"] = "same-origin";
        if (wanted is not null)
        {
            ben.Headers["Accept-Language"] = wanted;
        }

        bool isSpanish = language == "es";
        await SaysAsync(ben.SendTextAsync(HttpMethod.Get, link), isSpanish ? "Guardar contraseña" : "Set password");
        await SaysAsync(
            PostAsync(ben, link, ("password", "a"), ("again", "b")),
            isSpanish ? "Las dos contraseñas son distintas" : "The two passwords differ");
        await SaysAsync(
            PostAsync(ben, link, ("password", "short"), ("again", "short")),
            isSpanish ? "La contraseña debe tener al menos 12 caracteres" : "The password must have at least 12 characters");
        await SaysAsync(
            PostAsync(ben, link, ("password", "passwordpassword"), ("again", "passwordpassword")),
            isSpanish ? "demasiado fácil de adivinar" : "too easy to guess");
        await SaysAsync(ben.SendTextAsync(HttpMethod.Get, "/invite/x"), isSpanish ? "Este enlace ya no vale" : "not good any more");
        await SaysAsync(ben.SendTextAsync(HttpMethod.Get, "/reset"), isSpanish ? "Enviarme un enlace" : "Mail me a link");
        await SaysAsync(
            PostAsync(ben, "/signin", ("email", "ben@example.org"), ("password", "x")),
            isSpanish ? "El correo o la contraseña no son correctos" : "E-mail or password is wrong");

        async Task SaysAsync(Task<(int Status, string Text, string? Type)> answer, string words)
        {
            string text = System.Net.WebUtility.HtmlDecode((await answer).Text);
            Assert.Contains(words, text, StringComparison.Ordinal);
            Assert.Contains($"<html lang=\"{language}\">", text, StringComparison.Ordinal);
        }
    }

    private static Task<(int Status, string Text, string? Type)> PostAsync(Browser browser, string path,
        params (string Name, string Value)[] fields) =>
        browser.SendTextAsync(
            HttpMethod.Post, path, new FormUrlEncodedContent(fields.Select(static field => KeyValuePair.Create(field.Name, field.Value))));
}
