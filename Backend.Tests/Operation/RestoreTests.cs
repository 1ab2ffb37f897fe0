using System.Text;
using System.Text.Json;

using JamBox.Backend.Tests.Hosting;

using Microsoft.Data.Sqlite;

namespace JamBox.Backend.Tests.Operation;

/// <summary><c>jambox-backend restore FILE</c> and <c>admin reset</c>, as an operator runs them.</summary>
public sealed class RestoreTests : IDisposable
{
    private const string AdminKey = "admin-key-of-the-restore-test";

    private readonly string _folder = Directory.CreateTempSubdirectory("jambox-restore-").FullName;

    private string DatabasePath => Path.Combine(_folder, "data", "jambox.db");

    public void Dispose() => Directory.Delete(_folder, recursive: true);

    [Fact]
    public async Task ABackupTakesThePlaceOfAFileWhoseServerWasKilled()
    {
        string backup = Path.Combine(_folder, "backup.db");
        (ServerProcess server, Uri address) = await StartAsync();
        using (server)
        {
            await RegisterAsync(address, "JBNB0001");
            await File.WriteAllBytesAsync(backup, await BackUpAsync(address));
            for (int i = 2; i < 30; i++)
            {
                await RegisterAsync(address, $"JBNB{i:D4}");
            }

            (int running, string refusal) = await ServerProcess.RunAsync(_folder, "restore", backup);
            Assert.Equal((1, $"Storage:Path: a server is running on {DatabasePath}; stop it first."), (running, refusal));
            await server.KillAsync();
        }

        Assert.NotEqual(0, new FileInfo(DatabasePath + "-wal").Length);
        (int exitCode, string output) = await ServerProcess.RunAsync(_folder, "restore", backup);
        Assert.True(exitCode == 0, output);
        Assert.Contains("1 devices, 0 readings", output, StringComparison.Ordinal);
        string kept = Directory.GetFiles(Path.GetDirectoryName(DatabasePath)!, "*.replaced-*").Single();
        Assert.Contains(kept, output, StringComparison.Ordinal);
        Assert.Equal(29L, Count(kept));
        Assert.Equal(
            ["jambox.db", "jambox.db-sums", "jambox.db.lock", Path.GetFileName(kept)],
            Directory.GetFiles(Path.GetDirectoryName(DatabasePath)!).Select(Path.GetFileName).Order(StringComparer.Ordinal));
        Assert.True(OperatingSystem.IsWindows() || File.GetUnixFileMode(DatabasePath) == (UnixFileMode.UserRead | UnixFileMode.UserWrite));

        (ServerProcess again, Uri newAddress) = await StartAsync();
        using (again)
        {
            Assert.Equal("JBNB0001", Assert.Single(await DevicesAsync(newAddress)));
            await RegisterAsync(newAddress, "JBNB0002");
        }
    }

    [Theory]
    [InlineData("missing.db", "does not exist")]
    [InlineData("text.db", "is no backup of this server")]
    [InlineData("empty.db", "is no backup of this server")]
    [InlineData("foreign.db", "is no backup of this server")]
    [InlineData("damaged.db", "restore: ")]
    [InlineData("newer.db", "has schema 9999, this version knows 1 to ")]
    [InlineData("live.db", "it is no backup but the file of a server")]
    public async Task WhatIsNoBackupLeavesEverythingAsItWas(string name, string reason)
    {
        byte[] before = await MakeFilesAsync();
        (int exitCode, string output) = await ServerProcess.RunAsync(_folder, "restore", name);
        Assert.Equal(1, exitCode);
        Assert.Contains(reason, output, StringComparison.Ordinal);
        Assert.DoesNotContain('\n', output);
        Assert.Equal(before, await File.ReadAllBytesAsync(DatabasePath));
        Assert.Empty(Directory.GetFiles(Path.GetDirectoryName(DatabasePath)!, "*.re*"));
    }

    [Fact]
    public async Task ALostAdminKeyIsMadeAnewWhileTheServerRuns()
    {
        (ServerProcess server, Uri address) = await ServerProcess.StartAsync(_folder, "--Urls=http://127.0.0.1:0");
        using (server)
        {
            string lost = (await server.LineAsync("Admin key")).Split(": ")[1];
            (int noFile, string reason) = await ServerProcess.RunAsync(_folder, "admin", "reset", "--Storage:Path=typo.db");
            Assert.Equal(1, noFile);
            Assert.Matches("^Storage:Path: '.*typo.db' does not exist", reason);
            Assert.False(File.Exists(Path.Combine(_folder, "typo.db")));
            (int exitCode, string output) = await ServerProcess.RunAsync(_folder, "admin", "reset");
            Assert.Equal(0, exitCode);
            Assert.Equal(
                200,
                await ListAsync(
                    address,
                    output.Split('\n').Single(static line => line.StartsWith("Admin key", StringComparison.Ordinal)).Split(": ")[1]));
            Assert.Equal(401, await ListAsync(address, lost));
        }

        (int refused, string why) = await ServerProcess.RunAsync(_folder, "admin", "reset", $"--Admin:Key={AdminKey}");
        Assert.Equal(1, refused);
        Assert.StartsWith("Admin:Key: is set", why, StringComparison.Ordinal);
        foreach (string[] args in (string[][])[["--Urls"], ["--foo"], ["--Urls", "--Admin:Key=x"], ["-v"]])
        {
            (int exit, string said) = await ServerProcess.RunAsync(_folder, args);
            Assert.Equal((1, $"{args[0]}: has no value; settings are given as --Key=value. --help says more."), (exit, said));
        }

        foreach (string[] args in (string[][])[["--help"], ["restore", "--help"], ["admin", "reset", "--help"]])
        {
            (int exit, string said) = await ServerProcess.RunAsync(_folder, args);
            Assert.Equal(0, exit);
            Assert.StartsWith("jambox-backend [--Setting=value", said, StringComparison.Ordinal);
        }

        // A word too many is a command that was not meant: nothing is done.
        foreach (string[] args in (string[][])[["admin", "reset", "extra"], ["restore", "backup.db", "extra"]])
        {
            (int exit, string said) = await ServerProcess.RunAsync(_folder, args);
            Assert.Equal((1, "extra: has no value; settings are given as --Key=value. --help says more."), (exit, said));
        }

        (int fileless, string missing) = await ServerProcess.RunAsync(_folder, "restore");
        Assert.Equal(1, fileless);
        Assert.StartsWith("restore: FILE is missing", missing, StringComparison.Ordinal);
        (int unknown, string line) = await ServerProcess.RunAsync(_folder, "reset");
        Assert.Equal((1, "reset: is no command; there are 'restore FILE' and 'admin reset'. --help says more."), (unknown, line));
    }

