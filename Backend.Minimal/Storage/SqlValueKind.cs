namespace JamBox.Backend.Storage;

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
