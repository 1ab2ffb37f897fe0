namespace JamBox.Bench.Server;

/// <summary>Which keys of releases count, how many boxes trust which, and the floors.</summary>
/// <param name="Name">Epoch and number of the newest key-change record; 0.0 before the first.</param>
/// <param name="Keys">The keys that are trusted; <c>null</c> when the server does not know.</param>
/// <param name="RecoveryKey">Name of the recovery key; <c>null</c> when the server has none.</param>
/// <param name="Groups">How many boxes trust which keys.</param>
/// <param name="Silent">Boxes that never said.</param>
/// <param name="Floors">The newest floor of each board.</param>
internal sealed record TrustRow(
    string Name, TrustKeyRow[]? Keys, string? RecoveryKey, TrustGroupRow[] Groups, int Silent, FloorRow[] Floors);

/// <summary>A public key.</summary>
/// <param name="Name">The first four hex digits of its SHA-256.</param>
/// <param name="PublicKey">128 hex digits.</param>
internal sealed record TrustKeyRow(string Name, string PublicKey);

/// <summary>Boxes that trust the same keys.</summary>
/// <param name="Keys">Names of the keys.</param>
/// <param name="IsCurrent">Whether those are the keys of the newest record.</param>
/// <param name="Boxes">How many.</param>
internal sealed record TrustGroupRow(string[] Keys, bool IsCurrent, int Boxes);

/// <summary>The floor of a board.</summary>
/// <param name="Hw">The board.</param>
/// <param name="Name">Epoch and number.</param>
/// <param name="MinimumSequence">No release below is taken.</param>
/// <param name="ExpiresAt">When it should be followed by another.</param>
/// <param name="IsExpired">Whether that is over.</param>
/// <param name="IsTrusted">Whether a key signed it that is trusted now.</param>
/// <param name="Boxes">Boxes that have it.</param>
/// <param name="Behind">Boxes that have an older one, or none.</param>
/// <param name="Expired">Boxes that say that the time of theirs is over.</param>
internal sealed record FloorRow(
    string Hw, string Name, int MinimumSequence, DateTime ExpiresAt, bool IsExpired, bool IsTrusted, int Boxes, int Behind, int Expired);

/// <summary>What a box said of its keys and its floor.</summary>
/// <param name="DeviceId">The box.</param>
/// <param name="Keys">Names of the keys.</param>
/// <param name="IsCurrent">Whether those are the keys of the newest record.</param>
/// <param name="Floor">Epoch and number; <c>null</c> = none.</param>
/// <param name="IsFloorExpired">Whether it says that the floor's time is over.</param>
/// <param name="ToldAt">When it said so.</param>
internal sealed record TrustBoxRow(
    string DeviceId, string[] Keys, bool IsCurrent, string? Floor, bool IsFloorExpired, DateTime ToldAt);

/// <summary>What came of a record.</summary>
/// <param name="Name">Its epoch and number.</param>
/// <param name="Stopped">Roll-outs that it stopped.</param>
internal sealed record TrustChangeRow(string Name, long[] Stopped);
