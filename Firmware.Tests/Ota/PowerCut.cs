using JamBox.Tests.Storage;

namespace JamBox.Tests.Ota;

/// <summary>Counts everything that is written, wherever it goes, and cuts the power in the middle of a chosen write.</summary>
internal sealed class PowerCut
{
    /// <summary>Writes until now.</summary>
    public int Operations { get; private set; }

    /// <summary>The write, counted from 1, in which power fails; 0 = never.</summary>
    public int At { get; set; }

    /// <summary>How many bytes of it are still done; what is atomic is done when this is not 0.</summary>
    public int AfterBytes { get; set; }

    /// <summary>Counts a write.</summary>
    /// <param name="count">Its bytes.</param>
    /// <returns>How many of them are done.</returns>
    public int Begin(int count)
    {
        Operations++;
        return Operations == At && AfterBytes < count ? AfterBytes : count;
    }

    /// <summary>Counts a write that is atomic.</summary>
    /// <returns>Whether it is done.</returns>
    public bool BeginAtomic()
    {
        Operations++;
        return Operations != At || AfterBytes != 0;
    }

    /// <summary>Ends a write, and the box's life if it was the chosen one.</summary>
    public void End()
    {
        if (Operations == At)
        {
            At = 0;
            throw new PowerLossException();
        }
    }
}
