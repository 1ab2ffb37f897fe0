using System.Diagnostics;
using System.Globalization;
using JamBox.App;
using JamBox.Board;
using JamBox.Interop;
using JamBox.Ota;
using JamBox.Ports;
using JamBox.Provisioning;
using nanoFramework.Device.Bluetooth.Advertisement;

namespace JamBox.Twin.Board;

/// <summary>
/// The unmodified firmware of the board, with the adapters that it has on the board, in real time: its <c>Main</c> runs on a thread of
/// its own against the stand-ins. The world around it (clock, modem, air) belongs to the thread that calls <see cref="Run"/>; between
/// the two there are only queues of bytes, as between the chip and what is soldered to it.
/// </summary>
internal sealed class BoardRun : IDisposable
{
    private const string NvsNamespace = "jambox";

    // Finer than anything on the board can tell; nanoCLR's own grain is 10 ms.
    private const int StepMs = 2;
    private const int MaxRecordsAStep = 64;

    // From a reset to the first instruction of Main.
    private const int BootMs = 300;

    private static readonly byte[] s_plainPayload = [2, 1, 6];
    private static readonly byte[] s_applePayload = [2, 1, 6, 6, 0xFF, 0x4C, 0, 0x12, 1, 0];
    private static readonly byte[] s_appleInUsePayload = [2, 1, 6, 6, 0xFF, 0x4C, 0, 0x10, 1, 0];

    private readonly IModemLink _modem;
    private readonly IRadio _radio;
    private readonly IClock _world;
    private readonly byte[] _bytes = new byte[256];
    private readonly byte[] _records = new byte[MaxRecordsAStep * RadioRecord.Size];
    private readonly Stopwatch _elapsed = new();
    private BoardHost? _board;
    private long _worldStartMs;
    private long _bootedAtWorldMs;
    private long _bootAtMs;
    private ResetCause _cause = ResetCause.Power;
    private int _listensTo = -1;
    private bool _isResetAsked;

    /// <param name="identity">Who the box is; <c>null</c> for a box fresh from the factory.</param>
    /// <param name="modem">The modem, powered.</param>
    /// <param name="radio">What is on air: told what the box listens to, and drained of what it would hear then.</param>
    /// <param name="world">The clock that moves modem and air: <see cref="Run"/> lets it sleep along with real time.</param>
    /// <param name="nvsFile">Where the box's NVS is kept; <c>null</c> in memory.</param>
    public BoardRun(BoardIdentity? identity, IModemLink modem, IRadio radio, IClock world, string? nvsFile = null)
    {
        _modem = modem;
        _radio = radio;
        _world = world;
        Nvs = new BoardNvs(nvsFile);
        if (identity is not null)
        {
            Nvs.Store("ident", NvsNamespace, BoxIdentity.DeviceIdKey, identity.DeviceId);
            Nvs.Store("ident", NvsNamespace, BoxIdentity.TokenKey, identity.Token);
            Nvs.Store("ident", NvsNamespace, BoxIdentity.HostKey, identity.Host);
            Nvs.Store("ident", NvsNamespace, BoxIdentity.PortKey, identity.Port.ToString(CultureInfo.InvariantCulture));
            Nvs.Store("ident", NvsNamespace, BoxIdentity.ApnKey, identity.Apn);
            Nvs.Store("ident", NvsNamespace, TrustedKeys.FirstKey, identity.OtaKey);
            Nvs.Store("nvs", NvsNamespace, BoxIdentity.CellularOkKey, [1]);
        }
    }

    /// <summary>Gets or sets the firmware: the <c>Main</c> of the production firmware, or of the other one.</summary>
    public Action Firmware { get; set; } = JamBox.Atoms3.Program.Main;

    /// <summary>Gets or sets a value indicating whether the base is v1.1, whose modem hangs on the I²C expander.</summary>
    public bool HasExpander { get; set; } = true;

    /// <summary>Gets the access points around, for the scan at boot: BSSID as <c>AA-BB-CC-DD-EE-FF</c>, dBm.</summary>
    public List<(string Bssid, sbyte RssiDbm)> AccessPoints { get; } = [];

