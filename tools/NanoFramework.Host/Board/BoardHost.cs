using System.Diagnostics;
using JamBox.Interop;

namespace JamBox.Board;

/// <summary>
/// The board that the stand-ins stand on: one boot of it, from power or reset to the next. Firmware finds it as
/// <see cref="Current"/> on the thread that called <see cref="MakeCurrent"/> and on all threads started from there, so that several
/// boards can run side by side. After <see cref="SwitchOff"/> every thread of the firmware stops at its next call of a stand-in.
/// </summary>
public sealed class BoardHost : IDisposable
{
    private static readonly AsyncLocal<BoardHost?> s_current = new();

    private readonly long _bootedAt = Stopwatch.GetTimestamp();
    private readonly TaskCompletionSource<ResetCause> _reset = new(TaskCreationOptions.RunContinuationsAsynchronously);
    private volatile bool _isOff;

    /// <summary>The board starts.</summary>
    /// <param name="cause">Why.</param>
    /// <param name="nvs">Its NVS, which outlives a boot; a fresh one when <c>null</c>.</param>
    /// <param name="flash">Its raw partitions, which do too.</param>
    public BoardHost(ResetCause cause = ResetCause.Power, BoardNvs? nvs = null, BoardFlash? flash = null)
    {
        LastReset = cause;
        Nvs = nvs ?? new BoardNvs();
        Flash = flash ?? new BoardFlash();
        Events = new BoardEvents(this, "events");
        Uart = new BoardUart(this);
        Button = new BoardButton(this);
        Ble = new BoardBle(this);
    }

    /// <summary>Gets the board of the calling firmware. Does not return when the board is off.</summary>
    /// <exception cref="InvalidOperationException">There is none.</exception>
    public static BoardHost Current
    {
        get
        {
            BoardHost board = s_current.Value ?? throw new InvalidOperationException(
                "No board on this thread: BoardHost.MakeCurrent comes first.");
            if (board._isOff)
            {
                Park();
            }

            return board;
        }
    }

    /// <summary>Gets why it started.</summary>
    public ResetCause LastReset { get; }

    /// <summary>Gets the microseconds since it started.</summary>
    public long Microseconds => (long)(Stopwatch.GetElapsedTime(_bootedAt).Ticks / (TimeSpan.TicksPerMillisecond / 1000));

    /// <summary>Gets a task that ends when the board resets.</summary>
    public Task<ResetCause> Reset => _reset.Task;

    /// <summary>Gets the key-value partitions.</summary>
    public BoardNvs Nvs { get; }

    /// <summary>Gets the raw partitions.</summary>
    public BoardFlash Flash { get; }

    /// <summary>Gets or sets the internal drive, which outlives a boot.</summary>
    public BoardDrive Drive { get; set; } = new();

    /// <summary>Gets the thread of the events.</summary>
    public BoardEvents Events { get; }

    /// <summary>Gets the UART to the modem.</summary>
    public BoardUart Uart { get; }

    /// <summary>Gets the pins' functions.</summary>
    public BoardPinMap Pins { get; } = new();

    /// <summary>Gets the main button.</summary>
    public BoardButton Button { get; }

    /// <summary>Gets the LED.</summary>
    public BoardLed Led { get; } = new();

    /// <summary>Gets or sets the I²C expander of the base; <c>null</c> on base v1.0.</summary>
    public BoardExpander? Expander { get; set; }

    /// <summary>Gets the promiscuous Wi-Fi.</summary>
    public BoardSniffer Sniffer { get; } = new();

    /// <summary>Gets Bluetooth LE.</summary>
    public BoardBle Ble { get; }

    /// <summary>Gets the Wi-Fi scan.</summary>
    public BoardWifi Wifi { get; } = new();

    /// <summary>Gets the RTC watchdog.</summary>
    public BoardWatchdog Watchdog { get; } = new();

    /// <summary>Gets or sets the free managed heap that the runtime reports, bytes.</summary>
    public uint FreeHeapBytes { get; set; } = 96 * 1024;

