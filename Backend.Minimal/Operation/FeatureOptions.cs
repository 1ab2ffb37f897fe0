using System.ComponentModel.DataAnnotations;
using System.Globalization;
using System.Reflection;

using JamBox.Backend.Builds;

using Microsoft.Extensions.Configuration.CommandLine;
using Microsoft.Extensions.Options;

using MimeKit;

namespace JamBox.Backend.Operation;

/// <summary>
/// Options of the features: each has a section of its own. They are read and checked when the backend starts, and what is wrong stops the
/// start with one line that names the key.
/// </summary>
internal static class FeatureOptions
{
    /// <summary>Top-level keys of the host and of the framework that may stand in appsettings.json or on the command line.</summary>
    private static readonly HashSet<string> s_hostKeys = new(StringComparer.OrdinalIgnoreCase)
    {
        "Urls", "Environment", "ContentRoot", "ApplicationName", "WebRoot", "Http_Ports", "Https_Ports",
        "Logging", "Kestrel", "AllowedHosts", "ShutdownTimeoutSeconds", "hostBuilder", "$schema",
    };

    /// <summary>Adds options, as <see cref="IOptions{TOptions}"/> and as themselves.</summary>
    /// <typeparam name="T">The options.</typeparam>
    /// <param name="services">The services.</param>
    /// <param name="section">Their section.</param>
    public static void AddFeatureOptions<T>(this IServiceCollection services, string section)
        where T : class, new()
    {
        services.AddOptions<T>()
            .Configure<IConfiguration>((options, configuration) => Bind(configuration.GetSection(section), options))
            .Validate(options => Check(section, options))
            .ValidateOnStart();
        services.AddSingleton(static provider => provider.GetRequiredService<IOptions<T>>().Value);
        services.AddSingleton(new FeatureSection(section, typeof(T)));
    }

    /// <summary>Checks all of them, and that no file and no command line holds a section of nobody's.</summary>
    /// <exception cref="StartupException">A key is unknown or its value is invalid.</exception>
    public static void Check(IServiceProvider services)
    {
        HashSet<string> known = new(s_hostKeys, s_hostKeys.Comparer);
        known.UnionWith(services.GetServices<FeatureSection>().Select(static section => section.Name));

        // The environment is full of names that are none of ours; files and the command line are written for us alone.
        IConfigurationRoot configuration = (IConfigurationRoot)services.GetRequiredService<IConfiguration>();
        foreach (IConfigurationProvider provider in configuration.Providers
            .Where(static provider => provider is FileConfigurationProvider or CommandLineConfigurationProvider))
        {
            if (provider.GetChildKeys([], null).FirstOrDefault(key => !known.Contains(key)) is { } unknown)
            {
                throw new StartupException(unknown, "unknown key.");
            }
        }

        services.GetRequiredService<IStartupValidator>().Validate();
    }

    /// <summary>What the environment has that was meant for us and reaches nobody, a line each.</summary>
    public static IEnumerable<string> FindFaultsOfEnvironment(IServiceProvider services) => EnvironmentNames.FindFaults(
        Environment.GetEnvironmentVariables().Keys.OfType<string>(),
        [.. services.GetServices<FeatureSection>().Select(static section => (section.Name, section.Options))]);

    /// <summary>Checks the levels of the log: the framework would say what is wrong with a stack.</summary>
    /// <exception cref="StartupException">One is none.</exception>
    public static void CheckLevels(IConfigurationSection section)
    {
        foreach (IConfigurationSection child in section.GetChildren())
        {
            if (child.Key.Equals("LogLevel", StringComparison.OrdinalIgnoreCase))
            {
                foreach (IConfigurationSection level in child.GetChildren())
                {
                    if (level.Value is { Length: > 0 } text
                        && (!Enum.TryParse(text, ignoreCase: true, out LogLevel known) || !Enum.IsDefined(known)))
                    {
                        throw new StartupException(
                            level.Path, $"'{text}' is no level; there are {string.Join(", ", Enum.GetNames<LogLevel>())}.");
                    }
                }
            }
            else
            {
                CheckLevels(child);
            }
        }
    }

    private static void Bind<T>(IConfigurationSection section, T options)
        where T : class
    {
        // An empty variable is what shells and compose files leave behind for "not set".
        IEnumerable<KeyValuePair<string, string?>> values = section.AsEnumerable(makePathsRelative: true)
            .Where(static pair => pair.Value is { Length: > 0 });
        IConfiguration set = new ConfigurationBuilder().AddInMemoryCollection(values).Build();
        try
        {
            set.Bind(options, static binder => binder.ErrorOnUnknownConfiguration = true);
        }
        catch (InvalidOperationException fault)
        {
            throw Explain<T>(section, set, fault);
        }
    }

    /// <summary>Says in the operator's words which key the binder did not like.</summary>
    private static StartupException Explain<T>(IConfigurationSection section, IConfiguration set, InvalidOperationException fault)
    {
        PropertyInfo[] known = [.. typeof(T).GetProperties().Where(static property => property.CanWrite)];
        foreach (IConfigurationSection child in set.GetChildren())
        {
            string key = $"{section.Path}:{child.Key}";
            if (known.FirstOrDefault(property => property.Name.Equals(child.Key, StringComparison.OrdinalIgnoreCase)) is not { } property)
            {
                string names = string.Join(", ", known.Select(static property => property.Name));
                return new StartupException(key, $"unknown key; '{section.Path}' knows {names}.");
            }

            try
            {
                child.Get(property.PropertyType);
            }
            catch (InvalidOperationException)
            {
                string? rule = property.GetCustomAttribute<WholeNumberAttribute>()?.ErrorMessage;
                string otherwise = property.PropertyType == typeof(bool) ? "must be true or false." : $"'{child.Value}' is not valid.";
                return new StartupException(key, rule ?? otherwise);
            }
        }

        return new StartupException(section.Path, fault.Message);
    }

    private static bool Check<T>(string section, T options)
        where T : class
    {
        List<ValidationResult> faults = [];
        return Validator.TryValidateObject(options, new ValidationContext(options), faults, validateAllProperties: true)
            ? true
            : throw new StartupException($"{section}:{faults[0].MemberNames.First()}", faults[0].ErrorMessage!);
    }

    private sealed record FeatureSection(string Name, Type Options);
}

/// <summary>A whole number within bounds.</summary>
[AttributeUsage(AttributeTargets.Property)]
internal sealed class WholeNumberAttribute : RangeAttribute
{
    /// <summary>Bounds a number.</summary>
    public WholeNumberAttribute(int min, int max)
        : base(min, max)
    {
        ErrorMessage = string.Create(CultureInfo.InvariantCulture, $"must be a whole number from {min} to {max}.");
    }
}

/// <summary>An absolute address of http or https.</summary>
[AttributeUsage(AttributeTargets.Property)]
internal sealed class WebAddressAttribute() : ValidationAttribute("must be an address such as https://example.org/hook.")
{
    /// <inheritdoc/>
    public override bool IsValid(object? value) => value is null or Uri { IsAbsoluteUri: true, Scheme: "http" or "https" };
}

/// <summary>A mail address.</summary>
[AttributeUsage(AttributeTargets.Property)]
internal sealed class MailboxAttribute() : ValidationAttribute("must be a mail address.")
{
    /// <inheritdoc/>
    public override bool IsValid(object? value) =>
        value is null || (value is string text && MailboxAddress.TryParse(text, out MailboxAddress? mailbox) && mailbox.Domain.Length > 0);
}
