using System.ComponentModel;
using System.Runtime.InteropServices;

namespace JamBox.ChipTwin;

/// <summary>
/// A terminal with two ends (Linux, macOS): whoever opens the path has a serial port, and we have the other end of the cable. It has no
/// reset lines, and whatever rate is set means nothing.
/// </summary>
public sealed partial class PseudoTerminal : IDisposable
{
    private const int ReadWrite = 2;
    private const short Readable = 1;
    private const short Writable = 4;
    private const int Interrupted = 4;

    // More than struct termios has on any system.
    private const int SettingsLength = 256;

    // Small enough for a terminal that says that it has room.
    private const int WriteLength = 256;

    private readonly int _ours;
    private readonly int _theirs;

    /// <summary>Makes one, raw: no echo, no line editing, no byte changed.</summary>
    /// <exception cref="PlatformNotSupportedException">This system has none.</exception>
    /// <exception cref="Win32Exception">The system refused.</exception>
    public PseudoTerminal()
    {
        if (!OperatingSystem.IsLinux() && !OperatingSystem.IsMacOS())
        {
            throw new PlatformNotSupportedException("a simulated chip has a port on Linux and macOS only");
        }

        int noControl = OperatingSystem.IsLinux() ? 0x100 : 0x20000;
        _ours = Check(OpenTerminal(ReadWrite | noControl));
        Check(Grant(_ours));
        Check(Unlock(_ours));
        Path = Marshal.PtrToStringUTF8(NameOf(_ours)) ?? throw new Win32Exception();

        // Kept open, so that ours is not at its end whenever nobody has the port.
        _theirs = Check(OpenFile(Path, ReadWrite | noControl));
        var settings = new byte[SettingsLength];
        Check(GetSettings(_theirs, settings));
        MakeRaw(settings);
        Check(SetSettings(_theirs, 0, settings));
    }

    /// <summary>Gets the name of the port.</summary>
    public string Path { get; }

    /// <summary>Waits for bytes.</summary>
    /// <param name="buffer">Filled from its beginning.</param>
    /// <param name="timeout">How long.</param>
    /// <returns>How many came; 0 when the time is over.</returns>
    /// <exception cref="Win32Exception">The system refused.</exception>
    public int Read(byte[] buffer, TimeSpan timeout)
    {
        if (!Await(Readable, timeout))
        {
            return 0;
        }

        nint count = ReadFile(_ours, buffer, (nuint)buffer.Length);
        return count >= 0 || Marshal.GetLastPInvokeError() == Interrupted ? Math.Max(0, (int)count) : throw new Win32Exception();
    }

    /// <summary>Sends bytes.</summary>
    /// <param name="bytes">The bytes.</param>
    /// <param name="timeout">How long to wait for room.</param>
    /// <returns>All were sent; <c>false</c> when nobody reads, and the rest is lost, as on a USB port.</returns>
    /// <exception cref="Win32Exception">The system refused.</exception>
    public bool Write(ReadOnlySpan<byte> bytes, TimeSpan timeout)
    {
        while (bytes.Length > 0)
        {
            if (!Await(Writable, timeout))
            {
                return false;
            }

            byte[] piece = bytes[..Math.Min(bytes.Length, WriteLength)].ToArray();
            nint count = WriteFile(_ours, piece, (nuint)piece.Length);
            if (count < 0 && Marshal.GetLastPInvokeError() != Interrupted)
            {
                throw new Win32Exception();
            }

            bytes = bytes[Math.Max(0, (int)count)..];
        }

        return true;
    }

    /// <inheritdoc/>
    public void Dispose()
    {
        _ = CloseFile(_theirs);
        _ = CloseFile(_ours);
    }

    private bool Await(short what, TimeSpan timeout)
    {
        PollRequest request = new() { File = _ours, Wanted = what };
        int count = Poll(ref request, 1, (int)timeout.TotalMilliseconds);
        return count > 0 && (request.Found & what) != 0;
    }

    private static int Check(int result) => result >= 0 ? result : throw new Win32Exception();

    [StructLayout(LayoutKind.Sequential)]
    private struct PollRequest
    {
        public int File;
        public short Wanted;
        public short Found;
    }

    [LibraryImport("libc", EntryPoint = "posix_openpt", SetLastError = true)]
    private static partial int OpenTerminal(int flags);

    [LibraryImport("libc", EntryPoint = "grantpt", SetLastError = true)]
    private static partial int Grant(int file);

    [LibraryImport("libc", EntryPoint = "unlockpt", SetLastError = true)]
    private static partial int Unlock(int file);

    [LibraryImport("libc", EntryPoint = "ptsname", SetLastError = true)]
    private static partial nint NameOf(int file);

    [LibraryImport("libc", EntryPoint = "open", SetLastError = true, StringMarshalling = StringMarshalling.Utf8)]
    private static partial int OpenFile(string path, int flags);

    [LibraryImport("libc", EntryPoint = "close", SetLastError = true)]
    private static partial int CloseFile(int file);

    [LibraryImport("libc", EntryPoint = "read", SetLastError = true)]
    private static partial nint ReadFile(int file, byte[] buffer, nuint count);

    [LibraryImport("libc", EntryPoint = "write", SetLastError = true)]
    private static partial nint WriteFile(int file, byte[] buffer, nuint count);

    [LibraryImport("libc", EntryPoint = "poll", SetLastError = true)]
    private static partial int Poll(ref PollRequest request, nuint count, int timeoutMs);

    [LibraryImport("libc", EntryPoint = "tcgetattr", SetLastError = true)]
    private static partial int GetSettings(int file, byte[] settings);

    [LibraryImport("libc", EntryPoint = "tcsetattr", SetLastError = true)]
    private static partial int SetSettings(int file, int when, byte[] settings);

    [LibraryImport("libc", EntryPoint = "cfmakeraw")]
    private static partial void MakeRaw(byte[] settings);
}
