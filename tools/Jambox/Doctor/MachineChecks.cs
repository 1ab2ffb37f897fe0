using System.Globalization;
using System.Runtime.InteropServices;
using JamBox.Bench.Boxes.Flashing;
using JamBox.Bench.Boxes.Ports;
using JamBox.Bench.CommandLine;
using JamBox.Flashing;

namespace JamBox.Bench.Doctor;

/// <summary>Looks at this machine: its ports, who may use them, what else might want them, and the tools that are there.</summary>
/// <param name="terminal">The world around.</param>
internal sealed class MachineChecks(BenchTerminal terminal)
{
    /// <summary>Looks.</summary>
    /// <returns>What was found.</returns>
    public IEnumerable<Finding> Run()
    {
        yield return new Finding(
            "system", FindingState.Good, $"{RuntimeInformation.OSDescription.Trim()}, {RuntimeInformation.FrameworkDescription}", null);
        IReadOnlyList<string> ports = PortOptions.Likely(terminal.PortNames());
        if (ports.Count == 0)
        {
            yield return NoPort();
        }

        foreach (string port in ports)
        {
            yield return Open(port);
        }

        if (ModemManager() is { } inTheWay)
        {
            yield return inTheWay;
        }

        yield return Tool(
            ["nanoff"], FlashTools.OldestNanoff, ["--help"], "dotnet tool install -g nanoff", "dotnet tool update -g nanoff",
            "only the stock build, flashing by hand and --flasher nanoff need it");
        yield return Tool(
            FlashTools.EsptoolNames, FlashTools.OldestEsptool, ["version"], "pip install esptool", "pip install --upgrade esptool",
            "only flashing by hand and --flasher need it");
    }

    private static Finding NoPort()
    {
        string driver = OperatingSystem.IsWindows()
            ? "Windows 10 and 11 have the driver; look for an unknown device in the Device Manager"
            : OperatingSystem.IsMacOS() ? "macOS has the driver; the port is called /dev/cu.usbmodem..."
            : "Linux has the driver; 'sudo dmesg -w' says what happens when it is plugged in, the port is called /dev/ttyACM0";
        return new Finding(
            "ports", FindingState.Doubt, "no box is plugged in", $"use a cable that carries data, not one for charging only. {driver}");
    }

    private Finding Open(string name)
    {
        try
        {
            using BoxPort port = terminal.OpenSerial(name);
            string lines = port.Line.ResetLines is null ? ", but has no lines that reset a box: press its button" : string.Empty;
            return new Finding("ports", FindingState.Good, $"{name} can be opened{lines}", null);
        }
        catch (FlashException e)
        {
            return new Finding("ports", FindingState.Bad, e.Message, RightOf(name));
        }
    }

    /// <summary>Who may use a port: on Linux its group, which is not the same everywhere.</summary>
    private string? RightOf(string name)
    {
        if (!OperatingSystem.IsLinux() || terminal.RunTool("stat", ["-c", "%G", name]) is not { ExitCode: 0 } group)
        {
            return null;
        }

        bool isMember = terminal.RunTool("id", ["-nG"]) is { ExitCode: 0 } mine && mine.Output.Split(' ').Contains(group.Output);
        return isMember
            ? $"you are in the group {group.Output}: another program has the port ('fuser {name}' names it)"
            : $"you are not in the group {group.Output}: sudo usermod -aG {group.Output} $USER, and sign in again";
    }

    /// <summary>A program that takes every new port for a modem, and talks to it for half a minute.</summary>
    private Finding? ModemManager() =>
        OperatingSystem.IsLinux() && terminal.RunTool("systemctl", ["is-active", "ModemManager"]) is { ExitCode: 0 }
            ? new Finding(
                "ports", FindingState.Doubt, "ModemManager runs: it talks to every new port for some seconds, and disturbs flashing",
                "sudo systemctl disable --now ModemManager, where no modem of this machine needs it")
            : null;

    private Finding Tool(string[] names, Version oldest, string[] arguments, string install, string update, string need)
    {
        string name = names[0];
        if (names.Select(one => terminal.RunTool(one, arguments)).FirstOrDefault(static result => result is not null) is not { } result)
        {
            return new Finding(name, FindingState.Note, $"is not installed: {need}", install);
        }

        if (ChildTool.VersionIn(result.Output) is not { } version)
        {
            return new Finding(name, FindingState.Doubt, "is there, and does not say its version", update);
        }

        return version >= oldest
            ? new Finding(name, FindingState.Good, version.ToString(), null)
            : new Finding(
                name, FindingState.Doubt,
                string.Create(CultureInfo.InvariantCulture, $"{version} is old: {oldest} or later is needed"), update);
    }
}
