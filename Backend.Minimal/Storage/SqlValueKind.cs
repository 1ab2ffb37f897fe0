namespace JamBox.Backend.Storage;

/// <summary>What a <see cref="SqlValue"/> holds.</summary>
internal enum SqlValueKind : byte
{
    /// <summary>SQL's null.</summary>
    Null,

    /// <summary>A whole number of 64 bits.</summary>
    Number,

    /// <summary>Text.</summary>
    Text,
}
