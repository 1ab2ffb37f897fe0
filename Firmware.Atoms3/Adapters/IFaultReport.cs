using System;

namespace JamBox.Atoms3.Adapters;

/// <summary>Is told of parts of the board that do not work, so that no exception is swallowed without a name.</summary>
internal interface IFaultReport
{
    /// <summary>Says that a part does not work: a line in the log, and the first one in the heartbeat.</summary>
    /// <param name="part">A short word for it, as <see cref="JamBox.Ports.ISystem.BoardFault"/> lists them.</param>
    /// <param name="exception">What it threw; <c>null</c> when it did not answer.</param>
    void Report(string part, Exception exception);
}
