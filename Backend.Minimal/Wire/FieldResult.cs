namespace JamBox.Backend.Wire;

/// <summary>What became of a value.</summary>
internal enum FieldResult
{
    /// <summary>Taken; a later alias of the same field no longer counts.</summary>
    Taken,

    /// <summary>As good as not sent, so that an alias may still speak: null, or a zero where zero says nothing.</summary>
    Absent,

    /// <summary>Of the wrong type or out of range.</summary>
    Refused,
}
