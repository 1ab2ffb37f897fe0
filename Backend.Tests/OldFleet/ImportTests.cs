using System.Globalization;
using System.Net.Http.Headers;
using System.Net.Sockets;
using System.Text;
using System.Text.Json;

using JamBox.Backend.Security;
using JamBox.Backend.Storage;
using JamBox.Backend.Tests.Hosting;

using Microsoft.Data.Sqlite;

namespace JamBox.Backend.Tests.OldFleet;

/// <summary>
/// The predecessor's file is a door: whatever is in it, the server stays whole, and whoever sent it learns what was left out.
/// </summary>
public abstract class ImportTests(BackendHost shared) : HostedTest(shared)
{
    private const string EndlessView = """
        DROP TABLE devices;
        CREATE VIEW devices AS WITH RECURSIVE n(i) AS (SELECT 1 UNION ALL SELECT i + 1 FROM n)
        SELECT i AS device_id, i AS token_hash, i AS project_name, i AS location_name, i AS timezone, i AS firmware_version, i AS status,
            i AS registered_at, i AS last_seen_at, i AS last_signal_dbm, i AS last_battery_pct, i AS latitude, i AS longitude
        FROM n;
        """;

    private const string VirtualTable = """
        DROP TABLE heartbeats;
        CREATE VIRTUAL TABLE heartbeats USING fts5(id, device_id, timestamp, signal_dbm, battery_pct, firmware_version, uptime_seconds, ip_address);
        """;

    private static readonly string s_hash = Token.Hash("a-token");

    [Fact]
    public async Task ADeviceThatMakesNoSenseIsLeftOutOrCutAndCounted()
    {
        JsonElement result = await ImportAsync($"""
            INSERT INTO devices (device_id, token_hash, registered_at, latitude, longitude, timezone) VALUES
                ('JBNB0801', '{s_hash}', '2026-01-01T00:00:00Z', 9e999, 13.4, 'Europe/Berlin'),
                ('JBNB0802', '{Token.Hash("b")}', '2026-01-01T00:00:00Z', 'north', 'west', 'UTC'),
                ('JBNB0803', '{Token.Hash("c")}', '9998-01-01T00:00:00Z', 52.5, NULL, 'localtime'),
                ('JBNB0804', '{Token.Hash("d")}', '2026-01-01T00:00:00Z', 52.5, 13.4, 'Europe/Berlin'),
                ('JBNB0805', '', '2026-01-01T00:00:00Z', NULL, NULL, 'UTC'),
                ('JBNB0806', '{Token.Hash("same")}', '2026-01-01T00:00:00Z', NULL, NULL, 'UTC'),
                ('JBNB0807', '{Token.Hash("same")}', '2026-01-01T00:00:00Z', NULL, NULL, 'UTC'),
                ('JBNB0808', '{Token.Hash(Device.Token)}', '2026-01-01T00:00:00Z', NULL, NULL, 'UTC'),
                ('a' || char(13, 10) || 'Set-Cookie: x', 'h1', 'x', NULL, NULL, 'UTC'),
                ('a/b', 'h2', 'x', NULL, NULL, 'UTC'),
                ('..', 'h3', 'x', NULL, NULL, 'UTC'),
                ('', 'h4', 'x', NULL, NULL, 'UTC'),
                ('naïve', 'h5', 'x', NULL, NULL, 'UTC'),
                (printf('%.5000c', 'x'), 'h6', 'x', NULL, NULL, 'UTC'),
                (x'4a00', 'h7', 'x', NULL, NULL, 'UTC');
            INSERT INTO readings (device_id, timestamp, impressions, unique_count, received_at) VALUES
                ('JBNB0804', '2026-01-28T10:00:00Z', 9e999, 4, '2026-01-28T10:00:00Z'),
                ('JBNB0804', '2026-01-28T10:05:00Z', 1, 1, '9999-01-28T10:00:00Z'),
                ('JBNB0804', '2026-01-28T10:10:00Z', 1, 1, 'soon'),
                ('a/b', '2026-01-28T10:00:00Z', 1, 1, '2026-01-28T10:00:00Z');
            """);
        Assert.Equal((8, 1), (result.GetProperty("devices").GetInt32(), result.GetProperty("readings").GetInt32()));
        JsonElement why = result.GetProperty("skipped_why");
        Assert.Equal(
            (7, 3, 1, 1, 2, 2),
            (
                Count(why, "device: id"), Count(why, "device: position left out"), Count(why, "device: timezone taken for UTC"),
                Count(why, "device: no token hash, provision again"), Count(why, "device: token of several, provision again"),
                Count(why, "reading: received_at")));
        Assert.Equal((1, 1), (Count(why, "device: token of another, provision again"), Count(why, "reading: unknown device")));
        Assert.Equal(10, result.GetProperty("skipped").GetInt32());

        // Nobody's list breaks, and a token still names the one that it named.
        JsonElement[] devices = await Host.ListAsync("/api/devices?limit=1000");
        Assert.Equal(9, devices.Length);
        Assert.Equal(
            "52.5",
            devices.Single(static row => row.GetProperty("device_id").GetString() == "JBNB0804").GetProperty("latitude").ToString());
        Assert.Equal(201, (await ReadingAsync(1)).Status);
        Assert.Equal(401, (await new TestDevice(Host, "JBNB0806", "same").ReadingAsync("\"t\":1,\"ts\":1")).Status);
        Assert.Equal(401, (await new TestDevice(Host, "JBNB0805", "").ReadingAsync("\"t\":1,\"ts\":1")).Status);
        Assert.Equal(401, (await new TestDevice(Host, "JBNB0805", "-").ReadingAsync("\"t\":1,\"ts\":1")).Status);
    }

