using System.Runtime.InteropServices;

namespace JamBox.BackendBenchmark;

/// <summary>
/// Linux's sockets and epoll without anything in between: what the load costs is what the system calls cost. Failures are negative results;
/// the numbers of errors are in <see cref="Marshal.GetLastPInvokeError"/>.
/// </summary>
internal sealed partial class Poller : IDisposable
{
    /// <summary>The operation would wait.</summary>
    public const int Again = 11;

    private const int InProgress = 115;
    private const int Internet = 2;
    private const int StreamNonBlockingCloseOnExec = 1 | 0x800 | 0x80000;
    private const int NoSignal = 0x4000;
    private const int Tcp = 6;
    private const int NoDelay = 1;
    private const int AddInterest = 1;
    private const uint Readable = 1;

    /// <summary>The kernel packs its struct on x86-64 only.</summary>
    private static readonly int s_eventBytes = RuntimeInformation.ProcessArchitecture == Architecture.X64 ? 12 : 16;

    private readonly int _poll = CreatePoll(0);
    private readonly byte[] _events;
    private readonly int _most;
    private readonly byte[] _address = new byte[16];

    /// <summary>Makes a poller of connections to one server.</summary>
    /// <param name="port">Its port on 127.0.0.1.</param>
    /// <param name="most">Events at once.</param>
    public Poller(int port, int most)
    {
        _most = most;
        _events = new byte[most * s_eventBytes];
        MemoryMarshal.Write(_address, (short)Internet);
        (_address[2], _address[3], _address[4], _address[7]) = ((byte)(port >> 8), (byte)port, 127, 1);
    }

    /// <summary>Connects; over loopback that is done at once, unless nobody accepts.</summary>
    /// <param name="tag">What <see cref="Wait"/> calls it by when an answer is there.</param>
    /// <returns>The socket; −1 when it was refused.</returns>
    public int Connect(int tag)
    {
        int socket = NewSocket(Internet, StreamNonBlockingCloseOnExec, 0);
        int on = 1;
        _ = SetOption(socket, Tcp, NoDelay, in on, sizeof(int));
        if (socket < 0 || (Connect(socket, _address, _address.Length) < 0 && Marshal.GetLastPInvokeError() != InProgress))
        {
            Close(socket);
            return -1;
        }

        Span<byte> interest = stackalloc byte[16];
        MemoryMarshal.Write(interest, Readable);
        MemoryMarshal.Write(interest[(s_eventBytes - sizeof(long))..], (long)tag);
        _ = Control(_poll, AddInterest, socket, interest);
        return socket;
    }

    /// <summary>Waits for answers.</summary>
    /// <param name="tags">Takes whose they are; as long as the events at once.</param>
    /// <param name="milliseconds">No longer than that.</param>
    /// <returns>How many there are.</returns>
    public int Wait(Span<int> tags, int milliseconds)
    {
        int count = Math.Max(0, Wait(_poll, _events, _most, milliseconds));
        for (int i = 0; i < count; i++)
        {
            tags[i] = (int)MemoryMarshal.Read<long>(_events.AsSpan(((i + 1) * s_eventBytes) - sizeof(long)));
        }

        return count;
    }

    /// <summary>Sends; a request always fits the socket's buffer.</summary>
    /// <returns>Whether all of it was taken.</returns>
    public static bool Send(int socket, ReadOnlySpan<byte> request) =>
        Send(socket, request, request.Length, NoSignal) == request.Length;

    /// <summary>Takes what has come.</summary>
    /// <returns>Bytes; 0 at the end; negative when nothing is there, or the connection is broken.</returns>
    public static int Receive(int socket, Span<byte> buffer) => (int)Receive(socket, buffer, buffer.Length, 0);

    /// <summary>Closes a socket, and forgets it.</summary>
    public static void Close(int socket)
    {
        if (socket >= 0)
        {
            _ = CloseFile(socket);
        }
    }

    /// <inheritdoc/>
    public void Dispose() => Close(_poll);

    [LibraryImport("libc", EntryPoint = "epoll_create1")]
    private static partial int CreatePoll(int flags);

    [LibraryImport("libc", EntryPoint = "epoll_ctl")]
    private static partial int Control(int poll, int operation, int file, ReadOnlySpan<byte> interest);

    [LibraryImport("libc", EntryPoint = "epoll_wait")]
    private static partial int Wait(int poll, Span<byte> events, int most, int milliseconds);

    [LibraryImport("libc", EntryPoint = "socket")]
    private static partial int NewSocket(int domain, int type, int protocol);

    [LibraryImport("libc", EntryPoint = "connect", SetLastError = true)]
    private static partial int Connect(int socket, ReadOnlySpan<byte> address, int length);

    [LibraryImport("libc", EntryPoint = "setsockopt")]
    private static partial int SetOption(int socket, int level, int option, in int value, int length);

    [LibraryImport("libc", EntryPoint = "send")]
    private static partial nint Send(int socket, ReadOnlySpan<byte> bytes, nint length, int flags);

    [LibraryImport("libc", EntryPoint = "recv", SetLastError = true)]
    private static partial nint Receive(int socket, Span<byte> bytes, nint length, int flags);

    [LibraryImport("libc", EntryPoint = "close")]
    private static partial int CloseFile(int file);
}
