using System.Text.Json;
using System.Text.RegularExpressions;

using JamBox.Backend.Devices;
using JamBox.Backend.Wire;

using Microsoft.OpenApi;

namespace JamBox.Backend.People;

/// <summary>A list of pinned values: <c>[{"device_id":"clock-hall","key":"temperature"}]</c>.</summary>
internal sealed partial class TilesField : Field<Tiles>
{
    /// <summary>Keys as things send them, nested ones joined by dots.</summary>
    private const string KeyPattern = "^[A-Za-z0-9_.-]{1,40}$";

    private readonly Action<Tiles, IReadOnlyList<Tile>> _set;

    /// <summary>Makes the field.</summary>
    /// <param name="names">Its names, separated by blanks, best first.</param>
    /// <param name="set">Puts it where it belongs.</param>
    public TilesField(string names, Action<Tiles, IReadOnlyList<Tile>> set)
        : base(names, $"a list of at most {Tiles.Most} objects, each with device_id and key")
    {
        _set = set;
    }

    /// <inheritdoc/>
    public override OpenApiSchema Describe() => new()
    {
        Type = JsonSchemaType.Array,
        MaxItems = Tiles.Most,
        Items = new OpenApiSchema
        {
            Type = JsonSchemaType.Object,
            Required = new HashSet<string> { "device_id", "key" },
            Properties = new Dictionary<string, IOpenApiSchema>
            {
                ["device_id"] = Text("The thing that sends it.", DeviceKind.IdPattern),
                ["key"] = Text("Its key in what the thing sends.", KeyPattern),
            },
        },
    };

    /// <inheritdoc/>
    public override FieldResult Take(ref Utf8JsonReader reader, Tiles target)
    {
        if (reader.TokenType == JsonTokenType.Null)
        {
            return FieldResult.Absent;
        }

        if (reader.TokenType != JsonTokenType.StartArray)
        {
            return FieldResult.Refused;
        }

        List<Tile> tiles = [];
        while (reader.Read() && reader.TokenType != JsonTokenType.EndArray)
        {
            if (tiles.Count == Tiles.Most || TakeOne(ref reader) is not { } tile)
            {
                return FieldResult.Refused;
            }

            tiles.Add(tile);
        }

        _set(target, tiles);
        return FieldResult.Taken;
    }

    private static Tile? TakeOne(ref Utf8JsonReader reader)
    {
        if (reader.TokenType != JsonTokenType.StartObject)
        {
            return null;
        }

        string? id = null;
        string? key = null;
        while (reader.Read() && reader.TokenType == JsonTokenType.PropertyName)
        {
            string? name = reader.GetString();
            reader.Read();
            string? value = reader.TokenType == JsonTokenType.String ? reader.GetString() : null;
            switch (name)
            {
                case "device_id" when id is null && value is not null && IsId().IsMatch(value):
                    id = value;
                    break;
                case "key" when key is null && value is not null && IsKey().IsMatch(value):
                    key = value;
                    break;
                default:
                    return null;
            }
        }

        return id is null || key is null ? null : new Tile(id, key);
    }

    private static OpenApiSchema Text(string description, string pattern) =>
        new() { Type = JsonSchemaType.String, Description = description, Pattern = pattern };

    // \z, not $: a line feed at the end is no part of an id.
    [GeneratedRegex(@"^[A-Za-z0-9_-]{1,40}\z", RegexOptions.CultureInvariant)]
    private static partial Regex IsId();

    [GeneratedRegex(@"^[A-Za-z0-9_.-]{1,40}\z", RegexOptions.CultureInvariant)]
    private static partial Regex IsKey();
}
