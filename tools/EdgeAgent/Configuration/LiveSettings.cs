using System.Collections;
using System.Security.Cryptography;

using Microsoft.Extensions.Logging;

namespace JamBox.Edge.Configuration;

/// <summary>
/// The settings as they are now. The files are looked at again and again, by their content: a change counts without a restart when it is
/// right; when it is not, the old ones stay, and it is said why.
/// </summary>
internal sealed class LiveSettings : IDisposable
{
    /// <summary>How often the files are looked at.</summary>
    public static readonly TimeSpan Round = TimeSpan.FromSeconds(5);

    private const string ServerFile = "server-config.json";

    private readonly string _file;
    private readonly IDictionary _environment;
    private readonly ILogger _logger;
    private readonly Lock _lock = new();
    private ITimer? _timer;
    private byte[] _seen;
    private byte[]? _fromServer;
    private bool _isServerRead;

    /// <summary>Reads them.</summary>
    /// <param name="file">The configuration; its secrets lie beside it.</param>
    /// <param name="environment">The environment.</param>
    /// <param name="logger">Where changes are said.</param>
    /// <exception cref="SettingsException">They are wrong.</exception>
    public LiveSettings(string file, IDictionary environment, ILogger logger)
    {
        _file = file;
        _environment = environment;
        _logger = logger;
        _seen = Look(out byte[]? open, out byte[]? secret, out string? fault);

        // What the server wanted lies in the folder, and where that is stands in the file.
        AgentSettings local = Make(open, secret, fault, null);
        _fromServer = ReadServerFile(local.Folder);
        _isServerRead = true;
        Current = Make(open, secret, fault, _fromServer);
    }

    /// <summary>Happens after they have changed, on the thread that has found it.</summary>
    public event Action<AgentSettings>? Changed;

    /// <summary>The configuration.</summary>
    public string File => _file;

    /// <summary>What the agent goes by.</summary>
    public AgentSettings Current { get; private set; }

    /// <summary>Why the files as they are now are not used; <c>null</c> = they are.</summary>
    public string? Fault { get; private set; }

    /// <summary>Reads settings once.</summary>
    /// <param name="file">The configuration.</param>
    /// <param name="environment">The environment.</param>
    /// <exception cref="SettingsException">They are wrong.</exception>
    public static AgentSettings Load(string file, IDictionary environment)
    {
        SettingsBuilder builder = new();
        byte[]? open = SecretsFile.ReadOpen(file);
        byte[]? secret = SecretsFile.Read(SecretsFile.NameFor(file));
        return Build(builder, file, open, secret, null, environment, []);
    }

    /// <summary>Finds the agent's folder, also where the rest of the configuration cannot be used.</summary>
    /// <param name="file">The configuration.</param>
    /// <param name="environment">The environment.</param>
    public static string FindFolder(string file, IDictionary environment)
    {
        SettingsBuilder builder = new();
        try
        {
            if (SecretsFile.ReadOpen(file) is { } open)
            {
                builder.AddFile(open, file);
            }
        }
        catch (SettingsException)
        {
            // The usual one, then.
        }

        builder.AddEnvironment(environment);
        return builder.Folder;
    }

    /// <summary>Looks at the files from now on.</summary>
    /// <param name="clock">Says when.</param>
    public void Watch(TimeProvider clock) => _timer = clock.CreateTimer(_ => Reload(), null, Round, Round);

    /// <summary>Looks at the files.</summary>
    /// <returns>Whether the settings have changed.</returns>
    public bool Reload()
    {
        AgentSettings? changed = null;
        lock (_lock)
        {
            byte[] seen = Look(out byte[]? open, out byte[]? secret, out string? fault);
            if (seen.AsSpan().SequenceEqual(_seen))
            {
                return false;
            }

            _seen = seen;
            changed = TryMake(open, secret, fault);
        }

        return Tell(changed);
    }

