namespace System;

/// <summary>Stand-in of nanoFramework's SpanByte: what a byte array turns into on its way to a bus.</summary>
public readonly ref struct SpanByte
{
    private readonly byte[] _array;

    public SpanByte(byte[] array)
    {
        _array = array;
    }

    public int Length => _array.Length;

    public static implicit operator SpanByte(byte[] array) => new(array);

    internal Span<byte> AsSpan() => _array;
}
