using System.Globalization;
using System.Text;

using JamBox.Edge.Engine;

using Xunit.Abstractions;

namespace JamBox.Edge.Tests.Engine;

/// <summary>
/// A gateway lives through many deployments while its agent dies at random steps, in all ways, and the network fails all the time.
/// </summary>
public sealed class RandomKillTests(ITestOutputHelper output)
{
    private const int Kills = 200;

    [Fact]
    public async Task Two_hundred_random_kills_with_a_flaky_network()
    {
        int seed = int.TryParse(Environment.GetEnvironmentVariable("JB_SEED"), out int given) ? given : 19;
        int wanted = int.TryParse(Environment.GetEnvironmentVariable("JB_KILLS"), out int more) ? more : Kills;
        string replay = $"JB_SEED={seed} JB_KILLS={wanted} dotnet test tools/EdgeAgent.Tests --filter {nameof(RandomKillTests)}";
        output.WriteLine($"replay: {replay}");
        Random random = new(seed);
        using Gateway gateway = new();
        gateway.Server.Breaks = () => random.Next(3) == 0 ? null : random.Next(20_000);
        gateway.Server.Fails = () => random.Next(4) == 0 ? new IOException("no route to host") : null;
        for (int i = 1; i <= 5; i++)
        {
            gateway.Modules.Versions[$"esp32-00000{i}"] = "0";
        }

        int kills = 0;
        int deployments = 0;
        int published = 0;
        int minute = 0;
        Dictionary<Death, int> deaths = [];
        Dictionary<string, int> after = new() { ["old"] = 0, ["new"] = 0 };
        TestPackage? old = null;
        while (kills < wanted)
        {
            deployments++;
            string version = string.Create(CultureInfo.InvariantCulture, $"{deployments}.0");
            TestPackage next = TestPackage.Make(
                version,
                more: new Dictionary<string, byte[]> { ["firmware/wired/relay/firmware.bin"] = Encoding.ASCII.GetBytes(version) });
            gateway.Server.Add(next);
            Notice notice = next.Notice(++minute);
            published++;
            for (int runs = 0; gateway.Reports.Count(DeploymentStatus.Completed, notice) == 0; runs++)
            {
                Assert.True(runs < 200, replay);
                Death death = (Death)random.Next(4);
                KillingFiles files = new(gateway.Graveyard) { KillAt = kills < wanted ? random.Next(1, 160) : 0, Death = death };
                try
                {
                    await gateway.RunAsync(notice, files);
                    if (gateway.State.Job is null && gateway.Reports.Count(DeploymentStatus.Completed, notice) == 0)
                    {
                        // It failed, as after three deaths within deploy.sh: an operator publishes it again.
                        Assert.True(gateway.Reports.Count(DeploymentStatus.Failed, notice) == 1, replay);
                        notice = next.Notice(++minute);
                        published++;
                    }
                }
                catch (KilledException)
                {
                    kills++;
                    deaths[death] = deaths.GetValueOrDefault(death) + 1;
                    string when = $"{version}, kill {kills}, {death} at {files.Last}; replay: {replay}";
                    gateway.AssertWhole(when, old, next);
                    after[gateway.Current == next.Id ? "new" : "old"]++;
                }
            }

            await gateway.RunAsync(null);
            gateway.AssertWhole(replay, next);
            Assert.Equal($"application {version}\n", gateway.App);
            Assert.True(
                gateway.Reports.Count(DeploymentStatus.Completed, notice) == 1, $"{version}: {gateway.Reports.Words(notice)}; {replay}");
            Assert.All(gateway.Modules.Versions.Values, value => Assert.Equal(version, value));
            Assert.InRange(new DiskFiles().List(gateway.Folder.Releases).Count, 2, 6);
            old = next;
        }

        string kinds = string.Join(", ", deaths.OrderBy(static death => death.Key).Select(static death => $"{death.Key} {death.Value}"));
        output.WriteLine(
            $"{kills} kills ({kinds}) in {deployments} deployments, published {published} times: all applied, each once; "
            + $"the release after a kill: old {after["old"]}, new {after["new"]}; half applied: 0");
    }
}
