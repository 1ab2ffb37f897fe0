using System.Net;
using System.Net.Sockets;
using System.Security.Cryptography;
using System.Text;

using JamBox.Edge.ArduinoOta;

namespace JamBox.Edge.Demo;

/// <summary>
/// The device side of ArduinoOTA over real sockets, step by step as Espressif's library does it: while an update runs no datagram is read,
/// a wrong answer or an invitation in place of one brings it back to the beginning without a word, and a module without data for a second
/// says its last count again, three times, before it gives up.
/// </summary>
public sealed class SimulatedModule : IAsyncDisposable
{
    private const int FlashCommand = 0;
    private const int AuthenticateCommand = 200;
    private const int MaxPiece = 1460;
    private const int MaxRepeats = 3;

    private static readonly TimeSpan s_dataLimit = TimeSpan.FromSeconds(1);
    private static readonly TimeSpan s_lastDelay = TimeSpan.FromMilliseconds(110);

    private readonly SimulatedModuleOptions _options;
    private readonly TimeProvider _time;
    private readonly Func<string, string, Task> _say;
    private readonly CancellationTokenSource _ends = new();
    private readonly Lock _gate = new();
    private TaskCompletionSource _reset = new(TaskCreationOptions.RunContinuationsAsynchronously);
    private Task _running = Task.CompletedTask;
    private byte[] _image;
    private byte[]? _imageBefore;
    private int _starts;
    private bool _isTold;
    private bool _isUp;
    private int _activity;

    /// <summary>Makes it; <see cref="Start"/> switches it on.</summary>
    /// <param name="options">What it is like.</param>
    /// <param name="time">Its clock.</param>
    /// <param name="say">Takes its hostname and version to the gateway's broker.</param>
    public SimulatedModule(SimulatedModuleOptions options, TimeProvider time, Func<string, string, Task> say)
    {
        _options = options;
        _time = time;
        _say = say;
        _image = options.Image;
    }

    private enum State
    {
        Idle,
        WaitsForProof,
        Updates,
    }

    /// <summary>Its name in the network.</summary>
    public string Hostname => _options.Hostname;

    /// <summary>Its address.</summary>
    public IPAddress Address => _options.Address;

    /// <summary>The image it runs.</summary>
    public byte[] Image => Volatile.Read(ref _image);

    /// <summary>The version of the image it runs.</summary>
    public string? Version => SimulatedImage.Read(Image)?.Version;

    /// <summary>How often it has started.</summary>
    public int Boots { get; private set; }

    /// <summary>Invitations that it heard.</summary>
    public int Invitations { get; private set; }

    /// <summary>Updates that it finished well.</summary>
    public int Updates { get; private set; }

    /// <summary>When it was last told to take an update; null = never.</summary>
    public DateTimeOffset? ToldAt { get; private set; }

    /// <summary>When it last said its version; null = never.</summary>
    public DateTimeOffset? SaidAt { get; private set; }

    /// <summary>The port that it connected from last was at this address: the gateway's as it was told.</summary>
    public IPEndPoint? ConnectedTo { get; private set; }

    /// <summary>Rises with whatever it does: who drives its clock sees by it that something is under way.</summary>
    public int Activity => Volatile.Read(ref _activity);

    /// <summary>What goes wrong.</summary>
    public ModuleFaults Faults => _options.Faults;

    /// <summary>Switches it on.</summary>
    public void Start() => _running = RunAsync(_ends.Token);

    /// <summary>
    /// Tells it to take an update: it starts again a moment later, whatever it does, and listens then. While it starts it hears nothing.
    /// </summary>
    public void Tell()
    {
        lock (_gate)
        {
            ToldAt = _time.GetUtcNow();
            if (_isUp)
            {
                _ = ObeyAsync(Boots);
            }
        }
    }

    /// <inheritdoc/>
    public async ValueTask DisposeAsync()
    {
        await _ends.CancelAsync().ConfigureAwait(false);
        await _running.ConfigureAwait(ConfigureAwaitOptions.SuppressThrowing);
        _ends.Dispose();
    }

    private static bool Counts(int left, Action<int> set)
    {
        if (left > 0)
        {
            set(left - 1);
        }

        return left > 0;
    }

