using JamBox.Edge.Engine;

namespace JamBox.Edge.Modules;

/// <summary>
/// One module's state as it goes on: each new step is told at once, percents at most once a second, for who is told writes to the disk and
/// to the server.
/// </summary>
internal sealed class ModuleProgress
{
    private static readonly TimeSpan s_interval = TimeSpan.FromSeconds(1);

    private readonly IProgress<ModuleState> _told;
    private readonly TimeProvider _time;
    private readonly long _begun;
    private long _lastTold;
    private bool _wasTold;

    /// <summary>Makes it.</summary>
    /// <param name="module">The module.</param>
    /// <param name="told">Who is told.</param>
    /// <param name="time">The clock.</param>
    public ModuleProgress(ModuleEntry module, IProgress<ModuleState> told, TimeProvider time)
    {
        _told = told;
        _time = time;
        _begun = time.GetTimestamp();
        State = new ModuleState
        {
            Hostname = module.Hostname,
            Type = module.Type,
            Name = module.Name ?? module.DisplayName,
            Status = ModuleStatus.Waiting,
        };
    }

    /// <summary>How it stands.</summary>
    public ModuleState State { get; private set; }

    /// <summary>A new step.</summary>
    /// <param name="next">The state.</param>
    /// <returns>The same, with the time it took until now.</returns>
    public ModuleState Step(ModuleState next)
    {
        State = next with { Ms = (long)_time.GetElapsedTime(_begun).TotalMilliseconds };
        Tell();
        return State;
    }

    /// <summary>How much of an image was taken.</summary>
    /// <param name="taken">Bytes.</param>
    /// <param name="size">Of so many.</param>
    public void Pushed(int taken, int size)
    {
        int percent = (int)(100L * taken / size);
        if (State.Percent == percent)
        {
            return;
        }

        State = State with { Percent = percent, Ms = (long)_time.GetElapsedTime(_begun).TotalMilliseconds };
        if (!_wasTold || _time.GetElapsedTime(_lastTold) >= s_interval)
        {
            Tell();
        }
    }

    private void Tell()
    {
        _wasTold = true;
        _lastTold = _time.GetTimestamp();
        _told.Report(State);
    }
}
