namespace JamBox.Backend.Updates;

/// <summary>An attempt of a device at a release, as stored.</summary>
/// <param name="Id">Its row.</param>
/// <param name="DeviceId">The device.</param>
/// <param name="FirmwareId">The build.</param>
/// <param name="RolloutId">The roll-out that gave it, if any.</param>
/// <param name="PatchId">The patch that it loads; the id that devices name.</param>
/// <param name="State">One of <see cref="AttemptState"/>.</param>
/// <param name="Why">Why it ended so.</param>
/// <param name="Chunks">Chunks that the device has: the next one it needs.</param>
/// <param name="ChunkCount">Chunks in all.</param>
/// <param name="Bytes">Bytes of all chunks given, repeats included.</param>
/// <param name="OfferedAt">Milliseconds since 1970.</param>
/// <param name="ChangedAt">Milliseconds since 1970.</param>
/// <param name="EndedAt">Milliseconds since 1970; null = it is open.</param>
/// <param name="ClaimedAt">When the device said that it had succeeded, which is not believed yet: it was given no chunk.</param>
internal sealed record Attempt(
    long Id, string DeviceId, long FirmwareId, long? RolloutId, long PatchId, string State, string? Why,
    int Chunks, int ChunkCount, long Bytes, long OfferedAt, long ChangedAt, long? EndedAt, long? ClaimedAt = null);

/// <summary>The names of an attempt's states, as they are stored, told and shown.</summary>
internal static class AttemptState
{
    /// <summary>The device was told of it.</summary>
    public const string Offered = "offered";

    /// <summary>It fetches chunks.</summary>
    public const string Downloading = "downloading";

    /// <summary>It has them all and checks them.</summary>
    public const string Verifying = "verifying";

    /// <summary>It makes the new image.</summary>
    public const string Applying = "applying";

    /// <summary>The image stands ready and is installed at the next boot.</summary>
    public const string Staged = "staged";

    /// <summary>It runs the new image, and has not sent a reading with it yet.</summary>
    public const string Trial = "trial";

    /// <summary>It stays with the new image. An end.</summary>
    public const string Confirmed = "confirmed";

    /// <summary>It went back to the image before. An end.</summary>
    public const string RolledBack = "rolled_back";

    /// <summary>It gave up before it ran the new image. An end.</summary>
    public const string Failed = "failed";

    /// <summary>Why the attempt failed when we took the release back: no fault of the device, so that it may be offered again.</summary>
    public const string Withdrawn = "withdrawn";

    /// <summary>Why the attempt rolled back when the box runs the old image again and does not say why.</summary>
    public const string NoReport = "no_report";

    /// <summary>
    /// Why the attempt failed, or rolled back, when somebody flashed another image over the one on trial, over serial: no fault of the
    /// release. The box keeps what was flashed, and is not offered the release again until it is allowed.
    /// </summary>
    public const string Replaced = "replaced";

    /// <summary>The order in which an attempt goes through its states; 0 for a word that is none.</summary>
    public static int Rank(string state) => state switch
    {
        Offered => 1,
        Downloading => 2,
        Verifying => 3,
        Applying => 4,
        Staged => 5,
        Trial => 6,
        Confirmed or RolledBack or Failed => 7,
        _ => 0,
    };
}
