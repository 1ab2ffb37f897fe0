using System.Buffers;
using System.Diagnostics;
using System.Globalization;
using System.IO.Pipelines;
using System.Net.Security;
using System.Net.Sockets;
using System.Security.Authentication;
using System.Text;

namespace JamBox.BackendBenchmark.Mqtt;

/// <summary>
/// A device that talks MQTT over a bare socket. It comes back whenever it is cut, and sends again, marked so, what was not acknowledged, as
/// devices do. Messages are made in advance: what the load spends, the server lacks.
/// </summary>
internal sealed class MqttDevice
{
    /// <summary>A device that says nothing for longer is cut by the broker after one and a half times as long.</summary>
    private const int KeepAliveSeconds = 120;

    private const int SubscriptionId = 65_535;

    /// <summary>After a cut devices come back within so long, ms: far sooner than real ones do, and all at once.</summary>
    private const int MaxPauseMs = 200;

    /// <summary>The newest time of each device, ms since 1970, over all loads: no device says two things of one moment.</summary>
    private static readonly long[] s_times = new long[10_000];

    private static readonly TimeSpan s_connectLimit = TimeSpan.FromSeconds(30);

    private readonly MqttLoad _load;
    private readonly string _id;
    private readonly string _token;
    private readonly Flight[] _window;
    private readonly byte[] _message;
    private readonly byte[] _heartbeat;
    private readonly byte[] _output;
    private readonly int _idAt;
    private readonly int _numberAt;
    private readonly int _timeAt;
    private readonly SemaphoreSlim _sending = new(1, 1);
    private readonly int _number;
    private Stream? _stream;

    /// <summary>Makes it.</summary>
    /// <param name="load">What it is part of.</param>
    /// <param name="number">Which device it is.</param>
    /// <param name="token">Its token.</param>
    /// <param name="window">Messages on their way at once; 0 = it sends heartbeats alone.</param>
    public MqttDevice(MqttLoad load, int number, string token, int window)
    {
        _load = load;
        _number = number;
        _id = Backend.ThingId(number);
        _token = token;
        _window = [.. Enumerable.Range(0, window).Select(static _ => new Flight())];
        _heartbeat = MqttPackets.Publish(
            $"jambox/prod/heartbeat/{_id}",
            """{"uptime":86400,"rssi":-67,"free_heap":143264,"ssid":"four walls","ip":"192.168.1.42"}""", quality: 0);
        _message = MqttPackets.Publish($"jambox/device/{_id}/telemetry", load.Payload, quality: 1);
        _output = new byte[_message.Length * window];
        _idAt = MqttPackets.IdAt(_message);
        _numberAt = IndexOf("\"n\":") + 4;
        _timeAt = IndexOf("\"t\":") + 5;
    }

    /// <summary>Numbers of what was acknowledged.</summary>
    public List<int> Acknowledged { get; } = [];

    /// <summary>Lives until the load ends, and longer while something is not acknowledged.</summary>
    public async Task RunAsync()
    {
        while (!_load.Stopping.IsCancellationRequested || (IsWaiting && !_load.End.IsCancellationRequested))
        {
            try
            {
                using Stream stream = await ConnectAsync();
                PipeReader input = PipeReader.Create(stream, new StreamPipeReaderOptions(leaveOpen: true, useZeroByteReads: true));
                await SignInAsync(stream, input);
                _stream = stream;
                _load.Came();
                try
                {
                    await TalkAsync(input);
                }
                finally
                {
                    _load.Went();
                    _stream = null;
                }
            }
            catch (Exception gone) when (
                gone is IOException or SocketException or AuthenticationException or ObjectDisposedException or OperationCanceledException)
            {
                _load.Failed(gone);
                await Task.Delay(Random.Shared.Next(MaxPauseMs));
            }
        }
    }

    /// <summary>Sends a heartbeat and a question whether the broker is there.</summary>
    /// <returns>Whether it went out.</returns>
    public async Task<bool> BeatAsync()
    {
        if (_stream is not { } stream)
        {
            return false;
        }

        try
        {
            await SendAsync(stream, (byte[])[.. _heartbeat, .. MqttPackets.Ping.Span]);
            return true;
        }
        catch (Exception gone) when (gone is IOException or SocketException or ObjectDisposedException)
        {
            return false;
        }
    }

    private bool IsWaiting => Array.Exists(_window, static flight => flight.Number != 0);

    private int IndexOf(string name) => _message.AsSpan().IndexOf(Encoding.ASCII.GetBytes(name));

    private async Task<Stream> ConnectAsync()
    {
        await _load.ReachableAsync();
        using IDisposable turn = await _load.TurnAsync();
        Socket socket = new(AddressFamily.InterNetwork, SocketType.Stream, ProtocolType.Tcp) { NoDelay = true };
        try
        {
            await DialAsync(socket);
            NetworkStream plain = new(socket, ownsSocket: true);
            if (_load.Certificate is not { } trusted)
            {
                return plain;
            }

            SslStream secure = new(
                plain, leaveInnerStreamOpen: false, (_, got, _, _) => got?.GetCertHashString() == trusted.GetCertHashString());
            using CancellationTokenSource limit = CancellationTokenSource.CreateLinkedTokenSource(_load.End);
            limit.CancelAfter(s_connectLimit);
            await secure.AuthenticateAsClientAsync(new SslClientAuthenticationOptions { TargetHost = "localhost" }, limit.Token);
            return secure;
        }
        catch
        {
            socket.Dispose();
            throw;
        }
    }

    private async Task DialAsync(Socket socket)
    {
        try
        {
            await socket.ConnectAsync(_load.Address, _load.End);
        }
        catch (SocketException)
        {
            _load.Refused();
            throw;
        }
    }

