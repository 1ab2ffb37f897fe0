using System.Runtime.InteropServices;

namespace JamBox.Boot;

/// <summary><c>jb_flash</c> of <c>jb_boot.h</c>.</summary>
[StructLayout(LayoutKind.Sequential)]
internal unsafe struct NativeFlash
{
    public nint Context;
    public delegate* unmanaged[Cdecl]<nint, uint, uint, byte*, uint, int> Read;
    public delegate* unmanaged[Cdecl]<nint, uint, uint, byte*, uint, int> Write;
    public delegate* unmanaged[Cdecl]<nint, uint, uint, int> Erase;
    public delegate* unmanaged[Cdecl]<nint, void> Feed;
    public uint SectorBytes;
    public fixed uint RegionBytes[4];
}
