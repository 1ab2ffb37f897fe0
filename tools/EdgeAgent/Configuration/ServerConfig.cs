using System.Globalization;
using System.Text;
using System.Text.Json;

namespace JamBox.Edge.Configuration;

/// <summary>
/// What the server wants of the configuration: one flat JSON object, as it is sent to things. Only harmless settings are taken from it, so
/// that whoever holds the server can neither run something of his own here nor lead the agent to another server.
/// </summary>
internal static class ServerConfig
{
    /// <summary>Bytes at most.</summary>
    public const int MaxBytes = 4096;

    private const int MaxValues = 64;

    /// <summary>Reads it.</summary>
    /// <param name="bytes">A JSON object.</param>
    /// <param name="refused">Gets what was not taken, and why.</param>
    /// <returns>What may be taken, by the names of the settings.</returns>
    public static Dictionary<string, SettingValue> Read(ReadOnlyMemory<byte> bytes, List<string> refused)
    {
        Dictionary<string, SettingValue> values = new(StringComparer.Ordinal);
        if (bytes.Length > MaxBytes)
        {
            refused.Add($"the server's configuration has more than {MaxBytes} bytes");
            return values;
        }

        try
        {
            using JsonDocument document = JsonDocument.Parse(bytes, new JsonDocumentOptions { MaxDepth = 4 });
            if (document.RootElement.ValueKind != JsonValueKind.Object)
            {
                refused.Add("the server's configuration is no JSON object");
                return values;
            }

            foreach (JsonProperty member in document.RootElement.EnumerateObject().Take(MaxValues))
            {
                Take(member, values, refused);
            }
        }
        catch (Exception broken) when (broken is JsonException or InvalidOperationException)
        {
            refused.Add("the server's configuration is no JSON");
        }

        return values;
    }

    /// <summary>What the agent has of it now, to be told to the server: it asks until these are the wanted ones.</summary>
    /// <param name="settings">What the agent goes by.</param>
    /// <returns>A JSON object.</returns>
    public static string Write(AgentSettings settings) => string.Create(
        CultureInfo.InvariantCulture,
        $$"""
        {"pollSeconds":{{settings.PollSeconds}},"heartbeatSeconds":{{settings.HeartbeatSeconds}},"logLevel":"{{LevelOf(settings)}}",
        "download.idleSeconds":{{settings.DownloadIdleSeconds}},"reports.kept":{{settings.ReportsKept}},
        "modules.parallel":{{settings.ModulesParallel}}}
        """);

    private static string LevelOf(AgentSettings settings) => settings.LogLevel.ToString().ToLowerInvariant();

    private static void Take(JsonProperty member, Dictionary<string, SettingValue> values, List<string> refused)
    {
        string shown = Encoding.UTF8.GetByteCount(member.Name) <= 60 && !member.Name.Any(char.IsControl) ? member.Name : "a long name";
        if (SettingTable.Find(member.Name) is not { } setting)
        {
            refused.Add($"{shown}: there is no such setting");
        }
        else if (!setting.IsHarmless)
        {
            refused.Add($"{shown}: only the file on the gateway can change it");
        }
        else
        {
            string? text = member.Value.ValueKind switch
            {
                JsonValueKind.Number when setting.Kind == SettingKind.Number => Whole(member.Value),
                JsonValueKind.String when setting.Kind == SettingKind.Text => member.Value.GetString(),
                _ => null,
            };
            string? fault = text is null ? "is of another kind" : SettingsBuilder.FindFault(setting, text);
            if (fault is null)
            {
                values[setting.Name] = new SettingValue(text!, $"the server: {setting.Name}");
            }
            else
            {
                refused.Add($"{shown} {fault}");
            }
        }
    }

    /// <summary>30.0 is 30: the server keeps numbers as it pleases.</summary>
    private static string Whole(JsonElement value) =>
        value.TryGetDouble(out double number) && Math.Abs(number) < int.MaxValue && number == Math.Floor(number)
            ? ((int)number).ToString(CultureInfo.InvariantCulture)
            : value.GetRawText();
}
