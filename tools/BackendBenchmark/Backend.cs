using System.Diagnostics;
using System.Globalization;
using System.Net.Http.Headers;
using System.Text;
using System.Text.Json;

namespace JamBox.BackendBenchmark;

/// <summary>The real backend in a process of its own, as it is deployed: all limits and checks on, commits that are on the disk.</summary>
internal sealed class Backend : IDisposable
{
    /// <summary>The file that is started.</summary>
    public const string FileName = "jambox-backend.dll";

    /// <summary>Its name in builds from before the program had one of its own.</summary>
    private const string FormerFileName = "Backend.Minimal.dll";

    private const string AdminKey = "key-of-the-benchmark";

    /// <summary>Linux cuts the names of threads after 15 characters.</summary>
    private const string WriterThread = "storage writer";

    private readonly Process _process;
    private readonly TaskCompletionSource<Uri> _listening = new(TaskCreationOptions.RunContinuationsAsynchronously);
    private bool _isDisposed;

    /// <summary>The backend of a build; null when there is none.</summary>
    public static string? FileOf(string build) =>
        new[] { FileName, FormerFileName }.Select(name => Path.Combine(build, name)).FirstOrDefault(File.Exists);

    private Backend(string build, IStorage storage, string[] more)
    {
        string file = FileOf(build)!;
        ProcessStartInfo start = new(storage.Launcher.FirstOrDefault("dotnet"))
        {
            WorkingDirectory = storage.Folder, RedirectStandardOutput = true,
        };
        foreach (string arg in storage.Launcher.Length > 0 ? (string[])[.. storage.Launcher[1..], "dotnet"] : [])
        {
            start.ArgumentList.Add(arg);
        }

        foreach (string arg in new[]
        {
            file, "--Urls=http://127.0.0.1:0", $"--Admin:Key={AdminKey}", "--RateLimits:AdminPerMinute=1000000",
        })
        {
            start.ArgumentList.Add(arg);
        }

        // Builds from before something was limited know no such setting, and refuse it.
        foreach (string limit in new[] { "ReadingsPerMinute", "TelemetryPerMinute" })
        {
            if (File.ReadAllBytes(file).AsSpan().IndexOf(Encoding.ASCII.GetBytes(limit)) >= 0)
            {
                start.ArgumentList.Add($"--RateLimits:{limit}=1000000");
            }
        }

        foreach (string arg in (string[])[.. storage.BackendArgs, .. more])
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

    /// <summary>The key of its admin.</summary>
    public static string Key => AdminKey;

    /// <summary>Resident memory now, MB.</summary>
    public double ResidentMb => Status("status", "VmRSS:") / 1024;

    /// <summary>Most resident memory so far, MB.</summary>
    public double PeakMb => Status("status", "VmHWM:") / 1024;

    /// <summary>Bytes written to files so far: logs, tables, everything, and nothing that went to sockets.</summary>
    public double BytesWritten => Status("io", "wchar:");

    /// <summary>Starts it and waits until it listens.</summary>
    /// <param name="build">The folder of the build.</param>
    /// <param name="storage">Where it stores.</param>
    /// <param name="more">Settings besides those of every run.</param>
    public static async Task<Backend> StartAsync(string build, IStorage storage, params string[] more)
    {
        Backend backend = new(build, storage, more);
        try
        {
            await backend._listening.Task.WaitAsync(TimeSpan.FromSeconds(60));
            return backend;
        }
        catch (TimeoutException)
        {
            backend.Dispose();
            throw new TimeoutException($"the backend does not listen; it said last: {backend.LastLine}");
        }
    }

    /// <summary>The id of a device by its number from 0.</summary>
    public static string DeviceId(int number) => string.Create(CultureInfo.InvariantCulture, $"JBNB{number:D4}");

    /// <summary>The same of a thing.</summary>
    public static string ThingId(int number) => string.Create(CultureInfo.InvariantCulture, $"thing-{number:D4}");

    /// <summary>SIGKILL.</summary>
    public void Kill()
    {
        _process.Kill();
        _process.WaitForExit();
    }

    /// <summary>SIGTERM, as an administrator or a container's host ends it.</summary>
    public void Terminate() => Signals.Terminate(_process);

    /// <summary>Registers devices and gives their tokens.</summary>
    /// <param name="devices">How many.</param>
    /// <param name="areThings">Whether they are things, and not boxes.</param>
    public async Task<string[]> RegisterAsync(int devices, bool areThings = false)
    {
        using HttpClient http = Http();
        string[] tokens = new string[devices];
        await Parallel.ForAsync(0, devices, new ParallelOptions { MaxDegreeOfParallelism = 16 }, async (i, stop) =>
        {
            // Builds from before there were things know no kind.
            string text = areThings
                ? $$"""{"device_id":"{{ThingId(i)}}","kind":"thing","product":"sensor","platform":"esp32s3"}"""
                : $$"""{"device_id":"{{DeviceId(i)}}"}""";
            using StringContent body = new(text, Encoding.UTF8, "application/json");
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

        // Older builds write no braces, or call it otherwise.
        double Value(string name) => Array.Find(
            lines, line => line.StartsWith(name + "{} ", StringComparison.Ordinal) || line.StartsWith(name + " ", StringComparison.Ordinal))
            is { } line
            ? double.Parse(line.Split(' ')[1], CultureInfo.InvariantCulture)
            : double.NaN;
    }

    /// <summary>What it said last, where it ended or does not listen.</summary>
    public string LastLine { get; private set; } = "";

    /// <summary>Processor time so far, µs: of all threads, and of the one that writes.</summary>
    public (double All, double Writer) ProcessorTime()
    {
        double all = 0, writer = 0;
        foreach (string thread in Directory.GetDirectories($"/proc/{_process.Id}/task"))
        {
            try
            {
                double us =
                    double.Parse(File.ReadAllText(Path.Combine(thread, "schedstat")).Split(' ')[0], CultureInfo.InvariantCulture) / 1000;
                all += us;
                writer += File.ReadAllText(Path.Combine(thread, "comm")).StartsWith(WriterThread, StringComparison.Ordinal) ? us : 0;
            }
            catch (IOException)
            {
                // The thread has ended between the listing and the look.
            }
        }

        return (all, writer);
    }

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
        if (_isDisposed)
        {
            return;
        }

        _isDisposed = true;
        if (!_process.HasExited)
        {
            Kill();
        }

        _process.Dispose();
    }

    private double Status(string file, string name)
    {
        string line = File.ReadLines($"/proc/{_process.Id}/{file}").First(line => line.StartsWith(name, StringComparison.Ordinal));
        return double.Parse(line[name.Length..].Replace("kB", "", StringComparison.Ordinal), CultureInfo.InvariantCulture);
    }

    private void Take(string? line)
    {
        const string Mark = "Now listening on: ";
        LastLine = line ?? LastLine;
        if (line is not null && line.IndexOf(Mark, StringComparison.Ordinal) is var at and >= 0)
        {
            _listening.TrySetResult(new Uri(line[(at + Mark.Length)..]));
        }
    }
}
