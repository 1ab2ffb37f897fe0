namespace JamBox.Twin.Soak;

/// <summary>Which reading: those of one box differ in it.</summary>
/// <param name="Boot">Boot id.</param>
/// <param name="Number">Number in that boot.</param>
internal readonly record struct ReadingKey(uint Boot, int Number)
{
    public override string ToString() => $"reading {Number} of boot {Boot:x8}";
}
