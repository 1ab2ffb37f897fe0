using System;
using System.Collections.Generic;
using System.IO;
using System.Linq;
using System.Net.Http;
using System.Threading.Tasks;

namespace JamBox.Client;

/// <summary>
/// What a tool would do with the generated client: every call and every name in here is the generator's, so that this file compiles only
/// when the document says what it should. Compiled by the test together with the client, not by the project.
/// </summary>
public static class Calls
{
    /// <summary>Goes through the life of a box and of a build.</summary>
    /// <param name="tools">Bears an admin's key.</param>
    /// <param name="withToken">Makes the connection of a box from its token.</param>
    /// <param name="makePatches">Lets the backend's jobs run.</param>
    /// <param name="oldImage">The image that the box runs.</param>
    /// <param name="newImage">The image of the build.</param>
    /// <returns>What was called, and what came of it.</returns>
    public static async Task<IReadOnlyList<string>> RunAsync(
        HttpClient tools, Func<string, HttpClient> withToken, Action makePatches, byte[] oldImage, byte[] newImage)
    {
        List<string> log = new();
        JamBoxClient admin = new(tools);

        SwaggerResponse<RegisteredDevice> registered = await admin.RegisterDeviceAsync(
            new Registration { Device_id = "JBNB7001", Location_name = "Main hall", Timezone = "Europe/Berlin" });
        log.Add($"RegisterDevice {registered.StatusCode} {registered.Result.Device_id}");
        JamBoxClient box = new(withToken(registered.Result.Token));

        for (int number = 1; number <= 3; number++)
        {
            SwaggerResponse<AckBody> ack = await box.PostReadingAsync(new Reading
            {
                D = "JBNB7001", T = DateTimeOffset.UnixEpoch.AddSeconds(1_769_000_000 + (300 * number)), I = 400 + number, U = 37, Ts = 1,
                B = 3_735_928_559, N = number,
            });
            log.Add($"PostReading {ack.StatusCode} {ack.Result.Status}");
        }

        SwaggerResponse<AckBody> beat = await box.PostHeartbeatAsync(new Heartbeat
        {
            D = "JBNB7001",
            V = "6.0.0",
            Hc = new Dictionary<string,
            int> { ["br"] = 2 },
        });
        log.Add($"PostHeartbeat {beat.StatusCode} {beat.Result.Config_version}");

        SwaggerResponse<ICollection<ReadingRow>> page = await admin.ListReadingsAsync(device_id: "JBNB7001", limit: 2);
        log.Add(
            $"ListReadings {page.Result.Count} {string.Join(",", page.Result.Select(row => row.Impressions))} "
            + $"{page.Headers["Link"].Single().Contains("rel=\"next\"")}");

        using (FileResponse csv = await admin.ExportReadingsAsync(device_id: "JBNB7001"))
        using (StreamReader reader = new(csv.Stream))
        {
            log.Add($"ExportReadings {(await reader.ReadToEndAsync()).Split("\r\n", StringSplitOptions.RemoveEmptyEntries).Length}");
        }

        SwaggerResponse<SavedConfig> config = await admin.PutDeviceConfigAsync("JBNB7001", new ConfigChange
        {
            Report_interval_ms = 600_000,
            Wifi_channels = new[] { 1, 6, 11 },
        });
        SwaggerResponse<DeviceConfig> wanted = await box.FetchConfigAsync("JBNB7001");
        log.Add($"PutDeviceConfig {config.Result.Config_version} FetchConfig {wanted.Result.Report_interval_ms}");

        SwaggerResponse<QueuedCommand> queued = await admin.QueueCommandAsync("JBNB7001", new CommandRequest
        {
            Command = CommandRequestCommand.Send_now,
        });
        SwaggerResponse<ICollection<CommandRow>> commands = await admin.ListCommandsAsync("JBNB7001");
        log.Add($"QueueCommand {queued.Result.Command} ListCommands {commands.Result.Single().State}");

