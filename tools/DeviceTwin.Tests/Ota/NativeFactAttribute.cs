using JamBox.Boot;

namespace JamBox.Twin.Tests.Ota;

/// <summary>A test that needs the C code; without it it is skipped, and says why.</summary>
public sealed class NativeFactAttribute : FactAttribute
{
    public NativeFactAttribute()
    {
        Skip = BootCopies.Native is null ? BootCopies.NativeProblem : null;
    }
}
