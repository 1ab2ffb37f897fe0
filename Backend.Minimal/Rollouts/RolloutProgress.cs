using JamBox.Backend.Storage;
using JamBox.Backend.Updates;

namespace JamBox.Backend.Rollouts;

/// <summary>Draws the conclusions from what became of an attempt.</summary>
internal static class RolloutProgress
{
    /// <summary>
    /// To be called after every change of an attempt's state, in its transaction: too many failures stop the roll-out then and there.
    /// Whether a stage is complete is for <see cref="RolloutJob"/> to see. Repeats are harmless.
    /// </summary>
    /// <param name="session">The connection, in a writing transaction.</param>
    /// <param name="attempt">The attempt as it is stored now.</param>
    /// <param name="now">Milliseconds since 1970.</param>
    public static void Settle(SqlSession session, Attempt attempt, long now)
    {
        if (attempt.RolloutId is { } id && BoxState.IsFailure(attempt.State) && attempt.Why != AttemptState.Withdrawn)
        {
            RolloutSteps.Judge(session, id, now);
        }
    }
}
