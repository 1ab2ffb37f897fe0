namespace JamBox.Twin.Soak;

/// <summary>What is wrong in a world: the first few in words, all of them counted.</summary>
internal sealed class Problems
{
    private const int MostInWords = 20;

    private readonly List<string> _words = [];

    /// <summary>How many there are.</summary>
    public int Count { get; private set; }

    /// <summary>The first of them.</summary>
    public IReadOnlyList<string> Words => _words;

    /// <summary>Notes one.</summary>
    /// <param name="timeMs">World time.</param>
    /// <param name="what">What is wrong.</param>
    public void Add(long timeMs, string what)
    {
        if (Count++ < MostInWords)
        {
            _words.Add($"{TimeSpan.FromMilliseconds(timeMs):d\\.hh\\:mm\\:ss\\.fff} {what}");
        }
    }
}
