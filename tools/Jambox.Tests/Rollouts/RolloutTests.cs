using System.Globalization;
using System.Net.Http.Json;
using System.Text.Json;
using JamBox.Bench.Tests.Hosting;
using JamBox.Bench.Tests.Releases;

namespace JamBox.Bench.Tests.Rollouts;

/// <summary>From the key to confirmed boxes: the tool, the real backend, and boxes over HTTP.</summary>
public sealed class RolloutTests : OnlineTest
{
    /// <summary>Longer than any of these roll-outs takes: a watch that never ended would hang the run.</summary>
    private const int MaxWaits = 500;

    private readonly List<SimulatedBox> _boxes = [];
    private int _waits;

    [Fact]
    public async Task AReleaseGoesFromTheKeyToEveryBox()
    {
        await PrepareAsync(4);
        string made = await RunAsync(
            "release", "rollout", "create", "6.1.0", "--canary", "JBNB0001", "--stages", "50,100", "--soak-minutes", "0", "--max-failures",
            "0", "--start", "--json");
        long id = JsonElement.Parse(made).GetProperty("id").GetInt64();
        MoveBoxesWhileWaiting();
        string output = await RunAsync("release", "watch", Text(id));
        Assert.All(_boxes, box => Assert.Equal(("6.1.0", 60100), (box.Version, box.Sequence)));
        Assert.All(_boxes, box => Assert.Equal(New, box.Image));

        string[] lines = output.Split('\n');
        int canary = Array.FindIndex(lines, line => line.StartsWith("JBNB0001 confirmed", StringComparison.Ordinal));
        int others =
            Array.FindIndex(
                lines,
                line => line.StartsWith("JBNB000", StringComparison.Ordinal) && line[7] != '1' && line.Contains(
                    "downloading", StringComparison.Ordinal));
        Assert.True(canary >= 0 && others > canary, output);
        Assert.Contains($"roll-out {id} of 6.1.0: canary (stage 1 of 3)", output, StringComparison.Ordinal);
        Assert.Contains($"roll-out {id} of 6.1.0: done", output, StringComparison.Ordinal);
        Assert.Contains("4 of 4 ended well (100 %)", output, StringComparison.Ordinal);
        Assert.Contains("confirmed", await RunAsync("release", "status", "6.1.0"), StringComparison.Ordinal);
        Assert.Contains("done", await RunAsync("release", "rollout", "list"), StringComparison.Ordinal);
    }

    [Fact]
    public async Task TooManyFailuresEndTheWatchWithACodeOfTheirOwn()
    {
        await PrepareAsync(3);
        _boxes[0].GoesBack = "no_send";
        _boxes[1].IsDead = true;
        await RunAsync("release", "rollout", "create", "6.1.0", "--canary", "JBNB0001,JBNB0002", "--max-failures", "0", "--start");
        MoveBoxesWhileWaiting();
        await FailsAsync(5, string.Empty, "release", "watch");
        Assert.Contains("JBNB0001 rolled_back: no_send", Terminal.Output, StringComparison.Ordinal);
        Assert.Contains("stopped: 1 of 1 boxes failed", Terminal.Output, StringComparison.Ordinal);
        Assert.Equal("6.0.0", _boxes[2].Version);
        Assert.Contains("no_send", await RunAsync("release", "status"), StringComparison.Ordinal);
        await RunAsync("release", "allow", "JBNB0001", "6.1.0");
        await FailsAsync(1, "has not failed at that version", "release", "allow", "JBNB0003", "6.1.0");
    }

    [Fact]
    public async Task CanariesThatAllFailEndItWithAnotherCode()
    {
        await PrepareAsync(3);
        _boxes[0].GoesBack = "no_send";
        _boxes[1].IsDead = true;
        await RunAsync(
            "release", "rollout", "create", "6.1.0", "--canary", "JBNB0001,JBNB0002", "--max-failures", "9", "--max-failure-percent", "100", "--start");
        MoveBoxesWhileWaiting();
        await FailsAsync(6, string.Empty, "release", "watch");
        Assert.Contains("JBNB0002 silent: trial", Terminal.Output, StringComparison.Ordinal);
        Assert.Contains("stopped: none of the 2 boxes that got it came through", Terminal.Output, StringComparison.Ordinal);
        Assert.Contains("1 are silent", await RunAsync("release", "rollout", "show", "1"), StringComparison.Ordinal);
        Assert.Equal(
            "canaries", JsonElement.Parse(await RunAsync("release", "rollout", "show", "1", "--json")).GetProperty("cause").GetString());
    }

