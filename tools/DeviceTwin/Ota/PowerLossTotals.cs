using System.Globalization;
using JamBox.Twin.Run;

namespace JamBox.Twin.Ota;

/// <summary>What came of all the losses of power.</summary>
internal sealed class PowerLossTotals
{
    private readonly SortedDictionary<string, int> _phases = new(StringComparer.Ordinal);
    private long _lives;

    /// <summary>The life without a loss.</summary>
    public required UpdateTrialResult Undisturbed { get; init; }

    /// <summary>Lives with one loss.</summary>
    public int Points { get; private set; }

    /// <summary>Lives with two, of which both came.</summary>
    public int Pairs { get; private set; }

    /// <summary>Boots in all lives.</summary>
    public long Boots { get; private set; }

    /// <summary>Readings that were closed and accounted for in all lives.</summary>
    public long Readings { get; private set; }

    /// <summary>Chunks that were fetched, in all lives.</summary>
    public long Chunks { get; private set; }

    /// <summary>Lives in which something is wrong.</summary>
    public List<UpdateTrialResult> Failed { get; } = [];

    /// <summary>What boxes were at when power went, and how often.</summary>
    public IReadOnlyDictionary<string, int> Phases => _phases;

    /// <summary>Adds a life.</summary>
    /// <param name="result">How it went.</param>
    public void Add(UpdateTrialResult result)
    {
        Points += result.Cuts.Count == 1 ? 1 : 0;
        Pairs += result.Cuts.Count > 1 && result.Phases.Count > 1 ? 1 : 0;
        Boots += result.Boots;
        Readings += result.Readings;
        Chunks += result.Chunks;
        _lives++;
        foreach (string phase in result.Phases)
        {
            _phases[phase] = _phases.GetValueOrDefault(phase) + 1;
        }

        if (result.Problems.Count > 0)
        {
            Failed.Add(result);
        }
    }

    /// <summary>Says it.</summary>
    /// <param name="patchBytes">Bytes of the patch.</param>
    /// <param name="seconds">How long it took.</param>
    /// <returns>Lines.</returns>
    public IEnumerable<string> ToLines(int patchBytes, double seconds)
    {
        yield return string.Create(
            CultureInfo.InvariantCulture,
            $"update without a loss: {Undisturbed.Operations} operations on flash and store, the first of the patch is {Undisturbed.FirstOperation}, patch {patchBytes} bytes, {Undisturbed.Boots} boots, {Undisturbed.VirtualMs / 60_000.0:N1} virtual minutes, boot copies {Undisturbed.BootCopyMs / 1_000.0:N1} s");
        yield return "power went in: " + string.Join(", ", _phases.Select(phase => $"{phase.Key} {phase.Value}"));
        yield return string.Create(
            CultureInfo.InvariantCulture,
            $"{Points} points of power loss, {Pairs} pairs, {Boots} boots, {Readings} readings, {Chunks - (_lives * Undisturbed.Chunks)} chunks fetched again: {Failed.Count} failed, {seconds:N0} s, {1_000 * seconds / Math.Max(1, Points + Pairs):N0} ms each");
    }
}
