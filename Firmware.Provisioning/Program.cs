namespace JamBox.Provisioning;

/// <summary>Start of the provisioning firmware.</summary>
public static class Program
{
    /// <summary>Wires the ports and runs the loop.</summary>
    public static void Main()
    {
    }
}
