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

    /// <summary>
    /// The worst that flash does: of a write any of its bits, and bits of the page behind it as far as nothing was written there; of an erase a sector
    /// full of chance. A value in the store is the old or the new one all the same.
    /// </summary>
    Wild,
}
