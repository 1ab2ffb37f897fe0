namespace JamBox.Backend.Firmware;

/// <summary>Chip ids of Espressif's, as they stand in the extended header of an image.</summary>
internal static class EspChip
{
    /// <summary>ESP32.</summary>
    public const int Esp32 = 0;

    /// <summary>ESP32-S2.</summary>
    public const int Esp32S2 = 2;

    /// <summary>ESP32-C3.</summary>
    public const int Esp32C3 = 5;

    /// <summary>ESP32-S3.</summary>
    public const int Esp32S3 = 9;

    /// <summary>ESP32-C6.</summary>
    public const int Esp32C6 = 13;

    private static readonly Dictionary<int, string> s_names = new()
    {
        [Esp32] = "ESP32", [Esp32S2] = "ESP32-S2", [Esp32C3] = "ESP32-C3", [Esp32S3] = "ESP32-S3", [12] = "ESP32-C2",
        [Esp32C6] = "ESP32-C6",
        [16] = "ESP32-H2", [18] = "ESP32-P4", [20] = "ESP32-C61", [23] = "ESP32-C5", [25] = "ESP32-H21", [28] = "ESP32-H4",
    };

    /// <summary>The name of a chip; null = an ESP8266.</summary>
    public static string Name(int? id) =>
        id is null ? "ESP8266"
        : s_names.TryGetValue(id.Value, out string? name) ? name
        : string.Create(System.Globalization.CultureInfo.InvariantCulture, $"chip {id}");
}
