using System.Globalization;
using System.Text.Json;
using JamBox.Bench.Boxes.Flashing;
using JamBox.Bench.CommandLine;
using JamBox.Bench.Server;

namespace JamBox.Bench.Doctor;

/// <summary>Looks at the backend from here: whether it answers, whether it takes the key, whether the clocks agree. Asks only.</summary>
/// <param name="terminal">The world around.</param>
/// <param name="server">Its address, from the command line.</param>
internal sealed class ServerChecks(BenchTerminal terminal, string? server)
{
    private const string About = "backend";

    // Readings and signatures are dated: who is further off than this dates them wrongly.
    private static readonly TimeSpan s_clockTolerance = TimeSpan.FromSeconds(60);

    private static readonly BoardName s_board = new("NB", "02");

    private static readonly TimeSpan s_patience = TimeSpan.FromSeconds(15);

    /// <summary>Whether its firmware is what would be flashed.</summary>
    public bool LooksForFirmware { get; init; }

    /// <summary>Looks.</summary>
    /// <param name="stop">Ends it.</param>
    /// <returns>What was found.</returns>
    public async Task<IReadOnlyList<Finding>> RunAsync(CancellationToken stop)
    {
        List<Finding> findings = [];
        using var end = CancellationTokenSource.CreateLinkedTokenSource(stop);
        end.CancelAfter(s_patience);
        try
        {
            Uri address = ServerOptions.AddressOf(terminal, server);
            await LookAsync(address, findings, end.Token).ConfigureAwait(false);
            await TryKeyAsync(findings, end.Token).ConfigureAwait(false);
        }
        catch (OperationCanceledException) when (!stop.IsCancellationRequested)
        {
            findings.Add(new Finding(
                About, FindingState.Bad, $"no answer within {s_patience.TotalSeconds:0} s",
                "is the address right, does a firewall or a proxy stand between?"));
        }
        catch (BenchException e)
        {
            findings.Add(new Finding(About, FindingState.Bad, e.Message, null));
        }

        return findings;
    }

    private async Task LookAsync(Uri address, List<Finding> findings, CancellationToken stop)
    {
        // Whether it lives it tells everybody.
        using BackendClient client = new(address, "nobody");
        long began = terminal.Time.GetTimestamp();
        DateTimeOffset? serverTime = await client.PingAsync(stop).ConfigureAwait(false);
        double took = terminal.Time.GetElapsedTime(began).TotalMilliseconds;
        findings.Add(new Finding(
            About, FindingState.Good, string.Create(CultureInfo.InvariantCulture, $"{address} answers in {took:0} ms"), null));
        if (serverTime is { } time)
        {
            findings.Add(Clock(time));
        }
    }

    private async Task TryKeyAsync(List<Finding> findings, CancellationToken stop)
    {
        const string Key = "key";
        try
        {
            using BackendClient client = ServerOptions.Connect(terminal, server);
            await client.GetAsync<JsonElement>("api/manufacturing/dashboard", stop).ConfigureAwait(false);
            findings.Add(new Finding(Key, FindingState.Good, "is taken, and may make boxes", null));
            if (LooksForFirmware)
            {
                findings.Add(await LookForFirmwareAsync(new Manufacturing(client), stop).ConfigureAwait(false));
            }
        }
        catch (BenchException e) when (e is not UnreachableException)
        {
            findings.Add(new Finding(
                Key, FindingState.Bad, e.Message,
                $"set {ServerOptions.AdminKeyVariable} to a key with the role maker or admin; an admin makes one in the portal"));
        }
    }

    /// <summary>What is missing is no fault of the bench: boards may be flashed from a folder.</summary>
    private static async Task<Finding> LookForFirmwareAsync(Manufacturing manufacturing, CancellationToken stop)
    {
        const string Firmware = "firmware";
        const string WhatToDo = "upload it once (docs/manufacturing.md, Set up), or say --firmware FOLDER";
        string[] wanted = ["bootloader", "partitions", "app", "deployment"];
        try
        {
            BoardFirmware found = await manufacturing.FindFirmwareAsync(s_board, stop).ConfigureAwait(false);
            string[] missing =
            [
                .. wanted.Except(found.Parts.Select(static part => part.Part)),
                .. (string[])(found.Provisioning is null ? ["provisioning"] : []),
            ];
            return missing.Length == 0
                ? new Finding(
                    Firmware, FindingState.Good, $"the server has {found.Version}, and {found.Provisioning!.Version} for phase 1", null)
                : new Finding(
                    Firmware, FindingState.Doubt, $"the server has no {string.Join(", no ", missing.Select(ServerFirmware.WordOf))}",
                    WhatToDo);
        }
        catch (BenchException e) when (e.ExitCode == ExitCode.Refused)
        {
            return new Finding(Firmware, FindingState.Doubt, "the server has no firmware for boxes", WhatToDo);
        }
    }

    private Finding Clock(DateTimeOffset serverTime)
    {
        TimeSpan off = (terminal.Time.GetUtcNow() - serverTime).Duration();
        string text = string.Create(CultureInfo.InvariantCulture, $"this machine and the backend differ by {off.TotalSeconds:0} s");
        return off <= s_clockTolerance
            ? new Finding("clock", FindingState.Good, text, null)
            : new Finding("clock", FindingState.Bad, text, "set the clock of whichever is wrong: switch time synchronisation on");
    }
}