    [Fact]
    public async Task ARolloutOfThingsIsShownAndMovedAsOneOfBoxes()
    {
        await UploadThingAsync("v1.0.0");
        foreach (string id in new[] { "clock-1", "clock-2" })
        {
            await PostAsync("api/device/register", new { device_id = id, kind = "thing", product = "clock", platform = "esp01" });
        }

        await PostAsync("api/devices/clock-1/pin-version", new { version = "v0.9.0" });
        await PostAsync(
            "api/ota/rollouts",
            new
            {
                product = "clock", platform = "esp01", version = "v1.0.0",
                stages = new object[] { new { devices = new[] { "clock-1", "clock-2" } }, new { percent = 100 } },
            });
        Assert.Contains("clock/esp01/prod", await RunAsync("release", "rollout", "list"), StringComparison.Ordinal);
        Assert.Contains("canary (stage 1 of 2)", await RunAsync("release", "rollout", "start", "1"), StringComparison.Ordinal);
        Assert.Contains("cannot take it, pinned", Terminal.Error, StringComparison.Ordinal);
        string shown = await RunAsync("release", "rollout", "show", "1");
        Assert.Contains("clock-2", shown, StringComparison.Ordinal);
        Assert.Contains(
            "health gate: max_unhealthy_percent 10, min_heap_percent 50, max_resets 3, proof_hours 0", shown, StringComparison.Ordinal);
        JsonElement json = JsonElement.Parse(await RunAsync("release", "rollout", "show", "1", "--json"));
        Assert.Equal(
            ("clock", "esp01", "prod", "v1.0.0", JsonValueKind.Null),
            (json.GetProperty("product").GetString(), json.GetProperty("platform").GetString(), json.GetProperty("env").GetString(),
                json.GetProperty("version").GetString(), json.GetProperty("firmware_id").ValueKind));
        Assert.Contains("aborted", await RunAsync("release", "rollout", "abort", "1", "--yes"), StringComparison.Ordinal);
    }

    private async Task PostAsync(string path, object body)
    {
        using HttpResponseMessage answer = await Backend.Admin.PostAsJsonAsync(new Uri(path, UriKind.Relative), body);
        Assert.True(answer.IsSuccessStatusCode, await answer.Content.ReadAsStringAsync());
    }

    /// <summary>Uploads an image of an ESP8266: a header, one segment of 16 zeros, and the checksum as the last of 16 bytes.</summary>
    private async Task UploadThingAsync(string version)
    {
        byte[] image =
        [
            0xE9, 1, 2, 0x20, 0x10, 0xF0, 0x10, 0x40, 0, 0, 0x10, 0x40, 16, 0, 0, 0, .. new byte[16], .. new byte[15], 0xEF,
        ];
        using MultipartFormDataContent form = [];
        form.Add(new ByteArrayContent(image), "file", "clock.bin");
        foreach ((string name, string value) in new[] { ("version", version), ("product", "clock"), ("platform", "esp01") })
        {
            form.Add(new StringContent(value), name);
        }

        using HttpResponseMessage answer = await Backend.Admin.PostAsync(new Uri("api/upload", UriKind.Relative), form);
        Assert.True(answer.IsSuccessStatusCode, await answer.Content.ReadAsStringAsync());
    }

    [Fact]
    public async Task WithoutACanaryItAsks()
    {
        await PrepareAsync(2);
        string[] line = ["release", "rollout", "create", "6.1.0", "--stages", "50,100", "--start"];
        await FailsAsync(2, "--no-canary", line);
        Terminal.Yes = false;
        await FailsAsync(1, "nothing was changed", line);
        Assert.Contains("no roll-out yet", await RunAsync("release", "rollout", "list"), StringComparison.Ordinal);
        Terminal.Yes = true;
        Assert.Contains("canary (stage 1 of 2)", await RunAsync(line), StringComparison.Ordinal);
        Terminal.Yes = null;
        await RunAsync("release", "rollout", "abort", "1", "--yes");
        await RunAsync([.. line, "--no-canary"]);
    }

