using JamBox.Bench.CommandLine;
using Spectre.Console;

namespace JamBox.Bench.Doctor;

/// <summary>How something is.</summary>
internal enum FindingState
{
    /// <summary>As it should be.</summary>
    Good,

    /// <summary>It is missing, and need not be there.</summary>
    Note,

    /// <summary>It may get in the way.</summary>
    Doubt,

    /// <summary>It will get in the way.</summary>
    Bad,
}

/// <summary>What was found.</summary>
/// <param name="About">What was looked at, a word.</param>
/// <param name="State">How it is.</param>
/// <param name="Found">What was found.</param>
/// <param name="WhatToDo">What to do about it; <c>null</c> = nothing.</param>
internal sealed record Finding(string About, FindingState State, string Found, string? WhatToDo)
{
    /// <summary>Tells what was found.</summary>
    /// <param name="terminal">Where.</param>
    /// <param name="findings">What.</param>
    /// <param name="isJson">For programs: one array.</param>
    public static void Tell(BenchTerminal terminal, IReadOnlyList<Finding> findings, bool isJson)
    {
        if (isJson)
        {
            terminal.Json(findings.Select(static finding => new
            {
                about = finding.About,
                state = finding.State.ToString().ToLowerInvariant(),
                found = finding.Found,
                what_to_do = finding.WhatToDo,
            }));
            return;
        }

        foreach (Finding finding in findings)
        {
            finding.Tell(terminal);
        }
    }

    private void Tell(BenchTerminal terminal)
    {
        (string color, string word) = State switch
        {
            FindingState.Good => ("green", "ok"),
            FindingState.Note => ("grey", "note"),
            FindingState.Doubt => ("yellow", "look"),
            _ => ("red", "bad"),
        };
        if (terminal.IsLive)
        {
            string advice = WhatToDo is null ? string.Empty : $"\n{' ',17}[italic]{Markup.Escape(WhatToDo)}[/]";
            terminal.Out.MarkupLine($"[{color}]{word,-5}[/]{About,-12} {Markup.Escape(Found)}{advice}");
        }
        else
        {
            terminal.Line($"{word,-5}{About,-12} {Found}{(WhatToDo is null ? string.Empty : $" -> {WhatToDo}")}");
        }
    }
}
