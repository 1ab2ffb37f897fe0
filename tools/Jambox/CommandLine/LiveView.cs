using Spectre.Console;
using Spectre.Console.Rendering;

namespace JamBox.Bench.CommandLine;

/// <summary>
/// Shows something that changes: on a terminal in place, elsewhere as lines, said when they change. So a log of it has no trace of the
/// drawing.
/// </summary>
/// <param name="terminal">Where.</param>
internal sealed class LiveView(BenchTerminal terminal)
{
    private static readonly Markup s_nothing = new(string.Empty);

    private readonly Dictionary<string, string> _said = [];
    private LiveDisplayContext? _context;

    /// <summary>Whether the terminal can show more than ASCII.</summary>
    public bool IsUnicode => terminal.Out.Profile.Capabilities.Unicode;

    /// <summary>Rows of the terminal that the drawing may fill.</summary>
    public int Rows => Math.Max(10, terminal.Out.Profile.Height - 2);

    /// <summary>Runs what draws.</summary>
    /// <typeparam name="T">What it gives.</typeparam>
    /// <param name="work">Calls <see cref="Show"/> as often as it likes.</param>
    /// <returns>What the work gave.</returns>
    public async Task<T> RunAsync<T>(Func<Task<T>> work)
    {
        if (!terminal.IsLive)
        {
            return await work().ConfigureAwait(false);
        }

        return await terminal.Out.Live(s_nothing).Overflow(VerticalOverflow.Crop).StartAsync(context =>
        {
            _context = context;
            return work();
        }).ConfigureAwait(false);
    }

    /// <summary>Shows the state of things.</summary>
    /// <param name="drawing">For a terminal.</param>
    /// <param name="lines">For a log, each with what it is about: what was said last of that is not said again.</param>
    public void Show(Func<IRenderable> drawing, IEnumerable<(string About, string Line)> lines)
    {
        if (_context is not null)
        {
            _context.UpdateTarget(drawing());
            return;
        }

        foreach ((string about, string line) in lines)
        {
            if (_said.GetValueOrDefault(about) != line)
            {
                _said[about] = line;
                terminal.Line(line);
            }
        }
    }
}
