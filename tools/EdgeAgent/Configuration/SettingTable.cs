using System.Globalization;

using JamBox.Edge.ArduinoOta;
using JamBox.Edge.Modules;
using JamBox.Ota.Signing;

namespace JamBox.Edge.Configuration;

/// <summary>All settings of the agent.</summary>
internal static class SettingTable
{
    /// <summary>What the names in the environment begin with.</summary>
    public const string VariablePrefix = "JAMBOX_EDGE_";

    /// <summary>The variable that names the file; no setting itself.</summary>
    public const string FileVariable = VariablePrefix + "CONFIG";

    /// <summary>Keys that packages may be signed with, at most.</summary>
    public const int MaxKeys = 16;

    private const int Day = 24 * 60 * 60;

    /// <summary>All of them, as they stand in the documentation.</summary>
    public static IReadOnlyList<SettingDefinition> All { get; } =
    [
        new("server", SettingKind.Address, null, "Address of the backend, https://…")
        {
            IsNeeded = true, Schemes = ["https", "http"], Check = CheckServer,
        },
        new("serverRoot", SettingKind.Text, null, "PEM file with the root certificate of a server with a certificate of its own."),
        new("allowPlain", SettingKind.Switch, "false",
            "Lets http:// and mqtt:// be used beyond this machine: the token is read by whoever listens."),
        new("gateway", SettingKind.Text, null, "Id of this gateway at the server.")
        {
            IsNeeded = true, MaxLength = 40, Check = CheckId,
        },
        new("token", SettingKind.Text, null, "Token of this gateway.")
        {
            IsNeeded = true, IsSecret = true, MaxLength = 256, Check = CheckToken,
        },
        new("folder", SettingKind.Text, DefaultFolder, "Where releases, downloads and the journal lie.") { Check = CheckFolder },
        new("pollSeconds", SettingKind.Number, "60", "How often the server is asked for a notice, ±20 %.")
        {
            Min = 10, Max = Day, IsHarmless = true,
        },
        new("heartbeatSeconds", SettingKind.Number, "60", "How often the agent says that it lives.")
        {
            Min = 30, Max = 600, IsHarmless = true,
        },
        new("logLevel", SettingKind.Text, "information", "How much is said in the log.")
        {
            Words = ["debug", "information", "warning", "error"], IsHarmless = true,
        },
        new("mqtt.broker", SettingKind.Address, null, "The server's broker, mqtts://host:8883; without it notices come by asking.")
        {
            Schemes = ["mqtts", "mqtt"], Check = CheckBroker,
        },
        new("mqtt.root", SettingKind.Text, null, "PEM file with the root certificate of the broker; that of the server unless said."),
        new("mqtt.topic", SettingKind.Text, "rv/deployment", "Root of the topics of deployments.") { MaxLength = 100, Check = CheckTopic },
        new("mqtt.prefix", SettingKind.Text, "jambox", "First part of the topics of things.") { MaxLength = 40, Check = CheckWord },
        new("mqtt.environment", SettingKind.Text, "prod", "Environment in the topics of things.") { MaxLength = 40, Check = CheckWord },
        new("trustedKeys", SettingKind.List, null, "Public keys whose packages are applied: 128 hex digits each.")
        {
            Max = MaxKeys, Check = CheckKey,
        },
        new("allowUnsigned", SettingKind.Switch, "false", "Applies packages that nobody has signed."),
        new("deployMinutes", SettingKind.Number, "15", "How long deploy.sh may run.") { Min = 1, Max = 240 },
        new("retrySeconds", SettingKind.Number, "30", "After a try that failed; twice as long after the second.") { Min = 1, Max = 3600 },
        new("health.command", SettingKind.Text, null, "Run after deploy.sh, and after the package's health.sh if it has one; 0 = healthy."),
        new("health.url", SettingKind.Address, null, "Asked after deploy.sh and the other checks; 2xx = healthy.")
        {
            Schemes = ["http", "https"],
        },
        new("health.seconds", SettingKind.Number, "60", "How long one look may take.") { Min = 1, Max = 3600 },
        new("health.tries", SettingKind.Number, "3", "How often it is looked before the release counts as ill.") { Min = 1, Max = 60 },
        new("download.idleSeconds", SettingKind.Number, "30", "Silence after which a download is tried again.")
        {
            Min = 5, Max = 600, IsHarmless = true,
        },
        new("reports.kept", SettingKind.Number, "500", "Reports that wait for the server at most; the oldest progress goes first.")
        {
            Min = 50, Max = 10_000, IsHarmless = true,
        },
        new("modules.parallel", SettingKind.Number, "20", "Modules that are updated at a time.") { Min = 1, Max = 100, IsHarmless = true },
        new("modules.trigger", SettingKind.Text, "mqtt", "What brings a module into its update mode.") { Words = ["mqtt", "http", "none"] },
        new("modules.triggerUrl", SettingKind.Text, null, "Address for the trigger http; {hostname} and {address} stand for the module's.")
        {
            MaxLength = 400, Check = CheckTrigger,
        },
        new("modules.mqtt", SettingKind.Address, "mqtt://127.0.0.1:1883", "The gateway's own broker.")
        {
            Schemes = ["mqtt", "mqtts"], Check = CheckBroker,
        },
        new("modules.mqttUser", SettingKind.Text, null, "User at the gateway's own broker.") { MaxLength = 128 },
        new("modules.mqttPassword", SettingKind.Text, null, "Password at the gateway's own broker.") { IsSecret = true, MaxLength = 256 },
        new("modules.mqttRoot", SettingKind.Text, null, "PEM file with the root certificate of the gateway's own broker."),
        new("modules.otaPassword", SettingKind.Text, null, "Password of the modules' update mode.")
        {
            IsSecret = true, MaxLength = 256, Check = CheckOtaPassword,
        },
        new("modules.returnSeconds", SettingKind.Number, "90", "How long a module may take to come back with its new version.")
        {
            Min = 5, Max = 600,
        },
        new("modules.settleSeconds", SettingKind.Number, "15", "How long a module that is back is watched; 0 = not at all.")
        {
            Min = 0, Max = 120,
        },
        new("modules.ports", SettingKind.Text, "10000-60000", "Ports that modules fetch their image from.") { Check = CheckPorts },
    ];

