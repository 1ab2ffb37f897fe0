using System.Text.Json;

using JamBox.Backend.Tests.Hosting;

namespace JamBox.Backend.Tests.Deployments;

/// <summary>What an upload holds in memory; the storage has nothing to do with it.</summary>
[Collection(AloneCollection.Name)]
public sealed class UploadMemoryTests
{
    private static readonly TimeSpan s_patience = TimeSpan.FromSeconds(240);

    [Fact]
    public async Task AnUploadIsOnTheDiskAndNotInMemory()
    {
        const long Length = 64L * 1024 * 1024;
        const long Half = Length / 2;

        // What the server may have of what was sent and is not on the disk yet: a piece that it gathers, and one in the form's reader.
        const long MostHeld = 256 * 1024;
        await using BackendHost host = new(TestStorage.Sqlite);
        await host.InitializeAsync();
        long onDisk = 0;
        long before = GC.GetTotalAllocatedBytes();
        using SlowFile file = new(Length, Half, async () =>
        {
            using CancellationTokenSource patience = new(s_patience);
            while ((onDisk = BytesOnDisk(host.PackageFolder)) < Half - MostHeld)
            {
                await Task.Delay(10, patience.Token);
            }
        });
        using MultipartFormDataContent form = file.InForm("1.0");
        using HttpRequestMessage request = new(HttpMethod.Post, "/api/deployments/upload") { Content = form };
        request.Headers.TryAddWithoutValidation("Authorization", $"Bearer {BackendHost.AdminKey}");
        using HttpResponseMessage answer = await host.Http.SendAsync(request);
        string error = JsonElement.Parse(await answer.Content.ReadAsStringAsync()).GetProperty("error").GetString()!;
        long allocated = GC.GetTotalAllocatedBytes() - before;

        // It is no zip, which is seen at the end: by then all of it has gone its way.
        Assert.Equal(400, (int)answer.StatusCode);
        Assert.StartsWith("file: The file is no zip", error, StringComparison.Ordinal);
        Assert.InRange(onDisk, Half - MostHeld, Half);
        Assert.True(allocated < Length / 4, $"{allocated} bytes were allocated for an upload of {Length}");
        Assert.Empty(Directory.GetFiles(host.PackageFolder));
    }

    private static long BytesOnDisk(string folder) =>
        Directory.Exists(folder) && Directory.GetFiles(folder) is [{ } part] ? new FileInfo(part).Length : 0;
}
