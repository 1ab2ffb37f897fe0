using System.Text.Json;

using JamBox.Backend.Wire;

namespace JamBox.Backend.Ota.Rollouts;

/// <summary>The time of the day in a body: an object with <c>from</c>, <c>to</c> and perhaps <c>time_zone</c>.</summary>
internal sealed class WindowField : Field<RolloutRequest>
{
    private readonly Action<RolloutRequest, WindowView> _set;

    /// <summary>Makes the field.</summary>
    public WindowField(string names, Action<RolloutRequest, WindowView> set)
        : base(names, "an object with from and to (two different times such as 22:00) and perhaps time_zone (IANA, such as Europe/Berlin; UTC unless said)")
    {
        _set = set;
    }

    /// <inheritdoc/>
    public override FieldResult Take(ref Utf8JsonReader reader, RolloutRequest target)
    {
        if (reader.TokenType == JsonTokenType.Null)
        {
            return FieldResult.Absent;
        }

        if (reader.TokenType != JsonTokenType.StartObject)
        {
            return FieldResult.Refused;
        }

        string? from = null;
        string? to = null;
        string? zone = null;
        while (reader.Read() && reader.TokenType == JsonTokenType.PropertyName)
        {
            string name = reader.GetString()!;
            reader.Read();
            if (reader.TokenType == JsonTokenType.Null || name is not ("from" or "to" or "time_zone"))
            {
                reader.Skip();
                continue;
            }

            if (reader.TokenType != JsonTokenType.String)
            {
                return FieldResult.Refused;
            }

            string text = reader.GetString()!;
            (from, to, zone) = name switch { "from" => (text, to, zone), "to" => (from, text, zone), _ => (from, to, text) };
        }

        if (RolloutWindow.Minute(from) < 0 || RolloutWindow.Minute(to) < 0 || from == to || !IsZone(zone))
        {
            return FieldResult.Refused;
        }

        _set(target, new WindowView(from!, to!, zone ?? "UTC"));
        return FieldResult.Taken;
    }

    /// <summary>The length is looked at first: names of zones are looked up among files.</summary>
    private static bool IsZone(string? zone) =>
        zone is null || (zone.Length is > 0 and <= 64 && !zone.Any(char.IsControl) && TimeZoneInfo.TryFindSystemTimeZoneById(zone, out _));
}
