using JamBox.Twin.Faults;
using JamBox.Twin.Modem;
using JamBox.Twin.Radio;
using JamBox.Twin.Run;
using JamBox.Twin.Time;

namespace JamBox.Twin.Soak;

/// <summary>What makes things go wrong around a box, and what then must hold all the same.</summary>
internal sealed class FaultyWorld : IDisposable
{
    private readonly Desk _desk;

    /// <summary>Initializes a new instance of the <see cref="FaultyWorld"/> class: before the box runs.</summary>
    /// <param name="device">The box.</param>
    /// <param name="bridge">Its network.</param>
    /// <param name="token">Its token.</param>
    /// <param name="desk">Its operator, disposed with this.</param>
    /// <param name="faults">What goes wrong.</param>
    /// <param name="serverTime">The backend's clock.</param>
    /// <param name="crowd">What is on air, once it has begun.</param>
    /// <param name="seed">When and how.</param>
    public FaultyWorld(
        DeviceRun device, VirtualHttpBridge bridge, string token, Desk desk, FaultProfile faults, VirtualTimeProvider serverTime, Func<Crowd?> crowd, long seed)
        : this(device, bridge, token, desk, faults, faults, serverTime, crowd, seed)
    {
    }

    /// <summary>Initializes a new instance of the <see cref="FaultyWorld"/> class, in which more goes wrong than is put there.</summary>
    /// <param name="device">The box.</param>
    /// <param name="bridge">Its network.</param>
    /// <param name="token">Its token.</param>
    /// <param name="desk">Its operator, disposed with this.</param>
    /// <param name="faults">What is put there.</param>
    /// <param name="known">What the invariants are to reckon with.</param>
    /// <param name="serverTime">The backend's clock.</param>
    /// <param name="crowd">What is on air, once it has begun.</param>
    /// <param name="seed">When and how.</param>
    public FaultyWorld(
        DeviceRun device, VirtualHttpBridge bridge, string token, Desk desk, FaultProfile faults, FaultProfile known, VirtualTimeProvider serverTime, Func<Crowd?> crowd, long seed)
    {
        _desk = desk;
        DeviceParts parts = device.Parts;
        Invariants = new Invariants(device, bridge, token, desk, known);
        var site = new FaultSite(
            parts.Clock, parts.Radio, parts.Modem, bridge, parts.Chip, parts.Power, parts.Heap, parts.Buttons, serverTime, crowd, desk);
        Injector = new FaultInjector(site, faults, seed);
        device.AirEnded = () =>
        {
            TakenUnderFaults = device.SentReadings;
            Injector.Stop();
        };

        // On the box's own thread, when it is its turn among all boxes.
        parts.Clock.At(0, desk.NoteConfig);
    }

    /// <summary>What must hold.</summary>
    public Invariants Invariants { get; }

    /// <summary>What makes things go wrong.</summary>
    public FaultInjector Injector { get; }

    /// <summary>Readings that the backend had taken when things ceased to go wrong.</summary>
    public int TakenUnderFaults { get; private set; }

    public void Dispose() => _desk.Dispose();
}
