using JamBox.Atoms3.Adapters;

namespace JamBox.Twin.Tests.Board;

/// <summary>Collects what adapters report.</summary>
internal sealed class Faults : IFaultReport
{
    public List<string> Parts { get; } = [];

    public void Report(string part, Exception exception) => Parts.Add(part);

    public void RebootFor(string where, Exception exception) => throw new InvalidOperationException(where, exception);
}
