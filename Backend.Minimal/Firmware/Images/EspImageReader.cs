using System.Buffers.Binary;
using System.Globalization;
using System.Security.Cryptography;
using System.Text;

namespace JamBox.Backend.Firmware;

/// <summary>How the header of an image is laid out.</summary>
internal enum EspLayout
{
    /// <summary>ESP32 and younger: extended header with the chip id, application description, appended SHA-256.</summary>
    Esp32,

    /// <summary>ESP8266, one header and its segments.</summary>
    Esp8266V1,

    /// <summary>ESP8266 with what is read from flash in front of the second header, and a CRC-32 at the end.</summary>
    Esp8266V2,
}

/// <summary>What an application says of itself.</summary>
/// <param name="Project">Its project, at most 31 characters.</param>
/// <param name="Version">Its version, at most 31 characters.</param>
/// <param name="IdfVersion">The ESP-IDF that it was built with, at most 31 characters.</param>
internal sealed record AppDescription(string Project, string Version, string IdfVersion);

/// <summary>
/// Reads one image of Espressif's format while it passes by: header, segments, checksum, appended SHA-256. It keeps 256 bytes, however
/// large the image is. Formats: esptool's "Firmware Image Format", <c>esp_app_format.h</c> and <c>esp_app_desc.h</c> of ESP-IDF.
/// </summary>
internal sealed class EspImageReader : IDisposable
{
    /// <summary>The first byte of an image.</summary>
    public const byte Magic = 0xE9;

    /// <summary>The first byte of an image of the ESP8266's second form.</summary>
    public const byte MagicV2 = 0xEA;

    /// <summary>ESP_IMAGE_MAX_SEGMENTS.</summary>
    private const int MaxSegments = 16;

    /// <summary>No flash that these chips address at once is larger.</summary>
    private const uint MaxSegmentBytes = 16 * 1024 * 1024;

    private const int HeaderBytes = 8;
    private const int ExtendedBytes = 16;
    private const int SegmentHeaderBytes = 8;
    private const int DescriptionBytes = 256;
    private const uint DescriptionMagic = 0xABCD5432;

    /// <summary>What the checksum begins with.</summary>
    private const byte ChecksumStart = 0xEF;

    private readonly byte[] _field = new byte[DescriptionBytes];
    private readonly IncrementalHash _hash = IncrementalHash.CreateHash(HashAlgorithmName.SHA256);
    private uint _crc;
    private Step _step = Step.Header;
    private int _have;
    private int _need = HeaderBytes;
    private int _segmentsLeft;
    private uint _segmentLeft;
    private bool _isFlashSegment;
    private bool _isDescriptionSought;
    private byte _checksum = ChecksumStart;
    private byte[]? _ownHash;

    private enum Step
    {
        Header,
        Extended,
        SegmentHeader,
        SegmentStart,
        Segment,
        SecondHeader,
        Checksum,
        Hash,
        Crc,
        End,
    }

    /// <summary>What is wrong with it; null = nothing so far.</summary>
    public string? Fault { get; private set; }

    /// <summary>Whether its last byte has passed by.</summary>
    public bool IsWhole => _step == Step.End;

    /// <summary>Bytes that have passed by.</summary>
    public long Length { get; private set; }

    /// <summary>How it is laid out; known after the first 24 bytes.</summary>
    public EspLayout Layout { get; private set; }

    /// <summary>The chip id; null for an ESP8266.</summary>
    public int? ChipId { get; private set; }

    /// <summary>Its segments.</summary>
    public int Segments { get; private set; }

    /// <summary>What it says of itself; null = nothing: a bootloader, or an ESP8266.</summary>
    public AppDescription? Description { get; private set; }

    /// <summary>Whether it ends in its own SHA-256.</summary>
    public bool HasHash { get; private set; }

    /// <summary>Takes the next bytes.</summary>
    /// <returns>How many of them belong to the image.</returns>
    public int Append(ReadOnlySpan<byte> data)
    {
        int at = 0;
        while (at < data.Length && Fault is null && !IsWhole)
        {
            at += _step == Step.Segment ? TakeSegment(data[at..]) : TakeField(data[at..]);
        }

        return at;
    }

    /// <summary>Says that nothing follows.</summary>
    /// <returns>What is wrong; null when it is whole.</returns>
    public string? Finish() => Fault ??= IsWhole ? null : string.Create(
        CultureInfo.InvariantCulture, $"it is cut off: after byte {Length} its {Waiting()} is missing");

