namespace JamBox.Backend.Ota;

/// <summary>An attempt of a device at a release, as stored.</summary>
/// <param name="Id">Its row.</param>
/// <param name="DeviceId">The device.</param>
/// <param name="FirmwareId">The build.</param>
/// <param name="RolloutId">The roll-out that gave it, if any.</param>
/// <param name="DeltaId">The patch that it loads; the id that devices name.</param>
/// <param name="State">One of <see cref="AttemptState"/>.</param>
/// <param name="Why">Why it ended so.</param>
/// <param name="Chunks">Chunks that the device has: the next one it needs.</param>
/// <param name="ChunkCount">Chunks in all.</param>
/// <param name="Bytes">Bytes of all chunks given, repeats included.</param>
/// <param name="OfferedAt">Milliseconds since 1970.</param>
/// <param name="ChangedAt">Milliseconds since 1970.</param>
/// <param name="EndedAt">Milliseconds since 1970; null = it is open.</param>
internal sealed record OtaAttempt(
    long Id, string DeviceId, long FirmwareId, long? RolloutId, long DeltaId, string State, string? Why,
    int Chunks, int ChunkCount, long Bytes, long OfferedAt, long ChangedAt, long? EndedAt);
