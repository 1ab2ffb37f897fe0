using System.Security.Cryptography;
using System.Text;

using JamBox.Edge.Engine;

using Microsoft.Extensions.Logging.Abstractions;

namespace JamBox.Edge.Tests.Engine;

/// <summary>
/// A gateway in a folder of its own: the agent's folder, the system that deployments change, modules, and what the server has heard. It
/// outlives its agents: each <see cref="Start"/> is a new one.
/// </summary>
public sealed class Gateway : IDisposable
{
    private readonly string _root;

    public Gateway()
    {
        _root = Directory.CreateTempSubdirectory("jambox-edge-").FullName;
        Folder = new AgentFolder(Path.Combine(_root, "agent"));
        Graveyard = Directory.CreateDirectory(Path.Combine(_root, "graveyard")).FullName;
        Directory.CreateDirectory(Folder.Root);
        Directory.CreateDirectory(System);
        Options = new DeployerOptions { TrustedKeys = [TestPackage.Key.Public], FlushBytes = 8192, ReserveBytes = 0, HealthTries = 2 };
    }

    public AgentFolder Folder { get; }

    public string Graveyard { get; }

    /// <summary>What deploy.sh changes.</summary>
    public string System => Path.Combine(_root, "system");

    public JumpingClock Clock { get; } = new();

    public DeployerOptions Options { get; set; }

    public TestServer Server { get; } = new();

    public TestReports Reports { get; } = new();

    public TestModules Modules { get; } = new();

    /// <summary>What runs in the system.</summary>
    public string? App => Path.Combine(System, "app.txt") is var file && File.Exists(file) ? File.ReadAllText(file) : null;

    /// <summary>What was run: version, whether to go back, what ran before.</summary>
    public string[] Runs => Path.Combine(System, "log") is var file && File.Exists(file) ? File.ReadAllLines(file) : [];

    /// <summary>The release that the link is turned to.</summary>
    public string? Current => new DiskFiles().ReadLink(Folder.Current) is { } target ? Path.GetFileName(target) : null;

    public AgentState State => new Journal(new DiskFiles(), Folder).Load(out _) ?? throw new InvalidOperationException("no journal");

    /// <summary>A new agent in this gateway's folder.</summary>
    public Deployer Start(KillingFiles? files = null, IScripts? scripts = null)
    {
        Modules.Step = files is null ? static _ => { } : files.Step;
        TestReports.Door door = new(Reports, files);
        IScripts real = scripts ?? new ShellScripts(TimeProvider.System);
        Deployer deployer = new(
            new DeployerParts(
                Folder, files ?? (IFiles)new DiskFiles(), Server, door, files is null ? real : new KillingScripts(files, real),
                Modules, new HttpHealthProbe(), Clock, NullLogger.Instance),
            () => Options);
        door.Delivered = deployer.ConfirmAgent;
        return deployer;
    }

    /// <summary>Offers a notice to a new agent and lets it work; it is started again whenever it asks for it.</summary>
    public async Task<RunResult> RunAsync(Notice? notice, KillingFiles? files = null)
    {
        for (int starts = 0; ; starts++)
        {
            Assert.True(starts < 10, "The agent asks to be restarted over and over.");
            new AgentUpdates(files ?? (IFiles)new DiskFiles(), Folder).Guard();
            Deployer deployer = Start(files);
            RunResult result = notice is null
                ? await deployer.RunAsync(CancellationToken.None) : await deployer.RunAsync(notice, CancellationToken.None);
            if (result.End != RunEnd.Restart)
            {
                return result;
            }
        }
    }

    /// <summary>
    /// Fails unless the release that the link is turned to is one of some packages, and every file of it is as it was packed.
    /// </summary>
    public void AssertWhole(string when, params TestPackage?[] allowed)
    {
        string? current = Current;
        TestPackage? package = allowed.FirstOrDefault(package => package?.Id == current);
        Assert.True(allowed.Contains(package), $"{when}: {current ?? "nothing"} runs");
        if (package is null)
        {
            return;
        }

        foreach ((string path, byte[] bytes) in package.Files)
        {
            string file = Path.Combine(Folder.Current, path);
            Assert.True(File.Exists(file), $"{when}: {package.Version} lacks {path}");
            Assert.True(
                SHA256.HashData(File.ReadAllBytes(file)).AsSpan().SequenceEqual(SHA256.HashData(bytes)),
                $"{when}: {package.Version} has another {path}");
        }

        if (!OperatingSystem.IsWindows())
        {
            Assert.True((File.GetUnixFileMode(Path.Combine(Folder.Current, "deploy.sh")) & UnixFileMode.UserExecute) != 0, when);
        }
    }

