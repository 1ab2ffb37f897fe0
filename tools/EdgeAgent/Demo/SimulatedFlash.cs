using System.Security.Cryptography;

namespace JamBox.Edge.Demo;

/// <summary>
/// The update partition of a simulated module: erased in blocks of 64 KB and written in sectors of 4 KB, as Arduino's <c>Update</c> does,
/// with its texts for what goes wrong.
/// </summary>
internal sealed class SimulatedFlash
{
    private const int SectorBytes = 4096;
    private const int BlockBytes = 64 * 1024;

    private readonly byte[] _bytes;
    private readonly string _md5;
    private readonly FlashModel _model;
    private readonly TimeProvider _time;
    private readonly bool _flipsABit;
    private int _received;
    private int _written;

    /// <summary>Begins an update.</summary>
    public SimulatedFlash(int size, string md5, FlashModel model, bool flipsABit, TimeProvider time)
    {
        _bytes = new byte[size];
        _md5 = md5;
        _model = model;
        _flipsABit = flipsABit;
        _time = time;
    }

    /// <summary>What went wrong, in the words of <c>Update</c>; null = nothing yet.</summary>
    public string? Error { get; private set; }

    /// <summary>Whether all bytes are there, or nothing more is taken.</summary>
    public bool IsFinished => Error is not null || _written == _bytes.Length;

    /// <summary>What was written.</summary>
    public byte[] Bytes => _bytes;

    /// <summary>Takes a piece.</summary>
    /// <returns>How many bytes were taken; 0 after an error.</returns>
    public async Task<int> WriteAsync(ReadOnlyMemory<byte> piece, CancellationToken cancel)
    {
        if (Error is not null)
        {
            return 0;
        }

        if (piece.Length > _bytes.Length - _received)
        {
            Error = "Not Enough Space";
            return 0;
        }

        piece.CopyTo(_bytes.AsMemory(_received));
        _received += piece.Length;
        while (_received - _written > SectorBytes || (_received == _bytes.Length && _written < _received))
        {
            int sector = Math.Min(SectorBytes, _received - _written);
            if (_written == 0 && _bytes[0] != SimulatedImage.Magic)
            {
                Error = "Wrong Magic Byte";
                return 0;
            }

            await DelayAsync((_written % BlockBytes == 0 ? _model.EraseMs : 0) + _model.WriteMs, cancel).ConfigureAwait(false);
            _written += sector;
        }

        return piece.Length;
    }

    /// <summary>Ends the update.</summary>
    /// <returns>Whether the image is right and will be started.</returns>
    public bool End()
    {
        if (_flipsABit)
        {
            _bytes[^1] ^= 1;
        }

        if (Error is null && !IsFinished)
        {
            Error = "Aborted";
        }
        else if (Error is null && Convert.ToHexStringLower(MD5.HashData(_bytes)) != _md5)
        {
            Error = "MD5 Check Failed";
        }

        return Error is null;
    }

    private Task DelayAsync(int ms, CancellationToken cancel) =>
        ms == 0 ? Task.CompletedTask : Task.Delay(TimeSpan.FromMilliseconds(ms), _time, cancel);
}