    private async Task ObeyAsync(int boot)
    {
        try
        {
            await Task.Delay(TimeSpan.FromMilliseconds(_options.TellMs), _time, _ends.Token).ConfigureAwait(false);
        }
        catch (OperationCanceledException)
        {
            return;
        }

        lock (_gate)
        {
            if (Boots == boot)
            {
                _isTold = true;
                _reset.TrySetResult();
            }
        }
    }

    private async Task RunAsync(CancellationToken cancel)
    {
        while (true)
        {
            using CancellationTokenSource life = CancellationTokenSource.CreateLinkedTokenSource(cancel);
            bool mustListen;
            Task reset;
            lock (_gate)
            {
                _reset = new TaskCompletionSource(TaskCreationOptions.RunContinuationsAsynchronously);
                reset = _reset.Task;
                mustListen = _isTold || !_options.NeedsTrigger;
                _isTold = false;
                _isUp = false;
                Boots++;
            }

            Note();
            Task living = LiveAsync(mustListen, life.Token);
            await Task.WhenAny(living, reset).ConfigureAwait(false);
            await life.CancelAsync().ConfigureAwait(false);
            await living.ConfigureAwait(ConfigureAwaitOptions.SuppressThrowing);
            cancel.ThrowIfCancellationRequested();
        }
    }

    /// <summary>From one start to the next.</summary>
    private async Task LiveAsync(bool mustListen, CancellationToken cancel)
    {
        const int LoopBootMs = 1500;
        GoBackIfInVain();
        (string Version, ImageBehaviour Behaviour)? runs = SimulatedImage.Read(Image);
        await Task.Delay(TimeSpan.FromMilliseconds(_options.BootMs), _time, cancel).ConfigureAwait(false);
        lock (_gate)
        {
            _isUp = true;
        }

        if (runs is { Behaviour: ImageBehaviour.Good or ImageBehaviour.RebootLoop })
        {
            await _say(Hostname, runs.Value.Version).ConfigureAwait(false);
            SaidAt = _time.GetUtcNow();
        }

        Note();
        if (runs is null or { Behaviour: ImageBehaviour.Dead } || (!mustListen && runs.Value.Behaviour == ImageBehaviour.Good))
        {
            await Task.Delay(Timeout.InfiniteTimeSpan, cancel).ConfigureAwait(false);
        }

        if (runs is { Behaviour: ImageBehaviour.RebootLoop })
        {
            // It hears datagrams now and then, between two starts.
            _ = Task.Delay(TimeSpan.FromMilliseconds(LoopBootMs), _time, cancel).ContinueWith(
                _ => Reset(), CancellationToken.None, TaskContinuationOptions.NotOnCanceled, TaskScheduler.Default);
        }

        await ListenAsync(cancel).ConfigureAwait(false);
    }

    /// <summary>The bootloader's part.</summary>
    private void GoBackIfInVain()
    {
        const int MaxStarts = 3;
        if (_imageBefore is not null && SimulatedImage.Read(Image) is not { Behaviour: ImageBehaviour.Good }
            && _options.RollsBack && ++_starts > MaxStarts)
        {
            Volatile.Write(ref _image, _imageBefore);
            _imageBefore = null;
        }
    }

    private void Reset()
    {
        lock (_gate)
        {
            _reset.TrySetResult();
        }
    }

    private void Note() => Interlocked.Increment(ref _activity);

