using System.Text.Json;

using JamBox.Backend.Operation;
using JamBox.Backend.Reports;
using JamBox.Backend.Storage;
using JamBox.Backend.Tests.Hosting;
using JamBox.Backend.Tests.Insights;
using JamBox.Backend.Tests.People;

using Microsoft.AspNetCore.Builder;
using Microsoft.Extensions.DependencyInjection;

using MimeKit;

namespace JamBox.Backend.Tests.Reports;

/// <summary>Reports over the wire and by mail: whose, of what, when, and once. What stands on a page is in ReportPdfTests.</summary>
public abstract class ReportTests : PeopleTest
{
    private static readonly string[] s_week = ["09:00-19:00"];

    private readonly MailServer _mails;

    protected ReportTests(BackendHost shared)
        : this(shared, new MailServer())
    {
    }

    private ReportTests(BackendHost shared, MailServer mails)
        : base(shared, [.. mails.Args, "--People:Address=https://count.example.org"]) => _mails = mails;

    [Fact]
    public async Task AReportIsAPdfOfTheWeekThatIsOver()
    {
        long place = await ShopAsync("Bakery Mill Street");
        await BringAsync(new SyntheticBox(1), 36, 8);
        string key = await KeyAsync("viewer", place);
        using HttpResponseMessage answer = await SendAsync($"/api/reports/{place}.pdf", key);
        Assert.Equal("application/pdf", answer.Content.Headers.ContentType?.MediaType);
        Assert.Contains("report-week-2026-03-30.pdf", answer.Content.Headers.ContentDisposition?.ToString(), StringComparison.Ordinal);
        PdfText pdf = new(await answer.Content.ReadAsByteArrayAsync());
        Assert.Equal(1, pdf.Pages);
        Assert.Contains("Bakery Mill Street", pdf.Lines(0));
        Assert.Contains("30 March – 5 April 2026", pdf.Lines(0));

        // Nobody has counted: the place is compared with itself.
        Assert.Contains("With fewer than 4 counts by hand", pdf.Text(0), StringComparison.Ordinal);
        Assert.Contains("Europe/Berlin", pdf.Text(0), StringComparison.Ordinal);
        using HttpResponseMessage month = await SendAsync($"/api/reports/{place}.pdf?period=month&of=2026-03-10&language=es", key);
        Assert.Contains("marzo de 2026", new PdfText(await month.Content.ReadAsByteArrayAsync()).Lines(0));
    }

    /// <summary>
    /// Counts by hand make it a number, and the same one as on the screen. To look at: JAMBOX_REPORT_PICTURES is a folder.
    /// </summary>
    [Fact]
    public async Task WithCountsItIsTheNumberOfThePortal()
    {
        long place = await ShopAsync("Bakery Mill Street");
        await DoAsync(HttpMethod.Put, $"/api/places/{place}/stay", """{"minutes":12}""");
        SyntheticBox box = new(1);
        for (int day = 29; day < 34; day++)
        {
            foreach (int hour in new[] { 11, 13, 16 })
            {
                await BringAsync(box, day, hour);
                await DoAsync(
                    HttpMethod.Post, $"/api/places/{place}/counts", $$"""{"kind":"present","people":{{(hour == 16 ? 14 : 9)}}}""");
            }
        }

        // Its first days were before there were enough counts.
        await BringAsync(box, 36, 8);
        await DoAsync(HttpMethod.Post, $"/api/places/{place}/recalculation", """{"from":"2026-03-30"}""");
        JsonElement figures = await GetAsync($"/api/places/{place}/figures?from=2026-03-30&until=2026-04-05&by=day");
        double visitors = figures.GetProperty("visitors").GetProperty("value").GetDouble();
        using HttpResponseMessage answer = await SendAsync($"/api/reports/{place}.pdf", BackendHost.AdminKey);
        byte[] bytes = await answer.Content.ReadAsByteArrayAsync();
        Assert.Contains($"Best guess {ReportTexts.Of("en").Guess(visitors)}.", new PdfText(bytes).Text(0), StringComparison.Ordinal);
        if (Environment.GetEnvironmentVariable("JAMBOX_REPORT_PICTURES") is { } folder)
        {
            await File.WriteAllBytesAsync(Path.Combine(folder, "figures.pdf"), bytes);
        }
    }

    [Fact]
    public async Task TheCsvHasARowADayOrHourAndNoFormulas()
    {
        long place = await ShopAsync("=1+1");
        await BringAsync(new SyntheticBox(1), 36, 8);
        using HttpResponseMessage answer = await SendAsync($"/api/reports/{place}.csv?of=2026-03-30", BackendHost.AdminKey);
        string[] rows = (await answer.Content.ReadAsStringAsync()).TrimEnd().Split("\r\n");
        Assert.StartsWith("place_id,place,label,open_hours,coverage,gap,visitors_low,", rows[0], StringComparison.Ordinal);
        Assert.Equal(8, rows.Length);
        Assert.StartsWith($"{place},\"'=1+1\",2026-03-30,10,", rows[1], StringComparison.Ordinal);
        Assert.StartsWith($"{place},\"'=1+1\",2026-04-05,0,", rows[7], StringComparison.Ordinal);
        Assert.Contains(",closed,", rows[7], StringComparison.Ordinal);
        Assert.All(rows, row => Assert.Equal(rows[0].Count(static c => c == ','), row.Count(static c => c == ',')));
        using HttpResponseMessage hours = await SendAsync($"/api/reports/{place}.csv?of=2026-03-30&by=hour", BackendHost.AdminKey);
        Assert.Equal(1 + (7 * 24), (await hours.Content.ReadAsStringAsync()).TrimEnd().Split("\r\n").Length);
    }

