using JamBox.Backend.Storage;

namespace JamBox.Backend.Security;

/// <summary>The admin key, as a hash: the configured one, else the one that was made at the first start.</summary>
internal sealed class AdminKey
{
    private const string FirstKeyName = "first-start";

    private readonly string _hash;

    private AdminKey(string hash)
    {
        _hash = hash;
    }

    /// <summary>Finds the key, or makes it and shows it once on the console.</summary>
    /// <param name="configured"><c>Admin:Key</c>; null when none is configured.</param>
    /// <param name="services">Storage, clock and source of secrets.</param>
    public static AdminKey Load(string? configured, IServiceProvider services)
    {
        // A configured key stands alone: whoever sets one does not want an older one to go on opening the door.
        return new AdminKey(configured is null ? StoredHash(services) : Token.Hash(configured));
    }

    /// <summary>Whether the request bears the key.</summary>
    public bool Opens(HttpRequest request) => Token.HashOfRequest(request) is { } hash && Token.SameHash(hash, _hash);

    private static string StoredHash(IServiceProvider services)
    {
        string key = Token.New(services.GetRequiredService<ISecretSource>());
        NewKey candidate = new(FirstKeyName, Token.Hash(key), services.GetRequiredService<TimeProvider>().GetUtcNow().ToUnixTimeMilliseconds());
        string hash = services.GetRequiredService<Store>().WriteAsync(candidate, KeepOrAdd).GetAwaiter().GetResult();
        if (hash == candidate.Hash)
        {
            // On the console and not in the log: logs are kept and sent to places.
            Console.WriteLine($"Admin key (made now, shown only this once): {key}");
        }

        return hash;
    }

    private static string KeepOrAdd(SqlSession session, NewKey key)
    {
        session.Execute(
            "INSERT INTO api_keys (name, role, key_hash, created_at) VALUES ($1, 'admin', $2, $3) ON CONFLICT (name) DO NOTHING",
            key.Name, key.Hash, key.CreatedAt);
        using SqlStatement row = session.Query("SELECT key_hash FROM api_keys WHERE name = $1", key.Name);
        row.Read();
        return row.Text(0);
    }

    private readonly record struct NewKey(string Name, string Hash, long CreatedAt);
}
