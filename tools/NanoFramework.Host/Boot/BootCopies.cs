namespace JamBox.Boot;

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
