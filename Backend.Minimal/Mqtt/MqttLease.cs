using JamBox.Backend.Storage;

namespace JamBox.Backend.Mqtt;

/// <summary>Who of several processes on one storage does what only one at a time may do.</summary>
/// <param name="store">The storage that they share.</param>
/// <param name="clock">The clock.</param>
/// <param name="name">What it is that one does.</param>
/// <param name="holder">What this process calls itself; no two processes the same.</param>
internal sealed class MqttLease(Store store, TimeProvider clock, string name, string holder)
{
    /// <summary>
    /// Listening to a broker that cannot share a subscription among several. All use the same session there, so that nothing is lost and
    /// nothing comes twice when another one takes over.
    /// </summary>
    public const string Listening = "mqtt";

    /// <summary>Publishing what boxes say.</summary>
    public const string Boxes = "mqtt-boxes";

    /// <summary>How long it holds without being renewed, ms.</summary>
    public const long HoldsMs = 30_000;

    /// <summary>How often it is renewed, or asked for.</summary>
    public static readonly TimeSpan Round = TimeSpan.FromSeconds(10);

    private const string TakeSql = """
        INSERT INTO leases (name, holder, until) VALUES ($4, $1, $2)
        ON CONFLICT (name) DO UPDATE SET holder = excluded.holder, until = excluded.until
            WHERE leases.holder = excluded.holder OR leases.until <= $3
        """;

    /// <summary>Takes or renews it.</summary>
    /// <returns>Whether this process has it now.</returns>
    /// <exception cref="StorageException">The storage does not answer.</exception>
    public Task<bool> TakeAsync() => store.WriteAsync((name, holder, clock.GetUtcNow().ToUnixTimeMilliseconds()), Take);

    /// <summary>Gives it up, so that another one need not wait.</summary>
    public Task<int> ReleaseAsync() => store.WriteAsync((name, holder), Release);

    private static bool Take(SqlSession session, (string Name, string Holder, long Now) wanted) =>
        session.Execute(TakeSql, wanted.Holder, wanted.Now + HoldsMs, wanted.Now, wanted.Name) > 0;

    private static int Release(SqlSession session, (string Name, string Holder) held) =>
        session.Execute("DELETE FROM leases WHERE name = $1 AND holder = $2", held.Name, held.Holder);
}
