namespace JamBox.Edge.Configuration;

/// <summary>The configuration cannot be used.</summary>
/// <param name="faults">What is wrong, and what to do, one each.</param>
internal sealed class SettingsException(IReadOnlyList<string> faults) : Exception(string.Join("; ", faults))
{
    /// <summary>Makes it of one.</summary>
    /// <param name="fault">What is wrong, and what to do.</param>
    public SettingsException(string fault)
        : this([fault])
    {
    }

    /// <summary>What is wrong, and what to do, one each.</summary>
    public IReadOnlyList<string> Faults { get; } = faults;
}