    /// <inheritdoc/>
    public void Dispose() => _hash.Dispose();

    private string Waiting() => _step switch
    {
        Step.Header or Step.Extended or Step.SecondHeader => "header",
        Step.Checksum => "checksum",
        Step.Hash => "SHA-256",
        Step.Crc => "CRC-32",
        _ => string.Create(CultureInfo.InvariantCulture, $"segment {Segments - _segmentsLeft}"),
    };

    /// <summary>Hashes what has passed by. Neither the SHA-256 nor the CRC at its end is part of what they are of.</summary>
    private void Pass(ReadOnlySpan<byte> data)
    {
        if (_step is not (Step.Hash or Step.Crc))
        {
            _hash.AppendData(data);
            _crc = _step == Step.Header || Layout == EspLayout.Esp8266V2 ? Crc32.Append(_crc, data) : 0;
        }

        Length += data.Length;
    }

    private int TakeSegment(ReadOnlySpan<byte> data)
    {
        int part = (int)Math.Min((uint)data.Length, _segmentLeft);
        Sum(data[..part]);
        Pass(data[..part]);
        _segmentLeft -= (uint)part;
        if (_segmentLeft == 0)
        {
            EndSegment();
        }

        return part;
    }

    private int TakeField(ReadOnlySpan<byte> data)
    {
        int part = Math.Min(data.Length, _need - _have);
        data[..part].CopyTo(_field.AsSpan(_have));
        Pass(data[..part]);
        _have += part;
        if (_have == _need)
        {
            Decide();
        }

        return part;
    }

    private void Decide()
    {
        ReadOnlySpan<byte> field = _field.AsSpan(0, _need);
        switch (_step)
        {
            case Step.Header:
                TakeHeader(field);
                break;
            case Step.Extended:
                TakeExtended(field);
                break;
            case Step.SecondHeader:
                TakeSecondHeader(field);
                break;
            case Step.SegmentHeader:
                TakeSegmentHeader(field);
                break;
            case Step.SegmentStart:
                TakeSegmentStart(field);
                break;
            case Step.Checksum:
                TakeChecksum(field[^1]);
                break;
            case Step.Hash:
                Expect(
                    field.SequenceEqual(_ownHash),
                    "its appended SHA-256 does not fit what is before it: the file is damaged or was changed");
                Go(Step.End, 0);
                break;
            default:
                TakeCrc(BinaryPrimitives.ReadUInt32LittleEndian(field));
                break;
        }
    }

    private void TakeHeader(ReadOnlySpan<byte> field)
    {
        Layout = field[0] == MagicV2 ? EspLayout.Esp8266V2 : EspLayout.Esp32;
        if (!Expect(field[0] is Magic or MagicV2, string.Create(
                CultureInfo.InvariantCulture, $"it begins with 0x{field[0]:X2} instead of 0xE9: no image for an ESP32 or ESP8266")))
        {
            return;
        }

        Segments = field[1];
        if (Layout == EspLayout.Esp8266V2)
        {
            // Not a count here, but the mark of this form: what is read from flash comes first, then a header as of the first form.
            Expect(field[1] == 4, "its header is none of an ESP8266's second form");
            _isFlashSegment = true;
            _segmentsLeft = 1;
            Go(Step.SegmentHeader, SegmentHeaderBytes);
            return;
        }

        if (Expect(Segments is > 0 and <= MaxSegments, string.Create(
                CultureInfo.InvariantCulture, $"its header says {Segments} segments: there are 1 to {MaxSegments}")))
        {
            // Eight bytes tell the two apart: the first segment's address and size, or the beginning of the extended header.
            _segmentsLeft = Segments;
            Go(Step.Extended, SegmentHeaderBytes);
        }
    }

    private void TakeExtended(ReadOnlySpan<byte> field)
    {
        if (_need == SegmentHeaderBytes)
        {
            uint address = BinaryPrimitives.ReadUInt32LittleEndian(field);
            if (IsEsp8266(address))
            {
                Layout = EspLayout.Esp8266V1;
                _step = Step.SegmentHeader;
                TakeSegmentHeader(field);
                return;
            }

            _need = ExtendedBytes;
            return;
        }

        ChipId = BinaryPrimitives.ReadUInt16LittleEndian(field[4..]);
        HasHash = field[15] == 1;
        _isDescriptionSought = true;
        if (Expect(field[15] <= 1, "its extended header is damaged"))
        {
            Go(Step.SegmentHeader, SegmentHeaderBytes);
        }
    }

