using JamBox.Interop;

namespace JamBox.Boot;

/// <summary>
/// What runs before the CLR, and what managed code says to it: the functions of <c>jb_boot.h</c>. Two make the same operations on the flash
/// in the same order: the C code of the board itself, and its model in C# for machines without a compiler.
/// </summary>
public interface IBootCopies
{
    /// <summary>Gets what it is, for people.</summary>
    string Name { get; }

    /// <summary>At every boot, before anything runs from deploy.</summary>
    /// <param name="flash">The flash.</param>
    /// <returns>After <see cref="BootResult.Ok"/> deploy holds a whole image; after an error the next boot tries again.</returns>
    BootResult Run(IBootFlash flash);

    /// <summary>Reads the record that counts.</summary>
    /// <param name="flash">The flash.</param>
    /// <param name="entry">The record; state <see cref="BootState.None"/> and zeros without any.</param>
    /// <returns><see cref="BootResult.Ok"/>, or why it could not be read.</returns>
    BootResult Read(IBootFlash flash, out BootEntry entry);

    /// <summary>Asks for the installation of stage at the next boot.</summary>
    /// <param name="flash">The flash.</param>
    /// <param name="newLength">Length of the image in stage.</param>
    /// <param name="newHash">Its SHA-256.</param>
    /// <param name="oldLength">Length of the image in deploy.</param>
    /// <param name="oldHash">Its SHA-256.</param>
    /// <returns><see cref="BootResult.State"/>: one is under way. <see cref="BootResult.Argument"/>: a length is 0 or too much.</returns>
    BootResult Install(IBootFlash flash, uint newLength, byte[] newHash, uint oldLength, byte[] oldHash);

    /// <summary>Ends the trial; without one there is nothing to do.</summary>
    /// <param name="flash">The flash.</param>
    /// <returns><see cref="BootResult.State"/> in the midst of a copy.</returns>
    BootResult Confirm(IBootFlash flash);

    /// <summary>Asks for the old image at the next boot.</summary>
    /// <param name="flash">The flash.</param>
    /// <param name="reason">Why.</param>
    /// <returns><see cref="BootResult.State"/>: there is none to go back to.</returns>
    BootResult RollBack(IBootFlash flash, BootReason reason);
}

/// <summary>The boot copies of this machine: the C code of the board where it can be had, else its model.</summary>
public static class BootCopies
{
    private static readonly Lazy<(IBootCopies? Copies, string Problem)> s_native = new(LoadNative);

    /// <summary>Gets the C code of the board where it can be had, else its model.</summary>
    public static IBootCopies Best => Native ?? Model;

    /// <summary>Gets the C code of the board; <c>null</c> where it cannot be had.</summary>
    public static IBootCopies? Native => s_native.Value.Copies;

    /// <summary>Gets why there is no C code; empty when there is.</summary>
    public static string NativeProblem => s_native.Value.Problem;

    /// <summary>Gets the model in C#.</summary>
    public static IBootCopies Model { get; } = new ManagedBootCopies();

    private static (IBootCopies? Copies, string Problem) LoadNative()
    {
        if (NativeCore.Find(out string problem) is not { } path)
        {
            return (null, problem);
        }

        try
        {
            return (new NativeBootCopies(path), string.Empty);
        }
        catch (Exception e) when (e is DllNotFoundException or EntryPointNotFoundException or BadImageFormatException)
        {
            return (null, $"{path} cannot be loaded: {e.Message}");
        }
    }
}

/// <summary>How a call of the boot copies ended; the numbers are those of <c>jb_boot.h</c>.</summary>
public enum BootResult
{
    /// <summary>Done.</summary>
    Ok = 0,

    /// <summary>The flash refused, or did not keep what was written.</summary>
    Flash = -1,

    /// <summary>Not in this state.</summary>
    State = -2,

    /// <summary>A length or the geometry is impossible.</summary>
    Argument = -3,
}
