using JamBox.Backend.Security;
using JamBox.Backend.Storage;

namespace JamBox.Backend.Operation;

/// <summary>
/// What the program does instead of serving: <c>restore FILE</c>, <c>admin reset</c>. Settings are given as to the server.
/// </summary>
internal static class BackendCommands
{
    private const string Usage = """
        jambox-backend [--Setting=value …]                   serve
        jambox-backend --version                             say which version this is
        jambox-backend restore FILE [--Setting=value …]      put a backup in the place of the SQLite file; the server must be stopped
        jambox-backend admin reset [--Setting=value …]       make a new first admin key and show it; the old one is good no more
        """;

    /// <summary>Runs the command that the arguments name.</summary>
    /// <param name="args">The command line.</param>
    /// <param name="output">Where the result is said.</param>
    /// <returns>False when they name none: then the server is wanted.</returns>
    /// <exception cref="StartupException">It could not be done.</exception>
    public static bool TryRun(string[] args, TextWriter output)
    {
        switch (args)
        {
            case []:
                return false;
            case ["--help" or "-h" or "-?", ..] or [_, "--help" or "-h" or "-?", ..] or [_, _, "--help" or "-h" or "-?", ..]:
                output.WriteLine(Usage);
                return true;
            case ["--version", ..]:
                output.WriteLine(typeof(BackendCommands).Assembly.GetName().Version?.ToString(3));
                return true;
            case ["restore"]:
                throw new StartupException("restore", "FILE is missing: the backup that is to be put in the place of the server's file.");
            case ["restore", var file, .. var settings]:
                CheckValues(settings);
                output.WriteLine(RestoreCommand.Run(TargetOf(settings, out _), file, TimeProvider.System));
                return true;
            case ["admin", "reset", .. var settings]:
                CheckValues(settings);
                output.WriteLine($"Admin key (shown only this once): {ResetAdmin(settings)}");
                return true;
            default:
                if (!IsSetting(args[0]))
                {
                    throw new StartupException(args[0], "is no command; there are 'restore FILE' and 'admin reset'. --help says more.");
                }

                CheckValues(args);
                return false;
        }
    }

    /// <summary>
    /// A setting whose value was forgotten, or a word too many, would be passed over in silence, and the server would listen or write
    /// elsewhere, or a command do what was not meant.
    /// </summary>
    private static void CheckValues(string[] args)
    {
        for (int i = 0; i < args.Length; i++)
        {
            if (args[i].Contains('=', StringComparison.Ordinal))
            {
                continue;
            }

            bool isLast = i + 1 == args.Length;
            if (!args[i].StartsWith("--", StringComparison.Ordinal) || isLast || args[i + 1].StartsWith("--", StringComparison.Ordinal))
            {
                throw new StartupException(args[i], "has no value; settings are given as --Key=value. --help says more.");
            }

            i++;
        }
    }

    /// <summary>The forms in which settings are given: --key=value, --key value, /key=value, key=value.</summary>
    private static bool IsSetting(string arg) => arg.Length == 0 || arg[0] is '-' or '/' || arg.Contains('=', StringComparison.Ordinal);

    /// <summary>May be done while a server runs: it learns of it within 5 s.</summary>
    private static string ResetAdmin(string[] settings)
    {
        StorageTarget target = TargetOf(settings, out IConfiguration configuration);
        if (configuration[$"{AdminOptions.Section}:{nameof(AdminOptions.Key)}"] is { Length: > 0 })
        {
            throw new StartupException("Admin:Key", "is set, and wins over the first key: change that, or remove it and reset again.");
        }

        if (target.Path is { } path && !File.Exists(path))
        {
            throw new StartupException("Storage:Path", $"'{path}' does not exist: give the settings of the server.");
        }

        using Store store = Store.Open(target, TimeProvider.System);
        string key = Token.New(new SystemSecretSource());
        NewApiKey made = new(
            ApiKeys.FirstKeyName, [new Grant(Role.Admin, null)], Token.Hash(key), "admin reset",
            TimeProvider.System.GetUtcNow().ToUnixTimeMilliseconds());
        store.WriteAsync(made, ApiKeySql.Replace).GetAwaiter().GetResult();
        return key;
    }

    private static StorageTarget TargetOf(string[] settings, out IConfiguration configuration)
    {
        WebApplicationBuilder builder = ServiceDefaults.CreateBuilder(settings);
        builder.Services.AddFeatureOptions<StorageOptions>(StorageOptions.Section);
        configuration = builder.Configuration;
        using ServiceProvider services = builder.Services.BuildServiceProvider();
        return services.GetRequiredService<StorageOptions>().ToTarget(builder.Environment.ContentRootPath);
    }
}
