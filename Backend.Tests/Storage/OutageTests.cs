using System.Diagnostics;
using System.Text;
using System.Text.Json;

using JamBox.Backend.Tests.Hosting;

using Microsoft.Data.Sqlite;

using Xunit.Abstractions;

namespace JamBox.Backend.Tests.Storage;

/// <summary>
/// A storage that hangs, is locked or full, with the real server in a process of its own: whoever needs the storage is told so at once, the
/// server lives, the log says it once, and nothing has to be restarted.
/// </summary>
public sealed class OutageTests(ITestOutputHelper output) : IDisposable
{
    private const string AdminKey = "admin-key-of-the-outage-test";

    /// <summary>
    /// What is promised is 2 s; a machine that is busy with other tests is given more, and still far less than the 30 s of a time-out.
    /// </summary>
    private static readonly TimeSpan s_patience = TimeSpan.FromSeconds(25);

    /// <summary>Questions of every feature that answers out of the storage.</summary>
    private static readonly string[] s_questions =
    [
        "/api/devices", "/api/device/JBNB0001", "/api/heartbeats", "/api/readings", "/api/readings.csv", "/api/places", "/api/places/1",
        "/api/places/1/open", "/api/places/1/users", "/api/ota/rollouts", "/api/ota/rollouts/1", "/api/ota/rollouts/1/devices",
        "/api/ota/preflight?firmware=1", "/api/alerts", "/api/device/JBNB0001/commands", "/api/keys", "/api/audit",
        "/api/stats", "/api/summary", "/api/hourly", "/api/traffic",
    ];

    private readonly string _folder = Directory.CreateTempSubdirectory("jambox-outage-").FullName;
    private int _number;

    public void Dispose() => Directory.Delete(_folder, recursive: true);

    /// <summary>Who only asks has sent nothing that could be stored, and is not told so.</summary>
    [OwnPostgresFact]
    public async Task AQuestionIsToldToAskAgain()
    {
        PostgresServer postgres = PostgresServer.StartAnother();
        await using Running running = await Running.StartAsync(
            _folder, "--Storage:Provider=postgres", $"--Storage:ConnectionString={postgres.MakeDatabase()}");
        postgres.Freeze(true);
        try
        {
            (int status, string text) = await running.AskAsync("/api/devices");
            Assert.Equal(503, status);
            Assert.Contains("Storage is not available: ask again later", text, StringComparison.Ordinal);
        }
        finally
        {
            postgres.Freeze(false);
        }
    }

    [OwnPostgresFact]
    public async Task APostgresThatHangsTakesNeitherTheServerNorItsThreadsWithIt()
    {
        PostgresServer postgres = PostgresServer.StartAnother();
        string[] storage = ["--Storage:Provider=postgres", $"--Storage:ConnectionString={postgres.MakeDatabase()}"];
        await using Running running = await Running.StartAsync(_folder, storage);
        Assert.Equal(201, await SendAsync(running));
        int threads = running.Server.CountThreads();
        postgres.Freeze(true);
        try
        {
            Task<int>[] asked =
                [
                    .. Enumerable.Range(0, 120).Select(i =>
                        i % 3 == 0 ? running.GetAsync(s_questions[i / 3 % s_questions.Length]) : SendAsync(running)),
                ];
            Task<int> health = running.GetAsync("/health");

            // It is answered while the others still wait to be refused: none of them holds a thread.
            Assert.Same(health, await Task.WhenAny([health, .. asked]));
            Assert.Equal(200, await health);
            Assert.All(await Task.WhenAll(asked), static status => Assert.Equal(503, status));
            Assert.Equal(503, await running.GetAsync("/ready"));

            // Those of the storage's pool, and a few that come and go with the load.
            Assert.InRange(running.Server.CountThreads(), 1, threads + 30);
            long start = Stopwatch.GetTimestamp();
            Assert.Equal(503, await SendAsync(running));
            output.WriteLine(
                $"refused within {Stopwatch.GetElapsedTime(start).TotalMilliseconds:F0} ms once it is known; "
                + $"{running.Server.CountThreads()} threads, {threads} before");
        }
        finally
        {
            postgres.Freeze(false);
        }

        await running.UntilAsync(201, () => SendAsync(running));
        Assert.Equal(200, await running.GetAsync("/ready"));
        await running.AssertSaidOnceAsync();
    }