    private async Task<byte[]> MakeFilesAsync()
    {
        (ServerProcess server, Uri address) = await StartAsync();
        using (server)
        {
            byte[] backup = await BackUpAsync(address);
            foreach (string name in new[] { "damaged.db", "newer.db", "live.db" })
            {
                await File.WriteAllBytesAsync(Path.Combine(_folder, name), backup);
            }

            Assert.Equal(0, await server.TerminateAsync());
        }

        await File.WriteAllTextAsync(Path.Combine(_folder, "live.db-wal"), "something");
        await File.WriteAllTextAsync(Path.Combine(_folder, "text.db"), new string('x', 5000));
        await File.WriteAllTextAsync(Path.Combine(_folder, "empty.db"), "");
        Execute("foreign.db", "CREATE TABLE x (n)");
        Execute("newer.db", "INSERT INTO schema_migrations VALUES (9999, 'future', 0)");
        await using (FileStream damaged = File.OpenWrite(Path.Combine(_folder, "damaged.db")))
        {
            damaged.Position = damaged.Length / 2;
            await damaged.WriteAsync(Enumerable.Repeat((byte)0xA5, 20_000).ToArray());
        }

        return await File.ReadAllBytesAsync(DatabasePath);
    }

    private void Execute(string name, string sql)
    {
        using SqliteConnection connection = new($"Data Source={Path.Combine(_folder, name)};Pooling=false");
        connection.Open();
        using SqliteCommand command = connection.CreateCommand();
#pragma warning disable CA2100 // The tests' own texts.
        command.CommandText = sql;
#pragma warning restore CA2100
        command.ExecuteNonQuery();
    }

    private static long Count(string path)
    {
        using SqliteConnection connection = new($"Data Source={path};Pooling=false;Mode=ReadOnly");
        connection.Open();
        using SqliteCommand command = connection.CreateCommand();
        command.CommandText = "SELECT count(*) FROM devices";
        return (long)command.ExecuteScalar()!;
    }

    private Task<(ServerProcess Server, Uri Address)> StartAsync() =>
        ServerProcess.StartAsync(_folder, "--Urls=http://127.0.0.1:0", $"--Admin:Key={AdminKey}", "--RateLimits:ReadingsPerMinute=1000000");

    private static async Task<byte[]> BackUpAsync(Uri address)
    {
        using HttpResponseMessage answer = await SendAsync(address, HttpMethod.Post, "/api/admin/backup", AdminKey);
        Assert.Equal(200, (int)answer.StatusCode);
        return await answer.Content.ReadAsByteArrayAsync();
    }

    private static async Task RegisterAsync(Uri address, string id)
    {
        using HttpResponseMessage answer = await SendAsync(
            address, HttpMethod.Post, "/api/device/register", AdminKey, $$"""{"device_id":"{{id}}"}""");
        Assert.Equal(201, (int)answer.StatusCode);
    }

    private static async Task<string?[]> DevicesAsync(Uri address)
    {
        using HttpResponseMessage answer = await SendAsync(address, HttpMethod.Get, "/api/devices", AdminKey);
        using JsonDocument json = JsonDocument.Parse(await answer.Content.ReadAsStringAsync());
        return [.. json.RootElement.EnumerateArray().Select(static row => row.GetProperty("device_id").GetString())];
    }

    private static async Task<int> ListAsync(Uri address, string key)
    {
        using HttpResponseMessage answer = await SendAsync(address, HttpMethod.Get, "/api/devices", key);
        return (int)answer.StatusCode;
    }

    private static async Task<HttpResponseMessage> SendAsync(Uri address, HttpMethod method, string path, string key, string? body = null)
    {
        using HttpClient http = new();
        using HttpRequestMessage request = new(method, new Uri(address, path));
        request.Headers.Authorization = new("Bearer", key);
        request.Content = body is null ? null : new StringContent(body, Encoding.UTF8, "application/json");
        return await http.SendAsync(request);
    }
}
