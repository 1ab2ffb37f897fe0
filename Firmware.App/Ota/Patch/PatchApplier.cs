using System;

using JamBox.Ports;
using JamBox.Storage;

namespace JamBox.Ota.Patch;

/// <summary>
/// Applies a patch of any profile in small steps: the patch is read from flash in pieces, the base where it is needed, and the new image is
/// written from its first byte to its last. All memory is allocated by the constructor: window 4 KB, probabilities 3.5 KB, map of
/// references 1.1 KB, output 0.5 KB, input 0.3 KB; an applier is made for an update and given back afterwards. Whatever is wrong with a
/// patch ends it with a named result.
/// After a loss of power it begins again from 0.
/// </summary>
/// <remarks>
/// What the base has for a run of differences is read straight into the output, and the differences are added to it there: a run of
/// zeros, which nearly all of them are, then is a step forward and nothing else.
/// </remarks>
public sealed class PatchApplier
{
    /// <summary>Bytes that the sink gets at a time.</summary>
    public const int OutputSize = 512;

    private const int HashSize = 32;
    private const int EspHeaderSize = 64;
    private const int EspMagicSize = 4;

    /// <summary>The bytes 10 DE CD FC.</summary>
    private const int EspMagic = unchecked((int)0xFCCDDE10);

    /// <summary>The first of them: no other profile begins with it.</summary>
    private const int EspMark = 0x10;
    private const int SequentialLzma = 0x01;
    private const int SequentialHeatshrink = 0x04;

    /// <summary>LZMA with a map of references before the records: profile R.</summary>
    private const int MappedLzma = 0x71;
    private const int MaxNumberBytes = 5;

    /// <summary>
    /// Records without differences and extra that may follow each other: detools makes runs of them to move about in the base. A bound,
    /// because they cost time and make nothing.
    /// </summary>
    private const int MaxEmptyRecords = 64;

    /// <summary>
    /// What a step does at most, packets read and pieces used together: dense data gives hardly a byte of the image for each.
    /// </summary>
    private const int StepWork = 24;

    /// <summary>Differences that are added in one go.</summary>
    private const int PieceSize = 128;

    /// <summary>Bytes of a base that are mapped in one go: some forty instructions to look at.</summary>
    private const int MappedPieceSize = 128;

    private readonly byte[] _window;
    private readonly byte[] _input;
    private readonly byte[] _output;
    private readonly ushort[] _probabilities;
    private readonly ReferenceMap _map;
    private readonly MappedSource _mapped;

    private PatchStream _stream;
    private IByteSource _base;
    private IByteSink _sink;
    private PatchResult _result;
    private Phase _phase;

    // What the last step of the stream gave and has not been used yet.
    private int _start;
    private int _count;

    // The number that is being read.
    private int _numberBytes;
    private long _number;
    private bool _isNegative;

    private int _left;
    private int _diffLength;
    private int _emptyRecords;
    private long _fromPosition;
    private int _done;
    private int _outputCount;
    private int _baseReady;

    /// <summary>All buffers are allocated here, the largest first.</summary>
    /// <param name="heap">Hears of every block before it is made; <c>null</c> for none.</param>
    /// <exception cref="OutOfMemoryException">There is no room.</exception>
    public PatchApplier(IHeap heap = null)
    {
        _window = Block(heap, PatchStream.WindowSize);
        heap?.Reserve(LzmaStream.Probabilities * 2);
        _probabilities = new ushort[LzmaStream.Probabilities];
        _input = Block(heap, PatchStream.InputSize + PatchStream.LongestPacket);
        _output = Block(heap, OutputSize);
        _map = new ReferenceMap(heap);
        _mapped = new MappedSource(_map, heap);
        _result = PatchResult.Truncated;
    }

    private enum Phase
    {
        Map,
        DataFormat,
        DiffLength,
        Diff,
        ExtraLength,
        Extra,
        Adjustment,
        Over,
    }

    /// <summary>Gets the bytes of all buffers, as on the board.</summary>
    public static int TableBytes =>
        PatchStream.WindowSize + PatchStream.InputSize + PatchStream.LongestPacket + OutputSize + (LzmaStream.Probabilities * 2)
        + ReferenceMap.TableBytes + MappedSource.TableBytes;

    /// <summary>Gets a buffer of <see cref="OutputSize"/> bytes that is free for others whenever no patch is being applied.</summary>
    internal byte[] Scratch => _output;

    /// <summary>Gets the size of the new image, as the patch says.</summary>
    public int Size { get; private set; }

    /// <summary>Gets how many bytes of it there are.</summary>
    public int Done
    {
        get { return _done; }
    }

