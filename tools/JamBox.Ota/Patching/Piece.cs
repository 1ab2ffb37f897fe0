namespace JamBox.Ota.Patching;

/// <summary>A stretch of the new image and where it comes from.</summary>
/// <param name="Shift">Position in the base less position in the new image, or <see cref="Extra"/>.</param>
/// <param name="Start">First position in the new image.</param>
/// <param name="End">Position after the last.</param>
internal readonly record struct Piece(int Shift, int Start, int End)
{
    /// <summary>It comes from nowhere: its bytes are in the patch.</summary>
    public const int Extra = int.MinValue;
}
