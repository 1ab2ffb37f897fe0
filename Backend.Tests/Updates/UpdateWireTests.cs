using System.Text;
using System.Text.Json;

using JamBox.Backend.Rollouts;
using JamBox.Backend.Security;
using JamBox.Backend.Tests.Hosting;
using JamBox.Backend.Tests.Wire;
using JamBox.Backend.Updates;

using Xunit.Abstractions;

namespace JamBox.Backend.Tests.Updates;

/// <summary>The bytes of an update on air: sizes, headers, and refusals that no firmware takes for success.</summary>
public abstract class UpdateWireTests(BackendHost shared, ITestOutputHelper output) : OtaTest(shared)
{
    private static readonly byte[] s_old = ImageBuilder.Make(1, kilobytes: 12);
    private static readonly byte[] s_new = ImageBuilder.Make(1, revision: 80, kilobytes: 12);

    [Fact]
    public async Task AnswersAreAsShortAsNarrowbandNeeds()
    {
        // The longest version, and a number as large as it gets, leave the offer within its 300 bytes.
        await ReleaseAsync(s_new, "2000.2012.20100", int.MaxValue);
        RawAnswer check = await CheckAsync(s_old, "6.0.0", 60000);
        JsonElement offer = Json(check);
        int id = offer.GetProperty("id").GetInt32();
        RawBytes manifest = await GetBytesAsync($"/api/ota/manifest?id={id}");
        RawBytes chunk = await GetBytesAsync($"/api/ota/chunk?id={id}&chunk=0");
        output.WriteLine($"offer {check.Length}, manifest {manifest.Length}, chunk {chunk.Length} bytes");
        Assert.InRange(check.Length + (2 * (9 - $"{id}".Length)), 1, 300);
        Assert.InRange(manifest.Length, 1, 512);
        Assert.Equal(512, chunk.Body.Length);
        Assert.InRange(chunk.Length, 1, 700);
        string[] names = [.. chunk.Head.Split("\r\n").Skip(1).Select(static line => line.Split(':')[0]).Order(StringComparer.Ordinal)];
        Assert.Equal(["C", "Connection", "Content-Length", "Content-Type", "Date"], names);
        Assert.Matches("^[0-9a-f]{4}$", chunk.Header("C"));
        Assert.Equal("512", chunk.Header("Content-Length"));
        Assert.InRange((await CompleteAsync(id, "2000.2012.20100", "failed", "image_hash")).Length, 1, 300);
        Assert.InRange((await CheckAsync(s_old, "6.0.0", 60000)).Length, 1, 300);
    }

    /// <summary>Several chunks in an answer: each with its check sum, over its index too, and few bytes beside them.</summary>
    [Fact]
    public async Task SeveralChunksInOneAnswer()
    {
        await ReleaseAsync(s_new, "6.1.0", 60100);
        JsonElement offer = Json(await CheckAsync([], "6.0.0", 60000));
        int id = offer.GetProperty("id").GetInt32();
        int chunks = offer.GetProperty("chunks").GetInt32();
        byte[] patch = await LoadAsync(id, chunks);
        Assert.InRange(chunks, 9, 400);
        using MemoryStream together = new();
        int beside = 0;
        for (int first = 0; first < chunks; first += 8)
        {
            string path = $"/api/ota/chunk?id={id}&chunk={first}&count=8";
            RawBytes answer = await GetBytesAsync(path);
            Assert.Equal(200, answer.Status);
            Assert.Null(answer.Header("C"));
            Assert.Null(answer.Header("Content-Type"));
            int at = 0;
            for (int index = first; at < answer.Body.Length; index++)
            {
                int bytes = Math.Min(512, answer.Body.Length - at - 2);
                ReadOnlySpan<byte> chunk = answer.Body.AsSpan(at, bytes);
                Assert.Equal(Crc16.OfChunk(index, chunk), BitConverter.ToUInt16(answer.Body, at + bytes));
                together.Write(chunk);
                at += bytes + 2;
            }

            // Host, token, nonce, MAC and the kept connection included, as a box sends and gets them.
            beside += answer.Length - Math.Min(8 * 512, patch.Length - (first * 512)) + path.Length + 190;
        }

        Assert.Equal(patch, together.ToArray());
        output.WriteLine($"{beside / chunks} bytes a chunk beside its own");
        Assert.InRange(beside / chunks, 1, 80);
        Assert.Equal(chunks, (await AttemptAsync()).GetProperty("chunks").GetInt32());
        foreach (string bad in (string[])["0", "17", "-1", "x", "", "99999999999"])
        {
            Assert.Equal(400, (await GetBytesAsync($"/api/ota/chunk?id={id}&chunk=0&count={bad}")).Status);
        }

        Assert.Equal(400, (await GetBytesAsync($"/api/ota/chunk?id={id}&chunk={chunks}&count=8")).Status);
        RawBytes last = await GetBytesAsync($"/api/ota/chunk?id={id}&chunk={chunks - 1}&count=16");
        Assert.Equal(patch.Length - ((chunks - 1) * 512) + 2, last.Body.Length);
    }