    /// <summary>Gets or sets the free native memory, bytes; half of it is in one block.</summary>
    public uint NativeFreeBytes { get; set; } = 96 * 1024;

    /// <summary>Gets the assemblies whose native part this nanoCLR was built without: each call of them throws.</summary>
    public HashSet<string> MissingNativeParts { get; } = [];

    /// <summary>Gets or sets what gets each line of the debug output.</summary>
    public Action<string> Log { get; set; } = static _ => { };

    /// <summary>Gets or sets what fills buffers with random bytes.</summary>
    public Action<byte[]> FillRandom { get; set; } = static buffer => System.Security.Cryptography.RandomNumberGenerator.Fill(buffer);

    /// <summary>Gets how often two users had the one radio at the same time. The firmware is to see that it never happens.</summary>
    public int RadioConflicts { get; private set; }

    /// <summary>To be called where the original calls native code.</summary>
    /// <param name="assembly">Whose.</param>
    /// <exception cref="NotSupportedException">This nanoCLR was built without it.</exception>
    internal void Need(string assembly)
    {
        if (MissingNativeParts.Contains(assembly))
        {
            throw new NotSupportedException($"{assembly}: no native part");
        }
    }

    /// <summary>Makes it the board of this thread and of those that are started from it.</summary>
    public void MakeCurrent()
    {
        s_current.Value = this;
    }

    /// <summary>Runs firmware on this board, on a thread of its own.</summary>
    /// <param name="main">Its <c>Main</c>. When it returns or throws, the real CLR would wait for a debugger: <paramref name="ended"/> says
    /// so.</param>
    /// <param name="ended">Called then, with what was thrown.</param>
    /// <returns>The thread.</returns>
    public Thread Run(Action main, Action<Exception?>? ended = null)
    {
        Thread thread = new(() =>
        {
            MakeCurrent();
            Exception? thrown = null;
            try
            {
                main();
            }
            catch (Exception e)
            {
                thrown = e;
            }

            ended?.Invoke(thrown);
        }) { IsBackground = true, Name = "firmware" };
        thread.Start();
        return thread;
    }

    /// <summary>The board resets: what runs on it stops, <see cref="Reset"/> ends.</summary>
    /// <param name="cause">Why.</param>
    public void SwitchOff(ResetCause cause)
    {
        _isOff = true;
        Events.Stop();
        Ble.SwitchOff();
        Uart.SwitchOff();
        Nvs.LosePower();
        _reset.TrySetResult(cause);
    }

    /// <inheritdoc/>
    public void Dispose()
    {
        SwitchOff(ResetCause.Power);
    }

    /// <summary>Stops the calling thread for ever: no power, no instruction.</summary>
    internal static void Park()
    {
        Thread.Sleep(Timeout.Infinite);
    }

    /// <summary>Counts when more than one of the three users has the radio.</summary>
    internal void CheckRadio()
    {
        int users = (Sniffer.IsListening ? 1 : 0) + (Ble.IsScanning ? 1 : 0) + (Wifi.IsScanning ? 1 : 0);
        if (users > 1)
        {
            RadioConflicts++;
        }
    }
}

/// <summary>The RTC watchdog. It bites when somebody looks: whoever runs the board asks <see cref="HasExpired"/> now and then.</summary>
public sealed class BoardWatchdog
{
    private long _fedAt;

    /// <summary>Gets the time-out in ms; 0 when it was not started.</summary>
    public int TimeoutMs { get; private set; }

    /// <summary>Gets how often it was fed.</summary>
    public long Feeds { get; private set; }

    /// <summary>Gets a value indicating whether it has been left alone for too long.</summary>
    public bool HasExpired => TimeoutMs > 0 && Stopwatch.GetElapsedTime(Interlocked.Read(ref _fedAt)).TotalMilliseconds > TimeoutMs;

    internal void Start(int timeoutMs)
    {
        Feed();
        TimeoutMs = timeoutMs;
    }

    internal void Feed()
    {
        Interlocked.Exchange(ref _fedAt, Stopwatch.GetTimestamp());
        Feeds++;
    }
}
