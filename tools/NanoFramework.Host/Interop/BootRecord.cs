using JamBox.Board;
using JamBox.Boot;

namespace JamBox.Interop;

/// <summary>Stand-in of Firmware.Atoms3/Interop.</summary>
public static class BootRecord
{
    public const int HashSize = 32;

    public const int MaxTrialBoots = 3;

    public static BootState State => Entry().State;

    public static BootReason Reason => Entry().Reason;

    public static int TrialBoots => Entry().TrialBoots;

    public static int NewLength => (int)Entry().NewLength;

    public static int OldLength => (int)Entry().OldLength;

    public static void GetNewHash(byte[] hash) => Entry().NewHash.CopyTo(Checked(hash), 0);

    public static void GetOldHash(byte[] hash) => Entry().OldHash.CopyTo(Checked(hash), 0);

    public static bool Install(int newLength, byte[] newHash, int oldLength, byte[] oldHash)
    {
        byte[] newBytes = Checked(newHash)[..HashSize];
        byte[] oldBytes = Checked(oldHash)[..HashSize];
        BoardFlash flash = BoardHost.Current.Flash;
        BootResult result = flash.BootCopies.Install(flash, (uint)newLength, newBytes, (uint)oldLength, oldBytes);
        return result == BootResult.Argument ? throw new ArgumentOutOfRangeException(nameof(newLength)) : result == BootResult.Ok;
    }

    public static bool Confirm()
    {
        BoardFlash flash = BoardHost.Current.Flash;
        return flash.BootCopies.Confirm(flash) == BootResult.Ok;
    }

    public static bool RollBack(BootReason reason)
    {
        BoardFlash flash = BoardHost.Current.Flash;
        return flash.BootCopies.RollBack(flash, reason) == BootResult.Ok;
    }

    private static BootEntry Entry()
    {
        BoardFlash flash = BoardHost.Current.Flash;
        return flash.BootCopies.Read(flash, out BootEntry entry) == BootResult.Ok ? entry : new BootEntry();
    }

    private static byte[] Checked(byte[] hash)
    {
        ArgumentNullException.ThrowIfNull(hash);
        return hash.Length >= HashSize ? hash : throw new ArgumentException("the buffer is too short");
    }
}
