using System.Buffers.Binary;
using System.Text;

namespace JamBox.Ota.Nvs;

/// <summary>A value of an NVS partition.</summary>
/// <param name="Namespace">Whose key it is.</param>
/// <param name="Key">Its name in the namespace.</param>
/// <param name="Type">What it is.</param>
/// <param name="Bytes">An integer little-endian, a text without its final zero, or a blob.</param>
public sealed record NvsEntry(string Namespace, string Key, NvsType Type, byte[] Bytes)
{
    /// <summary>Gets the value as text; UTF-8 that is none becomes replacement characters.</summary>
    public string Text => Encoding.UTF8.GetString(Bytes);

    /// <summary>Gets the value of an integer.</summary>
    /// <exception cref="InvalidOperationException">It is a text or a blob.</exception>
    public Int128 Integer => Type switch
    {
        NvsType.U8 => Bytes[0],
        NvsType.I8 => (sbyte)Bytes[0],
        NvsType.U16 => BinaryPrimitives.ReadUInt16LittleEndian(Bytes),
        NvsType.I16 => BinaryPrimitives.ReadInt16LittleEndian(Bytes),
        NvsType.U32 => BinaryPrimitives.ReadUInt32LittleEndian(Bytes),
        NvsType.I32 => BinaryPrimitives.ReadInt32LittleEndian(Bytes),
        NvsType.U64 => BinaryPrimitives.ReadUInt64LittleEndian(Bytes),
        NvsType.I64 => BinaryPrimitives.ReadInt64LittleEndian(Bytes),
        _ => throw new InvalidOperationException($"'{Namespace}/{Key}' is no integer"),
    };

    /// <summary>Names it; the value is left out, as it may be a secret.</summary>
    /// <returns>Such as <c>jambox/token (Text, 43 bytes)</c>.</returns>
    public override string ToString() => $"{Namespace}/{Key} ({Type}, {Bytes.Length} bytes)";
}
