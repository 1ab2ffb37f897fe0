using System.Globalization;
using System.Net.Http.Headers;
using System.Net.Http.Json;
using System.Net.Sockets;
using System.Text;
using System.Text.Json.Nodes;
using JamBox.App;
using JamBox.Backend;
using JamBox.Backend.Security;
using JamBox.Ota;
using JamBox.Ota.Nvs;
using JamBox.Twin.Modem;
using JamBox.Twin.Time;
using Microsoft.AspNetCore.Builder;
using Microsoft.Extensions.DependencyInjection;
using Microsoft.Extensions.Hosting;
using Microsoft.Extensions.Logging;

namespace JamBox.Twin.Run;

/// <summary>The backend in this process, on a free port of the loopback interface, its clock on virtual time.</summary>
internal sealed class BackendHost : IAsyncDisposable
{
    private readonly WebApplication _app;
    private readonly HttpClient _client;

    private BackendHost(WebApplication app, string database, string adminKey)
    {
        _app = app;
        DatabasePath = database;
        AdminKey = adminKey;
        Address = new Uri(app.Urls.First());
        _client = new HttpClient { BaseAddress = Address };
        _client.DefaultRequestHeaders.Authorization = new AuthenticationHeaderValue("Bearer", adminKey);
    }

    /// <summary>Where it listens.</summary>
    public Uri Address { get; }

    /// <summary>The SQLite file.</summary>
    public string DatabasePath { get; }

    /// <summary>The admin key, which follows from the seed and is worth nothing outside this run.</summary>
    public string AdminKey { get; }

    /// <summary>The page, with the key in the fragment, which browsers do not send.</summary>
    public string PageLink => $"http://localhost:{Address.Port}/#key={AdminKey}";

    /// <summary>Starts it.</summary>
    /// <param name="folder">Where its database and log go.</param>
    /// <param name="time">Its clock.</param>
    /// <param name="seed">What its secrets follow from.</param>
    /// <param name="otaKey">The public key that releases must be signed with, 64 bytes; <c>null</c> = it cannot check signatures.</param>
    /// <param name="more">Settings besides those of every run.</param>
    /// <returns>The backend, listening.</returns>
    public static async Task<BackendHost> StartAsync(
        string folder, TimeProvider time, long seed, byte[]? otaKey = null, params string[] more)
    {
        string database = Path.Combine(folder, "jambox.db");
        foreach (string old in new[] { database, database + "-wal", database + "-shm" })
        {
            File.Delete(old);
        }

        var key = new byte[16];
        SeededRandom.For(seed, "admin key").Fill(key);
        string adminKey = Convert.ToHexStringLower(key);
        // Virtual time stands still while a request is answered, so that none may wait for it to go on.
        string[] settings =
            ["--Urls=http://127.0.0.1:0", $"--Storage:Path={database}", $"--Admin:Key={adminKey}",
                "--RateLimits:ReadingsPerMinute=1000000", $"--Manufacturing:Host={TwinNetwork.HostName}", .. more];
        WebApplication app = BackendApp.Build(
            otaKey is null ? settings : [.. settings, $"--Ota:PublicKey={Convert.ToHexStringLower(otaKey)}"],
            builder =>
            {
                builder.Logging.ClearProviders();
                builder.Services.AddSingleton(time);

                // Signals are for the twin as a whole: they must not end the backend beneath it.
                builder.Services.AddSingleton<IHostLifetime, HostLifetime>();
                builder.Services.AddSingleton<ISecretSource>(new SeededSecrets(seed));
            });
        await app.StartAsync().ConfigureAwait(false);
        return new BackendHost(app, database, adminKey);
    }

    /// <summary>Registers a box, as the bench does.</summary>
    /// <param name="deviceId">Its id.</param>
    /// <returns>Its token.</returns>
    public async Task<string> RegisterAsync(string deviceId)
    {
        using HttpResponseMessage answer = await _client.PostAsJsonAsync(
            "/api/device/register", new
            {
                device_id = deviceId,
                project_name = "twin",
                location_name = "Virtual shop",
            }).ConfigureAwait(false);
        string text = await answer.Content.ReadAsStringAsync().ConfigureAwait(false);
        return answer.IsSuccessStatusCode
            ? JsonNode.Parse(text)!["token"]!.GetValue<string>()
            : throw new InvalidOperationException($"the backend did not register {deviceId}: {(int)answer.StatusCode} {text}");
    }

