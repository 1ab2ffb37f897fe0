using JamBox.Boot;
using JamBox.Twin.Storage;

namespace JamBox.Twin.Ota;

/// <summary>How the box of an update is.</summary>
internal sealed record UpdateBoxOptions
{
    /// <summary>Its flash.</summary>
    public FlashSizes Sizes { get; init; } = FlashSizes.Tiny;

    /// <summary>Its boot copies; <c>null</c> = the best that there are.</summary>
    public IBootCopies? BootCopies { get; init; }

    /// <summary>How often it closes a reading, ms; 0 = as it does without a configuration.</summary>
    public int ReportIntervalMs { get; init; }

    /// <summary>Who walks by.</summary>
    public double PeopleAnHour { get; init; } = 20;

    /// <summary>Whether its modem has manners of its own, by seed.</summary>
    public bool HasManners { get; init; }

    /// <summary>How long people walk by, and it may take, virtual ms.</summary>
    public long PatienceMs { get; init; } = 24 * 3_600_000L;

    /// <summary>Where its log goes.</summary>
    public TextWriter Log { get; init; } = TextWriter.Null;
}
