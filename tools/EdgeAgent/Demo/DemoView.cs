using System.Globalization;

using JamBox.Edge.CommandLine;

namespace JamBox.Edge.Demo;

/// <summary>
/// Shows how a deployment goes: on a terminal in place, elsewhere as lines, said when they change. So a log of it has no trace of the
/// drawing.
/// </summary>
/// <param name="terminal">Where.</param>
internal sealed class DemoView(AgentTerminal terminal)
{
    private const int MinColumns = 60;
    private const int CellChars = 26;
    private const int BarChars = 8;

    private readonly Dictionary<string, string> _said = new(StringComparer.Ordinal);
    private int _drawn;

    /// <summary>Shows the state of things.</summary>
    /// <param name="version">What is deployed.</param>
    /// <param name="gateways">The gateways.</param>
    public void Show(string version, IReadOnlyList<GatewayView> gateways)
    {
        if (terminal.LiveColumns >= MinColumns)
        {
            Draw(Drawing(version, gateways, terminal.LiveColumns));
            return;
        }

        foreach (GatewayView gateway in gateways)
        {
            string line = LineOf(version, gateway);
            if (_said.GetValueOrDefault(gateway.Gateway) != line)
            {
                _said[gateway.Gateway] = line;
                terminal.Out.WriteLine(line);
            }
        }
    }

    /// <summary>What was drawn stays, and what comes next stands below.</summary>
    public void Settle() => _drawn = 0;

    /// <summary>A gateway in a line: nothing in it changes by itself as time goes by.</summary>
    internal static string LineOf(string version, GatewayView gateway)
    {
        string line = $"{gateway.Gateway,-10}  {version}  {gateway.Result ?? gateway.Status ?? "waiting"}";
        if (gateway.Attempt > 1 && gateway.Result is null)
        {
            line += string.Create(CultureInfo.InvariantCulture, $", try {gateway.Attempt}");
        }

        if (gateway.Modules.Count > 0)
        {
            IEnumerable<string> counts = gateway.Modules.GroupBy(static module => module.Status)
                .OrderBy(static group => group.Key, StringComparer.Ordinal)
                .Select(static group => string.Create(CultureInfo.InvariantCulture, $"{group.Count()} {group.Key}"));
            line += $"; modules: {string.Join(", ", counts)}";
        }

        return gateway.Error is null ? line : $"{line}; {gateway.Error.ReplaceLineEndings(" ")}";
    }

    /// <summary>The lines of a drawing.</summary>
    internal static IReadOnlyList<string> Drawing(string version, IReadOnlyList<GatewayView> gateways, int columns)
    {
        List<string> lines = [];
        int cells = Math.Max(1, (columns - 2) / CellChars);
        foreach (GatewayView gateway in gateways)
        {
            string attempt = gateway.Attempt > 1
                ? string.Create(CultureInfo.InvariantCulture, $", try {gateway.Attempt}")
                : string.Empty;
            string error = gateway.Error is null ? string.Empty : $": {gateway.Error.ReplaceLineEndings(" ")}";
            string state = gateway.Result ?? gateway.Status ?? "waiting";
            lines.Add(Cut($"{gateway.Gateway,-10}  {gateway.Current ?? "–",-7} {version,-7} {state}{attempt}{error}", columns));
            foreach (ModuleView[] row in gateway.Modules.Chunk(cells))
            {
                lines.Add(Cut("  " + string.Concat(row.Select(static module => Cell(module).PadRight(CellChars))), columns));
            }
        }

        return lines;
    }

    private static string Cell(ModuleView module)
    {
        int full = Math.Clamp((module.Percent ?? 0) * BarChars / 100, 0, BarChars);
        string state = module.Status == "pushing" ? new string('█', full) + new string('░', BarChars - full) : module.Status;
        return $"{module.Hostname} {state}";
    }

    private static string Cut(string line, int columns) => line.Length < columns ? line : line[..(columns - 2)] + "…";

    private void Draw(IReadOnlyList<string> lines)
    {
        string up = _drawn == 0 ? string.Empty : string.Create(CultureInfo.InvariantCulture, $"\e[{_drawn}A");
        terminal.Out.Write(up + "\e[0J" + string.Concat(lines.Select(static line => line + "\n")));
        terminal.Out.Flush();
        _drawn = lines.Count;
    }
}
