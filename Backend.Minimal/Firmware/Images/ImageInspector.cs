using System.Globalization;
using System.Security.Cryptography;

namespace JamBox.Backend.Firmware;

/// <summary>
/// Looks into a file with an image while it passes by, whatever the size of its pieces, and says what it is: an application, a merged
/// image, a bootloader, a partition table, or what else was uploaded by mistake. It keeps 8 KB.
/// </summary>
internal sealed class ImageInspector : IDisposable
{
    /// <summary>Where eboot, the ESP8266's boot code of Arduino, expects the application.</summary>
    private const int EbootAppAt = 0x1000;

    /// <summary>A bootloader ends before the partition table, which lies at 0x8000; an application is larger.</summary>
    private const int MaxBootloaderBytes = 0x8000;

    private const byte Empty = 0xFF;

    /// <summary>Stands at the beginning of a sector with signatures, behind an application: secure boot, second version.</summary>
    private const byte SignatureMagic = 0xE7;

    private const int SectorBytes = 0x1000;

    private readonly EspImageReader _first = new();
    private readonly IncrementalHash _file = IncrementalHash.CreateHash(HashAlgorithmName.SHA256);
    private readonly IncrementalHash _part = IncrementalHash.CreateHash(HashAlgorithmName.SHA256);
    private readonly PartitionTableWindow _window = new();
    private readonly byte[] _start = new byte[16];
    private EspImageReader? _second;
    private ImagePart? _bootloader;
    private ImagePart? _table;
    private string? _fault;
    private string? _trailing;
    private bool _isSigned;
    private long _position;
    private long _firstAt = -1;
    private long _firstEnd = -1;
    private long _secondAt = -1;

    /// <summary>Bytes that have passed by.</summary>
    public long Length => _position;

    /// <summary>Takes the next bytes.</summary>
    public void Append(ReadOnlySpan<byte> data)
    {
        _file.AppendData(data);
        int kept = (int)Math.Min(_start.Length - Math.Min(_position, _start.Length), data.Length);
        data[..kept].CopyTo(_start.AsSpan((int)Math.Min(_position, _start.Length - kept)));
        _window.Append(_position, data);
        while (!data.IsEmpty && _fault is null)
        {
            int taken = _firstEnd < 0 ? TakeFirst(data) : TakeRest(data);
            _position += taken;
            data = data[taken..];
        }

        _position += data.Length;
    }

    /// <summary>Says that nothing follows.</summary>
    /// <param name="sha256">The SHA-256 of the whole file, 64 lower hex digits.</param>
    /// <returns>What it is, or what is wrong with it.</returns>
    public (ImageFinding? Finding, string? Fault) Finish(out string sha256)
    {
        sha256 = Convert.ToHexStringLower(_file.GetCurrentHash());
        if (_position == 0)
        {
            return (null, "the file is empty");
        }

        if (OtherFiles.Name(_start.AsSpan(0, (int)Math.Min(_position, _start.Length))) is { } other)
        {
            return (null, other);
        }

        if (PartitionTable.IsAt(_start))
        {
            return (new ImageFinding(ImageKind.Table, null, null, Whole(sha256)), null);
        }

        string? fault = _fault ?? (_firstAt < 0 ? "it is empty flash, without an image" : _first.Finish());
        return fault is not null ? (null, fault) : Conclude(sha256);
    }

    /// <inheritdoc/>
    public void Dispose()
    {
        _first.Dispose();
        _second?.Dispose();
        _file.Dispose();
        _part.Dispose();
    }

    private ImagePart Whole(string sha256) => new(0, _position, sha256);

    private (ImageFinding? Finding, string? Fault) Conclude(string sha256)
    {
        if (_first.Layout != EspLayout.Esp32)
        {
            string? broken = _second?.Finish() is { } fault ? $"of its second image, at 0x1000, {fault}" : null;
            return broken is null ? (new ImageFinding(ImageKind.Esp8266, null, null, Whole(sha256)), null) : (null, broken);
        }

        if (_second is { Length: > 0 })
        {
            return _second.Finish() is { } fault ? (null, $"of the application, at byte 0x{_secondAt:X}, {fault}")
                : _second.ChipId != _first.ChipId
                ? (null, $"its bootloader is for {EspChip.Name(_first.ChipId)}, its application for {EspChip.Name(_second.ChipId)}")
                : (new ImageFinding(
                    ImageKind.Merged, _second.ChipId, _second.Description,
                    new ImagePart(_secondAt, _second.Length, Hash()), _bootloader, _table), null);
        }

        bool isApp = _first.Description is not null || _first.Length > MaxBootloaderBytes;
        return _firstAt > 0 || _secondAt >= 0
            ? (null, "it ends before its application: a merged image has bootloader, partition table and application")
            : _trailing is not null ? (null, _trailing)
            : (new ImageFinding(isApp ? ImageKind.App : ImageKind.Bootloader, _first.ChipId, _first.Description, Whole(sha256)), null);
    }