    [Theory]
    [InlineData(
        EndlessView, "has no table devices")]
    [InlineData("DROP TABLE readings;", "has no table readings")]
    [InlineData(
        VirtualTable, "has no table heartbeats")]
    [InlineData(
        "ALTER TABLE devices ADD COLUMN computed TEXT GENERATED ALWAYS AS (printf('%.99999c', 'x')) VIRTUAL;", "columns that compute")]
    [InlineData("ALTER TABLE devices RENAME COLUMN latitude TO breite;", "cannot be read")]
    [InlineData(
        "INSERT INTO devices (device_id, token_hash, registered_at) VALUES ('x', 'x', printf('%.200000c', 'x'));", "cannot be read")]
    public async Task WhatIsNoTableOfThePredecessorsIsRefused(string change, string reason)
    {
        using HttpResponseMessage answer = await SendAsync(MakeFile(change));
        Assert.Equal(400, (int)answer.StatusCode);
        Assert.Contains(reason, await answer.Content.ReadAsStringAsync(), StringComparison.Ordinal);
        Assert.Empty(Leftovers());
    }

    [Fact]
    public async Task ABrokenFileIsRefusedWhereverItIsBroken()
    {
        const int Seed = 20261127;
        byte[] whole = MakeFile(
            $"INSERT INTO devices (device_id, token_hash, registered_at) VALUES ('JBNB0801', '{s_hash}', '2026-01-01T00:00:00Z');");
        Random random = new(Seed);
        for (int i = 0; i < 60; i++)
        {
            byte[] broken = [.. whole];
            for (int n = random.Next(1, 30); n > 0; n--)
            {
                broken[random.Next(broken.Length)] = (byte)random.Next(256);
            }

            using HttpResponseMessage answer = await SendAsync(i % 5 == 0 ? broken[..random.Next(broken.Length)] : broken);
            Assert.True(
                (int)answer.StatusCode is 200 or 400,
                $"seed {Seed}, file {i}: {answer.StatusCode} {await answer.Content.ReadAsStringAsync()}");
        }

        Assert.Equal(200, (await AdminAsync(HttpMethod.Get, "/api/devices?limit=1000")).Status);
        Assert.Equal(201, (await ReadingAsync(1)).Status);
        Assert.Empty(Leftovers());
    }

    [Fact]
    public async Task NothingIsLeftWhenTheSenderHangsUp()
    {
        byte[] file = MakeFile("");
        using (TcpClient client = new())
        {
            await client.ConnectAsync(Host.Address.Host, Host.Address.Port);
            NetworkStream stream = client.GetStream();
            await stream.WriteAsync(Encoding.ASCII.GetBytes(
                "POST /api/admin/import HTTP/1.1\r\nHost: x\r\n"
                + $"Authorization: Bearer {BackendHost.AdminKey}\r\nContent-Length: {file.Length}\r\n\r\n"));
            await stream.WriteAsync(file.AsMemory(0, file.Length / 2));
            await WaitAsync(() => Leftovers().Length == 1);
        }

        await WaitAsync(() => Leftovers().Length == 0);
    }

    /// <summary>A killed process cannot clean up; whoever starts next does, and lets those who are at work alone.</summary>
    [Fact]
    public async Task WhatAKilledProcessLeftGoesAtTheNextStart()
    {
        using ScratchFolder atWork = ScratchFolder.Make(Host.TemporaryFolder);
        string left = Path.Combine(Host.TemporaryFolder, ScratchFolder.Prefix + "left");
        Directory.CreateDirectory(left);
        await File.WriteAllTextAsync(Path.Combine(left, "lock"), "");
        await File.WriteAllTextAsync(Path.Combine(left, "import.db"), "hashes");
        await Host.RestartAsync();
        Assert.False(Directory.Exists(left));
        Assert.True(Directory.Exists(Path.GetDirectoryName(atWork.File("x"))));
    }

    private string[] Leftovers() => Directory.GetDirectories(Host.TemporaryFolder);

    private static int Count(JsonElement why, string reason) => why.TryGetProperty(reason, out JsonElement count) ? count.GetInt32() : 0;

    private static async Task WaitAsync(Func<bool> holds)
    {
        for (int i = 0; i < 6000 && !holds(); i++)
        {
            await Task.Delay(20);
        }

        Assert.True(holds());
    }

    private async Task<JsonElement> ImportAsync(string change)
    {
        using HttpResponseMessage answer = await SendAsync(MakeFile(change));
        string text = await answer.Content.ReadAsStringAsync();
        Assert.True((int)answer.StatusCode == 200, text);
        return JsonElement.Parse(text);
    }

    private async Task<HttpResponseMessage> SendAsync(byte[] file)
    {
        using HttpRequestMessage request = new(HttpMethod.Post, "/api/admin/import") { Content = new ByteArrayContent(file) };
        request.Headers.Authorization = new("Bearer", BackendHost.AdminKey);
        request.Content.Headers.ContentType = new MediaTypeHeaderValue("application/octet-stream");
        return await Host.Http.SendAsync(request);
    }

    private static byte[] MakeFile(string change)
    {
        string path = Path.GetTempFileName();
        try
        {
            using (SqliteConnection connection = new($"Data Source={path};Pooling=false"))
            {
                connection.Open();
                using SqliteCommand command = connection.CreateCommand();
#pragma warning disable CA2100 // The tests' own texts.
                command.CommandText = PredecessorSchema.Sql + change;
#pragma warning restore CA2100
                command.ExecuteNonQuery();
            }

            return File.ReadAllBytes(path);
        }
        finally
        {
            File.Delete(path);
        }
    }
}
