using System.Net.Sockets;

namespace JamBox.Edge.ArduinoOta;

/// <summary>The second part of a push, over the module's own TCP connection: blocks, their counts, and the module's last word.</summary>
internal sealed class OtaTransfer
{
    /// <summary>The bytes of a block.</summary>
    public const int BlockBytes = 1024;

    private readonly Socket _connection;
    private readonly string _name;
    private readonly OtaOptions _options;
    private readonly TimeProvider _time;
    private readonly AckReader _acks = new();
    private readonly byte[] _buffer = new byte[256];

    /// <summary>Makes it.</summary>
    /// <param name="connection">The module's connection.</param>
    /// <param name="name">How the module is called in messages.</param>
    /// <param name="options">The settings.</param>
    /// <param name="time">The clock.</param>
    public OtaTransfer(Socket connection, string name, OtaOptions options, TimeProvider time)
    {
        _connection = connection;
        _name = name;
        _options = options;
        _time = time;
    }

    /// <summary>Sends the image.</summary>
    /// <param name="image">All of it.</param>
    /// <param name="progress">Bytes taken by the module, after each block; may be null.</param>
    /// <param name="cancel">Ends it in the middle: the module keeps what it had.</param>
    /// <returns>Whether the module confirmed the whole; if not it was gone after the last byte, and without a word against it.</returns>
    /// <exception cref="OtaException">It broke off, stopped taking blocks, or refused the image.</exception>
    public async Task<bool> RunAsync(ReadOnlyMemory<byte> image, IProgress<int>? progress, CancellationToken cancel)
    {
        _connection.NoDelay = true;
        int sent = 0;
        while (sent < image.Length)
        {
            ReadOnlyMemory<byte> block = image.Slice(sent, Math.Min(BlockBytes, image.Length - sent));
            using TimeLimit limit = new(TimeSpan.FromSeconds(_options.BlockSeconds), _time, cancel);
            await SendAsync(block, sent, limit.Token, cancel).ConfigureAwait(false);

            // The OK at the end says all that the last count could say, and a module that has all of it starts again a moment later: a
            // count that was lost on the way does not come any more.
            bool isLast = sent + block.Length == image.Length;
            while (!isLast && !_acks.TryTake(block.Length) && !_acks.IsOk)
            {
                await ReceiveAsync(sent, image.Length, limit.Token, cancel).ConfigureAwait(false);
            }

            sent += block.Length;
            progress?.Report(sent);
        }

        return await ResultAsync(image.Length, cancel).ConfigureAwait(false);
    }

    private async Task<bool> ResultAsync(int size, CancellationToken cancel)
    {
        using TimeLimit limit = new(TimeSpan.FromSeconds(_options.ResultSeconds), _time, cancel);
        while (!_acks.IsOk)
        {
            try
            {
                int count = await _connection.ReceiveAsync(_buffer.AsMemory(), SocketFlags.None, limit.Token).ConfigureAwait(false);
                if (count == 0)
                {
                    return _acks.Text.Length > 0 ? throw Rejected(size) : false;
                }

                _acks.Feed(_buffer.AsSpan(0, count));
            }
            catch (SocketException)
            {
                return _acks.Text.Length > 0 ? throw Rejected(size) : false;
            }
            catch (OperationCanceledException) when (!cancel.IsCancellationRequested)
            {
                throw _acks.Text.Length > 0
                    ? Rejected(size)
                    : new OtaException(
                        OtaFault.Stalled, $"{_name} took all {size:N0} bytes and said nothing for {_options.ResultSeconds} s.");
            }
        }

        return true;
    }

    private async Task SendAsync(ReadOnlyMemory<byte> block, int sent, CancellationToken limit, CancellationToken cancel)
    {
        try
        {
            int offset = 0;
            while (offset < block.Length)
            {
                offset += await _connection.SendAsync(block[offset..], SocketFlags.None, limit).ConfigureAwait(false);
            }
        }
        catch (SocketException fault)
        {
            // Why it hung up may still lie in the buffer.
            await DrainAsync(limit).ConfigureAwait(false);
            throw Lost(sent, fault);
        }
        catch (OperationCanceledException) when (!cancel.IsCancellationRequested)
        {
            throw Stalled(sent);
        }
    }

    private async Task ReceiveAsync(int sent, int size, CancellationToken limit, CancellationToken cancel)
    {
        int count;
        try
        {
            count = await _connection.ReceiveAsync(_buffer.AsMemory(), SocketFlags.None, limit).ConfigureAwait(false);
        }
        catch (SocketException fault)
        {
            throw Lost(sent, fault);
        }
        catch (OperationCanceledException) when (!cancel.IsCancellationRequested)
        {
            throw Stalled(sent);
        }

        if (count == 0)
        {
            throw Lost(sent, null);
        }

        _acks.Feed(_buffer.AsSpan(0, count));
        if (_acks.IsOk && sent + BlockBytes < size)
        {
            throw new OtaException(OtaFault.BadAnswer, $"{_name} said OK after {sent:N0} of {size:N0} bytes.");
        }
    }

    private async Task DrainAsync(CancellationToken limit)
    {
        try
        {
            int count = await _connection.ReceiveAsync(_buffer.AsMemory(), SocketFlags.None, limit).ConfigureAwait(false);
            _acks.Feed(_buffer.AsSpan(0, count));
        }
        catch (Exception gone) when (gone is SocketException or OperationCanceledException)
        {
            // It left nothing behind.
        }
    }

    private OtaException Rejected(int size) => new(
        OtaFault.Rejected, $"{_name} took all {size:N0} bytes and refused the image: \"{_acks.Text}\".");

    private OtaException Stalled(int sent) => new(
        OtaFault.Stalled, $"{_name} stopped after {sent:N0} bytes: nothing for {_options.BlockSeconds} s.");

    private OtaException Lost(int sent, Exception? fault) => new(
        _acks.Text.Length > 0 ? OtaFault.Rejected : OtaFault.ConnectionLost,
        _acks.Text.Length > 0
            ? $"{_name} ended the transfer after {sent:N0} bytes: \"{_acks.Text}\"."
            : $"The connection to {_name} broke after {sent:N0} bytes.",
        fault);
}