    [Fact]
    public async Task OnlyOnesOwnPlacesAndOnlyWhatThereIs()
    {
        long place = await ShopAsync("Shop"), other = await PlaceAsync("Other");
        string key = await KeyAsync("viewer", place);
        foreach (string file in new[] { "pdf", "csv" })
        {
            await RefusedAsync(404, HttpMethod.Get, $"/api/reports/{other}.{file}", key: key);
            await RefusedAsync(404, HttpMethod.Get, $"/api/reports/99.{file}");
            await RefusedAsync(400, HttpMethod.Get, $"/api/reports/{place}.{file}?period=year");
            await RefusedAsync(400, HttpMethod.Get, $"/api/reports/{place}.{file}?of=yesterday");
        }

        await RefusedAsync(400, HttpMethod.Get, $"/api/reports/{place}.pdf?language=xx");

        // A place where nothing was ever heard has a report too, which says so.
        using HttpResponseMessage answer = await SendAsync($"/api/reports/{other}.pdf", BackendHost.AdminKey);
        Assert.Contains("No number", new PdfText(await answer.Content.ReadAsByteArrayAsync()).Lines(0));
        await UserAsync("anna@example.org", "viewer", place);
        using Browser anna = await SignedInAsync("anna@example.org");
        Assert.Equal(404, await anna.StatusAsync(HttpMethod.Put, "/api/report-choice", new { week = true, places = new[] { other } }));
        Assert.Equal(400, await anna.StatusAsync(HttpMethod.Put, "/api/report-choice", new { week = true, format = "doc" }));
        await RefusedAsync(403, HttpMethod.Get, "/api/report-choice");
    }

    [Fact]
    public async Task OnMondayMorningTheWeekIsMailedOnceHoweverManyProcessesAndRestarts()
    {
        long shop = await ShopAsync("Shop"), bar = await PlaceAsync("Bar", "Europe/Berlin");
        await PlaceAsync("Not hers", "Europe/Berlin");
        await BringAsync(new SyntheticBox(1), 33, 12);
        await UserAsync("anna@example.org", "viewer", shop, bar);
        using Browser anna = await SignedInAsync("anna@example.org");
        Assert.Equal(200, await anna.StatusAsync(HttpMethod.Put, "/api/report-choice", new { week = true, month = true, format = "both" }));
        Assert.Equal(
            """{"week":true,"month":true,"places":null,"format":"both","language":"en"}""",
            (await anna.SendAsync(HttpMethod.Get, "/api/report-choice")).Json.GetRawText());

        await ToAsync(35, 6);
        Assert.Equal(0, Sends());
        await using WebApplication other = Host.Build();
        await Task.WhenAll(
            RunAsync(Host.Services, SyntheticBox.At(35, 7)), RunAsync(other.Services, SyntheticBox.At(35, 7)),
            RunAsync(Host.Services, SyntheticBox.At(35, 7)));
        Assert.Equal((2, 1), (Sends(), Queued()));
        await ToAsync(35, 8);
        await Host.RestartAsync();
        await ToAsync(36, 8);
        Assert.Equal((2, 1), (Sends(), Queued()));

        MimeMessage mail = _mails.Next();
        Assert.Equal(0, _mails.Count);
        Assert.Equal("Your week at Shop and 1 more, 30 March – 5 April 2026", mail.Subject);
        Assert.Equal("anna@example.org", mail.To.ToString());
        Assert.Contains("Shop: ", mail.TextBody, StringComparison.Ordinal);
        Assert.Contains("https://count.example.org/reports", mail.TextBody, StringComparison.Ordinal);
        MimePart[] files = [.. mail.Attachments.OfType<MimePart>()];
        Assert.Equal(["report-week-2026-03-30.pdf", "report-week-2026-03-30.csv"], files.Select(static file => file.FileName));
        PdfText pdf = new(Bytes(files[0]));
        Assert.Equal(2, pdf.Pages);
        Assert.Contains("Bar", pdf.Lines(1));
        Assert.Contains($"{shop},\"Shop\",2026-03-30,", System.Text.Encoding.UTF8.GetString(Bytes(files[1])), StringComparison.Ordinal);

        // The 1st of May, a Friday: the month of both, and no week, which is too long ago.
        await ToAsync(60, 8);
        Assert.Equal((4, 2), (Sends(), Queued()));
        Assert.Equal("Your month at Shop and 1 more, April 2026", _mails.Next().Subject);
    }

