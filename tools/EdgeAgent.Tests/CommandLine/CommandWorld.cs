using System.Collections;

using JamBox.Edge.CommandLine;
using JamBox.Edge.Tests.Link;

namespace JamBox.Edge.Tests.CommandLine;

/// <summary>The world around the program: what it prints, and what other programs it calls.</summary>
internal sealed class CommandWorld : IDisposable
{
    private readonly StringWriter _out = new();
    private readonly StringWriter _error = new();

    public TemporaryFolder Folder { get; } = new();

    public Hashtable Environment { get; } = [];

    public List<string> Calls { get; } = [];

    public Func<string, ToolResult?> Answer { get; set; } = static _ => new ToolResult(0, string.Empty);

    public bool IsAdministrator { get; set; } = true;

    public string? Program { get; set; }

    public string Input { get; set; } = string.Empty;

    public TimeProvider Time { get; set; } = TimeProvider.System;

    public string Config => Folder.File("agent.json");

    public string Out => _out.ToString();

    public string Error => _error.ToString();

    public Task<int> RunAsync(params string[] args) => RunAsync(CancellationToken.None, args);

    public async Task<int> RunAsync(CancellationToken stop, params string[] args)
    {
        _out.GetStringBuilder().Clear();
        _error.GetStringBuilder().Clear();
        AgentTerminal terminal = new()
        {
            Out = _out,
            Error = _error,
            In = new StringReader(Input),
            Environment = Environment,
            Time = Time,
            Program = Program,
            IsAdministrator = IsAdministrator,
            RunTool = (program, arguments) =>
            {
                string call = $"{program} {string.Join(' ', arguments)}";
                Calls.Add(call);
                return Answer(call);
            },
        };
        return await CommandLineInterface.InvokeAsync(args, terminal, stop).WaitAsync(LinkWorld.Deadline * 2);
    }

    /// <summary>Writes a configuration for a server.</summary>
    public void Configure(Uri server, string more = "")
    {
        Folder.Write("agent.secrets", $$"""{"token":"{{LinkWorld.Token}}"}""");
        Folder.Write("agent.json", $$"""{"server":"{{server}}","gateway":"gw-1","folder":"{{Folder.File("state")}}"{{more}}}""");
    }

    public void Dispose() => Folder.Dispose();
}