    /// <summary>CONNECT, and the subscriptions that a device has.</summary>
    private async Task SignInAsync(Stream stream, PipeReader input)
    {
        using CancellationTokenSource limit = CancellationTokenSource.CreateLinkedTokenSource(_load.End);
        limit.CancelAfter(s_connectLimit);
        await stream.WriteAsync(
            (byte[])
            [
                .. MqttPackets.Connect(_id, _id, _token, isClean: true, KeepAliveSeconds),
                .. MqttPackets.Subscribe(SubscriptionId, $"jambox/device/{_id}/commands", $"jambox/prod/command/{_id}"),
            ],
            limit.Token);
        bool isAccepted = false, isSubscribed = false;
        while (!isSubscribed)
        {
            ReadResult result = await input.ReadAsync(limit.Token);
            ReadOnlySequence<byte> buffer = result.Buffer;
            while (!isSubscribed && MqttPackets.TryTake(ref buffer, out MqttPacket packet))
            {
                if (packet.Kind == MqttPackets.ConnectAnswer && packet.Number(0) != 0)
                {
                    throw new IOException($"the broker refuses {_id}: {packet.Number(0)}");
                }

                isAccepted |= packet.Kind == MqttPackets.ConnectAnswer;
                isSubscribed = packet.Kind == MqttPackets.SubscribeAnswer && isAccepted && Granted(packet);
            }

            input.AdvanceTo(buffer.Start, buffer.End);
            if (result.IsCompleted && !isSubscribed)
            {
                throw new IOException("the broker cut the connection");
            }
        }
    }

    private bool Granted(MqttPacket packet) =>
        packet.Body.Slice(2).ToArray().All(static code => code <= 1)
            ? true
            : throw new IOException($"the broker refuses the subscriptions of {_id}");

    private async Task TalkAsync(PipeReader input)
    {
        bool isAgain = true;
        while (true)
        {
            int length = Fill(isAgain);
            isAgain = false;
            if (length > 0)
            {
                await SendAsync(_stream!, _output.AsMemory(0, length));
            }
            else if (_load.Stopping.IsCancellationRequested && !IsWaiting)
            {
                await SendAsync(_stream!, MqttPackets.Disconnect);
                return;
            }

            ReadResult result = await input.ReadAsync(IsWaiting ? _load.End : _load.Stopping);
            ReadOnlySequence<byte> buffer = result.Buffer;
            while (MqttPackets.TryTake(ref buffer, out MqttPacket packet))
            {
                await TakeAsync(packet);
            }

            input.AdvanceTo(buffer.Start, buffer.End);
            if (result.IsCompleted)
            {
                return;
            }
        }
    }

    private async ValueTask TakeAsync(MqttPacket packet)
    {
        switch (packet.Kind)
        {
            case MqttPackets.MessageAnswer:
                Acknowledge(packet.Number(0));
                break;
            case MqttPackets.PingAnswer:
                _load.Answered();
                break;
            case MqttPackets.Message when packet.Flags >> 1 == 1:
                await SendAsync(_stream!, MqttPackets.Acknowledge(packet.Number(2 + packet.Number(0))));
                break;
            default:
                break;
        }
    }

    private void Acknowledge(int packetId)
    {
        if (packetId < 1 || packetId > _window.Length || _window[packetId - 1].Number == 0)
        {
            throw new IOException("the broker acknowledges what was not sent");
        }

        Flight flight = _window[packetId - 1];
        Acknowledged.Add(flight.Number);
        flight.Number = 0;
        _load.Took(Stopwatch.GetElapsedTime(flight.StartedAt));
    }

    /// <summary>Writes what is to be sent: new messages for every free place, and after a cut what was not acknowledged.</summary>
    private int Fill(bool isAgain)
    {
        int length = 0;
        for (int i = 0; i < _window.Length; i++)
        {
            Flight flight = _window[i];
            bool isNew = flight.Number == 0;
            if (isNew ? _load.Stopping.IsCancellationRequested : !isAgain)
            {
                continue;
            }

            if (isNew)
            {
                flight.Number = _load.NextNumber();
                flight.Time = s_times[_number] = Math.Max(s_times[_number] + 1, DateTimeOffset.UtcNow.ToUnixTimeMilliseconds());
                flight.StartedAt = Stopwatch.GetTimestamp();
            }

            Write(flight, i + 1, isNew, _output.AsSpan(length, _message.Length));
            length += _message.Length;
        }

        return length;
    }

    private void Write(Flight flight, int packetId, bool isNew, Span<byte> packet)
    {
        _message.CopyTo(packet);
        packet[0] |= isNew ? (byte)0 : MqttPackets.Again;
        packet[_idAt + 1] = (byte)packetId;
        flight.Number.TryFormat(packet[_numberAt..], out _, provider: CultureInfo.InvariantCulture);
        if (_load.HasTimes)
        {
            DateTimeOffset.FromUnixTimeMilliseconds(flight.Time)
                .TryFormat(packet[_timeAt..], out _, MqttLoad.TimeFormat, CultureInfo.InvariantCulture);
        }
    }

    private async Task SendAsync(Stream stream, ReadOnlyMemory<byte> bytes)
    {
        await _sending.WaitAsync();
        try
        {
            await stream.WriteAsync(bytes);
        }
        finally
        {
            _sending.Release();
        }
    }

    /// <summary>A place in the window.</summary>
    private sealed class Flight
    {
        /// <summary>The message's number; 0 = the place is free.</summary>
        public int Number { get; set; }

        /// <summary>The device's time of it, ms since 1970.</summary>
        public long Time { get; set; }

        public long StartedAt { get; set; }
    }
}