    [Fact]
    public async Task WhatIsSentIsWhatItsReaderMaySeeThen()
    {
        long shop = await ShopAsync("Shop"), bar = await PlaceAsync("Bar", "Europe/Berlin");
        long anna = await WantsAsync("anna@example.org", shop, bar);
        long gone = await WantsAsync("gone@example.org", shop);
        _mails.Refuse(2);
        await ToAsync(7, 8);
        await DoAsync(HttpMethod.Put, $"/api/users/{anna}", $$"""{"role":"viewer","places":[{{bar}}]}""");
        await DoAsync(HttpMethod.Put, $"/api/users/{gone}", """{"disabled":true}""");
        await ToAsync(7, 12);
        MimeMessage mail = _mails.Next();
        Assert.Equal("Your week at Bar, 2–8 March 2026", mail.Subject);
        Assert.Equal(1, new PdfText(Bytes(mail.Attachments.OfType<MimePart>().Single())).Pages);
        await ToAsync(8, 12);
        Assert.Equal(0, _mails.Count);
    }

    [Fact]
    public async Task EachPlaceHasItsOwnMorningAndNobodyGetsWhatWasDueBefore()
    {
        Host.Clock.Set(DateTimeOffset.FromUnixTimeMilliseconds(SyntheticBox.At(2)));
        long tokyo = await PlaceAsync("Tokyo", "Asia/Tokyo"), lima = await PlaceAsync("Lima", "America/Lima");
        await WantsAsync("anna@example.org", tokyo, lima);
        await ToAsync(6, 22);
        Assert.Equal(0, Sends());

        // Monday, 7 in the morning there, is 23 o'clock of Sunday in Berlin, and 13 o'clock of Monday for Lima.
        await ToAsync(6, 23, 10);
        Assert.Equal(1, Sends());
        await ToAsync(7, 12);
        Assert.Equal(1, Sends());
        await ToAsync(7, 13, 10);
        Assert.Equal(2, Sends());
        await WantsAsync("late@example.org", tokyo);
        await ToAsync(9, 12);
        Assert.Equal(2, Sends());

        // A server that was away for four days sends nothing of the week before the last: what is old is no news.
        await ToAsync(18, 12);
        Assert.Equal(2, Sends());
        await ToAsync(21, 20);
        Assert.Equal(2 + 3, Sends());
    }

    private async Task<long> ShopAsync(string name)
    {
        Host.Clock.Set(DateTimeOffset.FromUnixTimeMilliseconds(SyntheticBox.At(0)));
        long place = await PlaceAsync(name, "Europe/Berlin");
        await MoveAsync(Device.Id, place);
        await DoAsync(HttpMethod.Put, $"/api/places/{place}/hours", JsonSerializer.Serialize(new
        {
            monday = s_week, tuesday = s_week, wednesday = s_week, thursday = s_week, friday = s_week, saturday = s_week,
            sunday = Array.Empty<string>(),
        }));
        return place;
    }

    private async Task BringAsync(SyntheticBox box, int day, int hour)
    {
        await box.Until(day, hour).SendAsync(Host, Device.Id);
        await ToAsync(day, hour);
    }

    private async Task<long> WantsAsync(string email, params long[] places)
    {
        long id = await UserAsync(email, "viewer", places);
        using Browser browser = await SignedInAsync(email);
        Assert.Equal(200, await browser.StatusAsync(HttpMethod.Put, "/api/report-choice", new { week = true }));
        return id;
    }

    /// <summary>Goes on to a time in Berlin; the jobs run then, and deliver.</summary>
    private async Task ToAsync(int day, int hour, int minute = 0)
    {
        Host.Clock.Set(DateTimeOffset.FromUnixTimeMilliseconds(SyntheticBox.At(day, hour)).AddMinutes(minute - 6));
        foreach (int minutes in new[] { 5, 1 })
        {
            Host.Clock.Advance(TimeSpan.FromMinutes(minutes));
            await Host.Services.GetRequiredService<JobRunner>().IdleAsync();
        }
    }

    private static Task RunAsync(IServiceProvider services, long now) => services.GetRequiredService<Store>().WriteAsync(
        (now, services), static (session, wanted) =>
        {
            List<QueuedReport> due =
                [.. ReportSql.Readers(session, 0).SelectMany(reader => ReportJob.Due(reader with { Sent = [] }, wanted.now))];
            return ReportSql.Queue(session, (due, wanted.now));
        });

    private Task<HttpResponseMessage> SendAsync(string path, string key)
    {
        HttpRequestMessage request = new(HttpMethod.Get, path);
        request.Headers.Authorization = new("Bearer", key);
        return Host.Http.SendAsync(request);
    }

    private static byte[] Bytes(MimePart file)
    {
        using MemoryStream bytes = new();
        file.Content!.DecodeTo(bytes);
        return bytes.ToArray();
    }

    private int Sends() => Count("report_sends");

    private int Queued() => Count("outbox WHERE channel = 'report'");

    private int Count(string from) => Sql(session =>
    {
        using SqlStatement row = session.Query($"SELECT count(*) FROM {from}");
        row.Read();
        return row.Int32(0);
    });
}
