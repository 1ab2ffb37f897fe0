using JamBox.Ports;
using JamBox.Storage;

namespace JamBox.Ota.Patch;

/// <summary>
/// The base with its references numbered as in the new image: what a patch with a map is a patch for. A reference is a u16 in a record
/// of an assembly's tables, or in the operand of an instruction. Reading on is cheap; reading in the code of another method costs the way there,
/// through the table of methods.
/// </summary>
/// <remarks>
/// What an assembly is, what a method is and where one ends is decided by the same rules as on the server, whatever the bytes are: nothing
/// else makes the same image. The handlers of exceptions behind a method's last instruction are read as instructions, on both sides.
/// </remarks>
internal sealed class MappedSource : IByteSource
{
    private const int HeaderSize = 124;
    private const int MarkerSize = 7;
    private const int StartsAt = 40;
    private const int Tables = 16;
    private const int MethodDefs = 6;
    private const int MappedTables = 9;
    private const int Code = 13;
    private const int MethodRecord = 16;
    private const int CodeAtInMethod = 2;
    private const int NoCode = 0xFFFF;
    private const int Prefix = 0xFE;
    private const int CacheSize = Tables * 4;

    // Kinds of references, as the server numbers them.
    private const int String = 1;
    private const int Method = 3;
    private const int Field = 4;
    private const int Type = 5;

    // Operands: the kind of reference and the size in bytes.
    private const int OfMethod = (Method << 4) | 2;
    private const int OfField = (Field << 4) | 2;
    private const int OfType = (Type << 4) | 2;
    private const int OfString = (String << 4) | 2;
    private const int OfSwitch = 15;

    private readonly ReferenceMap _map;
    private readonly int[] _starts;
    private readonly byte[] _cache;

    private IByteSource _image;
    private int _cacheAt;
    private int _cached;
    private bool _isBad;

    // The assembly that was read last.
    private int _assembly;
    private int _assemblyAt;
    private int _assemblyEnd;
    private bool _isMapped;

    // The piece that is being read: where its bytes stand in the buffer.
    private byte[] _buffer;
    private int _shift;
    private int _from;
    private int _to;

    // The code: the next instruction, the method it is in and the one behind that (places in the code, −1 for none).
    private int _codeAt;
    private int _methodBegin;
    private int _methodEnd;
    private int _nextBegin;
    private int _nextRecord;

    /// <summary>All buffers are allocated here.</summary>
    /// <param name="map">How references are numbered.</param>
    /// <param name="heap">Hears of every block before it is made; <c>null</c> for none.</param>
    public MappedSource(ReferenceMap map, IHeap heap)
    {
        _map = map;
        heap?.Reserve(Tables * 4);
        _starts = new int[Tables];
        heap?.Reserve(CacheSize);
        _cache = new byte[CacheSize];
    }

    /// <summary>Gets the bytes of all buffers, as on the board.</summary>
    public static int TableBytes => (Tables * 4) + CacheSize;

    /// <inheritdoc/>
    public int Length => _image.Length;

    /// <summary>Begins with a base; the map may be read afterwards, but before the base is.</summary>
    /// <param name="image">The base.</param>
    public void Begin(IByteSource image)
    {
        _image = image;
        _cached = 0;
        _assembly = -1;
        _assemblyAt = 0;
        _assemblyEnd = 0;
    }

    /// <inheritdoc/>
    public bool Read(int position, byte[] buffer, int offset, int count)
    {
        if (!_image.Read(position, buffer, offset, count))
        {
            return false;
        }

        _buffer = buffer;
        _shift = offset - position;
        _from = position;
        _to = position + count;
        _isBad = false;
        int at = position;
        while (at < _to && FindAssembly(at))
        {
            int end = _to < _assemblyEnd ? _to : _assemblyEnd;
            if (_isMapped)
            {
                MapTables(at, end);
                MapCode(at, end);
            }

            at = end;
        }

        return !_isBad;
    }

    /// <summary>What each u16 of a record refers to, a digit each, the first one lowest.</summary>
    private static long Record(int table)
    {
        switch (table)
        {
            case 0:
                return 0x1;
            case 1:
                return 0x11;
            case 2:
            case 3:
                return 0x201;
            case 4:
                return 0x4400326611;
            case 5:
                return 0x221;
            case MethodDefs:
                return 0x22000071;
            case 7:
                return 0x2300;
            default:
                return 0x2;
        }
    }