    [Fact]
    public async Task EverySettingReachesTheServer()
    {
        await PrepareAsync(1);
        await RunAsync(
            "release", "rollout", "create", "6.1.0", "--min-sample", "3", "--silent-hours", "48", "--silent-intervals", "36", "--min-proved-percent", "80",
            "--health", "min_counts_percent=30", "--health", "proof_hours=6");
        string shown = await RunAsync("release", "rollout", "show");
        string[] expected =
            ["silent for 36 report intervals", "silent for 48 h", "80 % must have proved it", "min_counts_percent 30", "proof_hours 6",
                "max_resets 3"];
        Assert.All(expected, text => Assert.Contains(text, shown, StringComparison.Ordinal));
        await FailsAsync(2, "--health max_resets", "release", "rollout", "create", "6.1.0", "--health", "max_resets");
        await FailsAsync(1, "health_gate: has only these members", "release", "rollout", "create", "6.1.0", "--health", "max_reset=1");
        await FailsAsync(1, "health_gate.max_resets: must be", "release", "rollout", "create", "6.1.0", "--health", "max_resets=1001");
        await FailsAsync(1, "start_at: is in the past", "release", "rollout", "create", "6.1.0", "--start-at", "2026-01-29T09:00Z");
    }

    [Fact]
    public async Task WhatStandsInTheWayIsSaidBefore()
    {
        await PrepareAsync(2);
        using HttpResponseMessage pinned = await Backend.Admin.PutAsync("/api/device/JBNB0001/ota/pin?version=6.0.0", null);
        pinned.EnsureSuccessStatusCode();
        await RunAsync("release", "rollout", "create", "6.1.0", "--no-canary", "--start");
        Assert.Contains("1 box cannot take it, pinned (pinned to another version): JBNB0001", Terminal.Error, StringComparison.Ordinal);
        Assert.Contains("JBNB0001", await RunAsync("release", "rollout", "show"), StringComparison.Ordinal);
        Assert.Contains("blocked", Terminal.Output, StringComparison.Ordinal);
        Assert.Contains("pinned to another version", Terminal.Output, StringComparison.Ordinal);
    }

    [Fact]
    public async Task StartWarnsAndAsksAsCreateDoes()
    {
        await PrepareAsync(2);
        using HttpResponseMessage pinned = await Backend.Admin.PutAsync("/api/device/JBNB0001/ota/pin?version=6.0.0", null);
        pinned.EnsureSuccessStatusCode();
        await RunAsync("release", "rollout", "create", "6.1.0", "--stages", "50,100");
        string[] line = ["release", "rollout", "start", "1"];
        await FailsAsync(2, "50 % of the fleet. Start it like that? Nobody can be asked: say --no-canary", line);
        Terminal.Yes = false;
        await FailsAsync(1, "nothing was changed", line);
        Assert.Contains("draft", await RunAsync("release", "rollout", "list"), StringComparison.Ordinal);
        Terminal.Yes = null;
        Assert.Contains("canary (stage 1 of 2)", await RunAsync([.. line, "--no-canary"]), StringComparison.Ordinal);
        Assert.Contains("1 box cannot take it, pinned (pinned to another version): JBNB0001", Terminal.Error, StringComparison.Ordinal);

        // A release of a higher sequence ends it: that is said before.
        await PublishAsync(Newer, "6.2.0");
        await RunAsync("release", "rollout", "create", "6.2.0", "--canary", "JBNB0002");
        Assert.Contains("canary", await RunAsync("release", "rollout", "start", "2"), StringComparison.Ordinal);
        Assert.Contains(
            "roll-out 1 of 6.1.0, canary (stage 1 of 2), ends when this one starts", Terminal.Error, StringComparison.Ordinal);
    }