    private static string DefaultFolder => OperatingSystem.IsWindows()
        ? Path.Combine(Environment.GetFolderPath(Environment.SpecialFolder.CommonApplicationData), "JamBoxEdge")
        : "/var/lib/jambox-edge";

    private static readonly Dictionary<string, SettingDefinition> s_byName =
        All.ToDictionary(static setting => setting.Name, StringComparer.Ordinal);

    private static readonly Dictionary<string, SettingDefinition> s_byVariable =
        All.ToDictionary(static setting => setting.Variable, StringComparer.OrdinalIgnoreCase);

    /// <summary>Finds one.</summary>
    /// <param name="name">In the file.</param>
    public static SettingDefinition? Find(string name) => s_byName.GetValueOrDefault(name);

    /// <summary>Finds one.</summary>
    /// <param name="variable">In the environment.</param>
    public static SettingDefinition? FindVariable(string variable) => s_byVariable.GetValueOrDefault(variable);

    /// <summary>What may have been meant by a name that there is not.</summary>
    public static string? Nearest(string name) =>
        All.Select(setting => (setting.Name, Distance: Distance(setting.Name.ToUpperInvariant(), name.ToUpperInvariant())))
            .Where(near => near.Distance <= Math.Max(2, name.Length / 3)).OrderBy(static near => near.Distance)
            .Select(static near => near.Name).FirstOrDefault();

    /// <summary>Takes a range of ports apart.</summary>
    /// <returns>First and last; <c>null</c> when it is none.</returns>
    public static (int First, int Last)? Ports(string text)
    {
        string[] parts = text.Split('-');
        return parts.Length == 2
            && int.TryParse(parts[0], NumberStyles.None, CultureInfo.InvariantCulture, out int first)
            && int.TryParse(parts[1], NumberStyles.None, CultureInfo.InvariantCulture, out int last)
            && first >= 1024 && last <= 65_535 && last - first >= 100
            ? (first, last)
            : null;
    }

    private static string? CheckServer(string text)
    {
        Uri address = new(text);
        return address.UserInfo.Length > 0 ? "must not hold a user or password: the token belongs into the file of secrets"
            : address.Query.Length > 0 || address.Fragment.Length > 0 ? "must end with its path: nothing with ? or # behind it"
            : null;
    }

    private static string? CheckBroker(string text)
    {
        Uri address = new(text);
        return address.UserInfo.Length > 0 ? "must not hold a user or password: that is the gateway's id, and its token"
            : address.PathAndQuery.Length > 1 ? "must end with host and port"
            : null;
    }

    private static string? CheckId(string text) =>
        text.All(static letter => char.IsAsciiLetterOrDigit(letter) || letter is '-' or '_')
            ? null
            : "must have letters, digits, hyphens and underscores only, as it is registered at the server";

    private static string? CheckToken(string text) =>
        text.Length >= 16 && text.All(static letter => letter is > ' ' and < '\u007f')
            ? null
            : "must have 16 characters at least, none of them a blank";

    private static string? CheckFolder(string text) =>
        Path.IsPathFullyQualified(text) && Path.GetPathRoot(text) != text ? null : "must be a full path, and not the root";

    private static string? CheckTopic(string text) =>
        text.Split('/').All(static part => part.Length > 0 && CheckId(part) is null)
            ? null
            : "must be words of letters, digits, hyphens and underscores with / between them";

    private static string? CheckWord(string text) => CheckId(text);

    private static string? CheckKey(string text)
    {
        try
        {
            PublicKey.Parse(text);
            return null;
        }
        catch (KeyException fault)
        {
            return fault.Message;
        }
    }

    private static string? CheckOtaPassword(string text)
    {
        try
        {
            OtaPassword.Parse(text);
            return null;
        }
        catch (FormatException fault)
        {
            return $"cannot be used: {fault.Message}";
        }
    }

    private static string? CheckTrigger(string text) =>
        HttpTrigger.IsTemplate(text) ? null : "must be an http or https address, such as http://{address}/ota";

    private static string? CheckPorts(string text) =>
        Ports(text) is null ? "must be FIRST-LAST, 1024 to 65535, with 100 ports at least" : null;

    /// <summary>How many letters differ (Levenshtein).</summary>
    private static int Distance(string one, string other)
    {
        if (other.Length > 64)
        {
            return int.MaxValue;
        }

        int[] row = [.. Enumerable.Range(0, other.Length + 1)];
        for (int i = 1; i <= one.Length; i++)
        {
            int corner = row[0];
            row[0] = i;
            for (int j = 1; j <= other.Length; j++)
            {
                int best = Math.Min(Math.Min(row[j], row[j - 1]) + 1, corner + (one[i - 1] == other[j - 1] ? 0 : 1));
                (corner, row[j]) = (row[j], best);
            }
        }

        return row[^1];
    }
}
