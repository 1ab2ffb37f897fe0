namespace JamBox.Backend.Storage;

/// <summary>A prepared statement and, while it runs, its current row. Disposing it makes it ready for the next use; it stays prepared.</summary>
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