    /// <summary>
    /// Makes a box as a workshop does: token and key for answers come out of the identity that the backend makes for its flash.
    /// </summary>
    /// <param name="deviceId">Its id: the next that is free.</param>
    /// <returns>Its token and its key.</returns>
    public async Task<(string Token, byte[]? MacKey)> ManufactureAsync(string deviceId)
    {
        JsonNode made = (await CreateAsync("/api/manufacturing/batch", new JsonObject
        {
            ["board_type"] = "NB",
            ["board_version"] = "02",
            ["quantity"] = 1,
            ["ids"] = "jbnb",
        }).ConfigureAwait(false))!["devices"]![0]!;
        if (made["device_id"]!.GetValue<string>() is var id && id != deviceId)
        {
            throw new InvalidOperationException($"the backend makes {id} now, not {deviceId}");
        }

        string path = $"/api/manufacturing/devices/{made["serial"]!.GetValue<string>()}/nvs.bin";
        using HttpResponseMessage answer = await _client.PostAsync(new Uri(path, UriKind.Relative), null).ConfigureAwait(false);
        byte[] bytes = await answer.Content.ReadAsByteArrayAsync().ConfigureAwait(false);
        if (!answer.IsSuccessStatusCode)
        {
            throw new InvalidOperationException($"the backend says {(int)answer.StatusCode} to {path}: {Encoding.UTF8.GetString(bytes)}");
        }

        NvsImage image = NvsImage.Parse(bytes);
        await SendAsync(HttpMethod.Put, $"/api/device/{deviceId}/location", new JsonObject
        {
            ["project_name"] = "twin",
            ["location_name"] = "Virtual shop",
        }).ConfigureAwait(false);
        return (
            image.Find(IdentityImage.Namespace, BoxIdentity.TokenKey)!.Text.TrimEnd('\0'),
            image.Find(IdentityImage.Namespace, BoxIdentity.MacKeyKey)!.Bytes);
    }

    /// <summary>Makes a box as a workshop does, or registers one as the bench does: every fourth has no key, as those of before.</summary>
    /// <param name="deviceId">Its id: the next that is free.</param>
    /// <param name="index">Which it is among its like, from 0.</param>
    /// <returns>Its token and its key; <c>null</c> = it has none.</returns>
    public async Task<(string Token, byte[]? MacKey)> AddAsync(string deviceId, int index) =>
        index % 4 == 3
            ? (await RegisterAsync(deviceId).ConfigureAwait(false), null)
            : await ManufactureAsync(deviceId).ConfigureAwait(false);

    /// <summary>Asks it something, as admin.</summary>
    /// <param name="path">The path, with its query.</param>
    /// <returns>The answer.</returns>
    public async Task<JsonNode?> GetAsync(string path)
    {
        using HttpResponseMessage answer = await _client.GetAsync(new Uri(path, UriKind.Relative)).ConfigureAwait(false);
        return JsonNode.Parse(await CheckedAsync(answer, path).ConfigureAwait(false));
    }

    /// <summary>Tells it something, as admin.</summary>
    /// <param name="method">How.</param>
    /// <param name="path">The path.</param>
    /// <param name="body">What.</param>
    public async Task SendAsync(HttpMethod method, string path, JsonNode body)
    {
        using var request = new HttpRequestMessage(method, path)
        {
            Content = new StringContent(body.ToJsonString(), Encoding.UTF8, "application/json"),
        };
        using HttpResponseMessage answer = await _client.SendAsync(request).ConfigureAwait(false);
        await CheckedAsync(answer, path).ConfigureAwait(false);
    }

    /// <summary>Has it make something, as admin.</summary>
    /// <param name="path">The path.</param>
    /// <param name="body">What.</param>
    /// <returns>What it says of it.</returns>
    public async Task<JsonNode?> CreateAsync(string path, JsonNode body)
    {
        using var content = new StringContent(body.ToJsonString(), Encoding.UTF8, "application/json");
        using HttpResponseMessage answer = await _client.PostAsync(new Uri(path, UriKind.Relative), content).ConfigureAwait(false);
        return JsonNode.Parse(await CheckedAsync(answer, path).ConfigureAwait(false));
    }

    /// <summary>Waits until somebody ends the program.</summary>
    /// <param name="stop">Ends it.</param>
    /// <returns>Done at Ctrl+C.</returns>
    public Task ServeAsync(CancellationToken stop) => _app.WaitForShutdownAsync(stop);

    private static async Task<string> CheckedAsync(HttpResponseMessage answer, string path)
    {
        string text = await answer.Content.ReadAsStringAsync().ConfigureAwait(false);
        return answer.IsSuccessStatusCode ? text : throw new InvalidOperationException($"the backend says {(int)answer.StatusCode} to {path}: {text}");
    }

