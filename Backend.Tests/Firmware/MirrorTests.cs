using System.Diagnostics;
using System.Text.Json;

using JamBox.Backend.Firmware;
using JamBox.Backend.Storage;
using JamBox.Backend.Tests.Hosting;

using Microsoft.AspNetCore.Builder;
using Microsoft.AspNetCore.Http;
using Microsoft.Extensions.DependencyInjection;
using Microsoft.Extensions.Logging.Abstractions;

namespace JamBox.Backend.Tests.Firmware;

/// <summary>
/// A second server that takes over the firmware of the first. The first one is this test's host; what is between them may fail.
/// </summary>
public abstract class MirrorTests(BackendHost shared) : FirmwareTest(shared)
{
    private readonly BackendHost _shared = shared;

    [Fact]
    public async Task AMirrorHasWhatTheFirstOneHas()
    {
        byte[] big = EspImages.App(bytes: 300_000);
        await UploadAsync(big, more: [("bootloader", EspImages.Bootloader()), ("partitions", EspImages.Table())]);
        await UploadedAsync(2, "v2.0.0", product: "bell");
        await using Link link = await Link.OpenAsync(Host);
        await using BackendHost mirror = await MirrorAsync(link);
        await TurnAsync(mirror);
        Assert.Equal(
            ["bell v2.0.0 1", "clock v1.2.3 3"],
            (await mirror.ListAsync("/api/releases"))
                .Select(static row =>
                    $"{row.GetProperty("product")} {row.GetProperty("version")} {row.GetProperty("parts").GetArrayLength()}")
                .Order(StringComparer.Ordinal));
        Assert.Equal(big, await BytesAsync(mirror, "/api/firmware/esp32c3?product=clock"));
        JsonElement status = await StatusAsync(mirror);
        Assert.Equal((JsonValueKind.Null, 0), (status.GetProperty("error").ValueKind, status.GetProperty("pending_bytes").GetInt32()));

        // Once more: nothing is fetched again.
        int asked = link.Asked;
        await TurnAsync(mirror);
        Assert.Equal(asked + 1, link.Asked);
        using MultipartFormDataContent form = [];
        using HttpRequestMessage upload = new(HttpMethod.Post, "/api/upload") { Content = form };
        upload.Headers.Authorization = new("Bearer", BackendHost.AdminKey);
        using HttpResponseMessage refused = await mirror.Http.SendAsync(upload);
        Assert.Equal(409, (int)refused.StatusCode);
    }

    [Fact]
    public async Task WhatBrokeOffGoesOnWhereItWas()
    {
        byte[] big = EspImages.App(bytes: 600_000);
        await UploadAsync(big);
        await using Link link = await Link.OpenAsync(Host);
        await using BackendHost mirror = await MirrorAsync(link);
        link.CutAfter = 250_000;
        link.BeforeCut = async () =>
        {
            long start = Stopwatch.GetTimestamp();
            while ((await StatusAsync(mirror)).GetProperty("pending_bytes").GetInt32() < 3 * FileSql.ChunkBytes)
            {
                Assert.True(Stopwatch.GetElapsedTime(start) < TimeSpan.FromSeconds(120), "the mirror does not read what it is sent");
            }
        };
        await TurnAsync(mirror);
        JsonElement status = await StatusAsync(mirror);
        Assert.Equal(3 * FileSql.ChunkBytes, status.GetProperty("pending_bytes").GetInt32());
        Assert.NotEqual(JsonValueKind.Null, status.GetProperty("error").ValueKind);
        Assert.Empty(await mirror.ListAsync("/api/releases"));

        // The first one is away for a day: what is here stays, half a file too.
        link.IsAway = true;
        mirror.Clock.Advance(TimeSpan.FromHours(24));
        await TurnAsync(mirror);
        Assert.Equal(3 * FileSql.ChunkBytes, (await StatusAsync(mirror)).GetProperty("pending_bytes").GetInt32());
        link.IsAway = false;
        link.CutAfter = null;
        link.Ranges.Clear();
        await TurnAsync(mirror);
        Assert.Equal([$"bytes={3 * FileSql.ChunkBytes}-"], link.Ranges);
        Assert.Equal(big, await BytesAsync(mirror, "/api/firmware/esp32c3"));
        link.IsAway = true;
        await TurnAsync(mirror);
        Assert.Equal(big, await BytesAsync(mirror, "/api/firmware/esp32c3"));
    }

    [Fact]
    public async Task WhatWasChangedOnItsWayIsNotTaken()
    {
        byte[] image = await UploadedAsync();
        await using Link link = await Link.OpenAsync(Host);
        await using BackendHost mirror = await MirrorAsync(link);
        link.IsChanging = true;
        await TurnAsync(mirror);
        Assert.Empty(await mirror.ListAsync("/api/releases"));
        Assert.Contains(
            "does not have the SHA-256 that was said", (await StatusAsync(mirror)).GetProperty("error").GetString(),
            StringComparison.Ordinal);
        link.IsChanging = false;
        await TurnAsync(mirror);
        Assert.Equal(image, await BytesAsync(mirror, "/api/firmware/esp32c3"));
    }

