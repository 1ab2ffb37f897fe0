namespace JamBox.Backend.Storage;

/// <summary>
/// A prepared statement and, while it runs, its current row. Disposing it makes it ready for the next use; it stays prepared.
/// </summary>
internal abstract class SqlStatement : IDisposable
{
    /// <summary>Goes to the next row.</summary>
    /// <returns>False at the end.</returns>
    public abstract bool Read();

    /// <summary>Whether a column of the current row is null.</summary>
    public abstract bool IsNull(int column);

    /// <summary>The whole number in a column of the current row; 0 for null.</summary>
    public abstract long Int64(int column);

    /// <summary>The number in a column of the current row; 0 for null.</summary>
    public abstract double Real(int column);

    /// <summary>The text in a column of the current row; empty for null. Numbers are written as text.</summary>
    public abstract string Text(int column);

    /// <summary>The bytes in a column of the current row; none for null.</summary>
    public abstract byte[] Bytes(int column);

    /// <summary>The whole number in a column of the current row; 0 for null.</summary>
    public int Int32(int column) => checked((int)Int64(column));

    /// <summary>The whole number in a column of the current row, or null.</summary>
    public long? Int64OrNull(int column) => IsNull(column) ? null : Int64(column);

    /// <summary>The whole number in a column of the current row, or null.</summary>
    public int? Int32OrNull(int column) => IsNull(column) ? null : Int32(column);

    /// <summary>The number in a column of the current row, or null.</summary>
    public double? RealOrNull(int column) => IsNull(column) ? null : Real(column);

    /// <summary>The text in a column of the current row, or null.</summary>
    public string? TextOrNull(int column) => IsNull(column) ? null : Text(column);

    /// <summary>The moment in a column of the current row.</summary>
    public DateTime Time(int column) => DateTime.UnixEpoch.AddMilliseconds(Int64(column));

    /// <summary>The moment in a column of the current row, or null.</summary>
    public DateTime? TimeOrNull(int column) => IsNull(column) ? null : Time(column);

    /// <inheritdoc/>
    public abstract void Dispose();
}

/// <summary>
/// One parameter of a statement: a number, text, bytes, or null. Times go in as milliseconds since 1970, yes and no as 1 and 0.
/// </summary>
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

    public static implicit operator SqlValue(double? value) =>
        value is { } number ? (SqlValue)number : new SqlValue(SqlValueKind.NullReal, 0, null);

    public static implicit operator SqlValue(string? value) => new(value is null ? SqlValueKind.NullText : SqlValueKind.Text, 0, value);

    public static implicit operator SqlValue(byte[]? value) => new(value is null ? SqlValueKind.NullBytes : SqlValueKind.Bytes, 0, value);
}

/// <summary>What a <see cref="SqlValue"/> holds. A null knows what it would have been: PostgreSQL must be told.</summary>
internal enum SqlValueKind : byte
{
    /// <summary>SQL's null in place of a whole number.</summary>
    NullNumber,

    /// <summary>A whole number of 64 bits.</summary>
    Number,

    /// <summary>SQL's null in place of a text.</summary>
    NullText,

    /// <summary>Text.</summary>
    Text,

    /// <summary>SQL's null in place of a number with a fraction.</summary>
    NullReal,

    /// <summary>A number with a fraction.</summary>
    Real,

    /// <summary>SQL's null in place of bytes.</summary>
    NullBytes,

    /// <summary>Bytes.</summary>
    Bytes,
}
