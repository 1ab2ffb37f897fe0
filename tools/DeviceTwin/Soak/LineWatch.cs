using JamBox.App;
using JamBox.Twin.Faults;
using JamBox.Twin.Run;
using JamBox.Twin.Time;

namespace JamBox.Twin.Soak;

/// <summary>
/// What somebody on the line forges has no effect: no time, no configuration. (That no forged command is carried out
/// <see cref="OrderWatch"/> sees, because it was never given.)
/// </summary>
internal sealed class LineWatch(VirtualClock clock, Problems problems) : IBoxWatch
{
    private static readonly long s_forgedMs = new DateTimeOffset(LineTroubles.ForgedYear, 1, 1, 0, 0, 0, TimeSpan.Zero)
        .AddDays(-1).ToUnixTimeMilliseconds();

    private Box? _box;
    private bool _isTold;

    /// <inheritdoc/>
    public void Booted(Box box) => _box = box;

    /// <inheritdoc/>
    public void Look(bool isLast)
    {
        if (_isTold)
        {
            return;
        }

        if (_box!.Clock.IsSet && _box.Clock.OffsetMs + clock.UptimeMs >= s_forgedMs)
        {
            _isTold = true;
            problems.Add(clock.NowMs, "the box believes a time that was forged on the line");
        }
        else if (_box.Config.Version == LineTroubles.ForgedVersion)
        {
            _isTold = true;
            problems.Add(clock.NowMs, "the box runs a configuration that was forged on the line");
        }
    }

    /// <inheritdoc/>
    public void Closed(ReadOnlySpan<int> fields)
    {
    }

    /// <inheritdoc/>
    public void Died(BoxDiedException death)
    {
    }
}
