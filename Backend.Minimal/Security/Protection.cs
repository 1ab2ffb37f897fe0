using System.Security.Cryptography;

using Microsoft.AspNetCore.DataProtection;
using Microsoft.AspNetCore.DataProtection.KeyManagement;
using Microsoft.AspNetCore.DataProtection.XmlEncryption;

namespace JamBox.Backend.Security;

/// <summary>
/// Encrypts what must be read again: secrets of second factors, links that are signed. ASP.NET Core's Data Protection, with its keys in the
/// storage (<see cref="ProtectionKeys"/>). Nothing is made or read before it is first used. Both calls may ask the storage and wait: not
/// for the writer's thread.
/// </summary>
internal sealed class Protection : IDisposable
{
    /// <summary>
    /// Time between two looks for keys that another process has made: whoever invents texts makes us look no more often, ms.
    /// </summary>
    private const long RefreshMs = 2_000;

    private readonly ProtectionKeys _keys;
    private readonly ILoggerFactory _logs;
    private readonly Lock _lock = new();
    private ServiceProvider? _services;
    private long _madeAt;

    /// <summary>Makes it.</summary>
    public Protection(ProtectionKeys keys, ILoggerFactory logs)
    {
        _keys = keys;
        _logs = logs;
    }

    /// <summary>Encrypts a text.</summary>
    /// <param name="purpose">What for, and whose: it is read again with the same words only.</param>
    /// <param name="text">The text.</param>
    public string Protect(IReadOnlyList<string> purpose, string text) => Provider(false).CreateProtector(purpose).Protect(text);

    /// <summary>Encrypts a text that is good for a time.</summary>
    /// <param name="purpose">What for, and whose.</param>
    /// <param name="text">The text.</param>
    /// <param name="until">How long it is good.</param>
    public string Protect(IReadOnlyList<string> purpose, string text, DateTimeOffset until) =>
        Provider(false).CreateProtector(purpose).ToTimeLimitedDataProtector().Protect(text, until);

    /// <summary>Reads what <see cref="Protect(IReadOnlyList{string}, string)"/> has made.</summary>
    /// <returns>Null when it was not made here, for another purpose, or its key is gone.</returns>
    public string? Unprotect(IReadOnlyList<string> purpose, string text) =>
        Read(provider => provider.CreateProtector(purpose).Unprotect(text));

    /// <summary>Reads what was made to be good for a time.</summary>
    /// <returns>Null when that time is over, too.</returns>
    public string? UnprotectInTime(IReadOnlyList<string> purpose, string text) =>
        Read(provider => provider.CreateProtector(purpose).ToTimeLimitedDataProtector().Unprotect(text));

    /// <inheritdoc/>
    public void Dispose()
    {
        lock (_lock)
        {
            _services?.Dispose();
            _services = null;
        }
    }

    private string? Read(Func<IDataProtectionProvider, string> read)
    {
        // A key of another process may be younger than what we know.
        foreach (bool fresh in new[] { false, true })
        {
            try
            {
                return read(Provider(fresh));
            }
            catch (Exception wrong) when (wrong is CryptographicException or FormatException)
            {
                // Said by null.
            }
        }

        return null;
    }

    /// <summary>
    /// The framework reads the keys once a day: whoever needs one that was made since makes it anew. It is set up here and not in the
    /// services of the application, which would make a key at every first start, used or not.
    /// </summary>
    private IDataProtectionProvider Provider(bool fresh)
    {
        lock (_lock)
        {
            long now = Environment.TickCount64;
            if (_services is null || (fresh && now - _madeAt >= RefreshMs))
            {
                ServiceCollection services = new();
                services.AddSingleton(_logs);
                services.AddSingleton(typeof(ILogger<>), typeof(Logger<>));
                services.AddDataProtection().SetApplicationName("JamBox");
                services.Configure<KeyManagementOptions>(options =>
                {
                    options.XmlRepository = _keys;

                    // The repository encrypts, or says that it does not.
                    options.XmlEncryptor = new NullXmlEncryptor();
                });

                // The one before may still be in use; it holds nothing but memory.
                _services = services.BuildServiceProvider();
                _madeAt = now;
            }

            return _services.GetRequiredService<IDataProtectionProvider>();
        }
    }
}