    public async ValueTask DisposeAsync()
    {
        _client.Dispose();
        await _app.StopAsync().ConfigureAwait(false);
        await _app.DisposeAsync().ConfigureAwait(false);
    }

    /// <summary>The life of the host: as long as the twin wants.</summary>
    private sealed class HostLifetime : IHostLifetime
    {
        public Task WaitForStartAsync(CancellationToken cancellationToken) => Task.CompletedTask;

        public Task StopAsync(CancellationToken cancellationToken) => Task.CompletedTask;
    }
}

/// <summary>The backend's secrets, from the seed: the same seed gives the same tokens and so the same database.</summary>
internal sealed class SeededSecrets(long seed) : ISecretSource
{
    private readonly SeededRandom _random = SeededRandom.For(seed, "backend secrets");
    private readonly Lock _gate = new();

    public void Fill(Span<byte> bytes)
    {
        lock (_gate)
        {
            _random.Fill(bytes);
        }
    }
}

/// <summary>A backend that somebody else runs.</summary>
internal static class OutsideBackend
{
    private static readonly TimeSpan s_patience = TimeSpan.FromSeconds(5);

    /// <summary>Asks whether anybody listens there. The box itself only blinks and tries again, for hours.</summary>
    /// <param name="address">Its address.</param>
    /// <param name="stop">Ends the question.</param>
    /// <returns>Why not, in a few words; <c>null</c> = somebody does.</returns>
    public static async Task<string?> ProblemOfAsync(Uri address, CancellationToken stop)
    {
        using var socket = new TcpClient();
        using var end = CancellationTokenSource.CreateLinkedTokenSource(stop);
        end.CancelAfter(s_patience);
        try
        {
            await socket.ConnectAsync(address.Host, address.Port, end.Token).ConfigureAwait(false);
            return null;
        }
        catch (SocketException e)
        {
            return e.Message;
        }
        catch (OperationCanceledException) when (!stop.IsCancellationRequested)
        {
            return $"nothing within {s_patience.TotalSeconds:N0} s";
        }
    }
}

/// <summary>What boxes are told of the network, and where that really is.</summary>
internal static class TwinNetwork
{
    /// <summary>What the firmware dials; the simulated network knows nothing else.</summary>
    public const string HostName = "backend.jambox.test";

    /// <summary>The port that it dials.</summary>
    public const int HostPort = 5000;

    /// <summary>The port at which things dial the broker.</summary>
    public const int BrokerPort = 1883;

    /// <summary>Lets the boxes reach the backend.</summary>
    /// <param name="backend">Where it really is.</param>
    /// <returns>The routes.</returns>
    public static BridgeRoutes Routes(Uri backend) => new BridgeRoutes().Add(HostName, HostPort, backend.Host, backend.Port);

    /// <summary>What provisioning writes into a box.</summary>
    /// <param name="deviceId">Its id.</param>
    /// <param name="token">Its token.</param>
    /// <param name="otaKey">The public key of releases, 64 bytes; <c>null</c> = none: the box takes no update.</param>
    /// <param name="macKey">The key for answers, 32 bytes; <c>null</c> = none: the box obeys whoever is on the line.</param>
    /// <param name="recoveryKey">The public key of recovery, X then Y; <c>null</c> for none.</param>
    /// <returns>Keys and values.</returns>
    public static IEnumerable<(string Key, byte[] Value)> Settings(
        string deviceId, string token, byte[]? otaKey = null, byte[]? macKey = null, byte[]? recoveryKey = null)
    {
        yield return (BoxIdentity.DeviceIdKey, Encoding.ASCII.GetBytes(deviceId));
        yield return (BoxIdentity.TokenKey, Encoding.ASCII.GetBytes(token));
        yield return (BoxIdentity.HostKey, Encoding.ASCII.GetBytes(HostName));
        yield return (BoxIdentity.PortKey, Encoding.ASCII.GetBytes(HostPort.ToString(CultureInfo.InvariantCulture)));
        yield return (BoxIdentity.CellularOkKey, [1]);
        if (otaKey != null)
        {
            yield return (TrustedKeys.FirstKey, otaKey);
        }

        if (macKey != null)
        {
            yield return (BoxIdentity.MacKeyKey, macKey);
        }

        if (recoveryKey != null)
        {
            yield return (TrustedKeys.RecoveryKey, recoveryKey);
        }
    }
}
