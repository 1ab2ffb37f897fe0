namespace JamBox.Backend.Storage;

/// <summary>One parameter of a statement: nothing, a whole number, or text. Times go in as milliseconds since 1970.</summary>
internal readonly struct SqlValue
{
    private SqlValue(SqlValueKind kind, long number, string? text)
    {
        Kind = kind;
        Number = number;
        Text = text;
    }

    /// <summary>Which of the three it is.</summary>
    public SqlValueKind Kind { get; }

    /// <summary>The number, when <see cref="Kind"/> says so.</summary>
    public long Number { get; }

    /// <summary>The text, when <see cref="Kind"/> says so.</summary>
    public string? Text { get; }

    public static implicit operator SqlValue(long value) => new(SqlValueKind.Number, value, null);

    public static implicit operator SqlValue(int value) => new(SqlValueKind.Number, value, null);

    public static implicit operator SqlValue(long? value) => value is { } number ? number : default(SqlValue);

    public static implicit operator SqlValue(int? value) => value is { } number ? number : default(SqlValue);

    public static implicit operator SqlValue(string? value) => value is null ? default : new(SqlValueKind.Text, 0, value);
}
