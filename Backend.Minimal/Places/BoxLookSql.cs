using JamBox.Backend.Devices;
using JamBox.Backend.Readings;
using JamBox.Backend.Security;
using JamBox.Backend.Storage;

namespace JamBox.Backend.Places;

/// <summary>Who looks at a box with its PIN.</summary>
/// <param name="DeviceId">The box.</param>
/// <param name="Pass">The pass, as it was sent or has just been made.</param>
/// <param name="Caller">Who is signed in meanwhile; null = nobody.</param>
/// <param name="At">Milliseconds since 1970.</param>
internal sealed record BoxLooker(string DeviceId, string Pass, Caller? Caller, long At);

/// <summary>The SQL of looking at a box: before its PIN, and with it.</summary>
internal static class BoxLookSql
{
    /// <summary>How long a pass is good, ms: whoever stands in front of the box is done by then.</summary>
    public const long PassMs = 30 * 60 * 1000L;

    /// <summary>What it heard so long ago is no answer to what it hears, ms.</summary>
    private const long HeardMs = 60 * 60 * 1000L;

    private const int MaxRows = 12;

    private const string PassSql = """
        SELECT p.pin_hash, p.expires_at FROM activation_passes p JOIN devices d ON d.device_id = p.device_id AND d.pin_hash = p.pin_hash
        WHERE p.pass_hash = $1 AND p.device_id = $2 AND p.expires_at > $3 AND d.retired_at IS NULL
        """;

    /// <summary>What anybody is told of any id.</summary>
    public static bool IsOnline(SqlSession session, (string DeviceId, long Now) wanted)
    {
        using SqlStatement row = session.Query(
            "SELECT last_seen_at, report_interval_ms FROM devices WHERE device_id = $1 AND kind = 'box' AND retired_at IS NULL",
            wanted.DeviceId);
        return row.Read() && DeviceState.Of(row.Int64OrNull(0), row.Int32(1), wanted.Now) == "online";
    }

    /// <summary>Gives a pass for a PIN that was right.</summary>
    public static int AddPass(SqlSession session, (string DeviceId, string PassHash, string PinHash, long At) right)
    {
        Audit.Note(session, $"pin of {right.DeviceId}", "device.look", right.DeviceId, null, null, right.At);
        return session.Execute(
            "INSERT INTO activation_passes (pass_hash, device_id, pin_hash, expires_at) VALUES ($1, $2, $3, $4)", right.PassHash,
            right.DeviceId, right.PinHash, right.At + PassMs);
    }

    /// <summary>The hash of the PIN that a pass stands for; null = it is none of that box, too old, or of a PIN that was changed.</summary>
    public static string? PinHash(SqlSession session, (string DeviceId, string Pass, long Now) wanted)
    {
        using SqlStatement row = session.Query(PassSql, Token.Hash(wanted.Pass), wanted.DeviceId, wanted.Now);
        return row.Read() ? row.Text(0) : null;
    }

    /// <summary>Shows a box; null when the pass is no good.</summary>
    public static BoxLook? Look(SqlSession session, BoxLooker looker)
    {
        DateTime expires;
        using (SqlStatement row = session.Query(PassSql, Token.Hash(looker.Pass), looker.DeviceId, looker.At))
        {
            if (!row.Read())
            {
                return null;
            }

            expires = row.Time(1);
        }

        (long? placeId, long since) = Stands(session, looker);
        DeviceRow device = DeviceSql.One(session, (looker.DeviceId, looker.At))!;
        PlaceRow? place = placeId is { } id ? PlaceSql.One(session, (id, null)) : null;
        return new BoxLook(
            looker.DeviceId, device.ConnectionStatus, device.LastSeenAt, looker.Pass, expires, Naming(session, looker, placeId),
            place is null
                ? null
                : new BoxPlace(place.Name, place.Timezone, place.Latitude, place.Longitude, HoursSql.Of(session, place.Id)),
            [
                .. ReadingSql.List(session, new ReadingFilter { DeviceId = looker.DeviceId, Limit = MaxRows, From = since })
                    .Select(HeardRow.Of),
            ]);
    }

    /// <summary>Whether a PIN names the place where the box stands, for that caller.</summary>
    public static string Naming(SqlSession session, BoxLooker looker, long? placeId) =>
        placeId is not { } place || looker.Caller?.MayAt(Role.Owner, place) == true ? "free"
        : GrantSql.HasOwner(session, place) ? "owned"
        : PlacementSql.IsAlone(session, (looker.DeviceId, place)) ? "free"
        : "shared";

    /// <summary>Where the box stands, and since when what it heard is of that place and of now.</summary>
    private static (long? PlaceId, long Since) Stands(SqlSession session, BoxLooker looker)
    {
        using SqlStatement row = session.Query(
            "SELECT place_id, from_at FROM place_devices WHERE device_id = $1 AND to_at IS NULL", looker.DeviceId);
        return row.Read() ? (row.Int64(0), Math.Max(row.Int64(1), looker.At - HeardMs)) : (null, looker.At - HeardMs);
    }
}
