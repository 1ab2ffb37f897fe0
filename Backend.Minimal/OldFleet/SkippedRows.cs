using System.Globalization;

namespace JamBox.Backend.OldFleet;

/// <summary>What an import has left out or cut, and why: counted by reason.</summary>
internal sealed class SkippedRows
{
    private readonly SortedDictionary<string, int> _counts = new(StringComparer.Ordinal);

    /// <summary>The reasons and how often each.</summary>
    public IReadOnlyDictionary<string, int> Counts => _counts;

    /// <summary>Rows that were left out.</summary>
    public int Rows { get; private set; }

    /// <summary>Leaves rows out.</summary>
    /// <param name="reason">A constant text such as <c>device: id</c>.</param>
    /// <param name="rows">How many.</param>
    public void Skip(string reason, int rows = 1)
    {
        if (rows > 0)
        {
            Rows += rows;
            Note(reason, rows);
        }
    }

    /// <summary>Takes a row without one of its values.</summary>
    public void Note(string reason, int rows = 1) => _counts[reason] = _counts.GetValueOrDefault(reason) + rows;

    /// <summary>For the audit log.</summary>
    public override string ToString() =>
        string.Join(", ", _counts.Select(static count => string.Create(CultureInfo.InvariantCulture, $"{count.Key} {count.Value}")));
}
