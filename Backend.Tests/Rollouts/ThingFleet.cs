using System.Text.Json;

using JamBox.Backend.Operation;
using JamBox.Backend.Tests.Firmware;
using JamBox.Backend.Tests.Hosting;

using Microsoft.Extensions.DependencyInjection;

namespace JamBox.Backend.Tests.Rollouts;

/// <summary>
/// Things that do over HTTP what things do: fetch what they are given, tell of their update, send heartbeats. Each image is known by its
/// hash, so that what came is what is compared.
/// </summary>
public abstract class ThingFleet(BackendHost shared, params string[] args) : FirmwareTest(shared, args)
{
    private static readonly TimeSpan s_step = TimeSpan.FromMinutes(10);

    private readonly Dictionary<string, string> _versions = [];
    private readonly Dictionary<string, TestDevice> _things = [];

    /// <summary>Things that send a heartbeat while time passes, and what they run.</summary>
    protected Dictionary<string, string> Alive { get; } = [];

    /// <summary>What the boot of each thing is numbered.</summary>
    protected Dictionary<string, int> Boots { get; } = [];

    /// <summary>Uploads a version; every one is another image.</summary>
    protected async Task ReleaseAsync(string version, string product = "clock")
    {
        byte[] image = await UploadedAsync(_versions.Count + 1, version, product: product);
        _versions[EspImages.Hash(image)] = version;
    }

    /// <summary>Registers things that run a version and say so.</summary>
    protected async Task<string[]> ThingsAsync(int count, string? runs = "v1.0.0", string product = "clock")
    {
        int first = _things.Count + 1;
        string[] ids = [.. Enumerable.Range(first, count).Select(n => $"{product}-{n:D2}")];
        foreach (string id in ids)
        {
            JsonElement json = await DoAsync(
                HttpMethod.Post, "/api/device/register",
                $$"""{"device_id":"{{id}}","kind":"thing","platform":"ESP32-C3","product":"{{product}}"}""");
            _things[id] = new TestDevice(Host, id, json.GetProperty("token").GetString()!);
            if (runs is not null)
            {
                await BeatAsync(id, runs);
                Alive[id] = runs;
            }
        }

        return ids;
    }

    protected TestDevice Thing(string id) => _things[id];

    /// <summary>What a thing gets that asks: the version of the image, or the status and the reason.</summary>
    protected async Task<string> AskAsync(string id, string? version = null) =>
        await FetchedVersionAsync($"/api/firmware/esp32c3{(version is null ? "" : $"?version={version}")}", _things[id].Token);

    /// <summary>What somebody gets: the version of the image, or the status and the reason.</summary>
    protected async Task<string> FetchedVersionAsync(string path, string? token = null, string? key = null)
    {
        using HttpResponseMessage answer = await FetchAsync(path, key, token);
        return answer.IsSuccessStatusCode
            ? _versions[EspImages.Hash(await answer.Content.ReadAsByteArrayAsync())]
            : $"{(int)answer.StatusCode} {JsonElement.Parse(await answer.Content.ReadAsStringAsync()).GetProperty("error")}";
    }

    protected async Task BeatAsync(string id, string version, int heap = 100_000)
    {
        RawAnswer answer = await _things[id].PostAsync(
            "/api/heartbeat", $$"""{"d":"{{id}}","v":"{{version}}","hf":{{heap}},"b":{{Boots.GetValueOrDefault(id, 1)}}}""");
        Assert.True(answer.Status == 200, answer.Text);
    }

    protected async Task SayAsync(string id, string word)
    {
        RawAnswer answer = await _things[id].PostAsync("/api/ota/session", word);
        Assert.True(answer.Status == 200, answer.Text);
    }

    protected Task BeginAsync(string id, string version) => SayAsync(
        id, $$"""{"event":"start","old_version":"{{Alive.GetValueOrDefault(id, "v1.0.0")}}","new_version":"{{version}}"}""");

    protected Task FailAsync(string id, string error = "no space") =>
        SayAsync(id, $$"""{"event":"complete","status":"failed","error":"{{error}}"}""");

    /// <summary>Things fetch what they are offered, which must be that, and run it from then on.</summary>
    protected async Task UpdateAsync(IEnumerable<string> ids, string version)
    {
        foreach (string id in ids)
        {
            Assert.Equal(version, await AskAsync(id));
            await BeginAsync(id, version);
            await SayAsync(id, """{"event":"progress","progress":57}""");
            await SayAsync(id, """{"event":"complete","status":"success"}""");
            Boots[id] = Boots.GetValueOrDefault(id, 1) + 1;
            await BeatAsync(id, version);
            Alive[id] = version;
        }
    }

    /// <summary>Time passes, in steps in which those that are alive send a heartbeat and the server looks.</summary>
    protected async Task PassAsync(TimeSpan time)
    {
        for (TimeSpan left = time; left > TimeSpan.Zero; left -= s_step)
        {
            Host.Clock.Advance(left < s_step ? left : s_step);
            foreach ((string id, string version) in Alive)
            {
                await BeatAsync(id, version);
            }

            await Host.Services.GetRequiredService<JobRunner>().IdleAsync();
        }

        // What they said just now is looked at.
        Host.Clock.Advance(TimeSpan.FromMinutes(1));
        await Host.Services.GetRequiredService<JobRunner>().IdleAsync();
    }

    protected async Task<long> MakeAsync(string stages, string more = "", string version = "v2.0.0", string product = "clock")
    {
        JsonElement made = await DoAsync(
            HttpMethod.Post, "/api/ota/rollouts",
            $$"""{"product":"{{product}}","platform":"esp32c3","version":"{{version}}","stages":[{{stages}}]{{more}}}""");
        return made.GetProperty("id").GetInt64();
    }

    protected async Task<long> StartedAsync(string stages, string more = "", string version = "v2.0.0")
    {
        long id = await MakeAsync(stages, more, version);
        await StepAsync(id, "start");
        return id;
    }

    protected Task<JsonElement> StepAsync(long id, string step, string? body = null) =>
        DoAsync(HttpMethod.Post, $"/api/ota/rollouts/{id}/{step}", body);

    /// <summary>How a roll-out stands: its state, its stage, and its reason.</summary>
    protected async Task<string> StateAsync(long id)
    {
        JsonElement view = await GetAsync($"/api/ota/rollouts/{id}");
        return $"{view.GetProperty("state").GetString()} {view.GetProperty("stage")} {view.GetProperty("reason").GetString()}".TrimEnd();
    }

    /// <summary>How its things stand, by their ids: state, and why.</summary>
    protected async Task<Dictionary<string, string>> BoxesAsync(long id) =>
        (await GetAsync($"/api/ota/rollouts/{id}/devices?limit=1000")).EnumerateArray().ToDictionary(
            static box => box.GetProperty("device_id").GetString()!,
            static box => $"{box.GetProperty("state").GetString()} {box.GetProperty("why").GetString()}".TrimEnd());

    protected async Task<string[]> StagedAsync(long id) =>
        [.. (await GetAsync($"/api/ota/rollouts/{id}/devices?limit=1000")).EnumerateArray()
            .Where(static box => box.GetProperty("stage").ValueKind == JsonValueKind.Number)
            .Select(static box => box.GetProperty("device_id").GetString()!)];

    protected async Task<string[]> AuditAsync(long id) =>
        [.. (await Host.ListAsync($"/api/audit?target=rollout%20{id}")).Select(static row => row.GetProperty("action").GetString()!)];

    protected async Task<string?> ToldAsync(string id) => (await GetAsync($"/api/device/{id}/update")).GetProperty("told").GetString();
}