    /// <summary>The library's <c>handle</c>, for ever; ends when an update was finished and the module starts again.</summary>
    private async Task ListenAsync(CancellationToken cancel)
    {
        using Socket udp = new(_options.Address.AddressFamily, SocketType.Dgram, ProtocolType.Udp);
        udp.Bind(new IPEndPoint(_options.Address, _options.Port));
        byte[] buffer = new byte[512];
        State state = State.Idle;
        string nonce = string.Empty;
        Invitation invitation = default;
        while (true)
        {
            SocketReceiveFromResult heard = await udp
                .ReceiveFromAsync(buffer, SocketFlags.None, new IPEndPoint(IPAddress.Any, 0), cancel).ConfigureAwait(false);
            Note();
            if (Counts(Faults.DatagramsLost, left => Faults.DatagramsLost = left))
            {
                continue;
            }

            string text = Encoding.ASCII.GetString(buffer, 0, heard.ReceivedBytes);
            IPEndPoint remote = (IPEndPoint)heard.RemoteEndPoint;
            if (state == State.Idle)
            {
                if (Invitation.Parse(text) is not { } invited)
                {
                    continue;
                }

                Invitations++;
                invitation = invited;
                if (_options.PasswordHash is null)
                {
                    await AnswerAsync(udp, remote, "OK", cancel).ConfigureAwait(false);
                    state = State.Updates;
                }
                else
                {
                    nonce = RandomNumberGenerator.GetHexString(OtaAuthentication.Chars(_options.Scheme), lowercase: true);
                    bool isBad = Counts(Faults.BadNonces, left => Faults.BadNonces = left);
                    await AnswerAsync(udp, remote, $"AUTH {(isBad ? nonce[1..] + "g" : nonce)}", cancel).ConfigureAwait(false);
                    state = State.WaitsForProof;
                }
            }
            else
            {
                bool isOther = Counts(Faults.WrongNonces, left => Faults.WrongNonces = left);
                state = await CheckAsync(udp, remote, text, isOther ? new string('0', nonce.Length) : nonce, cancel).ConfigureAwait(false);
            }

            if (state == State.Updates)
            {
                if (await UpdateAsync(remote.Address, invitation, cancel).ConfigureAwait(false))
                {
                    return;
                }

                state = State.Idle;
            }
        }
    }

    private async Task<State> CheckAsync(Socket udp, IPEndPoint remote, string text, string nonce, CancellationToken cancel)
    {
        string[] parts = text.TrimEnd('\n').Split(' ');
        int chars = OtaAuthentication.Chars(_options.Scheme);
        if (parts.Length != 3 || parts[0] != $"{AuthenticateCommand}" || parts[1].Length != chars || parts[2].Length != chars)
        {
            return State.Idle;
        }

        if (parts[2] != OtaAuthentication.Respond(_options.Scheme, _options.PasswordHash!, nonce, parts[1]))
        {
            await AnswerAsync(udp, remote, "Authentication Failed", cancel).ConfigureAwait(false);
            return State.Idle;
        }

        await AnswerAsync(udp, remote, "OK", cancel).ConfigureAwait(false);
        return State.Updates;
    }

    private async Task AnswerAsync(Socket udp, IPEndPoint remote, string text, CancellationToken cancel)
    {
        if (!Counts(Faults.AnswersLost, left => Faults.AnswersLost = left))
        {
            await udp.SendToAsync(Encoding.ASCII.GetBytes(text), SocketFlags.None, remote, cancel).ConfigureAwait(false);
        }
    }

    /// <returns>Whether it starts the new image.</returns>
    private async Task<bool> UpdateAsync(IPAddress gateway, Invitation invitation, CancellationToken cancel)
    {
        if (invitation.Size > _options.PartitionBytes || Counts(Faults.MissingConnections, left => Faults.MissingConnections = left))
        {
            return false;
        }

        bool flips = Counts(Faults.FlippedBits, left => Faults.FlippedBits = left);
        SimulatedFlash flash = new(invitation.Size, invitation.Md5, _options.Flash, flips, _time);
        using Socket connection = new(_options.Address.AddressFamily, SocketType.Stream, ProtocolType.Tcp) { NoDelay = true };
        try
        {
            connection.Bind(new IPEndPoint(_options.Address, 0));
            ConnectedTo = new IPEndPoint(gateway, invitation.Port);
            await connection.ConnectAsync(ConnectedTo, cancel).ConfigureAwait(false);
            return await ReceiveAsync(connection, flash, cancel).ConfigureAwait(false);
        }
        catch (SocketException)
        {
            return false;
        }
    }