    /// <summary>Gives the words for a result, for the log.</summary>
    /// <param name="result">The result.</param>
    /// <returns>A clause with subject and verb, ASCII.</returns>
    public static string Text(PatchResult result)
    {
        switch (result)
        {
            case PatchResult.Truncated:
                return "it ends before the image does";
            case PatchResult.UnknownFormat:
                return "its format is not known";
            case PatchResult.WrongBase:
                return "it is for another base";
            case PatchResult.TooLarge:
                return "its image would not fit";
            case PatchResult.BadNumber:
                return "a number is too long";
            case PatchResult.DataFormat:
                return "it wants a data format transformation";
            case PatchResult.BadLength:
                return "a length goes past the end";
            case PatchResult.OutsideBase:
                return "it reads outside the base";
            case PatchResult.NoProgress:
                return "too many records in a row make nothing";
            case PatchResult.BadStream:
                return "its compressed stream is damaged";
            case PatchResult.TrailingData:
                return "something follows its end";
            case PatchResult.BadMap:
                return "its map of references is none";
            case PatchResult.ReadFailed:
                return "patch or base could not be read";
            case PatchResult.WriteFailed:
                return "the image could not be written";
            default:
                return "nothing is wrong with it";
        }
    }

    /// <summary>Begins.</summary>
    /// <param name="patch">The patch.</param>
    /// <param name="image">The base image; its length is what counts as base.</param>
    /// <param name="imageHash">The base image's SHA-256, which an esp header must name; or <c>null</c> when that is not to be
    /// checked.</param>
    /// <param name="sink">Takes the new image.</param>
    /// <param name="maxSize">The largest image that fits.</param>
    /// <returns><see cref="PatchResult.Busy"/>, then <see cref="Step"/> goes on; <see cref="PatchResult.Done"/> for an empty image; or what
    /// is wrong.</returns>
    public PatchResult Begin(IByteSource patch, IByteSource image, byte[] imageHash, IByteSink sink, int maxSize)
    {
        _base = image;
        _sink = sink;
        _start = 0;
        _count = 0;
        _numberBytes = 0;
        _number = 0;
        _left = 0;
        _emptyRecords = 0;
        _fromPosition = 0;
        _done = 0;
        _outputCount = 0;
        _baseReady = 0;
        Size = 0;
        _phase = Phase.DataFormat;
        _result = ReadHeader(patch, imageHash, maxSize);
        return _result;
    }

    /// <summary>
    /// Goes on for a moment: 10,000 IL instructions or so, 25,000 at most, however dense the patch is, so that the caller can look after
    /// other things.
    /// It costs little to call it again and again until the time that the caller has is over.
    /// </summary>
    /// <param name="maxBytes">How many bytes of the image to make at most, roughly: a run of zeros (1,024 bytes at most) is not
    /// cut.</param>
    /// <returns><see cref="PatchResult.Busy"/>, or how it ended; from then on always the same.</returns>
    public PatchResult Step(int maxBytes)
    {
        PatchStream stream = _stream;
        int begin = _done;
        for (int left = StepWork; left > 0 && _result == PatchResult.Busy && _done - begin < maxBytes; left--)
        {
            if (_count > 0)
            {
                _result = Take();
            }
            else if (_phase == Phase.Over)
            {
                _result = Finish();
            }
            else
            {
                _result = stream.Next();
                _start = stream.Start;
                _count = stream.Count;
            }
        }

        return _result;
    }

    private static byte[] Block(IHeap heap, int bytes)
    {
        heap?.Reserve(bytes);
        return new byte[bytes];
    }

    /// <summary>Gives back what only a patch under way needs: what comes behind it needs room, too.</summary>
    internal void Close()
    {
        _stream = null;
    }

    /// <summary>Reads what is not compressed and opens the stream.</summary>
    private PatchResult ReadHeader(IByteSource patch, byte[] imageHash, int maxSize)
    {
        int count = patch.Length < PatchStream.InputSize ? patch.Length : PatchStream.InputSize;
        if (!patch.Read(0, _input, 0, count))
        {
            return PatchResult.ReadFailed;
        }

        int at = 0;
        if (count > 0 && _input[0] == EspMark)
        {
            PatchResult esp = CheckEspHeader(count, imageHash);
            if (esp != PatchResult.Busy)
            {
                return esp;
            }

            at = EspHeaderSize;
        }

        if (at >= count)
        {
            return PatchResult.Truncated;
        }

        int kind = _input[at++];
        if (kind != SequentialLzma && kind != SequentialHeatshrink && kind != MappedLzma)
        {
            return PatchResult.UnknownFormat;
        }

        if (kind == MappedLzma)
        {
            _map.Begin();
            _mapped.Begin(_base);
            _base = _mapped;
            _phase = Phase.Map;
        }

        PatchResult result = ReadSize(ref at, count, maxSize);
        if (result != PatchResult.Busy || Size == 0)
        {
            return result != PatchResult.Busy ? result : at == patch.Length ? PatchResult.Done : PatchResult.TrailingData;
        }

        _stream = null;
        _stream = kind == SequentialHeatshrink ? new HeatshrinkStream(_window, _input) : new LzmaStream(_window, _input, _probabilities);
        return _stream.Begin(patch, at);
    }