    /// <summary>Takes what the server wants, and keeps it.</summary>
    /// <param name="bytes">A JSON object.</param>
    /// <returns>What was not taken, and why.</returns>
    /// <exception cref="IOException">It cannot be kept.</exception>
    public IReadOnlyList<string> TakeFromServer(ReadOnlyMemory<byte> bytes)
    {
        List<string> refused = [];
        AgentSettings? changed;
        lock (_lock)
        {
            Dictionary<string, SettingValue> values = ServerConfig.Read(bytes, refused);
            if (bytes.Length > ServerConfig.MaxBytes || (values.Count == 0 && refused.Count > 0))
            {
                return refused;
            }

            byte[] wanted = bytes.ToArray();
            if (_fromServer is { } known && known.AsSpan().SequenceEqual(wanted))
            {
                return refused;
            }

            Directory.CreateDirectory(Current.Folder);
            SecretsFile.Replace(Path.Combine(Current.Folder, ServerFile), wanted);
            _fromServer = wanted;
            Look(out byte[]? open, out byte[]? secret, out string? fault);
            changed = TryMake(open, secret, fault);
        }

        Tell(changed);
        return refused;
    }

    /// <inheritdoc/>
    public void Dispose() => _timer?.Dispose();

    private static byte[]? ReadServerFile(string folder)
    {
        try
        {
            return SecretsFile.ReadOpen(Path.Combine(folder, ServerFile));
        }
        catch (SettingsException)
        {
            // The server says it again.
            return null;
        }
    }

    private static AgentSettings Build(
        SettingsBuilder builder, string file, byte[]? open, byte[]? secret, byte[]? server, IDictionary environment, List<string> refused)
    {
        if (open is not null)
        {
            builder.AddFile(open, file);
        }

        if (secret is not null)
        {
            builder.AddSecrets(secret, SecretsFile.NameFor(file));
        }

        if (server is not null)
        {
            builder.AddServer(server, refused);
        }

        builder.AddEnvironment(environment);
        return builder.Build();
    }

    private AgentSettings Make(byte[]? open, byte[]? secret, string? fault, byte[]? server)
    {
        SettingsBuilder builder = new();
        if (fault is not null)
        {
            builder.Fault(fault);
        }

        return Build(builder, _file, open, secret, server, _environment, []);
    }

    private AgentSettings? TryMake(byte[]? open, byte[]? secret, string? fault)
    {
        try
        {
            AgentSettings made = Make(open, secret, fault, _isServerRead ? _fromServer : null);
            Fault = null;
            if (made.Folder != Current.Folder)
            {
                // The lock, the journal and the releases are in the old one.
                _logger.LogWarning("folder: the change counts after a restart of the agent");
                made = made with { Folder = Current.Folder };
            }

            Current = made;
            return made;
        }
        catch (SettingsException wrong)
        {
            Fault = wrong.Message;
            _logger.LogError("The configuration was changed and is wrong; the agent goes on with the one before: {Fault}", wrong.Message);
            return null;
        }
    }

    private bool Tell(AgentSettings? changed)
    {
        if (changed is null)
        {
            return false;
        }

        _logger.LogInformation("The configuration was changed and counts from now on");
        Changed?.Invoke(changed);
        return true;
    }

    /// <summary>What the files are, as a hash; rights belong to it.</summary>
    private byte[] Look(out byte[]? open, out byte[]? secret, out string? fault)
    {
        open = null;
        secret = null;
        fault = null;
        try
        {
            open = SecretsFile.ReadOpen(_file);
            secret = SecretsFile.Read(SecretsFile.NameFor(_file));
        }
        catch (SettingsException unreadable)
        {
            fault = unreadable.Message;
        }

        using IncrementalHash hash = IncrementalHash.CreateHash(HashAlgorithmName.SHA256);
        foreach (byte[]? part in (ReadOnlySpan<byte[]?>)[open, secret, fault is null ? null : System.Text.Encoding.UTF8.GetBytes(fault)])
        {
            hash.AppendData(BitConverter.GetBytes(part?.Length ?? -1));
            hash.AppendData(part ?? []);
        }

        return hash.GetHashAndReset();
    }
}