    private string Hash() => Convert.ToHexStringLower(_part.GetCurrentHash());

    /// <summary>
    /// The bootloader of a merged image, or the only image. What was merged from 0 on begins with a sector of empty flash.
    /// </summary>
    private int TakeFirst(ReadOnlySpan<byte> data)
    {
        if (_firstAt < 0)
        {
            int empty = data.IndexOfAnyExcept(Empty);
            if (empty != 0)
            {
                return empty < 0 ? data.Length : empty;
            }

            _firstAt = _position;
            if (_firstAt % SectorBytes != 0)
            {
                _fault = string.Create(
                    CultureInfo.InvariantCulture, $"before its first image stand {_firstAt} empty bytes: no whole sectors");
                return 0;
            }
        }

        int taken = _first.Append(data);
        _part.AppendData(data[..taken]);
        _fault = _first.Fault;
        if (_first.IsWhole)
        {
            _firstEnd = _position + taken;
            _bootloader = new ImagePart(_firstAt, _first.Length, Convert.ToHexStringLower(_part.GetHashAndReset()));
        }

        return taken;
    }

    private int TakeRest(ReadOnlySpan<byte> data)
    {
        if (_second is { IsWhole: false } reader && _position >= _secondAt)
        {
            int taken = reader.Append(data);
            _part.AppendData(data[..taken]);
            _fault = reader.Fault is null ? null : $"of the image at byte 0x{_secondAt:X}, {reader.Fault}";
            return taken;
        }

        if (_second is null && _first.Layout != EspLayout.Esp32)
        {
            return TakeEsp8266(data);
        }

        if (_first.Description is not null)
        {
            return TakeTrailing(data);
        }

        if (_second is null && _position >= PartitionTableWindow.End && _secondAt < 0)
        {
            FindApp();
            return 0;
        }

        // Up to where something begins; behind the application may be anything: data, file systems.
        long until = _second is null ? PartitionTableWindow.End : _secondAt;
        return _position < until ? (int)Math.Min(data.Length, until - _position) : data.Length;
    }

    /// <summary>Behind the first image of an ESP8266 lies what it reads from flash; behind eboot a second image.</summary>
    private int TakeEsp8266(ReadOnlySpan<byte> data)
    {
        if (_position < EbootAppAt)
        {
            return (int)Math.Min(data.Length, EbootAppAt - _position);
        }

        if (_position == EbootAppAt && data[0] == EspImageReader.Magic && _firstEnd <= EbootAppAt)
        {
            _secondAt = EbootAppAt;
            _second = new EspImageReader();
            return 0;
        }

        return data.Length;
    }

    /// <summary>Behind an application may stand empty flash and signatures, nothing else.</summary>
    private int TakeTrailing(ReadOnlySpan<byte> data)
    {
        int empty = _isSigned ? -1 : data.IndexOfAnyExcept(Empty);
        if (empty >= 0)
        {
            long at = _position + empty;
            _isSigned = at % SectorBytes == 0 && data[empty] == SignatureMagic;
            _trailing ??= _isSigned ? null : string.Create(
                CultureInfo.InvariantCulture, $"the application ends at byte {_firstEnd}; what follows at byte {at} is none of it");
        }

        return data.Length;
    }

    private void FindApp()
    {
        (PartitionTable? table, long fileStart) = _window.Find(_firstAt);
        if (table is null)
        {
            _fault = $"it begins with a bootloader for {EspChip.Name(_first.ChipId)}, but no partition table follows at 0x8000: "
                + "upload the application alone, or a merged image as esptool's merge-bin makes it";
            return;
        }

        _table = new ImagePart(PartitionTableWindow.Address - fileStart, PartitionTable.Bytes, table.Sha256);
        if (table.AppOffset is not { } offset || offset - fileStart < _position)
        {
            _fault = "its partition table names no application behind it";
            return;
        }

        _secondAt = offset - fileStart;
        _second = new EspImageReader();
    }
}
