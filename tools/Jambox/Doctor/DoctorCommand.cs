using System.CommandLine;
using JamBox.Bench.Boxes.Flashing;
using JamBox.Bench.CommandLine;
using JamBox.Bench.Releases;
using JamBox.Bench.Server;
using Spectre.Console;

namespace JamBox.Bench.Doctor;

/// <summary><c>doctor</c>.</summary>
internal static class DoctorCommand
{
    /// <summary>Makes the command.</summary>
    /// <param name="terminal">The world around.</param>
    /// <returns>The command.</returns>
    public static Command Create(BenchTerminal terminal)
    {
        Option<string?> server = ServerOptions.Server();
        Option<string?> firmware = FirmwareFolder.Option();
        Option<bool> json = ReleaseOptions.Json();
        var command = new BenchCommand(
            "doctor",
            "Look whether this bench is fit for work: ports, drivers, permissions, tools, backend, key, clock. Says what to do about what is not. Changes nothing.",
            "jambox doctor --server https://jambox.example") { server, firmware, json };
        command.SetAction(async (parsed, stop) =>
        {
            List<Finding> findings =
            [
                .. new MachineChecks(terminal).Run(),
                FirmwareCheck(terminal, parsed.GetValue(firmware)),
                .. await new ServerChecks(terminal, parsed.GetValue(server)).RunAsync(stop).ConfigureAwait(false),
            ];
            Tell(terminal, findings, parsed.GetValue(json));
            return findings.Exists(static finding => finding.State == FindingState.Bad) ? ExitCode.Refused : ExitCode.Done;
        });
        return command;
    }

    private static Finding FirmwareCheck(BenchTerminal terminal, string? folder)
    {
        const string About = "firmware";
        if (FirmwareFolder.Said(terminal, folder) is not { } said)
        {
            return new Finding(
                About, FindingState.Note, "no folder was said", $"--firmware or {FirmwareFolder.Variable}: phase 1 needs one");
        }

        List<string> problems = [];
        foreach (FirmwareKind kind in Enum.GetValues<FirmwareKind>())
        {
            try
            {
                FirmwareFolder.Load(said, kind);
            }
            catch (BenchException e)
            {
                problems.Add(e.Message);
            }
        }

        return problems.Count == 0
            ? new Finding(About, FindingState.Good, $"both firmwares are in {said}", null)
            : new Finding(About, FindingState.Bad, string.Join("; ", problems.Distinct()), "docs/board-bring-up.md builds them");
    }

    private static void Tell(BenchTerminal terminal, List<Finding> findings, bool isJson)
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
            (string color, string word) = finding.State switch
            {
                FindingState.Good => ("green", "ok"),
                FindingState.Note => ("grey", "note"),
                FindingState.Doubt => ("yellow", "look"),
                _ => ("red", "bad"),
            };
            if (terminal.IsLive)
            {
                terminal.Out.MarkupLine(
                    $"[{color}]{word,-5}[/]{finding.About,-12} {Markup.Escape(finding.Found)}"
                    + (finding.WhatToDo is null ? string.Empty : $"\n{' ',17}[italic]{Markup.Escape(finding.WhatToDo)}[/]"));
            }
            else
            {
                string advice = finding.WhatToDo is null ? string.Empty : $" -> {finding.WhatToDo}";
                terminal.Line($"{word,-5}{finding.About,-12} {finding.Found}{advice}");
            }
        }
    }
}

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
internal sealed record Finding(string About, FindingState State, string Found, string? WhatToDo);
