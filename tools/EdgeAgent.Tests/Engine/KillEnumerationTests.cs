using System.Collections.Concurrent;
using System.Globalization;
using System.Text;

using JamBox.Edge.Engine;

using Xunit.Abstractions;

namespace JamBox.Edge.Tests.Engine;

/// <summary>
/// The agent dies at steps of whole deployments: calls that change something on the disk, reports, before and after each script; at every
/// one of them with <c>JAMBOX_ALL_KILLS=1</c>. Afterwards the old or the new release is there, every file of it; and the next agent brings
/// it to its end, once.
/// </summary>
public sealed class KillEnumerationTests(ITestOutputHelper output)
{
    private const int Every = 24;

    private static readonly string[] s_scenarios = ["first", "upgrade", "bad", "sick", "back", "agent", "again"];

    private static readonly TestPackage s_first = TestPackage.Make("1.0.0");

    private static readonly TestPackage s_second = TestPackage.Make(
        "1.1.0",
        more: new Dictionary<string, byte[]>
        {
            ["firmware/wired/relay/firmware.bin"] = "7.0"u8.ToArray(),
            ["firmware/versions.json"] = "{\"relay\":\"7.0\"}"u8.ToArray(),
        });

    private static readonly TestPackage s_bad = TestPackage.Make("1.2.0", deploy: "echo 'no such table' >&2\nexit 3");

    private static readonly TestPackage s_sick = TestPackage.Make("1.3.0", health: "exit 4");

    private static readonly TestPackage s_withAgent = TestPackage.Make("2.0.0", more: new Dictionary<string, byte[]>
    {
        ["agent/linux-x64/edge-agent"] = "#!/bin/sh\necho 9.9\n"u8.ToArray(),
        ["agent/version.txt"] = "9.9\n"u8.ToArray(),
    });

    public static TheoryData<string, Death> Cases()
    {
        TheoryData<string, Death> cases = [];
        foreach (string scenario in s_scenarios)
        {
            foreach (Death death in Enum.GetValues<Death>())
            {
                cases.Add(scenario, death);
            }
        }

        return cases;
    }

    [Theory]
    [MemberData(nameof(Cases))]
    public async Task Killed_at_any_step_it_ends_right(string scenario, Death death)
    {
        Scenario what = new(scenario);
        int calls;
        using Gateway before = await what.PrepareAsync();
        using (Gateway undisturbed = before.Clone())
        {
            KillingFiles counting = new(undisturbed.Graveyard);
            await undisturbed.RunAsync(what.Notice, counting);
            what.AssertEnd(undisturbed, "undisturbed", maxRuns: what.Runs);
            calls = counting.Calls;
        }

        ConcurrentDictionary<string, int> states = new();
        int every = death == Death.Torn ? Every / 3 : Every;
        int[] points = KillPoints.Of(calls, every, (3 * (int)death) + Array.IndexOf(s_scenarios, scenario));
        int tried = 0;

        // Two at a time: what takes time is that scripts are real.
        await Parallel.ForEachAsync(
            points,
            new ParallelOptions { MaxDegreeOfParallelism = 2 },
            async (at, _) =>
            {
                using Gateway gateway = before.Clone();
                KillingFiles files = new(gateway.Graveyard) { KillAt = at, Death = death };
                bool isKilled = false;
                try
                {
                    await gateway.RunAsync(what.Notice, files);
                }
                catch (KilledException)
                {
                    isKilled = true;
                }

                string when = string.Create(CultureInfo.InvariantCulture, $"{scenario}, {death} at call {at} of {calls} ({files.Last})");

                Assert.True(files.Fault is null, $"{when}: {files.Fault}");

                // Only writes can be torn.
                Assert.True(isKilled || death == Death.Torn, when);
                gateway.AssertWhole(when, what.Old, what.New);
                string between = gateway.Current == what.Old?.Id ? "old" : "new";
                await gateway.RunAsync(what.Notice);
                what.AssertEnd(gateway, when, what.Runs + 1);
                if (isKilled)
                {
                    Interlocked.Increment(ref tried);
                    states.AddOrUpdate(between, 1, static (_, count) => count + 1);
                }
            });

        Assert.InRange(calls, 50, 1000);
        Assert.True(death == Death.Torn ? tried > 0 : tried == points.Length, $"{scenario}, {death}: killed at {tried}");
        output.WriteLine(
            $"{scenario}, {death}: {calls} calls, {points.Length} tried, killed at {tried}; the release after it: "
            + string.Join(", ", states.OrderBy(static state => state.Key).Select(static state => $"{state.Key} {state.Value}"))
            + "; in the end all as without a kill");
    }

