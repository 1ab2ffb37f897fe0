using System.Diagnostics;
using System.Text.Json;

using JamBox.Backend.People;
using JamBox.Backend.Storage;
using JamBox.Backend.Tests.Hosting;

using Microsoft.AspNetCore.Builder;
using Microsoft.AspNetCore.Http;
using Microsoft.Extensions.DependencyInjection;

namespace JamBox.Backend.Tests.People;

/// <summary>Signing in and out.</summary>
public abstract class SignInTests(BackendHost shared) : PeopleTest(shared)
{
    [Fact]
    public async Task AUserSignsInAndSeesWhatTheyMay()
    {
        long place = await PlaceAsync("Shop");
        await MoveAsync(Device.Id, place);
        TestDevice other = await Host.RegisterAsync();
        long id = await UserAsync("Anna@Example.org", "viewer", place);
        using Browser anna = await SignedInAsync(" ANNA@example.org ");
        Assert.Contains("; httponly", anna.SetCookie, StringComparison.OrdinalIgnoreCase);
        Assert.Contains("; samesite=strict", anna.SetCookie, StringComparison.OrdinalIgnoreCase);
        Assert.Contains("; path=/", anna.SetCookie, StringComparison.OrdinalIgnoreCase);

        JsonElement user = (await anna.SendAsync(HttpMethod.Get, "/api/session")).Json.GetProperty("user");
        Assert.Equal(
            $"{id} anna@example.org viewer {place}", $"{user.GetProperty("id")} {user.GetProperty("email")} {user.GetProperty("grants")[0].GetProperty("role")} {user.GetProperty("grants")[0].GetProperty("place_id")}");
        Assert.Equal(
            [Device.Id],
            (await anna.SendAsync(HttpMethod.Get, "/api/devices")).Json.EnumerateArray().Select(
                static row => row.GetProperty("device_id").GetString()!));
        Assert.Equal(404, await anna.StatusAsync(HttpMethod.Get, $"/api/device/{other.Id}"));
        Assert.Equal(403, await anna.StatusAsync(HttpMethod.Post, $"/api/device/{Device.Id}/command", new { command = "reboot" }));
        Assert.Equal(403, await anna.StatusAsync(HttpMethod.Get, "/api/users"));
        string stored = Sql(static session =>
        {
            using SqlStatement row = session.Query("SELECT password_hash FROM users");
            row.Read();
            return row.Text(0);
        });
        Assert.DoesNotContain(Password, stored, StringComparison.Ordinal);
        Assert.DoesNotContain(anna.Cookie!.Split('=')[1], Host.Log.Text, StringComparison.Ordinal);
        Assert.DoesNotContain(Password, Host.Log.Text, StringComparison.Ordinal);
    }

    [Fact]
    public async Task WhoDoesNotExistIsAnsweredInTheSameWordsAfterTheSameTime()
    {
        await UserAsync("anna@example.org", "viewer");
        await DoAsync(HttpMethod.Post, "/api/users", """{"email":"invited@example.org","role":"viewer"}""");
        using Browser browser = new(Host);
        foreach (string email in new[]
        {
            "anna@example.org",
            "nobody@example.org",
            "invited@example.org",
            "no address",
            new string('x', 254),
        })
        {
            long start = Stopwatch.GetTimestamp();
            (int status, JsonElement json) = await browser.SignInAsync(email, "wrong password");
            Assert.Equal((401, "E-mail or password is wrong"), (status, json.GetProperty("error").GetString()));
            Assert.True(Stopwatch.GetElapsedTime(start) >= TimeSpan.FromMilliseconds(245), $"{email}: {Stopwatch.GetElapsedTime(start)}");
        }
    }

