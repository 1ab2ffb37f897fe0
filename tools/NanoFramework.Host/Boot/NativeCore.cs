using System.ComponentModel;
using System.Diagnostics;
using System.Runtime.InteropServices;
using JamBox.Interop;

namespace JamBox.Boot;

/// <summary>
/// Finds <c>jambox_core</c>, the portable C code of <c>Firmware.Atoms3/Native/core</c> as a shared library: at the path in
/// <c>JAMBOX_CORE</c>; where <c>Native/tests/run.sh</c> builds it; where it was left the last time; or compiles it.
/// </summary>
internal static class NativeCore
{
    private const string Variable = "JAMBOX_CORE";
    private const int CompileMs = 60_000;

    private static readonly string[] s_compilers = ["cc", "gcc", "clang"];

    /// <summary>Finds it, or makes it.</summary>
    /// <param name="problem">Why there is none, for people.</param>
    /// <returns>Its path, or <c>null</c>.</returns>
    public static string? Find(out string problem)
    {
        problem = string.Empty;
        if (Environment.GetEnvironmentVariable(Variable) is { Length: > 0 } given)
        {
            problem = File.Exists(given) ? string.Empty : $"{Variable} names {given}, which does not exist";
            return problem.Length == 0 ? given : null;
        }

        if (Top() is not { } top)
        {
            problem = $"the C sources are not above {AppContext.BaseDirectory}; {Variable} may name the library";
            return null;
        }

        FileInfo[] sources = new DirectoryInfo(Path.Combine(top, "Firmware.Atoms3", "Native", "core")).GetFiles();
        DateTime newest = sources.Max(file => file.LastWriteTimeUtc);
        string own = Path.Combine(top, "tools", "NanoFramework.Host", "obj", "native", FileName);
        foreach (string path in new[] { Path.Combine(top, "build", "native", "release", FileName), own })
        {
            if (File.Exists(path) && File.GetLastWriteTimeUtc(path) >= newest)
            {
                return path;
            }
        }

        return Compile(sources, own, out problem) ? own : null;
    }

    private static string FileName =>
        OperatingSystem.IsWindows() ? "jambox_core.dll" : OperatingSystem.IsMacOS() ? "libjambox_core.dylib" : "libjambox_core.so";

    private static string? Top()
    {
        for (DirectoryInfo? at = new(AppContext.BaseDirectory); at is not null; at = at.Parent)
        {
            if (File.Exists(Path.Combine(at.FullName, "Firmware.Atoms3", "Native", "core", "jb_boot.c")))
            {
                return at.FullName;
            }
        }

        return null;
    }

    private static bool Compile(FileInfo[] sources, string target, out string problem)
    {
        problem = "no C compiler (cc, gcc, clang, or CC) was found";
        Directory.CreateDirectory(Path.GetDirectoryName(target)!);

        // Several processes may be at it: each compiles into a file of its own, the last one stays.
        string made = $"{target}.{Environment.ProcessId}-{Guid.NewGuid():N}";
        string[] arguments =
        [
            "-std=c11", "-O2", "-fPIC", "-shared", "-fvisibility=hidden", "-DJB_SHARED", "-o", made,
            .. sources.Where(file => file.Extension == ".c").Select(file => file.FullName).Order(StringComparer.Ordinal),
        ];
        foreach (
            string compiler in s_compilers.Prepend(Environment.GetEnvironmentVariable("CC") ?? string.Empty).Where(name => name.Length > 0))
        {
            if (TryRun(compiler, arguments, ref problem))
            {
                File.Move(made, target, overwrite: true);
                return true;
            }
        }

        File.Delete(made);
        return false;
    }

    private static bool TryRun(string compiler, string[] arguments, ref string problem)
    {
        try
        {
            using Process process = Process.Start(new ProcessStartInfo(compiler, arguments) { RedirectStandardError = true })!;
            Task<string> errors = process.StandardError.ReadToEndAsync();
            if (!process.WaitForExit(CompileMs))
            {
                process.Kill();
                problem = $"{compiler} did not end within {CompileMs / 1000} s";
                return false;
            }

            problem = process.ExitCode == 0 ? string.Empty : $"{compiler} failed: {errors.Result}";
            return process.ExitCode == 0;
        }
        catch (Win32Exception)
        {
            return false; // not on this machine
        }
    }
}

/// <summary><c>jb_boot_record</c> of <c>jb_boot.h</c>: 80 bytes without gaps.</summary>
[StructLayout(LayoutKind.Sequential)]
internal unsafe struct NativeEntry
{
    public uint Sequence;
    public uint NewLength;
    public uint OldLength;
    public byte State;
    public byte Reason;
    public byte TrialBoots;
    public byte WithoutJournal;
    public fixed byte NewHash[BootEntry.HashSize];
    public fixed byte OldHash[BootEntry.HashSize];

    /// <summary>Takes a copy.</summary>
    /// <returns>The record.</returns>
    public readonly BootEntry ToEntry()
    {
        fixed (byte* newHash = NewHash, oldHash = OldHash)
        {
            return new BootEntry
            {
                Sequence = Sequence,
                NewLength = NewLength,
                OldLength = OldLength,
                State = (BootState)State,
                Reason = (BootReason)Reason,
                TrialBoots = TrialBoots,
                WithoutJournal = WithoutJournal,
                NewHash = new ReadOnlySpan<byte>(newHash, BootEntry.HashSize).ToArray(),
                OldHash = new ReadOnlySpan<byte>(oldHash, BootEntry.HashSize).ToArray(),
            };
        }
    }
}

/// <summary><c>jb_flash</c> of <c>jb_boot.h</c>.</summary>
[StructLayout(LayoutKind.Sequential)]
internal unsafe struct NativeFlash
{
    public nint Context;
    public delegate* unmanaged[Cdecl]<nint, uint, uint, byte*, uint, int> Read;
    public delegate* unmanaged[Cdecl]<nint, uint, uint, byte*, uint, int> Write;
    public delegate* unmanaged[Cdecl]<nint, uint, uint, int> Erase;
    public delegate* unmanaged[Cdecl]<nint, void> Feed;
    public uint SectorBytes;
    public fixed uint RegionBytes[4];
}
