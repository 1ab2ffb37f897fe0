using System.Net;
using System.Net.Sockets;
using System.Text;
using System.Text.Json;

using JamBox.Backend.Operation;
using JamBox.Backend.Storage;
using JamBox.Backend.Tests.Hosting;

using Microsoft.Extensions.DependencyInjection;

namespace JamBox.Backend.Tests.People;

/// <summary>Links that are good once: invitations and forgotten passwords.</summary>
public abstract class LinkTests(BackendHost shared) : PeopleTest(
    shared, "--People:Address=https://count.example.org", "--Alerts:SmtpHost=127.0.0.1", "--Alerts:SmtpPort=1", "--Alerts:SmtpTls=false",
    "--Alerts:MailFrom=box@example.org", "--Alerts:MailTo=shop@example.org")
{
    private const string Chosen = "staple of another horse";

    [Fact]
    public async Task AnInvitationIsMailedGoodOnceAndForSevenDays()
    {
        JsonElement made = await DoAsync(HttpMethod.Post, "/api/users", """{"email":"ben@example.org","role":"viewer"}""");
        Assert.Equal(JsonValueKind.Null, made.GetProperty("link").ValueKind);
        Assert.Equal("invited", made.GetProperty("user").GetProperty("state").GetString());
        string token = LinkOf(NewestMail(), "ben@example.org", "invite");
        using Browser browser = new(Host);
        Assert.Equal(401, (await browser.SignInAsync("ben@example.org", Chosen)).Status);
        Assert.Equal(
            "invite ben@example.org", Text((await browser.SendAsync(HttpMethod.Get, $"/api/links/{token}")).Json, "kind", "email"));
        Assert.StartsWith(
            "password: ",
            (await browser.SendAsync(HttpMethod.Post, $"/api/links/{token}", new { password = "short" })).Json.GetProperty("error")
                .GetString(), StringComparison.Ordinal);
        Assert.Equal(204, await browser.StatusAsync(HttpMethod.Post, $"/api/links/{token}", new { password = Chosen }));
        Assert.Equal(404, await browser.StatusAsync(HttpMethod.Post, $"/api/links/{token}", new { password = Chosen }));
        Assert.Equal(404, await browser.StatusAsync(HttpMethod.Get, $"/api/links/{token}"));
        Assert.Equal(200, (await browser.SignInAsync("ben@example.org", Chosen)).Status);
        Assert.Contains("https://count.example.org/sign-in", NewestMail().GetProperty("text").GetString(), StringComparison.Ordinal);

        await DoAsync(HttpMethod.Post, "/api/users", """{"email":"late@example.org","role":"viewer"}""");
        token = LinkOf(NewestMail(), "late@example.org", "invite");
        Host.Clock.Advance(TimeSpan.FromDays(7));
        Assert.Equal(404, await browser.StatusAsync(HttpMethod.Post, $"/api/links/{token}", new { password = Chosen }));
    }

    [Fact]
    public async Task InvitingAgainEndsTheLinkBefore()
    {
        long id = (await DoAsync(HttpMethod.Post, "/api/users", """{"email":"ben@example.org","role":"viewer"}""")).GetProperty("user")
            .GetProperty("id").GetInt64();
        string first = LinkOf(NewestMail(), "ben@example.org", "invite");
        await DoAsync(HttpMethod.Post, $"/api/users/{id}/invite");
        string second = LinkOf(NewestMail(), "ben@example.org", "invite");
        using Browser browser = new(Host);
        Assert.Equal(404, await browser.StatusAsync(HttpMethod.Post, $"/api/links/{first}", new { password = Chosen }));
        Assert.Equal(204, await browser.StatusAsync(HttpMethod.Post, $"/api/links/{second}", new { password = Chosen }));
    }

    [Fact]
    public async Task OfTwoWhoUseALinkAtOnceOneDoes()
    {
        await DoAsync(HttpMethod.Post, "/api/users", """{"email":"ben@example.org","role":"viewer"}""");
        string token = LinkOf(NewestMail(), "ben@example.org", "invite");
        using Browser browser = new(Host);
        int[] statuses =
            await Task.WhenAll(Enumerable.Range(0, 4).Select(n => browser.StatusAsync(HttpMethod.Post, $"/api/links/{token}", new
            {
                password = $"{Chosen} {n}",
            })));
        Assert.Equal([204, 404, 404, 404], statuses.Order());
    }

    [Fact]
    public async Task AForgottenPasswordIsReplacedWithinHalfAnHourAndEverySessionEnds()
    {
        await UserAsync("anna@example.org", "viewer");
        using Browser before = await SignedInAsync("anna@example.org");
        using Browser browser = new(Host);
        Assert.Equal(204, await browser.StatusAsync(HttpMethod.Post, "/api/password/reset", new { email = "Anna@example.org" }));
        string token = LinkOf(NewestMail(), "anna@example.org", "reset");
        Assert.Equal(204, await browser.StatusAsync(HttpMethod.Post, $"/api/links/{token}", new { password = Chosen }));
        Assert.Equal(401, await before.StatusAsync(HttpMethod.Get, "/api/session"));
        Assert.Equal(401, (await browser.SignInAsync("anna@example.org", Password)).Status);
        Assert.Equal(200, (await browser.SignInAsync("anna@example.org", Chosen)).Status);

        Assert.Equal(204, await browser.StatusAsync(HttpMethod.Post, "/api/password/reset", new { email = "anna@example.org" }));
        token = LinkOf(NewestMail(), "anna@example.org", "reset");
        Host.Clock.Advance(TimeSpan.FromMinutes(30));
        Assert.Equal(404, await browser.StatusAsync(HttpMethod.Post, $"/api/links/{token}", new { password = Password }));
    }

    [Fact]
    public async Task NobodysAddressIsMailedNothingAndLearnsNothing()
    {
        await UserAsync("anna@example.org", "viewer");
        using Browser browser = new(Host);
        browser.Headers["Host"] = "localhost";
        int Waiting() => Sql(static session =>
        {
            using SqlStatement row = session.Query("SELECT count(*) FROM outbox");
            row.Read();
            return row.Int32(0);
        });
        int before = Waiting();
        foreach (string email in new[] { "nobody@example.org", "no address", "a@b\r\nBcc: c@d" })
        {
            Assert.InRange(await browser.StatusAsync(HttpMethod.Post, "/api/password/reset", new { email }), 204, 400);
        }

        Assert.Equal(before, Waiting());
        for (int i = 0; i < 5; i++)
        {
            Assert.Equal(204, await browser.StatusAsync(HttpMethod.Post, "/api/password/reset", new { email = "anna@example.org" }));
        }

        Assert.Equal(429, await browser.StatusAsync(HttpMethod.Post, "/api/password/reset", new { email = "anna@example.org" }));

        // Where the link leads is configured, and never what a request said.
        Assert.DoesNotContain("localhost", NewestMail().GetProperty("text").GetString(), StringComparison.Ordinal);
    }

    [Fact]
    public async Task AMailThatWasSentIsNotKept()
    {
        using TcpListener listener = new(IPAddress.Loopback, 0);
        listener.Start();
        Task<string> mail = ReceiveMailAsync(listener);
        await using BackendHost host = Host.Another(
            "--People:Address=https://count.example.org", "--Alerts:SmtpHost=127.0.0.1", $"--Alerts:SmtpPort={((IPEndPoint)listener.LocalEndpoint).Port}",
            "--Alerts:SmtpTls=false", "--Alerts:MailFrom=box@example.org", "--Alerts:MailTo=shop@example.org");
        await host.StartAsync();
        using HttpResponseMessage made = await host.AdminAsync(
            HttpMethod.Post, "/api/users", """{"email":"ben@example.org","role":"viewer"}""");
        Assert.Equal(201, (int)made.StatusCode);
        host.Clock.Advance(TimeSpan.FromSeconds(10));
        string text = await mail.WaitAsync(TimeSpan.FromSeconds(120));
        Assert.Contains("To: ben@example.org", text, StringComparison.Ordinal);
        Assert.Contains(
            "/invite/", text.Replace("=\r\n", "", StringComparison.Ordinal).Replace("=\n", "", StringComparison.Ordinal),
            StringComparison.Ordinal);
        await host.Services.GetRequiredService<JobRunner>().IdleAsync();
        Assert.Equal("", host.Services.GetRequiredService<Store>().Read(0, static (session, _) =>
        {
            using SqlStatement row = session.Query("SELECT body FROM outbox WHERE channel = 'mail' AND delivered_at IS NOT NULL");
            Assert.True(row.Read());
            return row.Text(0);
        }));
    }

    [Fact]
    public async Task AnInventedLinkIsNoLinkHoweverLong()
    {
        using Browser browser = new(Host);
        foreach (string token in new[] { "x", new string('x', 43), new string('x', 3000), "%00", "..%2F..%2Fetc" })
        {
            Assert.InRange(await browser.StatusAsync(HttpMethod.Get, $"/api/links/{token}"), 400, 404);
            Assert.InRange(await browser.StatusAsync(HttpMethod.Post, $"/api/links/{token}", new { password = Chosen }), 400, 404);
        }
    }

    [Fact]
    public async Task AnOwnerLetsPeopleInAtTheirPlaceAndNoOther()
    {
        long mine = await PlaceAsync("Mine"), theirs = await PlaceAsync("Theirs");
        await UserAsync("owner@example.org", "owner", mine);
        await UserAsync("worker@example.org", "operator", mine);
        using Browser owner = await SignedInAsync("owner@example.org"), worker = await SignedInAsync("worker@example.org");
        Assert.Equal(204, await owner.StatusAsync(HttpMethod.Post, $"/api/places/{mine}/users", new
        {
            email = "ben@example.org",
            role = "viewer",
        }));
        LinkOf(NewestMail(), "ben@example.org", "invite");
        Assert.Equal(404, await owner.StatusAsync(HttpMethod.Post, $"/api/places/{theirs}/users", new
        {
            email = "ben@example.org",
            role = "viewer",
        }));
        Assert.Equal(400, await owner.StatusAsync(HttpMethod.Post, $"/api/places/{mine}/users", new
        {
            email = "ben@example.org",
            role = "admin",
        }));
        Assert.Equal(403, await worker.StatusAsync(HttpMethod.Post, $"/api/places/{mine}/users", new
        {
            email = "eve@example.org",
            role = "owner",
        }));
        JsonElement[] users = [.. (await owner.SendAsync(HttpMethod.Get, $"/api/places/{mine}/users")).Json.EnumerateArray()];
        Assert.Equal(
            ["ben@example.org viewer", "owner@example.org owner", "worker@example.org operator"],
            users.Select(static user => Text(user, "email", "role")));
        Assert.Equal(204, await owner.StatusAsync(HttpMethod.Delete, $"/api/places/{mine}/users/{users[0].GetProperty("user_id")}"));
        Assert.Equal(404, await owner.StatusAsync(HttpMethod.Delete, $"/api/places/{mine}/users/{users[2].GetProperty("user_id")}"));

        // A place whose only owner locks themselves out would be nobody's.
        Assert.Equal(409, await owner.StatusAsync(HttpMethod.Delete, $"/api/places/{mine}/users/{users[1].GetProperty("user_id")}"));
    }

    /// <summary>Mails of others cost their receivers; somebody who did not come is invited again, not at once.</summary>
    [Fact]
    public async Task AnOwnersInvitationsAreBounded()
    {
        long mine = await PlaceAsync("Mine");
        await UserAsync("owner@example.org", "owner", mine);
        using Browser owner = await SignedInAsync("owner@example.org");
        List<int> answers = [];
        for (int i = 0; i < 25; i++)
        {
            answers.Add(await InviteAsync($"guest{i}@example.org"));
        }

        Assert.Equal(20, answers.Count(static status => status == 204));
        Assert.All(answers.Skip(20), static status => Assert.Equal(429, status));
        Assert.Equal(20, Mails());
        Assert.Equal(204, await InviteAsync("guest0@example.org"));
        Assert.Equal(20, Mails());
        Host.Clock.Advance(TimeSpan.FromHours(25));
        Assert.Equal(204, await InviteAsync("guest0@example.org"));
        Assert.Equal(21, Mails());

        Task<int> InviteAsync(string email) =>
            owner.StatusAsync(HttpMethod.Post, $"/api/places/{mine}/users", new { email, role = "viewer" });

        int Mails() => Sql(static session =>
        {
            using SqlStatement row = session.Query(
                "SELECT count(*) FROM audit WHERE action = 'user.invite' AND after = 'mailed' AND who = 'owner@example.org'");
            row.Read();
            return row.Int32(0);
        });
    }

    private static string Text(JsonElement json, params string[] names) =>
        string.Join(' ', names.Select(name => json.GetProperty(name).ToString()));

    /// <summary>The token in a mail, which must be for the right one.</summary>
    private static string LinkOf(JsonElement mail, string to, string kind)
    {
        Assert.Equal(to, mail.GetProperty("to").GetString());
        string start = $"https://count.example.org/{kind}/";
        string text = mail.GetProperty("text").GetString()!;
        int at = text.IndexOf(start, StringComparison.Ordinal);
        Assert.True(at >= 0, text);
        return text[(at + start.Length)..].Split('\n')[0];
    }

    /// <summary>As much of a mail server as a mail needs.</summary>
    private static async Task<string> ReceiveMailAsync(TcpListener listener)
    {
        using TcpClient client = await listener.AcceptTcpClientAsync();
        using StreamReader reader = new(client.GetStream());
        await using StreamWriter writer = new(client.GetStream()) { AutoFlush = true, NewLine = "\r\n" };
        await writer.WriteLineAsync("220 test");
        StringBuilder text = new();
        bool data = false;
        while (await reader.ReadLineAsync() is { } line)
        {
            text.Append(line).Append('\n');
            if (data && line != ".")
            {
                continue;
            }

            data = line.StartsWith("DATA", StringComparison.Ordinal);
            await writer.WriteLineAsync(data ? "354 go on" : line.StartsWith("QUIT", StringComparison.Ordinal) ? "221 bye" : "250 ok");
            if (line.StartsWith("QUIT", StringComparison.Ordinal))
            {
                break;
            }
        }

        return text.ToString();
    }
}
