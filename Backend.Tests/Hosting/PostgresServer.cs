using System.Diagnostics;
using System.Reflection;

using JamBox.Backend.Storage;
using JamBox.Demo;

using Npgsql;
using Xunit.Abstractions;
using Xunit.Sdk;

[assembly: TestCaseOrderer("JamBox.Backend.Tests.Hosting.SkipWithoutPostgres", "Backend.Tests")]

namespace JamBox.Backend.Tests.Hosting;

/// <summary>
/// A PostgreSQL server of the tests' own, from Debian's package, on loopback, in a temporary folder; gone with the test run.
/// </summary>
public sealed class PostgresServer
{
    private static readonly Lazy<PostgresServer> s_running = new(static () => new PostgresServer());
    private static readonly string? s_programs = FindPrograms();
    private static int s_databases;

    private readonly string _folder = Directory.CreateTempSubdirectory("jambox-postgres-").FullName;
    private readonly int _port = LoopbackPort.Pick();
    private readonly string _data;
    private readonly Lazy<string> _template;

    private PostgresServer()
    {
        string data = _data = Path.Combine(_folder, "data");
        _template = new Lazy<string>(MakeTemplate);
        // The server refuses to run as root; its folder belongs to the user that Debian's package made.
        if (Environment.UserName == "root")
        {
            Run("chown", "postgres", _folder);
        }

        RunAsServer("initdb", "-D", data, "-U", "jambox", "--auth=trust", "--locale=C", "--encoding=UTF8", "--no-sync");
        AppDomain.CurrentDomain.ProcessExit += (_, _) => Stop(data);
        // The disk is not what is tested here: without fsync the tests take seconds instead of minutes. Nor is what tidies up and compiles:
        // no database lives long enough to gain by it.
        const string Settings = "-c listen_addresses=127.0.0.1 -c unix_socket_directories= -c fsync=off -c full_page_writes=off -c autovacuum=off "
            + "-c jit=off -c max_connections=300 -c shared_buffers=32MB";
        RunAsServer("pg_ctl", "-D", data, "-w", "-l", Path.Combine(_folder, "log"), "-o", $"-p {_port} {Settings}", "start");
    }

    /// <summary>Why there is none; null when there is.</summary>
    public static string? Missing =>
        s_programs is null ? "PostgreSQL is not installed (or JAMBOX_NO_POSTGRES=1): apt-get install postgresql" : null;

    /// <summary>One more server, for a test that does something to it. It ends with the test run.</summary>
    public static PostgresServer StartAnother() => new();

    /// <summary>
    /// Stops every process of the server where it is, or lets them go on: it takes connections and says nothing, like a machine that hangs.
    /// </summary>
    public void Freeze(bool frozen)
    {
        string main = File.ReadLines(Path.Combine(_data, "postmaster.pid")).First();
        Run("/bin/sh", "-c", $"kill -{(frozen ? "STOP" : "CONT")} {main} $(cat /proc/{main}/task/*/children)");
    }

    /// <summary>Makes an empty database and says how to reach it.</summary>
    public static string NewDatabase() => s_running.Value.MakeDatabase();

    /// <summary>Makes a database that has the newest schema already, a copy, and says how to reach it.</summary>
    public static string NewMigratedDatabase() => s_running.Value.MakeDatabase($"TEMPLATE {s_running.Value._template.Value}");

    /// <summary>Makes an empty database on this server and says how to reach it.</summary>
    public string MakeDatabase() => MakeDatabase("");

    private string MakeTemplate()
    {
        string name = $"migrated{Interlocked.Increment(ref s_databases)}";
        Execute($"CREATE DATABASE {name}");
        // Nobody may be connected to what is copied.
        using (SqlSession session = StorageTarget.Postgres(ConnectionString(name)).Open(readOnly: false))
        {
            Migrations.Apply(session, new ManualClock());
        }

        return name;
    }

    private string MakeDatabase(string how)
    {
        string name = $"test{Interlocked.Increment(ref s_databases)}";
        Execute($"CREATE DATABASE {name} {how}");
        return ConnectionString(name);
    }

    private string ConnectionString(string database) => $"Host=127.0.0.1;Port={_port};Username=jambox;Database={database}";

    private void Execute(string sql)
    {
        using NpgsqlConnection connection = new(ConnectionString("postgres") + ";Pooling=false");
        connection.Open();
#pragma warning disable CA2100 // Names of our own.
        using NpgsqlCommand command = new(sql, connection);
#pragma warning restore CA2100
        command.ExecuteNonQuery();
    }

    private static string? FindPrograms() =>
        Directory.Exists("/usr/lib/postgresql") && Environment.GetEnvironmentVariable("JAMBOX_NO_POSTGRES") != "1"
            ? Directory.GetDirectories("/usr/lib/postgresql").Select(static version => Path.Combine(version, "bin"))
                .Where(static bin => File.Exists(Path.Combine(bin, "initdb"))).Order().LastOrDefault()
            : null;

    /// <summary>Left to a process of its own: the runner does not wait for what is done at the exit.</summary>
    private void Stop(string data)
    {
        string user = Environment.UserName == "root" ? "setpriv --reuid=postgres --regid=postgres --clear-groups " : "";
        Run(
            "/bin/sh", "-c",
            $"setsid sh -c 'cd /; {user}{Path.Combine(s_programs!, "pg_ctl")} -D {data} -m immediate -w stop; rm -rf {_folder}' &");
    }

    private void RunAsServer(string program, params string[] args)
    {
        string path = Path.Combine(s_programs!, program);
        if (Environment.UserName == "root")
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
        // No pipes: the server would inherit them and they would never end.
        ProcessStartInfo start = new("/bin/sh") { WorkingDirectory = _folder };
        start.ArgumentList.Add("-c");
        start.ArgumentList.Add("exec \"$@\" </dev/null >/dev/null 2>&1");
        start.ArgumentList.Add("sh");
        start.ArgumentList.Add(program);
        foreach (string arg in args)
        {
            start.ArgumentList.Add(arg);
        }

        using Process process = Process.Start(start)!;
        process.WaitForExit();
        if (process.ExitCode != 0)
        {
            throw new InvalidOperationException($"{program} ended with {process.ExitCode}; see {_folder}");
        }
    }
}

/// <summary>
/// xUnit 2 knows reasons to skip per method only, and the PostgreSQL classes inherit theirs: so the orderer, which sees every test
/// before it runs, gives them the reason. They are then counted and shown as skipped, not passed over in silence.
/// </summary>
public sealed class SkipWithoutPostgres : ITestCaseOrderer
{
    private static readonly PropertyInfo s_reason = typeof(XunitTestCase).GetProperty(nameof(XunitTestCase.SkipReason))!;

    public IEnumerable<TTestCase> OrderTestCases<TTestCase>(IEnumerable<TTestCase> testCases)
        where TTestCase : ITestCase
    {
        TTestCase[] all = [.. testCases];
        if (PostgresServer.Missing is { } reason)
        {
            foreach (TTestCase test in all.Where(static test =>
                test.TestMethod.TestClass.Class.Name.Contains(".Postgres", StringComparison.Ordinal)))
            {
                s_reason.SetValue(test, reason);
            }
        }

        return all;
    }
}