    [Fact]
    public async Task FiveTriesInAQuarterOfAnHourAndARightOneForgetsThem()
    {
        await UserAsync("anna@example.org", "viewer");
        using Browser browser = new(Host);
        for (int round = 0; round < 2; round++)
        {
            for (int i = 0; i < 4; i++)
            {
                Assert.Equal(401, (await browser.SignInAsync("anna@example.org", "wrong password")).Status);
            }

            Assert.Equal(200, (await browser.SignInAsync("anna@example.org", Password)).Status);
        }

        for (int i = 0; i < 5; i++)
        {
            Assert.Equal(401, (await browser.SignInAsync("anna@example.org", "wrong password")).Status);
            Assert.Equal(401, (await browser.SignInAsync("nobody@example.org", "wrong password")).Status);
        }

        Assert.Equal(429, (await browser.SignInAsync("anna@example.org", Password)).Status);
        Assert.Equal(429, (await browser.SignInAsync("nobody@example.org", Password)).Status);
        Host.Clock.Advance(TimeSpan.FromMinutes(15));
        Assert.Equal(200, (await browser.SignInAsync("anna@example.org", Password)).Status);
        JsonElement[] failed = [.. (await Host.ListAsync("/api/audit?limit=1000")).Where(static row => row.GetProperty("action").GetString() == "user.sign-in.failed")];
        Assert.Equal(
            "anna@example.org 127.0.0.1 13", $"{failed.Single().GetProperty("target")} {failed[0].GetProperty("address")} {failed[0].GetProperty("times")}");
    }

    [Fact]
    public async Task APlantedCookieIsNotTakenOverAndTheSessionBeforeEnds()
    {
        await UserAsync("anna@example.org", "viewer");
        using Browser browser = new(Host) { Cookie = "jambox=planted-by-somebody-else" };
        Assert.Equal(200, (await browser.SignInAsync("anna@example.org", Password)).Status);
        Assert.DoesNotContain("planted", browser.Cookie, StringComparison.Ordinal);
        string first = browser.Cookie!;
        Assert.Equal(200, (await browser.SignInAsync("anna@example.org", Password)).Status);
        Assert.NotEqual(first, browser.Cookie);
        using Browser thief = new(Host) { Cookie = first };
        Assert.Equal(401, await thief.StatusAsync(HttpMethod.Get, "/api/session"));
    }

    [Theory]
    [InlineData(null, null, 403)]
    [InlineData("Origin", "https://evil.example", 403)]
    [InlineData("Origin", "null", 403)]
    [InlineData("Sec-Fetch-Site", "cross-site", 403)]
    [InlineData("Sec-Fetch-Site", "same-site", 403)]
    [InlineData("Sec-Fetch-Site", "same-origin", 204)]
    [InlineData("Origin", "self", 204)]
    [InlineData("", "", 204)]
    public async Task AWriteWithACookieMustComeFromThisSite(string? header, string? value, int status)
    {
        await UserAsync("anna@example.org", "operator");
        using Browser anna = await SignedInAsync("anna@example.org");
        if (header is null)
        {
            anna.Headers.Clear();
        }
        else if (header.Length > 0)
        {
            anna.Headers[header] = value == "self" ? Host.Address.GetLeftPart(UriPartial.Authority) : value!;
        }

        Assert.Equal(200, await anna.StatusAsync(HttpMethod.Get, "/api/devices"));
        Assert.Equal(status, await anna.StatusAsync(HttpMethod.Delete, "/api/session"));
        Assert.Equal(status == 204 ? 401 : 200, await anna.StatusAsync(HttpMethod.Get, "/api/session"));
    }

    [Theory]
    [InlineData("Sec-Fetch-Site", "cross-site")]
    [InlineData("Origin", "https://evil.example")]
    public async Task NobodyIsSignedInByAnotherSite(string header, string value)
    {
        await UserAsync("anna@example.org", "viewer");
        using Browser browser = new(Host);
        browser.Headers[header] = value;
        Assert.Equal(403, (await browser.SignInAsync("anna@example.org", Password)).Status);
    }

