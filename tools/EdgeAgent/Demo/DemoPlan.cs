using System.Globalization;

namespace JamBox.Edge.Demo;

/// <summary>A module of the demo.</summary>
/// <param name="Hostname">Its name in its network.</param>
/// <param name="Name">What people call it.</param>
/// <param name="Type">Which image it takes.</param>
/// <param name="IsWired">Whether it hangs on a cable.</param>
internal sealed record DemoModule(string Hostname, string Name, string Type, bool IsWired);

/// <summary>A gateway of the demo.</summary>
/// <param name="Id">Its id.</param>
/// <param name="Place">Where it stands.</param>
/// <param name="Schema">The schema of its service's database: not every release runs with it.</param>
/// <param name="Modules">The modules behind it.</param>
internal sealed record DemoShop(string Id, string Place, int Schema, IReadOnlyList<DemoModule> Modules);

/// <summary>What there is in the demo: three gateways, twenty modules, two deployments.</summary>
internal static class DemoPlan
{
    /// <summary>What the modules run in the beginning.</summary>
    public const string FirstVersion = "0.9.0";

    /// <summary>The deployment with which nothing is wrong.</summary>
    public const string GoodVersion = "1.0.0";

    /// <summary>The deployment that has a wrong image for one type of modules, and does not run with an old database.</summary>
    public const string BadVersion = "1.1.0";

    /// <summary>What the wrong image says of itself.</summary>
    public const string WrongVersion = "1.1.0-test";

    /// <summary>The schema that <see cref="BadVersion"/> needs.</summary>
    public const int NewSchema = 2;

    /// <summary>The type whose image is wrong.</summary>
    public const string BadType = "door";

    /// <summary>Types of modules: the length of their images in bytes. Real ones have a megabyte; the speed is that of real ones.</summary>
    public static IReadOnlyDictionary<string, int> Images { get; } = new Dictionary<string, int>(StringComparer.Ordinal)
    {
        ["power"] = 96 * 1024, ["light"] = 128 * 1024, [BadType] = 64 * 1024,
    };

    /// <summary>Whether modules of a type hang on a cable.</summary>
    public static bool IsWired(string type) => type != "light";

    /// <summary>The gateways, with the modules behind them.</summary>
    public static IReadOnlyList<DemoShop> Shops { get; } =
    [
        Shop(1, "shop-north", NewSchema, ("power", 5), ("light", 3)),
        Shop(2, "shop-west", NewSchema, ("power", 3), ("light", 2), (BadType, 1)),
        Shop(3, "shop-south", 1, ("power", 4), ("light", 2)),
    ];

    /// <summary>The gateway behind which the module with the wrong image is.</summary>
    public static string BadModulesGateway => Shops[1].Id;

    /// <summary>The gateway whose service does not run with <see cref="BadVersion"/>.</summary>
    public static string BadGateway => Shops[2].Id;

    private static DemoShop Shop(int number, string id, int schema, params ReadOnlySpan<(string Type, int Count)> modules)
    {
        List<DemoModule> all = [];
        foreach ((string type, int count) in modules)
        {
            for (int index = 1; index <= count; index++)
            {
                // The last six hex digits are those of its MAC address.
                string hostname = string.Create(CultureInfo.InvariantCulture, $"esp32-{number:x2}5a{all.Count + 1:x2}");
                all.Add(new DemoModule(hostname, string.Create(CultureInfo.InvariantCulture, $"{type} {index}"), type, IsWired(type)));
            }
        }

        return new DemoShop(id, $"Shop {char.ToUpperInvariant(id[5])}{id[6..]}", schema, all);
    }
}
