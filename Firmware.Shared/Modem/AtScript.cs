namespace JamBox.Modem;

/// <summary>Steps that are gone through in order until one fails; see <see cref="Sim7028.Run"/>.</summary>
public sealed class AtScript
{
    /// <summary>Initializes a new instance of the <see cref="AtScript"/> class.</summary>
    /// <param name="steps">The steps.</param>
    public AtScript(AtStep[] steps)
    {
        Steps = steps;
    }

    /// <summary>Gets the steps.</summary>
    public AtStep[] Steps { get; }
}
