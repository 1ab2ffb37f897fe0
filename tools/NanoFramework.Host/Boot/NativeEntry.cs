using System.Runtime.InteropServices;
using JamBox.Interop;

namespace JamBox.Boot;

/// <summary><c>jb_boot_record</c> of <c>jb_boot.h</c>: 80 bytes without gaps.</summary>
[StructLayout(LayoutKind.Sequential)]
internal unsafe struct NativeEntry
{
    public uint Sequence;
    public uint NewLength;
    public uint OldLength;
    public byte State;
    public byte Reason;
    public byte TrialBoots;
    public byte Reserved;
    public fixed byte NewHash[BootEntry.HashSize];
    public fixed byte OldHash[BootEntry.HashSize];

    /// <summary>Takes a copy.</summary>
    /// <returns>The record.</returns>
    public readonly BootEntry ToEntry()
    {
        fixed (byte* newHash = NewHash, oldHash = OldHash)
        {
            return new BootEntry
            {
                Sequence = Sequence,
                NewLength = NewLength,
                OldLength = OldLength,
                State = (BootState)State,
                Reason = (BootReason)Reason,
                TrialBoots = TrialBoots,
                NewHash = new ReadOnlySpan<byte>(newHash, BootEntry.HashSize).ToArray(),
                OldHash = new ReadOnlySpan<byte>(oldHash, BootEntry.HashSize).ToArray(),
            };
        }
    }
}
