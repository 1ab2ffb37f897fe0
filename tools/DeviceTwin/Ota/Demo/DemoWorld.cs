using JamBox.Ota.Signing;
using JamBox.Twin.Run;
using JamBox.Twin.Time;

namespace JamBox.Twin.Ota.Demo;

/// <summary>What all boxes and the desk of the demonstration share.</summary>
internal sealed class DemoWorld
{
    private long _endUtcMs = long.MaxValue;

    /// <summary>How it is to be.</summary>
    public required DemoOptions Options { get; init; }

    /// <summary>When it begins, UTC.</summary>
    public required DateTimeOffset Start { get; init; }

    /// <summary>The backend.</summary>
    public required BackendHost Backend { get; init; }

    /// <summary>The order of all exchanges with it.</summary>
    public required ExchangeOrder Order { get; init; }

    /// <summary>Who signs.</summary>
    public required ReleaseKey Key { get; init; }

    /// <summary>What the boxes run at first.</summary>
    public required TwinFirmware First { get; init; }

    /// <summary>What they shall run.</summary>
    public required TwinFirmware Release { get; init; }

    /// <summary>The image of <see cref="First"/>.</summary>
    public required byte[] OldImage { get; init; }

    /// <summary>The image of <see cref="Release"/>.</summary>
    public required byte[] NewImage { get; init; }

    /// <summary>What boxes have to tell.</summary>
    public DemoDiary Diary { get; } = new();

    /// <summary>When the boxes may stop, true UTC in ms; set by the desk, later than any box can be.</summary>
    public long EndUtcMs
    {
        get => Volatile.Read(ref _endUtcMs);
        set => Volatile.Write(ref _endUtcMs, value);
    }
}
