namespace JamBox.Twin.Ota.Demo;

/// <summary>
/// What boxes tell, each from its own thread and at its own virtual time; read by the desk in the order of that time, whatever the order of
/// the threads was.
/// </summary>
internal sealed class DemoDiary
{
    private readonly Lock _gate = new();
    private readonly List<(long UtcMs, int Box, int Number, string Text)> _entries = [];
    private int _number;

    /// <summary>Writes something down.</summary>
    /// <param name="utcMs">When it happened.</param>
    /// <param name="box">Number of the box.</param>
    /// <param name="text">What.</param>
    public void Add(long utcMs, int box, string text)
    {
        lock (_gate)
        {
            _entries.Add((utcMs, box, _number++, text));
        }
    }

    /// <summary>Takes out what happened before a time which every box has passed.</summary>
    /// <param name="beforeUtcMs">The time.</param>
    /// <returns>What happened, in order.</returns>
    public List<(long UtcMs, string Text)> Take(long beforeUtcMs)
    {
        lock (_gate)
        {
            var taken = _entries.Where(entry => entry.UtcMs < beforeUtcMs)
                .OrderBy(entry => entry.UtcMs).ThenBy(entry => entry.Box).ThenBy(entry => entry.Number).Select(entry => (entry.UtcMs, entry.Text)).ToList();
            _entries.RemoveAll(entry => entry.UtcMs < beforeUtcMs);
            return taken;
        }
    }
}
