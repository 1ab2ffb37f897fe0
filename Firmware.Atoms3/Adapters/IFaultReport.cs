using System;

namespace JamBox.Atoms3.Adapters;

/// <summary>Is told of parts of the board that do not work, so that no exception is swallowed without a name.</summary>
internal interface IFaultReport
{
    /// <summary>Says that a part does not work: a line in the log, and the first one in the heartbeat.</summary>
    /// <param name="part">A short word for it, as <see cref="JamBox.Ports.ISystem.BoardFault"/> lists them.</param>
    /// <param name="exception">What it threw; <c>null</c> when it did not answer.</param>
    void Report(string part, Exception exception);

    /// <summary>
    /// Leaves a reason and reboots: for what no part can be blamed for, on a thread that nobody watches. Does not return.
    /// </summary>
    /// <param name="where">A word for the place.</param>
    /// <param name="exception">What was thrown.</param>
    void RebootFor(string where, Exception exception);
}