    [Fact]
    public async Task ARolloutForTheBoxesOfAPlaceOrWithATag()
    {
        await PrepareAsync(3);
        long shop = JsonElement.Parse(await SendAsync(HttpMethod.Post, "/api/places", "{\"name\":\"Shop\",\"timezone\":\"UTC\"}"))
            .GetProperty("id").GetInt64();
        await SendAsync(HttpMethod.Post, $"/api/places/{shop}/devices", "{\"device_id\":\"JBNB0001\"}");
        await SendAsync(HttpMethod.Put, "/api/device/JBNB0001/tags", "{\"tags\":[\"pilot\"]}");
        await SendAsync(HttpMethod.Put, "/api/device/JBNB0002/tags", "{\"tags\":[\"pilot\"]}");
        await RunAsync(
            "release", "rollout", "create", "6.1.0", "--place", Text(shop), "--tag", "pilot,window", "--no-canary", "--start");
        string shown = await RunAsync("release", "rollout", "show");
        Assert.Contains($"only for boxes at place {shop} and with tag pilot or window", shown, StringComparison.Ordinal);
        JsonElement json = JsonElement.Parse(await RunAsync("release", "rollout", "show", "--json"));
        Assert.Equal("JBNB0001", json.GetProperty("boxes").EnumerateArray().Single().GetProperty("device_id").GetString());
        Assert.Equal(shop, json.GetProperty("target").GetProperty("places")[0].GetInt64());

        await FailsAsync(2, "--place x: must be ids", "release", "rollout", "create", "6.1.0", "--place", "x");
        await FailsAsync(2, "--tag pilot,: must be tags", "release", "rollout", "create", "6.1.0", "--tag", "pilot,");
        await FailsAsync(1, "target: there is no place 4711", "release", "rollout", "create", "6.1.0", "--place", "4711");
        await RunAsync("release", "rollout", "create", "6.1.0", "--tag", "nobody");
        Assert.Contains("no box with tag nobody has said what it runs", Terminal.Error, StringComparison.Ordinal);
    }

    [Fact]
    public async Task AnAbortEndsTheWatchAndTakesDownloadsBack()
    {
        await PrepareAsync(2);
        await RunAsync("release", "rollout", "create", "6.1.0", "--no-canary", "--start");
        TestTerminal other = Backend.Terminal();
        MoveBoxesWhileWaiting(async wait =>
        {
            if (wait == 3)
            {
                Assert.Equal(2, await other.RunAsync("release", "rollout", "abort"));
                other.Yes = false;
                Assert.Equal(1, await other.RunAsync("release", "rollout", "abort"));
                Assert.Contains("nothing was changed", other.Error, StringComparison.Ordinal);
                Assert.Equal(0, await other.RunAsync("release", "rollout", "abort", "--yes"));
            }
        });
        await FailsAsync(4, string.Empty, "release", "watch");
        Assert.Contains("aborted", Terminal.Output, StringComparison.Ordinal);
        await Task.WhenAll(_boxes.Select(box => box.StepAsync()));
        Assert.All(_boxes, box => Assert.Equal("6.0.0", box.Version));
    }

    [Fact]
    public async Task EveryStepIsTakenAndWrongOnesAreRefused()
    {
        await PrepareAsync(3);
        string made = await RunAsync(
            "release", "rollout", "create", "6.1.0", "--stages", "JBNB0002+JBNB0003,60,100", "--window", "22:00-05:00", "--time-zone",
            "Europe/Berlin", "--exclude", "JBNB0001",
            "--start-at", "2026-01-29T10:00Z", "--no-auto-advance", "--max-failure-percent", "5", "--notes", "first try");
        Assert.Contains("draft, stages JBNB0002 JBNB0003 → 60 % → 100 %", made, StringComparison.Ordinal);
        await FailsAsync(1, "no roll-out is canary or rolling", "release", "rollout", "pause");
        await FailsAsync(1, "only one in canary or rolling", "release", "rollout", "advance", "1");
        Assert.Contains("canary (stage 1 of 3)", await RunAsync("release", "rollout", "start"), StringComparison.Ordinal);
        await FailsAsync(1, "only a draft", "release", "rollout", "start", "1");
        Assert.Contains("paused", await RunAsync("release", "rollout", "pause"), StringComparison.Ordinal);
        Assert.Contains("canary", await RunAsync("release", "rollout", "resume"), StringComparison.Ordinal);
        Assert.Contains("rolling (stage 2 of 3)", await RunAsync("release", "rollout", "advance"), StringComparison.Ordinal);
        Assert.Contains("2 boxes are excluded", await RunAsync("release", "rollout", "exclude", "1", "JBNB0003"), StringComparison.Ordinal);
        Assert.Contains(
            "0 boxes are excluded", await RunAsync("release", "rollout", "include", "1", "JBNB0001", "JBNB0003"), StringComparison.Ordinal);
        string shown = await RunAsync("release", "rollout", "show");
        string[] expected = ["JBNB0002", "stage 3", "22:00-05:00 Europe/Berlin", "5 %", "goes on only by", "notes: first try"];
        Assert.All(expected, text => Assert.Contains(text, shown, StringComparison.Ordinal));
        JsonElement json = JsonElement.Parse(await RunAsync("release", "rollout", "show", "1", "--json"));
        Assert.Equal(3, json.GetProperty("boxes").GetArrayLength());
        await FailsAsync(1, "there is no release 9.9.9", "release", "rollout", "create", "9.9.9");
        await FailsAsync(1, "JBNB0077", "release", "rollout", "create", "6.1.0", "--canary", "JBNB0077");
        await FailsAsync(1, string.Empty, "release", "rollout", "show", "77");
        await FailsAsync(
            1, "Roll-out 2 is made and not started: 'release rollout start 2', or 'abort 2'", "release", "rollout", "create", "6.1.0",
            "--no-canary", "--start");
    }

