using JamBox.App;

namespace JamBox.Twin.Run;

/// <summary>Somebody who looks on while a box lives.</summary>
internal interface IBoxWatch
{
    /// <summary>The box has booted and is about to start.</summary>
    /// <param name="box">The firmware, new at each boot.</param>
    void Booted(Box box);

    /// <summary>The box is about to sleep: nothing moves but time until it wakes.</summary>
    /// <param name="isLast">It is not: it has just died, perhaps in the middle of something.</param>
    void Look(bool isLast);

    /// <summary>A reading was closed since the last look.</summary>
    /// <param name="fields">Its fields.</param>
    void Closed(ReadOnlySpan<int> fields);

    /// <summary>The box has died and will boot again.</summary>
    /// <param name="death">Of what.</param>
    void Died(BoxDiedException death);
}
