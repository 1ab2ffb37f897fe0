using System.Text.RegularExpressions;

namespace JamBox.NanoDeps;

/// <summary>A nanoCLR: what native parts are built into it.</summary>
internal sealed class ClrImage
{
    /// <summary>The image that nanoff flashes on an ESP32-S3 without or with quad PSRAM.</summary>
    public const string StockS3 = "ESP32_S3_QUAD";

    // targets/ESP32/defconfig/ESP32_S3_QUAD_defconfig of nf-interpreter, the options of APIs that are on.
    private static readonly string[] s_stockS3 =
    [
        "HARDWARE_ESP32", "SYSTEM_DEVICE_ADC", "SYSTEM_DEVICE_GPIO", "SYSTEM_DEVICE_I2C", "SYSTEM_DEVICE_I2C_SLAVE", "SYSTEM_DEVICE_I2S",
        "SYSTEM_DEVICE_PWM", "SYSTEM_DEVICE_SPI", "SYSTEM_DEVICE_WIFI", "SYSTEM_IO_FILESYSTEM", "SYSTEM_IO_PORTS", "SYSTEM_MATH", "SYSTEM_NET",
        "NANOFRAMEWORK_DEVICE_BLUETOOTH", "NANOFRAMEWORK_DEVICE_ONEWIRE", "NANOFRAMEWORK_GRAPHICS", "NANOFRAMEWORK_HARDWARE_ESP32_RMT",
        "NANOFRAMEWORK_RESOURCEMANAGER", "NANOFRAMEWORK_SYSTEM_COLLECTIONS", "NANOFRAMEWORK_SYSTEM_IO_HASHING",
        "NANOFRAMEWORK_SYSTEM_SECURITY_CRYPTOGRAPHY", "NANOFRAMEWORK_SYSTEM_TEXT",
    ];

    // Kconfig.apis: on unless switched off.
    private static readonly string[] s_defaults = ["SYSTEM_MATH", "SYSTEM_DEVICE_GPIO", "HARDWARE_ESP32"];

    // Kconfig.apis: what brings the hidden option of Runtime.Events.
    private static readonly string[] s_bringEvents =
        ["SYSTEM_DEVICE_GPIO", "SYSTEM_NET", "SYSTEM_IO_PORTS", "NANOFRAMEWORK_DEVICE_ONEWIRE", "NANOFRAMEWORK_DEVICE_CAN",
            "SYSTEM_IO_FILESYSTEM"];

    // Of nf-interpreter's targets/ESP32/_Network, which is compiled only with networking.
    private const string NetworkPrefix = "NF_ESP32_";

    private readonly HashSet<string> _options;

    private ClrImage(string name, string? folder, HashSet<string> options, Dictionary<string, string> interop)
    {
        Name = name;
        Folder = folder;
        _options = options;
        Interop = interop;
    }

    /// <summary>Gets what it is called in messages.</summary>
    public string Name { get; }

    /// <summary>Gets the folder of its defconfig; <c>null</c> for a stock image.</summary>
    public string? Folder { get; }

    /// <summary>Gets the interop assemblies that are built into it, with the version of their native side.</summary>
    public IReadOnlyDictionary<string, string> Interop { get; }

    /// <summary>Finds the image that a project names.</summary>
    /// <param name="value">The name of a stock image, or the path of a defconfig.</param>
    /// <param name="folder">What the path is relative to.</param>
    /// <returns><c>null</c> when there is none.</returns>
    public static ClrImage? Load(string value, string folder)
    {
        if (value == StockS3)
        {
            return new ClrImage(value, null, WithRules([.. s_stockS3], []), []);
        }

        string path = Path.GetFullPath(Path.Combine(folder, value.Replace('\\', '/')));
        return File.Exists(path) ? Read(path) : null;
    }

    /// <summary>Finds what native code beside the defconfig calls and the image has not: it would not link.</summary>
    /// <returns>Source, function and the option that brings it, without its prefix.</returns>
    public IEnumerable<(string Source, string Function, string Option)> MissingFunctions()
    {
        if (Folder == null || _options.Contains("SYSTEM_NET"))
        {
            yield break;
        }

        foreach (string source in Directory.GetFiles(Folder, "*.cpp").Order(StringComparer.Ordinal))
        {
            Match call = Regex.Match(File.ReadAllText(source), "\\b" + NetworkPrefix + "\\w+");
            if (call.Success)
            {
                yield return (Path.GetFileName(source), call.Value, "SYSTEM_NET");
            }
        }
    }

    /// <summary>Tells whether the native part of a library is built into it.</summary>
    /// <param name="library">The library.</param>
    /// <returns><c>true</c> also for one that has no native part.</returns>
    public bool Has(Library library) => string.IsNullOrEmpty(library.Option) || _options.Contains(library.Option);

    private static ClrImage Read(string path)
    {
        var on = new HashSet<string>();
        var off = new HashSet<string>();
        foreach (string line in File.ReadLines(path))
        {
            Match match = Regex.Match(line, "^CONFIG_API_(\\w+)=y$|^(?:# )?CONFIG_API_(\\w+)(?: is not set|=n)$");
            if (match.Groups[1].Success)
            {
                on.Add(match.Groups[1].Value);
            }
            else if (match.Success)
            {
                off.Add(match.Groups[2].Value);
            }
        }

        string folder = Path.GetDirectoryName(path)!;
        return new ClrImage(Path.GetFileName(path), folder, WithRules(on, off), ReadInterop(folder));
    }

    private static HashSet<string> WithRules(HashSet<string> on, HashSet<string> off)
    {
        on.UnionWith(s_defaults.Where(o => !off.Contains(o)));
        if (on.Contains("SYSTEM_IO_PORTS"))
        {
            on.Add("NANOFRAMEWORK_SYSTEM_TEXT");
        }

        if (on.Overlaps(s_bringEvents))
        {
            on.Add("NANOFRAMEWORK_RUNTIME_EVENTS");
        }

        return on;
    }

    // Beside the defconfig: FindINTEROP-<name>.cmake, and the table of native methods, whose last line is the version.
    private static Dictionary<string, string> ReadInterop(string folder)
    {
        var interop = new Dictionary<string, string>();
        foreach (string module in Directory.GetFiles(folder, "FindINTEROP-*.cmake"))
        {
            string name = Path.GetFileNameWithoutExtension(module)["FindINTEROP-".Length..];
            foreach (string source in Directory.GetFiles(folder, "*.cpp"))
            {
                Match match = Regex.Match(
                    File.ReadAllText(source),
                    "g_CLR_AssemblyNative_" + Regex
                        .Escape(name.Replace('.', '_')) + "\\s*=\\s*\\{[^{]*\\{\\s*(\\d+), (\\d+), (\\d+), (\\d+)");
                if (match.Success)
                {
                    interop[name] = string.Join('.', match.Groups.Cast<Group>().Skip(1).Select(g => g.Value));
                }
            }
        }

        return interop;
    }
}
