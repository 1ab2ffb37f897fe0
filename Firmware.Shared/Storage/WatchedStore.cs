using JamBox.App;
using JamBox.Ports;

namespace JamBox.Storage;

/// <summary>
/// A key-value store that counts what it did not keep. Whoever writes goes on as well as it can; so that it is not forgotten, the heartbeat
/// has the count.
/// </summary>
public sealed class WatchedStore : IKeyValueStore
{
    private readonly IKeyValueStore _store;
    private readonly Health _health;

    /// <summary>Initializes a new instance of the <see cref="WatchedStore"/> class.</summary>
    /// <param name="store">The store.</param>
    /// <param name="health">Counts.</param>
    public WatchedStore(IKeyValueStore store, Health health)
    {
        _store = store;
        _health = health;
    }

    /// <inheritdoc/>
    public int Get(string key, byte[] buffer)
    {
        return _store.Get(key, buffer);
    }

    /// <inheritdoc/>
    public bool Set(string key, byte[] buffer, int count)
    {
        if (_store.Set(key, buffer, count))
        {
            return true;
        }

        _health.Count(Health.StoreRefusals);
        return false;
    }
}
