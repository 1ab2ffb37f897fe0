namespace JamBox.Twin.Radio;

/// <summary>Something in the crowd that does something at a time of its own, again and again.</summary>
internal abstract class Emitter
{
    /// <summary>Does what is due at a time, and says when it wants to be called again.</summary>
    /// <param name="nowMs">World time.</param>
    /// <returns>The next time; <see cref="long.MaxValue"/> = never.</returns>
    public abstract long Act(long nowMs);
}
