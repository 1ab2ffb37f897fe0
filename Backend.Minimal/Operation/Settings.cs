using System.Globalization;

using JamBox.Backend.Builds;
using JamBox.Backend.Geolocation;
using JamBox.Backend.Notifications;
using JamBox.Backend.Security;
using JamBox.Backend.Storage;

namespace JamBox.Backend.Operation;

/// <summary>What the operator configured, read and checked once at start.</summary>
/// <param name="Storage">Where the data is (<c>Storage:*</c>).</param>
/// <param name="AdminKey">The admin key in clear (<c>Admin:Key</c>); null when none is configured.</param>
/// <param name="RateLimits">How often who may ask.</param>
/// <param name="Geolocation">The outside provider.</param>
/// <param name="Alerts">Where alerts go.</param>
/// <param name="Retention">How long rows are kept.</param>
/// <param name="Ota">Releases.</param>
internal sealed record Settings(
    StorageTarget Storage, string? AdminKey, RateLimitOptions RateLimits, GeolocationOptions Geolocation, NotificationOptions Alerts,
    RetentionOptions Retention, BuildOptions Ota)
{
    /// <summary>Our sections and the keys in them. A key beside these is a slip of the pen and stops the start.</summary>
    private static readonly Dictionary<string, string[]> s_sections = new(StringComparer.OrdinalIgnoreCase)
    {
        ["Storage"] = ["Provider", "Path", "ConnectionString"],
        ["Admin"] = ["Key"],
        ["RateLimits"] = ["FailedPerMinute", "DevicePerHour", "GeolocationPerHour", "AdminPerMinute"],
        ["Geolocation"] = ["Key", "Endpoint", "TimeZoneEndpoint"],
        ["Alerts"] = ["WebhookUrl", "WebhookSecret", "SmtpHost", "SmtpPort", "SmtpUser", "SmtpPassword", "SmtpTls", "MailFrom", "MailTo"],
        ["Retention"] = ["ReadingsDays", "SummariesDays", "HeartbeatsDays", "CommandsDays", "AlertsDays", "AuditDays", "EventsDays"],
        ["Ota"] = ["MaxBytes", "PublicKey", "AllowUnsigned"],
    };

    /// <summary>Top-level keys of the host and of the framework that may stand in appsettings.json or on the command line.</summary>
    private static readonly HashSet<string> s_hostKeys = new(StringComparer.OrdinalIgnoreCase)
    {
        "Urls", "Environment", "ContentRoot", "ApplicationName", "WebRoot", "Http_Ports", "Https_Ports",
        "Logging", "Kestrel", "AllowedHosts", "ShutdownTimeoutSeconds", "$schema",
    };

    /// <summary>Reads and checks the configuration.</summary>
    /// <param name="configuration">All sources, in the order of the host.</param>
    /// <param name="contentRoot">Relative paths start here.</param>
    /// <exception cref="StartException">A key is unknown or its value is invalid.</exception>
    public static Settings Read(IConfigurationManager configuration, string contentRoot)
    {
        RefuseUnknownKeys(configuration);
        CheckUrls(configuration["Urls"]);

        CheckTimeZones();
        return new Settings(
            ReadStorage(configuration, contentRoot), ReadAdminKey(configuration["Admin:Key"]), ReadLimits(configuration),
            ReadGeolocation(configuration), ReadAlerts(configuration), ReadRetention(configuration),
            ReadOta(configuration));
    }

    /// <summary>A slim container image may lack the zones; better said now than by a figure that is an hour off.</summary>
    private static void CheckTimeZones()
    {
        if (!TimeZoneInfo.TryFindSystemTimeZoneById("Europe/Berlin", out _))
        {
            throw new StartException("TZDIR", "the time zones are missing: install the package tzdata (it fills /usr/share/zoneinfo), or set TZDIR to where they are.");
        }
    }

    private static RateLimitOptions ReadLimits(IConfigurationManager configuration)
    {
        const int Most = 1_000_000;
        return new RateLimitOptions(
            Number(configuration, "RateLimits:FailedPerMinute", 60, 1, Most),
            Number(configuration, "RateLimits:DevicePerHour", 60, 1, Most),
            Number(configuration, "RateLimits:GeolocationPerHour", 10, 1, Most),
            Number(configuration, "RateLimits:AdminPerMinute", 600, 1, Most));
    }

    private static GeolocationOptions ReadGeolocation(IConfigurationManager configuration) =>
        new(
            Text(configuration, "Geolocation:Key"),
            Address(configuration, "Geolocation:Endpoint") ?? new Uri("https://www.googleapis.com/geolocation/v1/geolocate"),
            Address(configuration, "Geolocation:TimeZoneEndpoint") ?? new Uri("https://maps.googleapis.com/maps/api/timezone/json"));

    private static NotificationOptions ReadAlerts(IConfigurationManager configuration)
    {
        NotificationOptions alerts = new(
            Address(configuration, "Alerts:WebhookUrl"), Text(configuration, "Alerts:WebhookSecret"),
            Text(configuration, "Alerts:SmtpHost"), Number(configuration, "Alerts:SmtpPort", 587, 1, ushort.MaxValue),
            Text(configuration, "Alerts:SmtpUser"), Text(configuration, "Alerts:SmtpPassword"), Flag(configuration, "Alerts:SmtpTls", true),
            Mail(configuration, "Alerts:MailFrom"), Mail(configuration, "Alerts:MailTo"));
        return alerts.WebhookUrl is not null && alerts.WebhookSecret is null
            ? throw new StartException("Alerts:WebhookSecret", "is needed with Alerts:WebhookUrl: every message is signed with it.")
            : alerts.SmtpHost is not null && (alerts.MailFrom is null || alerts.MailTo is null)
            ? throw new StartException("Alerts:MailTo", "Alerts:SmtpHost needs Alerts:MailFrom and Alerts:MailTo.")
            : alerts;
    }

    private static RetentionOptions ReadRetention(IConfigurationManager configuration)
    {
        return new RetentionOptions(
            Days("ReadingsDays", 0), Days("SummariesDays", 0), Days("HeartbeatsDays", 400), Days("CommandsDays", 400),
            Days("AlertsDays", 400), Days("AuditDays", 0), Days("EventsDays", 7));

        int Days(string name, int otherwise) => Number(configuration, $"Retention:{name}", otherwise, 0, 36_500);
    }

    private static BuildOptions ReadOta(IConfigurationManager configuration) =>
        new(
            Number(configuration, "Ota:MaxBytes", 8 * 1024 * 1024, 1024, 64 * 1024 * 1024), ReadPublicKey(Text(configuration, "Ota:PublicKey")),
            Flag(configuration, "Ota:AllowUnsigned", false));

    private static PublicKey? ReadPublicKey(string? text)
    {
        if (text is null)
        {
            return null;
        }

        try
        {
            return PublicKey.Parse(text);
        }
        catch (KeyException e)
        {
            throw new StartException("Ota:PublicKey", $"{e.Message}.");
        }
    }

    private static int Number(IConfigurationManager configuration, string key, int otherwise, int min, int max)
    {
        string? text = Text(configuration, key);
        return text is null ? otherwise
            : int.TryParse(text, NumberStyles.AllowLeadingSign, CultureInfo.InvariantCulture, out int number) && number >= min && number <= max ? number
            : throw new StartException(key, string.Create(CultureInfo.InvariantCulture, $"must be a whole number from {min} to {max}."));
    }

    private static bool Flag(IConfigurationManager configuration, string key, bool otherwise)
    {
        string? text = Text(configuration, key);
        return text is null ? otherwise : bool.TryParse(text, out bool flag) ? flag : throw new StartException(key, "must be true or false.");
    }

    private static Uri? Address(IConfigurationManager configuration, string key)
    {
        string? text = Text(configuration, key);
        return text is null ? null
            : Uri.TryCreate(text, UriKind.Absolute, out Uri? address) && (address.Scheme is "http" or "https") ? address
            : throw new StartException(key, "must be an address such as https://example.org/hook.");
    }

    private static string? Mail(IConfigurationManager configuration, string key)
    {
        string? text = Text(configuration, key);
        return text is null || System.Net.Mail.MailAddress.TryCreate(text, out _) ? text : throw new StartException(key, "must be a mail address.");
    }

    private static string? Text(IConfigurationManager configuration, string key) => configuration[key] is { Length: > 0 } text ? text : null;

    private static StorageTarget ReadStorage(IConfigurationManager configuration, string contentRoot)
    {
        string provider = configuration["Storage:Provider"] ?? "sqlite";
        return provider.ToUpperInvariant() switch
        {
            "SQLITE" => StorageTarget.File(ReadPath(configuration["Storage:Path"], contentRoot)),
            "POSTGRES" => StorageTarget.Postgres(configuration["Storage:ConnectionString"] ?? ""),
            _ => throw new StartException("Storage:Provider", $"'{provider}' is not known; use 'sqlite' or 'postgres'."),
        };
    }

    private static void RefuseUnknownKeys(IConfigurationManager configuration)
    {
        foreach ((string section, string[] known) in s_sections)
        {
            foreach (IConfigurationSection child in configuration.GetSection(section).GetChildren())
            {
                if (!known.Contains(child.Key, StringComparer.OrdinalIgnoreCase))
                {
                    throw new StartException(child.Path, $"unknown key; '{section}' knows {string.Join(", ", known)}.");
                }
            }
        }

        // The environment is full of names that are none of ours; files and the command line are written for us alone.
        foreach (IConfigurationProvider provider in ((IConfigurationRoot)configuration).Providers)
        {
            if (provider is not (FileConfigurationProvider or Microsoft.Extensions.Configuration.CommandLine.CommandLineConfigurationProvider))
            {
                continue;
            }

            foreach (string key in provider.GetChildKeys([], null).Distinct())
            {
                if (!s_hostKeys.Contains(key) && !s_sections.ContainsKey(key))
                {
                    throw new StartException(key, "unknown key.");
                }
            }
        }
    }

    private static void CheckUrls(string? urls)
    {
        foreach (string url in (urls ?? "").Split(';', StringSplitOptions.RemoveEmptyEntries))
        {
            try
            {
                BindingAddress address = BindingAddress.Parse(url.Trim());
                bool scheme = address.Scheme is "http" or "https";
                if (!scheme || address.PathBase.Length > 0 || (!address.IsUnixPipe && address.Port > ushort.MaxValue))
                {
                    throw new FormatException();
                }
            }
            catch (FormatException)
            {
                throw new StartException("Urls", $"'{url}' is not an address to listen on, such as http://localhost:5000.");
            }
        }
    }

    private static string ReadPath(string? path, string contentRoot)
    {
        path ??= Path.Combine("data", "jambox.db");
        if (string.IsNullOrWhiteSpace(path) || path[0] == ':' || path.Contains('\0', StringComparison.Ordinal))
        {
            throw new StartException("Storage:Path", "must be the path of a file.");
        }

        string full = Path.GetFullPath(path, contentRoot);
        if (Directory.Exists(full) || Path.EndsInDirectorySeparator(full))
        {
            throw new StartException("Storage:Path", $"'{full}' is a folder; it must be a file.");
        }

        return full;
    }

    private static string? ReadAdminKey(string? key)
    {
        // An empty variable is what shells and compose files leave behind for "not set".
        if (string.IsNullOrEmpty(key))
        {
            return null;
        }

        if (key.Length > Token.MaxChars || key.Any(c => c is <= ' ' or > '~'))
        {
            throw new StartException("Admin:Key", string.Create(CultureInfo.InvariantCulture,
                $"must be 1 to {Token.MaxChars} printable ASCII characters without blanks."));
        }

        return key;
    }
}
