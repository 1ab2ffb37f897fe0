using System.Globalization;

using JamBox.Backend.Security;
using JamBox.Backend.Storage;

namespace JamBox.Backend.Operation;

/// <summary>What the operator configured, read and checked once at start.</summary>
/// <param name="Storage">Where the data is (<c>Storage:*</c>).</param>
/// <param name="AdminKey">The admin key in clear (<c>Admin:Key</c>); null when none is configured.</param>
internal sealed record Settings(StorageTarget Storage, string? AdminKey)
{
    /// <summary>Our sections and the keys in them. A key beside these is a slip of the pen and stops the start.</summary>
    private static readonly Dictionary<string, string[]> s_sections = new(StringComparer.OrdinalIgnoreCase)
    {
        ["Storage"] = ["Provider", "Path", "ConnectionString"],
        ["Admin"] = ["Key"],
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

        return new Settings(ReadStorage(configuration, contentRoot), ReadAdminKey(configuration["Admin:Key"]));
    }

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
