using System.Text.Json.Serialization;

namespace JamBox.Backend.Trust;

/// <summary>Which keys of releases count, which boxes trust which, and the floors.</summary>
/// <param name="Name">Epoch and number of the newest key-change record; 0.0 before the first.</param>
/// <param name="Keys">The keys that are trusted; null when nobody said: no record and no Ota:PublicKey.</param>
/// <param name="RecoveryKey">Name of the recovery key; null when the settings have none.</param>
/// <param name="IsByRecovery">Whether the recovery key signed the newest record.</param>
/// <param name="AddedBy">Who brought the newest record; null before the first.</param>
/// <param name="AddedAt">When.</param>
/// <param name="Groups">How many boxes trust which keys, the most frequent first.</param>
/// <param name="Silent">Boxes that have never said which keys they trust: an older firmware, or never heard.</param>
/// <param name="Floors">The newest floor of each board.</param>
internal sealed record TrustView(
    [property: JsonPropertyName("name")] string Name,
    [property: JsonPropertyName("keys")] IReadOnlyList<KeyView>? Keys,
    [property: JsonPropertyName("recovery_key")] string? RecoveryKey,
    [property: JsonPropertyName("is_by_recovery")] bool IsByRecovery,
    [property: JsonPropertyName("added_by")] string? AddedBy,
    [property: JsonPropertyName("added_at")] DateTime? AddedAt,
    [property: JsonPropertyName("groups")] IReadOnlyList<TrustGroup> Groups,
    [property: JsonPropertyName("silent")] int Silent,
    [property: JsonPropertyName("floors")] IReadOnlyList<FloorView> Floors)
{
    /// <summary>How a box that trusts some keys says so.</summary>
    public static string NamesOf(IEnumerable<PublicKey> keys) =>
        string.Join(',', keys.Select(static key => key.Fingerprint).DefaultIfEmpty("-"));

    /// <summary>The names in what a box said.</summary>
    public static IReadOnlyList<string> Split(string names) => names == "-" ? [] : names.Split(',');
}

/// <summary>A public key of releases.</summary>
/// <param name="Name">The first four hex digits of the SHA-256 of its bytes.</param>
/// <param name="PublicKey">128 hex digits.</param>
internal sealed record KeyView(
    [property: JsonPropertyName("name")] string Name,
    [property: JsonPropertyName("public_key")] string PublicKey);

/// <summary>Boxes that trust the same keys.</summary>
/// <param name="Keys">Names of the keys; none = they take no release.</param>
/// <param name="IsCurrent">Whether those are the keys of the newest record.</param>
/// <param name="Boxes">How many boxes.</param>
internal sealed record TrustGroup(
    [property: JsonPropertyName("keys")] IReadOnlyList<string> Keys,
    [property: JsonPropertyName("is_current")] bool IsCurrent,
    [property: JsonPropertyName("boxes")] int Boxes);

/// <summary>The floor of a board.</summary>
/// <param name="Hardware">The board.</param>
/// <param name="Name">Epoch and number.</param>
/// <param name="MinimumSequence">No release below is taken.</param>
/// <param name="IssuedAt">When it was signed.</param>
/// <param name="ExpiresAt">When it should be followed by another.</param>
/// <param name="IsExpired">Whether that is over.</param>
/// <param name="IsTrusted">Whether a key that is trusted now signed it, in the epoch of now: a box that lost its floor could take
/// it.</param>
/// <param name="AddedBy">Who brought it.</param>
/// <param name="AddedAt">When.</param>
/// <param name="Boxes">Boxes of the board that have it.</param>
/// <param name="Behind">Boxes of the board that have an older one, or none.</param>
/// <param name="Expired">Boxes that say that the time of theirs is over.</param>
internal sealed record FloorView(
    [property: JsonPropertyName("hw")] string Hardware,
    [property: JsonPropertyName("name")] string Name,
    [property: JsonPropertyName("minimum_sequence")] int MinimumSequence,
    [property: JsonPropertyName("issued_at")] DateTime IssuedAt,
    [property: JsonPropertyName("expires_at")] DateTime ExpiresAt,
    [property: JsonPropertyName("is_expired")] bool IsExpired,
    [property: JsonPropertyName("is_trusted")] bool IsTrusted,
    [property: JsonPropertyName("added_by")] string AddedBy,
    [property: JsonPropertyName("added_at")] DateTime AddedAt,
    [property: JsonPropertyName("boxes")] int Boxes,
    [property: JsonPropertyName("behind")] int Behind,
    [property: JsonPropertyName("expired")] int Expired);

/// <summary>What a box said of its keys and its floor.</summary>
/// <param name="DeviceId">The box.</param>
/// <param name="Keys">Names of the keys that it trusts.</param>
/// <param name="IsCurrent">Whether those are the keys of the newest record.</param>
/// <param name="Floor">Epoch and number of its floor; null = none.</param>
/// <param name="IsFloorExpired">Whether it says that the floor's time is over: somebody may keep newer ones from it.</param>
/// <param name="ToldAt">When it said so.</param>
internal sealed record TrustBoxRow(
    [property: JsonPropertyName("device_id")] string DeviceId,
    [property: JsonPropertyName("keys")] IReadOnlyList<string> Keys,
    [property: JsonPropertyName("is_current")] bool IsCurrent,
    [property: JsonPropertyName("floor")] string? Floor,
    [property: JsonPropertyName("is_floor_expired")] bool IsFloorExpired,
    [property: JsonPropertyName("told_at")] DateTime ToldAt);

/// <summary>What came of a record or floor.</summary>
/// <param name="Name">Its epoch and number.</param>
/// <param name="Stopped">Roll-outs that it stopped.</param>
internal sealed record TrustChange(
    [property: JsonPropertyName("name")] string Name,
    [property: JsonPropertyName("stopped")] IReadOnlyList<long> Stopped);

/// <summary>Serializers of keys and floors, made when compiled: no reflection while running.</summary>
[JsonSerializable(typeof(TrustView))]
[JsonSerializable(typeof(List<TrustBoxRow>))]
[JsonSerializable(typeof(TrustChange))]
internal sealed partial class TrustJson : JsonSerializerContext;
