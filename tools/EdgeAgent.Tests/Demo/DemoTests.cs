using JamBox.Deployments;
using JamBox.Edge.Demo;
using JamBox.Ota.Signing;

namespace JamBox.Edge.Tests.Demo;

/// <summary>The demo's pieces; the whole of it is a step of the gate.</summary>
public sealed class DemoTests
{
    private const string Good = "11111111-1111-4111-8111-111111111111";
    private const string Bad = "22222222-2222-4222-8222-222222222222";

    [Fact]
    public void There_are_three_gateways_with_twenty_modules_each_with_a_name_of_its_own()
    {
        Assert.Equal(3, DemoPlan.Shops.Count);
        DemoModule[] modules = [.. DemoPlan.Shops.SelectMany(static shop => shop.Modules)];
        Assert.Equal(20, modules.Length);
        Assert.Equal(20, modules.Select(static module => module.Hostname[^6..]).Distinct().Count());
        Assert.Single(modules, static module => module.Type == DemoPlan.BadType);
    }

    [Fact]
    public void The_packages_are_whole_and_signed_and_only_one_has_a_wrong_image()
    {
        using ReleaseKey key = ReleaseKey.Create();
        Assert.Equal(DemoPlan.GoodVersion, VersionOf(key, DemoPackages.WriteGood, DemoPlan.GoodVersion));
        Assert.Equal(DemoPlan.WrongVersion, VersionOf(key, DemoPackages.WriteBad, DemoPlan.BadVersion));
    }

    [Fact]
    public void Whatever_is_not_as_it_must_be_is_said()
    {
        List<GatewayView> gateways = [.. DemoPlan.Shops.Select(Ended)];
        Dictionary<string, GatewayTruth> truths = DemoPlan.Shops.ToDictionary(static shop => shop.Id, Truth);
        Dictionary<string, string?> history = gateways.ToDictionary(static one => one.Gateway, static one => one.Result);
        Assert.Empty(DemoCheck.OfBad(Good, Bad, gateways, history, truths));

        Assert.Equal(
            ["shop-south: the result: completed, not failed"],
            DemoCheck.OfBad(Good, Bad, With(gateways, 2, static one => one with { Result = "completed" }), history, truths));
        Assert.Contains(
            "shop-south does not say that it went back to 1.0.0, but: no",
            DemoCheck.OfBad(Good, Bad, With(gateways, 2, static one => one with { Error = "no" }), history, truths));
        DemoModule door = DemoPlan.Shops[1].Modules.Single(static module => module.Type == DemoPlan.BadType);
        truths["shop-west"] = truths["shop-west"] with
        {
            Modules = new Dictionary<string, string?>(truths["shop-west"].Modules) { [door.Hostname] = DemoPlan.WrongVersion },
        };
        truths["shop-north"] = truths["shop-north"] with { Service = null };
        history["shop-north"] = "failed";
        Assert.Equal(
            [
                "shop-north: the result in the history: failed, not completed",
                "shop-north: its service: nothing, not 1.1.0",
                $"shop-west: {door.Hostname} runs: 1.1.0-test, not 1.0.0",
            ],
            DemoCheck.OfBad(Good, Bad, gateways, history, truths));
        Assert.NotEmpty(DemoCheck.OfGood(Good, gateways, truths));
        Assert.Contains("shop-west is not among the gateways of the deployment", DemoCheck.OfGood(Good, [gateways[0]], truths));
    }

    [Fact]
    public void Times_are_from_the_first_that_was_told_to_the_last_that_was_back()
    {
        DateTimeOffset zero = new(2026, 11, 28, 18, 0, 0, TimeSpan.Zero);
        ModuleTimes times = ModuleTimes.Of(
            [(zero, zero.AddSeconds(4)), (zero.AddSeconds(0.5), zero.AddSeconds(5)), (zero.AddSeconds(0.1), zero.AddSeconds(2))])!;
        Assert.Equal(
            "3 modules side by side took 5.0 s, the longest of them 4.5 s; one after the other: 10.4 s.", times.ToString());
        Assert.Null(ModuleTimes.Of([]));
    }

