using System;
using System.Runtime.CompilerServices;

namespace JamBox.Interop;

/// <summary>
/// Hears Wi-Fi probe requests from randomised addresses in promiscuous mode. The Wi-Fi task's callback filters each frame and copies
/// 16 bytes into a native ring of 512 records; nothing else happens until <see cref="Drain"/> empties it. A frame that finds the ring
/// full is dropped and counted. Only one thread may use this class.
/// </summary>
/// <remarks>
/// The radio is the one that Wi-Fi scans and Bluetooth LE use too: call <see cref="Stop"/> before either, <see cref="Start"/> after.
/// </remarks>
public static class ProbeSniffer
{
    /// <summary>Bytes per record in the buffer of <see cref="Drain"/>.</summary>
    /// <remarks>
    /// Numbers are little-endian: 0 address (6, first byte on air first) · 6 signal strength (signed, dBm) · 7 channel · 8 uptime in ms,
    /// low 32 bits of <see cref="MonotonicClock.Microseconds"/> / 1000 · 12 sequence number 0…4095 (16 bits) · 14 flags, 0 ·
    /// 15 reserved, 0.
    /// </remarks>
    public const int RecordSize = 16;

    /// <summary>Gets the records lost since boot because the ring was full. Only grows; wraps from 2^31 − 1 to 0.</summary>
    public static extern int DroppedCount
    {
        [MethodImpl(MethodImplOptions.InternalCall)]
        get;
    }

    /// <summary>
    /// Starts Wi-Fi if need be, and listens. What the ring holds stays there. On one already started it only sets the channel.
    /// </summary>
    /// <param name="channel">2.4 GHz channel, 1…13.</param>
    /// <returns><c>false</c> when Wi-Fi did not start or refused: it is not listening.</returns>
    /// <exception cref="ArgumentOutOfRangeException">The channel is not 1…13.</exception>
    [MethodImpl(MethodImplOptions.InternalCall)]
    public static extern bool Start(int channel);

    /// <summary>Stops listening. Wi-Fi stays initialised, so that a scan may follow; records in the ring can still be drained.</summary>
    [MethodImpl(MethodImplOptions.InternalCall)]
    public static extern void Stop();

    /// <summary>
    /// Stops listening and takes the Wi-Fi driver down, with its buffers and its task: the next start, or scan, begins from nothing.
    /// </summary>
    [MethodImpl(MethodImplOptions.InternalCall)]
    public static extern void TearDown();

    /// <summary>Listens on another channel. Takes well under a millisecond; frames on air meanwhile are missed.</summary>
    /// <param name="channel">2.4 GHz channel, 1…13.</param>
    /// <returns><c>false</c> when not started, or Wi-Fi refused: the channel is the old one.</returns>
    /// <exception cref="ArgumentOutOfRangeException">The channel is not 1…13.</exception>
    [MethodImpl(MethodImplOptions.InternalCall)]
    public static extern bool SetChannel(int channel);

    /// <summary>Takes records out of the ring, oldest first, as one copy.</summary>
    /// <param name="buffer">Filled from index 0 with whole records of <see cref="RecordSize"/> bytes; the rest is left as it is.</param>
    /// <returns>How many records were written; 0 when none waits or not even one fits.</returns>
    /// <exception cref="ArgumentNullException">The buffer is <c>null</c>.</exception>
    [MethodImpl(MethodImplOptions.InternalCall)]
    public static extern int Drain(byte[] buffer);
}
