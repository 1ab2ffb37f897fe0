using System.Collections;
using System.Globalization;
using System.Net;

using Microsoft.Extensions.Logging;

namespace JamBox.Edge.Configuration;

/// <summary>
/// Makes settings out of what was said in several places: the file, its secrets, the server, the environment; later ones win.
/// </summary>
internal sealed class SettingsBuilder
{
    private readonly Dictionary<string, SettingValue> _values = new(StringComparer.Ordinal);
    private readonly List<string> _faults = [];
    private bool _isUnread;

    /// <summary>What was wrong so far.</summary>
    public IReadOnlyList<string> Faults => _faults;

    /// <summary>The agent's folder as far as it is known: what else is wrong does not matter.</summary>
    public string Folder =>
        Path.TrimEndingDirectorySeparator(_values.TryGetValue("folder", out SettingValue said)
            && FindFault(SettingTable.Find("folder")!, said.Text) is null ? said.Text : SettingTable.Find("folder")!.Default!);

    /// <summary>Takes the file.</summary>
    /// <param name="bytes">Its content.</param>
    /// <param name="origin">How it is called.</param>
    public void AddFile(ReadOnlyMemory<byte> bytes, string origin)
    {
        foreach ((string name, SettingValue value) in Read(bytes, origin))
        {
            if (SettingTable.Find(name)!.IsSecret)
            {
                _faults.Add($"{origin}: {name} is a secret, and belongs into {SecretsFile.NameFor(origin)}");
            }
            else
            {
                _values[name] = value;
            }
        }
    }

    /// <summary>Takes the file of secrets.</summary>
    /// <param name="bytes">Its content.</param>
    /// <param name="origin">How it is called.</param>
    public void AddSecrets(ReadOnlyMemory<byte> bytes, string origin)
    {
        foreach ((string name, SettingValue value) in Read(bytes, origin))
        {
            if (SettingTable.Find(name)!.IsSecret)
            {
                _values[name] = value;
            }
            else
            {
                _faults.Add($"{origin}: {name} is no secret, and belongs into the other file");
            }
        }
    }

    /// <summary>Takes what the server wants: what is harmless, and right. The rest is no fault of the configuration.</summary>
    /// <param name="bytes">A JSON object.</param>
    /// <param name="refused">Gets what was not taken, and why.</param>
    public void AddServer(ReadOnlyMemory<byte> bytes, List<string> refused)
    {
        foreach ((string name, SettingValue value) in ServerConfig.Read(bytes, refused))
        {
            _values[name] = value;
        }
    }

    /// <summary>Takes the environment.</summary>
    /// <param name="environment">Names and values.</param>
    public void AddEnvironment(IDictionary environment)
    {
        foreach (DictionaryEntry entry in environment)
        {
            if (entry.Key is not string variable
                || !variable.StartsWith(SettingTable.VariablePrefix, StringComparison.OrdinalIgnoreCase)
                || variable.Equals(SettingTable.FileVariable, StringComparison.OrdinalIgnoreCase))
            {
                continue;
            }

            if (SettingTable.FindVariable(variable) is { } setting)
            {
                // Set and empty is how one takes a variable away where it cannot be unset.
                if (entry.Value is string { Length: > 0 } text)
                {
                    string value = setting.Kind == SettingKind.List ? text.Replace(',', SettingsText.ListSeparator) : text;
                    _values[setting.Name] = new SettingValue(value, variable);
                }
            }
            else
            {
                _faults.Add($"{variable} in the environment: there is no such setting");
            }
        }
    }

    /// <summary>Says that something is wrong.</summary>
    public void Fault(string fault) => _faults.Add(fault);

    /// <summary>Makes them.</summary>
    /// <exception cref="SettingsException">Something is wrong: all of it is said.</exception>
    public AgentSettings Build()
    {
        foreach (SettingDefinition setting in SettingTable.All)
        {
            if (_values.TryGetValue(setting.Name, out SettingValue said) && FindFault(setting, said.Text) is { } fault)
            {
                _faults.Add($"{said.Origin} {fault}");
                _values.Remove(setting.Name);
            }
            else if (setting.IsNeeded && said.Text is null && !_isUnread)
            {
                _faults.Add(setting.IsSecret
                    ? $"{setting.Name} is missing: put it into the file of secrets, or set {setting.Variable}"
                    : $"{setting.Name} is missing: put it into the file, or set {setting.Variable}");
            }
        }

        CheckTogether();
        return _faults.Count == 0 ? Make() : throw new SettingsException([.. _faults]);
    }

    /// <summary>What is wrong with a value, as "must be …"; <c>null</c> = nothing.</summary>
    public static string? FindFault(SettingDefinition setting, string text)
    {
        switch (setting.Kind)
        {
            case SettingKind.Number:
                return int.TryParse(text, NumberStyles.AllowLeadingSign, CultureInfo.InvariantCulture, out int number)
                    && number >= setting.Min && number <= setting.Max
                    ? null
                    : string.Create(CultureInfo.InvariantCulture, $"must be a whole number, {setting.Min} to {setting.Max}");
            case SettingKind.Switch:
                return text is "true" or "false" ? null : "must be true or false";
            case SettingKind.List:
                string[] items = Items(text);
                return items.Length > setting.Max
                    ? string.Create(CultureInfo.InvariantCulture, $"must have {setting.Max} entries at most")
                    : items.Select(item => setting.Check?.Invoke(item)).FirstOrDefault(static fault => fault is not null);
        }

        if (text.Length == 0 || text.Length > setting.MaxLength || text.Any(char.IsControl))
        {
            return string.Create(CultureInfo.InvariantCulture, $"must be one line of 1 to {setting.MaxLength} characters");
        }

        if (setting.Words.Length > 0 && !setting.Words.Contains(text))
        {
            return $"must be one of {string.Join(", ", setting.Words)}";
        }

        if (setting.Kind == SettingKind.Address
            && (!Uri.TryCreate(text, UriKind.Absolute, out Uri? address) || !setting.Schemes.Contains(address.Scheme)
                || address.Host.Length == 0))
        {
            return $"must be a whole address that begins with {string.Join(" or ", setting.Schemes.Select(static one => one + "://"))}";
        }

        return setting.Check?.Invoke(text);
    }