    [Fact]
    public async Task AFileThatAnotherProcessHoldsIsRefusedAndNotWaitedFor()
    {
        await using Running running = await Running.StartAsync(_folder);
        Assert.Equal(201, await SendAsync(running));
        using (SqliteConnection holder = OpenFile(_folder))
        {
            Execute(holder, "BEGIN IMMEDIATE");
            Assert.Equal(503, await SendAsync(running));
            int[] answers = await Task.WhenAll(Enumerable.Range(0, 40).Select(_ => SendAsync(running)));
            Assert.All(answers, static status => Assert.Equal(503, status));
            Assert.Equal(200, await running.GetAsync("/health"));
            Assert.Equal(503, await running.GetAsync("/ready"));

            // Tools that sent something and a person in front of a form are told so, each in their own words.
            (int status, string text) = await running.PostAsync("/api/places", """{"name":"Shop"}"""u8.ToArray());
            Assert.Equal(503, status);
            Assert.Contains("Not stored: send again later", text, StringComparison.Ordinal);
            (status, text) = await running.SubmitAsync("/reset", "email=a%40example.org");
            Assert.Equal(503, status);
            Assert.StartsWith("<!DOCTYPE html>", text, StringComparison.Ordinal);
        }

        await running.UntilAsync(201, () => SendAsync(running));
        await running.AssertSaidOnceAsync();
    }

    /// <summary>
    /// A long reader lets the log grow until the disk is full; once it is gone, the log goes into the file, for which room was kept.
    /// </summary>
    [SmallDiskFact]
    public async Task ADiskThatTheLogHasFilledRecoversWhileRunning()
    {
        using SmallDisk disk = new(megabytes: 16);
        await using Running running = await Running.StartAsync(disk.Folder);
        HashSet<int> acknowledged = [];
        using (SqliteConnection reader = OpenFile(disk.Folder))
        {
            Execute(reader, "BEGIN");
            Execute(reader, "SELECT count(*) FROM readings");
            int status = 201;
            while (status == 201)
            {
                int number = ++_number;
                status = await SendAsync(running, number);
                if (status == 201)
                {
                    acknowledged.Add(number);
                }

                Assert.InRange(acknowledged.Count, 0, 20_000);
            }

            Assert.Equal(503, status);
            Assert.Equal(503, await running.GetAsync("/ready"));
            Assert.Equal(200, await running.GetAsync("/health"));
            Execute(reader, "ROLLBACK");
        }

        await running.UntilAsync(201, () => SendAsync(running));
        Assert.Equal(200, await running.GetAsync("/ready"));
        await running.AssertSaidOnceAsync();
        Assert.InRange(new FileInfo(Path.Combine(disk.Folder, "data", "jambox.db-wal")).Length, 0, 2_000_000);
        output.WriteLine($"{acknowledged.Count} readings were acknowledged before the disk was full");
        using SqliteConnection file = OpenFile(disk.Folder);
        using SqliteCommand count = file.CreateCommand();
        count.CommandText = "SELECT count(*) FROM readings WHERE n <= " + acknowledged.Max();
        Assert.Equal((long)acknowledged.Count, count.ExecuteScalar());
    }

    /// <summary>The temporary folder is another disk: that one is full, and the storage is not.</summary>
    [SmallDiskFact]
    public async Task AnImportThatFindsNoRoomSaysSoAndLeavesNothing()
    {
        using SmallDisk disk = new(megabytes: 1);
        ServerProcess.Environment.Value = new Dictionary<string, string> { ["TMPDIR"] = disk.Folder };
        await using Running running = await Running.StartAsync(_folder);
        (int status, string text) = await running.PostAsync("/api/admin/import", new byte[3_000_000]);
        Assert.Equal(507, status);
        Assert.Contains("TMPDIR", text, StringComparison.Ordinal);
        Assert.Empty(Directory.GetDirectories(disk.Folder, "jambox-scratch-*"));
        Assert.Equal(201, await SendAsync(running));
    }

    private static SqliteConnection OpenFile(string folder)
    {
        SqliteConnection connection = new($"Data Source={Path.Combine(folder, "data", "jambox.db")};Pooling=false");
        connection.Open();
        return connection;
    }

    private static void Execute(SqliteConnection connection, string sql)
    {
        using SqliteCommand command = connection.CreateCommand();
#pragma warning disable CA2100 // The tests' own texts.
        command.CommandText = sql;
#pragma warning restore CA2100
        command.ExecuteNonQuery();
    }

    private Task<int> SendAsync(Running running) => SendAsync(running, Interlocked.Increment(ref _number));

    private static Task<int> SendAsync(Running running, int number) => running.SendAsync(
        HttpMethod.Post, "/api/reading", running.Token, $$"""{"d":"JBNB0001","t":1769680000,"ts":1,"i":10,"u":5,"b":1,"n":{{number}}}""");