    private sealed class Scenario
    {
        private readonly string _name;

        public Scenario(string name)
        {
            _name = name;
            (Old, New, Runs) = name switch
            {
                "first" => (null, s_first, 1),
                "upgrade" => (s_first, s_second, 1),
                "bad" => (s_first, s_bad, 2),
                "sick" => (s_first, s_sick, 2),
                "back" or "again" => (s_second, s_first, 1),
                _ => ((TestPackage?)s_first, s_withAgent, 1),
            };
            Notice = New.Notice(10);
        }

        public TestPackage? Old { get; }

        public TestPackage New { get; }

        /// <summary>How often deploy.sh of the new one runs when nothing is disturbed.</summary>
        public int Runs { get; }

        public Notice Notice { get; }

        private bool Fails => New == s_bad || New == s_sick;

        public async Task<Gateway> PrepareAsync()
        {
            Gateway gateway = new();
            gateway.Server.Add(s_first, s_second, s_bad, s_sick, s_withAgent);
            gateway.Modules.Versions["esp32-000001"] = "6.0";
            gateway.Modules.Versions["esp32-000002"] = "6.0";
            string executable = Path.Combine(gateway.System, "edge-agent");
            await File.WriteAllTextAsync(executable, "#!/bin/sh\necho 1.0\n");
            gateway.Options = gateway.Options with
            {
                Executable = executable, AgentVersion = "1.0", Tries = Fails ? 2 : 3, HealthTries = 1,
            };
            if (Old is not null)
            {
                await gateway.RunAsync(s_first.Notice(1));
            }

            if (_name == "back")
            {
                await gateway.RunAsync(s_second.Notice(2));

                // It is here still: if it were asked for, that would show.
                gateway.Server.Fails = static () => new DownloadRefusedException("410 Gone");
            }

            if (_name == "again")
            {
                // The one before, of which a file was changed: it is fetched and unpacked anew, in the place of what one could go back to.
                await gateway.RunAsync(s_second.Notice(2));
                await File.AppendAllTextAsync(Path.Combine(gateway.Folder.Release(s_first.Id), "app.txt"), "changed");
            }

            return gateway;
        }

        public void AssertEnd(Gateway gateway, string when, int maxRuns)
        {
            TestPackage runs = Fails ? Old! : New;
            TestPackage[] kept = _name switch
            {
                "upgrade" or "agent" => [s_first],
                "back" or "again" => [s_second],
                _ => [],
            };
            gateway.AssertApplied(when, runs, kept);
            int completed = gateway.Reports.Count(DeploymentStatus.Completed, Notice);
            Assert.True(completed == (Fails ? 0 : 1), $"{when}: completed is said {completed} times");
            Assert.True(gateway.Reports.Count(DeploymentStatus.Failed, Notice) == (Fails ? 1 : 0), $"{when}: failed is not said once");
            long[] numbers = [.. gateway.Reports.All.Select(static report => report.Seq)];
            Assert.True(numbers.SequenceEqual(numbers.Distinct().Order()), $"{when}: reports are numbered {string.Join(' ', numbers)}");

            // Killed just before or after its script a try is done anew, and counts: never more than one besides.
            int ran = gateway.Runs.Count(line => line == $"{New.Version} 0 {Old?.Id}");
            Assert.True(ran >= (Fails ? Runs - 1 : 1) && ran <= maxRuns, $"{when}: deploy.sh ran {ran} times");
            if (_name == "upgrade")
            {
                Assert.All(gateway.Modules.Versions.Values, static version => Assert.Equal("7.0", version));
                Assert.True(gateway.Modules.Pushes.Count <= 3, $"{when}: {gateway.Modules.Pushes.Count} images were written to 2 modules");
            }

            if (Fails)
            {
                StatusReport report = gateway.Reports.All[^1];
                Assert.True(report.Error!.Contains("went back to 1.0.0", StringComparison.Ordinal), $"{when}: {report.Error}");
                Assert.True(report.Current == Old!.Id, when);
            }

            if (_name == "agent")
            {
                byte[] agent = File.ReadAllBytes(Path.Combine(gateway.System, "edge-agent"));
                bool isNew = agent.AsSpan().SequenceEqual(New.Files["agent/linux-x64/edge-agent"]);
                Assert.True(isNew, $"{when}: {Encoding.UTF8.GetString(agent)}");
                Assert.False(File.Exists(gateway.Folder.AgentUpdate), when);
            }
        }
    }
}
