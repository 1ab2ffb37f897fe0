namespace JamBox.Twin.Storage;

/// <summary>How long the board's flash takes: what <c>JamBox.Interop.FlashRegion</c> says of it.</summary>
internal static class FlashTimes
{
    /// <summary>A sector erased, µs.</summary>
    public const int EraseMicroseconds = 45_000;

    private const int WriteMicrosecondsAKilobyte = 2_000;
    private const int ReadMicrosecondsAKilobyte = 100;

    /// <summary>A write.</summary>
    /// <param name="bytes">How many bytes.</param>
    /// <returns>µs.</returns>
    public static int WriteMicroseconds(int bytes) => bytes * WriteMicrosecondsAKilobyte / 1_024;

    /// <summary>A read.</summary>
    /// <param name="bytes">How many bytes.</param>
    /// <returns>µs.</returns>
    public static int ReadMicroseconds(int bytes) => bytes * ReadMicrosecondsAKilobyte / 1_024;
}
