using System.Globalization;

namespace JamBox.BackendBenchmark;

/// <summary>The table that is printed, row by row, in Markdown.</summary>
internal sealed class Table
{
    /// <summary>Whether no target was missed.</summary>
    public bool IsGood { get; private set; } = true;

    /// <summary>Begins a part.</summary>
    public static void Part(string title) =>
        Console.WriteLine($"\n### {title}\n\n| {"",-50} | {"measured",-60} | {"target",-16} | |\n| --- | --- | --- | --- |");

    /// <summary>Prints a row.</summary>
    /// <param name="what">What was measured.</param>
    /// <param name="measured">And how much.</param>
    /// <param name="target">What it should be; empty = nobody said.</param>
    /// <param name="isReached">Whether it is.</param>
    public void Row(FormattableString what, FormattableString measured, string target = "", bool isReached = true)
    {
        IsGood &= isReached;
        string verdict = target.Length == 0 ? "" : isReached ? "ok" : "MISSED";
        Console.WriteLine(
            $"| {what.ToString(CultureInfo.InvariantCulture),-50} | {measured.ToString(CultureInfo.InvariantCulture),-60} "
            + $"| {target,-16} | {verdict} |");
    }
}
