using System.Net;
using System.Net.Sockets;
using System.Security.Cryptography;

namespace JamBox.Edge.ArduinoOta;

/// <summary>
/// Pushes an image to a module by the ArduinoOTA protocol. One object serves any number of pushes at once; each has a port of its own.
/// </summary>
public sealed class OtaPush
{
    /// <summary>The largest image that is pushed, bytes: the largest flash of these modules.</summary>
    public const int MaxImageBytes = 32 * 1024 * 1024;

    private const int Flash = 0;

    private readonly OtaOptions _options;
    private readonly OtaPassword _password;
    private readonly TimeProvider _time;
    private readonly int _firstPort;
    private readonly int _lastPort;

    /// <summary>Makes it.</summary>
    /// <param name="options">The settings.</param>
    /// <param name="password">What is known of the modules' password.</param>
    /// <param name="time">The clock.</param>
    /// <exception cref="ArgumentException">A setting is out of its range.</exception>
    public OtaPush(OtaOptions options, OtaPassword password, TimeProvider time)
    {
        IReadOnlyList<string> faults = options.Faults();
        if (faults.Count > 0)
        {
            throw new ArgumentException(string.Join(' ', faults), nameof(options));
        }

        _options = options;
        _password = password;
        _time = time;
        OtaOptions.TryReadPorts(options.Ports, out _firstPort, out _lastPort);
    }

    /// <summary>Pushes an image.</summary>
    /// <param name="target">The module.</param>
    /// <param name="image">The whole image.</param>
    /// <param name="progress">Bytes taken by the module, after each block; may be null.</param>
    /// <param name="cancel">Breaks it off: the module then keeps what it had.</param>
    /// <param name="stop">Ends it only as long as the module has not connected.</param>
    /// <exception cref="OtaException">It failed; the module keeps what it had.</exception>
    /// <exception cref="ArgumentException">The image is empty or larger than <see cref="MaxImageBytes"/>.</exception>
    public async Task<OtaResult> PushAsync(
        OtaTarget target,
        ReadOnlyMemory<byte> image,
        IProgress<int>? progress,
        CancellationToken cancel,
        CancellationToken stop = default)
    {
        if (image.Length is 0 or > MaxImageBytes)
        {
            throw new ArgumentException($"An image has 1 to {MaxImageBytes:N0} bytes, this one {image.Length:N0}.", nameof(image));
        }

        long begun = _time.GetTimestamp();
        using CancellationTokenSource all = new(TimeSpan.FromSeconds(_options.PushSeconds), _time);
        using CancellationTokenSource ends = CancellationTokenSource.CreateLinkedTokenSource(all.Token, cancel);
        try
        {
            bool isConfirmed = await PushOnceAsync(target, image, progress, ends.Token, stop).ConfigureAwait(false);
            return new OtaResult(isConfirmed, _time.GetElapsedTime(begun));
        }
        catch (OperationCanceledException) when (all.IsCancellationRequested && !cancel.IsCancellationRequested)
        {
            throw new OtaException(
                OtaFault.Stalled,
                $"{target.Name} was not done after {_options.PushSeconds} s; the push was broken off.");
        }
        finally
        {
            // What still waits in the background ends too.
            await ends.CancelAsync().ConfigureAwait(false);
        }
    }

    private async Task<bool> PushOnceAsync(
        OtaTarget target, ReadOnlyMemory<byte> image, IProgress<int>? progress, CancellationToken cancel, CancellationToken stop)
    {
        using CancellationTokenSource early = CancellationTokenSource.CreateLinkedTokenSource(cancel, stop);
        using Socket udp = Connect(target);

        // The system has chosen the way to the module: this is our address as the module sees it.
        IPAddress own = ((IPEndPoint)udp.LocalEndPoint!).Address;
        using OtaListener listener = OtaListener.Open(own, target.Address, _firstPort, _lastPort);
        string md5 = Convert.ToHexStringLower(MD5.HashData(image.Span));
        string message = $"{Flash} {listener.EndPoint.Port} {image.Length} {md5}\n";
        using OtaInvitation invitation = new(udp, listener, target, message, _password, _options, _time, early.Token);
        using Socket connection = await invitation.RunAsync().ConfigureAwait(false);
        return await new OtaTransfer(connection, target.Name, _options, _time).RunAsync(image, progress, cancel).ConfigureAwait(false);
    }

    private Socket Connect(OtaTarget target)
    {
        Socket udp = new(target.Address.AddressFamily, SocketType.Dgram, ProtocolType.Udp);
        try
        {
            udp.Connect(new IPEndPoint(target.Address, target.Port == 0 ? _options.Port : target.Port));
            return udp;
        }
        catch (SocketException fault)
        {
            udp.Dispose();
            throw new OtaException(
                OtaFault.NoAnswer, $"There is no way to {target.Name} at {target.Address}: {fault.Message}", fault);
        }
    }
}
