using System.Collections.Concurrent;
using System.Diagnostics.CodeAnalysis;

namespace JamBox.Backend.Mqtt;

/// <summary>
/// What was looked up a moment ago, so that brokers can ask for each message. An answer is trusted for 3.5 s: what another process changes
/// is seen within the 5 s that are promised. A clock that is set back keeps nothing for longer.
/// </summary>
/// <typeparam name="TValue">What was found.</typeparam>
/// <param name="clock">The clock of the backend.</param>
/// <param name="most">Answers remembered; past it all are looked up again.</param>
internal sealed class TimedCache<TValue>(TimeProvider clock, int most)
{
    private const long LifeMs = 3_500;

    private readonly ConcurrentDictionary<string, (TValue Value, long Until)> _entries = new(StringComparer.Ordinal);

    private long Now => clock.GetUtcNow().ToUnixTimeMilliseconds();

    /// <summary>Finds an answer that still counts.</summary>
    public bool TryGet(string key, [MaybeNullWhen(false)] out TValue value)
    {
        long now = Now;
        bool isThere = _entries.TryGetValue(key, out (TValue Value, long Until) known) && now < known.Until && now >= known.Until - LifeMs;
        value = isThere ? known.Value : default;
        return isThere;
    }

    /// <summary>Remembers an answer.</summary>
    public void Set(string key, TValue value)
    {
        if (_entries.Count >= most)
        {
            _entries.Clear();
        }

        _entries[key] = (value, Now + LifeMs);
    }

    /// <summary>Forgets an answer.</summary>
    public void Remove(string key) => _entries.TryRemove(key, out _);
}
