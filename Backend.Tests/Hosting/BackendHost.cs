using System.Net.Sockets;
using System.Text;
using System.Text.Json;

using JamBox.Backend.Builds;
using JamBox.Backend.Security;
using JamBox.Backend.Storage;

using Microsoft.AspNetCore.Builder;
using Microsoft.Extensions.DependencyInjection;
using Microsoft.Extensions.Logging;
using Npgsql;

namespace JamBox.Backend.Tests.Hosting;

/// <summary>The backend in this process, on a real port, with a clock and secrets of the test's own; hosted as the twin hosts it.</summary>
/// <param name="storage">Which storage.</param>
/// <param name="isMigrated">False = without a schema, as at the very first start; else a copy of a storage that has it.</param>
public class BackendHost(TestStorage storage, bool isMigrated = true) : IAsyncLifetime, IAsyncDisposable
{
    public const string AdminKey = "admin-key-of-the-tests";

    private const string DatabaseFile = "jambox.db";

    private static readonly Lazy<byte[]> s_migratedFile = new(MakeMigratedFile);

    /// <summary>
    /// The clock stands still, so that a whole test class would use up one minute's allowance; tests of limits set their own.
    /// </summary>
    private static readonly string[] s_noLimits =
        ["--RateLimits:FailedPerMinute=1000000", "--RateLimits:AdminPerMinute=1000000", "--RateLimits:DevicePerHour=1000000",
            "--RateLimits:GeolocationPerHour=1000000", "--RateLimits:ReadingsPerMinute=1000000",
            "--RateLimits:TelemetryPerMinute=1000000"];

    private readonly string _folder = MakeFolder(isMigrated && storage == TestStorage.Sqlite);
    private readonly SeededSecrets _secrets = new(1);
    private WebApplication? _app;
    private readonly string? _connectionString =
        storage != TestStorage.Postgres || PostgresServer.Missing is not null ? null
        : isMigrated ? PostgresServer.NewMigratedDatabase()
        : PostgresServer.NewDatabase();

    private int _registered;

    public ManualClock Clock { get; } = new();

    public TestStorage Storage => storage;

    /// <summary>The configuration of the storage, for another process or host on the same data.</summary>
    public string[] StorageArgs => _connectionString is null
        ? [$"--Storage:Path={DatabasePath}"]
        : ["--Storage:Provider=postgres", $"--Storage:ConnectionString={_connectionString}"];

    /// <summary>More configuration, set before the start.</summary>
    public string[] Args { get; init; } = [];

    public string DatabasePath => Path.Combine(_folder, DatabaseFile);

    /// <summary>Where packages for gateways are, unless <see cref="Args"/> say otherwise.</summary>
    public string PackageFolder => Path.Combine(_folder, "deployments");

    /// <summary>Where it has its temporary files: other hosts of this process have theirs elsewhere.</summary>
    public string TemporaryFolder => Path.Combine(_folder, "temporary");

    public Uri Address { get; private set; } = new("http://127.0.0.1");

    public HttpClient Http { get; private set; } = new();

    /// <summary>Every line that the backend has logged.</summary>
    public CapturedLog Log { get; } = new();

    /// <summary>Replaces services, before the start.</summary>
    public Action<WebApplicationBuilder>? Configure { get; init; }

    public IServiceProvider Services => _app!.Services;

    public async Task InitializeAsync()
    {
        if (storage == TestStorage.Postgres && PostgresServer.Missing is not null)
        {
            // Every test of this host is skipped with that reason.
            return;
        }

        await StartAsync();
    }

    public async Task StartAsync()
    {
        _app = Build();
        await _app.StartAsync();
        Address = new Uri(_app.Urls.Single());
        Http.BaseAddress ??= Address;
    }

    /// <summary>A connection to the storage, before the backend has seen it.</summary>
    internal SqlSession OpenSession() =>
        (_connectionString is null ? StorageTarget.File(DatabasePath) : StorageTarget.Postgres(_connectionString)).Open(readOnly: false);

    /// <summary>Ends the backend and starts it anew on the same data, at another port.</summary>
    public async Task RestartAsync()
    {
        await _app!.DisposeAsync();
        Http.Dispose();
        Http = new HttpClient();
        await StartAsync();
    }

    /// <summary>Ends every connection to the PostgreSQL server from its side, as its restart would. Nothing in SQLite.</summary>
    public void CutConnections()
    {
        if (_connectionString is null)
        {
            return;
        }

        using NpgsqlConnection connection = new(_connectionString + ";Pooling=false");
        connection.Open();
        using NpgsqlCommand command =
            new(
                "SELECT pg_terminate_backend(pid) FROM pg_stat_activity WHERE datname = current_database() AND pid <> pg_backend_pid()",
                connection);
        command.ExecuteNonQuery();
    }

    /// <summary>Another backend of its own, with the same storage and empty.</summary>
    public BackendHost Another(params string[] args) => new(storage) { Args = args };

    /// <summary>Another backend on the same data: PostgreSQL allows several at once.</summary>
    public WebApplication Build() =>
        BackendApp.Build(
            [
                "--Urls=http://127.0.0.1:0", $"--Admin:Key={AdminKey}", $"--Deployments:Folder={PackageFolder}", .. s_noLimits,
                .. StorageArgs, .. Args,
            ],
            builder =>
            {
                builder.Services.AddSingleton<TimeProvider>(Clock);
                builder.Services.AddSingleton<ISecretSource>(_secrets);
                builder.Services.AddSingleton(new TemporaryFolder(Directory.CreateDirectory(TemporaryFolder).FullName));
                builder.Logging.ClearProviders();
                builder.Logging.AddProvider(Log);
                Configure?.Invoke(builder);
            });

