using System.Text;
using System.Text.Json;

using JamBox.Backend.Deployments;
using JamBox.Backend.Storage;
using JamBox.Backend.Tests.Hosting;
using JamBox.Backend.Tests.Places;

using Microsoft.Extensions.DependencyInjection;

namespace JamBox.Backend.Tests.Deployments;

/// <summary>A test with gateways, and packages that they are told of.</summary>
public abstract class GatewayTest(BackendHost shared, params string[] args) : PlaceTest(shared, args)
{
    private int _packages;

    protected long Now => Host.Clock.GetUtcNow().ToUnixTimeMilliseconds();

    /// <summary>A registered gateway.</summary>
    /// <returns>Its key.</returns>
    protected async Task<string> GatewayAsync(string id, long? place = null)
    {
        string body = place is null
            ? $$"""{"device_id":"{{id}}","kind":"gateway"}"""
            : $$"""{"device_id":"{{id}}","kind":"gateway","place":{{place}}}""";
        string token = (await DoAsync(HttpMethod.Post, "/api/device/register", body)).GetProperty("token").GetString()!;
        Assert.StartsWith("rv_", token, StringComparison.Ordinal);
        return token;
    }

    /// <summary>A package as the upload leaves it in the storage and in the folder.</summary>
    /// <returns>Its id.</returns>
    protected async Task<string> PackageAsync(string version)
    {
        int number = Interlocked.Increment(ref _packages);
        string id = $"6f1c0f0e-3a52-4a8e-9d2b-{number:x12}";
        Directory.CreateDirectory(Host.PackageFolder);
        await File.WriteAllBytesAsync(FileOf(id), new byte[1000]);
        await WriteAsync(session => session.Execute(
            """
            INSERT INTO deployments (id, number, version, filename, size, sha256, signed, files, unpacked_size, uploaded_at, uploaded_by)
            VALUES ($1, $2, $3, $4, 1000, $5, 'release', 1, 2000, 1, 'test')
            """, id, number, version, $"shop-{version}.zip", new string('a', 64)));
        return id;
    }

    /// <summary>Where the file of a package is.</summary>
    protected string FileOf(string id) => Path.Combine(Host.PackageFolder, $"{id}.zip");

    /// <summary>Deletes a package as its endpoint does.</summary>
    protected Task DeleteAsync(string id) => WriteAsync(session =>
    {
        DeploymentRollouts.Withdraw(session, id, "test", Now);
        return session.Execute("DELETE FROM deployments WHERE id = $1", id);
    });

    private protected Task<int> WriteAsync(Func<SqlSession, int> work) =>
        Host.Services.GetRequiredService<Store>().WriteAsync(work, static (session, work) => work(session));

    protected Task<JsonElement> PublishAsync(string id, string? targets = null, string? key = null) => DoAsync(
        HttpMethod.Post, $"/api/deployments/{id}/publish", targets is null ? null : $$"""{"targets":{{targets}}}""", key);

    /// <summary>What an old watcher or a new agent is told over HTTP; null = nothing.</summary>
    protected async Task<JsonElement?> NoticeAsync(string key)
    {
        (int status, string body) = await CallAsync(HttpMethod.Get, "/api/deployments/notice", key);
        return status == 204 ? null : status == 200 ? JsonElement.Parse(body) : throw new InvalidOperationException($"{status} {body}");
    }

    /// <summary>The version that a gateway is told to run.</summary>
    protected async Task<string?> ToldAsync(string key) => (await NoticeAsync(key))?.GetProperty("version").GetString();

    /// <summary>Says how far a gateway is, and is heard.</summary>
    protected async Task SayAsync(string key, string id, string status, string more = "")
    {
        (int answered, string body) = await SayAnyAsync(
            key, $$"""{"deploymentId":"{{id}}","status":"{{status}}","version":"1.0.0"{{more}}}""");
        Assert.Equal((200, """{"message":"ok"}"""), (answered, body));
    }

    protected Task<(int Status, string Body)> SayAnyAsync(string key, string word) =>
        CallAsync(HttpMethod.Post, "/api/deployments/status", key, word);

    /// <summary>A call as old watchers make it: the key without a scheme.</summary>
    protected async Task<(int Status, string Body)> CallAsync(
        HttpMethod method, string path, string authorization, string? body = null)
    {
        using HttpRequestMessage request = new(method, path);
        request.Headers.TryAddWithoutValidation("Authorization", authorization);
        request.Content = body is null ? null : new StringContent(body, Encoding.UTF8, "application/json");
        using HttpResponseMessage answer = await Host.Http.SendAsync(request);
        return ((int)answer.StatusCode, await answer.Content.ReadAsStringAsync());
    }

    /// <summary>Lets time pass; jobs whose time comes are over when it has.</summary>
    protected async Task PassAsync(TimeSpan time)
    {
        Host.Clock.Advance(time);
        foreach (JamBox.Backend.Operation.IJob job in Host.Services.GetServices<JamBox.Backend.Operation.IJob>())
        {
            if (job is DeploymentRolloutJob)
            {
                await job.RunAsync(CancellationToken.None);
            }
        }
    }

    /// <summary>The version that a gateway runs, as far as it has said.</summary>
    protected async Task<string?> CurrentAsync(string gateway) =>
        (await DoAsync(HttpMethod.Get, $"/api/deployments/gateways/{gateway}")).GetProperty("current").GetProperty("version").GetString();

    private protected T Read<T>(Func<SqlSession, T> read) =>
        Host.Services.GetRequiredService<Store>().Read(read, static (session, read) => read(session));

    /// <summary>Each roll-out of a deployment, the oldest first: how it stands, and why.</summary>
    protected string[] RolloutsOf(string id) => Read(session => DeploymentRolloutSql.AllOf(session, id))
        .ConvertAll(static one => $"{one.State} {one.Reason}").ToArray();

    /// <summary>The rows of the history, each in a line.</summary>
    protected async Task<string[]> HistoryAsync(string query = "", string? key = null) =>
    [
        .. (await DoAsync(HttpMethod.Get, $"/api/deployments/history?{query}", key: key)).EnumerateArray().Select(static row =>
            $"{row.GetProperty("gateway")} {row.GetProperty("fromVersion")}>{row.GetProperty("toVersion")} {row.GetProperty("status")} "
            + $"{row.GetProperty("result")} {row.GetProperty("attempt")} {row.GetProperty("by")}"),
    ];
}
