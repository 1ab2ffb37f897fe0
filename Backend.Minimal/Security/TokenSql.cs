using JamBox.Backend.Storage;

namespace JamBox.Backend.Security;

/// <summary>The SQL of device tokens.</summary>
internal static class TokenSql
{
    /// <summary>Puts a new token beside the old one, which stays good until the new one is used: a flash that fails locks nobody out.</summary>
    /// <returns>False when there is no such device.</returns>
    public static bool Offer(SqlSession session, (string DeviceId, string Hash, string Who, long At) change)
    {
        if (session.Execute("UPDATE devices SET next_token_hash = $2 WHERE device_id = $1", change.DeviceId, change.Hash) == 0)
        {
            return false;
        }

        Audit.Note(session, change.Who, "device.token", change.DeviceId, null, "new token, old one good until first use", change.At);
        return true;
    }

    /// <summary>Lets the old token die: the new one has been used.</summary>
    public static int Promote(SqlSession session, (string DeviceId, string Hash, long At) change)
    {
        int changed = session.Execute(
            "UPDATE devices SET token_hash = $2, next_token_hash = NULL WHERE device_id = $1 AND next_token_hash = $2", change.DeviceId, change.Hash);
        if (changed > 0)
        {
            Audit.Note(session, $"device {change.DeviceId}", "device.token.used", change.DeviceId, null, "old token dead", change.At);
        }

        return changed;
    }
}
