using System.Collections;
using System.Text.Json;

namespace nanoFramework.Json;

/// <summary>Stand-in of nanoFramework's JsonConvert: an object into a Hashtable, its arrays and objects empty.</summary>
public static class JsonConvert
{
    public static object DeserializeObject(string value, Type type)
    {
        if (type != typeof(Hashtable))
        {
            throw new NotSupportedException($"JsonConvert.DeserializeObject: the stand-in makes a Hashtable, not {type.Name}");
        }

        try
        {
            using JsonDocument json = JsonDocument.Parse(value);
            Hashtable table = [];
            foreach (JsonProperty property in json.RootElement.EnumerateObject())
            {
                table.Add(property.Name, Value(property.Value));
            }

            return table;
        }
        catch (Exception e) when (e is JsonException or InvalidOperationException or FormatException)
        {
            throw new DeserializationException();
        }
    }

    private static object? Value(JsonElement element) => element.ValueKind switch
    {
        JsonValueKind.Number => element.GetInt32(),
        JsonValueKind.String => element.GetString(),
        JsonValueKind.Array => new ArrayList(),
        JsonValueKind.Object => new Hashtable(),
        JsonValueKind.True or JsonValueKind.False => element.GetBoolean(),
        _ => null,
    };
}

/// <summary>Stand-in of nanoFramework's DeserializationException.</summary>
public class DeserializationException : Exception
{
}
