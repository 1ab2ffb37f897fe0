using System.Text.Json;

namespace JamBox.Edge.CommandLine;

/// <summary>How something is.</summary>
internal enum FindingState
{
    /// <summary>As it should be.</summary>
    Good,

    /// <summary>Worth to be known, and no fault.</summary>
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
internal sealed record Finding(string About, FindingState State, string Found, string? WhatToDo = null)
{
    /// <summary>Tells what was found.</summary>
    /// <param name="terminal">Where.</param>
    /// <param name="findings">What.</param>
    /// <param name="isJson">For programs: one array.</param>
    public static void Tell(AgentTerminal terminal, IReadOnlyList<Finding> findings, bool isJson)
    {
        if (!isJson)
        {
            foreach (Finding finding in findings)
            {
                terminal.Out.WriteLine(
                    $"{finding.Word,-5}{finding.About,-14} {finding.Found}{(finding.WhatToDo is { } advice ? $" -> {advice}" : string.Empty)}");
            }

            return;
        }

        terminal.Json(writer =>
        {
            writer.WriteStartArray();
            foreach (Finding finding in findings)
            {
                writer.WriteStartObject();
                writer.WriteString("about", finding.About);
                writer.WriteString("state", finding.State.ToString().ToLowerInvariant());
                writer.WriteString("found", finding.Found);
                writer.WriteString("what_to_do", finding.WhatToDo);
                writer.WriteEndObject();
            }

            writer.WriteEndArray();
        });
    }

    private string Word => State switch
    {
        FindingState.Good => "ok",
        FindingState.Note => "note",
        FindingState.Doubt => "look",
        _ => "bad",
    };
}