    /// <summary>Magic, hash of the base, 28 zeros.</summary>
    private PatchResult CheckEspHeader(int count, byte[] imageHash)
    {
        if (count < EspHeaderSize)
        {
            return PatchResult.Truncated;
        }

        bool isEsp = ByteOrder.ReadInt(_input, 0) == EspMagic;
        for (int i = EspMagicSize + HashSize; i < EspHeaderSize; i++)
        {
            isEsp &= _input[i] == 0;
        }

        if (!isEsp)
        {
            return PatchResult.UnknownFormat;
        }

        for (int i = 0; imageHash != null && i < HashSize; i++)
        {
            if (_input[EspMagicSize + i] != imageHash[i])
            {
                return PatchResult.WrongBase;
            }
        }

        return PatchResult.Busy;
    }

    private PatchResult ReadSize(ref int at, int count, int maxSize)
    {
        while (at < count)
        {
            bool isLast = AddNumberByte(_input[at++]);
            if (IsBadNumber(isLast))
            {
                return PatchResult.BadNumber;
            }

            if (isLast)
            {
                int size = EndNumber();
                if (size < 0 || size > maxSize)
                {
                    return size < 0 ? PatchResult.BadLength : PatchResult.TooLarge;
                }

                Size = size;
                return PatchResult.Busy;
            }
        }

        return PatchResult.Truncated;
    }

    /// <summary>Uses what the last step of the stream gave, or a part of it.</summary>
    private PatchResult Take()
    {
        switch (_phase)
        {
            case Phase.Diff:
                return TakeDiff();
            case Phase.Extra:
                return TakeExtra();
            case Phase.Over:
                return PatchResult.TrailingData;
            default:
                return TakeNumber();
        }
    }

    private PatchResult TakeDiff()
    {
        if (_outputCount == _baseReady)
        {
            PatchResult result = FetchBase();
            if (result != PatchResult.Busy)
            {
                return result;
            }
        }

        int count = _baseReady - _outputCount;
        if (count > _count)
        {
            count = _count;
        }

        // The zeros that the window ends with are the last of what is to be used: only what comes before is looked at.
        int looked = _count - _stream.TrailingZeros;
        if (looked > 0)
        {
            count = count < PieceSize ? count : PieceSize;
            AddDifferences(looked < count ? looked : count);
        }

        return Advance(count, Phase.ExtraLength);
    }

    private PatchResult TakeExtra()
    {
        int count = OutputSize - _outputCount;
        if (count > _count)
        {
            count = _count;
        }

        if (count > _left)
        {
            count = _left;
        }

        if (count == 1)
        {
            _output[_outputCount] = _window[_start];
        }
        else
        {
            Array.Copy(_window, _start, _output, _outputCount, count);
        }

        _baseReady = _outputCount + count;
        return Advance(count, Phase.Adjustment);
    }

    private void AddDifferences(int count)
    {
        byte[] window = _window;
        byte[] output = _output;
        int shift = _outputCount - _start;
        int end = _start + count;
        for (int i = _start; i < end; i++)
        {
            int difference = window[i];
            if (difference != 0)
            {
                output[i + shift] = (byte)(output[i + shift] + difference);
                continue;
            }

            // After a zero there are usually more.
            while (i + 8 < end && BitConverter.ToInt64(window, i + 1) == 0)
            {
                i += 8;
            }
        }
    }

    private PatchResult Advance(int count, Phase next)
    {
        _start += count;
        _count -= count;
        _left -= count;
        _done += count;
        _outputCount += count;
        if (_left == 0)
        {
            _phase = next;
        }

        return _outputCount == OutputSize ? Flush() : PatchResult.Busy;
    }

    /// <summary>Reads the base, as much as the differences still cover and the output still holds.</summary>
    private PatchResult FetchBase()
    {
        int count = OutputSize - _outputCount;
        if (count > _left)
        {
            count = _left;
        }

        if (_base == _mapped && count > MappedPieceSize)
        {
            count = MappedPieceSize;
        }

        if (!_base.Read((int)_fromPosition, _output, _outputCount, count))
        {
            return PatchResult.ReadFailed;
        }

        _fromPosition += count;
        _baseReady = _outputCount + count;
        return PatchResult.Busy;
    }

