using System.Text.Json;

using JamBox.Backend.Deployments;
using JamBox.Backend.Operation;
using JamBox.Backend.Storage;
using JamBox.Backend.Tests.Hosting;

using Microsoft.Extensions.DependencyInjection;

namespace JamBox.Backend.Tests.Deployments;

/// <summary>Which packages stay, which go, and that there is never more of them than the room that they have.</summary>
public abstract class DeploymentKeepingTests(BackendHost shared)
    : DeploymentTest(shared, "--Deployments:QuotaMB=1", "--Deployments:KeepNewest=2")
{
    [Fact]
    public async Task TheRoomIsBoundedAndWhatCouldGoIsNamed()
    {
        string first = await UploadedAsync(Package("1.0", 500_000), "1.0");
        await UploadedAsync(Package("1.1", 400_000), "1.1");
        string error = await RefusedUploadAsync(507, Package("1.2", 300_000), "1.2");
        Assert.StartsWith("The room for packages is full, 1 MB: delete what nobody runs, such as", error, StringComparison.Ordinal);
        Assert.Contains(first, error, StringComparison.Ordinal);
        Assert.Equal(2, FilesOfPackages().Length);
        JsonElement quota = await GetAsync("/api/deployments/quota");
        Assert.Equal(1024 * 1024, quota.GetProperty("quotaBytes").GetInt64());
        Assert.InRange(quota.GetProperty("usedBytes").GetInt64(), 900_000, 910_000);
        Assert.Equal(2, quota.GetProperty("keepNewest").GetInt32());

        await DoAsync(HttpMethod.Delete, $"/api/deployments/{first}");
        await UploadedAsync(Package("1.2", 300_000), "1.2");
    }

    [Fact]
    public async Task WhatIsRemovedIsGone()
    {
        string id = await UploadedAsync(Package());
        await DoAsync(HttpMethod.Delete, $"/api/deployments/{id}");
        Assert.Empty(FilesOfPackages());
        Assert.Equal(404, (await AdminAsync(HttpMethod.Get, $"/api/deployments/{id}")).Status);
        Assert.Equal(404, (await AdminAsync(HttpMethod.Delete, $"/api/deployments/{id}")).Status);
        Assert.Equal(404, (await AdminAsync(HttpMethod.Delete, "/api/deployments/..%2F..%2Fjambox.db")).Status);
        Assert.Equal(
            ["deployment.remove", "deployment.upload"],
            (await GetAsync($"/api/audit?target={id}")).EnumerateArray().Select(static row => row.GetProperty("action").GetString()));
    }

    [Fact]
    public async Task OnlyOperatorsOfAllPlacesRemove()
    {
        string id = await UploadedAsync(Package());
        long place = await PlaceAsync("Hall");
        await RefusedAsync(403, HttpMethod.Delete, $"/api/deployments/{id}", key: await KeyAsync("viewer"));
        await RefusedAsync(403, HttpMethod.Delete, $"/api/deployments/{id}", key: await KeyAsync("operator", place));
        Assert.Single(FilesOfPackages());
    }

    [Fact]
    public async Task WhatGatewaysAreAtStaysUnlessItIsMeant()
    {
        string gateway = await GatewayAsync("shop-1");
        string id = await UploadedAsync(Package(), targets: null);
        await ReportAsync(gateway, id, "downloading");
        Assert.Contains("force=true", await RefusedAsync(409, HttpMethod.Delete, $"/api/deployments/{id}"), StringComparison.Ordinal);
        await DoAsync(HttpMethod.Delete, $"/api/deployments/{id}?force=true");
        Assert.Empty(FilesOfPackages());
    }

    [Fact]
    public async Task TheNewestStayAndWhatIsInUse()
    {
        string gateway = await GatewayAsync("shop-2");
        string used = await UploadedAsync(Package("1.0"), "1.0", targets: null);
        await ReportAsync(gateway, used, "completed");
        string old = await UploadedAsync(Package("1.1"), "1.1");
        string[] newest = [await UploadedAsync(Package("1.2"), "1.2"), await UploadedAsync(Package("1.3"), "1.3")];
        await RunJobAsync();
        Assert.Equal(
            newest.Append(used).Select(static id => $"{id}.zip").Order(StringComparer.Ordinal), FilesOfPackages());
        Assert.Equal(404, (await AdminAsync(HttpMethod.Get, $"/api/deployments/{old}")).Status);
    }

    [Fact]
    public async Task WhatAKilledServerLeftBehindGoes()
    {
        string id = await UploadedAsync(Package());
        string orphan = Path.Combine(Host.PackageFolder, $"{Guid.NewGuid():D}");
        string foreign = Path.Combine(Host.PackageFolder, "notes.txt");
        foreach (string path in new[] { $"{orphan}.zip", $"{orphan}.part", foreign })
        {
            await File.WriteAllTextAsync(path, "left");
        }

        // Uploaded years ago, and not known since just now: perhaps it is the storage that is the wrong one.
        DateTimeOffset now = Host.Services.GetRequiredService<TimeProvider>().GetUtcNow();
        File.SetLastWriteTimeUtc($"{orphan}.zip", now.UtcDateTime.AddDays(-800));

        // One that somebody is writing.
        string busy = Path.Combine(Host.PackageFolder, $"{Guid.NewGuid():D}.part");
        await using (new FileStream(busy, FileMode.CreateNew, FileAccess.ReadWrite, FileShare.Delete))
        {
            await RunJobAsync();
            string[] left = [$"{id}.zip", "notes.txt", Path.GetFileName(busy), Path.GetFileName($"{orphan}.zip")];
            Assert.Equal(left.Order(StringComparer.Ordinal), FilesOfPackages());
        }

        await RunJobAsync();
        Assert.DoesNotContain(Path.GetFileName(busy), FilesOfPackages());

        // After a week it goes; one that has turned up in between has its own.
        PackageFolder folder = Host.Services.GetRequiredService<PackageFolder>();
        Store store = Host.Services.GetRequiredService<Store>();
        Task<int> SweepAsync(int days) =>
            folder.SweepAsync(one => store.ReadAsync(one, DeploymentSql.Exists), now.AddDays(days));
        Assert.Equal(0, await SweepAsync(6));
        string later = Path.Combine(Host.PackageFolder, $"{Guid.NewGuid():D}.zip");
        await File.WriteAllTextAsync(later, "left");
        Assert.Equal(0, await SweepAsync(6));
        Assert.Equal(1, await SweepAsync(8));
        Assert.Contains(Path.GetFileName(later), FilesOfPackages());
        Assert.Contains($"{id}.zip", FilesOfPackages());
        Assert.Equal(1, await SweepAsync(14));
        Assert.DoesNotContain(Path.GetFileName(later), FilesOfPackages());
    }

    [Fact]
    public async Task ListsComeInParts()
    {
        for (int i = 0; i < 3; i++)
        {
            await UploadedAsync(Package($"1.{i}"), $"1.{i}");
        }

        using HttpResponseMessage first = await Host.AdminAsync(HttpMethod.Get, "/api/deployments?limit=2");
        Assert.Equal(["1.2", "1.1"], Versions(await first.Content.ReadAsStringAsync()));
        string next = first.Headers.GetValues("Link").Single();
        using HttpResponseMessage second = await Host.AdminAsync(HttpMethod.Get, next[1..next.IndexOf('>', StringComparison.Ordinal)]);
        Assert.Equal(["1.0"], Versions(await second.Content.ReadAsStringAsync()));
        Assert.False(second.Headers.Contains("Link"));

        static IEnumerable<string?> Versions(string json) =>
            JsonElement.Parse(json).EnumerateArray().Select(static row => row.GetProperty("version").GetString());
    }

    private Task RunJobAsync() => Host.Services.GetServices<IJob>().OfType<PackageJob>().Single().RunAsync(CancellationToken.None);

    private async Task ReportAsync(string gateway, string id, string status)
    {
        using HttpRequestMessage request = new(HttpMethod.Post, "/api/deployments/status")
        {
            Content = new StringContent(
                $$"""{"deploymentId":"{{id}}","status":"{{status}}","version":"1.0"}""", System.Text.Encoding.UTF8, "application/json"),
        };
        request.Headers.TryAddWithoutValidation("Authorization", gateway);
        using HttpResponseMessage answer = await Host.Http.SendAsync(request);
        Assert.Equal(200, (int)answer.StatusCode);
    }
}