    [Fact]
    public async Task ACookieDoesNotMakeAWrongKeyGood()
    {
        await UserAsync("anna@example.org", "viewer");
        using Browser anna = await SignedInAsync("anna@example.org");
        anna.Headers["Authorization"] = "Bearer nobody's";
        Assert.Equal(401, await anna.StatusAsync(HttpMethod.Get, "/api/devices"));
    }

    [Fact]
    public async Task SigningOutEndsThisSessionAndEverywhereAllOfThem()
    {
        long id = await UserAsync("anna@example.org", "viewer");
        using Browser one = await SignedInAsync("anna@example.org"), two = await SignedInAsync("anna@example.org"),
            three = await SignedInAsync("anna@example.org");
        string cookie = one.Cookie!;
        Assert.Equal(204, await one.StatusAsync(HttpMethod.Delete, "/api/session"));
        Assert.Null(one.Cookie);
        one.Cookie = cookie;
        Assert.Equal(401, await one.StatusAsync(HttpMethod.Get, "/api/session"));
        Assert.Equal(
            [true, false],
            (await two.SendAsync(HttpMethod.Get, "/api/sessions")).Json.EnumerateArray()
                .Select(static row => row.GetProperty("current").GetBoolean()).OrderDescending());
        Assert.Equal(204, await two.StatusAsync(HttpMethod.Delete, "/api/sessions"));
        Assert.Equal(401, await three.StatusAsync(HttpMethod.Get, "/api/session"));

        using Browser four = await SignedInAsync("anna@example.org");
        await DoAsync(HttpMethod.Delete, $"/api/users/{id}/sessions");
        Assert.Equal(401, await four.StatusAsync(HttpMethod.Get, "/api/session"));
        Assert.Equal(
            ["user.sign-out.everywhere", "user.sign-in"],
            (await Host.ListAsync("/api/audit?target=anna@example.org&limit=2")).Select(
                static row => row.GetProperty("action").GetString()!));
    }

    [Fact]
    public async Task ASessionEndsAfterAWeekOfSilenceAndAfterAMonthHoweverBusy()
    {
        await UserAsync("anna@example.org", "viewer");
        using Browser silent = await SignedInAsync("anna@example.org");
        using Browser busy = await SignedInAsync("anna@example.org");
        for (int day = 0; day < 29; day++)
        {
            Host.Clock.Advance(TimeSpan.FromDays(1));
            Assert.Equal(200, await busy.StatusAsync(HttpMethod.Get, "/api/session"));
        }

        Assert.Equal(401, await silent.StatusAsync(HttpMethod.Get, "/api/session"));
        Host.Clock.Advance(TimeSpan.FromDays(1));
        Assert.Equal(401, await busy.StatusAsync(HttpMethod.Get, "/api/session"));
    }

    [Fact]
    public async Task ADisabledOrRemovedUserIsOutAtOnce()
    {
        long id = await UserAsync("anna@example.org", "viewer");
        using Browser anna = await SignedInAsync("anna@example.org");
        await DoAsync(HttpMethod.Put, $"/api/users/{id}", """{"disabled":true}""");
        Assert.Equal(401, await anna.StatusAsync(HttpMethod.Get, "/api/devices"));
        Assert.Equal(401, (await anna.SignInAsync("anna@example.org", Password)).Status);
        await DoAsync(HttpMethod.Put, $"/api/users/{id}", """{"disabled":false}""");
        Assert.Equal(200, (await anna.SignInAsync("anna@example.org", Password)).Status);
        await DoAsync(HttpMethod.Delete, $"/api/users/{id}");
        Assert.Equal(401, await anna.StatusAsync(HttpMethod.Get, "/api/devices"));
        Assert.Equal(0, Sql(static session =>
        {
            using SqlStatement row = session.Query(
                "SELECT (SELECT count(*) FROM user_sessions) + (SELECT count(*) FROM grants WHERE principal LIKE 'user %')");
            row.Read();
            return row.Int32(0);
        }));
    }