    private async Task<bool> ReceiveAsync(Socket connection, SimulatedFlash flash, CancellationToken cancel)
    {
        bool cuts = Counts(Faults.CutConnections, left => Faults.CutConnections = left);
        bool stalls = Counts(Faults.Stalls, left => Faults.Stalls = left);
        bool dies = Counts(Faults.PowerCuts, left => Faults.PowerCuts = left);
        bool losesCount = Counts(Faults.LastCountsLost, left => Faults.LastCountsLost = left);
        int half = flash.Bytes.Length / 2;
        byte[] buffer = new byte[Faults.PieceBytes == 0 ? MaxPiece : Faults.PieceBytes];
        int written = 0;
        int total = 0;
        int pieces = 0;
        while (!flash.IsFinished)
        {
            int count = await ReadAsync(connection, buffer, written, cancel).ConfigureAwait(false);
            if (count <= 0)
            {
                return false;
            }

            Note();
            if (_options.Flash.PieceMs > 0)
            {
                await Task.Delay(TimeSpan.FromMilliseconds(_options.Flash.PieceMs), _time, cancel).ConfigureAwait(false);
            }

            if (total >= half && (cuts || stalls || dies))
            {
                await BreakOffAsync(connection, cuts || dies, cancel).ConfigureAwait(false);
                return dies;
            }

            written = await flash.WriteAsync(buffer.AsMemory(0, count), cancel).ConfigureAwait(false);
            total += written;
            bool isLast = flash.IsFinished && flash.Error is null;
            if (written > 0 && !(isLast && (Faults.JoinsLastWord || losesCount)))
            {
                bool repeats = Faults.RepeatEvery > 0 && ++pieces % Faults.RepeatEvery == 0;
                await SayAsync(connection, repeats ? $"{written}{written}" : $"{written}", cancel).ConfigureAwait(false);
            }
        }

        if (!flash.End())
        {
            await SayAsync(connection, $"{flash.Error}\r\n", cancel).ConfigureAwait(false);
            return false;
        }

        // Which image it starts is settled before it says so.
        _imageBefore = Image;
        _starts = 0;
        Volatile.Write(ref _image, flash.Bytes);
        Updates++;
        if (losesCount || Counts(Faults.LastWordsLost, left => Faults.LastWordsLost = left))
        {
            connection.Close(0);
        }
        else
        {
            await SayAsync(connection, Faults.JoinsLastWord ? $"{written}OK" : "OK", cancel).ConfigureAwait(false);
            connection.Close();
        }

        await Task.Delay(s_lastDelay, _time, cancel).ConfigureAwait(false);
        return true;
    }

    /// <returns>Bytes; 0 when there are no more.</returns>
    private async Task<int> ReadAsync(Socket connection, byte[] buffer, int lastWritten, CancellationToken cancel)
    {
        Task<int> read = connection.ReceiveAsync(buffer.AsMemory(), SocketFlags.None, cancel).AsTask();
        for (int tries = 0; ; tries++)
        {
            try
            {
                return await read.WaitAsync(s_dataLimit, _time, cancel).ConfigureAwait(false);
            }
            catch (TimeoutException) when (lastWritten > 0 && tries < MaxRepeats)
            {
                await SayAsync(connection, $"{lastWritten}", cancel).ConfigureAwait(false);
            }
            catch (TimeoutException)
            {
                _ = read.ContinueWith(static ended => _ = ended.Exception, TaskScheduler.Default);
                return 0;
            }
        }
    }

    private async Task BreakOffAsync(Socket connection, bool cuts, CancellationToken cancel)
    {
        if (cuts)
        {
            // Power went: no farewell, a reset at the most.
            connection.Close(0);
            return;
        }

        await Task.Delay(TimeSpan.FromSeconds(30), _time, cancel).ConfigureAwait(false);
    }

    private static async Task SayAsync(Socket connection, string text, CancellationToken cancel) =>
        await connection.SendAsync(Encoding.ASCII.GetBytes(text), SocketFlags.None, cancel).ConfigureAwait(false);

    /// <summary>An invitation.</summary>
    private readonly record struct Invitation(int Port, int Size, string Md5)
    {
        public static Invitation? Parse(string text)
        {
            string[] parts = text.TrimEnd('\n', '\r').Split(' ');
            return parts.Length == 4 && parts[0] == $"{FlashCommand}" && int.TryParse(parts[1], out int port)
                && int.TryParse(parts[2], out int size) && size > 0 && parts[3].Length == OtaAuthentication.Md5Chars
                ? new Invitation(port, size, parts[3])
                : null;
        }
    }
}
