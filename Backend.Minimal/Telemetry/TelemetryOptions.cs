using JamBox.Backend.Operation;

namespace JamBox.Backend.Telemetry;

/// <summary><c>Telemetry:*</c>.</summary>
internal sealed class TelemetryOptions
{
    /// <summary>The section.</summary>
    public const string Section = "Telemetry";

    /// <summary>Silence after which a thing that sends telemetry is offline, seconds, 20 to 86,400; 60 unless said.</summary>
    [WholeNumber(20, 86_400)]
    public int OfflineAfterSeconds { get; set; } = 60;

    /// <summary>Days that every single value is kept, 1 to 3,650; 30 unless said.</summary>
    [WholeNumber(1, 3_650)]
    public int RawDays { get; set; } = 30;

    /// <summary>Values of one device that are kept singly, 1,000 to 1,000,000,000; 5,000,000 unless said. The oldest go first.</summary>
    [WholeNumber(1_000, 1_000_000_000)]
    public int MaxPointsPerDevice { get; set; } = 5_000_000;

    /// <summary>Days that least, mean and greatest of every five minutes are kept, 1 to 36,500; 730 unless said.</summary>
    [WholeNumber(1, 36_500)]
    public int SummaryDays { get; set; } = 730;
}