    /// <summary>Registers the next free id.</summary>
    public Task<TestDevice> RegisterAsync() => RegisterAsync($"JBNB{Interlocked.Increment(ref _registered):D4}");

    public async Task<TestDevice> RegisterAsync(string id)
    {
        using HttpResponseMessage answer = await AdminAsync(HttpMethod.Post, "/api/device/register", $$"""{"device_id":"{{id}}"}""");
        Assert.Equal(201, (int)answer.StatusCode);
        using JsonDocument json = JsonDocument.Parse(await answer.Content.ReadAsStringAsync());
        return new TestDevice(this, id, json.RootElement.GetProperty("token").GetString()!);
    }

    public async Task<HttpResponseMessage> AdminAsync(HttpMethod method, string path, string? body = null)
    {
        using HttpRequestMessage request = new(method, path);
        request.Headers.Authorization = new("Bearer", AdminKey);
        if (body is not null)
        {
            request.Content = new StringContent(body, Encoding.UTF8, "application/json");
        }

        return await Http.SendAsync(request);
    }

    public async Task<JsonElement[]> ListAsync(string path)
    {
        using HttpResponseMessage answer = await AdminAsync(HttpMethod.Get, path);
        Assert.Equal(200, (int)answer.StatusCode);
        using JsonDocument json = JsonDocument.Parse(await answer.Content.ReadAsStringAsync());
        return [.. json.RootElement.EnumerateArray().Select(static row => row.Clone())];
    }

    /// <summary>Sends bytes as they are and reads until the server closes.</summary>
    public async Task<RawAnswer> RawAsync(byte[] request)
    {
        using TcpClient client = new();
        await client.ConnectAsync(Address.Host, Address.Port);
        NetworkStream stream = client.GetStream();
        await stream.WriteAsync(request);
        using MemoryStream answer = new();
        await stream.CopyToAsync(answer).WaitAsync(TimeSpan.FromSeconds(120));
        return new RawAnswer(answer.ToArray());
    }

    public Task<RawAnswer> RawAsync(string request) => RawAsync(Encoding.Latin1.GetBytes(request));

    /// <summary>A request as the firmware writes it.</summary>
    public static byte[] DeviceRequest(string path, string? token, byte[] body) =>
    [
        .. Encoding.ASCII.GetBytes(
            $"POST {path} HTTP/1.1\r\nHost: 10.0.0.1:5000\r\n" + (token is null ? "" : $"Authorization: Bearer {token}\r\n")
            + $"Content-Type: application/json\r\nContent-Length: {body.Length}\r\nConnection: close\r\n\r\n"),
        .. body,
    ];

    public async Task DisposeAsync()
    {
        Http.Dispose();
        if (_app is not null)
        {
            await _app.DisposeAsync();
        }

        Directory.Delete(_folder, recursive: true);
    }

    async ValueTask IAsyncDisposable.DisposeAsync()
    {
        await DisposeAsync();
        GC.SuppressFinalize(this);
    }

    private static string MakeFolder(bool hasFile)
    {
        string folder = Directory.CreateTempSubdirectory("jambox-test-").FullName;
        if (hasFile)
        {
            File.WriteAllBytes(Path.Combine(folder, DatabaseFile), s_migratedFile.Value);
        }

        return folder;
    }

    /// <summary>The schema is made once, as PostgreSQL's is: hundreds of hosts start with a copy.</summary>
    private static byte[] MakeMigratedFile()
    {
        string folder = Directory.CreateTempSubdirectory("jambox-test-").FullName;
        string path = Path.Combine(folder, DatabaseFile);
        // The last connection that is closed empties the log into the file.
        using (SqlSession session = StorageTarget.File(path).Open(readOnly: false))
        {
            Migrations.Apply(session, new ManualClock());
        }

        byte[] file = File.ReadAllBytes(path);
        Directory.Delete(folder, recursive: true);
        return file;
    }
}

/// <summary>The same tokens at every run.</summary>
public sealed class SeededSecrets(int seed) : ISecretSource
{
    private readonly Random _random = new(seed);

    public void Fill(Span<byte> bytes)
    {
        lock (_random)
        {
            _random.NextBytes(bytes);
        }
    }
}

/// <summary>Which storage a test runs in.</summary>
public enum TestStorage
{
    /// <summary>A SQLite file.</summary>
    Sqlite,

    /// <summary>A database on the tests' own PostgreSQL server.</summary>
    Postgres,
}

/// <summary>The shared backend on SQLite.</summary>
public sealed class SqliteBackend() : BackendHost(TestStorage.Sqlite);

/// <summary>The shared backend on PostgreSQL.</summary>
public sealed class PostgresBackend() : BackendHost(TestStorage.Postgres);

/// <summary>One backend for all tests that do not move its clock: they use a device each.</summary>
[CollectionDefinition(Name)]
public sealed class SqliteCollection : ICollectionFixture<SqliteBackend>
{
    public const string Name = "sqlite";
}

/// <summary>The same tests once more, in the other storage.</summary>
[CollectionDefinition(Name)]
public sealed class PostgresCollection : ICollectionFixture<PostgresBackend>
{
    public const string Name = "postgres";
}

/// <summary>
/// The half of them that is about builds, roll-outs, deployments and things, beside the other half: a test waits for PostgreSQL more
/// than it computes.
/// </summary>
[CollectionDefinition(Name)]
public sealed class PostgresFleetCollection : ICollectionFixture<PostgresBackend>
{
    public const string Name = "postgres, fleet";
}

/// <summary>Tests of what the whole process has, its memory and its environment: nothing else runs beside them.</summary>
[CollectionDefinition(Name, DisableParallelization = true)]
public sealed class AloneCollection
{
    public const string Name = "Alone";
}