    [Fact]
    public async Task RefusalsAreFixedTextsWithoutTheDigitsOfSuccess()
    {
        await ReleaseAsync(s_new, "6.1.0", 60100);
        int id = Json(await CheckAsync(s_old, "6.0.0", 60000)).GetProperty("id").GetInt32();
        await LoadAsync(id, 1);
        await CompleteAsync(id, "6.1.0", "success");
        foreach (string path in (string[])[
            "manifest", "manifest?id=", "manifest?id=201", "manifest?id=-1", "manifest?id=200x", "manifest?id=99999999999999999999",
            $"manifest?id={id}",
            "chunk?id=", "chunk?id=200&chunk=201", "chunk?id=x&chunk=0", $"chunk?id={id}", $"chunk?id={id}&chunk=x",
            $"chunk?id={id}&chunk=-1",
            $"chunk?id={id}&chunk=0", $"chunk?id={id}&chunk=99999999999"])
        {
            RawAnswer answer = await Host.RawAsync(
                $"GET /api/ota/{path} HTTP/1.1\r\nHost: 200\r\nAuthorization: Bearer {Device.Token}\r\nConnection: close\r\n\r\n");
            Assert.InRange(answer.Status, 400, 404);
            DeviceResponseTests.Refused(answer.Status, answer);
        }

        DeviceResponseTests.Refused(
            401, await Host.RawAsync($"GET /api/ota/manifest?id={id} HTTP/1.1\r\nHost: x\r\nConnection: close\r\n\r\n"));
        DeviceResponseTests.Refused(
            401,
            await Host.RawAsync(
                $"GET /api/ota/chunk?id={id}&chunk=0 HTTP/1.1\r\nHost: x\r\nAuthorization: Bearer 200\r\nConnection: close\r\n\r\n"));
    }

    [Fact]
    public async Task APauseIsRefusedInTheSameWay()
    {
        await ReleaseAsync(s_new, "6.1.0", 60100);
        int id = Json(await CheckAsync(s_old, "6.0.0", 60000)).GetProperty("id").GetInt32();
        Releases.Standing = ReleaseStanding.Paused;
        DeviceResponseTests.Refused(503, await Host.RawAsync(
            $"GET /api/ota/chunk?id={id}&chunk=0 HTTP/1.1\r\nHost: x\r\nAuthorization: Bearer {Device.Token}\r\nConnection: close\r\n\r\n"));
    }

    [Theory]
    [InlineData("""{"d":"#","v":"6.0.0","hw":"atoms3-nb1","p":"L","bh":"0123"}""", "bh")]
    [InlineData("""{"d":"#","v":"6.0.0","hw":"atoms3-nb1","p":"L","bh":"0123456789abcdeg"}""", "bh")]
    [InlineData("""{"d":"#","v":"6.0.0","p":"L","bh":"0123456789abcdef"}""", "hw")]
    [InlineData("""{"d":"#","v":"6.0.0","hw":"a b","p":"L"}""", "hw")]
    [InlineData("""{"d":"#","v":"6 0","hw":"atoms3-nb1","p":"L"}""", "v")]
    [InlineData("""{"d":"#","v":"6.0.0","hw":"atoms3-nb1","p":"L","seq":-1}""", "seq")]
    [InlineData("""{"d":"#","v":"6.0.0","hw":"atoms3-nb1","p":7}""", "p")]
    [InlineData("""{"d":"#","hw":"atoms3-nb1","p":"L"}""", "(v)")]
    [InlineData("""{"d":"#","v":"6.0.0","hw":"atoms3-nb1","p":"L\u0000"}""", "p")]
    [InlineData("""["d","#"]""", "JSON")]
    [InlineData("""{"d":"#","v":"6.0""", "JSON")]
    public async Task ABrokenQuestionIsRefusedByName(string body, string word)
    {
        RawAnswer answer = await Device.PostAsync("/api/ota/check", body.Replace("#", Device.Id, StringComparison.Ordinal));
        DeviceResponseTests.Refused(400, answer);
        Assert.Contains(word, answer.Body, StringComparison.Ordinal);
    }

