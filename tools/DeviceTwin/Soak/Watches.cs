using JamBox.App;
using JamBox.Twin.Run;

namespace JamBox.Twin.Soak;

/// <summary>Several who look on, one after the other.</summary>
internal sealed class Watches(params IBoxWatch[] all) : IBoxWatch
{
    public void Booted(Box box) => Array.ForEach(all, watch => watch.Booted(box));

    public void Look(bool isLast)
    {
        foreach (IBoxWatch watch in all)
        {
            watch.Look(isLast);
        }
    }

    public void Closed(ReadOnlySpan<int> fields)
    {
        foreach (IBoxWatch watch in all)
        {
            watch.Closed(fields);
        }
    }

    public void Died(BoxDiedException death) => Array.ForEach(all, watch => watch.Died(death));
}
