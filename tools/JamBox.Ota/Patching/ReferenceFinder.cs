using System.Buffers.Binary;
using System.Reflection;
using System.Reflection.Emit;

namespace JamBox.Ota.Patching;

/// <summary>
/// Finds every u16 of a deployment image that refers to something: in the records of the tables, and in the operands of instructions.
/// The rules are those of the firmware, down to what is no assembly and to methods that overlap: both read the same bytes as references,
/// whatever the bytes are.
/// </summary>
internal sealed class ReferenceFinder
{
    /// <summary>Assemblies from this one on have no references.</summary>
    public const int MostAssemblies = 32;

    private const int HeaderLength = 124;
    private const int TablesAt = 40;
    private const int Tables = 16;
    private const int MethodDefs = 6;
    private const int ByteCode = 13;
    private const int MethodRecord = 16;
    private const int CodeAtInMethod = 2;
    private const int NoCode = 0xFFFF;
    private const byte Prefix = 0xFE;

    /// <summary>By table, what each u16 of a record refers to: the letters of <see cref="ReferenceKind"/>, a point for nothing.</summary>
    private static readonly string[] s_records = ["s.....", "ss..", "s.g.", "s.g.", "ssttgm..ff..", "sgg.", "sc....gg", "..mg", "g."];

    private static readonly sbyte[] s_sizes = Sizes(isPrefixed: false, out s_kinds);
    private static readonly ReferenceKind[] s_kinds;
    private static readonly sbyte[] s_prefixedSizes = Sizes(isPrefixed: true, out s_prefixedKinds);
    private static readonly ReferenceKind[] s_prefixedKinds;

    private readonly byte[] _image;
    private readonly List<ImageReference> _found = [];
    private readonly int[] _starts = new int[Tables];
    private int _assembly;

    private ReferenceFinder(byte[] image) => _image = image;

    /// <summary>Finds them.</summary>
    /// <param name="image">The image; what is none has no references.</param>
    /// <returns>In the order of their positions, none overlapping another.</returns>
    public static List<ImageReference> Find(byte[] image)
    {
        var finder = new ReferenceFinder(image);
        int at = 0;
        while (finder._assembly < MostAssemblies && finder.ReadHeader(at))
        {
            finder.FindInTables(at);
            finder.FindInCode(at);
            at += (finder._starts[Tables - 1] + 3) & ~3;
            finder._assembly++;
        }

        return finder._found;
    }

    private static sbyte[] Sizes(bool isPrefixed, out ReferenceKind[] kinds)
    {
        var sizes = new sbyte[256];
        kinds = new ReferenceKind[256];
        foreach (FieldInfo field in typeof(OpCodes).GetFields(BindingFlags.Public | BindingFlags.Static))
        {
            var code = (OpCode)field.GetValue(null)!;
            if (code.Size == 2 != isPrefixed)
            {
                continue;
            }

            int index = code.Value & 0xFF;
            sizes[index] = code.OperandType switch
            {
                OperandType.InlineMethod or OperandType.InlineField or OperandType.InlineType or OperandType.InlineString => 2,
                OperandType.InlineBrTarget or OperandType.InlineVar => 2,
                OperandType.ShortInlineBrTarget or OperandType.ShortInlineVar or OperandType.ShortInlineI => 1,
                OperandType.InlineI or OperandType.ShortInlineR or OperandType.InlineTok => 4,
                OperandType.InlineI8 or OperandType.InlineR => 8,
                OperandType.InlineSwitch => -1,
                _ => 0,
            };
            kinds[index] = code.OperandType switch
            {
                OperandType.InlineMethod => ReferenceKind.Method,
                OperandType.InlineField => ReferenceKind.Field,
                OperandType.InlineType => ReferenceKind.TypeInCode,
                OperandType.InlineString => ReferenceKind.String,
                _ => ReferenceKind.None,
            };
        }

        return sizes;
    }

    private static ReferenceKind KindOf(char letter)
    {
        return letter switch
        {
            's' => ReferenceKind.String,
            'g' => ReferenceKind.Signature,
            'm' => ReferenceKind.Method,
            'f' => ReferenceKind.Field,
            't' => ReferenceKind.TypeInTable,
            'c' => ReferenceKind.Code,
            _ => ReferenceKind.None,
        };
    }

