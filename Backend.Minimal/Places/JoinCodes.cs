using System.Globalization;

using JamBox.Backend.Security;
using JamBox.Backend.Storage;
using JamBox.Backend.Wire;

namespace JamBox.Backend.Places;

/// <summary>
/// Codes with which a box joins a place: made by those to whom the place belongs, good once and for three days. Ten characters of 32 are
/// 50 bits, and each try costs one of the five that the box's PIN allows in 15 minutes.
/// </summary>
internal static class JoinCodes
{
    /// <summary>How long a code is good, ms.</summary>
    public const long LifeMs = 3 * 24 * 60 * 60 * 1000L;

    /// <summary>Characters of a code.</summary>
    public const int Length = 10;

    /// <summary>Codes of one place that are good at a time.</summary>
    public const int MaxOpen = 20;

    /// <summary>Without I, O, 0 and 1: people read them out to each other.</summary>
    private const string Letters = "ABCDEFGHJKLMNPQRSTUVWXYZ23456789";

    /// <summary>Makes a code.</summary>
    public static string New(ISecretSource secrets)
    {
        Span<byte> bytes = stackalloc byte[Length];
        secrets.Fill(bytes);
        Span<char> code = stackalloc char[Length];
        for (int i = 0; i < Length; i++)
        {
            code[i] = Letters[bytes[i] % Letters.Length];
        }

        return new string(code);
    }

    /// <summary>Keeps a code, by its hash.</summary>
    public static Refusal? Add(SqlSession session, (long PlaceId, string Hash, string Who, long At) wanted)
    {
        session.Execute(
            "DELETE FROM place_codes WHERE place_id = $1 AND (expires_at <= $2 OR used_at IS NOT NULL)", wanted.PlaceId, wanted.At);
        using (SqlStatement row = session.Query("SELECT count(*) FROM place_codes WHERE place_id = $1", wanted.PlaceId))
        {
            row.Read();
            if (row.Int32(0) >= MaxOpen)
            {
                return Refusal.Conflict(
                    string.Create(CultureInfo.InvariantCulture, $"This place has {MaxOpen} codes that nobody has used yet"));
            }
        }

        if (!PlaceSql.IsInUse(session, wanted.PlaceId))
        {
            return PlaceAccess.Retired;
        }

        session.Execute(
            "INSERT INTO place_codes (code_hash, place_id, created_by, created_at, expires_at) VALUES ($1, $2, $3, $4, $5)",
            wanted.Hash, wanted.PlaceId, wanted.Who, wanted.At, wanted.At + LifeMs);
        Audit.Note(session, wanted.Who, "place.code", PlaceSql.Target(wanted.PlaceId), null, "made", wanted.At);
        return null;
    }

    /// <summary>Uses a code: of two who do so at once, one has it.</summary>
    /// <returns>The place; null when the code is none, was used, or is too old.</returns>
    public static long? Use(SqlSession session, string code, long now)
    {
        using SqlStatement row = session.Query(
            "UPDATE place_codes SET used_at = $2 WHERE code_hash = $1 AND used_at IS NULL AND expires_at > $2 RETURNING place_id",
            Token.Hash(code.Trim().ToUpperInvariant()), now);
        return row.Read() ? row.Int64(0) : null;
    }
}
