using System.Text.Json;

namespace JamBox.Backend.Wire;

/// <summary>A level in dBm, −150 to −1. The senders' words for "unknown", 0 and −999, count as not sent.</summary>
/// <typeparam name="T">What is being filled.</typeparam>
internal sealed class DbmField<T> : Field<T>
{
    private const int LeastDbm = -150;
    private const int UnknownDbm = -999;

    private readonly Action<T, int> _set;

    /// <summary>Makes the field.</summary>
    /// <param name="names">Its names, separated by blanks, best first.</param>
    /// <param name="set">Puts it where it belongs.</param>
    public DbmField(string names, Action<T, int> set)
        : base(names, "dBm from -150 to 0, or -999 for unknown")
    {
        _set = set;
    }

    /// <inheritdoc/>
    public override FieldResult Take(ref Utf8JsonReader reader, T target)
    {
        if (reader.TokenType == JsonTokenType.Null)
        {
            return FieldResult.Absent;
        }

        if (reader.TokenType != JsonTokenType.Number || !reader.TryGetInt32(out int dbm))
        {
            return FieldResult.Refused;
        }

        if (dbm is 0 or UnknownDbm)
        {
            return FieldResult.Absent;
        }

        if (dbm is < LeastDbm or > 0)
        {
            return FieldResult.Refused;
        }

        _set(target, dbm);
        return FieldResult.Taken;
    }
}
