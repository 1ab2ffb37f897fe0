namespace JamBox.Tests;

/// <summary>How much a test does where: a PC runs as many rounds as are worth it, a board as many as it has time for.</summary>
internal static class Effort
{
    /// <summary>Gives the number of rounds of a test.</summary>
    /// <param name="onPc">Rounds with .NET.</param>
    /// <param name="onNano">Rounds with nanoCLR: the first ones of them.</param>
    /// <returns>One of the two.</returns>
    public static int Rounds(int onPc, int onNano)
    {
#if NANOFRAMEWORK_1_0
        return onNano;
#else
        return onPc;
#endif
    }
}