        await UpdateAsync(admin, box, makePatches, oldImage, newImage, log);
        await RefusalsAsync(admin, box, log);
        return log;
    }

    private static async Task UpdateAsync(
        JamBoxClient admin, JamBoxClient box, Action makePatches, byte[] oldImage, byte[] newImage, List<string> log)
    {
        await admin.UploadBuildAsync("6.0.0", "atoms3-nb1", 60000, new MemoryStream(oldImage));
        SwaggerResponse<BuildRow> build = await admin.UploadBuildAsync(
            "6.1.0", "atoms3-nb1", 60100, new MemoryStream(newImage), notes: "Counts better");
        log.Add($"UploadBuild {build.StatusCode} {build.Result.Size == newImage.Length}");
        using (FileResponse image = await admin.GetImageAsync(build.Result.Id))
        using (MemoryStream copy = new())
        {
            await image.Stream.CopyToAsync(copy);
            log.Add($"GetImage {copy.ToArray().AsSpan().SequenceEqual(newImage)}");
        }

        makePatches();
        SwaggerResponse<RolloutView> rollout = await admin.CreateRolloutAsync(
            new RolloutRequest { Firmware_id = (int)build.Result.Id, Stages = new[] { new Stages { Percent = 100 } } });
        rollout = await admin.StartRolloutAsync(rollout.Result.Id);
        makePatches();
        log.Add($"CreateRollout StartRollout {rollout.Result.State}");

        SwaggerResponse<UpdateOffer> offer = await box.CheckForUpdateAsync(new UpdateRequest
        {
            D = "JBNB7001", V = "6.0.0", Hw = "atoms3-nb1", Seq = 60000, P = "LHE",
            Bh = Convert.ToHexString(System.Security.Cryptography.SHA256.HashData(oldImage)).Substring(0, 16),
        });
        log.Add($"CheckForUpdate {offer.Result.Update_available} {offer.Result.Target}");
        using (FileResponse manifest = await box.GetUpdateManifestAsync(offer.Result.Id!.Value))
        using (FileResponse chunk = await box.GetUpdateChunkAsync(0, id: offer.Result.Id))
        using (MemoryStream copy = new())
        {
            await manifest.Stream.CopyToAsync(copy);
            long manifestBytes = copy.Length;
            copy.SetLength(0);
            await chunk.Stream.CopyToAsync(copy);
            log.Add(
                $"GetUpdateManifest {manifestBytes} GetUpdateChunk {copy.Length == Math.Min(512, offer.Result.Size!.Value)} "
                + $"{chunk.Headers["C"].Single().Length}");
        }

        SwaggerResponse<StatusBody> end = await box.CompleteUpdateAsync(
            new UpdateRequest { D = "JBNB7001", V = "6.1.0", Id = (int)offer.Result.Id.Value, Status = "failed", Why = "patch" });
        SwaggerResponse<ICollection<AttemptRow>> attempts = await admin.ListUpdateAttemptsAsync(device_id: "JBNB7001");
        log.Add($"CompleteUpdate {end.Result.Status} ListUpdateAttempts {attempts.Result.Single().State}");
    }

    private static async Task RefusalsAsync(JamBoxClient admin, JamBoxClient box, List<string> log)
    {
        try
        {
            await admin.GetDeviceAsync("JBNB9999");
        }
        catch (ApiException<ProblemDetails> refused)
        {
            log.Add($"GetDevice {refused.StatusCode} {refused.Result.Error}");
        }

        try
        {
            await box.PostReadingAsync(new Reading
            {
                D = "JBNB7001",
                T = DateTimeOffset.UnixEpoch.AddSeconds(1_769_002_000),
                I = 2_000_000,
                U = 1,
            });
        }
        catch (ApiException<ErrorBody> refused)
        {
            log.Add($"PostReading {refused.StatusCode} {refused.Result.Error}");
        }
    }
}
