namespace JamBox.Atoms3;

/// <summary>Start of the production firmware.</summary>
public static class Program
{
    /// <summary>Wires the ports and runs the loop.</summary>
    public static void Main()
    {
    }
}
