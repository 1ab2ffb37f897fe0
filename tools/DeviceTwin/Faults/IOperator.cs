using JamBox.Twin.Time;

namespace JamBox.Twin.Faults;

/// <summary>Somebody at the portal, who gives orders to the box through the backend.</summary>
internal interface IOperator
{
    /// <summary>Queues some command.</summary>
    /// <param name="random">Which.</param>
    void QueueCommand(SeededRandom random);

    /// <summary>Changes the configuration somehow.</summary>
    /// <param name="random">How.</param>
    void ChangeConfiguration(SeededRandom random);
}
