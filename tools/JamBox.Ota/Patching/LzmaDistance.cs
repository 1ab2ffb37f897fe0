using System.Numerics;

namespace JamBox.Ota.Patching;

/// <summary>How LZMA splits a distance: a slot (the two top bits and how many follow) and the rest.</summary>
internal static class LzmaDistance
{
    /// <summary>The slot of a distance.</summary>
    /// <param name="distance">Less one.</param>
    public static int SlotOf(int distance)
    {
        if (distance < 4)
        {
            return distance;
        }

        int top = BitOperations.Log2((uint)distance);
        return (top << 1) | ((distance >> (top - 1)) & 1);
    }
}
