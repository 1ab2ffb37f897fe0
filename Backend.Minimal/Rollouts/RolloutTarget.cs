using System.Globalization;
using System.Text.Json;
using System.Text.Json.Serialization;

using JamBox.Backend.Demo;
using JamBox.Backend.Places;
using JamBox.Backend.Storage;
using JamBox.Backend.Wire;

using Microsoft.OpenApi;

namespace JamBox.Backend.Rollouts;

/// <summary>
/// Whose boxes a roll-out is for: those that stand at one of the places and carry one of the tags, as far as either is said. Where a box
/// stands and what it carries counts at the moment in which its turn comes; boxes by name are in whatever the target.
/// </summary>
/// <param name="Places">Ids of places; empty = everywhere.</param>
/// <param name="Tags">Tags; empty = with any or none.</param>
internal sealed record RolloutTarget(
    [property: JsonPropertyName("places")] IReadOnlyList<long> Places,
    [property: JsonPropertyName("tags")] IReadOnlyList<string> Tags)
{
    /// <summary>Places, and tags, at most.</summary>
    public const int MaxItems = 100;

    /// <summary>The boxes of the target.</summary>
    /// <param name="session">The connection.</param>
    public HashSet<string> Boxes(SqlSession session) => Devices(session, "d.kind = 'box'");

    /// <summary>The things and gateways of the target.</summary>
    /// <param name="session">The connection.</param>
    public HashSet<string> Things(SqlSession session) => Devices(session, "d.kind <> 'box'");

    private HashSet<string> Devices(SqlSession session, string ofKind)
    {
        HashSet<string>? boxes = null;
        foreach (HashSet<string> some in new[]
        {
            Union(
                session, $"SELECT d.device_id FROM devices d WHERE d.place_id = $1 AND {ofKind} AND d.is_demo = 0",
                Places.Select(static id => (SqlValue)id)),
            Union(
                session,
                $"SELECT t.device_id FROM device_tags t JOIN devices d ON d.device_id = t.device_id WHERE t.tag = $1 AND {ofKind} AND d.is_demo = 0",
                Tags.Select(static tag => (SqlValue)tag)),
        }.OfType<HashSet<string>>())
        {
            boxes ??= some;
            boxes.IntersectWith(some);
        }

        return boxes ?? [];
    }

    /// <summary>Says what is wrong: a place that there is not, or no longer.</summary>
    /// <param name="session">The connection.</param>
    public string? FindFault(SqlSession session)
    {
        foreach (long place in Places)
        {
            if (!PlaceSql.IsInUse(session, place) || DemoSql.IsDemo(session, place))
            {
                return string.Create(CultureInfo.InvariantCulture, $"target: there is no place {place} in use");
            }
        }

        return null;
    }

    private static HashSet<string>? Union(SqlSession session, string sql, IEnumerable<SqlValue> values)
    {
        HashSet<string>? boxes = null;
        foreach (SqlValue value in values)
        {
            boxes ??= [];
            using SqlStatement row = session.Query(sql, value);
            while (row.Read())
            {
                boxes.Add(row.Text(0));
            }
        }

        return boxes;
    }
}

/// <summary>The SQL of targets.</summary>
internal static class RolloutTargetSql
{
    /// <summary>A condition: the device <c>d</c> is in the target of a roll-out, which an expression names.</summary>
    public static string Includes(string rollout) => $"""
        ((NOT EXISTS (SELECT 1 FROM ota_rollout_places tp WHERE tp.rollout_id = {rollout})
                OR d.place_id IN (SELECT tp.place_id FROM ota_rollout_places tp WHERE tp.rollout_id = {rollout}))
            AND (NOT EXISTS (SELECT 1 FROM ota_rollout_tags tt WHERE tt.rollout_id = {rollout})
                OR EXISTS (SELECT 1 FROM ota_rollout_tags tt JOIN device_tags dt ON dt.tag = tt.tag
                    WHERE tt.rollout_id = {rollout} AND dt.device_id = d.device_id)))
        """;

    private static readonly string s_one = $"SELECT 1 FROM devices d WHERE d.device_id = $2 AND {Includes("$1")}";

    /// <summary>Whether a box is in the target of a roll-out now.</summary>
    public static bool IsInside(SqlSession session, long rolloutId, string deviceId)
    {
        using SqlStatement row = session.Query(s_one, rolloutId, deviceId);
        return row.Read();
    }

    /// <summary>The target of a roll-out; null = the whole fleet.</summary>
    /// <param name="session">The connection.</param>
    /// <param name="rolloutId">The roll-out.</param>
    /// <param name="scope">Only places that this scope may see; null = all.</param>
    public static RolloutTarget? Of(SqlSession session, long rolloutId, string? scope = null)
    {
        List<long> places = [];
        List<string> tags = [];
        bool isLimited = false;
        using (SqlStatement row = session.Query(
            """
            SELECT place_id, CASE WHEN $2 IS NULL OR place_id IN (SELECT s.place_id FROM scopes s WHERE s.scope = $2) THEN 1 ELSE 0 END
            FROM ota_rollout_places WHERE rollout_id = $1 ORDER BY place_id
            """, rolloutId, scope))
        {
            while (row.Read())
            {
                isLimited = true;
                if (row.Int64(1) != 0)
                {
                    places.Add(row.Int64(0));
                }
            }
        }

        using (SqlStatement row = session.Query("SELECT tag FROM ota_rollout_tags WHERE rollout_id = $1 ORDER BY tag", rolloutId))
        {
            while (row.Read())
            {
                tags.Add(row.Text(0));
            }
        }

        return isLimited || tags.Count > 0 ? new RolloutTarget(places, tags) : null;
    }