    /// <summary>Fails unless a package is what runs, all of it, and nothing else is left over.</summary>
    public void AssertApplied(string when, TestPackage package, params TestPackage[] kept)
    {
        AssertWhole(when, package);
        Assert.True(App == Encoding.UTF8.GetString(package.Files["app.txt"]), $"{when}: the system has {App}");
        AgentState state = State;
        Assert.True(state.Job is null && state.Current?.Id == package.Id, when);
        IEnumerable<string> names = kept.Append(package).SelectMany(static one => new[] { one.Id, one.Id + ".complete" });
        string[] wanted = [.. names.Order(StringComparer.Ordinal)];
        string[] found = [.. new DiskFiles().List(Folder.Releases)];
        Assert.True(wanted.SequenceEqual(found), $"{when}: folders are {string.Join(' ', found)}");
        Assert.True(new DiskFiles().List(Folder.Downloads).Count == 0, $"{when}: a download is left");
    }

    /// <summary>Another gateway, just as this one is now.</summary>
    public Gateway Clone()
    {
        Gateway clone = new();
        Copy(_root, clone._root);
        clone.Options = Options with { Executable = Options.Executable?.Replace(_root, clone._root, StringComparison.Ordinal) };
        clone.Server.Take(Server);
        clone.Reports.All.AddRange(Reports.All);
        clone.Modules.Pushes.AddRange(Modules.Pushes);
        foreach ((string host, string version) in Modules.Versions)
        {
            clone.Modules.Versions[host] = version;
        }

        return clone;
    }

    public void Dispose() => Directory.Delete(_root, recursive: true);

    private static void Copy(string from, string to)
    {
        foreach (FileSystemInfo entry in new DirectoryInfo(from).EnumerateFileSystemInfos())
        {
            string copy = Path.Combine(to, entry.Name);
            if (entry.LinkTarget is { } target)
            {
                Directory.CreateSymbolicLink(copy, target);
            }
            else if (entry is DirectoryInfo)
            {
                Directory.CreateDirectory(copy);
                Copy(entry.FullName, copy);
            }
            else
            {
                File.Copy(entry.FullName, copy);
            }
        }
    }

    private sealed class KillingScripts(KillingFiles files, IScripts scripts) : IScripts
    {
        public async Task<ScriptResult> RunAsync(ScriptRun run, CancellationToken stop)
        {
            files.Step($"before {run.File ?? run.Command}");
            ScriptResult result = await scripts.RunAsync(run, stop);
            files.Step($"after {run.File ?? run.Command}");
            return result;
        }

        public Task EndAsync(string token, CancellationToken cancellation) => scripts.EndAsync(token, cancellation);
    }
}

/// <summary>What the server has heard from a gateway: on its disk, as it were, so that it outlives agents.</summary>
public sealed class TestReports
{
    public List<StatusReport> All { get; } = [];

    /// <summary>What is reported stays in the queue: the server is not reached.</summary>
    public bool IsOffline { get; set; }

    /// <summary>The queue's disk has no room.</summary>
    public bool IsFull { get; set; }

    /// <summary>Reports of one status for one notice.</summary>
    public int Count(DeploymentStatus status, Notice notice) => All.Count(
        report => report.Status == status && report.DeploymentId == notice.Id && report.NoticeTimestamp == notice.Timestamp);

    /// <summary>The words, in order, repeated ones once.</summary>
    public string Words(Notice notice)
    {
        List<string> words = [];
        foreach (StatusReport report in All.Where(report => report.DeploymentId == notice.Id && report.NoticeTimestamp == notice.Timestamp))
        {
            string word = report.Status.ToString().ToLowerInvariant();
            if (words.LastOrDefault() != word)
            {
                words.Add(word);
            }
        }

        return string.Join(' ', words);
    }

    /// <summary>What one agent reports through.</summary>
    public sealed class Door(TestReports reports, KillingFiles? files) : IReports
    {
        public Action? Delivered { get; set; }

        public long Newest => reports.All.Count == 0 ? 0 : reports.All[^1].Seq;

        public void Report(StatusReport report)
        {
            if (reports.IsFull)
            {
                throw new IOException("No space left on device");
            }

            files?.Step("before a report");
            if (report.Seq > Newest)
            {
                reports.All.Add(report);
            }

            files?.Step("after a report");
            if (!reports.IsOffline)
            {
                Delivered?.Invoke();
            }
        }
    }
}

/// <summary>The server's side of downloads: ranges, and a line that breaks when a test says so.</summary>
public sealed class TestServer : IDownloads
{
    private readonly Dictionary<string, TestPackage> _packages = [];

    /// <summary>Asked at each opening: after how many bytes the line breaks; null for never.</summary>
    public Func<long?> Breaks { get; set; } = static () => null;

    /// <summary>Asked at each opening: what goes wrong instead.</summary>
    public Func<Exception?> Fails { get; set; } = static () => null;

    /// <summary>Ranges are not known: all of it comes each time.</summary>
    public bool IsOld { get; set; }

