using System.CommandLine;
using System.Globalization;
using JamBox.Bench.Boxes.Ports;
using JamBox.Bench.CommandLine;

namespace JamBox.Bench.Boxes.Flashing;

/// <summary>A tool of somebody else's that is installed.</summary>
/// <param name="Path">Where.</param>
/// <param name="Version">Which.</param>
internal sealed record FlashTool(string Path, Version Version);

/// <summary>The tools that flash in the place of our own client.</summary>
/// <param name="Esptool">Writes anything anywhere.</param>
/// <param name="Nanoff">Writes the deployment, and nothing else; <c>null</c> = esptool does that too.</param>
/// <param name="SecretFolder">Where the identity may be a file for the seconds of its writing; <c>null</c> = nowhere.</param>
internal sealed record FlashTools(FlashTool Esptool, FlashTool? Nanoff, string? SecretFolder)
{
    /// <summary>
    /// The oldest esptool: from 4.5 on the reset of a chip that is the USB device itself works. 5.0 renamed its commands; both are known.
    /// </summary>
    public static readonly Version OldestEsptool = new(4, 5);

    /// <summary>The oldest nanoff: from 2.5.98 on it can be told not to look for a newer one on the network first.</summary>
    public static readonly Version OldestNanoff = new(2, 5, 98);

    /// <summary>The names of esptool: 4 is installed as the second one.</summary>
    public static readonly string[] EsptoolNames = ["esptool", "esptool.py"];

    // In memory, and this user's alone.
    private const string MemoryFolder = "/dev/shm";
    private const string WithOwn = "or leave --flasher away: jambox flashes without any other tool";

    private static readonly ChildLimits s_asking = new(TimeSpan.FromSeconds(30), TimeSpan.FromSeconds(30));

    /// <summary>Who flashes.</summary>
    /// <returns>The option.</returns>
    public static Option<string?> Option()
    {
        var option = new Option<string?>("--flasher")
        {
            Description =
                $"Flash with a tool that is installed: esptool ({OldestEsptool} or later), or nanoff ({OldestNanoff} or later, which writes the firmware alone; esptool does the rest). Default: jambox itself, which needs neither.",
            HelpName = "esptool|nanoff",
        };
        option.AcceptOnlyFromAmong("esptool", "nanoff");
        return option;
    }

    /// <summary>Allows a file with the identity.</summary>
    /// <returns>The option.</returns>
    public static Option<bool> YesWriteSecret() => new("--yes-write-secret")
    {
        Description =
            "With --flasher, where there is no folder in memory: the identity may be in a file of the temporary folder while it is written. It is wiped and deleted.",
    };

    /// <summary>Finds what was chosen.</summary>
    /// <param name="terminal">The environment.</param>
    /// <param name="flasher">From the command line; <c>null</c> = our own client.</param>
    /// <param name="port">From the command line.</param>
    /// <param name="mayWriteSecret">From the command line.</param>
    /// <param name="stop">Ends it.</param>
    /// <returns>The tools; <c>null</c> = our own client.</returns>
    /// <exception cref="BenchException">One is missing, too old, or cannot do it.</exception>
    public static async Task<FlashTools?> FindAsync(
        BenchTerminal terminal, string? flasher, string? port, bool mayWriteSecret, CancellationToken stop)
    {
        if (flasher is null)
        {
            return null;
        }

        if (PortOptions.IsTwin(port))
        {
            throw new BenchException(
                $"--flasher {flasher} needs a port that another program can open, and --port {port} is none: leave --flasher away, or take the port that tools/ChipTwin makes",
                ExitCode.BadInput);
        }

        FlashTool? nanoff = flasher == "nanoff"
            ? await FindAsync(terminal, ["nanoff"], OldestNanoff, ["--help"], "dotnet tool install -g nanoff", stop).ConfigureAwait(false)
            : null;
        FlashTool esptool;
        try
        {
            esptool = await FindAsync(terminal, EsptoolNames, OldestEsptool, ["version"], "pip install --upgrade esptool", stop)
                .ConfigureAwait(false);
        }
        catch (BenchException e) when (nanoff is not null)
        {
            throw new BenchException(
                $"nanoff writes the firmware alone: it knows no identity, and would bring a partition table of its own. esptool does that, and {e.Message}",
                e.ExitCode);
        }

        return new FlashTools(
            esptool, nanoff,
            OperatingSystem.IsLinux() && Directory.Exists(MemoryFolder) ? MemoryFolder
            : mayWriteSecret ? System.IO.Path.GetTempPath() : null);
    }

    /// <summary>Looks whether an identity can be written, before one is made.</summary>
    /// <exception cref="BenchException">It would have to be a file on a disk.</exception>
    public void RequireSecretFolder()
    {
        if (SecretFolder is null)
        {
            throw new BenchException(
                "esptool takes the identity from a file only, and this machine has no folder in memory: say --yes-write-secret, "
                + WithOwn, ExitCode.BadInput);
        }
    }

    private static async Task<FlashTool> FindAsync(
        BenchTerminal terminal, string[] names, Version oldest, string[] question, string install, CancellationToken stop)
    {
        string name = names[0];
        string path = ChildTool.Find(terminal, names) ?? throw new BenchException(
            $"{name} is not installed: {install}, {WithOwn}", ExitCode.BadInput);
        ToolResult said = await ChildTool.RunAsync(path, question, static _ => { }, s_asking, stop).ConfigureAwait(false);
        Version version = ChildTool.VersionIn(said.Output) ?? throw new BenchException(
            $"{path} does not say its version ({LastOf(said)}): {install}, {WithOwn}", ExitCode.BadInput);
        return version >= oldest ? new FlashTool(path, version) : throw new BenchException(
            string.Create(CultureInfo.InvariantCulture, $"{path} is {version}, and {oldest} or later is needed: {install}, {WithOwn}"),
            ExitCode.BadInput);
    }

    private static string LastOf(ToolResult said) =>
        said.Output.Length == 0 ? "it prints nothing" : said.Output.Split('\n')[^1].TrimEnd('.');
}
