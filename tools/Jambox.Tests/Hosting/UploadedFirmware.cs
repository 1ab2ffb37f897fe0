using System.Net.Http.Headers;
using JamBox.Bench.Boxes.Flashing;

namespace JamBox.Bench.Tests.Hosting;

/// <summary>Firmware of a simulated box as an admin brings it to a server: a release with its parts, and two builds.</summary>
internal sealed class UploadedFirmware(TestBackend backend)
{
    public const string Version = "6.1.0";
    public const string PhaseOneVersion = "6.0.7";

    private readonly FirmwareFiles _files = TwinFirmwareFiles.Make(FirmwareKind.Production);

    public byte[] Bootloader => _files.Bootloader;

    public byte[] Clr => _files.Clr;

    public byte[] Table => _files.Table;

    public byte[] Deployment => _files.Deploy;

    public byte[] Provisioning { get; } = TwinFirmwareFiles.Make(FirmwareKind.Provisioning).Deploy;

    /// <summary>Uploads bootloader, partition table and nanoCLR.</summary>
    public async Task UploadReleaseAsync()
    {
        using var form = new MultipartFormDataContent
        {
            { Part(Clr), "file", "nanoCLR.bin" },
            { Part(Bootloader), "bootloader", "bootloader.bin" },
            { Part(Table), "partitions", "partitions.bin" },
            { new StringContent("1.0.0"), "version" },
            { new StringContent("nano-esp32s3"), "platform" },
            { new StringContent("nanoclr"), "product" },
        };
        await PostAsync("/api/upload", form);
    }

    /// <summary>Uploads the build that counts.</summary>
    public Task UploadBuildAsync() => PostAsync($"/api/ota/firmware?version={Version}&hw=atoms3-nb1&seq=60100", Part(Deployment));

    /// <summary>Uploads the build of phase 1.</summary>
    public Task UploadProvisioningAsync() =>
        PostAsync($"/api/ota/firmware?version={PhaseOneVersion}&hw=atoms3-nb1-prov&seq=60007", Part(Provisioning));

    /// <summary>Uploads everything.</summary>
    public async Task UploadAsync()
    {
        await UploadReleaseAsync();
        await UploadBuildAsync();
        await UploadProvisioningAsync();
    }

    private async Task PostAsync(string path, HttpContent content)
    {
        using HttpResponseMessage answer = await backend.Admin.PostAsync(new Uri(path, UriKind.Relative), content);
        Assert.True(answer.IsSuccessStatusCode, $"{path}: {answer.StatusCode} {await answer.Content.ReadAsStringAsync()}");
    }

    private static ByteArrayContent Part(byte[] bytes) => new(bytes)
    {
        Headers = { ContentType = new MediaTypeHeaderValue("application/octet-stream") },
    };
}
