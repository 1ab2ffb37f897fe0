using System;
using System.Runtime.CompilerServices;

namespace JamBox.Interop;

/// <summary>
/// Finds the Wi-Fi access points around, by their beacons: a passive scan of channels 1…13, 0.5 s each, some 7 s in all. The driver does
/// it in the background. Only one thread may use this class.
/// </summary>
/// <remarks>The radio is the one that <see cref="ProbeSniffer"/> and Bluetooth LE use too: stop both before <see cref="Start"/>.</remarks>
public static class AccessPointScan
{
    /// <summary>Bytes per record in the buffer of <see cref="Read"/>.</summary>
    /// <remarks>0 BSSID (6, first byte on air first) · 6 signal strength (signed, dBm) · 7 reserved, 0.</remarks>
    public const int RecordSize = 8;

    /// <summary>Records that <see cref="Read"/> gives at most.</summary>
    public const int MaxRecords = 10;

    /// <summary>Starts Wi-Fi if need be, and a scan. What the last one found, if nobody read it, is forgotten.</summary>
    /// <returns>
    /// <c>false</c> when a scan is still under way (the end of a stopped one is waited for, 20 s at most), <see cref="ProbeSniffer"/>
    /// listens, or Wi-Fi refuses.
    /// </returns>
    [MethodImpl(MethodImplOptions.InternalCall)]
    public static extern bool Start();

    /// <summary>Gives what the scan found, one time; native code then forgets it.</summary>
    /// <param name="records">
    /// Filled from index 0 with whole records of <see cref="RecordSize"/> bytes, the strongest first; the rest is left as it is.
    /// </param>
    /// <returns>
    /// −1 while the scan lasts, which without an end has no limit here; then how many records were written: 0 when there was no scan, it
    /// failed, found nothing, or not even one record fits.
    /// </returns>
    /// <exception cref="ArgumentNullException">The buffer is <c>null</c>.</exception>
    [MethodImpl(MethodImplOptions.InternalCall)]
    public static extern int Read(byte[] records);

    /// <summary>Ends a scan early, and forgets what it found. Does nothing when there is none.</summary>
    [MethodImpl(MethodImplOptions.InternalCall)]
    public static extern void Stop();
}
