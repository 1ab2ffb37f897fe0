using JamBox.Bench.Boxes.Flashing;
using JamBox.Bench.CommandLine;

namespace JamBox.Bench.Boxes.Ports;

/// <summary>One box after the other at the same bench: waits until the one that is done was unplugged and another is there.</summary>
/// <param name="terminal">Who knows the ports.</param>
/// <param name="port">From the command line; <c>null</c> = whichever comes.</param>
/// <param name="backend">Whom simulated boxes reach.</param>
internal sealed class PortSwap(BenchTerminal terminal, string? port, Uri backend)
{
    private static readonly TimeSpan s_look = TimeSpan.FromMilliseconds(500);

    // A driver opens a port some moments after its name is there.
    private static readonly TimeSpan s_settle = TimeSpan.FromSeconds(1);
    private static readonly TimeSpan s_patience = TimeSpan.FromMinutes(60);

    /// <summary>What flashes in the place of our own client; <c>null</c> = that.</summary>
    public FlashTools? Tools { get; init; }

    private string? _done;
    private string? _last;

    /// <summary>The box at the port is done with: the next one is another.</summary>
    public void Done() => _done = _last;

    /// <summary>The box at the port is taken once more.</summary>
    public void Again() => _done = null;

    /// <summary>Waits for the next box.</summary>
    /// <param name="stop">Ends it.</param>
    /// <returns>Its port, open.</returns>
    /// <exception cref="BenchException">None came within an hour.</exception>
    public async Task<BoxPort> NextAsync(CancellationToken stop)
    {
        if (PortOptions.IsTwin(port))
        {
            _last = port;
            return PortOptions.Open(terminal, port, backend);
        }

        _last = await FindAsync(stop).ConfigureAwait(false);
        _done = null;
        BoxPort box = terminal.OpenSerial(_last);
        box.Tools = Tools;
        return box;
    }

    private async Task<string> FindAsync(CancellationToken stop)
    {
        bool isFirst = _last is null;
        for (TimeSpan waited = TimeSpan.Zero; waited < s_patience; waited += s_look)
        {
            IReadOnlyList<string> there = PortOptions.Likely(terminal.PortNames());
            if (_done is not null && !there.Contains(_done))
            {
                _done = null;
            }

            string? next = port is not null ? (there.Contains(port) && _done is null ? port : null)
                : there.FirstOrDefault(name => name != _done);
            if (next is not null)
            {
                await (isFirst ? Task.CompletedTask : terminal.Pause(s_settle, stop)).ConfigureAwait(false);
                return next;
            }

            // A port that was named is opened even where the system does not list it: that says best what is wrong.
            if (isFirst && port is not null)
            {
                return port;
            }

            await terminal.Pause(s_look, stop).ConfigureAwait(false);
        }

        throw new BenchException(
            $"no other box was plugged in for {s_patience.TotalMinutes:0} minutes. The same command goes on from here", ExitCode.NoBox);
    }
}
