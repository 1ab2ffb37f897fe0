using JamBox.Backend.Security;

namespace JamBox.Backend.Telemetry;

/// <summary>Takes what devices say, by whatever way it came.</summary>
internal sealed class TelemetryIntake
{
    /// <summary>Stores a message. The task ends when it is committed and on the disk.</summary>
    /// <param name="device">Who says it.</param>
    /// <param name="body">What it says.</param>
    /// <param name="cancel">Gives up waiting; what was begun is stored all the same.</param>
    /// <exception cref="Storage.StorageBusyException">Too much waits; nothing was stored.</exception>
    /// <exception cref="Storage.StorageException">The storage does not answer; nothing was stored.</exception>
    public Task<TelemetryTaken> TakeAsync(DeviceIdentity device, TelemetryBody body, CancellationToken cancel) =>
        throw new NotSupportedException();
}

/// <summary>What became of a message.</summary>
/// <param name="At">When it was taken, milliseconds since 1970.</param>
/// <param name="Merged">The merged state after it: each key once.</param>
/// <param name="Fault">Why it was not stored, in plain words: a time out of range, too many different keys; null = it was.</param>
internal sealed record TelemetryTaken(long At, IReadOnlyList<TelemetryPoint> Merged, string? Fault);
