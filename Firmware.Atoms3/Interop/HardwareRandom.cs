using System;
using System.Runtime.CompilerServices;

namespace JamBox.Interop;

/// <summary>The chip's random number generator. With the radio off it is seeded from noise of the ADC, so it is good at any time.</summary>
public static class HardwareRandom
{
    /// <summary>Fills a buffer.</summary>
    /// <param name="buffer">Filled completely.</param>
    /// <exception cref="ArgumentNullException">The buffer is <c>null</c>.</exception>
    [MethodImpl(MethodImplOptions.InternalCall)]
    public static extern void Fill(byte[] buffer);
}
