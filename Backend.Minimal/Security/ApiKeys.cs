using System.Collections.Concurrent;
using System.ComponentModel.DataAnnotations;
using System.Globalization;

using JamBox.Backend.Storage;

namespace JamBox.Backend.Security;

/// <summary>
/// The keys of people and tools: the configured one, else the one that was made at the first start, and the named ones. Only hashes
/// are kept. What was looked up is remembered for 3.5 s, so that a key revoked through another process dies within 5 s.
/// </summary>
internal sealed class ApiKeys
{
    /// <summary>Name of the key that is made at the first start.</summary>
    public const string FirstKeyName = "first-start";

    /// <summary>Name of the configured key, for the audit log.</summary>
    public const string ConfiguredKeyName = "configured";

    /// <summary>Less than the 5 s that are promised: streams look once a second besides.</summary>
    private const long CacheMs = 3_500;

    /// <summary>How exactly it is known when a key was last used, ms: so that looking writes nothing most of the time.</summary>
    private const long UsedMs = 10 * 60 * 1000;

    private static readonly Grant[] s_everything = [new Grant(Role.Admin, null)];

    private readonly Store _store;
    private readonly TimeProvider _clock;
    private readonly ILogger<ApiKeys> _logger;
    private readonly string? _configuredHash;
    private readonly ConcurrentDictionary<string, (Caller Caller, long Until)> _cache = new(StringComparer.Ordinal);

    /// <summary>Counts <see cref="Invalidate"/>: what was looked up before it is not remembered after it.</summary>
    private int _changes;

    private ApiKeys(Store store, TimeProvider clock, ILogger<ApiKeys> logger, string? configuredHash)
    {
        _store = store;
        _clock = clock;
        _logger = logger;
        _configuredHash = configuredHash;
    }

    /// <summary>Makes them.</summary>
    /// <param name="configured"><c>Admin:Key</c>; null when none is configured.</param>
    /// <param name="services">Storage, clock and log.</param>
    public static ApiKeys Load(string? configured, IServiceProvider services) =>
        // A configured key stands alone: whoever sets one does not want the first one to go on opening the door.
        new(
            services.GetRequiredService<Store>(), services.GetRequiredService<TimeProvider>(),
            services.GetRequiredService<ILogger<ApiKeys>>(), configured is null ? null : Token.Hash(configured));

    /// <summary>The caller with the key of <c>Admin:Key</c>; null when none is configured.</summary>
    public Caller? Configured => _configuredHash is null
        ? null
        : new Caller(ConfiguredKeyName, PrincipalOf(ConfiguredKeyName), s_everything, Role.Viewer);

    /// <summary>Whose key has this hash.</summary>
    /// <returns>Null when nobody's.</returns>
    public async ValueTask<Caller?> FindAsync(string hash)
    {
        if (_configuredHash is not null && Token.SameHash(hash, _configuredHash))
        {
            return Configured;
        }

        long now = _clock.GetUtcNow().ToUnixTimeMilliseconds();
        if (_cache.TryGetValue(hash, out (Caller Caller, long Until) known) && now < known.Until)
        {
            return known.Caller;
        }

        int changes = Volatile.Read(ref _changes);
        (Caller? caller, long usedAt) = await _store.ReadAsync(hash, FindByHash).ConfigureAwait(false);
        if (caller is null || (_configuredHash is not null && caller.Name == FirstKeyName))
        {
            return null;
        }

        if (now - usedAt >= UsedMs)
        {
            _ = NoteUsedAsync(hash, now);
        }

        if (changes == Volatile.Read(ref _changes))
        {
            _cache[hash] = (caller, now + CacheMs);
        }

        return caller;
    }

    /// <summary>Makes every look-up fresh; called by whoever has changed a key.</summary>
    public void Invalidate()
    {
        Interlocked.Increment(ref _changes);
        _cache.Clear();
    }

    /// <summary>The principal of a key's grants.</summary>
    public static string PrincipalOf(string name) => $"key {name}";

    private async Task NoteUsedAsync(string hash, long now)
    {
        try
        {
            await _store.WriteAsync((hash, now), ApiKeySql.NoteUsed).ConfigureAwait(false);
        }
        catch (Exception e) when (e is StorageException or StorageBusyException)
        {
            _logger.LogWarning("When a key was last used could not be noted: {Reason}", e.Message);
        }
    }

    private static (Caller? Caller, long UsedAt) FindByHash(SqlSession session, string hash)
    {
        string name;
        long usedAt;
        using (SqlStatement row = session.Query("SELECT name, key_hash, coalesce(used_at, 0) FROM api_keys WHERE key_hash = $1", hash))
        {
            if (!row.Read() || !Token.SameHash(row.Text(1), hash))
            {
                return (null, 0);
            }

            name = row.Text(0);
            usedAt = row.Int64(2);
        }

        return (Of(session, name), usedAt);
    }

    /// <summary>The caller whose key has a name, where something is done in its name.</summary>
    /// <returns>Null when there is none of that name.</returns>
    public static Caller? Find(SqlSession session, string name)
    {
        using (SqlStatement row = session.Query("SELECT 1 FROM api_keys WHERE name = $1", name))
        {
            if (!row.Read())
            {
                return null;
            }
        }

        return Of(session, name);
    }

    private static Caller Of(SqlSession session, string name)
    {
        string principal = PrincipalOf(name);
        return new Caller(name, principal, GrantSql.Of(session, principal), Role.Viewer)
        {
            Firmware = FirmwareLimits.Of(session, principal),
        };
    }
}

/// <summary><c>Admin:*</c>.</summary>
internal sealed class AdminOptions : IValidatableObject
{
    /// <summary>The section.</summary>
    public const string Section = "Admin";

    /// <summary>A shorter one can be guessed: failed tries are limited for each address, and there are many addresses.</summary>
    private const int MinChars = 16;

    /// <summary>The admin key in clear; null when none is configured.</summary>
    public string? Key { get; set; }

    /// <inheritdoc/>
    public IEnumerable<ValidationResult> Validate(ValidationContext validationContext)
    {
        if (Key is not null && (Key.Length is < MinChars or > Token.MaxChars || Key.Any(static c => c is <= ' ' or > '~')))
        {
            yield return new ValidationResult(
                string.Create(CultureInfo.InvariantCulture,
                    $"must be {MinChars} to {Token.MaxChars} printable ASCII characters without blanks."), [nameof(Key)]);
        }
    }
}