    private static int RecordSize(int table)
    {
        switch (table)
        {
            case 0:
                return 12;
            case 4:
                return 24;
            case MethodDefs:
                return MethodRecord;
            case 8:
                return 4;
            default:
                return 8;
        }
    }

    private static int Operand(int opcode)
    {
        if (opcode < 0x27)
        {
            switch (opcode)
            {
                case 0x0E:
                case 0x0F:
                case 0x10:
                case 0x11:
                case 0x12:
                case 0x13:
                case 0x1F:
                    return 1;
                case 0x20:
                case 0x22:
                    return 4;
                case 0x21:
                case 0x23:
                    return 8;
                default:
                    return 0;
            }
        }

        if (opcode < 0x46)
        {
            return opcode == 0x45 ? OfSwitch
                : opcode >= 0x38 ? 2
                : opcode >= 0x2B ? 1
                : opcode <= 0x28 ? OfMethod : 0;
        }

        if (opcode >= 0x7B && opcode <= 0x80)
        {
            return OfField;
        }

        switch (opcode)
        {
            case 0x6F:
            case 0x73:
                return OfMethod;
            case 0x72:
                return OfString;
            case 0x70:
            case 0x71:
            case 0x74:
            case 0x75:
            case 0x79:
            case 0x81:
            case 0x8C:
            case 0x8D:
            case 0x8F:
            case 0xA3:
            case 0xA4:
            case 0xA5:
            case 0xC2:
            case 0xC6:
                return OfType;
            case 0xD0:
                return 4;
            case 0xDD:
                return 2;
            case 0xDE:
                return 1;
            default:
                return 0;
        }
    }

    private static int PrefixedOperand(int opcode)
    {
        switch (opcode)
        {
            case 0x06:
            case 0x07:
                return OfMethod;
            case 0x09:
            case 0x0A:
            case 0x0B:
            case 0x0C:
            case 0x0D:
            case 0x0E:
                return 2;
            case 0x12:
                return 1;
            case 0x15:
            case 0x16:
            case 0x1C:
                return OfType;
            default:
                return 0;
        }
    }

    private bool FindAssembly(int position)
    {
        if (position < _assemblyAt)
        {
            _assembly = -1;
            _assemblyAt = 0;
            _assemblyEnd = 0;
        }

        while (position >= _assemblyEnd)
        {
            if (_assembly + 1 >= ReferenceMap.MostAssemblies || !ReadHeader(_assemblyEnd))
            {
                return false;
            }
        }

        return true;
    }

    /// <summary>Whether an assembly begins here: the marker, and tables one behind the other within the image.</summary>
    private bool ReadHeader(int at)
    {
        int left = _image.Length - at;
        if (left < HeaderSize)
        {
            return false;
        }

        bool isMarker = Flash(at + 5) == '1' && Flash(at + 6) == 0;
        for (int i = 0; i < MarkerSize - 2; i++)
        {
            isMarker &= Flash(at + i) == "NFMRK"[i];
        }

        if (!isMarker)
        {
            return false;
        }

        _cached = 0;
        if (!_image.Read(at + StartsAt, _cache, 0, Tables * 4))
        {
            _isBad = true;
            return false;
        }

        int before = HeaderSize;
        for (int i = 0; i < Tables; i++)
        {
            int start = ByteOrder.ReadInt(_cache, i * 4);
            if (start < before || start > left)
            {
                // What is held no longer belongs to the assembly before: the way begins anew.
                _assembly = -1;
                _assemblyAt = int.MaxValue;
                return false;
            }

            _starts[i] = start;
            before = start;
        }

        _assembly++;
        _assemblyAt = at;
        _assemblyEnd = at + ((before + 3) & ~3);
        _isMapped = _map.Select(_assembly);
        _codeAt = int.MaxValue;
        _methodBegin = int.MaxValue;
        return true;
    }

    private void MapTables(int from, int to)
    {
        for (int table = 0; table < MappedTables; table++)
        {
            int begin = _assemblyAt + _starts[table];
            int end = _assemblyAt + _starts[table + 1];
            if (end <= from || begin >= to)
            {
                continue;
            }

            long record = Record(table);
            int size = RecordSize(table);
            int at = from <= begin ? begin : from - ((from - begin) % size);
            for (; at < to && at + size <= end; at += size)
            {
                int field = at;
                for (long kinds = record; kinds != 0; kinds >>= 4)
                {
                    int kind = (int)kinds & 15;
                    if (kind != 0)
                    {
                        MapAt(field, kind);
                    }

                    field += 2;
                }
            }
        }
    }

