using System.Net.Http.Headers;
using System.Net.Http.Json;
using System.Text.Json;
using JamBox.Backend;
using JamBox.Backend.Tests.Hosting;
using Microsoft.AspNetCore.Builder;
using Microsoft.Extensions.DependencyInjection;
using Microsoft.Extensions.Logging;

namespace JamBox.Bench.Tests.Hosting;

/// <summary>The real backend on a real port, on a clock of the test's own: its jobs run when the test moves the clock.</summary>
internal sealed class TestBackend : IAsyncDisposable
{
    public const string AdminKey = "admin-key-of-the-bench-tests";

    private readonly string _folder = Directory.CreateTempSubdirectory("jambox-bench-").FullName;
    private WebApplication _app = null!;

    public ManualClock Clock { get; } = new();

    public Uri Address { get; private set; } = null!;

    public HttpClient Admin { get; } = new();

    /// <summary>Where packages for gateways are.</summary>
    public string PackageFolder => Path.Combine(_folder, "deployments");

    /// <summary>Starts it.</summary>
    /// <param name="args">More configuration.</param>
    public static async Task<TestBackend> StartAsync(params string[] args)
    {
        var backend = new TestBackend();
        backend._app = BackendApp.Build(
            [
                "--Urls=http://127.0.0.1:0", $"--Admin:Key={AdminKey}", $"--Storage:Path={Path.Combine(backend._folder, "jambox.db")}",
                "--RateLimits:AdminPerMinute=1000000", "--RateLimits:DevicePerHour=1000000", "--RateLimits:ReadingsPerMinute=1000000",
                .. args,
            ],
            builder =>
            {
                builder.Services.AddSingleton<TimeProvider>(backend.Clock);
                builder.Logging.ClearProviders();
            });
        await backend._app.StartAsync();
        backend.Address = new Uri(backend._app.Urls.Single());
        backend.Admin.BaseAddress = backend.Address;
        backend.Admin.DefaultRequestHeaders.Authorization = new AuthenticationHeaderValue("Bearer", AdminKey);
        return backend;
    }

    /// <summary>Registers a box that runs an image.</summary>
    public async Task<SimulatedBox> RegisterAsync(string id, byte[] image, string version, int sequence, string publicKey)
    {
        using HttpResponseMessage answer = await Admin.PostAsJsonAsync("/api/device/register", new { device_id = id });
        answer.EnsureSuccessStatusCode();
        string token = JsonElement.Parse(await answer.Content.ReadAsStringAsync()).GetProperty("token").GetString()!;
        return new SimulatedBox(Address, id, token, publicKey)
        {
            Image = image,
            Version = version,
            Sequence = sequence,
            Now = Clock.GetUtcNow,
        };
    }

    /// <summary>A terminal whose environment knows this server.</summary>
    public TestTerminal Terminal()
    {
        var terminal = new TestTerminal { Time = Clock };
        terminal.Environment["JAMBOX_SERVER"] = Address.ToString();
        terminal.Environment["JAMBOX_ADMIN_KEY"] = AdminKey;
        terminal.WhileWaiting = time =>
        {
            Clock.Advance(time);
            return Task.CompletedTask;
        };
        return terminal;
    }

    /// <summary>Ends it, as a restart would.</summary>
    public Task StopAsync() => _app.StopAsync();

    public async ValueTask DisposeAsync()
    {
        Admin.Dispose();
        await _app.DisposeAsync();
        Directory.Delete(_folder, recursive: true);
    }
}