    [Fact]
    public async Task OneOfSeveralProcessesIsAtIt()
    {
        Store store = Host.Services.GetRequiredService<Store>();
        Assert.Equal(0, await store.WriteAsync(("a", "one", 1000L), MirrorSql.TryBegin));
        Assert.Null(await store.WriteAsync(("a", "two", 2000L), MirrorSql.TryBegin));
        Assert.Equal(0, await store.WriteAsync(("a", "two", 1000L + MirrorSql.LeaseMs), MirrorSql.TryBegin));

        // The one that was too late ends nothing of the other's.
        Assert.Equal(0, await store.WriteAsync(("a", "one", (string?)null, 5000L), MirrorSql.End));
        Assert.Equal(1, await store.WriteAsync(("a", "two", (string?)null, 5000L), MirrorSql.End));
    }

    [Fact]
    public async Task AServerThatIsNoMirrorSaysSo() =>
        Assert.Equal("This server is no mirror (Mirror:Source)", await RefusedAsync(404, HttpMethod.Get, "/api/mirror"));

    private static async Task<JsonElement> StatusAsync(BackendHost mirror)
    {
        using HttpResponseMessage answer = await mirror.AdminAsync(HttpMethod.Get, "/api/mirror");
        return JsonElement.Parse(await answer.Content.ReadAsStringAsync());
    }

    private static async Task<byte[]> BytesAsync(BackendHost mirror, string path)
    {
        using HttpResponseMessage answer = await mirror.AdminAsync(HttpMethod.Get, path);
        Assert.Equal(200, (int)answer.StatusCode);
        return await answer.Content.ReadAsByteArrayAsync();
    }

    private static async Task TurnAsync(BackendHost mirror)
    {
        foreach (MirrorJob job in mirror.Services.GetServices<JamBox.Backend.Operation.IJob>().OfType<MirrorJob>())
        {
            await job.RunAsync(CancellationToken.None);
        }
    }

    private async Task<BackendHost> MirrorAsync(Link link)
    {
        string key = await FirmwareKeyAsync($"mirror {Guid.NewGuid():N}"[..20], "downloader");
        BackendHost mirror = _shared.Another($"--Mirror:Source={link.Address}", $"--Mirror:Key={key}");
        await mirror.InitializeAsync();
        return mirror;
    }

    /// <summary>A proxy in between that can be away, cut off, and change what passes.</summary>
    private sealed class Link : IAsyncDisposable
    {
        private readonly WebApplication _app;

        private Link(WebApplication app) => _app = app;

        public string Address => _app.Urls.Single();

        public int Asked { get; private set; }

        public bool IsAway { get; set; }

        public bool IsChanging { get; set; }

        public int? CutAfter { get; set; }

        public Func<Task> BeforeCut { get; set; } = static () => Task.CompletedTask;

        public List<string> Ranges { get; } = [];

        public static async Task<Link> OpenAsync(BackendHost source)
        {
            WebApplicationBuilder builder = WebApplication.CreateSlimBuilder();
            builder.Services.AddSingleton<Microsoft.Extensions.Logging.ILoggerFactory>(NullLoggerFactory.Instance);
            Link link = new(builder.Build());
            link._app.Urls.Add("http://127.0.0.1:0");
            link._app.Run(context => link.PassAsync(context, source));
            await link._app.StartAsync();
            return link;
        }

        public ValueTask DisposeAsync() => _app.DisposeAsync();

        private async Task PassAsync(HttpContext context, BackendHost source)
        {
            Asked++;
            if (IsAway)
            {
                context.Abort();
                return;
            }

            using HttpRequestMessage request = new(HttpMethod.Get, $"{context.Request.Path}{context.Request.QueryString}");
            foreach (string name in new[] { "Authorization", "Range", "If-Range" })
            {
                request.Headers.TryAddWithoutValidation(name, context.Request.Headers[name].ToArray());
            }

            bool isBytes = context.Request.Path.Value!.EndsWith("/bytes", StringComparison.Ordinal);
            if (isBytes && context.Request.Headers.Range.Count > 0)
            {
                Ranges.Add(context.Request.Headers.Range.ToString());
            }

            using HttpResponseMessage answer = await source.Http.SendAsync(request);
            byte[] body = await answer.Content.ReadAsByteArrayAsync();
            context.Response.StatusCode = (int)answer.StatusCode;
            context.Response.ContentLength = body.Length;
            if (IsChanging && isBytes)
            {
                body[body.Length / 2] ^= 1;
            }

            bool isCut = isBytes && CutAfter < body.Length;
            await context.Response.Body.WriteAsync(body.AsMemory(0, isCut ? CutAfter!.Value : body.Length));
            await context.Response.Body.FlushAsync();
            if (isCut)
            {
                // A line that is cut forgets what nobody has read yet.
                await BeforeCut();
                context.Abort();
            }
        }
    }
}
