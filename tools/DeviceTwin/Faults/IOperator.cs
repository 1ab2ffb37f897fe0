using JamBox.Twin.Time;

namespace JamBox.Twin.Faults;

/// <summary>Somebody at the portal, who gives orders to the box through the backend.</summary>
internal interface IOperator
{
    /// <summary>Queues some command.</summary>
    /// <param name="random">Which.</param>
    /// <returns>Whether the backend took it.</returns>
    bool QueueCommand(SeededRandom random);

    /// <summary>Changes the configuration somehow.</summary>
    /// <param name="random">How.</param>
    /// <returns>Whether the backend took it.</returns>
    bool ChangeConfiguration(SeededRandom random);
}
