using System;
using System.Runtime.CompilerServices;

namespace JamBox.Interop;

/// <summary>
/// The record in the boot partition by which managed code and the boot copies talk. The copies themselves (deploy → previous,
/// stage → deploy, and back) run before the CLR, at the next boot. Each call that writes returns once the record is in flash and read
/// back; a loss of power leaves the old record or the new one. Which image is good, and when a trial is over, is not decided here.
/// </summary>
public static class BootRecord
{
    /// <summary>Bytes per SHA-256.</summary>
    public const int HashSize = 32;

    /// <summary>Times that an unconfirmed image is booted; the next boot goes back.</summary>
    public const int MaxTrialBoots = 3;

    /// <summary>Gets where the installation stands.</summary>
    public static extern BootState State
    {
        [MethodImpl(MethodImplOptions.InternalCall)]
        get;
    }

    /// <summary>Gets why it stands there: with <see cref="BootState.Refused"/>, roll-backs and <see cref="BootState.Failed"/>.</summary>
    public static extern BootReason Reason
    {
        [MethodImpl(MethodImplOptions.InternalCall)]
        get;
    }

    /// <summary>Gets the boots of the trial so far, this one included: 1…<see cref="MaxTrialBoots"/>; 0 when there is no trial.</summary>
    public static extern int TrialBoots
    {
        [MethodImpl(MethodImplOptions.InternalCall)]
        get;
    }

    /// <summary>Gets the length in bytes of the image of the last installation; 0 when there was none.</summary>
    public static extern int NewLength
    {
        [MethodImpl(MethodImplOptions.InternalCall)]
        get;
    }

    /// <summary>Gets the length in bytes of the image before it; 0 when there was none.</summary>
    public static extern int OldLength
    {
        [MethodImpl(MethodImplOptions.InternalCall)]
        get;
    }

    /// <summary>
    /// Reads the SHA-256 of the image of the last installation (zeros when there was none), for instance to name what was rolled back.
    /// </summary>
    /// <param name="hash">The first <see cref="HashSize"/> bytes are filled.</param>
    /// <exception cref="ArgumentNullException">The buffer is <c>null</c>.</exception>
    /// <exception cref="ArgumentException">The buffer is too short.</exception>
    [MethodImpl(MethodImplOptions.InternalCall)]
    public static extern void GetNewHash(byte[] hash);

    /// <summary>Reads the SHA-256 of the image before it (zeros when there was none).</summary>
    /// <param name="hash">The first <see cref="HashSize"/> bytes are filled.</param>
    /// <exception cref="ArgumentNullException">The buffer is <c>null</c>.</exception>
    /// <exception cref="ArgumentException">The buffer is too short.</exception>
    [MethodImpl(MethodImplOptions.InternalCall)]
    public static extern void GetOldHash(byte[] hash);

    /// <summary>
    /// Asks for the installation of the image in stage at the next boot. The boot copies check both hashes again before they touch
    /// anything, and refuse if one is wrong.
    /// </summary>
    /// <param name="newLength">Length of the image in stage, bytes, 1…length of deploy.</param>
    /// <param name="newHash">SHA-256 of those bytes.</param>
    /// <param name="oldLength">Length of the image in deploy, bytes, 1…length of deploy.</param>
    /// <param name="oldHash">SHA-256 of those bytes.</param>
    /// <returns>
    /// <c>false</c> when an installation is under way or on trial (<see cref="Confirm"/> or <see cref="RollBack"/> first), or the flash
    /// refused: the old record still holds.
    /// </returns>
    /// <exception cref="ArgumentNullException">A hash is <c>null</c>.</exception>
    /// <exception cref="ArgumentException">A hash is shorter than <see cref="HashSize"/>.</exception>
    /// <exception cref="ArgumentOutOfRangeException">A length is out of range.</exception>
    [MethodImpl(MethodImplOptions.InternalCall)]
    public static extern bool Install(int newLength, byte[] newHash, int oldLength, byte[] oldHash);

    /// <summary>Ends the trial: the running image stays. Without a trial nothing is done.</summary>
    /// <returns><c>false</c> when the flash refused: the trial goes on. <c>true</c> when there is no trial (any more).</returns>
    [MethodImpl(MethodImplOptions.InternalCall)]
    public static extern bool Confirm();

    /// <summary>Asks for the old image at the next boot, from a trial or after a confirmation.</summary>
    /// <param name="reason">Stored with the record: <see cref="BootReason.Requested"/> or <see cref="BootReason.NoSend"/>.</param>
    /// <returns><c>false</c> when there is no old image to go back to, or the flash refused.</returns>
    [MethodImpl(MethodImplOptions.InternalCall)]
    public static extern bool RollBack(BootReason reason);
}
