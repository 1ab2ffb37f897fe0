namespace JamBox.Edge.Demo;

/// <summary>What a gateway of the demo really has in the end, looked at where it lies and not at the server.</summary>
/// <param name="Service">The version that its service runs.</param>
/// <param name="Release">The id of the release that the agent's link leads to.</param>
/// <param name="Modules">The versions of the images that its modules run; by their names.</param>
internal sealed record GatewayTruth(string? Service, string? Release, IReadOnlyDictionary<string, string?> Modules);

/// <summary>Whether everything ended as it must.</summary>
internal static class DemoCheck
{
    /// <summary>After the deployment with which nothing is wrong.</summary>
    /// <returns>A sentence for each thing that is not as it must be.</returns>
    public static IReadOnlyList<string> OfGood(
        string deployment, IReadOnlyList<GatewayView> gateways, IReadOnlyDictionary<string, GatewayTruth> truths)
    {
        Faults faults = new();
        foreach (DemoShop shop in DemoPlan.Shops)
        {
            GatewayView gateway = Find(gateways, shop, faults);
            faults.Must($"{shop.Id}: the result", "completed", gateway.Result);
            faults.Must($"{shop.Id}: the server's version", DemoPlan.GoodVersion, gateway.Current);
            CheckTruth(shop, truths[shop.Id], DemoPlan.GoodVersion, deployment, static _ => DemoPlan.GoodVersion, faults);
            CheckModules(shop, gateway, static _ => "done", faults);
        }

        return faults.All;
    }

    /// <summary>After the deployment that goes wrong at two gateways.</summary>
    /// <param name="good">The deployment before it.</param>
    /// <param name="bad">The deployment.</param>
    /// <param name="gateways">What the server says.</param>
    /// <param name="history">What its history says; by gateways.</param>
    /// <param name="truths">What is so; by gateways.</param>
    /// <returns>A sentence for each thing that is not as it must be.</returns>
    public static IReadOnlyList<string> OfBad(
        string good, string bad, IReadOnlyList<GatewayView> gateways, IReadOnlyDictionary<string, string?> history,
        IReadOnlyDictionary<string, GatewayTruth> truths)
    {
        const int Tries = 3;
        Faults faults = new();
        foreach (DemoShop shop in DemoPlan.Shops)
        {
            GatewayView gateway = Find(gateways, shop, faults);
            bool isBad = shop.Id == DemoPlan.BadGateway;
            bool fails = isBad || shop.Id == DemoPlan.BadModulesGateway;
            string version = isBad ? DemoPlan.GoodVersion : DemoPlan.BadVersion;
            string result = fails ? "failed" : "completed";
            faults.Must($"{shop.Id}: the result", result, gateway.Result);
            faults.Must($"{shop.Id}: the result in the history", result, history.GetValueOrDefault(shop.Id));
            faults.Must($"{shop.Id}: the server's version", version, gateway.Current);
            if (fails)
            {
                faults.Must($"{shop.Id}: tries", $"{Tries}", $"{gateway.Attempt}");
            }

            CheckTruth(
                shop, truths[shop.Id], version, isBad ? good : bad,
                module => isBad || module.Type == DemoPlan.BadType ? DemoPlan.GoodVersion : DemoPlan.BadVersion, faults);
            if (!isBad)
            {
                CheckModules(shop, gateway, static module => module.Type == DemoPlan.BadType ? "restored" : "done", faults);
            }
        }

        string said = gateways.FirstOrDefault(static gateway => gateway.Gateway == DemoPlan.BadGateway)?.Error ?? string.Empty;
        if (!said.Contains($"went back to {DemoPlan.GoodVersion}", StringComparison.Ordinal))
        {
            faults.All.Add($"{DemoPlan.BadGateway} does not say that it went back to {DemoPlan.GoodVersion}, but: {said}");
        }

        return faults.All;
    }

    private static GatewayView Find(IReadOnlyList<GatewayView> gateways, DemoShop shop, Faults faults)
    {
        if (gateways.FirstOrDefault(gateway => gateway.Gateway == shop.Id) is { } found)
        {
            return found;
        }

        faults.All.Add($"{shop.Id} is not among the gateways of the deployment");
        return new GatewayView(shop.Id, null, null, null, null, null, null, null, []);
    }

    private static void CheckTruth(
        DemoShop shop, GatewayTruth truth, string version, string release, Func<DemoModule, string> versionOf, Faults faults)
    {
        faults.Must($"{shop.Id}: its service", version, truth.Service);
        faults.Must($"{shop.Id}: its release", release, truth.Release);
        foreach (DemoModule module in shop.Modules)
        {
            faults.Must($"{shop.Id}: {module.Hostname} runs", versionOf(module), truth.Modules.GetValueOrDefault(module.Hostname));
        }
    }

    private static void CheckModules(DemoShop shop, GatewayView gateway, Func<DemoModule, string> statusOf, Faults faults)
    {
        foreach (DemoModule module in shop.Modules)
        {
            ModuleView? seen = gateway.Modules.FirstOrDefault(one => one.Hostname == module.Hostname);
            faults.Must($"{shop.Id}: {module.Hostname} is", statusOf(module), seen?.Status);
        }
    }

    private sealed class Faults
    {
        public List<string> All { get; } = [];

        public void Must(string what, string wanted, string? found)
        {
            if (found != wanted)
            {
                All.Add($"{what}: {found ?? "nothing"}, not {wanted}");
            }
        }
    }
}
