namespace JamBox.Backend.Firmware;

/// <summary>A chip or board for which firmware is built, and where its parts lie in flash.</summary>
/// <param name="Name">Its canonical name, such as <c>esp32c3</c>.</param>
/// <param name="ChipFamily">The family as ESP Web Tools calls it, such as <c>ESP32-C3</c>.</param>
/// <param name="ChipId">The chip id in the extended header of its images; null = its images have none (ESP8266).</param>
/// <param name="BootloaderOffset">Where the bootloader lies, bytes.</param>
/// <param name="TableOffset">Where the partition table lies, bytes.</param>
/// <param name="AppOffset">Where the application lies, bytes.</param>
/// <param name="Aliases">Other names that people use for it; uploads must name the canonical one.</param>
/// <param name="Boards">What devices call their board when they run it.</param>
internal sealed record Platform(
    string Name, string ChipFamily, int? ChipId, int BootloaderOffset, int TableOffset, int AppOffset, IReadOnlyList<string> Aliases,
    IReadOnlyList<string> Boards)
{
    /// <summary>Whether its images are those of the ESP8266: one image at 0, without a partition table.</summary>
    public bool IsEsp8266 => ChipId is null;
}

/// <summary>The platforms that there are: those that everybody has, changed and added to by <c>Firmware:Platforms</c>.</summary>
internal sealed class PlatformTable
{
    /// <summary>Where IDF puts the partition table unless told otherwise.</summary>
    private const int Table = 0x8000;

    /// <summary>Where IDF and Arduino put the first application.</summary>
    private const int App = 0x10000;

    private readonly Dictionary<string, Platform> _byName = new(StringComparer.Ordinal);
    private readonly Dictionary<string, Platform> _byText = new(StringComparer.OrdinalIgnoreCase);

    /// <summary>Makes the table.</summary>
    /// <param name="configured">What the configuration says, by name.</param>
    public PlatformTable(IReadOnlyDictionary<string, PlatformSettings> configured)
    {
        foreach (Platform platform in BuiltIn())
        {
            _byName[platform.Name] = platform;
        }

        foreach ((string name, PlatformSettings settings) in configured)
        {
            string key = name.ToLowerInvariant();
            _byName[key] = settings.Over(key, _byName.GetValueOrDefault(key));
        }

        // Names before what others call themselves: an alias never hides a platform.
        foreach (Platform platform in All.Reverse())
        {
            foreach (string text in platform.Boards.Concat(platform.Aliases))
            {
                _byText[text] = platform;
            }
        }

        foreach (Platform platform in All)
        {
            _byText[platform.Name] = platform;
        }
    }

    /// <summary>All of them, by name.</summary>
    public IEnumerable<Platform> All => _byName.Values.OrderBy(static platform => platform.Name, StringComparer.Ordinal);

    /// <summary>Finds one by its canonical name.</summary>
    /// <returns>Null when there is none.</returns>
    public Platform? Find(string name) => _byName.GetValueOrDefault(name);

    /// <summary>Finds one by whatever it is called: name, alias, or what a device calls its board.</summary>
    /// <returns>Null when nothing is called so.</returns>
    public Platform? Resolve(string text) => _byText.GetValueOrDefault(text.Trim());

    /// <summary>All texts that <see cref="Resolve"/> takes for a platform, in small letters.</summary>
    public IReadOnlyList<string> NamesOf(Platform platform) =>
        [.. _byText.Where(pair => pair.Value == platform).Select(static pair => pair.Key.ToLowerInvariant()).Order(StringComparer.Ordinal)];

    /// <summary>Why a name is not taken.</summary>
    public string Refuse(string name) => Resolve(name) is { } meant
        ? $"platform: {NearName(name)} is called {meant.Name} here"
        : $"platform: {NearName(name)} is not known; there are {string.Join(", ", All.Select(static platform => platform.Name))}";

    private static string NearName(string name) => Wire.NearMiss.Shown(name);