    /// <summary>Gets or sets what gets each line of the debug output. Called on the firmware's threads.</summary>
    public Action<string> Log { get; set; } = static _ => { };

    /// <summary>Gets or sets what is told every colour of the LED: red, green, blue.</summary>
    public Action<byte, byte, byte> LedShown { get; set; } = static (_, _, _) => { };

    /// <summary>Gets the NVS, to store a configuration before the first boot or look at what is there.</summary>
    public BoardNvs Nvs { get; }

    /// <summary>Gets the flash, to put an image or a record there before the first boot or look at what is there.</summary>
    public BoardFlash Flash { get; } = new();

    /// <summary>Gets the files of the internal drive, which only the stock build has.</summary>
    public BoardDrive Drive { get; } = new();

    /// <summary>Gets the board of the present boot; <c>null</c> before the first and between two.</summary>
    public BoardHost? Board => _board;

    /// <summary>Gets how often the box has booted.</summary>
    public int Boots { get; private set; }

    /// <summary>
    /// Gets what <c>Main</c> or the thread of an event ended with, which on a board would leave a CLR that waits for a debugger.
    /// </summary>
    public string? Stuck { get; private set; }

    /// <summary>Gets the bytes that the box wrote faster than the serial hardware takes them.</summary>
    public long LateBytes { get; private set; }

    /// <summary>Gets the bytes from the modem that the box lost.</summary>
    public long FlushedBytes { get; private set; }

    /// <summary>Gets how often two users had the one radio.</summary>
    public int RadioConflicts { get; private set; }

    /// <summary>Runs world and box in real time, until told to stop. A box that reboots boots again.</summary>
    /// <param name="stop">Ends it.</param>
    public void Run(CancellationToken stop)
    {
        _elapsed.Start();
        _worldStartMs = _world.UptimeMs;
        while (!stop.IsCancellationRequested)
        {
            Step();
            Thread.Sleep(StepMs);
        }
    }

    /// <summary>Presses or releases the main button.</summary>
    /// <param name="isPressed">Whether it is down.</param>
    public void Press(bool isPressed)
    {
        _board?.Button.Set(isPressed);
    }

    /// <summary>Presses the side button: the chip's reset line.</summary>
    public void PressReset()
    {
        _board?.SwitchOff(ResetCause.Power);
    }

    /// <inheritdoc/>
    public void Dispose()
    {
        _board?.Dispose();
        Collect();
    }

    private void Step()
    {
        long nowMs = _elapsed.ElapsedMilliseconds;
        long behindMs = nowMs - (_world.UptimeMs - _worldStartMs);
        if (behindMs > 0)
        {
            _world.Sleep((int)behindMs);
        }

        if (_board is null)
        {
            if (nowMs >= _bootAtMs)
            {
                Boot();
            }

            return;
        }

        MoveBytes(_board);
        MoveRecords(_board);
        Stuck ??= Describe("an event", _board.Events.DiedOf) ?? Describe("Bluetooth", _board.Ble.DiedOf);
        if (_board.Watchdog.HasExpired)
        {
            _board.SwitchOff(ResetCause.Watchdog);
        }

        if (_board.Reset.IsCompleted)
        {
            _cause = _board.Reset.Result;
            Collect();
            _board = null;
            _bootAtMs = nowMs + BootMs;
        }
    }

    private void Boot()
    {
        // As the start-up hook does: an error is in the record, or comes again at the next boot.
        _ = Flash.BootCopies.Run(Flash);
        BoardHost board = new(_cause, Nvs, Flash) { Log = Log, Drive = Drive };
        board.Led.Shown = LedShown;
        board.Wifi.AccessPoints.AddRange(AccessPoints);
        if (HasExpander)
        {
            board.Expander = new BoardExpander { Changed = OnModemLines };
        }

        _bootedAtWorldMs = _world.UptimeMs;
        _listensTo = -1;
        _board = board;
        Boots++;
        board.Run(Firmware, thrown => Stuck ??= Describe("Main", thrown) ?? "Main returned");
    }

