using System.Globalization;
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

    private static readonly TimeSpan s_patience = TimeSpan.FromSeconds(15);

    /// <summary>Looks.</summary>
    /// <param name="stop">Ends it.</param>
    /// <returns>What was found.</returns>
    public async Task<IReadOnlyList<Finding>> RunAsync(CancellationToken stop)
    {
        BackendClient client;
        try
        {
            client = ServerOptions.Connect(terminal, server);
        }
        catch (BenchException e)
        {
            return [new Finding("key", FindingState.Bad, e.Message, $"set {ServerOptions.AdminKeyVariable} to a key of yours")];
        }

        using (client)
        {
            List<Finding> findings = [];
            using var end = CancellationTokenSource.CreateLinkedTokenSource(stop);
            end.CancelAfter(s_patience);
            try
            {
                await LookAsync(client, findings, end.Token).ConfigureAwait(false);
            }
            catch (OperationCanceledException) when (!stop.IsCancellationRequested)
            {
                findings.Add(new Finding(
                    About, FindingState.Bad, $"{client.Address} does not answer within {s_patience.TotalSeconds:0} s",
                    "is the address right, does a firewall or a proxy stand between?"));
            }
            catch (UnreachableException e)
            {
                findings.Add(new Finding(About, FindingState.Bad, e.Message, null));
            }

            return findings;
        }
    }

    private async Task LookAsync(BackendClient client, List<Finding> findings, CancellationToken stop)
    {
        long began = terminal.Time.GetTimestamp();
        DateTimeOffset? serverTime = await client.PingAsync(stop).ConfigureAwait(false);
        findings.Add(new Finding(
            About, FindingState.Good,
            string.Create(
                CultureInfo.InvariantCulture,
                $"{client.Address} answers in {terminal.Time.GetElapsedTime(began).TotalMilliseconds:0} ms"), null));
        if (serverTime is { } time)
        {
            findings.Add(Clock(time));
        }

        try
        {
            await client.GetAsync<System.Text.Json.JsonElement>("api/devices?limit=1", stop).ConfigureAwait(false);
            findings.Add(new Finding("key", FindingState.Good, "is taken", null));
        }
        catch (BenchException e) when (e is not UnreachableException)
        {
            findings.Add(new Finding("key", FindingState.Bad, e.Message, "an admin makes one in the portal: Keys"));
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
