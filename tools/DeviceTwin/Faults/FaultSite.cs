using JamBox.Twin.Modem;
using JamBox.Twin.Radio;
using JamBox.Twin.Run;
using JamBox.Twin.Storage;
using JamBox.Twin.Time;

namespace JamBox.Twin.Faults;

/// <summary>Where faults are put: everything around one box.</summary>
/// <param name="Clock">The clock of its world.</param>
/// <param name="Radio">Its radio; <c>null</c> = it has none.</param>
/// <param name="Modem">Its modem.</param>
/// <param name="Bridge">Its network.</param>
/// <param name="Chip">Its flash; <c>null</c> = its firmware uses none.</param>
/// <param name="Power">Its power.</param>
/// <param name="Heap">Its heap.</param>
/// <param name="Buttons">Its button.</param>
/// <param name="ServerTime">The backend's clock.</param>
/// <param name="Crowd">What is on air; <c>null</c> until it begins.</param>
/// <param name="Operator">Who gives orders; <c>null</c> = nobody.</param>
internal sealed record FaultSite(
    VirtualClock Clock,
    TwinRadio? Radio,
    ModemSimulator Modem,
    VirtualHttpBridge Bridge,
    BoxFlash? Chip,
    PowerSwitch Power,
    TwinHeap Heap,
    TwinButtons Buttons,
    VirtualTimeProvider ServerTime,
    Func<Crowd?> Crowd,
    IOperator? Operator);
