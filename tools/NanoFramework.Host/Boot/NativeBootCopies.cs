using System.Runtime.InteropServices;
using JamBox.Interop;

namespace JamBox.Boot;

/// <summary>The boot copies of the board themselves: <c>jb_boot.c</c>, compiled for this machine, through P/Invoke.</summary>
public sealed unsafe class NativeBootCopies : IBootCopies
{
    private readonly delegate* unmanaged[Cdecl]<NativeFlash*, int> _run;
    private readonly delegate* unmanaged[Cdecl]<NativeFlash*, NativeEntry*, int> _read;
    private readonly delegate* unmanaged[Cdecl]<NativeFlash*, uint, byte*, uint, byte*, int> _install;
    private readonly delegate* unmanaged[Cdecl]<NativeFlash*, int> _confirm;
    private readonly delegate* unmanaged[Cdecl]<NativeFlash*, byte, int> _rollBack;

    /// <summary>The library is loaded.</summary>
    /// <param name="library">Path of <c>jambox_core</c>.</param>
    /// <exception cref="DllNotFoundException">It cannot be loaded.</exception>
    /// <exception cref="EntryPointNotFoundException">It is another library.</exception>
    public NativeBootCopies(string library)
    {
        nint handle = NativeLibrary.Load(library);
        _run = (delegate* unmanaged[Cdecl]<NativeFlash*, int>)NativeLibrary.GetExport(handle, "jb_boot_run");
        _read = (delegate* unmanaged[Cdecl]<NativeFlash*, NativeEntry*, int>)NativeLibrary.GetExport(handle, "jb_boot_read");
        _install = (delegate* unmanaged[Cdecl]<NativeFlash*, uint, byte*, uint, byte*, int>)NativeLibrary.GetExport(
            handle, "jb_boot_install");
        _confirm = (delegate* unmanaged[Cdecl]<NativeFlash*, int>)NativeLibrary.GetExport(handle, "jb_boot_confirm");
        _rollBack = (delegate* unmanaged[Cdecl]<NativeFlash*, byte, int>)NativeLibrary.GetExport(handle, "jb_boot_roll_back");
    }

    /// <inheritdoc/>
    public string Name => "the C code of the board";

    /// <inheritdoc/>
    public BootResult Run(IBootFlash flash)
    {
        using var session = new NativeSession(flash);
        NativeFlash native = session.Flash;
        return session.End(_run(&native));
    }

    /// <inheritdoc/>
    public BootResult Read(IBootFlash flash, out BootEntry entry)
    {
        using var session = new NativeSession(flash);
        NativeFlash native = session.Flash;
        NativeEntry found = default;
        BootResult result = session.End(_read(&native, &found));
        entry = result == BootResult.Argument ? new BootEntry() : found.ToEntry();
        return result;
    }

    /// <inheritdoc/>
    public BootResult Install(IBootFlash flash, uint newLength, byte[] newHash, uint oldLength, byte[] oldHash)
    {
        ArgumentOutOfRangeException.ThrowIfLessThan(newHash.Length, BootEntry.HashSize);
        ArgumentOutOfRangeException.ThrowIfLessThan(oldHash.Length, BootEntry.HashSize);
        using var session = new NativeSession(flash);
        NativeFlash native = session.Flash;
        fixed (byte* newBytes = newHash, oldBytes = oldHash)
        {
            return session.End(_install(&native, newLength, newBytes, oldLength, oldBytes));
        }
    }

    /// <inheritdoc/>
    public BootResult Confirm(IBootFlash flash)
    {
        using var session = new NativeSession(flash);
        NativeFlash native = session.Flash;
        return session.End(_confirm(&native));
    }

    /// <inheritdoc/>
    public BootResult RollBack(IBootFlash flash, BootReason reason)
    {
        using var session = new NativeSession(flash);
        NativeFlash native = session.Flash;
        return session.End(_rollBack(&native, (byte)reason));
    }
}