    private void OnModemLines(bool hasPower, bool isInReset)
    {
        Volatile.Write(ref _isResetAsked, Volatile.Read(ref _isResetAsked) || isInReset);
    }

    private void MoveBytes(BoardHost board)
    {
        bool isPowered = board.Expander is null || board.Expander.HasPower;
        if (Volatile.Read(ref _isResetAsked))
        {
            Volatile.Write(ref _isResetAsked, false);
            _modem.HardwareReset();
        }

        int count;
        while ((count = board.Uart.TakeSent(_bytes)) > 0)
        {
            if (isPowered)
            {
                _modem.Write(_bytes, 0, count);
            }
        }

        while ((count = _modem.Read(_bytes, 0, _bytes.Length)) > 0)
        {
            if (isPowered)
            {
                board.Uart.Receive(_bytes.AsSpan(0, count));
            }
        }
    }

    private void MoveRecords(BoardHost board)
    {
        int listensTo = board.Ble.IsScanning ? 0 : board.Sniffer.IsListening ? board.Sniffer.Channel : _listensTo;
        if (listensTo != _listensTo)
        {
            _listensTo = listensTo;
            if (listensTo == 0)
            {
                _radio.ListenBle();
            }
            else
            {
                _radio.ListenWifi(listensTo);
            }
        }

        int count;
        while ((count = _radio.DrainProbes(_records)) > 0)
        {
            for (int i = 0; i < count; i++)
            {
                Span<byte> record = _records.AsSpan(i * RadioRecord.Size, RadioRecord.Size);
                SetUptime(record);
                board.Sniffer.Hear(record);
            }
        }

        while ((count = _radio.DrainAdverts(_records)) > 0)
        {
            for (int i = 0; i < count; i++)
            {
                Advertise(board, _records.AsSpan(i * RadioRecord.Size, RadioRecord.Size));
            }
        }
    }

    /// <summary>The air stamps with the world's uptime; the box has its own.</summary>
    private void SetUptime(Span<byte> record)
    {
        Span<byte> time = record[RadioRecord.TimeMs..];
        uint worldMs = BitConverter.ToUInt32(time);
        BitConverter.TryWriteBytes(time, worldMs - (uint)_bootedAtWorldMs);
    }

    private static void Advertise(BoardHost board, ReadOnlySpan<byte> record)
    {
        ulong address = 0;
        for (int i = 0; i < 6; i++)
        {
            address = (address << 8) | record[i];
        }

        byte flags = record[RadioRecord.Flags];
        board.Ble.Receive(
            address,
            (flags & RadioRecord.FlagRandomAddress) != 0,
            (flags & RadioRecord.FlagScanResponse) != 0
                ? BluetoothLEAdvertisementType.ScanResponse
                : BluetoothLEAdvertisementType.ConnectableUndirected,
            (sbyte)record[RadioRecord.RssiDbm],
            (flags & RadioRecord.FlagAppleInUse) != 0 ? s_appleInUsePayload
                : (flags & RadioRecord.FlagApple) != 0 ? s_applePayload : s_plainPayload);
    }

    private void Collect()
    {
        if (_board is { } board)
        {
            LateBytes += board.Uart.LateBytes;
            FlushedBytes += board.Uart.FlushedBytes;
            RadioConflicts += board.RadioConflicts;
        }
    }

    private static string? Describe(string what, Exception? thrown) =>
        thrown is null ? null : $"{what} ended with {thrown.GetType().Name}: {thrown.Message}";
}

/// <summary>What the bench writes into a box over serial.</summary>
/// <param name="DeviceId"><c>JBNB</c> and four digits.</param>
/// <param name="Token">Its bearer token.</param>
/// <param name="Host">The backend, as the box dials it.</param>
/// <param name="Port">Its port.</param>
/// <param name="Apn">Access point name.</param>
/// <param name="OtaKey">Public key of releases, 64 bytes; <c>null</c> = none: the box takes no update.</param>
internal sealed record BoardIdentity(string DeviceId, string Token, string Host, int Port, string Apn = "hologram", byte[]? OtaKey = null);