    /// <summary>Whether an assembly begins here: the marker, and tables one behind the other within the image.</summary>
    private bool ReadHeader(int at)
    {
        if (_image.Length - at < HeaderLength || !_image.AsSpan(at).StartsWith("NFMRK1\0"u8))
        {
            return false;
        }

        int before = HeaderLength;
        for (int i = 0; i < Tables; i++)
        {
            int start = BinaryPrimitives.ReadInt32LittleEndian(_image.AsSpan(at + TablesAt + (4 * i)));
            if (start < before || start > _image.Length - at)
            {
                return false;
            }

            _starts[i] = start;
            before = start;
        }

        return true;
    }

    private void FindInTables(int assembly)
    {
        for (int table = 0; table < s_records.Length; table++)
        {
            string record = s_records[table];
            int end = assembly + _starts[table + 1];
            for (int at = assembly + _starts[table]; at + (2 * record.Length) <= end; at += 2 * record.Length)
            {
                for (int i = 0; i < record.Length; i++)
                {
                    Add(at + (2 * i), KindOf(record[i]));
                }
            }
        }
    }

    /// <summary>Method by method; one that does not begin behind the one before is passed over.</summary>
    private void FindInCode(int assembly)
    {
        int code = assembly + _starts[ByteCode];
        int end = assembly + _starts[ByteCode + 1];
        int last = -1;
        int methods = assembly + _starts[MethodDefs];
        for (int at = methods; at + MethodRecord <= assembly + _starts[MethodDefs + 1]; at += MethodRecord)
        {
            int begin = Read16(at + CodeAtInMethod);
            if (begin == NoCode || begin <= last)
            {
                continue;
            }

            if (last >= 0)
            {
                FindInMethod(code + last, Math.Min(code + begin, end));
            }

            last = begin;
        }

        if (last >= 0)
        {
            FindInMethod(code + last, end);
        }
    }

    /// <summary>Instruction by instruction. The handlers of exceptions behind the last are read as instructions, too.</summary>
    private void FindInMethod(int at, int end)
    {
        while (at < end)
        {
            int opcode = _image[at++];
            int size = s_sizes[opcode];
            ReferenceKind kind = s_kinds[opcode];
            if (opcode == Prefix && at < end)
            {
                opcode = _image[at++];
                size = s_prefixedSizes[opcode];
                kind = s_prefixedKinds[opcode];
            }

            if (size < 0)
            {
                size = at < end ? 1 + (2 * _image[at]) : 0;
            }

            if (at + size <= end)
            {
                Add(at, kind);
            }

            at += size;
        }
    }

    private int Read16(int at) => BinaryPrimitives.ReadUInt16LittleEndian(_image.AsSpan(at));

    private void Add(int at, ReferenceKind kind)
    {
        if (kind != ReferenceKind.None)
        {
            _found.Add(new ImageReference(at, (_assembly * ReferenceMap.KindsAnAssembly) + (int)kind, Read16(at)));
        }
    }
}

/// <summary>A u16 that refers to something.</summary>
/// <param name="Position">Where it is in the image.</param>
/// <param name="Group">Number of the assembly, from 0, × 8 + <see cref="ReferenceKind"/>.</param>
/// <param name="Value">What it refers to.</param>
internal readonly record struct ImageReference(int Position, int Group, int Value);

/// <summary>What references refer to. Each kind has numbers of its own, flags for other assemblies' included.</summary>
internal enum ReferenceKind
{
    /// <summary>To nothing.</summary>
    None,

    /// <summary>A place in the heap of strings.</summary>
    String,

    /// <summary>A place in the heap of signatures.</summary>
    Signature,

    /// <summary>A method, of this assembly or of another.</summary>
    Method,

    /// <summary>A field.</summary>
    Field,

    /// <summary>A type, as an instruction names it.</summary>
    TypeInCode,

    /// <summary>A type, as a record names it.</summary>
    TypeInTable,

    /// <summary>A place in the code.</summary>
    Code,
}