    private void MapCode(int from, int to)
    {
        int end = _assemblyAt + _starts[Code + 1];
        if (end <= from || _assemblyAt + _starts[Code] >= to)
        {
            return;
        }

        FindMethod(from);
        while (_codeAt < to)
        {
            if (_codeAt >= _methodEnd)
            {
                if (_nextBegin < 0)
                {
                    return;
                }

                NextMethod();
                continue;
            }

            int at = _codeAt + 1;
            int opcode = CodeByte(_codeAt);
            int operand = Operand(opcode);
            if (opcode == Prefix && at < _methodEnd)
            {
                operand = PrefixedOperand(CodeByte(at));
                at++;
            }

            int size = operand & 15;
            if (size == OfSwitch)
            {
                size = at < _methodEnd ? 1 + (2 * CodeByte(at)) : 0;
            }

            int next = at + size;
            if (operand > OfSwitch && next <= _methodEnd)
            {
                MapAt(at, operand >> 4);
            }

            if (next > to)
            {
                // It goes on in the next piece, and is looked at again there.
                return;
            }

            _codeAt = next;
        }
    }

    /// <summary>Goes to the method that a place is in, or the first one behind it.</summary>
    private void FindMethod(int position)
    {
        int code = _assemblyAt + _starts[Code];
        if (position < _codeAt)
        {
            if (_methodBegin != int.MaxValue && position >= code + _methodBegin)
            {
                _codeAt = code + _methodBegin;
            }
            else
            {
                _nextRecord = 0;
                _nextBegin = BeginAfter(-1);
                _codeAt = code;
                _methodEnd = code;
            }
        }

        while (_methodEnd <= position && _nextBegin >= 0)
        {
            NextMethod();
        }
    }

    private void NextMethod()
    {
        int code = _assemblyAt + _starts[Code];
        int end = _assemblyAt + _starts[Code + 1];
        _methodBegin = _nextBegin;
        _codeAt = code + _methodBegin;
        _nextBegin = BeginAfter(_methodBegin);
        _methodEnd = _nextBegin >= 0 && code + _nextBegin < end ? code + _nextBegin : end;
    }

    /// <summary>Where the next method begins that begins behind a place; −1 when there is none.</summary>
    private int BeginAfter(int last)
    {
        int methods = _assemblyAt + _starts[MethodDefs];
        int end = _assemblyAt + _starts[MethodDefs + 1];
        while (methods + ((_nextRecord + 1) * MethodRecord) <= end)
        {
            int at = methods + (_nextRecord * MethodRecord) + CodeAtInMethod;
            int begin = Flash(at) | (Flash(at + 1) << 8);
            _nextRecord++;
            if (begin != NoCode && begin > last)
            {
                return begin;
            }
        }

        return -1;
    }

    /// <summary>Maps a reference of which a byte at least may be in the piece that is being read.</summary>
    private void MapAt(int at, int kind)
    {
        bool isLow = at >= _from && at < _to;
        bool isHigh = at + 1 >= _from && at + 1 < _to;
        if (!isLow && !isHigh)
        {
            return;
        }

        int index = at + _shift;
        int low = isLow ? _buffer[index] : Flash(at);
        int high = isHigh ? _buffer[index + 1] : Flash(at + 1);
        int mapped = _map.Map(kind, low | (high << 8));
        if (isLow)
        {
            _buffer[index] = (byte)mapped;
        }

        if (isHigh)
        {
            _buffer[index + 1] = (byte)(mapped >> 8);
        }
    }

    /// <summary>A byte of the code: what tells instructions apart is never mapped, so the piece that is being read may give it.</summary>
    private int CodeByte(int at)
    {
        return at >= _from && at < _to ? _buffer[at + _shift] : Flash(at);
    }

    private int Flash(int at)
    {
        int index = at - _cacheAt;
        if (index >= 0 && index < _cached)
        {
            return _cache[index];
        }

        int count = _image.Length - at;
        count = count < CacheSize ? count : CacheSize;
        _cacheAt = at;
        _cached = count;
        if (!_image.Read(at, _cache, 0, count))
        {
            _isBad = true;
            _cached = 0;
            return 0;
        }

        return _cache[0];
    }
}
