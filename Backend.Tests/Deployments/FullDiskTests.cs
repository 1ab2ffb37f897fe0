using System.Net.Http.Headers;

using JamBox.Backend.Tests.Hosting;

namespace JamBox.Backend.Tests.Deployments;

/// <summary>A disk that is full before the room for packages is.</summary>
public sealed class FullDiskTests
{
    [SmallDiskFact]
    public async Task WhatDoesNotFitOnTheDiskIsRefusedBeforeItComes()
    {
        // 64 MB of it stay free for others, whatever is uploaded.
        using SmallDisk disk = new(megabytes: 80);
        await using BackendHost host = new(TestStorage.Sqlite) { Args = [$"--Deployments:Folder={Path.Combine(disk.Folder, "packages")}"] };
        await host.InitializeAsync();
        using SlowFile file = new(24L * 1024 * 1024, -1, static () => Task.CompletedTask);
        using MultipartFormDataContent form = file.InForm("1.0");
        using HttpRequestMessage request = new(HttpMethod.Post, "/api/deployments/upload") { Content = form };
        request.Headers.Authorization = new AuthenticationHeaderValue("Bearer", BackendHost.AdminKey);
        request.Headers.ExpectContinue = true;
        using HttpResponseMessage answer = await host.Http.SendAsync(request);
        Assert.Equal(507, (int)answer.StatusCode);
        Assert.Contains("The disk of the server is full", await answer.Content.ReadAsStringAsync(), StringComparison.Ordinal);
        Assert.Empty(Directory.GetFiles(Path.Combine(disk.Folder, "packages")));
    }
}
