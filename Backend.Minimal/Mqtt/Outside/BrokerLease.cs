using JamBox.Backend.Storage;

namespace JamBox.Backend.Mqtt.Outside;

/// <summary>
/// Who of several processes listens to a broker that cannot share a subscription among them. All use the same session there, so that
/// nothing is lost and nothing comes twice when another one takes over.
/// </summary>
internal sealed class BrokerLease(Store store, TimeProvider clock, string holder)
{
    /// <summary>How long it holds without being renewed, ms.</summary>
    public const long HoldsMs = 30_000;

    /// <summary>How often it is renewed, or asked for.</summary>
    public static readonly TimeSpan Round = TimeSpan.FromSeconds(10);

    private const string TakeSql = """
        INSERT INTO leases (name, holder, until) VALUES ('mqtt', $1, $2)
        ON CONFLICT (name) DO UPDATE SET holder = excluded.holder, until = excluded.until
            WHERE leases.holder = excluded.holder OR leases.until <= $3
        """;

    /// <summary>Takes or renews it.</summary>
    /// <returns>Whether this process has it now.</returns>
    /// <exception cref="StorageException">The storage does not answer.</exception>
    public Task<bool> TakeAsync() => store.WriteAsync((holder, clock.GetUtcNow().ToUnixTimeMilliseconds()), Take);

    /// <summary>Gives it up, so that another one need not wait.</summary>
    public Task<int> ReleaseAsync() => store.WriteAsync(holder, Release);

    private static bool Take(SqlSession session, (string Holder, long Now) wanted) =>
        session.Execute(TakeSql, wanted.Holder, wanted.Now + HoldsMs, wanted.Now) > 0;

    private static int Release(SqlSession session, string holder) =>
        session.Execute("DELETE FROM leases WHERE name = 'mqtt' AND holder = $1", holder);
}
