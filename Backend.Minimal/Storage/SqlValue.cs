namespace JamBox.Backend.Storage;

/// <summary>One parameter of a statement: a number, text, bytes, or null. Times go in as milliseconds since 1970, yes and no as 1 and 0.</summary>
internal readonly struct SqlValue
{
    private readonly long _number;
    private readonly object? _object;

    private SqlValue(SqlValueKind kind, long number, object? reference)
    {
        Kind = kind;
        _number = number;
        _object = reference;
    }

    /// <summary>Which of them it is.</summary>
    public SqlValueKind Kind { get; }

    /// <summary>The whole number, when <see cref="Kind"/> says so.</summary>
    public long Number => _number;

    /// <summary>The text, when <see cref="Kind"/> says so.</summary>
    public string? Text => (string?)_object;

    /// <summary>The number, when <see cref="Kind"/> says so.</summary>
    public double Real => BitConverter.Int64BitsToDouble(_number);

    /// <summary>The bytes, when <see cref="Kind"/> says so.</summary>
    public byte[]? Bytes => (byte[]?)_object;

    public static implicit operator SqlValue(long value) => new(SqlValueKind.Number, value, null);

    public static implicit operator SqlValue(int value) => new(SqlValueKind.Number, value, null);

    public static implicit operator SqlValue(bool value) => new(SqlValueKind.Number, value ? 1 : 0, null);

    public static implicit operator SqlValue(long? value) => value is { } number ? number : default(SqlValue);

    public static implicit operator SqlValue(int? value) => value is { } number ? number : default(SqlValue);

    public static implicit operator SqlValue(double value) => new(SqlValueKind.Real, BitConverter.DoubleToInt64Bits(value), null);

    public static implicit operator SqlValue(double? value) => value is { } number ? (SqlValue)number : new SqlValue(SqlValueKind.NullReal, 0, null);

    public static implicit operator SqlValue(string? value) => new(value is null ? SqlValueKind.NullText : SqlValueKind.Text, 0, value);

    public static implicit operator SqlValue(byte[]? value) => new(value is null ? SqlValueKind.NullBytes : SqlValueKind.Bytes, 0, value);
}
