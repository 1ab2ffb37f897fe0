namespace JamBox.Ota.Patching;

/// <summary>A stretch of the new image that might well be made from the base at a constant distance.</summary>
/// <param name="Shift">Position in the base less position in the new image.</param>
/// <param name="Start">First position in the new image.</param>
/// <param name="End">Position after the last.</param>
internal readonly record struct Alignment(int Shift, int Start, int End);
