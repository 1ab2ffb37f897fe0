namespace JamBox.NanoDeps;

/// <summary>An assembly of nanoFramework.</summary>
/// <param name="Assembly">Its name, without <c>.dll</c>.</param>
/// <param name="Package">The NuGet package that it comes in.</param>
/// <param name="AssemblyVersion">What a project file calls it at the package version below.</param>
/// <param name="PackageVersion">The version for which <paramref name="AssemblyVersion"/> holds.</param>
/// <param name="Option">
/// The option of nf-interpreter's Kconfig that builds its native part; <c>null</c> when it has none, empty when it is always built.
/// </param>
/// <param name="NativeVersion">
/// Version of that native part, as nf-interpreter has it at <see cref="Libraries.Interpreter"/>; <c>null</c> when there is none.
/// </param>
/// <param name="References">The assemblies that it references, without mscorlib.</param>
internal sealed record Library(
    string Assembly, string Package, string AssemblyVersion, string PackageVersion, string? Option, string? NativeVersion,
    string[] References);

/// <summary>
/// What nanoFramework's assemblies need. References come from their project files, options and native versions from nf-interpreter
/// (<c>Kconfig.apis</c>, <c>FindNF_NativeAssemblies.cmake</c>, the tables <c>g_CLR_AssemblyNative_…</c>). A library that a project
/// uses and that is not here is a finding, so the list cannot fall behind unseen.
/// </summary>
internal static class Libraries
{
    /// <summary>The commit of nf-interpreter that the table was read from, and that the documentation has people build.</summary>
    public const string Interpreter = "a3e8139a1ba778e33ca81b023099765eada6c456";

    /// <summary>The prefix of the options.</summary>
    public const string OptionPrefix = "CONFIG_API_";

    private const string AlwaysBuilt = "";

    private static readonly Library[] s_all =
    [
        new("mscorlib", "nanoFramework.CoreLibrary", "1.17.11.0", "1.17.11", AlwaysBuilt, "100.5.0.24", []),
        new("nanoFramework.Runtime.Native", "nanoFramework.Runtime.Native", "1.7.11.0", "1.7.11", AlwaysBuilt, "100.0.10.0", []),
        new("nanoFramework.Runtime.Events", "nanoFramework.Runtime.Events", "1.11.37.0", "1.11.37",
            "NANOFRAMEWORK_RUNTIME_EVENTS", "100.0.8.0", []),
        new("nanoFramework.System.Collections", "nanoFramework.System.Collections", "1.5.75.0", "1.5.75",
            "NANOFRAMEWORK_SYSTEM_COLLECTIONS", "100.0.2.0", []),
        new("nanoFramework.System.Text", "nanoFramework.System.Text", "1.3.42.0", "1.3.42", "NANOFRAMEWORK_SYSTEM_TEXT", "100.0.0.1", []),
        new("System.Math", "nanoFramework.System.Math", "1.5.116.0", "1.5.116", "SYSTEM_MATH", "100.0.5.5", []),
        new("System.Threading", "nanoFramework.System.Threading", "1.1.52.34401", "1.1.52", null, null, []),
        new("System.IO.Streams", "nanoFramework.System.IO.Streams", "1.1.96.0", "1.1.96", null, null, ["nanoFramework.System.Text"]),
        new("System.IO.FileSystem", "nanoFramework.System.IO.FileSystem", "1.1.93.0", "1.1.93",
            "SYSTEM_IO_FILESYSTEM", "1.1.0.4", ["nanoFramework.Runtime.Events", "nanoFramework.System.Text", "System.IO.Streams"]),
        new("System.IO.Ports", "nanoFramework.System.IO.Ports", "1.1.139.0", "1.1.139",
            "SYSTEM_IO_PORTS", "100.1.6.1", ["nanoFramework.Runtime.Events", "nanoFramework.System.Text", "System.IO.Streams"]),
        new("System.Device.Gpio", "nanoFramework.System.Device.Gpio", "1.1.62.0", "1.1.62",
            "SYSTEM_DEVICE_GPIO", "100.1.0.6", ["nanoFramework.Runtime.Events"]),
        new("System.Device.I2c", "nanoFramework.System.Device.I2c", "1.1.29.0", "1.1.29", "SYSTEM_DEVICE_I2C", "100.0.0.2", []),
        new("System.Device.Wifi", "nanoFramework.System.Device.Wifi", "1.5.149.0", "1.5.149",
            "SYSTEM_DEVICE_WIFI", "100.0.6.6",
            ["nanoFramework.Runtime.Events", "nanoFramework.System.Text", "System.IO.Streams", "System.Net", "System.Threading"]),
        new("System.Net", "nanoFramework.System.Net", "1.11.60.0", "1.11.60",
            "SYSTEM_NET", "100.2.0.14",
            ["nanoFramework.Runtime.Events", "nanoFramework.System.Text", "System.IO.Streams", "System.Threading"]),
        new("nanoFramework.Device.Bluetooth", "nanoFramework.Device.Bluetooth", "1.1.123.0", "1.1.123",
            "NANOFRAMEWORK_DEVICE_BLUETOOTH", "100.0.5.0",
            ["nanoFramework.Runtime.Events", "nanoFramework.Runtime.Native", "nanoFramework.System.Collections",
                "nanoFramework.System.Text"]),
        new("nanoFramework.Hardware.Esp32", "nanoFramework.Hardware.Esp32", "1.6.40.0", "1.6.40",
            "HARDWARE_ESP32", "100.0.10.0", ["nanoFramework.Runtime.Events"]),
        new("nanoFramework.Hardware.Esp32.Rmt", "nanoFramework.Hardware.Esp32.Rmt", "2.0.51.0", "2.0.51",
            "NANOFRAMEWORK_HARDWARE_ESP32_RMT", "100.0.5.1", ["nanoFramework.Runtime.Events"]),
        new("nanoFramework.Json", "nanoFramework.Json", "2.2.213.0", "2.2.213",
            null, null, ["nanoFramework.System.Collections", "nanoFramework.System.Text", "System.IO.Streams"]),
        new("nanoFramework.TestFramework", "nanoFramework.TestFramework", "3.0.80.0", "3.0.80", null, null, []),
        new("nanoFramework.UnitTestLauncher", "nanoFramework.TestFramework", "0.0.0.0", "3.0.80",
            null, null, ["nanoFramework.TestFramework"]),
    ];

    /// <summary>Gets all of them.</summary>
    public static IReadOnlyList<Library> All => s_all;

    /// <summary>Finds an assembly.</summary>
    /// <param name="assembly">Its name.</param>
    /// <returns><c>null</c> when it is not in the table.</returns>
    public static Library? Find(string assembly) => Array.Find(s_all, l => l.Assembly == assembly);

    /// <summary>Gives an assembly and everything that it references, directly or not.</summary>
    /// <param name="assemblies">Where to begin; names that are not in the table are given back as they are.</param>
    /// <returns>Names, each once.</returns>
    public static SortedSet<string> Closure(IEnumerable<string> assemblies)
    {
        var all = new SortedSet<string>(StringComparer.Ordinal);
        var next = new Stack<string>(assemblies);
        while (next.TryPop(out string? name))
        {
            if (all.Add(name))
            {
                foreach (string reference in Find(name)?.References ?? [])
                {
                    next.Push(reference);
                }
            }
        }

        return all;
    }
}