    [Fact]
    public void A_log_has_lines_that_change_with_states_only_and_a_terminal_a_drawing_that_fits()
    {
        GatewayView gateway = Ended(DemoPlan.Shops[1]) with { Result = null, Status = "deploying", Error = null, Attempt = 2 };
        Assert.Equal("shop-west   1.1.0  deploying, try 2; modules: 5 done, 1 restored", DemoView.LineOf("1.1.0", gateway));
        foreach (int columns in (int[])[60, 80, 200])
        {
            IReadOnlyList<string> lines = DemoView.Drawing("1.1.0", [gateway, Ended(DemoPlan.Shops[2])], columns);
            Assert.All(lines, line => Assert.True(line.Length < columns, line));
            Assert.Equal(1, lines.Count(static line => line.StartsWith("shop-south", StringComparison.Ordinal)));
            Assert.Equal(6, lines.Sum(static line => line.Split("esp32-02").Length - 1));
        }
    }

    [Fact]
    public void The_table_has_gateways_and_modules_before_and_after_and_what_went_back()
    {
        GatewayView west = Ended(DemoPlan.Shops[1]);
        string[] lines =
            [.. DemoReport.TableOf("1.1.0", new Dictionary<string, string?> { ["shop-west"] = "1.0.0" }, [west])];
        Assert.Equal(
            [
                "1.1.0        before  after  time     result",
                "shop-west    1.0.0   1.1.0  12.0 s   failed after 3 tries",
                "  1 × door   1.0.0   1.0.0  ≤ 2.5 s  restored",
                "  2 × light  1.0.0   1.1.0  ≤ 2.5 s  done",
                "  3 × power  1.0.0   1.1.0  ≤ 2.5 s  done",
            ],
            lines);
        Assert.Equal(
            ["shop-west: 1 of 6 modules", "  esp32-025a06 (door): It came back with another."], DemoReport.ReturnsOf([west]));
    }

    private static List<GatewayView> With(List<GatewayView> gateways, int index, Func<GatewayView, GatewayView> change) =>
        [.. gateways.Select((one, at) => at == index ? change(one) : one)];

    /// <summary>What a gateway must have come to after the bad deployment.</summary>
    private static GatewayView Ended(DemoShop shop)
    {
        bool isBad = shop.Id == DemoPlan.BadGateway;
        bool fails = isBad || shop.Id == DemoPlan.BadModulesGateway;
        ModuleView[] modules = isBad ? [] : [.. shop.Modules.Select(static module => Ended(module))];
        return new GatewayView(
            shop.Id, fails ? "failed" : "completed", fails ? "failed" : "completed", fails ? 3 : 1,
            isBad ? "health.sh ended with 1; went back to 1.0.0" : fails ? "1 of 6 modules" : null,
            isBad ? DemoPlan.GoodVersion : DemoPlan.BadVersion, DemoPlan.GoodVersion, TimeSpan.FromSeconds(12), modules);
    }

    private static ModuleView Ended(DemoModule module)
    {
        bool isBad = module.Type == DemoPlan.BadType;
        return new ModuleView(
            module.Hostname, module.Type, isBad ? "restored" : "done", DemoPlan.GoodVersion,
            isBad ? DemoPlan.GoodVersion : DemoPlan.BadVersion, 100, isBad ? "It came back with another." : null, 2500);
    }

    private static GatewayTruth Truth(DemoShop shop)
    {
        bool isBad = shop.Id == DemoPlan.BadGateway;
        string version = isBad ? DemoPlan.GoodVersion : DemoPlan.BadVersion;
        return new GatewayTruth(
            version, isBad ? Good : Bad,
            shop.Modules.ToDictionary(
                static module => module.Hostname,
                module => (string?)(module.Type == DemoPlan.BadType ? DemoPlan.GoodVersion : version)));
    }

    /// <returns>What the image of the one door says of itself, after the package was looked into as server and agent do.</returns>
    private static string? VersionOf(ReleaseKey key, Action<string, ReleaseKey> write, string version)
    {
        string folder = Directory.CreateTempSubdirectory("edge-demo-").FullName;
        try
        {
            string path = Path.Combine(folder, "package.zip");
            write(path, key);
            using FileStream zip = File.OpenRead(path);
            PackageContents contents = PackageInspector.Inspect(zip);
            Assert.Equal(PackageTrust.Release, contents.FindTrust([key.Public]));
            Assert.Null(contents.FindVersionFault(version));
            PackageFile firmware = contents.Files.Single(static file => file.Path == PackageLayout.FirmwarePath("wired", DemoPlan.BadType));
            using Stream stream = contents.OpenRead(firmware);
            using MemoryStream image = new();
            stream.CopyTo(image);
            return SimulatedImage.Read(image.ToArray())?.Version;
        }
        finally
        {
            Directory.Delete(folder, recursive: true);
        }
    }
}
