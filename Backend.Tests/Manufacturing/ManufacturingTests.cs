using System.Text.Json;
using System.Text.RegularExpressions;

using JamBox.Backend.Manufacturing;
using JamBox.Backend.Security;
using JamBox.Backend.Storage;
using JamBox.Backend.Tests.Hosting;
using JamBox.Backend.Tests.People;
using JamBox.Backend.Tests.Reports;
using JamBox.Ota.Nvs;

using Microsoft.Extensions.DependencyInjection;

namespace JamBox.Backend.Tests.Manufacturing;

/// <summary>From a carton of boards to boxes that count: batches, steps, identities, claims.</summary>
public abstract class ManufacturingTests(BackendHost shared) : PeopleTest(
    shared, "--Manufacturing:Host=count.example.org", "--Manufacturing:Boards:CL:Platform=esp32c3",
    "--Manufacturing:Boards:CL:Product=clock", "--People:Address=https://count.example.org", "--Alerts:SmtpHost=127.0.0.1",
    "--Alerts:SmtpPort=9", "--Alerts:MailFrom=box@example.org", "--Alerts:MailTo=shop@example.org", "--People:AllowPlainHttp=true")
{
    [Fact]
    public async Task ABatchHasIdsSerialNumbersAndPinsThatAreShownOnce()
    {
        string maker = await KeyAsync("maker");
        JsonElement batch = await BatchAsync(3, key: maker);
        JsonElement[] made = [.. batch.GetProperty("devices").EnumerateArray()];
        Assert.Equal(3, made.Select(static device => Text(device, "serial")).Distinct().Count());
        Assert.All(made, static device => Assert.True(SerialNumber.IsSerial(Text(device, "serial"))));
        Assert.All(made, static device => Assert.Matches("^JBNB[0-9]{4}$", Text(device, "device_id")));
        Assert.All(made, static device => Assert.Matches("^[0-9]{4}$", Text(device, "pin")));

        JsonElement shown = await DoAsync(HttpMethod.Get, $"/api/manufacturing/batch/{batch.GetProperty("id")}", key: maker);
        Assert.Equal(
            made.Select(static device => Text(device, "serial")),
            shown.GetProperty("devices").EnumerateArray().Select(static device => Text(device, "serial")));
        Assert.Equal(3, shown.GetProperty("batch").GetProperty("by_status").GetProperty("manufactured").GetInt32());
        Assert.False(shown.GetProperty("devices")[0].TryGetProperty("pin", out _));
        Assert.Equal(1, await CountAsync($"q={Text(made[1], "serial")[^5..].ToLowerInvariant()}"));
        Assert.Equal(0, await CountAsync("q=%25"));
        Assert.Equal(2, await CountAsync("hw_type=NB&status=manufactured&limit=2"));
    }

    [Fact]
    public async Task AThingHasItsSerialNumberForAnId()
    {
        const string Body = """{"board_type":"CL","board_version":"02","quantity":1}""";
        JsonElement device = (await DoAsync(HttpMethod.Post, "/api/manufacturing/batch", Body)).GetProperty("devices")[0];
        Assert.Equal(Text(device, "serial"), Text(device, "device_id"));
        JsonElement row = (await MadeAsync(device)).GetProperty("device");
        Assert.Equal(("thing", "esp32c3", "clock"), (Text(row, "kind"), Text(row, "platform"), Text(row, "product")));
    }

    [Fact]
    public async Task WhenIdsRunOutNothingOfTheBatchIsMade()
    {
        await Host.RegisterAsync("JBNB9998");
        await Host.Services.GetRequiredService<Store>().WriteAsync(0, static (session, _) =>
        {
            for (int i = 1; i < 9998; i++)
            {
                session.Execute(
                    """
                    INSERT INTO devices (device_id, token_hash, timezone, registered_at) VALUES ($1, $1, 'UTC', 0)
                    ON CONFLICT (device_id) DO NOTHING
                    """, $"JBNB{i:D4}");
            }

            return 0;
        });
        Assert.Contains(
            "used up", await RefusedAsync(409, HttpMethod.Post, "/api/manufacturing/batch", MakerCalls.Batch(2)), StringComparison.Ordinal);
        Assert.Equal(0, await CountAsync(""));
        Assert.Equal(0, (await DoAsync(HttpMethod.Get, "/api/manufacturing/batches")).GetArrayLength());
        Assert.Equal("JBNB9999", Text((await BatchAsync(1)).GetProperty("devices")[0], "device_id"));
    }

    [Theory]
    [InlineData("""{"board_type":"nb","board_version":"02","quantity":1}""", "board_type")]
    [InlineData("""{"board_type":"XX","board_version":"02","quantity":1}""", "board_type: XX is not known; there are CL, NB")]
    [InlineData("""{"board_type":"NB","board_version":"2","quantity":1}""", "board_version")]
    [InlineData("""{"board_type":"NB","board_version":"02","quantity":1001}""", "quantity")]
    [InlineData("""{"board_type":"NB","board_version":"02"}""", "quantity")]
    public async Task AWrongBatchIsRefusedByItsField(string body, string error) =>
        Assert.Contains(error, await RefusedAsync(400, HttpMethod.Post, "/api/manufacturing/batch", body), StringComparison.Ordinal);

    [Fact]
    public async Task OnlyAllowedStepsAreTakenEachWithWhoAndWhy()
    {
        JsonElement device = (await BatchAsync(1)).GetProperty("devices")[0];
        string maker = await KeyAsync("maker"), path = $"/api/manufacturing/devices/{Text(device, "serial")}/status";
        Assert.Contains(
            "flashed or scrapped", await RefusedAsync(409, HttpMethod.Post, path, """{"status":"sold"}"""), StringComparison.Ordinal);
        Assert.Contains("claims", await RefusedAsync(409, HttpMethod.Post, path, """{"status":"claimed"}"""), StringComparison.Ordinal);
        await DoAsync(HttpMethod.Post, path, """{"status":"flashed","why":"bench 2"}""", maker);
        JsonElement step = (await MadeAsync(device)).GetProperty("steps")[0];
        Assert.Equal(
            ("manufactured", "flashed", "bench 2"), (Text(step, "from"), Text(step, "to"), Text(step, "why")));
        Assert.StartsWith("test ", Text(step, "who"), StringComparison.Ordinal);
        await DoAsync(HttpMethod.Post, path, """{"status":"provisioned"}""", maker);
        await DoAsync(HttpMethod.Post, path, """{"status":"sold"}""", maker);
        Assert.Contains(
            "admin", await RefusedAsync(403, HttpMethod.Post, path, """{"status":"returned"}""", maker), StringComparison.Ordinal);
        await DoAsync(HttpMethod.Post, path, """{"status":"returned"}""");
        await DoAsync(HttpMethod.Post, path, """{"status":"scrapped"}""", maker);
        Assert.Contains("its end", await RefusedAsync(409, HttpMethod.Post, path, """{"status":"flashed"}"""), StringComparison.Ordinal);
    }

    [Fact]
    public async Task AnImageThatNeverReachedAChipLeavesTheOldTokenGood()
    {
        JsonElement device = (await BatchAsync(1)).GetProperty("devices")[0];
        TestDevice first = await Host.FlashAsync(device);
        Assert.Equal(200, (await HeartbeatAsync(first)).Status);
        TestDevice lost = await Host.FlashAsync(device), second = await Host.FlashAsync(device);
        Assert.Equal(200, (await HeartbeatAsync(first)).Status);
        Assert.Equal(401, (await HeartbeatAsync(lost)).Status);
        Assert.Equal(200, (await HeartbeatAsync(second)).Status);
        Assert.Equal(401, (await HeartbeatAsync(first)).Status);
    }

    [Fact]
    public async Task AnImageHoldsWhatABoxNeedsAndItsSecretsStandNowhereElse()
    {
        JsonElement device = (await BatchAsync(1)).GetProperty("devices")[0];
        NvsImage image = NvsImage.Parse(await Host.ImageAsync(device));
        Assert.Equal(Text(device, "device_id"), MakerCalls.TextOf(image, "device_id"));
        Assert.Equal("count.example.org", MakerCalls.TextOf(image, "host"));
        byte[] macKey = BlobOf(image, "mac_key");
        Assert.Equal(32, macKey.Length);
        Assert.Equal(macKey, BlobOf(NvsImage.Parse(await Host.ImageAsync(device)), "mac_key"));
        Assert.NotEqual(macKey, BlobOf(NvsImage.Parse(await Host.ImageAsync(device, "?newMacKey=true")), "mac_key"));
        string token = MakerCalls.TextOf(image, "token");
        string told = (await GetAsync("/api/audit?limit=1000")).GetRawText() + (await MadeAsync(device)).GetRawText() + Host.Log.Text;
        Assert.DoesNotContain(token, told, StringComparison.Ordinal);
        string stored = Sql(static session =>
        {
            using SqlStatement row = session.Query("SELECT mac_key FROM manufactured");
            row.Read();
            return row.Text(0);
        });
        Assert.DoesNotContain(Convert.ToHexStringLower(macKey), stored, StringComparison.OrdinalIgnoreCase);
    }

    [Fact]
    public async Task FromCartonToShop()
    {
        JsonElement device = (await BatchAsync(1)).GetProperty("devices")[0];
        string serial = Text(device, "serial"), path = $"/api/manufacturing/devices/{serial}";
        TestDevice box = await Host.FlashAsync(device);
        Host.Clock.Advance(TimeSpan.FromSeconds(50));
        await HeartbeatAsync(box);
        await HeartbeatAsync(box);
        Assert.Equal(["provisioned", "flashed"], await StepsAsync(device));

        await DoAsync(HttpMethod.Post, path + "/assign", """{"email":"Ben@example.org","name":"Ben"}""");
        Assert.Equal("ben@example.org", Text(NewestMail(), "to"));
        Assert.Contains("/invite/", Text(NewestMail(), "text"), StringComparison.Ordinal);
        Assert.Contains(
            "admin", await RefusedAsync(403, HttpMethod.Post, path + "/nvs.bin", key: await KeyAsync("maker")), StringComparison.Ordinal);

        await UserAsync("anna@example.org", "viewer", await PlaceAsync("Anna's"));
        await DoAsync(HttpMethod.Post, path + "/assign", """{"email":"anna@example.org"}""");
        Assert.Contains(serial, Text(NewestMail(), "text"), StringComparison.Ordinal);
        await UserAsync("carl@example.org", "viewer", await PlaceAsync("Carl's"));
        object claim = new { serial, pin = Text(device, "pin"), location_name = "Main hall", timezone = "Europe/Berlin" };
        using Browser carl = await SignedInAsync("carl@example.org"), anna = await SignedInAsync("anna@example.org");
        Assert.Equal(403, await carl.StatusAsync(HttpMethod.Post, "/api/claim", claim));
        string wrong = Text(device, "pin") == "0000" ? "0001" : "0000";
        Assert.Equal(403, await anna.StatusAsync(HttpMethod.Post, "/api/claim", new { serial, pin = wrong }));
        (int status, JsonElement mine) = await anna.SendAsync(HttpMethod.Post, "/api/claim", claim);
        Assert.True(status == 200, $"{status} {mine}");
        Assert.Equal("Main hall", Text(mine, "location_name"));
        Assert.Equal(409, await anna.StatusAsync(HttpMethod.Post, "/api/claim", claim));
        Assert.Equal(
            204, await anna.StatusAsync(
                HttpMethod.Post, $"/api/places/{mine.GetProperty("place_id")}/users", new { email = "dora@example.org", role = "viewer" }));

        await HeartbeatAsync(box);
        Assert.Equal("claimed", (await StepsAsync(device))[0]);
        Assert.Equal(201, (await ReadingAsync(1, device: box)).Status);
        Assert.Equal(["active", "claimed", "sold", "provisioned", "flashed"], await StepsAsync(device));
        JsonElement figures = await GetAsync("/api/manufacturing/dashboard");
        Assert.Equal(
            (1, 1, 1.0, 50.0),
            (
                figures.GetProperty("by_status").GetProperty("active").GetInt32(), figures.GetProperty("first_pass").GetInt32(),
                figures.GetProperty("yield").GetDouble(), figures.GetProperty("seconds_per_device").GetDouble()));
        Assert.Equal("""["CL","NB"]""", figures.GetProperty("boards").GetRawText());
    }

    [Theory]
    [InlineData("sheet", "A4", 1)]
    [InlineData("sheet", "Letter", 1)]
    [InlineData("roll", "A4", 3)]
    [InlineData("single", "A4", 3)]
    public async Task LabelsHaveWhatTheBatchHas(string layout, string paper, int pages)
    {
        JsonElement batch = await BatchAsync(3);
        JsonElement[] made = [.. batch.GetProperty("devices").EnumerateArray()];
        string path = $"/api/manufacturing/batch/{batch.GetProperty("id")}/labels?layout={layout}&paper={paper}";
        byte[] pdf = await Host.PostForBytesAsync(
            path, JsonSerializer.Serialize(new { pins = made.Select(static device => $"{Text(device, "serial")} {Text(device, "pin")}") }));
        PdfText text = new(pdf);
        Assert.Equal(pages, text.Pages);
        Assert.Equal(
            made.Select(static device => $"PIN {Text(device, "pin")}"),
            Enumerable.Range(0, pages).SelectMany(text.Lines).Where(static line => line.StartsWith("PIN ", StringComparison.Ordinal)));
        Assert.Equal(
            made.Select(static device => $"https://count.example.org/activate/{Text(device, "device_id")}"),
            PrintedPage.ReadCodes(pdf, LabelLayout.Of(layout, paper)));
    }

    [Fact]
    public async Task NewPinsReplaceTheOldExceptOfWhatIsSold()
    {
        JsonElement batch = await BatchAsync(2);
        JsonElement kept = batch.GetProperty("devices")[0], changed = batch.GetProperty("devices")[1];
        await HeartbeatAsync(await Host.FlashAsync(kept));
        await StepAsync(kept, "sold");
        string? before = PinHashOf(kept);
        string path = $"/api/manufacturing/batch/{batch.GetProperty("id")}/labels?layout=single";
        PdfText text = new(await Host.PostForBytesAsync(path + "&newPins=true", "{}"));
        Assert.Equal(before, PinHashOf(kept));
        Assert.DoesNotContain("PIN", text.Text(0), StringComparison.Ordinal);
        string pin = text.Lines(1).Single(static line => line.StartsWith("PIN ", StringComparison.Ordinal))[4..];
        Assert.True(JamBox.Backend.Devices.Pin.Matches(pin, PinHashOf(changed)));
        Assert.Contains(await AuditAsync(Text(changed, "device_id")), static line => line.Contains("pin", StringComparison.Ordinal));

        PdfText one = new(await Host.PostForBytesAsync(path + $"&serial={Text(changed, "serial")}", "{}"));
        Assert.Equal((1, Text(changed, "serial")), (one.Pages, one.Lines(0)[0]));
        Assert.DoesNotContain("PIN", one.Text(0), StringComparison.Ordinal);
    }

    [Fact]
    public async Task AThingsLabelHasItsSerialNumberAsCode()
    {
        JsonElement batch = await BatchAsync(1, "CL", "serial");
        byte[] pdf = await Host.PostForBytesAsync($"/api/manufacturing/batch/{batch.GetProperty("id")}/labels?layout=roll", "{}");
        Assert.Equal([Text(batch.GetProperty("devices")[0], "serial")], PrintedPage.ReadCodes(pdf, LabelLayout.Roll));
    }

    [Theory]
    [InlineData("1", """{"pins":["JB-26A18-NB02R-X7KQA 4711"]}""", "", 409, "pins: no label of JB-26A18-NB02R-X7KQA is asked for")]
    [InlineData("1", """{"pins":["SERIAL 47"]}""", "", 400, "pins: must be serial numbers, each once, with a blank and 4 digits")]
    [InlineData("1", """{"pins":["SERIAL 4711","SERIAL 4711"]}""", "", 400, "pins: must be serial numbers, each once")]
    [InlineData("1", """{"pins":["SERIAL 4711"]}""", "&newPins=true", 400, "pins: or newPins=true, not both")]
    [InlineData("1", "{}", "&serial=JBNB0001", 404, "The batch has no such device")]
    [InlineData("1", "{}", "&layout=pile", 400, "layout")]
    [InlineData("99", "{}", "", 404, "There is no such batch")]
    public async Task WrongLabelsAreRefused(string id, string body, string query, int status, string error)
    {
        JsonElement batch = await BatchAsync(1);
        Assert.Equal("1", batch.GetProperty("id").ToString());
        body = body.Replace("SERIAL", Text(batch.GetProperty("devices")[0], "serial"), StringComparison.Ordinal);
        Assert.Contains(
            error, await RefusedAsync(status, HttpMethod.Post, $"/api/manufacturing/batch/{id}/labels?paper=A4{query}", body),
            StringComparison.Ordinal);
    }

    [Fact]
    public async Task WhatComesBackIsNobodysAndIsMadeReadyAgain()
    {
        (JsonElement device, TestDevice box) = await ProvisionedAsync();
        string maker = await KeyAsync("maker"), path = $"/api/manufacturing/devices/{Text(device, "serial")}";
        await UserAsync("anna@example.org", "viewer", await PlaceAsync("Anna's"));
        await AssignAsync(device, "anna@example.org");
        using Browser anna = await SignedInAsync("anna@example.org");
        object claim = new { serial = Text(device, "serial"), pin = Text(device, "pin"), timezone = "Europe/Berlin" };
        Assert.Equal(200, await anna.StatusAsync(HttpMethod.Post, "/api/claim", claim));
        Assert.Single((await anna.SendAsync(HttpMethod.Get, "/api/devices")).Json.EnumerateArray());

        await RefusedAsync(403, HttpMethod.Post, path + "/status", """{"status":"returned"}""", maker);
        Assert.Equal(("[]", """["returned","scrapped"]"""), (await NextAsync(device, maker), await NextAsync(device)));
        await StepAsync(device, "returned");
        JsonElement row = (await MadeAsync(device)).GetProperty("device");
        Assert.Equal(("returned", JsonValueKind.Null), (Text(row, "status"), row.GetProperty("assigned_email").ValueKind));
        Assert.Empty((await anna.SendAsync(HttpMethod.Get, "/api/devices")).Json.EnumerateArray());
        Assert.Equal(409, await anna.StatusAsync(HttpMethod.Post, "/api/claim", claim));
        (int activated, JsonElement why) = await ActivateAsync(box.Id, new { pin = Text(device, "pin"), location_name = "Mine again" });
        Assert.True(activated == 409, $"{activated} {why}");

        await HeartbeatAsync(box);
        Assert.Equal("returned", (await StepsAsync(device))[0]);
        await StepAsync(device, "flashed", maker);
        Assert.Equal(200, (await HeartbeatAsync(await Host.FlashAsync(device))).Status);
        Assert.Equal("provisioned", (await StepsAsync(device))[0]);
        Assert.Equal("""["flashed","sold","scrapped"]""", await NextAsync(device, maker));
    }

    [Fact]
    public async Task WhatIsScrappedIsNoDeviceAnyMore()
    {
        (JsonElement device, TestDevice box) = await ProvisionedAsync();
        TestDevice unused = await Host.FlashAsync(device);
        await StepAsync(device, "scrapped");
        Assert.NotEqual(200, (await HeartbeatAsync(box)).Status);
        Assert.NotEqual(200, (await HeartbeatAsync(unused)).Status);
        Assert.Contains(
            "scrapped", await RefusedAsync(409, HttpMethod.Post, $"/api/manufacturing/devices/{Text(device, "serial")}/nvs.bin"),
            StringComparison.Ordinal);
    }

    [Fact]
    public async Task SomebodyNewIsInvitedAndAgainByANewLink()
    {
        (JsonElement device, _) = await ProvisionedAsync();
        string maker = await KeyAsync("maker"), path = $"/api/manufacturing/devices/{Text(device, "serial")}/assign";
        Assert.Contains(
            "email", await RefusedAsync(400, HttpMethod.Post, path, """{"email":"nobody"}""", maker), StringComparison.Ordinal);
        Assert.Equal(JsonValueKind.Null, (await AssignAsync(device, "ben@example.org", maker)).GetProperty("invitation").ValueKind);
        string first = LinkOf(Text(NewestMail(), "text"));
        await AssignAsync(device, "ben@example.org", maker);
        string second = LinkOf(Text(NewestMail(), "text"));
        Assert.NotEqual(first, second);
        using Browser browser = new(Host);
        Assert.Equal(404, await browser.StatusAsync(HttpMethod.Get, $"/api/links/{first}"));
        Assert.Equal(200, await browser.StatusAsync(HttpMethod.Get, $"/api/links/{second}"));

        Assert.Contains(
            "admin", await RefusedAsync(403, HttpMethod.Post, path, """{"email":"carl@example.org"}""", maker), StringComparison.Ordinal);
        await AssignAsync(device, "carl@example.org");
        string[] audit = await AuditAsync(Text(device, "device_id"));
        Assert.Contains("configured device.assign ben@example.org -> carl@example.org", audit);
        Assert.Single(audit, static line => line.EndsWith(" device.life provisioned -> sold: assigned", StringComparison.Ordinal));

        long dora = await UserAsync("dora@example.org", "viewer");
        await DoAsync(HttpMethod.Put, $"/api/users/{dora}", """{"disabled":true}""");
        Assert.Contains(
            "disabled", await RefusedAsync(409, HttpMethod.Post, path, """{"email":"dora@example.org"}"""), StringComparison.Ordinal);
        Assert.Contains(
            "It is manufactured", await RefusedAsync(
                409, HttpMethod.Post, $"/api/manufacturing/devices/{Text(await Host.MakeOneAsync(), "serial")}/assign",
                """{"email":"ben@example.org"}"""), StringComparison.Ordinal);
    }

    [Fact]
    public async Task WithoutMailTheInvitationIsShownOnce()
    {
        await using BackendHost host = Host.Another("--Manufacturing:Host=count.example.org");
        await host.InitializeAsync();
        JsonElement device = await host.MakeOneAsync();
        await HeartbeatAsync(await host.FlashAsync(device));
        using HttpResponseMessage answer = await host.AdminAsync(
            HttpMethod.Post, $"/api/manufacturing/devices/{Text(device, "serial")}/assign", """{"email":"ben@example.org"}""");
        JsonElement assigned = JsonElement.Parse(await answer.Content.ReadAsStringAsync());
        Assert.Matches("^/invite/[A-Za-z0-9_-]{20,}$", Text(assigned, "invitation"));
    }

    [Fact]
    public async Task WithoutAHostNoIdentityOfABoxIsMade()
    {
        await using BackendHost host = Host.Another();
        await host.InitializeAsync();
        JsonElement device = await host.MakeOneAsync();
        using HttpResponseMessage answer = await host.AdminAsync(
            HttpMethod.Post, $"/api/manufacturing/devices/{Text(device, "serial")}/nvs.bin");
        Assert.Equal(409, (int)answer.StatusCode);
        Assert.Contains("Manufacturing:Host is not set", await answer.Content.ReadAsStringAsync(), StringComparison.Ordinal);
    }

    [Fact]
    public async Task EveryStepIsInTheAuditLog()
    {
        string maker = await KeyAsync("maker");
        JsonElement batch = await BatchAsync(1, key: maker), device = batch.GetProperty("devices")[0];
        Assert.Equal(["test 1 batch.create  -> 1 of NB 02"], await AuditAsync($"batch {batch.GetProperty("id")}"));
        await StepAsync(device, "flashed", maker);
        TestDevice box = await Host.FlashAsync(device);
        await HeartbeatAsync(box);
        string[] audit = await AuditAsync(box.Id);
        Assert.Contains("test 1 device.life manufactured -> flashed", audit);
        Assert.Contains($"device {box.Id} device.life flashed -> provisioned: its first word", audit);
        Assert.Contains(audit, static line => line.StartsWith("configured ", StringComparison.Ordinal)
            && line.Contains("token", StringComparison.Ordinal));
    }

    [Theory]
    [InlineData("viewer")]
    [InlineData("operator")]
    [InlineData("uploader")]
    [InlineData("downloader")]
    public async Task OthersThanMakersAndAdminsSeeAndMakeNothing(string role)
    {
        JsonElement device = await Host.MakeOneAsync();
        string key = role is "uploader" or "downloader"
            ? Text(await DoAsync(HttpMethod.Post, "/api/keys", $$"""{"name":"{{role}}","role":"{{role}}"}"""), "key")
            : await KeyAsync(role);
        foreach (string path in new[]
            { "batches", "batch/1", "devices", $"devices/{Text(device, "serial")}", "dashboard", "firmware/NB/02" })
        {
            Assert.Equal(403, (await AdminAsync(HttpMethod.Get, $"/api/manufacturing/{path}", key: key)).Status);
        }

        foreach ((string path, string? body) in new[]
        {
            ("batch", MakerCalls.Batch(1)), ("batch/1/labels", "{}"), ($"devices/{Text(device, "serial")}/nvs.bin", null),
            ($"devices/{Text(device, "serial")}/status", """{"status":"scrapped"}"""),
        })
        {
            Assert.Equal(403, (await AdminAsync(HttpMethod.Post, $"/api/manufacturing/{path}", body, key)).Status);
        }

        Assert.Equal(1, await CountAsync(""));
        Assert.Empty(await StepsAsync(device));
    }

    [Fact]
    public async Task AThousandAreMadeAtOnce()
    {
        NewBatch made = await AddAsync(BatchRequest.MaxQuantity, new SeededSecrets(7));
        Assert.Equal(1000, made.Devices.Select(static device => device.Serial).Distinct().Count());
        Assert.Equal(1000, made.Devices.Select(static device => device.DeviceId).Distinct().Count());
        Assert.Equal(
            1000, (await GetAsync($"/api/manufacturing/batch/{made.Id}")).GetProperty("devices").GetArrayLength());
    }

    [Fact]
    public async Task ASerialNumberThatIsThereIsDrawnAgain()
    {
        NewBatch made = await AddAsync(3, new StuckSecrets(4));
        Assert.Equal(3, made.Devices.Select(static device => device.Serial).Distinct().Count());
        Assert.EndsWith("-AAAAA", made.Devices[0].Serial, StringComparison.Ordinal);

        Assert.Equal(
            "No free serial number was drawn: try again",
            (await Assert.ThrowsAsync<BatchException>(() => AddAsync(2, new StuckSecrets(int.MaxValue)))).Message);
        Assert.Equal(3, await CountAsync(""));
        Assert.Equal(1, (await GetAsync("/api/manufacturing/batches")).GetArrayLength());
    }

    private static string Text(JsonElement json, string name) => json.GetProperty(name).GetString()!;

    private static byte[] BlobOf(NvsImage image, string key) => image.Find(IdentityImage.Namespace, key)!.Bytes;

    private static string LinkOf(string mail) => Regex.Match(mail, "/invite/([A-Za-z0-9_-]+)").Groups[1].Value;

    private static Task<RawAnswer> HeartbeatAsync(TestDevice device) =>
        device.PostAsync("/api/heartbeat", $$"""{"d":"{{device.Id}}"}""");

    /// <summary>Makes a batch in the storage, where the slow hashes of PINs are nobody's concern.</summary>
    private Task<NewBatch> AddAsync(int quantity, ISecretSource secrets) => Host.Services.GetRequiredService<Store>().WriteAsync(
        new BatchToMake(
            new BatchRequest { BoardType = "NB", BoardVersion = "02", Quantity = quantity, Ids = "jbnb" }, "nano-esp32s3", null, "JB",
            [.. Enumerable.Repeat(("4711", "hash"), quantity)], secrets, "somebody", Host.Clock.GetUtcNow()),
        BatchSql.Add);

    private Task<JsonElement> BatchAsync(int quantity, string board = "NB", string ids = "jbnb", string? key = null) =>
        DoAsync(HttpMethod.Post, "/api/manufacturing/batch", MakerCalls.Batch(quantity, board, ids), key);

    private async Task<int> CountAsync(string query) =>
        (await DoAsync(HttpMethod.Get, $"/api/manufacturing/devices?{query}")).GetArrayLength();

    private Task<JsonElement> MadeAsync(JsonElement device) => GetAsync($"/api/manufacturing/devices/{Text(device, "serial")}");

    private async Task<string[]> StepsAsync(JsonElement device) =>
        [.. (await MadeAsync(device)).GetProperty("steps").EnumerateArray().Select(static step => Text(step, "to"))];

    private Task StepAsync(JsonElement device, string status, string? key = null) => DoAsync(
        HttpMethod.Post, $"/api/manufacturing/devices/{MakerCalls.Serial(device)}/status", $$"""{"status":"{{status}}"}""", key);

    private async Task<string> NextAsync(JsonElement device, string? key = null) =>
        (await DoAsync(HttpMethod.Get, $"/api/manufacturing/devices/{MakerCalls.Serial(device)}", key: key)).GetProperty("next")
            .GetRawText();

    /// <summary>A box that has spoken.</summary>
    private async Task<(JsonElement Device, TestDevice Box)> ProvisionedAsync()
    {
        JsonElement device = await Host.MakeOneAsync();
        TestDevice box = await Host.FlashAsync(device);
        Assert.Equal(200, (await HeartbeatAsync(box)).Status);
        return (device, box);
    }

    private Task<JsonElement> AssignAsync(JsonElement device, string email, string? key = null) => DoAsync(
        HttpMethod.Post, $"/api/manufacturing/devices/{MakerCalls.Serial(device)}/assign", JsonSerializer.Serialize(new { email }), key);

    private string? PinHashOf(JsonElement device) =>
        Sql(session => JamBox.Backend.Devices.DeviceAdminSql.PinHash(session, Text(device, "device_id")));

    private async Task<string[]> AuditAsync(string target) =>
    [
        .. (await GetAsync($"/api/audit?limit=1000&target={Uri.EscapeDataString(target)}")).EnumerateArray().Reverse().Select(static row =>
            $"{row.GetProperty("who")} {row.GetProperty("action")} {row.GetProperty("before")} -> {row.GetProperty("after")}"),
    ];

    /// <summary>Bytes that are 0 for that many serial numbers, then any.</summary>
    private sealed class StuckSecrets(int draws) : ISecretSource
    {
        private readonly SeededSecrets _others = new(7);
        private int _left = draws;

        public void Fill(Span<byte> bytes)
        {
            if (bytes.Length == 5 && _left-- > 0)
            {
                bytes.Clear();
            }
            else
            {
                _others.Fill(bytes);
            }
        }
    }
}
