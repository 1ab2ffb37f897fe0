using System.Diagnostics;
using System.Globalization;
using System.Net.Http.Headers;
using System.Text;
using System.Text.Json;

namespace JamBox.BackendBenchmark;

/// <summary>The real server in a process of its own, as it is deployed: every middleware on, synchronous=FULL.</summary>
internal sealed class Server : IDisposable
{
    private const string AdminKey = "key-of-the-benchmark";

    private readonly Process _process;
    private readonly TaskCompletionSource<Uri> _listening = new(TaskCreationOptions.RunContinuationsAsynchronously);

    private Server(string folder)
    {
        ProcessStartInfo start = new("dotnet") { WorkingDirectory = folder, RedirectStandardOutput = true };
        foreach (string arg in new[]
        {
            Path.Combine(AppContext.BaseDirectory, "jambox-backend.dll"), "--Urls=http://127.0.0.1:0", $"--Admin:Key={AdminKey}",
            $"--Storage:Path={DatabasePath(folder)}", "--RateLimits:AdminPerMinute=1000000",
        })
        {
            start.ArgumentList.Add(arg);
        }

        _process = new Process { StartInfo = start };
        _process.OutputDataReceived += (_, line) => Take(line.Data);
        _process.Start();
        _process.BeginOutputReadLine();
    }

    /// <summary>Where it listens.</summary>
    public Uri Address => _listening.Task.Result;

    /// <summary>Most resident memory so far, MB.</summary>
    public double PeakMb => Status("VmHWM:");

    /// <summary>The database of a folder.</summary>
    public static string DatabasePath(string folder) => Path.Combine(folder, "bench.db");

    /// <summary>Starts it and waits until it listens.</summary>
    public static async Task<Server> StartAsync(string folder)
    {
        Server server = new(folder);
        await server._listening.Task.WaitAsync(TimeSpan.FromSeconds(60));
        return server;
    }

    /// <summary>SIGKILL.</summary>
    public void Kill()
    {
        _process.Kill();
        _process.WaitForExit();
    }

    /// <summary>Registers devices and gives their tokens.</summary>
    public async Task<string[]> RegisterAsync(int devices)
    {
        using HttpClient http = Http();
        string[] tokens = new string[devices];
        await Parallel.ForAsync(0, devices, new ParallelOptions { MaxDegreeOfParallelism = 16 }, async (i, stop) =>
        {
            using StringContent body = new($"{{\"device_id\":\"{DeviceId(i)}\"}}", Encoding.UTF8, "application/json");
            using HttpResponseMessage answer = await http.PostAsync(new Uri("/api/device/register", UriKind.Relative), body, stop);
            answer.EnsureSuccessStatusCode();
            using JsonDocument json = JsonDocument.Parse(await answer.Content.ReadAsStringAsync(stop));
            tokens[i] = json.RootElement.GetProperty("token").GetString()!;
        });
        return tokens;
    }

    /// <summary>Mean time of a commit, ms, and mean changes in one, by the server's own metrics.</summary>
    public async Task<(double Ms, double Changes)> CommitsAsync()
    {
        using HttpClient http = Http();
        string[] lines = (await http.GetStringAsync(new Uri("/metrics", UriKind.Relative))).Split('\n');
        double count = Value("jambox_commit_seconds_count");
        return (Value("jambox_commit_seconds_sum") * 1000 / count, Value("jambox_commit_changes_sum") / count);

        double Value(string name) => double.Parse(
            lines.First(line => line.StartsWith(name + "{} ", StringComparison.Ordinal)).Split(' ')[1], CultureInfo.InvariantCulture);
    }

    /// <summary>The id of a device by its number from 0.</summary>
    public static string DeviceId(int number) => string.Create(CultureInfo.InvariantCulture, $"JBNB{number:D4}");

    /// <summary>A client that bears the admin key.</summary>
    public HttpClient Http()
    {
        HttpClient http = new() { BaseAddress = Address, Timeout = TimeSpan.FromMinutes(5) };
        http.DefaultRequestHeaders.Authorization = new AuthenticationHeaderValue("Bearer", AdminKey);
        return http;
    }

    /// <inheritdoc/>
    public void Dispose()
    {
        if (!_process.HasExited)
        {
            Kill();
        }

        _process.Dispose();
    }

    private double Status(string name)
    {
        string line = File.ReadLines($"/proc/{_process.Id}/status").First(line => line.StartsWith(name, StringComparison.Ordinal));
        return double.Parse(line[name.Length..].Replace("kB", "", StringComparison.Ordinal), CultureInfo.InvariantCulture) / 1024;
    }

    private void Take(string? line)
    {
        const string Mark = "Now listening on: ";
        if (line is not null && line.IndexOf(Mark, StringComparison.Ordinal) is var at and >= 0)
        {
            _listening.TrySetResult(new Uri(line[(at + Mark.Length)..]));
        }
    }
}
