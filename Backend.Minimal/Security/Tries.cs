using System.Collections.Concurrent;

using JamBox.Backend.Storage;

namespace JamBox.Backend.Security;

/// <summary>What may be tried, how often, and on whom.</summary>
/// <param name="Name">Such as <c>pin</c>; no blanks.</param>
/// <param name="Limit">Tries in a window.</param>
/// <param name="WindowMs">Length of a window, ms; it begins with the first try. At most two hours: then retention takes the row.</param>
/// <param name="ExistsSql">Constant text that gives a row when the subject, <c>$1</c>, has something that can be guessed.</param>
internal sealed record TryRule(string Name, int Limit, long WindowMs, string ExistsSql);

/// <summary>
/// Counts tries at secrets that are short enough to be guessed. A try is taken in the storage before the secret is looked at, in one
/// statement: several processes allow as many together as one alone, and a restart forgets none. Whoever does not exist is counted in
/// memory alone, with the same answers: a stranger who invents names makes nothing be written. What is used up is remembered, so that
/// a subject costs at most a handful of writes a window, however often it is tried.
/// </summary>
internal sealed class Tries
{
    /// <summary>Longer subjects do not exist; they are counted by their beginning.</summary>
    private const int MaxSubjectChars = 128;

    /// <summary>Windows in memory: some 2 MB. Past it the old ones go, then all: what must be right is in the storage.</summary>
    private const int MaxWindows = 10_000;

    private const string TakeSql = """
        INSERT INTO rate_limits (name, window_start, used) VALUES ($1, $2, 1)
        ON CONFLICT (name) DO UPDATE SET
            used = CASE WHEN rate_limits.window_start > $3 THEN rate_limits.used + 1 ELSE 1 END,
            window_start = CASE WHEN rate_limits.window_start > $3 THEN rate_limits.window_start ELSE $2 END
        RETURNING used, window_start
        """;

    private readonly Store _store;
    private readonly TimeProvider _clock;
    private readonly ConcurrentDictionary<string, Window> _windows = new(StringComparer.Ordinal);

    /// <summary>Makes the counter.</summary>
    public Tries(Store store, TimeProvider clock)
    {
        _store = store;
        _clock = clock;
    }

    /// <summary>Windows that are remembered.</summary>
    public int Remembered => _windows.Count;

    /// <summary>Takes a try.</summary>
    /// <param name="rule">At what.</param>
    /// <param name="subject">At whose: a device id, an address.</param>
    /// <returns>Null when there was one left; else the seconds to wait, never with the digits of success in them.</returns>
    public async ValueTask<int?> TakeAsync(TryRule rule, string subject)
    {
        long now = _clock.GetUtcNow().ToUnixTimeMilliseconds();
        string name = $"{rule.Name} {(subject.Length <= MaxSubjectChars ? subject : subject[..MaxSubjectChars])}";
        if (_windows.TryGetValue(name, out Window? window) && window.IsUsedUp(rule, now))
        {
            return RateLimits.WaitSeconds(window.Start + rule.WindowMs - now);
        }

        Window taken = subject.Length <= MaxSubjectChars && await _store.ReadAsync((rule.ExistsSql, subject), Exists).ConfigureAwait(false)
            ? await _store.WriteAsync((name, now, now - rule.WindowMs), Take).ConfigureAwait(false)
            : InMemory(rule, name, now);
        if (taken.Used >= rule.Limit)
        {
            MakeRoom(now - rule.WindowMs);
            _windows[name] = taken;
        }

        return taken.Used <= rule.Limit ? null : RateLimits.WaitSeconds(taken.Start + rule.WindowMs - now);
    }

    /// <summary>Forgets the tries at a subject: it was right, and the same may be said again.</summary>
    public async Task ForgetAsync(TryRule rule, string subject)
    {
        string name = $"{rule.Name} {subject}";
        await _store.WriteAsync(
            name, static (session, tried) => session.Execute("DELETE FROM rate_limits WHERE name = $1", tried)).ConfigureAwait(false);
        _windows.TryRemove(name, out _);
    }

    private static bool Exists(SqlSession session, (string Sql, string Subject) wanted)
    {
        using SqlStatement row = session.Query(wanted.Sql, wanted.Subject);
        return row.Read();
    }

    private static Window Take(SqlSession session, (string Name, long Now, long Expired) use)
    {
        using SqlStatement row = session.Query(TakeSql, use.Name, use.Now, use.Expired);
        row.Read();
        return new Window(row.Int64(1), row.Int32(0));
    }

    private Window InMemory(TryRule rule, string name, long now)
    {
        MakeRoom(now - rule.WindowMs);
        return _windows.AddOrUpdate(
            name,
            static (_, use) => new Window(use.Now, 1),
            static (_, known, use) => known.Start + use.WindowMs > use.Now ? known with { Used = known.Used + 1 } : new Window(use.Now, 1),
            (Now: now, rule.WindowMs));
    }

    private void MakeRoom(long expired)
    {
        if (_windows.Count < MaxWindows)
        {
            return;
        }

        foreach ((string name, Window window) in _windows)
        {
            if (window.Start <= expired)
            {
                _windows.TryRemove(name, out _);
            }
        }

        if (_windows.Count >= MaxWindows)
        {
            _windows.Clear();
        }
    }

    /// <param name="Start">When its first try was, ms since 1970.</param>
    /// <param name="Used">Tries since then.</param>
    private sealed record Window(long Start, int Used)
    {
        public bool IsUsedUp(TryRule rule, long now) => Used >= rule.Limit && Start + rule.WindowMs > now;
    }
}
