using System.Text.Json;

using JamBox.Backend.Notifications;
using JamBox.Backend.Operation;
using JamBox.Backend.Storage;
using JamBox.Backend.Tests.Hosting;
using JamBox.Backend.Tests.People;

using Microsoft.AspNetCore.Builder;
using Microsoft.Extensions.DependencyInjection;

namespace JamBox.Backend.Tests.Notifications;

/// <summary>What users are told: their list, their mails, and what happens too often.</summary>
public abstract class NotificationTests(BackendHost shared) : PeopleTest(
    shared, "--Alerts:SmtpHost=127.0.0.1", "--Alerts:SmtpPort=9", "--Alerts:MailFrom=box@example.org", "--Alerts:MailTo=all@example.org",
    "--People:Address=https://count.example.org")
{
    private static readonly string[] s_offline = ["offline"];

    [Fact]
    public async Task ADeviceThatFlapsIsToldOnceAndThenHowOftenMore()
    {
        for (int n = 0; n < 4; n++)
        {
            await TellAsync(Device.Id, "threshold", $"Temperature above 70, time {n}");
            Host.Clock.Advance(TimeSpan.FromSeconds(20));
        }

        JsonElement[] told = Outbox("webhook");
        Assert.Equal("Temperature above 70, time 0", Assert.Single(told).GetProperty("message").GetString());

        // The cool-down of 300 s is over: what was counted is told, in the same row.
        await PassAsync(300);
        told = Outbox("webhook");
        Assert.Equal(2, told.Length);
        Assert.Equal("Temperature above 70, time 3 (3 times more within 5 min)", told[1].GetProperty("message").GetString());
        Assert.Equal(4, told[1].GetProperty("times").GetInt64());
        Assert.Equal(told[0].GetProperty("notification_id").GetInt64(), told[1].GetProperty("notification_id").GetInt64());

        // It is quiet: nothing is told, and the next one is told at once, in a row of its own.
        await PassAsync(700);
        Assert.Equal(2, Outbox("webhook").Length);
        await TellAsync(Device.Id, "threshold", "Again");
        told = Outbox("webhook");
        Assert.Equal(3, told.Length);
        Assert.NotEqual(told[0].GetProperty("notification_id").GetInt64(), told[2].GetProperty("notification_id").GetInt64());
    }

    [Fact]
    public async Task KindsDevicesAndStatesCoolDownByThemselves()
    {
        TestDevice other = await Host.RegisterAsync();
        await TellAsync(Device.Id, "threshold", "a");
        await TellAsync(other.Id, "threshold", "b");
        await TellAsync(Device.Id, "low_battery", "c");
        await TellAsync(Device.Id, "threshold", "d", Notice.Recovered);
        await TellAsync(Device.Id, "threshold", "not told");
        Assert.Equal(["a", "b", "c", "d"], Outbox("log").Select(static body => body.GetProperty("message").GetString()));
    }

    [Fact]
    public async Task WhatGoesOnForDaysGetsARowADay()
    {
        for (int hour = 0; hour < 50; hour++)
        {
            // More often than the cool-down, all the time.
            for (int n = 0; n < 4; n++)
            {
                await TellAsync(Device.Id, "threshold", "Up and down");
                await PassAsync(100);
            }
        }

        long times = Sql(static session =>
        {
            using SqlStatement row = session.Query("SELECT count(*), sum(times) FROM notifications");
            row.Read();
            Assert.InRange(row.Int64(0), 1, 4);
            return row.Int64(1);
        });
        Assert.InRange(times, 190, 200);
    }

    [Fact]
    public async Task AListHoldsWhatIsOfOnesPlacesAndChosenKinds()
    {
        long shop = await PlaceAsync("Shop"), bar = await PlaceAsync("Bar");
        TestDevice other = await Host.RegisterAsync();
        await MoveAsync(Device.Id, shop);
        await MoveAsync(other.Id, bar);
        long id = await UserAsync("anna@example.org", "viewer", shop);
        await UserAsync("all@example.org", "viewer");
        using Browser anna = await SignedInAsync("anna@example.org"), all = await SignedInAsync("all@example.org");
        await TellAsync(Device.Id, "offline", "Shop is silent");
        await TellAsync(other.Id, "offline", "Bar is silent");
        await TellAsync("rollout 7", "rollout_stopped", "Roll-out 7 has stopped");
        await TellAsync(Device.Id, "burst", "Shop sends too much");

        // Until something is chosen, everything is in the list.
        Assert.Equal(["Shop sends too much", "Shop is silent"], await MessagesAsync(anna));
        Assert.Equal(["Shop sends too much", "Roll-out 7 has stopped", "Bar is silent", "Shop is silent"], await MessagesAsync(all));
        JsonElement row = (await anna.SendAsync(HttpMethod.Get, "/api/notifications?limit=1")).Json[0];
        Assert.Equal(("Shop", shop), (row.GetProperty("place_name").GetString(), row.GetProperty("place_id").GetInt64()));

        // What happened at the place stays with it when the box has gone, and none of it goes along.
        await MoveAsync(Device.Id, bar);
        Host.Clock.Advance(TimeSpan.FromHours(1));
        await TellAsync(Device.Id, "offline", "Silent in the bar");
        Assert.Equal(["Shop sends too much", "Shop is silent"], await MessagesAsync(anna));
        await ChooseAsync(anna, list: s_offline);
        Assert.Equal(["Shop is silent"], await MessagesAsync(anna));

        // Without the place nothing of it is there.
        await DoAsync(HttpMethod.Put, $"/api/users/{id}", $$"""{"role":"viewer","places":[{{bar}}]}""");
        Assert.Equal(["Silent in the bar", "Bar is silent"], await MessagesAsync(anna));
        await RefusedAsync(403, HttpMethod.Get, "/api/notifications");
    }

    [Fact]
    public async Task WhatWasReadIsReadUntilItIsToldAgain()
    {
        await UserAsync("anna@example.org", "viewer");
        await UserAsync("ben@example.org", "viewer");
        using Browser anna = await SignedInAsync("anna@example.org"), ben = await SignedInAsync("ben@example.org");
        await TellAsync(Device.Id, "threshold", "one");
        await TellAsync(Device.Id, "burst", "two");
        Assert.Equal(2, await UnreadAsync(anna));
        long two = (await anna.SendAsync(HttpMethod.Get, "/api/notifications")).Json[0].GetProperty("id").GetInt64();
        Assert.Equal(204, await anna.StatusAsync(HttpMethod.Put, $"/api/notifications/{two}/read"));
        Assert.Equal(204, await anna.StatusAsync(HttpMethod.Put, $"/api/notifications/{two}/read"));
        Assert.Equal(["one"], await MessagesAsync(anna, "?read=false"));
        Assert.Equal(["two"], await MessagesAsync(anna, "?read=true"));
        Assert.Equal(["two", "one"], await MessagesAsync(ben, "?read=false"));
        Assert.Equal(404, await anna.StatusAsync(HttpMethod.Put, "/api/notifications/99/read"));

        Assert.Equal(204, await anna.StatusAsync(HttpMethod.Put, "/api/notifications/read-all"));
        Assert.Equal((0, 2), (await UnreadAsync(anna), await UnreadAsync(ben)));
        Assert.Equal(204, await anna.StatusAsync(HttpMethod.Delete, $"/api/notifications/{two}"));
        Assert.Equal(404, await anna.StatusAsync(HttpMethod.Delete, $"/api/notifications/{two}"));
        Assert.Equal(["one"], await MessagesAsync(anna));
        Assert.Equal(2, (await MessagesAsync(ben)).Length);

        // It happens again: it is there again, unread, with all its times.
        await TellAsync(Device.Id, "burst", "two again");
        await PassAsync(310);
        Assert.Equal(["two again"], await MessagesAsync(anna, "?read=false"));
        Assert.Equal(1, await UnreadAsync(anna));
    }

    [Fact]
    public async Task WhatWasReadOrRemovedByMistakeIsTakenBack()
    {
        await UserAsync("anna@example.org", "viewer");
        await UserAsync("ben@example.org", "viewer");
        using Browser anna = await SignedInAsync("anna@example.org"), ben = await SignedInAsync("ben@example.org");
        await TellAsync(Device.Id, "threshold", "one");
        await TellAsync(Device.Id, "burst", "two");
        long two = (await anna.SendAsync(HttpMethod.Get, "/api/notifications")).Json[0].GetProperty("id").GetInt64();

        Assert.Equal(204, await anna.StatusAsync(HttpMethod.Put, "/api/notifications/read-all"));
        Assert.Equal(204, await anna.StatusAsync(HttpMethod.Put, $"/api/notifications/{two}/unread"));
        Assert.Equal(["two"], await MessagesAsync(anna, "?read=false"));
        Assert.Equal((1, 2), (await UnreadAsync(anna), await UnreadAsync(ben)));
        Assert.Equal(204, await anna.StatusAsync(HttpMethod.Put, $"/api/notifications/{two}/read"));
        Assert.Equal(0, await UnreadAsync(anna));
        Assert.Equal(204, await anna.StatusAsync(HttpMethod.Put, $"/api/notifications/{two}/unread"));
        Assert.Equal(204, await anna.StatusAsync(HttpMethod.Put, "/api/notifications/read-all"));
        Assert.Equal(0, await UnreadAsync(anna));

        Assert.Equal(204, await anna.StatusAsync(HttpMethod.Delete, $"/api/notifications/{two}"));
        Assert.Equal(["one"], await MessagesAsync(anna));
        Assert.Equal(404, await anna.StatusAsync(HttpMethod.Put, $"/api/notifications/{two}/unread"));
        Assert.Equal(204, await anna.StatusAsync(HttpMethod.Put, $"/api/notifications/{two}/restore"));
        Assert.Equal(["two", "one"], await MessagesAsync(anna, "?read=true"));
        Assert.Equal(404, await anna.StatusAsync(HttpMethod.Put, "/api/notifications/99/restore"));
        await RefusedAsync(403, HttpMethod.Put, $"/api/notifications/{two}/restore");
    }

    /// <summary>As notifications do: by the place where it was raised, wherever the box stands now.</summary>
    [Fact]
    public async Task AnAlertSaysWhereItWasRaised()
    {
        long shop = await PlaceAsync("Shop"), bar = await PlaceAsync("Bar");
        await MoveAsync(Device.Id, shop);
        await SqlAsync(
            "INSERT INTO alerts (device_id, alert_type, severity, message, created_at) VALUES "
            + $"('{Device.Id}', 'burst', 'warning', 'too much', {Host.Clock.GetUtcNow().ToUnixTimeMilliseconds()}), "
            + $"('rollout 7', 'rollout_stopped', 'warning', 'stopped', {Host.Clock.GetUtcNow().ToUnixTimeMilliseconds()})");
        Host.Clock.Advance(TimeSpan.FromHours(1));
        await MoveAsync(Device.Id, bar);
        JsonElement[] alerts = await Host.ListAsync("/api/alerts");
        Assert.Equal(
            [("rollout 7", ""), (Device.Id, "Shop")],
            alerts.Select(static alert => (alert.GetProperty("device_id").GetString()!, alert.GetProperty("place_name").ToString())));
        Assert.Equal(shop, alerts[1].GetProperty("place_id").GetInt64());
    }

    [Fact]
    public async Task AListIsFilteredByKindAndPlaceNoFurtherThanOneMaySee()
    {
        long shop = await PlaceAsync("Shop"), bar = await PlaceAsync("Bar");
        TestDevice other = await Host.RegisterAsync();
        await MoveAsync(Device.Id, shop);
        await MoveAsync(other.Id, bar);
        await UserAsync("anna@example.org", "viewer", shop);
        await UserAsync("all@example.org", "viewer");
        using Browser anna = await SignedInAsync("anna@example.org"), all = await SignedInAsync("all@example.org");
        await TellAsync(Device.Id, "offline", "Shop is silent");
        await TellAsync(other.Id, "offline", "Bar is silent");
        await TellAsync(other.Id, "burst", "Bar sends too much");
        Assert.Equal(["Bar is silent", "Shop is silent"], await MessagesAsync(all, "?kind=offline"));
        Assert.Equal(["Bar sends too much", "Bar is silent"], await MessagesAsync(all, $"?place={bar}"));
        Assert.Equal(["Bar sends too much"], await MessagesAsync(all, $"?place={bar}&kind=burst&read=false"));
        Assert.Equal(["Shop is silent"], await MessagesAsync(anna, "?kind=offline"));
        Assert.Empty(await MessagesAsync(anna, $"?place={bar}"));
        Assert.Equal(400, await anna.StatusAsync(HttpMethod.Get, "/api/notifications?kind=anything"));
    }

    [Fact]
    public async Task AListComesInParts()
    {
        await UserAsync("anna@example.org", "viewer");
        using Browser anna = await SignedInAsync("anna@example.org");
        for (int n = 0; n < 5; n++)
        {
            await TellAsync($"rollout {n}", "rollout_stopped", $"{n}");
        }

        Assert.Equal(["4", "3"], await MessagesAsync(anna, "?limit=2"));
        long third = (await anna.SendAsync(HttpMethod.Get, "/api/notifications?limit=3")).Json[2].GetProperty("id").GetInt64();
        Assert.Equal(["1", "0"], await MessagesAsync(anna, $"?limit=2&cursor={third}"));
        Assert.Equal(400, await anna.StatusAsync(HttpMethod.Get, "/api/notifications?read=perhaps"));
        Assert.Equal(400, await anna.StatusAsync(HttpMethod.Get, "/api/notifications?unread=true"));
    }

    [Fact]
    public async Task ANetworkThatFailsIsOneMailToEachWhoMaySeeIt()
    {
        long shop = await PlaceAsync("Shop"), bar = await PlaceAsync("Bar", "Asia/Tokyo");
        List<TestDevice> devices = [Device];
        for (int n = 0; n < 29; n++)
        {
            devices.Add(await Host.RegisterAsync());
        }

        foreach (TestDevice device in devices)
        {
            await MoveAsync(device.Id, device == Device ? shop : bar);
            await device.PostAsync("/api/heartbeat", $$"""{"d":"{{device.Id}}"}""");
        }

        await WantsMailAsync("all@example.org");
        await WantsMailAsync("anna@example.org", shop);
        await WantsMailAsync("bart@example.org", bar);
        long gone = await WantsMailAsync("gone@example.org", bar);
        long lost = await WantsMailAsync("lost@example.org", bar);
        long invited = (await DoAsync(HttpMethod.Post, "/api/users", """{"email":"new@example.org","role":"viewer"}""")).GetProperty("user")
            .GetProperty("id").GetInt64();
        await SqlAsync($"INSERT INTO user_notifications (user_id, kind, channel) VALUES ({invited}, 'offline', 'mail')");
        await SqlAsync("DELETE FROM outbox");
        await DoAsync(HttpMethod.Put, $"/api/users/{gone}", """{"disabled":true}""");
        await DoAsync(HttpMethod.Put, $"/api/users/{lost}", $$"""{"role":"viewer","places":[{{shop}}]}""");

        Host.Clock.Advance(TimeSpan.FromHours(25));
        await PassAsync(60);
        await PassAsync(10);
        JsonElement[] mails = Outbox("mail");
        Assert.Equal(
            ["all@example.org", "anna@example.org", "bart@example.org", "lost@example.org"],
            mails.Select(static mail => mail.GetProperty("to").GetString()).Order());
        JsonElement Of(string to) => mails.Single(mail => mail.GetProperty("to").GetString() == $"{to}@example.org");
        Assert.Equal("JamBox: 30 notifications", Of("all").GetProperty("subject").GetString());
        Assert.Equal($"JamBox: {Device.Id} has been silent since 2026-01-29 10:00 UTC", Of("anna").GetProperty("subject").GetString());
        string text = Of("bart").GetProperty("text").GetString()!;
        Assert.Contains("Bar\n    30 Jan, 20:", text, StringComparison.Ordinal);
        Assert.Contains("and 9 more", text, StringComparison.Ordinal);
        Assert.Contains("https://count.example.org/notifications", text, StringComparison.Ordinal);
        Assert.DoesNotContain(Device.Id, text, StringComparison.Ordinal);
        Assert.DoesNotContain("Bar\n", Of("lost").GetProperty("text").GetString(), StringComparison.Ordinal);

        // They are back, which nobody wanted to be told; and what comes within the cool-down waits for its end.
        foreach (TestDevice device in devices)
        {
            await device.PostAsync("/api/heartbeat", $$"""{"d":"{{device.Id}}"}""");
        }

        await PassAsync(60);
        await PassAsync(300);
        Assert.Equal(4, Outbox("mail").Length);
    }

    [Fact]
    public async Task TwoProcessesTellAndMailOnce()
    {
        await WantsMailAsync("all@example.org");
        await TellAsync(Device.Id, "offline", "one");
        await TellAsync(Device.Id, "offline", "two");
        await PassAsync(20);
        Assert.Single(Outbox("mail"));
        await using WebApplication process = Host.Build();
        Store other = process.Services.GetRequiredService<Store>();
        long now = Host.Clock.GetUtcNow().AddSeconds(400).ToUnixTimeMilliseconds();
        Store one = Host.Services.GetRequiredService<Store>();
        int[] told = await Task.WhenAll(
            new[] { one, other, one, other }.Select(store => store.WriteAsync((now, 300_000L), NotificationSql.EndCooldowns)));
        Assert.Equal(1, told.Sum());
        MailRound round = new(now, 300_000, null, IsOn: true);
        int[] mailed = await Task.WhenAll(
            new[] { one, other, one, other }.Select(store => store.WriteAsync(round, NotificationMailSql.Mail)));
        Assert.Equal(1, mailed.Sum());
    }

    [Fact]
    public async Task NamesAndMessagesAreNoStructureOfAMail()
    {
        long shop = await PlaceAsync("Shop");
        await SqlAsync($"UPDATE places SET name = 'Shop\r\nBcc: all@example.com' WHERE id = {shop}");
        await MoveAsync(Device.Id, shop);
        await WantsMailAsync("anna@example.org", shop);
        await TellAsync(Device.Id, "offline", "silent\r\nBcc: all@example.com");
        await PassAsync(10);
        JsonElement mail = Outbox("mail").Single();
        Assert.Equal("JamBox: silent  Bcc: all@example.com", mail.GetProperty("subject").GetString());
        Assert.DoesNotContain("\nBcc", mail.GetProperty("text").GetString(), StringComparison.Ordinal);
    }

    [Fact]
    public async Task ListenersHearOfItAsTheListShowsIt()
    {
        using Events.Listener listener = await Events.Listener.OpenAsync(Host, "/api/events");
        await listener.NextAsync();
        await TellAsync(Device.Id, "offline", "silent");
        (string kind, string data, _) = await listener.NextAsync();
        Assert.Equal("notification", kind);
        JsonElement json = JsonElement.Parse(data);
        Assert.Equal(
            ("offline", "silent", 1),
            (json.GetProperty("kind").GetString(), json.GetProperty("message").GetString(), json.GetProperty("times").GetInt32()));
    }

    [Fact]
    public async Task OldOnesAreRemovedWithWhatWasDoneWithThem()
    {
        await UserAsync("anna@example.org", "viewer");
        using Browser anna = await SignedInAsync("anna@example.org");
        await TellAsync(Device.Id, "burst", "old");
        long id = (await anna.SendAsync(HttpMethod.Get, "/api/notifications")).Json[0].GetProperty("id").GetInt64();
        await anna.StatusAsync(HttpMethod.Put, $"/api/notifications/{id}/read");
        Host.Clock.Advance(TimeSpan.FromDays(60));
        await TellAsync(Device.Id, "burst", "new");
        Host.Clock.Advance(TimeSpan.FromDays(31));
        await DoAsync(HttpMethod.Post, "/api/admin/maintenance");
        Assert.Equal((1, 0), (Count("notifications"), Count("notification_marks")));

        // However many there are, the newest stay.
        await SqlAsync(
            """
            INSERT INTO notifications (id, at, told_at, kind, state, device_id, message)
            VALUES (100500, 0, 9000000000000, 'burst', 'raised', 'x', 'last')
            """);
        await DoAsync(HttpMethod.Post, "/api/admin/maintenance");
        Assert.Equal(1, Count("notifications"));
    }

    private Task TellAsync(string device, string kind, string message, string state = Notice.Raised) =>
        Host.Services.GetRequiredService<Store>().WriteAsync(
            new Notice(kind, state, device, message, Host.Clock.GetUtcNow().ToUnixTimeMilliseconds()), static (session, notice) =>
            {
                NotificationSql.Tell(session, notice);
                return 1;
            });

    private Task<int> SqlAsync(string sql) =>
        Host.Services.GetRequiredService<Store>().WriteAsync(sql, static (session, sql) => session.Execute(sql));

    private int Count(string table) => Sql(session =>
    {
        using SqlStatement row = session.Query($"SELECT count(*) FROM {table}");
        row.Read();
        return row.Int32(0);
    });

    private JsonElement[] Outbox(string channel) => Sql(session =>
    {
        using SqlStatement row = session.Query("SELECT body FROM outbox WHERE channel = $1 ORDER BY id", channel);
        List<JsonElement> bodies = [];
        while (row.Read())
        {
            bodies.Add(JsonElement.Parse(row.Text(0)));
        }

        return bodies.ToArray();
    });

    /// <summary>Time passes, and the jobs run at its end.</summary>
    private async Task PassAsync(int seconds)
    {
        Host.Clock.Advance(TimeSpan.FromSeconds(seconds - 10));
        Host.Clock.Advance(TimeSpan.FromSeconds(10));
        await Host.Services.GetRequiredService<JobRunner>().IdleAsync();
    }

    private async Task<long> WantsMailAsync(string email, params long[] places)
    {
        long id = await UserAsync(email, "viewer", places);
        using Browser browser = await SignedInAsync(email);
        await ChooseAsync(browser, mail: s_offline);
        return id;
    }

    private static async Task ChooseAsync(Browser browser, string[]? list = null, string[]? mail = null) => Assert.Equal(
        200, await browser.StatusAsync(HttpMethod.Put, "/api/notification-choice", new { list = list ?? [], mail = mail ?? [] }));

    private static async Task<string[]> MessagesAsync(Browser browser, string query = "") =>
        [.. (await browser.SendAsync(HttpMethod.Get, $"/api/notifications{query}")).Json.EnumerateArray()
            .Select(static row => row.GetProperty("message").GetString()!)];

    private static async Task<long> UnreadAsync(Browser browser) =>
        (await browser.SendAsync(HttpMethod.Get, "/api/notifications/unread")).Json.GetProperty("unread").GetInt64();
}