    [Fact]
    public async Task AWatchForProgramsIsAnObjectALine()
    {
        await PrepareAsync(1);
        await RunAsync("release", "rollout", "create", "6.1.0", "--no-canary", "--soak-minutes", "0", "--start");
        MoveBoxesWhileWaiting();
        string output = await RunAsync("release", "watch", "--json");
        JsonElement[] changes = [.. output.Split('\n', StringSplitOptions.RemoveEmptyEntries).Select(line => JsonElement.Parse(line))];
        Assert.Equal("done", changes[^1].GetProperty("state").GetString());
        Assert.Equal(
            ["waiting", "offered", "downloading", "staged", "trial", "confirmed"],
            changes.Where(change => change.TryGetProperty("device_id", out _)).Select(change => change.GetProperty("state").GetString())
                .Distinct());
    }

    [Fact]
    public async Task OnATerminalItDrawsAndEndsTheSame()
    {
        await PrepareAsync(3);
        await RunAsync("release", "rollout", "create", "6.1.0", "--canary", "JBNB0001", "--soak-minutes", "0", "--start");
        MoveBoxesWhileWaiting();
        Terminal.IsLive = true;
        string output = await RunAsync("release", "watch");
        Assert.Contains("stage 1", output, StringComparison.Ordinal);
        Assert.Contains("100 %", output, StringComparison.Ordinal);
        Assert.Contains("confirmed", output, StringComparison.Ordinal);
    }

    [Fact]
    public async Task AServerThatIsAwayForALittleIsWaitedFor()
    {
        await PrepareAsync(1);
        await RunAsync("release", "rollout", "create", "6.1.0", "--no-canary", "--start");
        int waits = 0;
        Terminal.WhileWaiting = async _ =>
        {
            if (++waits == 1)
            {
                await Backend.StopAsync();
            }
        };
        await FailsAsync(3, "cannot reach", "release", "watch");
        Assert.InRange(waits, 100, MaxWaits);
        Assert.Contains("trying again", Terminal.Error, StringComparison.Ordinal);
    }

    private async Task<string> SendAsync(HttpMethod method, string path, string body)
    {
        using HttpRequestMessage request = new(method, path)
        {
            Content = new StringContent(body, System.Text.Encoding.UTF8, "application/json"),
        };
        using HttpResponseMessage answer = await Backend.Admin.SendAsync(request);
        string text = await answer.Content.ReadAsStringAsync();
        Assert.True(answer.IsSuccessStatusCode, text);
        return text;
    }

    private static string Text(long number) => number.ToString(CultureInfo.InvariantCulture);

    /// <summary>Both versions on the server, and boxes that run the old one and have said so.</summary>
    private async Task PrepareAsync(int boxes)
    {
        await PublishAsync(Old, "6.0.0");
        for (int number = 1; number <= boxes; number++)
        {
            _boxes.Add(await Backend.RegisterAsync($"JBNB{number:D4}", Old, "6.0.0", 60000, PublicKey));
            await _boxes[^1].CheckAsync();
        }

        await PublishAsync(New, "6.1.0");
    }

    /// <summary>While the tool waits, half a minute passes and each box makes a step.</summary>
    private void MoveBoxesWhileWaiting(Func<int, Task>? also = null) => Terminal.WhileWaiting = async _ =>
    {
        Assert.InRange(++_waits, 1, MaxWaits);
        Backend.Clock.Advance(TimeSpan.FromSeconds(30));
        foreach (SimulatedBox box in _boxes)
        {
            await box.StepAsync();
        }

        await (also?.Invoke(_waits) ?? Task.CompletedTask);
    };
}