    /// <summary>Whether nobody else can listen on the way there.</summary>
    public static bool IsLoopback(Uri address) =>
        address.IsLoopback || (IPAddress.TryParse(address.Host.Trim('[', ']'), out IPAddress? literal) && IPAddress.IsLoopback(literal));

    /// <summary>Of a file that could not be read nobody knows what is missing in it.</summary>
    private Dictionary<string, SettingValue> Read(ReadOnlyMemory<byte> bytes, string origin)
    {
        Dictionary<string, SettingValue>? values = SettingsText.Read(bytes, origin, _faults);
        _isUnread |= values is null;
        return values ?? [];
    }

    private static string[] Items(string text) =>
        text.Split(SettingsText.ListSeparator, StringSplitOptions.TrimEntries | StringSplitOptions.RemoveEmptyEntries);

    private void CheckTogether()
    {
        if (Value("allowPlain") != "true")
        {
            foreach ((string name, string plain, string secure) in (ReadOnlySpan<(string, string, string)>)
                [("server", "http", "https"), ("mqtt.broker", "mqtt", "mqtts")])
            {
                if (Address(name) is { } address && address.Scheme == plain && !IsLoopback(address))
                {
                    _faults.Add($"{name} must begin with {secure}:// : with {plain}:// whoever listens reads the token. "
                        + "In a network of your own say allowPlain: true");
                }
            }
        }

        if (Value("allowPlain") != "true" && Value("modules.mqttPassword") is not null
            && Address("modules.mqtt") is { Scheme: "mqtt" } own && !IsLoopback(own))
        {
            _faults.Add("modules.mqtt must begin with mqtts:// : with mqtt:// whoever listens reads modules.mqttPassword. "
                + "In a network of your own say allowPlain: true");
        }

        if (Value("modules.trigger") == "http" && Value("modules.triggerUrl") is null)
        {
            _faults.Add("modules.triggerUrl is missing: the trigger http needs it");
        }

        foreach (string name in (ReadOnlySpan<string>)["serverRoot", "mqtt.root", "modules.mqttRoot"])
        {
            if (Value(name) is { } file && !File.Exists(file))
            {
                _faults.Add($"{name} names {file}, and there is no such file");
            }
        }
    }

    private AgentSettings Make()
    {
        (int first, int last) = SettingTable.Ports(Value("modules.ports")!)!.Value;
        string server = Value("server")!;
        return new AgentSettings
        {
            Server = new Uri(server.EndsWith('/') ? server : server + "/"),
            ServerRoot = Value("serverRoot"),
            AllowPlain = Switch("allowPlain"),
            Gateway = Value("gateway")!,
            Token = Value("token")!,
            Folder = Path.TrimEndingDirectorySeparator(Value("folder")!),
            PollSeconds = Number("pollSeconds"),
            HeartbeatSeconds = Number("heartbeatSeconds"),
            LogLevel = Enum.Parse<LogLevel>(Value("logLevel")!, ignoreCase: true),
            MqttBroker = Address("mqtt.broker"),
            MqttRoot = Value("mqtt.root") ?? Value("serverRoot"),
            MqttTopic = Value("mqtt.topic")!,
            MqttPrefix = Value("mqtt.prefix")!,
            MqttEnvironment = Value("mqtt.environment")!,
            TrustedKeys = Items(Value("trustedKeys") ?? string.Empty),
            AllowUnsigned = Switch("allowUnsigned"),
            DeployMinutes = Number("deployMinutes"),
            RetrySeconds = Number("retrySeconds"),
            HealthCommand = Value("health.command"),
            HealthUrl = Address("health.url"),
            HealthSeconds = Number("health.seconds"),
            HealthTries = Number("health.tries"),
            DownloadIdleSeconds = Number("download.idleSeconds"),
            ReportsKept = Number("reports.kept"),
            ModulesParallel = Number("modules.parallel"),
            Trigger = Value("modules.trigger")!,
            TriggerUrl = Value("modules.triggerUrl"),
            LocalMqtt = Address("modules.mqtt")!,
            LocalMqttUser = Value("modules.mqttUser"),
            LocalMqttPassword = Value("modules.mqttPassword"),
            LocalMqttRoot = Value("modules.mqttRoot"),
            ReturnSeconds = Number("modules.returnSeconds"),
            SettleSeconds = Number("modules.settleSeconds"),
            OtaPassword = Value("modules.otaPassword"),
            OtaPortFirst = first,
            OtaPortLast = last,
        };
    }

    private string? Value(string name) =>
        _values.TryGetValue(name, out SettingValue said) ? said.Text : SettingTable.Find(name)!.Default;

    private bool Switch(string name) => Value(name) == "true";

    private int Number(string name) => int.Parse(Value(name)!, NumberStyles.AllowLeadingSign, CultureInfo.InvariantCulture);

    private Uri? Address(string name) =>
        Value(name) is { } text && Uri.TryCreate(text, UriKind.Absolute, out Uri? address) ? address : null;
}