    /// <summary>The server, one registered device, and a client that waits no longer than it must.</summary>
    private sealed class Running : IAsyncDisposable
    {
        private readonly HttpClient _http;

        private Running(ServerProcess server, Uri address)
        {
            Server = server;
            _http = new HttpClient { BaseAddress = address, Timeout = s_patience };
        }

        public ServerProcess Server { get; }

        public string Token { get; private set; } = "";

        public static async Task<Running> StartAsync(string folder, params string[] args)
        {
            (ServerProcess server, Uri address) = await ServerProcess.StartAsync(
                folder, ["--Urls=http://127.0.0.1:0", $"--Admin:Key={AdminKey}", "--RateLimits:ReadingsPerMinute=1000000", .. args]);
            Running running = new(server, address);
            using HttpRequestMessage request = Request(HttpMethod.Post, "/api/device/register", AdminKey, """{"device_id":"JBNB0001"}""");
            using HttpResponseMessage answer = await running._http.SendAsync(request);
            using JsonDocument json = JsonDocument.Parse(await answer.Content.ReadAsStringAsync());
            running.Token = json.RootElement.GetProperty("token").GetString()!;
            return running;
        }

        public Task<int> GetAsync(string path) => SendAsync(HttpMethod.Get, path, AdminKey, null);

        public async Task<int> SendAsync(HttpMethod method, string path, string token, string? body)
        {
            using HttpRequestMessage request = Request(method, path, token, body);
            using HttpResponseMessage answer = await _http.SendAsync(request);
            if ((int)answer.StatusCode == 503 && path != "/ready")
            {
                Assert.NotNull(answer.Headers.RetryAfter);
            }

            return (int)answer.StatusCode;
        }

        public async Task<(int Status, string Text)> PostAsync(string path, byte[] body)
        {
            using HttpRequestMessage request = Request(HttpMethod.Post, path, AdminKey, null);
            request.Content = new ByteArrayContent(body);
            using HttpResponseMessage answer = await _http.SendAsync(request);
            return ((int)answer.StatusCode, await answer.Content.ReadAsStringAsync());
        }

        public async Task<(int Status, string Text)> AskAsync(string path)
        {
            using HttpRequestMessage request = Request(HttpMethod.Get, path, AdminKey, null);
            using HttpResponseMessage answer = await _http.SendAsync(request);
            return ((int)answer.StatusCode, await answer.Content.ReadAsStringAsync());
        }

        /// <summary>Sends a form as a browser does.</summary>
        public async Task<(int Status, string Text)> SubmitAsync(string path, string form)
        {
            using HttpRequestMessage request = new(HttpMethod.Post, path)
            {
                Content = new StringContent(form, Encoding.UTF8, "application/x-www-form-urlencoded"),
            };
            request.Headers.Add("Origin", _http.BaseAddress!.GetLeftPart(UriPartial.Authority));
            request.Headers.Add("Sec-Fetch-Site", "same-origin");
            using HttpResponseMessage answer = await _http.SendAsync(request);
            return ((int)answer.StatusCode, await answer.Content.ReadAsStringAsync());
        }

        public async Task UntilAsync(int status, Func<Task<int>> ask)
        {
            long start = Stopwatch.GetTimestamp();
            while (await ask() != status)
            {
                Assert.True(Stopwatch.GetElapsedTime(start) < TimeSpan.FromSeconds(120), Server.Output);
                await Task.Delay(100);
            }
        }

        /// <summary>A line at the beginning, a line at the end, and not a word of those who were refused.</summary>
        public async Task AssertSaidOnceAsync()
        {
            await UntilAsync(2, () => Task.FromResult(Count("does not answer") + Count("answers again")));
            Assert.Equal(1, Count("The storage does not answer"));
            Assert.Equal(
                0,
                Count("was not carried out") + Count("   at ") + Count("fail: JamBox.Backend.Wire") + Count("it is tried again")
                    + Count("Health check"));
            Assert.DoesNotContain("; 0 requests were refused", Server.Output, StringComparison.Ordinal);
        }

        public async ValueTask DisposeAsync()
        {
            _http.Dispose();
            Server.Dispose();
            await Task.CompletedTask;
        }

        private static HttpRequestMessage Request(HttpMethod method, string path, string token, string? body)
        {
            HttpRequestMessage request = new(method, path);
            request.Headers.Authorization = new("Bearer", token);
            request.Content = body is null ? null : new StringContent(body, Encoding.UTF8, "application/json");
            return request;
        }

        private int Count(string text) => Server.Output.Split(text).Length - 1;
    }
}
