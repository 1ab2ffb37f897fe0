using System.Diagnostics.Metrics;

namespace JamBox.Backend.Operation;

/// <summary>What the backend measures of itself: an ordinary .NET meter, so that other exporters can be attached too.</summary>
internal sealed class BackendMetrics : IDisposable
{
    /// <summary>Name of the meter.</summary>
    public const string MeterName = "JamBox.Backend";

    private readonly Meter _meter = new(MeterName);

    /// <summary>Makes the instruments.</summary>
    public BackendMetrics()
    {
        Readings = _meter.CreateCounter<long>("jambox_readings_total", description: "Readings answered with yes, by result.");
        Heartbeats = _meter.CreateCounter<long>("jambox_heartbeats_total", description: "Heartbeats answered with yes.");
        BoardFaults = _meter.CreateCounter<long>("jambox_board_faults_total", description: "Heartbeats of boxes with a part that does not work.");
        Refusals = _meter.CreateCounter<long>("jambox_refusals_total", description: "Requests of devices that were refused, by status.");
        OtaChunks = _meter.CreateCounter<long>("jambox_ota_chunks_total", description: "Chunks of our patches given to devices.");
        OtaEnds = _meter.CreateCounter<long>("jambox_ota_ends_total", description: "Ends of updates that devices reported, by state.");
        Patches = _meter.CreateCounter<long>("jambox_ota_patches_total", description: "Patches made, by state.");
        PatchSeconds = _meter.CreateHistogram<double>("jambox_ota_patch_seconds", "s", "Time to make and check a patch.");
        CommitSeconds = _meter.CreateHistogram<double>("jambox_commit_seconds", "s", "Time of a commit, fsync included.");
        BatchSize = _meter.CreateHistogram<double>("jambox_commit_changes", description: "Changes in a commit.");
    }

    /// <summary>Readings stored.</summary>
    public Counter<long> Readings { get; }

    /// <summary>Heartbeats.</summary>
    public Counter<long> Heartbeats { get; }

    /// <summary>Heartbeats with a fault of the board.</summary>
    public Counter<long> BoardFaults { get; }

    /// <summary>Refused requests of devices.</summary>
    public Counter<long> Refusals { get; }

    /// <summary>Chunks given.</summary>
    public Counter<long> OtaChunks { get; }

    /// <summary>Reported ends of updates.</summary>
    public Counter<long> OtaEnds { get; }

    /// <summary>Patches made.</summary>
    public Counter<long> Patches { get; }

    /// <summary>Time that a patch took.</summary>
    public Histogram<double> PatchSeconds { get; }

    /// <summary>Commit latency.</summary>
    public Histogram<double> CommitSeconds { get; }

    /// <summary>Changes that shared a commit.</summary>
    public Histogram<double> BatchSize { get; }

    /// <summary>Whether an instrument is this instance's: hosts in one process do not mix their numbers.</summary>
    public bool Owns(Instrument instrument) => ReferenceEquals(instrument.Meter, _meter);

    /// <inheritdoc/>
    public void Dispose() => _meter.Dispose();
}
