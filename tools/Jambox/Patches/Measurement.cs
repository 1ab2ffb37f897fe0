namespace JamBox.Bench.Patches;

/// <summary>What making and applying a patch took.</summary>
/// <param name="Profile">L, H or E.</param>
/// <param name="FromSize">Length of the base, bytes.</param>
/// <param name="ToSize">Length of the image, bytes.</param>
/// <param name="Size">Length of the patch, bytes.</param>
/// <param name="Seconds">To make it.</param>
/// <param name="PeakMegabytes">The process's largest working set so far, MB.</param>
/// <param name="Server">How the server's applier ended.</param>
/// <param name="Firmware">How the firmware's applier ended.</param>
/// <param name="MsPer100Kb">The firmware's applier on this machine, ms per 100 KB of image.</param>
/// <param name="IsRight">Whether both made the image.</param>
internal sealed record Measurement(
    string Profile, int FromSize, int ToSize, int Size, double Seconds, long PeakMegabytes, string Server, string Firmware, double MsPer100Kb, bool IsRight);