    private static IEnumerable<Platform> BuiltIn() =>
    [
        new("esp32", "ESP32", EspChip.Esp32, 0x1000, Table, App, ["esp32dev", "esp-32"],
            ["ESP32", "ESP32 Dev Module", "ESP32-WROOM-32", "ESP32-D0WD"]),
        new("esp32c3", "ESP32-C3", EspChip.Esp32C3, 0, Table, App, ["esp32-c3"], ["ESP32-C3", "ESP32C3 Dev Module", "ESP32-C3-MINI-1"]),
        new("esp32c6", "ESP32-C6", EspChip.Esp32C6, 0, Table, App, ["esp32-c6"], ["ESP32-C6", "ESP32C6 Dev Module"]),
        new("esp32s2", "ESP32-S2", EspChip.Esp32S2, 0x1000, Table, App, ["esp32-s2"], ["ESP32-S2", "ESP32S2 Dev Module"]),
        new("esp32s3", "ESP32-S3", EspChip.Esp32S3, 0, Table, App, ["esp32-s3"], ["ESP32-S3", "ESP32S3 Dev Module", "ESP32-S3-WROOM-1"]),
        new("esp12f", "ESP8266", null, 0, 0, 0, ["esp8266", "esp-12f", "esp12e", "nodemcu"],
            ["ESP8266", "ESP-12F", "ESP-12E", "NodeMCU 1.0 (ESP-12E Module)"]),
        new("esp01", "ESP8266", null, 0, 0, 0, ["esp-01", "esp01s", "esp8285"], ["ESP-01", "ESP-01S", "Generic ESP8266 Module", "ESP8285"]),
        new("d1mini", "ESP8266", null, 0, 0, 0, ["d1-mini", "wemos-d1-mini", "d1_mini"],
            ["Wemos D1 Mini", "LOLIN(WEMOS) D1 R2 & mini", "D1 mini"]),

        // Boxes: what they run is a deployment image, which has a registry of its own with patches. The image here is the nanoCLR.
        new("nano-esp32s3", "ESP32-S3", EspChip.Esp32S3, 0, Table, App, ["atoms3-nb1"], ["AtomS3 Lite", "ATOM S3 Lite"]),
    ];
}

/// <summary>A platform of <c>Firmware:Platforms:NAME</c>. What is not said is as before, or as on an ESP32 of the newer kind.</summary>
internal sealed class PlatformSettings
{
    /// <summary>The family as ESP Web Tools calls it, such as <c>ESP32-C6</c>.</summary>
    public string? ChipFamily { get; set; }

    /// <summary>The chip id in its images, 0 to 65,534; −1 = an ESP8266, whose images have none.</summary>
    public int? ChipId { get; set; }

    /// <summary>Where the bootloader lies, bytes.</summary>
    public int? BootloaderOffset { get; set; }

    /// <summary>Where the partition table lies, bytes.</summary>
    public int? TableOffset { get; set; }

    /// <summary>Where the application lies, bytes.</summary>
    public int? AppOffset { get; set; }

    /// <summary>Other names for it.</summary>
    public IList<string> Aliases { get; init; } = [];

    /// <summary>What devices call their board.</summary>
    public IList<string> Boards { get; init; } = [];

    /// <summary>The platform that comes of it.</summary>
    /// <param name="name">Its name.</param>
    /// <param name="before">The one that is changed; null = it is new.</param>
    public Platform Over(string name, Platform? before)
    {
        int? chip = ChipId is null ? before?.ChipId : ChipId < 0 ? null : ChipId;
        bool isEsp8266 = chip is null;
        return new Platform(
            name, ChipFamily ?? before?.ChipFamily ?? "", chip, BootloaderOffset ?? before?.BootloaderOffset ?? 0,
            TableOffset ?? before?.TableOffset ?? (isEsp8266 ? 0 : 0x8000), AppOffset ?? before?.AppOffset ?? (isEsp8266 ? 0 : 0x10000),
            [.. (before?.Aliases ?? []).Concat(Aliases)], [.. (before?.Boards ?? []).Concat(Boards)]);
    }

    /// <summary>What is wrong with it.</summary>
    /// <param name="name">Its name.</param>
    /// <param name="isNew">Whether there is none of that name yet.</param>
    /// <returns>Null when nothing is.</returns>
    public string? FindFault(string name, bool isNew)
    {
        const int Most = 64 * 1024 * 1024;
        return !FirmwareText.IsName(name) ? "must be called by 1 to 40 small letters, digits, hyphens and underscores."
            : isNew && ChipFamily is null ? "needs ChipFamily, such as ESP32-C6."
            : isNew && ChipId is null ? "needs ChipId: that of its images, or -1 for an ESP8266."
            : ChipId is < -1 or >= 0xFFFF ? "ChipId must be from -1 to 65534."
            : Wrong(BootloaderOffset) || Wrong(TableOffset)
                || Wrong(AppOffset) ? "has an offset that is negative, above 64 MB, or no multiple of 4096."
            : Aliases.Concat(Boards).Any(static text => string.IsNullOrWhiteSpace(text) || text.Length > 64)
            ? "has an alias or a board that is empty or longer than 64 characters."
            : null;

        static bool Wrong(int? offset) => offset is < 0 or > Most || offset % 4096 is not (null or 0);
    }
}