    /// <summary>Where each answer began.</summary>
    public List<long> Openings { get; } = [];

    /// <summary>Bytes that were sent in all.</summary>
    public long Sent { get; private set; }

    /// <summary>Told of them.</summary>
    public Action<long> Sending { get; set; } = static _ => { };

    public void Add(params TestPackage[] packages)
    {
        foreach (TestPackage package in packages)
        {
            _packages[package.Id] = package;
        }
    }

    /// <summary>Has and does what another one has and does.</summary>
    public void Take(TestServer other)
    {
        Add([.. other._packages.Values]);
        (Breaks, Fails, IsOld) = (other.Breaks, other.Fails, other.IsOld);
    }

    public Task<Download> OpenAsync(Notice notice, long from, string? etag, CancellationToken cancellation)
    {
        cancellation.ThrowIfCancellationRequested();
        if (Fails() is { } fault)
        {
            return Task.FromException<Download>(fault);
        }

        TestPackage package = _packages.GetValueOrDefault(notice.Id) ?? throw new DownloadRefusedException("404 Not Found");
        long start = IsOld || (from > 0 && etag is not null && etag != $"\"{package.Sha256}\"") ? 0 : from;
        Openings.Add(start);
        return Task.FromResult(new Download(new Line(this, package.Bytes, start, Breaks()), start, $"\"{package.Sha256}\""));
    }

    private sealed class Line(TestServer server, byte[] bytes, long start, long? breaks) : Stream
    {
        private const int MostAtOnce = 4096;

        private long _read;

        public override bool CanRead => true;

        public override bool CanSeek => false;

        public override bool CanWrite => false;

        public override long Length => throw new NotSupportedException();

        public override long Position
        {
            get => _read;
            set => throw new NotSupportedException();
        }

        public override int Read(byte[] buffer, int offset, int count)
        {
            int left = (int)Math.Min(Math.Min(count, MostAtOnce), bytes.Length - start - _read);
            int most = (int)Math.Min(left, (breaks ?? long.MaxValue) - _read);
            if (most <= 0)
            {
                return left == 0 ? 0 : throw new IOException("The line broke.");
            }

            bytes.AsSpan((int)(start + _read), most).CopyTo(buffer.AsSpan(offset));
            _read += most;
            server.Sent += most;
            server.Sending(server.Sent);
            return most;
        }

        public override void Flush()
        {
        }

        public override long Seek(long offset, SeekOrigin origin) => throw new NotSupportedException();

        public override void SetLength(long value) => throw new NotSupportedException();

        public override void Write(byte[] buffer, int offset, int count) => throw new NotSupportedException();
    }
}

/// <summary>Modules behind the gateway: what they run outlives the agent. How they are really written to is tested where that is.</summary>
public sealed class TestModules : IModuleDeployer
{
    /// <summary>Name and version of each.</summary>
    public Dictionary<string, string> Versions { get; } = [];

    /// <summary>Which were written to, in order.</summary>
    public List<string> Pushes { get; } = [];

    /// <summary>Modules that do not take an image.</summary>
    public HashSet<string> Broken { get; } = [];

    /// <summary>Called before and after each that is written to: the agent may die there.</summary>
    public Action<string> Step { get; set; } = static _ => { };

    /// <summary>What is wrong before any is written to.</summary>
    public Exception? Fault { get; set; }

    public Task<IReadOnlyList<ModuleState>> DeployAsync(
        string releaseFolder, IProgress<ModuleState> progress, IReadOnlyList<ModuleState> before, CancellationToken cancellation)
    {
        if (Fault is not null)
        {
            return Task.FromException<IReadOnlyList<ModuleState>>(Fault);
        }

        string image = Path.Combine(releaseFolder, "firmware", "wired", "relay", "firmware.bin");
        if (!File.Exists(image))
        {
            return Task.FromResult<IReadOnlyList<ModuleState>>([]);
        }

        string version = File.ReadAllText(image);
        List<ModuleState> modules = [];
        foreach (string host in Versions.Keys.Order(StringComparer.Ordinal).ToArray())
        {
            if (before.FirstOrDefault(module => module.IsDone && module.Hostname == host) is { } done)
            {
                modules.Add(done);
                continue;
            }

            ModuleState state = new()
            {
                Hostname = host, Type = "relay", Status = ModuleStatus.Pushing, Before = Versions[host], Expected = version,
            };
            progress.Report(state);
            Step($"before {host}");
            Pushes.Add(host);
            if (Broken.Contains(host))
            {
                state = state with { Status = ModuleStatus.Failed, Error = "no answer" };
            }
            else
            {
                Versions[host] = version;
                state = state with { Status = ModuleStatus.Done, After = version };
            }

            Step($"after {host}");

            progress.Report(state);
            modules.Add(state);
        }

        return Task.FromResult<IReadOnlyList<ModuleState>>(modules);
    }
}