    private PatchResult Flush()
    {
        int count = _outputCount;
        _outputCount = 0;
        _baseReady = 0;
        return _sink.Write(_output, count) ? PatchResult.Busy : PatchResult.WriteFailed;
    }

    private PatchResult Finish()
    {
        PatchResult result = _stream.Finish();
        if (result == PatchResult.Done && _outputCount > 0 && Flush() != PatchResult.Busy)
        {
            return PatchResult.WriteFailed;
        }

        return result;
    }

    private PatchResult TakeNumber()
    {
        bool isLast = AddNumberByte(_window[_start]);
        _start++;
        _count--;
        if (IsBadNumber(isLast))
        {
            return PatchResult.BadNumber;
        }

        return isLast ? UseNumber(EndNumber()) : PatchResult.Busy;
    }

    /// <summary>First byte: bit 7 = more, bit 6 = negative, six low bits; each later one: bit 7 = more, seven bits.</summary>
    private bool AddNumberByte(int value)
    {
        if (_numberBytes == 0)
        {
            _isNegative = (value & 0x40) != 0;
            _number = value & 0x3F;
        }
        else
        {
            _number |= (long)(value & 0x7F) << ((_numberBytes * 7) - 1);
        }

        _numberBytes++;
        return (value & 0x80) == 0;
    }

    private bool IsBadNumber(bool isLast)
    {
        return isLast ? _number > int.MaxValue : _numberBytes == MaxNumberBytes;
    }

    private int EndNumber()
    {
        int value = (int)(_isNegative ? -_number : _number);
        _numberBytes = 0;
        return value;
    }

    private PatchResult UseNumber(int value)
    {
        switch (_phase)
        {
            case Phase.Map:
                if (!_map.Take(value))
                {
                    return PatchResult.BadMap;
                }

                _phase = _map.IsWhole ? Phase.DataFormat : Phase.Map;
                return PatchResult.Busy;
            case Phase.DataFormat:
                _phase = Phase.DiffLength;
                return value == 0 ? PatchResult.Busy : PatchResult.DataFormat;
            case Phase.DiffLength:
                return BeginDiff(value);
            case Phase.ExtraLength:
                return BeginExtra(value);
            default:
                // The last one leads nowhere and is not looked at.
                _fromPosition += value;
                _phase = _done == Size ? Phase.Over : Phase.DiffLength;
                return PatchResult.Busy;
        }
    }

    private PatchResult BeginDiff(int length)
    {
        if (length < 0 || length > Size - _done)
        {
            return PatchResult.BadLength;
        }

        if (length > 0 && (_fromPosition < 0 || _fromPosition + length > _base.Length))
        {
            return PatchResult.OutsideBase;
        }

        _diffLength = length;
        _left = length;
        _phase = length > 0 ? Phase.Diff : Phase.ExtraLength;
        return PatchResult.Busy;
    }

    private PatchResult BeginExtra(int length)
    {
        if (length < 0 || length > Size - _done)
        {
            return PatchResult.BadLength;
        }

        _emptyRecords = length == 0 && _diffLength == 0 ? _emptyRecords + 1 : 0;
        if (_emptyRecords > MaxEmptyRecords)
        {
            return PatchResult.NoProgress;
        }

        _left = length;
        _phase = length > 0 ? Phase.Extra : Phase.Adjustment;
        return PatchResult.Busy;
    }
}

/// <summary>How far applying a patch has come, or why it ended.</summary>
public enum PatchResult
{
    /// <summary>Not over: step again.</summary>
    Busy,

    /// <summary>The image is complete and everything about the patch was in order. Its hash is still to be compared.</summary>
    Done,

    /// <summary>The patch ends before the image does.</summary>
    Truncated,

    /// <summary>Not a sequential patch with a compression of ours, or its compression's header is not one of ours.</summary>
    UnknownFormat,

    /// <summary>The esp header names another base.</summary>
    WrongBase,

    /// <summary>The image would not fit.</summary>
    TooLarge,

    /// <summary>A number has more than five bytes, or more than 31 bits.</summary>
    BadNumber,

    /// <summary>The patch wants a data format transformation.</summary>
    DataFormat,

    /// <summary>A length is negative, or goes past the end of the image.</summary>
    BadLength,

    /// <summary>It reads outside the base.</summary>
    OutsideBase,

    /// <summary>More than 64 records in a row make nothing.</summary>
    NoProgress,

    /// <summary>The compressed stream is damaged.</summary>
    BadStream,

    /// <summary>Something follows the end.</summary>
    TrailingData,

    /// <summary>The map of references has too many steps, or steps or groups that do not follow on each other.</summary>
    BadMap,

    /// <summary>The patch or the base could not be read.</summary>
    ReadFailed,

    /// <summary>The image could not be written.</summary>
    WriteFailed,
}
