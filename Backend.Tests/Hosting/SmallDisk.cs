using System.Diagnostics;

namespace JamBox.Backend.Tests.Hosting;

/// <summary>A disk of a few megabytes, in memory; gone when disposed.</summary>
public sealed class SmallDisk : IDisposable
{
    private static readonly Lazy<string?> s_missing = new(static () =>
    {
        try
        {
            using SmallDisk tried = new(1);
            return null;
        }
        catch (Exception e) when (e is InvalidOperationException or System.ComponentModel.Win32Exception)
        {
            return "a small disk cannot be mounted here: that needs root";
        }
    });

    public SmallDisk(int megabytes)
    {
        Run("mount", "-t", "tmpfs", "-o", $"size={megabytes}m", "jambox-test", Folder);
    }

    /// <summary>Why there is none; null when there is.</summary>
    public static string? Missing => s_missing.Value;

    public string Folder { get; } = Directory.CreateTempSubdirectory("jambox-disk-").FullName;

    public void Dispose()
    {
        Run("umount", "-l", Folder);
        Directory.Delete(Folder);
    }

    private static void Run(string program, params string[] args)
    {
        using Process process = Process.Start(new ProcessStartInfo(program, args) { RedirectStandardError = true })!;
        process.WaitForExit();
        if (process.ExitCode != 0)
        {
            throw new InvalidOperationException(process.StandardError.ReadToEnd());
        }
    }
}

/// <summary>A test that needs a <see cref="SmallDisk"/>.</summary>
[AttributeUsage(AttributeTargets.Method)]
public sealed class SmallDiskFactAttribute : FactAttribute
{
    public SmallDiskFactAttribute()
    {
        Skip = SmallDisk.Missing;
    }
}

/// <summary>A test that needs a PostgreSQL server of its own.</summary>
[AttributeUsage(AttributeTargets.Method)]
public sealed class OwnPostgresFactAttribute : FactAttribute
{
    public OwnPostgresFactAttribute()
    {
        Skip = PostgresServer.Missing;
    }
}
