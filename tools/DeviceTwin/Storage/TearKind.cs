namespace JamBox.Twin.Storage;

/// <summary>What an operation leaves behind in which power goes.</summary>
internal enum TearKind
{
    /// <summary>Anything from nothing to all, by seed.</summary>
    Any,

    /// <summary>Nothing: power went before it began.</summary>
    Nothing,

    /// <summary>A part, by seed.</summary>
    Half,

    /// <summary>All of it: power went before anybody could be told.</summary>
    All,
}
