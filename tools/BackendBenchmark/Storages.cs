using System.Data.Common;
using System.Diagnostics;
using System.Net;
using System.Net.Sockets;
using System.Security.Cryptography;

using Microsoft.Data.Sqlite;
using Npgsql;

namespace JamBox.BackendBenchmark;

/// <summary>Where a backend stores, looked into past the backend.</summary>
internal interface IStorage : IDisposable
{
    /// <summary>A folder for the backend to work in.</summary>
    string Folder { get; }

    /// <summary>Tells the backend.</summary>
    string[] BackendArgs { get; }

    /// <summary>The program, with its options, that the backend is to be started through; empty = it is started as it is.</summary>
    string[] Launcher { get; }

    /// <summary>A connection of one's own.</summary>
    DbConnection Connect();
}

/// <summary>A disk that is slower than that of this machine.</summary>
internal static class SlowDisk
{
    /// <summary>By so much each commit is slower, ms.</summary>
    public const int CommitMs = 10;

    /// <summary>
    /// strace (Debian's package) puts off the return of the calls that bring a file's data to the disk, and touches no others. It stands
    /// aside, so that the process that was started is the backend itself.
    /// </summary>
    public static string[] Launcher =>
        Path.Exists("/usr/bin/strace")
            ?
            [
                "/usr/bin/strace", "-D", "-f", "-qq", "--seccomp-bpf", "-o", "/dev/null", "-e", "trace=fdatasync,fsync",
                "-e", $"inject=fdatasync,fsync:delay_exit={CommitMs * 1000}",
            ]
            : throw new InvalidOperationException("strace is not installed: apt-get install strace");
}

/// <summary>A SQLite file of its own.</summary>
internal sealed class SqliteStorage : IStorage
{
    /// <summary>Makes the folder.</summary>
    /// <param name="folder">The folder.</param>
    /// <param name="isSlow">Whether commits are slowed.</param>
    public SqliteStorage(string folder, bool isSlow = false)
    {
        Launcher = isSlow ? SlowDisk.Launcher : [];
        Folder = Directory.CreateDirectory(folder).FullName;
        Path = System.IO.Path.Combine(Folder, "bench.db");
    }

    /// <inheritdoc/>
    public string Folder { get; }

    /// <inheritdoc/>
    public string[] Launcher { get; }

    /// <summary>The file.</summary>
    public string Path { get; }

    /// <inheritdoc/>
    public string[] BackendArgs => [$"--Storage:Path={Path}"];

    /// <inheritdoc/>
    public DbConnection Connect() => new SqliteConnection($"Data Source={Path};Pooling=false");

    /// <inheritdoc/>
    public void Dispose() => Directory.Delete(Folder, recursive: true);
}

/// <summary>A PostgreSQL server of its own, from the distribution's package, on loopback: its settings as they come, fsync on.</summary>
internal sealed class PostgresStorage : IStorage
{
    private readonly string _programs = FindPrograms();
    private readonly string _data;
    private readonly int _port = Ports.Free();

    /// <summary>Starts the server.</summary>
    /// <param name="folder">Where its files go.</param>
    /// <param name="isSlow">Whether commits are slowed, by the server's own setting for that.</param>
    public PostgresStorage(string folder, bool isSlow = false)
    {
        string slow = isSlow ? $" -c commit_siblings=0 -c commit_delay={SlowDisk.CommitMs * 1000}" : "";
        Folder = Directory.CreateDirectory(folder).FullName;
        string server = Directory.CreateDirectory(Path.Combine(Folder, "server")).FullName;
        _data = Path.Combine(server, "data");
        if (IsRoot)
        {
            // The server refuses to run as root; its folder belongs to the user that Debian's package made, who must get there.
            Run("chmod", "755", Folder);
            Run("chown", "postgres", server);
        }

        RunAsServer("initdb", "-D", _data, "-U", "jambox", "--auth=trust", "--locale=C", "--encoding=UTF8");
        RunAsServer(
            "pg_ctl", "-D", _data, "-w", "-l", Path.Combine(server, "log"),
            "-o", $"-p {_port} -c listen_addresses=127.0.0.1 -c unix_socket_directories={slow}", "start");
        using DbConnection connection = Connect("postgres");
        connection.Open();
        using DbCommand command = connection.CreateCommand();
        command.CommandText = "CREATE DATABASE bench";
        command.ExecuteNonQuery();
    }

    /// <inheritdoc/>
    public string Folder { get; }

    /// <inheritdoc/>
    public string[] Launcher => [];

    /// <inheritdoc/>
    public string[] BackendArgs => ["--Storage:Provider=postgres", $"--Storage:ConnectionString={Connection("bench")}"];

    private static bool IsRoot => Environment.UserName == "root";

    /// <inheritdoc/>
    public DbConnection Connect() => Connect("bench");

    /// <inheritdoc/>
    public void Dispose()
    {
        RunAsServer("pg_ctl", "-D", _data, "-m", "immediate", "-w", "stop");
        Directory.Delete(Folder, recursive: true);
    }

    private static string FindPrograms() =>
        Directory.Exists("/usr/lib/postgresql")
        && Directory.GetDirectories("/usr/lib/postgresql").Select(static version => Path.Combine(version, "bin"))
            .Where(static bin => File.Exists(Path.Combine(bin, "initdb"))).Order(StringComparer.Ordinal).LastOrDefault() is { } bin
            ? bin
            : throw new InvalidOperationException("PostgreSQL is not installed: apt-get install postgresql");

    private string Connection(string database) => $"Host=127.0.0.1;Port={_port};Username=jambox;Database={database}";

    private NpgsqlConnection Connect(string database) => new(Connection(database) + ";Pooling=false");

    private void RunAsServer(string program, params string[] args)
    {
        string path = Path.Combine(_programs, program);
        if (IsRoot)
        {
            Run("setpriv", ["--reuid=postgres", "--regid=postgres", "--clear-groups", path, .. args]);
        }
        else
        {
            Run(path, args);
        }
    }

    private void Run(string program, params string[] args)
    {
        // No pipes: the server would inherit them, and they would never end.
        ProcessStartInfo start = new("/bin/sh") { WorkingDirectory = Folder };
        foreach (string arg in (string[])["-c", "exec \"$@\" </dev/null >/dev/null 2>&1", "sh", program, .. args])
        {
            start.ArgumentList.Add(arg);
        }

        using Process process = Process.Start(start)!;
        process.WaitForExit();
        if (process.ExitCode != 0)
        {
            throw new InvalidOperationException($"{program} ended with {process.ExitCode}");
        }
    }
}

/// <summary>Ports of the loopback interface.</summary>
internal static class Ports
{
    /// <summary>
    /// Below those that Linux gives to connections that go out (from 32768): of thousands of clients that try again and again while a server
    /// is away one would get its very port, connect to itself, and keep the server from listening there.
    /// </summary>
    private const int First = 20_000;

    private const int Last = 32_000;

    private const int MaxTries = 100;

    /// <summary>One that nobody uses now.</summary>
    public static int Free()
    {
        for (int i = 0; i < MaxTries; i++)
        {
            int port = RandomNumberGenerator.GetInt32(First, Last);
            try
            {
                using TcpListener listener = new(IPAddress.Loopback, port);
                listener.Start();
                return port;
            }
            catch (SocketException)
            {
                // Somebody is there.
            }
        }

        throw new IOException($"no port between {First} and {Last} is free");
    }
}
