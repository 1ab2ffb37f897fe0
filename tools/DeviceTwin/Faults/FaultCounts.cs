namespace JamBox.Twin.Faults;

/// <summary>How often each kind of fault really happened.</summary>
internal sealed class FaultCounts
{
    private readonly SortedDictionary<string, long> _counts = new(StringComparer.Ordinal);

    /// <summary>By name.</summary>
    public IReadOnlyDictionary<string, long> ByName => _counts;

    /// <summary>All of them.</summary>
    public long Total => _counts.Values.Sum();

    /// <summary>Counts.</summary>
    /// <param name="kind">What happened.</param>
    /// <param name="times">How often.</param>
    public void Add(FaultKind kind, long times = 1) => Add(FaultTable.NameOf(kind), times);

    /// <summary>Counts.</summary>
    /// <param name="name">What happened.</param>
    /// <param name="times">How often.</param>
    public void Add(string name, long times)
    {
        if (times > 0)
        {
            _counts[name] = _counts.GetValueOrDefault(name) + times;
        }
    }

    /// <summary>Adds all of another.</summary>
    /// <param name="other">The other.</param>
    public void Add(FaultCounts other)
    {
        foreach ((string name, long times) in other._counts)
        {
            Add(name, times);
        }
    }
}
