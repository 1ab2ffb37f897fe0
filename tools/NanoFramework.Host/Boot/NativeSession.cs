using System.Runtime.CompilerServices;
using System.Runtime.ExceptionServices;
using System.Runtime.InteropServices;

namespace JamBox.Boot;

/// <summary>
/// One call of the C code: hands its operations on to the flash. What the flash throws (power goes) must not pass through C: it is kept,
/// the C code finds every further operation refused and soon returns, and then it is thrown again.
/// </summary>
internal sealed unsafe class NativeSession : IDisposable
{
    private const int Refused = -1;

    private readonly IBootFlash _flash;
    private GCHandle _handle;
    private ExceptionDispatchInfo? _thrown;

    /// <summary>Nothing is running yet.</summary>
    /// <param name="flash">Whose operations these are.</param>
    public NativeSession(IBootFlash flash)
    {
        _flash = flash;
        _handle = GCHandle.Alloc(this);
    }

    /// <summary>What the C code is given.</summary>
    public NativeFlash Flash
    {
        get
        {
            NativeFlash native = default;
            native.Context = GCHandle.ToIntPtr(_handle);
            native.Read = &Read;
            native.Write = &Write;
            native.Erase = &Erase;
            native.Feed = &Feed;
            native.SectorBytes = (uint)_flash.SectorBytes;
            for (int region = 0; region < 4; region++)
            {
                native.RegionBytes[region] = (uint)_flash.RegionBytes((BootRegion)region);
            }

            return native;
        }
    }

    /// <summary>The C code has returned: throws what the flash threw meanwhile.</summary>
    /// <param name="result">What it returned.</param>
    /// <returns>The same.</returns>
    public BootResult End(int result)
    {
        _thrown?.Throw();
        return (BootResult)result;
    }

    public void Dispose() => _handle.Free();

    [UnmanagedCallersOnly(CallConvs = [typeof(CallConvCdecl)])]
    private static int Read(nint context, uint region, uint address, byte* buffer, uint length)
    {
        NativeSession session = Of(context);
        return session.Try(() => session._flash.Read((BootRegion)region, (int)address, new Span<byte>(buffer, (int)length)));
    }

    [UnmanagedCallersOnly(CallConvs = [typeof(CallConvCdecl)])]
    private static int Write(nint context, uint region, uint address, byte* buffer, uint length)
    {
        NativeSession session = Of(context);
        return session.Try(() => session._flash.Write((BootRegion)region, (int)address, new ReadOnlySpan<byte>(buffer, (int)length)));
    }

    [UnmanagedCallersOnly(CallConvs = [typeof(CallConvCdecl)])]
    private static int Erase(nint context, uint region, uint address)
    {
        NativeSession session = Of(context);
        return session.Try(() => session._flash.Erase((BootRegion)region, (int)address));
    }

    [UnmanagedCallersOnly(CallConvs = [typeof(CallConvCdecl)])]
    private static void Feed(nint context)
    {
        NativeSession session = Of(context);
        _ = session.Try(() =>
        {
            session._flash.Feed();
            return true;
        });
    }

    private static NativeSession Of(nint context) => (NativeSession)GCHandle.FromIntPtr(context).Target!;

    private int Try(Func<bool> operation)
    {
        if (_thrown is not null)
        {
            return Refused;
        }

        try
        {
            return operation() ? 0 : Refused;
        }
#pragma warning disable CA1031 // Whatever it is: it must not pass through C, and is thrown again in End.
        catch (Exception e)
#pragma warning restore CA1031
        {
            _thrown = ExceptionDispatchInfo.Capture(e);
            return Refused;
        }
    }
}
