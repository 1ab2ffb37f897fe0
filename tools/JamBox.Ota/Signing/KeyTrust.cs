namespace JamBox.Ota.Signing;

/// <summary>Which keys of releases are trusted after a number of key-change records: what a box knows, and the server of its fleet.</summary>
/// <param name="Epoch">Epoch of the newest record; 0 without one.</param>
/// <param name="Number">Number of the newest record; 0 without one.</param>
/// <param name="Keys">The keys, at most two.</param>
public sealed record KeyTrust(int Epoch, int Number, IReadOnlyList<PublicKey> Keys)
{
    /// <summary>Epoch and number, such as <c>0.3</c>; <c>0.0</c> before the first record.</summary>
    public string Name => KeyChangeRecord.NameOf(Epoch, Number);

    /// <summary>Gives the trust of a box that was provisioned and heard nothing since.</summary>
    /// <param name="keys">Its keys.</param>
    /// <returns>The trust.</returns>
    public static KeyTrust Provisioned(params IEnumerable<PublicKey> keys) => new(0, 0, [.. keys]);

    /// <summary>Tells why a record is not taken, as a box decides it.</summary>
    /// <param name="record">The record.</param>
    /// <param name="recovery">The recovery key; <c>null</c> for none.</param>
    /// <returns>One sentence without its end; <c>null</c> when it is taken.</returns>
    public string? FindFault(KeyChangeRecord record, PublicKey? recovery) =>
        !record.IsAfter(Epoch, Number) ? $"it is {record.Name}, and {Name} is in force already"
        : !record.IsSigned ? "it is not signed"
        : record.IsRecovery ? FindRecoveryFault(record, recovery)
        : record.Epoch != Epoch ? $"it is of epoch {record.Epoch}, and only the recovery key can leave epoch {Epoch}"
        : !Keys.Any(record.IsSignedBy) ? "it is not signed by a key that is trusted now"
        : null;

    /// <summary>Tells why a floor is not taken.</summary>
    /// <param name="floor">The floor.</param>
    /// <param name="newest">The floor that is in force for the same board; <c>null</c> for none.</param>
    /// <returns>One sentence without its end; <c>null</c> when it is taken.</returns>
    public string? FindFault(FloorRecord floor, FloorRecord? newest) =>
        floor.Epoch != Epoch ? $"it is of epoch {floor.Epoch}, and the keys are of epoch {Epoch}"
        : newest is not null && !floor.IsAfter(newest.Epoch, newest.Number) ? $"it is {floor.Name}, and {newest.Name} is in force already"
        : newest is not null && newest.Epoch == floor.Epoch && floor.MinimumSequence < newest.MinimumSequence
            ? $"its minimum sequence {floor.MinimumSequence} is lower than {newest.MinimumSequence}, which is in force: a floor never goes down"
        : !floor.IsSigned ? "it is not signed"
        : !Keys.Any(floor.IsSignedBy) ? "it is not signed by a key that is trusted now"
        : null;

    /// <summary>Gives the trust after a record.</summary>
    /// <param name="record">A record in which <see cref="FindFault(KeyChangeRecord, PublicKey?)"/> finds nothing.</param>
    /// <returns>The trust.</returns>
    public static KeyTrust After(KeyChangeRecord record) => new(record.Epoch, record.Number, record.Keys);

    private static string? FindRecoveryFault(KeyChangeRecord record, PublicKey? recovery) =>
        recovery is null ? "it is signed by a recovery key, and none is known here"
        : !record.IsSignedBy(recovery) ? "it is not signed by the recovery key"
        : null;
}