    [Fact]
    public async Task SessionsOfAUserAreBounded()
    {
        await UserAsync("anna@example.org", "viewer");
        using Browser first = await SignedInAsync("anna@example.org");
        for (int i = 0; i < SessionSql.MaxOfUser; i++)
        {
            Host.Clock.Advance(TimeSpan.FromSeconds(1));
            (await SignedInAsync("anna@example.org")).Dispose();
        }

        Assert.Equal(401, await first.StatusAsync(HttpMethod.Get, "/api/session"));
    }

    [Fact]
    public async Task OverPlainHttpFromElsewhereNobodySignsIn()
    {
        await UserAsync("anna@example.org", "viewer");
        using Browser browser = new(Host);
        browser.Headers["Host"] = "count.example.org";
        (int status, JsonElement json) = await browser.SignInAsync("anna@example.org", Password);
        Assert.Equal(403, status);
        Assert.StartsWith("Sign-in needs https", json.GetProperty("error").GetString(), StringComparison.Ordinal);
        foreach (string path in new[] { "/signin", "/reset", "/invite/x", "/reset/x" })
        {
            (status, string text, _) = await browser.SendTextAsync(HttpMethod.Get, path);
            Assert.Equal(403, status);
            Assert.Contains("<strong>https</strong>", text, StringComparison.Ordinal);
            Assert.DoesNotContain("<form", text, StringComparison.Ordinal);
        }

        await using BackendHost allowed = Host.Another("--People:AllowPlainHttp=true");
        await allowed.StartAsync();
        await allowed.AdminAsync(
            HttpMethod.Post, "/api/users", $$"""{"email":"anna@example.org","role":"viewer","password":"{{Password}}"}""");
        using Browser there = new(allowed);
        there.Headers["Host"] = "count.example.org";
        Assert.Equal(200, (await there.SignInAsync("anna@example.org", Password)).Status);
    }

    [Fact]
    public void OverTlsTheCookieIsSecureAndOfThisHostAlone()
    {
        DefaultHttpContext http = new();
        http.Request.Scheme = "https";
        Host.Services.GetRequiredService<Sessions>().Give(http.Response, "token");
        string cookie = http.Response.Headers.SetCookie.Single()!;
        Assert.StartsWith("__Host-jambox=token;", cookie, StringComparison.Ordinal);
        Assert.Contains("; secure", cookie, StringComparison.Ordinal);
        Assert.DoesNotContain("domain", cookie, StringComparison.OrdinalIgnoreCase);
    }

    [Fact]
    public async Task TwoProcessesShareSessionsAndTries()
    {
        if (Host.Storage == TestStorage.Sqlite)
        {
            // One process has a SQLite file.
            return;
        }

        await UserAsync("anna@example.org", "viewer");
        using Browser anna = await SignedInAsync("anna@example.org");
        await using WebApplication second = Host.Build();
        await second.StartAsync();
        using HttpClient there = new(new SocketsHttpHandler { UseCookies = false }) { BaseAddress = new Uri(second.Urls.Single()) };
        there.DefaultRequestHeaders.Add("Cookie", anna.Cookie);
        Assert.Equal(200, (int)(await there.GetAsync("/api/session")).StatusCode);
        Assert.Equal(204, await anna.StatusAsync(HttpMethod.Delete, "/api/sessions"));
        Host.Clock.Advance(TimeSpan.FromSeconds(5));
        Assert.Equal(401, (int)(await there.GetAsync("/api/session")).StatusCode);

        int[] statuses = await Task.WhenAll(Enumerable.Range(0, 12).Select(async i =>
        {
            using StringContent body = new("""{"email":"anna@example.org","password":"wrong password"}""");
            return (int)(await (i % 2 == 0 ? Host.Http : there).PostAsync(new Uri("/api/session", UriKind.Relative), body)).StatusCode;
        }));
        Assert.Equal(5, statuses.Count(static status => status == 401));
    }
}
