using JamBox.Backend.Storage;

namespace JamBox.Backend.Ota;

/// <summary>Who decides which release a device may have: the roll-outs. All of it runs within the caller's transaction.</summary>
internal interface IReleaseSource
{
    /// <summary>Chooses for a device that asks.</summary>
    /// <param name="session">The connection; what the device said is already noted.</param>
    /// <param name="report">What the device says of itself.</param>
    /// <param name="now">Milliseconds since 1970.</param>
    ReleaseChoice Choose(SqlSession session, OtaReport report, long now);

    /// <summary>Whether a device may go on with what it was offered.</summary>
    /// <param name="session">The connection.</param>
    /// <param name="attempt">The attempt, which is open.</param>
    /// <param name="now">Milliseconds since 1970.</param>
    ReleaseStanding StandingOf(SqlSession session, OtaAttempt attempt, long now);

    /// <summary>Is told of every change of an attempt's state, in the transaction of the change.</summary>
    /// <param name="session">The connection.</param>
    /// <param name="attempt">The attempt as it is now.</param>
    /// <param name="now">Milliseconds since 1970.</param>
    void Settle(SqlSession session, OtaAttempt attempt, long now);
}
