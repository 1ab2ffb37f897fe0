using JamBox.Bench.CommandLine;
using Spectre.Console;

namespace JamBox.Bench.Deployments;

/// <summary>Shows how far something is.</summary>
internal static class LongWork
{
    /// <summary>Runs work that takes a while and waits for nobody.</summary>
    /// <typeparam name="T">What it gives.</typeparam>
    /// <param name="terminal">Where it is shown.</param>
    /// <param name="what">What is done, one word.</param>
    /// <param name="isQuiet">Whether nothing is shown.</param>
    /// <param name="total">Bytes of the whole; <c>null</c> when nobody knows.</param>
    /// <param name="work">The work.</param>
    /// <returns>What it gave.</returns>
    public static async Task<T> InBackgroundAsync<T>(
        BenchTerminal terminal, string what, bool isQuiet, long? total, Func<IProgress<long>, T> work) =>
        await RunAsync(terminal, what, isQuiet, total, progress => Task.Run(() => work(progress))).ConfigureAwait(false);

    /// <summary>Runs work that takes a while.</summary>
    /// <typeparam name="T">What it gives.</typeparam>
    /// <param name="terminal">Where it is shown.</param>
    /// <param name="what">What is done, one word.</param>
    /// <param name="isQuiet">Whether nothing is shown.</param>
    /// <param name="total">Bytes of the whole; <c>null</c> when nobody knows.</param>
    /// <param name="work">The work.</param>
    /// <returns>What it gave.</returns>
    public static async Task<T> RunAsync<T>(
        BenchTerminal terminal, string what, bool isQuiet, long? total, Func<IProgress<long>, Task<T>> work)
    {
        if (isQuiet)
        {
            return await work(new Steps(static _ => { })).ConfigureAwait(false);
        }

        var view = new LiveView(terminal);
        long shown = -1;
        return await view.RunAsync(() => work(new Steps(bytes =>
        {
            // A drawing for each megabyte: a terminal over a slow line is slower than the work.
            if (bytes >> 20 == shown && bytes != total)
            {
                return;
            }

            shown = bytes >> 20;
            view.Show(
                () => new Markup(total is { } all && all > 0
                    ? $"{what}  {Bar.Markup((double)bytes / all, "green", view.IsUnicode)}"
                    : $"{what}  {shown} MB"),
                []);
        }))).ConfigureAwait(false);
    }

    private sealed class Steps(Action<long> show) : IProgress<long>
    {
        public void Report(long value) => show(value);
    }
}