    [Theory]
    [InlineData("""{"d":"#","v":"6.1.0","id":12}""", 400)]
    [InlineData("""{"d":"#","v":"6.1.0","id":12,"status":"maybe"}""", 400)]
    [InlineData("""{"d":"#","v":"6.1.0","id":0,"status":"success"}""", 400)]
    [InlineData("""{"d":"#","v":"6.1.0","id":"12","status":"success"}""", 400)]
    [InlineData("""{"d":"JBNB9999","v":"6.1.0","id":12,"status":"success"}""", 401)]
    public async Task ABrokenEndIsRefused(string body, int status) =>
        DeviceResponseTests.Refused(
            status, await Device.PostAsync("/api/ota/complete", body.Replace("#", Device.Id, StringComparison.Ordinal)));

    [Fact]
    public async Task ADownloadGoesOnAtTheNextChunkAfterARestartOfTheServer()
    {
        await ReleaseAsync(s_new, "6.1.0", 60100);
        JsonElement offer = Json(await CheckAsync(s_old, "6.0.0", 60000));
        int id = offer.GetProperty("id").GetInt32();
        int chunks = offer.GetProperty("chunks").GetInt32();
        byte[] before = await LoadAsync(id, 2);
        await Host.RestartAsync();
        Assert.Equal(id, Json(await CheckAsync(s_old, "6.0.0", 60000)).GetProperty("id").GetInt32());
        byte[] after = await LoadAsync(id, chunks, from: 2);
        RawBytes manifest = await GetBytesAsync($"/api/ota/manifest?id={id}");
        Assert.Equal(Convert.ToHexStringLower(manifest.Body[156..188]), Hash([.. before, .. after]));
        JsonElement attempt = (await GetAsync("/api/ota/attempts")).EnumerateArray().Single();
        Assert.Equal(
            $"downloading {chunks}/{chunks}",
            $"{attempt.GetProperty("state").GetString()} {attempt.GetProperty("chunks")}/{attempt.GetProperty("chunk_count")}");
    }

    [Fact]
    public async Task ChunksAreCreditedToTheTokenAndNotToANameInTheQuery()
    {
        await ReleaseAsync(s_new, "6.1.0", 60100);
        TestDevice other = await Host.RegisterAsync();
        int id = Json(await CheckAsync(s_old, "6.0.0", 60000)).GetProperty("id").GetInt32();
        await CheckAsync(s_old, "6.0.0", 60000, device: other);
        Assert.Equal(200, (await GetBytesAsync($"/api/ota/chunk?id={id}&chunk=0&d={other.Id}")).Status);
        Assert.Equal("downloading", (await AttemptAsync()).GetProperty("state").GetString());
        Assert.Equal("offered", (await AttemptAsync(other)).GetProperty("state").GetString());
    }

    [Fact]
    public async Task ListenersHearOfPatchesAndProgress()
    {
        using HttpRequestMessage request = new(HttpMethod.Get, "/api/events");
        request.Headers.Authorization = new("Bearer", BackendHost.AdminKey);
        using HttpResponseMessage events = await Host.Http.SendAsync(request, HttpCompletionOption.ResponseHeadersRead);
        using StreamReader reader = new(await events.Content.ReadAsStreamAsync(), Encoding.UTF8);
        Assert.Equal("event: listening", await reader.ReadLineAsync());

        await ReleaseAsync(s_new, "6.1.0", 60100);
        int id = Json(await CheckAsync(s_old, "6.0.0", 60000)).GetProperty("id").GetInt32();
        await CompleteAsync(id, "6.1.0", "rolled_back", "no_send");
        Host.Clock.Advance(TimeSpan.FromSeconds(2));
        List<string> heard = [];
        while (!heard.Exists(static line => line.Contains("rolled_back", StringComparison.Ordinal)))
        {
            string line = (await reader.ReadLineAsync().WaitAsync(TimeSpan.FromSeconds(120)))!;
            if (line.StartsWith("data: ", StringComparison.Ordinal))
            {
                heard.Add(line);
            }
        }

        Assert.Contains(heard, static line => line.Contains("\"profile\":\"L\",\"state\":\"making\"", StringComparison.Ordinal));
        Assert.Contains(heard, static line => line.Contains("\"state\":\"ready\",\"percent\":100", StringComparison.Ordinal));
        Assert.Contains(
            $"data: {{\"device_id\":\"{Device.Id}\",\"target\":\"6.1.0\",\"status\":\"offered\",\"chunks\":0,", string.Join('\n', heard),
            StringComparison.Ordinal);
        Assert.Contains("\"why\":\"no_send\"", heard[^1], StringComparison.Ordinal);
    }
}