    /// <summary>Memory that an ESP8266 loads segments to: data, instructions, and what it reads from flash.</summary>
    private static bool IsEsp8266(uint address) => address is (>= 0x3FFE0000 and < 0x40000000) or (>= 0x40100000 and < 0x40300000);

    private void TakeSecondHeader(ReadOnlySpan<byte> field)
    {
        Segments = field[1];
        _segmentsLeft = Segments;
        if (Expect(
            field[0] == Magic && Segments is > 0 and <= MaxSegments, "what follows its flash segment is no header of an ESP8266 image"))
        {
            Go(Step.SegmentHeader, SegmentHeaderBytes);
        }
    }

    private void TakeSegmentHeader(ReadOnlySpan<byte> field)
    {
        _segmentsLeft--;
        _segmentLeft = BinaryPrimitives.ReadUInt32LittleEndian(field[4..]);
        if (!Expect(_segmentLeft <= MaxSegmentBytes && _segmentLeft % 4 == 0, string.Create(
                CultureInfo.InvariantCulture, $"segment {Segments - _segmentsLeft} of {Segments} is said to have {_segmentLeft} bytes")))
        {
            return;
        }

        bool isDescription = _isDescriptionSought && _segmentLeft >= DescriptionBytes;
        _isDescriptionSought = false;
        if (_segmentLeft == 0)
        {
            EndSegment();
        }
        else if (isDescription)
        {
            Go(Step.SegmentStart, DescriptionBytes);
        }
        else
        {
            Go(Step.Segment, 0);
        }
    }

    private void TakeSegmentStart(ReadOnlySpan<byte> field)
    {
        if (BinaryPrimitives.ReadUInt32LittleEndian(field) == DescriptionMagic)
        {
            // magic, secure version, two reserved words; version, project, time, date, IDF.
            Description = new AppDescription(Name(field[48..80]), Name(field[16..48]), Name(field[112..144]));
        }

        Sum(field);
        _segmentLeft -= DescriptionBytes;
        Go(Step.Segment, 0);
        if (_segmentLeft == 0)
        {
            EndSegment();
        }
    }

    /// <summary>Text that is filled up with zeros, as far as it may be shown.</summary>
    private static string Name(ReadOnlySpan<byte> field)
    {
        int end = field.IndexOf((byte)0);
        return string.Concat(Encoding.ASCII.GetString(end < 0 ? field : field[..end]).Where(static c => c is >= ' ' and <= '~'));
    }

    private void Sum(ReadOnlySpan<byte> data)
    {
        if (_isFlashSegment)
        {
            return;
        }

        byte sum = _checksum;
        foreach (byte b in data)
        {
            sum ^= b;
        }

        _checksum = sum;
    }

    private void EndSegment()
    {
        if (_segmentsLeft > 0)
        {
            Go(Step.SegmentHeader, SegmentHeaderBytes);
        }
        else if (_isFlashSegment)
        {
            _isFlashSegment = false;
            Go(Step.SecondHeader, HeaderBytes);
        }
        else
        {
            // Filled up so that the checksum is the last of 16 bytes.
            Go(Step.Checksum, (int)(16 - (Length % 16)));
        }
    }

    private void TakeChecksum(byte sum)
    {
        if (!Expect(sum == _checksum, string.Create(
                CultureInfo.InvariantCulture, $"its checksum is 0x{sum:X2} and should be 0x{_checksum:X2}: the file is damaged")))
        {
            return;
        }

        if (HasHash)
        {
            _ownHash = _hash.GetCurrentHash();
            Go(Step.Hash, SHA256.HashSizeInBytes);
        }
        else if (Layout == EspLayout.Esp8266V2)
        {
            Go(Step.Crc, sizeof(uint));
        }
        else
        {
            Go(Step.End, 0);
        }
    }

    private void TakeCrc(uint crc)
    {
        // As the SDK's bootloader has it: a CRC with the highest bit set is inverted, another one counted up.
        uint own = _crc;
        own = (own & 0x80000000) != 0 ? ~own : own + 1;
        Expect(crc == own, "its CRC-32 does not fit: the file is damaged");
        Go(Step.End, 0);
    }

    private void Go(Step step, int need)
    {
        _step = step;
        _need = need;
        _have = 0;
    }

    private bool Expect(bool isSo, string fault)
    {
        if (!isSo)
        {
            Fault ??= fault;
        }

        return isSo;
    }
}