    /// <summary>Keeps the target of a new roll-out.</summary>
    public static void Insert(SqlSession session, long rolloutId, RolloutTarget target)
    {
        foreach (long place in target.Places)
        {
            session.Execute("INSERT INTO ota_rollout_places (rollout_id, place_id) VALUES ($1, $2)", rolloutId, place);
        }

        foreach (string tag in target.Tags)
        {
            session.Execute("INSERT INTO ota_rollout_tags (rollout_id, tag) VALUES ($1, $2)", rolloutId, tag);
        }
    }

    /// <summary>Lets what was meant for a place be meant for the one that it was merged into.</summary>
    public static void MovePlace(SqlSession session, long from, long into)
    {
        session.Execute(
            """
            INSERT INTO ota_rollout_places (rollout_id, place_id) SELECT rollout_id, $2 FROM ota_rollout_places WHERE place_id = $1
            ON CONFLICT DO NOTHING
            """, from, into);
        session.Execute("DELETE FROM ota_rollout_places WHERE place_id = $1", from);
    }
}

/// <summary>
/// The target in a body: an object with <c>places</c> or <c>tags</c>, or both. null is as good as nothing, since generated clients send it;
/// an object that names nothing is refused: it would give to all what was meant for some.
/// </summary>
internal sealed class TargetField : Field<RolloutRequest>
{
    private readonly Action<RolloutRequest, RolloutTarget> _set;

    /// <summary>Makes the field.</summary>
    public TargetField(string names, Action<RolloutRequest, RolloutTarget> set)
        : base(
            names,
            "an object with places (1 to 100 different ids) or tags (1 to 100 different tags) or both; leave it out for the whole fleet")
    {
        _set = set;
    }

    /// <inheritdoc/>
    public override FieldResult Take(ref Utf8JsonReader reader, RolloutRequest target)
    {
        // Generated clients send null for what is not said.
        if (reader.TokenType == JsonTokenType.Null)
        {
            return FieldResult.Absent;
        }

        if (reader.TokenType != JsonTokenType.StartObject)
        {
            return FieldResult.Refused;
        }

        List<long>? places = null;
        List<string>? tags = null;
        while (reader.Read() && reader.TokenType == JsonTokenType.PropertyName)
        {
            string name = reader.GetString()!;
            reader.Read();
            if (reader.TokenType == JsonTokenType.Null && name is ("places" or "tags"))
            {
                continue;
            }

            bool isFine = name switch
            {
                "places" => places is null && (places = TakeList<long>(ref reader, TryPlace)) is not null,
                "tags" => tags is null && (tags = TakeList<string>(ref reader, TryTag)) is not null,
                _ => false,
            };
            if (!isFine)
            {
                return FieldResult.Refused;
            }
        }

        if (places is null && tags is null)
        {
            return FieldResult.Refused;
        }

        _set(target, new RolloutTarget(places ?? [], tags ?? []));
        return FieldResult.Taken;
    }

    /// <inheritdoc/>
    public override OpenApiSchema Describe() => new()
    {
        Type = JsonSchemaType.Object,
        AdditionalPropertiesAllowed = false,
        MinProperties = 1,
        Properties = new Dictionary<string, IOpenApiSchema>
        {
            ["places"] = List(NumberSchema.Of(1, int.MaxValue), "Boxes that stand at one of these places, by their ids."),
            ["tags"] = List(
                new OpenApiSchema { Type = JsonSchemaType.String, MinLength = 1, MaxLength = 40 }, "Boxes that carry one of these tags."),
        },
    };

    private delegate bool TryItem<TItem>(ref Utf8JsonReader reader, out TItem item);

    private static OpenApiSchema List(OpenApiSchema items, string description) => new()
    {
        Type = JsonSchemaType.Array,
        MinItems = 1,
        MaxItems = RolloutTarget.MaxItems,
        UniqueItems = true,
        Items = items,
        Description = description,
    };

    private static List<TItem>? TakeList<TItem>(ref Utf8JsonReader reader, TryItem<TItem> tryItem)
    {
        if (reader.TokenType != JsonTokenType.StartArray)
        {
            return null;
        }

        List<TItem> items = [];
        while (reader.Read() && reader.TokenType != JsonTokenType.EndArray)
        {
            if (items.Count == RolloutTarget.MaxItems || !tryItem(ref reader, out TItem item) || items.Contains(item))
            {
                return null;
            }

            items.Add(item);
        }

        return items.Count == 0 ? null : items;
    }

    private static bool TryPlace(ref Utf8JsonReader reader, out long place)
    {
        place = reader.TokenType == JsonTokenType.Number && reader.TryGetInt32(out int number) ? number : 0;
        return place > 0;
    }

    private static bool TryTag(ref Utf8JsonReader reader, out string tag)
    {
        tag = reader.TokenType == JsonTokenType.String ? reader.GetString()! : "";
        return TagSql.IsTag(tag);
    }
}
